"""The response to an HTTP request, as a test reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from ..http.messages import Headers
from ..values import dataclass
from .attempts import Attempt

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)


class HttpHeaders(Mapping[str, str]):
    """The headers of a response. Names can be written in any case. Several values of a header are joined with `, `."""

    def __init__(self, pairs: Headers) -> None:
        self._pairs = pairs

    def get_list(self, name: str) -> list[str]:
        """Returns all values of a header, in order."""
        return [value for one, value in self._pairs if one.lower() == name.lower()]

    def multi_items(self) -> list[tuple[str, str]]:
        """Returns the names and values as the client received them, in order."""
        return list(self._pairs)

    def __getitem__(self, name: str) -> str:
        values = self.get_list(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self._pairs))

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self._pairs})

    def __repr__(self) -> str:
        return f"HttpHeaders({self._pairs!r})"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The response to an HTTP request. Its members have the names of `httpx.Response` and `requests.Response`."""

    status_code: int
    """The status code."""
    headers: HttpHeaders
    """The headers: a mapping that ignores case. `get_list(name)` returns all values of a header."""
    content: bytes
    """The body."""
    _invocation: Callable[[], Attempt | None] = field(repr=False, compare=False)

    @property
    def invocation(self) -> Attempt | None:
        """The invocation of the function, with its event and its response. None if the function was not invoked."""
        return self._invocation()

    @property
    def text(self) -> str:
        """The body as text, in the charset of the content type or UTF-8. Invalid bytes become U+FFFD."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        try:
            return self.content.decode(found[1] if found else "utf-8", errors="replace")
        except LookupError:
            return self.content.decode(errors="replace")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the response sets, without their attributes."""
        pairs = (line.partition(";")[0].partition("=") for line in self.headers.get_list("set-cookie"))
        return {name.strip(): value for name, _, value in pairs}

    def json(self) -> Any:
        """Returns the body as a JSON value. Raises `json.JSONDecodeError` if it is not JSON."""
        return json.loads(self.content)
