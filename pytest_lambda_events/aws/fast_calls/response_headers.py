"""Headers of responses in which botocore finds names quickly, and its search for those that become members of a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.parsers import BaseRestParser
from moto.core.botocore_stubber import MockRawResponse

Member = tuple[str, str, str, Any]
"""Its name, its location, the name of its header in lower case, and its shape."""


class QuickHeaders(HeadersDict):
    """The same as botocore's `HeadersDict`, without an object for each name that is looked up."""

    def __init__(self, headers: Mapping[str, Any]) -> None:
        self.found: dict[str, Any] = {name.lower(): value for name, value in headers.items()}
        """The values by name in lower case."""
        self._names = dict(zip(self.found, headers, strict=False))
        if len(self.found) != len(headers):
            self.found, self._names = {}, {}
            for name, value in headers.items():
                self[name] = value

    def __setitem__(self, key: str, value: Any) -> None:
        lowered = key.lower()
        self._names.setdefault(lowered, key)
        self.found[lowered] = value

    def __getitem__(self, key: str) -> Any:
        return self.found[key.lower()]

    def __delitem__(self, key: str) -> None:
        del self.found[key.lower()], self._names[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self.found

    def get(self, key: str, default: Any = None) -> Any:
        """Returns a value, or `default`."""
        return self.found.get(key.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self.found)

    def __repr__(self) -> str:
        return repr(HeadersDict(self))


class QuickResponse(AWSResponse):
    """botocore's response. Its headers get botocore's own type after `was_read`, when somebody else wants them."""

    def __init__(self, url: str, status_code: int, headers: Mapping[str, Any], body: Any) -> None:
        self.url = url
        self.status_code = status_code
        self.headers = self._quick_headers = QuickHeaders(headers)
        self.raw: Any = MockRawResponse(body)
        self._content = None

    def was_read(self) -> None:
        """Is called when botocore's parser has read the response."""
        del self.headers

    def __getattr__(self, name: str) -> Any:
        if name != "headers":
            raise AttributeError(name)
        found = vars(self)["headers"] = HeadersDict(self._quick_headers)
        return found


def finds_quickly(known: WeakKeyDictionary[Any, Any]) -> tuple[Any, str, Callable[..., Any]]:
    """Returns the patch of botocore's search for headers that are members. `known` has the members of each shape."""
    find: Callable[..., Any] = BaseRestParser._parse_non_payload_attrs  # type: ignore[attr-defined]

    def find_quickly(parser: Any, response: Any, shape: Any, member_shapes: Any, parsed: dict[str, Any]) -> None:
        headers = response["headers"]
        if type(headers) is not QuickHeaders:
            find(parser, response, shape, member_shapes, parsed)
            return
        members = known.get(shape)
        if members is None:
            members = known[shape] = _members_of(member_shapes)
        for name, location, header, member in members:
            if location == "header":
                if header in headers.found:
                    parsed[name] = parser._parse_shape(member, headers.found[header])
            elif location == "headers":
                parsed[name] = parser._parse_header_map(member, headers)
            else:
                parsed[name] = parser._parse_shape(member, response["status_code"])

    return BaseRestParser, "_parse_non_payload_attrs", find_quickly


def _members_of(members: Mapping[str, Any]) -> list[Member]:
    found = [
        (name, member.serialization.get("location"), member.serialization.get("name", name).lower(), member)
        for name, member in members.items()
    ]
    return [member for member in found if member[1] in ("header", "headers", "statusCode")]
