"""Functions that convert values of a botocore shape. They are compiled once for each shape."""

from __future__ import annotations

import base64
import functools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.serialize import TimestampSerializer

Convert = Callable[[Any], Any]
"""Converts a value. The result shares nothing with the value unless that was decoded for this call."""


class UnexpectedValue(Exception):
    """A value that the compiled functions do not convert. The slower code of moto and botocore does."""


class NotCompiled(Exception):
    """A shape that has values of several forms, or a name that depends on its place."""


_NO_MEMBER: tuple[None, Convert] = (None, lambda value: value)


class Shapes:
    """Compiles shapes for one direction.

    `scalars` has a function for each type of scalar that changes. Values of other types stay as they are.
    """

    def __init__(self, scalars: Mapping[str, Convert]) -> None:
        self._scalars = scalars
        self._compiled: dict[str, Convert | None] = {}
        self._open: set[str] = set()

    def of(self, shape: Any) -> Convert:
        """Returns the function for a shape. Raises `NotCompiled` if there is none."""
        return self._of(shape) or _same

    def _of(self, shape: Any) -> Convert | None:
        """Returns the function, or None if values stay as they are."""
        kind, name = shape.type_name, shape.name
        if kind not in ("structure", "list", "map"):
            return self._scalars.get(kind)
        if name in self._open:
            return lambda value: (self._compiled[name] or _same)(value)
        if name not in self._compiled:
            self._open.add(name)
            self._compiled[name] = getattr(self, f"_{kind}")(shape)
            self._open.discard(name)
        return self._compiled[name]

    def _structure(self, shape: Any) -> Convert | None:
        if shape.is_document_type or shape.is_tagged_union:
            raise NotCompiled(shape.name)
        members = [
            (name, member.serialization.get("name", name), self._of(member) or _same) for name, member in shape.members.items()
        ]
        by_key = {key: (name, convert) for name, key, convert in reversed(members)}
        are_different = len(by_key) == len(members)

        def structure(value: Any) -> Any:
            if value is None:
                return None
            get = value.get
            if len(value) == 1 and are_different:
                ((one, found),) = value.items()
                name, convert = by_key.get(one, _NO_MEMBER)
                return {} if name is None or found is None else {name: convert(found)}
            return {name: convert(found) for name, key, convert in members if (found := get(key)) is not None}

        return structure

    def _list(self, shape: Any) -> Convert | None:
        convert = self._of(shape.member)
        return None if convert is None else lambda value: [convert(item) for item in value]

    def _map(self, shape: Any) -> Convert | None:
        convert = self._of(shape.value)
        return None if convert is None else lambda value: {key: convert(item) for key, item in value.items()}


class ResultShapes(Shapes):
    """Compiles shapes for results of moto: dictionaries, lists and scalars of exactly the type that the model names.

    moto may also return objects, or names in another spelling. For those the functions raise `UnexpectedValue`.
    """

    _has_timestamps = True

    def __init__(self) -> None:
        super().__init__(_RESULT_SCALARS)

    def _of(self, shape: Any) -> Convert | None:
        if shape.type_name == "timestamp" and self._has_timestamps:
            return _seconds(shape)
        if shape.type_name not in ("structure", "list", "map") and shape.type_name not in self._scalars:
            raise NotCompiled(shape.type_name)
        return super()._of(shape)

    def _structure(self, shape: Any) -> Convert | None:
        if shape.is_document_type:
            raise NotCompiled(shape.name)
        members = [
            (name, member.serialization.get("name", name), self._of(member) or _same) for name, member in shape.members.items()
        ]
        names = frozenset(shape.members)
        is_ignored = _ignored_by_moto(shape)

        def structure(value: Any) -> Any:
            if type(value) not in _DICTIONARIES or not (value.keys() <= names or all(map(is_ignored, value.keys() - names))):
                raise UnexpectedValue
            get = value.get
            return {key: convert(found) for name, key, convert in members if (found := get(name)) is not None}

        return structure

    def _list(self, shape: Any) -> Convert | None:
        if "name" in shape.member.serialization:
            raise NotCompiled(shape.name)
        convert = self._of(shape.member) or _same

        def items(value: Any) -> Any:
            if type(value) is not list:
                raise UnexpectedValue
            return [convert(item) for item in value]

        return items

    def _map(self, shape: Any) -> Convert | None:
        if "name" in shape.value.serialization:
            raise NotCompiled(shape.name)
        convert = self._of(shape.value) or _same

        def entries(value: Any) -> Any:
            if type(value) not in _DICTIONARIES:
                raise UnexpectedValue
            return {_text(key): convert(item) for key, item in value.items()}

        return entries


