"""Values of a test as plain JSON: what `normalize` reads, before it labels anything."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ..arguments import shown
from ..errors import LambdaEventsError
from ..journal.entry import Entry
from .invocation_record import InvocationRecord

Json = Any

_TOLD_TWICE = {"Batch": {"records", "data"}, "DeadLetter": {"json"}}
"""Fields that repeat what another field of the same value holds."""
_INSTANTS = (("at", "after_seconds"), ("started_at", "started_after_seconds"), ("accepted_at", "accepted_after_seconds"))
_UNTOLD = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""The time of a message without a known time. Topics do not store it."""
_GZIP = b"\x1f\x8b"
"""How content begins that is compressed with gzip."""
_OF_AN_EVENT = ("request_id", "payload", "accepted_at", "attempts", "condition", "ended_at")


def plain(value: object) -> Json:
    """Dicts, lists, text, numbers and None, with aware datetimes left as they are.

    A record is its JSON; other values are their public fields, each thing told once: `started_at` without
    `started_after_seconds`, a batch's event without its `records` and `data`. Bytes are text, or base64 where they are
    none. Raises `LambdaEventsError` for what is no value, such as a handle.
    """
    if isinstance(value, datetime) and value == _UNTOLD:
        return None
    if value is None or isinstance(value, (str, bool, int, float, datetime)):
        return value
    if isinstance(value, InvocationRecord):
        return value.json
    if isinstance(value, (bytes, bytearray)):
        return _text_of(bytes(value))
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, (Sequence, Iterator)):
        return [plain(item) for item in value]
    return _fields_of(value)


def opened(text: str) -> Json:
    """The object or array whose JSON the text is; else the text. A number or a word is text too: it may be an order's id."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def opened_base64(text: str) -> Json:
    """The object or array whose JSON the text is in base64, also compressed with gzip; else the text."""
    try:
        content = base64.b64decode(text, validate=True)
        decoded = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode()
    except (ValueError, OSError, EOFError, zlib.error):
        return text
    found = opened(decoded)
    return text if isinstance(found, str) else found


def told_start(value: object) -> datetime | None:
    """The start of the clock, where one of the values has an instant and its seconds since the start; else None."""
    try:
        values = list(_each(value))
    except RecursionError:
        return None
    for one in values:
        for at, after_seconds in _INSTANTS:
            instant, seconds = getattr(one, at, None), getattr(one, after_seconds, None)
            if isinstance(instant, datetime) and isinstance(seconds, (int, float)):
                return instant - timedelta(microseconds=round(seconds * 1_000_000))
    return None


def _each(value: object) -> Iterable[object]:
    yield value
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for item in value:
            yield from _each(item)


def _text_of(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _refuse(name: str) -> None:
    raise ValueError(name)


def _fields_of(value: object) -> Json:
    if is_dataclass(value) and not isinstance(value, type):
        names = Entry.MEMBERS if isinstance(value, Entry) else [field.name for field in fields(value)]
        repeated = _TOLD_TWICE.get(type(value).__name__, set()) | {twin for at, twin in _twins(names)}
        return {name: plain(getattr(value, name)) for name in names if name not in repeated}
    if all(hasattr(value, name) for name in _OF_AN_EVENT):
        return {name: plain(getattr(value, name)) for name in _OF_AN_EVENT}
    if isinstance(getattr(value, "uuid", None), str):
        return plain(getattr(value, "uuid", None))
    raise LambdaEventsError(
        f"normalize takes values, not {shown(value)}. Pass a record, a dead letter, a message, an event, an attempt, a "
        "batch, journal entries, a timeline or JSON, or a list of them."
    )


def _twins(names: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [(name, f"{name[:-2]}after_seconds") for name in names if name == "at" or name.endswith("_at")]
    return [(at, twin) for at, twin in pairs if twin in names]
