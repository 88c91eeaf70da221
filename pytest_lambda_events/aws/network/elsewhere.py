"""Finds the target of a failed call in the other regions and accounts of an environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from ...arns import parse_or_none
from ...service.control_plane.region import Region
from .signing import account_of

_MISSING = re.compile("Not_?Found|NonExistent|DoesNotExist|NoSuch")
"""Error codes of calls whose target does not exist."""
_HELD_IN = {"dynamodb": "tables", "kinesis": "streams", "sqs": "queues", "sns": "topics"}
"""The attribute of moto's backend that contains the existing resources, by service. Keys are names, and ARNs of topics."""
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An account and a region."""

    account_id: str
    region_name: str


Holdings = Iterable[tuple[Place, Collection[str]]]
"""The existing resources by place: names or ARNs."""


def places_of_functions(regions: Iterable[Region]) -> Holdings:
    """Returns the names of all functions by place."""
    return [(Place(region.account_id, region.name), region.functions) for region in regions]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Finds where a table, stream, queue, topic or function exists. `functions` returns the names of all functions."""

    home_account_id: str
    functions: Callable[[], Holdings]

    def note(self, service: str, target: str | None, code: str, client: Any) -> str:
        """Returns where the target of a failed call exists, if the call went to another place; else nothing."""
        if target is None or not _MISSING.search(code):
            return ""
        name = name_of(service, target)
        account = _ACCOUNT.search(target)
        called = Place(account[0] if account else self._account_of(client), str(client.meta.region_name))
        return note_of(name, called, places_of(name, self._held(service)))

    def _account_of(self, client: Any) -> str:
        # Not by the properties, because they refresh credentials.
        credentials = getattr(client._request_signer._credentials, "__dict__", {})
        key = credentials.get("_access_key") or credentials.get("access_key")
        return account_of(str(key)) or self.home_account_id

    def _held(self, service: str) -> Holdings:
        if service == "lambda":
            return self.functions()
        return _of_moto(service) if service in _HELD_IN else ()


def _of_moto(service: str) -> Iterator[tuple[Place, Collection[str]]]:
    # Only accounts and regions that were used, because a look at others would create their backend.
    for account_id, regions in list(get_backend(service).items()):  # type: ignore[call-overload]
        for region_name, backend in list(regions.items()):
            yield Place(account_id, region_name), list(getattr(backend, _HELD_IN[service]))


def name_of(service: str, target: str) -> str:
    """Returns the name in the target of a call: a name, a URL or an ARN, possibly of a function with a qualifier."""
    if service == "lambda":
        return target.partition(":function:")[2].partition(":")[0] or target.partition(":")[0]
    arn = parse_or_none(target)
    resource = target if arn is None else arn.resource
    return resource.rstrip("/").rpartition("/")[2] if service == "sqs" else re.sub("^(?:table|stream)/", "", resource)


def places_of(name: str, holdings: Holdings) -> list[Place]:
    """Returns the places that have a resource with this name."""
    return sorted(place for place, held in holdings if any(one.rpartition(":")[2] == name for one in held))


def note_of(name: str, called: Place, places: Collection[Place]) -> str:
    """Returns the text about a call that went to the wrong place. Empty if the right one is not known."""
    if not places or called in places:
        return ""
    has_other_accounts = any(place.account_id != called.account_id for place in places)
    *found, went_to = (
        f"{place.region_name} of account {place.account_id}" if has_other_accounts else place.region_name
        for place in (*places, called)
    )
    return f"{name} exists in {' and '.join(found)}, the call went to {went_to}"
