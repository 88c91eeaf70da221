"""Calls made from botocore's models, valid and invalid, for tests that compare two ways to answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from botocore.model import OperationModel

KNOWN_VALUES = 12
DEEPEST = 5
_TEXTS = (
    "a", "hello", "b\u00e4h \u20ac \U0001f600", "", " ", "&Action=Nothing", "a=b&c=d", '{"number": 1}', "<b>&amp;</b>",
    "line\nline", "x" * 300, "true", "10", "0", "ghost", "\x00", "%2F%20", "tab\there", "Action=SendMessage", "]]>",
)  # fmt: skip
_BLOBS = (b"", b"{}", b"\x00\xff", b"text", bytearray(b"array"), "text of a blob", b"x" * 1_000)
_TIMES = (
    datetime(2024, 1, 1, tzinfo=timezone.utc), datetime(2024, 1, 1, 0, 0, 1, 500_000), 1_700_000_000, "2026-01-01T00:00:00Z",
    datetime(2030, 6, 1, tzinfo=timezone(timedelta(hours=2))),
)  # fmt: skip
_NUMBERS = (0, 1, 1, 2, 5, 10, 30, 60, -1, 100_000)
_WRONG_TYPES: tuple[Any, ...] = (None, 5, "text", b"bytes", [], {}, 1.5, object)


class Values:
    """Values for members, by the name of the member: those of a test, and those in the responses of earlier calls."""

    def __init__(self, random: Random, given: Mapping[str, Sequence[Any]], same: Mapping[str, str]) -> None:
        self._random = random
        self._given = given
        self._same = {name.lower(): other.lower() for name, other in same.items()}
        self._learned: dict[str, list[Any]] = {}

    def learn(self, response: Any) -> None:
        """Keeps the texts and blobs of a response."""
        for name, value in _leaves(response):
            known = self._learned.setdefault(self._key(name), [])
            if value in known:
                continue
            if len(known) < KNOWN_VALUES:
                known.append(value)
            else:
                known[self._random.randrange(KNOWN_VALUES)] = value

    def of(self, service: str, name: str) -> Sequence[Any]:
        """Returns the values for a member of a call of a service."""
        own = self._given.get(f"{service}.{name}")
        if own is not None:
            return own
        return [*self._given.get(name, ()), *self._learned.get(self._key(name), ())]

    def are_given(self, service: str, name: str) -> bool:
        """Returns whether a test has values for a member."""
        return name in self._given or f"{service}.{name}" in self._given

    def _key(self, name: str) -> str:
        return self._same.get(name.lower(), name.lower())


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key != "ResponseMetadata":
                yield from _leaves(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    elif name and isinstance(value, (str, bytes)):
        yield name, value


class GeneratedInputs:
    """Generates inputs of operations. The same source of random numbers and the same responses give the same inputs.

    `wrong_types` is the probability that a parameter has a wrong type.
    """

    def __init__(self, random: Random, values: Values, wrong_types: float) -> None:
        self._random = random
        self._values = values
        self._wrong_types = wrong_types
        self._optional = 0.0
        self._service = ""

    def input_of(self, operation: OperationModel) -> dict[str, Any]:
        """Returns parameters for a call."""
        self._optional = self._random.choice((0.0, 0.0, 0.1, 0.4))
        self._service = operation.service_model.service_name
        if operation.input_shape is None:
            return {}
        parameters = self._structure(operation.input_shape, 0)
        if parameters and self._happens(self._wrong_types):
            parameters[self._random.choice(list(parameters))] = self._random.choice(_WRONG_TYPES)
        if self._happens(0.01):
            parameters["NoSuchMember"] = "text"
        return parameters

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _structure(self, shape: Any, depth: int) -> dict[str, Any]:
        if shape.is_tagged_union and shape.members:
            # DynamoDB's values are mostly texts and numbers.
            names = list(shape.members)
            chosen = self._random.choice(names[:2]) if self._happens(0.5) or depth >= DEEPEST else self._random.choice(names)
            return {chosen: self._value(chosen, shape.members[chosen], depth + 1)}
        required = set(shape.required_members)
        wanted = [
            name
            for name in shape.members
            if (self._happens(0.995) if name in required else depth < DEEPEST and self._is_given(name))
        ]
        return {name: self._value(name, shape.members[name], depth + 1) for name in wanted}

    def _is_given(self, name: str) -> bool:
        return self._happens(self._optional) or (self._happens(0.3) and self._values.are_given(self._service, name))

    def _value(self, name: str, shape: Any, depth: int) -> Any:
        makers: Mapping[str, Callable[[str, Any, int], Any]] = {
            "structure": lambda name, shape, depth: self._structure(shape, depth), "list": self._list, "map": self._map,
        }  # fmt: skip
        known = self._values.of(self._service, name)
        if shape.type_name in makers:
            fitting = [value for value in known if isinstance(value, list if shape.type_name == "list" else dict)]
            if fitting and self._happens(0.8):
                return self._random.choice(fitting)
            return makers[shape.type_name](name, shape, depth)
        scalars = [value for value in known if not isinstance(value, (list, dict))]
        if scalars and self._happens(0.93):
            return self._random.choice(scalars)
        return self._scalar(shape)

    def _list(self, name: str, shape: Any, depth: int) -> Any:
        if depth >= DEEPEST:
            return []
        least = int(shape.metadata.get("min", 0))
        # Models name the member of a list rarely: QueueNames has names of queues.
        single = name[:-1] if name.endswith("s") and self._values.of(self._service, name[:-1]) else name
        return [
            self._value(single, shape.member, depth + 1) for _ in range(max(least, self._random.choice((1, 1, 1, 2, 3, 0))))
        ]

    def _map(self, name: str, shape: Any, depth: int) -> Any:
        if depth >= DEEPEST:
            return {}
        keys = [self._value(f"{name} key", shape.key, depth) for _ in range(self._random.choice((1, 1, 2, 0)))]
        return {key: self._value(f"{name} value", shape.value, depth + 1) for key in keys if isinstance(key, str)}

    def _scalar(self, shape: Any) -> Any:
        kind, least = shape.type_name, shape.metadata.get("min")
        if kind in ("integer", "long"):
            most = shape.metadata.get("max", 10)
            return self._random.choice(
                (*_NUMBERS, int(least or 0), int(least or 1), int(most), int(most) + 1, int(least or 0) - 1)
            )
        if kind in ("float", "double"):
            return self._random.choice((0.0, 1.5, 1, -2.25, 1e10))
        if kind == "boolean":
            return self._happens(0.5)
        if kind == "timestamp":
            return self._random.choice(_TIMES)
        if kind == "blob":
            return self._random.choice(_BLOBS)
        if kind == "string":
            return self._random.choice(shape.enum) if shape.enum and self._happens(0.95) else self._random.choice(_TEXTS)
        return {}
