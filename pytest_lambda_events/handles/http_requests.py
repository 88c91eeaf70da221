"""Builds HTTP requests from the arguments that `requests` and `httpx` have too (HTP-06)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from ..arguments import Kind, check_all, is_list, is_mapping, is_number, is_text, json_text, mapping_kind, shown, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..http.messages import Request

__tracebackhide__ = hides_frames

NamedValues: TypeAlias = "Mapping[str, Any] | Sequence[tuple[str, Any]]"
_IN_PATHS = "/%:@!$&'()*+,;=~"
_FORM = "application/x-www-form-urlencoded"
_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The names of methods and headers."""


def request_of(
    host: str,
    prefix: str,
    method: str,
    path: str,
    *,
    params: NamedValues | str | None,
    headers: NamedValues | None,
    cookies: Mapping[str, str] | None,
    json_value: object,
    data: NamedValues | str | bytes | None,
    content: str | bytes | None,
    source_ip: str,
) -> Request:
    """Returns a request. `prefix` is the beginning of the path: the stage.

    Raises `LambdaEventsError` for invalid arguments.
    """
    check_all(
        _KINDS,
        {"method": method, "path": path, "params": params, "headers": headers, "cookies": cookies, "data": data,
         "content": content, "source_ip": source_ip},
    )  # fmt: skip
    bodies = {"json": json_value is not ..., "data": data is not None, "content": content is not None}
    given = [f"{name}=" for name, is_given in bodies.items() if is_given]
    if len(given) > 1:
        raise LambdaEventsError(f"{' and '.join(given)} exclude each other. Pass only one body.")
    content_type, body = _body(json_value, data, content)
    path, _, query = path.partition("?")
    sent = list(_headers(headers or ()))
    known = {name.lower() for name, _ in sent}
    defaults = {"Host": host, "User-Agent": _user_agent()}
    if content_type:
        defaults["Content-Type"] = content_type
    if body or method.upper() in _METHODS_WITH_BODY:
        defaults["Content-Length"] = str(len(body))
    if cookies:
        defaults["Cookie"] = "; ".join(_cookie(name, value) for name, value in cookies.items())
    sent += [(name, value) for name, value in defaults.items() if name.lower() not in known]
    more = _query(params)
    query = f"{query}&{more}" if query and more else query or more
    return Request(method.upper(), prefix + quote(path, safe=_IN_PATHS), host, query, sent, body, source_ip)


def _user_agent() -> str:
    """Returns the name and the version of this library (HTP-06)."""
    version: str = sys.modules[__name__.partition(".")[0]].__version__
    return f"pytest-lambda-events/{version}"


def _body(json_value: object, data: NamedValues | str | bytes | None, content: str | bytes | None) -> tuple[str, bytes]:
    """Returns the default content type and the body."""
    if json_value is not ...:
        text = json_text("The value of json", json_value, "Pass a value that JSON can represent, or content=.")
        return "application/json", _compact(text)
    given = content if data is None else data
    if given is None:
        return "", b""
    if isinstance(given, bytes):
        return "", given
    if isinstance(given, str):
        return "", given.encode()
    return _FORM, _query(given).encode()


def _compact(text: str) -> bytes:
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode()


def _query(values: NamedValues | str | None) -> str:
    if values is None or isinstance(values, str):
        return values or ""
    return urlencode(list(_pairs(values)))


def _pairs(values: NamedValues) -> Iterable[tuple[str, str]]:
    """Returns the names with their values as text."""
    for name, value in _single(values):
        if isinstance(value, Mapping):
            raise LambdaEventsError(
                f"The value {shown(value)} of {name!r} is a mapping. Queries and forms have no mappings. Pass text, a number "
                "or a list of them, or send it with json=."
            )
        yield name, _text(value)


def _headers(headers: NamedValues) -> Iterator[tuple[str, str]]:
    for name, value in _single(headers):
        if _TOKEN.fullmatch(name) is None:
            raise LambdaEventsError(
                f"{name!r} is not the name of a header. Use letters, digits and hyphens, such as 'X-Order'."
            )
        is_known = isinstance(value, (str, bytes, bool)) or is_number(value)
        text = _text(value)
        if not is_known or "\r" in text or "\n" in text:
            raise LambdaEventsError(
                f"The value {shown(value)} of the header {name!r} is not text without line breaks, nor a number. Pass such a "
                "value, or leave the header out."
            )
        yield name, text


def _cookie(name: str, value: object) -> str:
    text = _text(value)
    if value is None or any(one in text for one in ";\r\n"):
        raise LambdaEventsError(
            f"The value {shown(value)} of the cookie {name!r} is not text without semicolons and line breaks. Pass such text."
        )
    return f"{name}={text}"


def _single(values: NamedValues) -> Iterator[tuple[str, object]]:
    """Yields the names with their values. A list has a pair for each of its items."""
    for name, value in values.items() if isinstance(values, Mapping) else values:
        for one in value if is_list(value) else (value,):
            yield name, one


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_pairs(value: object) -> bool:
    if is_mapping(value):
        return True
    return is_list(value) and all(is_list(pair) and len(pair) == 2 and is_text(pair[0]) for pair in value)


def _is_path(value: object) -> bool:
    return is_text(value) and value.startswith("/")


def _is_method(value: object) -> bool:
    return is_text(value) and _TOKEN.fullmatch(value) is not None


_KINDS = {
    "method": Kind("an HTTP method", _is_method, repr("GET")),
    "path": Kind("a path", _is_path, repr("/orders"), "text that begins with '/'"),
    "params": Kind(
        "a mapping, a list of pairs or text", lambda value: is_text(value) or _is_pairs(value), '{"page": 2}'
    ).optional(),
    "headers": Kind("a mapping or a list of pairs", _is_pairs, '{"X-Order": "7"}').optional(),
    "cookies": mapping_kind('{"session": "a1"}').optional(),
    "data": Kind(
        "form fields, text or bytes", lambda value: isinstance(value, bytes) or is_text(value) or _is_pairs(value), '{"id": 7}'
    ).optional(),
    "content": Kind("text or bytes", lambda value: isinstance(value, bytes) or is_text(value), 'b"..."').optional(),
    "source_ip": text_kind("127.0.0.1", "an IP address"),
}