_DICTIONARIES = (dict, OrderedDict)


def _ignored_by_moto(shape: Any) -> Callable[[Any], bool]:
    """Returns a function that tells whether moto ignores a name that is not one of a structure's members.

    moto also finds members in another spelling, without the start of their names, and under the names of their shapes.
    """
    members = [
        _letters(name)
        for key, member in shape.members.items()
        for name in (key, member.serialization.get("name", key), member.name)
    ]

    @functools.cache
    def is_ignored(name: Any) -> bool:
        return type(name) is str and bool(_letters(name)) and not any(one.endswith(_letters(name)) for one in members)

    return is_ignored


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    if type(value) is not str or not value:
        raise UnexpectedValue
    return value


def _exactly(kind: type) -> Convert:
    def same(value: Any) -> Any:
        if type(value) is not kind:
            raise UnexpectedValue
        return value

    return same


def _base64(value: Any) -> str:
    if type(value) is str:
        value = value.encode()
    elif type(value) is not bytes:
        raise UnexpectedValue
    return base64.b64encode(value).decode()


def _seconds(shape: Any) -> Convert:
    """Returns moto's own conversion of a time for JSON."""
    serializer = TimestampSerializer("unixtimestamp")

    def convert(value: Any) -> Any:
        written: dict[str, Any] = {}
        serializer.serialize(written, value, shape, "value")
        return written["value"]

    return convert


_RESULT_SCALARS: Mapping[str, Convert] = {
    "string": _exactly(str),
    "integer": _exactly(int),
    "long": _exactly(int),
    "float": _exactly(float),
    "double": _exactly(float),
    "boolean": _exactly(bool),
    "blob": _base64,
}


class QueryResultShapes(ResultShapes):
    """Compiles shapes for results of moto that would travel as XML.

    Nothing is empty in what they convert, and no text has characters that XML changes: those take the slower way.
    """

    _has_timestamps = False

    def __init__(self) -> None:
        super().__init__()
        self._scalars = {"string": _xml_text, "integer": _exactly(int), "boolean": _exactly(bool)}

    def _structure(self, shape: Any) -> Convert | None:
        super()._structure(shape)
        members = [(name, self._of(member) or _same) for name, member in shape.members.items()]
        names = frozenset(shape.members)

        def structure(value: Any) -> Any:
            if type(value) not in _DICTIONARIES or not value or not value.keys() <= names:
                raise UnexpectedValue
            get = value.get
            return {name: convert(found) for name, convert in members if (found := get(name)) is not None}

        return structure

    def _list(self, shape: Any) -> Convert | None:
        convert = self._of(shape.member) or _same

        def items(value: Any) -> Any:
            if type(value) is not list or not value:
                raise UnexpectedValue
            return [convert(item) for item in value]

        return items

    def _map(self, shape: Any) -> Convert | None:
        raise NotCompiled(shape.name)


def _xml_text(value: Any) -> str:
    if type(value) is not str or not value or not value.isprintable():
        raise UnexpectedValue
    return value


def parameters_of_json(timestamp: Convert) -> Shapes:
    """Returns the shapes of parameters, as moto's handlers expect them, from decoded JSON."""
    numbers = dict.fromkeys(("integer", "long", "short", "byte"), int) | dict.fromkeys(("float", "double"), float)
    return Shapes({"blob": base64.b64decode, "timestamp": timestamp, **numbers})


def results_of_json(timestamp: Convert) -> Shapes:
    """Returns the shapes of results, as botocore returns them, from decoded JSON."""
    return Shapes({"blob": base64.b64decode, "timestamp": timestamp})
