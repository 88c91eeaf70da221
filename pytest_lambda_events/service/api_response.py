"""The response of an operation of the Lambda API, independent of the endpoint that encodes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeVar

from .. import limits
from ..values import dataclass

T = TypeVar("T")
Parameters = Mapping[str, Any]
"""The parameters of a call, with their names in the API. Blobs are bytes."""


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A status, and either the members of the response in `body` or raw bytes in `payload`."""

    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    payload: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Operation = Callable[[Parameters], ApiResponse]
"""One operation of the API. It raises `ServiceError` if AWS refuses the call."""


def page(
    items: Sequence[T],
    parameters: Parameters,
    member: str,
    limit: int = limits.PAGE_SIZE,
    marker: str = "NextMarker",
    *,
    shown: Callable[[T], object],
) -> ApiResponse:
    """Returns one page of a list, with at most `MaxItems` and `limit` items. The marker is the index of the next item.

    `shown` returns an item as the response shows it. It is called only for the items of the page.
    """
    start = int(parameters.get("Marker") or 0)
    end = start + min(parameters.get("MaxItems") or limit, limit)
    body: dict[str, Any] = {member: [shown(item) for item in items[start:end]]}
    if end < len(items):
        body[marker] = str(end)
    return ApiResponse(200, body)
