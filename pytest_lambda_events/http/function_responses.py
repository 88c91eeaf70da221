"""Reads the results of functions as parts of HTTP responses."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from .messages import Headers

ReadBody: TypeAlias = Callable[[object], str]
"""Reads the body of a result. Raises `Malformed`."""

_FLAGS = {True: True, False: False, None: False, "true": True, "True": True, "false": False, "False": False}


class Malformed(ValueError):
    """A result that is not a response of the form that the front needs."""


def parsed(payload: bytes) -> Any:
    """Returns the result of a function."""
    return json.loads(payload)


def status_of(value: object) -> int:
    """Returns a status code: a whole number of three digits, or such a number as text (HTP-25, HTP-3I)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 100 <= value <= 999:
        raise Malformed(f"statusCode {value!r} is not a status code")
    return value


def headers_of(value: object) -> list[tuple[str, str]]:
    """Returns the headers of a map (HTP-27, HTP-29)."""
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise Malformed("headers is not a map")
    return [(name, _text(one)) for name, one in value.items() if one is not None]


def multi_value_headers_of(value: object) -> list[tuple[str, str]]:
    """Returns the headers of a map of lists (HTP-24)."""
    if value is None:
        return []
    if not isinstance(value, Mapping) or not all(isinstance(one, list) for one in value.values()):
        raise Malformed("multiValueHeaders is not a map of lists")
    return [(name, _text(one)) for name, values in value.items() for one in values if one is not None]


def flag_of(value: object) -> bool:
    """Returns the value of `isBase64Encoded` (HTP-28)."""
    if isinstance(value, (bool, str, type(None))) and value in _FLAGS:
        return _FLAGS[value]
    raise Malformed(f"isBase64Encoded {value!r} is not a boolean")


def text_of(value: object) -> str:
    """Returns a body: text or null (HTP-27, HTP-3M)."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed("body is not text")
    return value


def lenient_text_of(value: object) -> str:
    """Returns a body: text, or the JSON of another value, as functions write it (HTP-3M)."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def body_of(text: str, *, is_base64: bool) -> bytes:
    """Returns the bytes of a body, decoded if it is base64."""
    if not is_base64:
        return text.encode(errors="replace")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("body is not base64") from None


def has_header(headers: Headers, name: str) -> bool:
    """Returns whether headers contain one. Its name is given in lower case."""
    return any(one.lower() == name for one, _ in headers)


def without_headers(headers: Headers, names: Iterable[str]) -> list[tuple[str, str]]:
    """Returns the headers without those of some names, which are given in lower case."""
    left_out = set(names)
    return [(name, value) for name, value in headers if name.lower() not in left_out]


def with_content_type(headers: list[tuple[str, str]], default: str) -> list[tuple[str, str]]:
    """Returns the headers, with a default content type if they have none."""
    return headers if has_header(headers, "content-type") else [("Content-Type", default), *headers]


def _text(value: object) -> str:
    if isinstance(value, str):
        if "\n" in value or "\r" in value:
            raise Malformed("the value of a header has a line break")
        return value
    if isinstance(value, (list, Mapping)):
        raise Malformed("the value of a header is not text")
    return json.dumps(value)
