"""Writes down what a call gets, returns or raises, for tests that compare two ways to answer it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from botocore.eventstream import EventStream
from botocore.response import StreamingBody

_PLAIN = (str, bytes, int, float, bool, type(None))
EVENTS = 5


def described(value: Any) -> Any:
    """Returns a value that is equal only for values of the same types, in the same order. Streams are read."""
    if isinstance(value, Mapping):
        return type(value).__name__, [(described(key), described(each)) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [described(each) for each in value]
    if isinstance(value, StreamingBody):
        return "StreamingBody", value.read()
    if isinstance(value, EventStream):
        return "EventStream", [described(event) for event, _ in zip(value, range(EVENTS), strict=False)]
    if isinstance(value, io.BytesIO):
        return "BytesIO", value.getvalue()
    if type(value) in _PLAIN:
        return type(value).__name__, value
    return f"{type(value).__module__}.{type(value).__qualname__}", repr(value)


def described_error(error: BaseException) -> Any:
    """Returns class, text and attributes of an error."""
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    attributes = {
        name: described(value) for name, value in vars(error).items() if name in ("response", "operation_name", "kwargs")
    }
    return kinds, str(error), attributes


def described_http(http: Any, *, is_read: bool) -> Any:
    """Returns status, URL, headers and content of an HTTP response. `is_read` is False if the user reads the content."""
    content = (http.raw.read(), http.content, http.text) if is_read else ()
    return http.status_code, http.url, list(http.headers.items()), content


def spoil(value: Any) -> None:
    """Changes all dictionaries and lists in a value, as code may do with what belongs to it."""
    if isinstance(value, dict):
        for each in value.values():
            spoil(each)
        value["spoiled"] = True
    elif isinstance(value, list):
        for each in value:
            spoil(each)
        value.append("spoiled")
