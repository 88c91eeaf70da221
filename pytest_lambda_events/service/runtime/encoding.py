"""Events and responses as JSON, byte for byte as AWS's runtime client writes them.

The client encodes with `simplejson`. For plain values the standard library's encoder writes the same text. The encoder below
writes the values for which the two differ: named tuples, `bytes`, `Decimal`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import NoReturn

from .errors import RuntimeFault

RUNTIMES_THAT_WRITE_UNICODE = frozenset({"python3.12", "python3.13", "python3.14", "python3.15"})
"""These runtimes write non-ASCII characters unchanged. The older ones escape them (RUN-31)."""

JSON_CONTENT = "application/json"
UNKNOWN_CONTENT = "application/unknown"

_NULL = b"null"
_SCALARS = frozenset({str, int, float, bool, type(None)})
_ESCAPING = json.JSONEncoder(ensure_ascii=True)
_WRITING_UNICODE = json.JSONEncoder(ensure_ascii=False)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"Expecting value: {name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def decode_event(payload: bytes, content_type: str = JSON_CONTENT) -> object:
    """Returns the event that a handler receives, a new object for every call (RUN-21, 24).

    Raises:
        RuntimeFault: `Runtime.UnmarshalError` (RUN-22).
    """
    try:
        text = str(payload, "utf-8")
        if content_type != JSON_CONTENT:
            return text
        decoded = _decoded(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise RuntimeFault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
    return decoded


def _decoded(text: str) -> object:
    """Returns a JSON text decoded. Most texts have no space around the value, which `decode` would look for."""
    if text.startswith("{"):
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    return _DECODER.decode(text)


def encode_response(value: object, runtime: str) -> tuple[bytes, str]:
    """Returns the handler's result as a payload, and its content type (RUN-30 to 34).

    Raises:
        RuntimeFault: `Runtime.MarshalError` (RUN-33).
        SystemExit: See `to_bytes`.
    """
    if isinstance(value, bytes):
        return value, UNKNOWN_CONTENT
    try:
        text = encode_json(value, runtime)
    except Exception as error:
        raise RuntimeFault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    return to_bytes(text), JSON_CONTENT


def to_bytes(text: str) -> bytes:
    """Returns `text` in UTF-8.

    Raises:
        SystemExit: UTF-8 does not support a character of the text. The status is 1.
    """
    if text == "null":
        # What most handlers return: the journal keeps it for each attempt.
        return _NULL
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SystemExit(1) from error


def encode_json(value: object, runtime: str) -> str:
    """Returns `value` as JSON text, with the separators `, ` and `: ` (RUN-30, 31)."""
    if value is None:
        return "null"
    if _is_plain(value):
        return encode_plain(value, runtime)
    writer = _Writer(quoting(runtime))
    writer.write(value)
    return "".join(writer.chunks)


def quoting(runtime: str) -> Callable[[str], str]:
    """Returns the function that writes a text as JSON text."""
    return encode_basestring if runtime in RUNTIMES_THAT_WRITE_UNICODE else encode_basestring_ascii


def encode_plain(value: object, runtime: str) -> str:
    """Returns a value of exact JSON types as JSON text, like `encode_json`."""
    return (_WRITING_UNICODE if runtime in RUNTIMES_THAT_WRITE_UNICODE else _ESCAPING).encode(value)


def _is_plain(value: object) -> bool:
    """Returns whether the value consists only of exact JSON types. It does not recurse, so that the encoder decides about
    depth.
    """
    if type(value) in _SCALARS:
        return True
    seen: set[int] = set()
    unread = [value]
    while unread:
        container = unread.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        members: Iterable[object]
        if type(container) is dict:
            if not all(type(key) in _SCALARS for key in container):
                return False
            members = container.values()
        elif type(container) in (list, tuple):
            members = container  # type: ignore[assignment]
        else:
            return False
        unread.extend(member for member in members if type(member) not in _SCALARS)
    return True


class _Writer:
    """Writes a value of any kind into `chunks`, as `simplejson` does with the client's settings."""

    def __init__(self, quote: Callable[[str], str]) -> None:
        self.chunks: list[str] = []
        self._quote = quote
        self._open: set[int] = set()

    def write(self, value: object) -> None:
        scalar = self._scalar(value)
        if scalar is not None:
            self.chunks.append(scalar)
            return
        as_dict = _as_dict(value)
        if as_dict is not None:
            self._within(value, lambda: self._mapping(as_dict))
        elif isinstance(value, (list, tuple)):
            self._sequence(value)
        elif isinstance(value, dict):
            self._mapping(value)
        elif isinstance(value, Decimal):
            self.chunks.append("NaN" if value.is_nan() else str(value))
        else:
            raise TypeError(f"Object of type {_type_name(value)} is not JSON serializable")

    def _scalar(self, value: object) -> str | None:
        if isinstance(value, str):
            return self._quote(value)
        if isinstance(value, bytes):
            return self._quote(str(value, "utf-8"))
        return _unquoted(value)

    def _sequence(self, values: list[object] | tuple[object, ...]) -> None:
        self._within(values, lambda: self._separated("[", "]", values, self.write))

    def _mapping(self, values: Mapping[object, object]) -> None:
        self._within(values, lambda: self._separated("{", "}", values.items(), self._member))

    def _member(self, member: tuple[object, object]) -> None:
        key, value = member
        self.chunks.append(self._quote(_key(key)) + ": ")
        self.write(value)

    def _separated(self, opening: str, closing: str, members: Iterable[object], write: Callable[..., None]) -> None:
        separator = opening
        for member in members:
            self.chunks.append(separator)
            write(member)
            separator = ", "
        self.chunks.append(closing if separator != opening else opening + closing)

    def _within(self, container: object, write: Callable[[], None]) -> None:
        if id(container) in self._open:
            raise ValueError("Circular reference detected")
        self._open.add(id(container))
        write()
        self._open.discard(id(container))


def _as_dict(value: object) -> dict[object, object] | None:
    """Returns a named tuple, or another value with `_asdict`, as a dictionary: it is written as an object, not as an array."""
    method = getattr(value, "_asdict", None)
    if not callable(method):
        return None
    try:
        result = method()
    except TypeError:
        return None
    if not isinstance(result, dict):
        raise TypeError(f"_asdict() must return a dict, not {type(result).__name__}")
    return result


def _unquoted(value: object) -> str | None:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _float(value)
    return None


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float.__repr__(value)


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return str(key, "utf-8")
    text = _unquoted(key)
    if text is None:
        raise TypeError(f"keys must be str, int, float, bool or None, not {_type_name(key)}")
    return text


def _type_name(value: object) -> str:
    """Returns the name of a type. Classes that replace `datetime` and `date` during virtual time have the original
    names.
    """
    return next(kind.__name__ for kind in type(value).__mro__ if not kind.__module__.startswith("freezegun."))
