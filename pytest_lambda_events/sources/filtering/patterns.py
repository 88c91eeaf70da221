"""Event patterns: which records match a filter of a mapping or a rule (FIL, sections 2 to 4; EVB-30). It needs no AWS.

A path is the keys to a leaf, joined by dots. A key with a dot in it means the same as two keys (FIL-23).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...values import dataclass
from .exact_json import Pairs, with_pairs
from .operators import OPERATORS, RESERVED, Accepted, Operators, PatternInvalid, accepted_by

__all__ = ["Condition", "Conjunction", "Pattern", "PatternInvalid", "compile"]

COMBINATIONS = 1_000
"""The maximum number of patterns without `$or` to which one pattern may be expanded (FIL-3K)."""
PATH_LENGTH = 100
"""The maximum number of keys of a path. No record has this many, and Python can still recurse this deep."""

Event = Mapping[str, Any] | Pairs
"""A record as `exact_json` returns it."""
Option = tuple[int, int]
"""One choice of elements in the lists of an event, as two sets of bits, one bit for each condition.

The first has the conditions that a leaf meets, the second those that accept an absence although there is a leaf.
"""

_NOTHING: tuple[Option, ...] = ((0, 0),)
_NO_CONDITION: tuple[int, Condition | None, bool] = (0, None, False)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the leaf at one path must be. `keys` are the keys of the path as the pattern has them."""

    keys: tuple[str, ...]
    accepted: Accepted

    @property
    def path(self) -> str:
        """The keys, joined by dots."""
        return ".".join(self.keys)

    @property
    def is_plain(self) -> bool:
        """Returns whether no key has a dot in it."""
        return _is_plain(self.keys)

    def is_about(self, keys: tuple[str, ...]) -> bool:
        """Returns whether `keys` of an event are this path: one side has no dots in its keys, or both are equal (FIL-23)."""
        return self.is_plain or _is_plain(keys) or keys == self.keys


class Conjunction:
    """Conditions that must all be met. The same element of a list must meet all conditions on that list (FIL-04, FIL-26)."""

    __slots__ = ("_absences", "_all", "_by_path", "_needed", "_on_the_way", "conditions")

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self.conditions = tuple(conditions)
        self._by_path = {one.path: (1 << index, one, one.is_plain) for index, one in enumerate(self.conditions)}
        self._on_the_way = frozenset(part for path in self._by_path for part in _parts_of(path))
        self._all = (1 << len(self.conditions)) - 1
        self._absences = sum(bit for bit, one, _ in self._by_path.values() if one.accepted.absence)
        self._needed = [
            (one.path, one.accepted) for one in self.conditions if "." not in one.path and not one.accepted.absence
        ]  # fmt: skip

    def matches(self, event: Event) -> bool:
        """Returns whether some choice of elements meets every condition. An absence refers to the chosen elements (FIL-27)."""
        if isinstance(event, dict) and not self._may_match(event):
            return False
        options = self._of_members(event if isinstance(event, tuple) else event.items(), "", ())
        return any((met | (self._absences & ~present)) == self._all for met, present in options)

    def _may_match(self, event: Mapping[str, Any]) -> bool:
        """Returns False if a member of the event itself is missing or is a leaf that its condition does not accept.

        Most rules of an event bus differ in such members, for example in `source`.
        """
        for key, accepted in self._needed:
            value = event.get(key, _NOTHING)
            if value is _NOTHING or not (isinstance(value, (dict, list, tuple)) or accepted.accepts(value)):
                return False
        return True

    def _of_members(self, members: Iterable[tuple[str, Any]], path: str, keys: tuple[str, ...]) -> tuple[Option, ...]:
        options = _NOTHING
        for key, value in members:
            inner = f"{path}.{key}" if keys else key
            if inner in self._on_the_way:
                options = _combined(options, self._of(value, inner, (*keys, key)))
        return options

    def _of(self, value: object, path: str, keys: tuple[str, ...]) -> tuple[Option, ...]:
        if isinstance(value, dict):
            return self._of_members(value.items(), path, keys)
        if isinstance(value, tuple):
            return self._of_members(value, path, keys)
        if isinstance(value, list):
            return self._of_list(value, path, keys)
        return self._of_leaf(value, path, keys)

    def _of_list(self, value: list[Any], path: str, keys: tuple[str, ...]) -> tuple[Option, ...]:
        """Returns the options of a list: one element is chosen, or none. Without a choice the leaves of all are present."""
        options = [option for element in _flattened(value) for option in self._of(element, path, keys)]
        present = 0
        for _, one in options:
            present |= one
        return _best({(0, present), *(option for option in options if option[0])})

    def _of_leaf(self, value: object, path: str, keys: tuple[str, ...]) -> tuple[Option, ...]:
        bit, condition, is_plain = self._by_path.get(path, _NO_CONDITION)
        if condition is None or not (is_plain or condition.is_about(keys)):
            return _NOTHING
        return ((bit * condition.accepted.accepts(value), bit * condition.accepted.absence),)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. It has one alternative for each combination of its `$or` members, and one if it has no `$or`."""

    alternatives: tuple[Conjunction, ...]

    def matches(self, event: Event) -> bool:
        """Returns whether a record matches."""
        return any(alternative.matches(event) for alternative in self.alternatives)


def compile(text: str, operators: Operators = OPERATORS) -> Pattern:
    """Returns the pattern of a JSON text. Raises `PatternInvalid` if AWS refuses it (FIL-10 to 14, FIL-17).

    `operators` differ in filter policies of SNS.
    """
    try:
        members = with_pairs(text)
    except ValueError as error:
        raise PatternInvalid(f"the pattern is not JSON: {error}") from None
    if not isinstance(members, tuple):
        raise PatternInvalid("a pattern is a JSON object", "Filter is not an object")
    try:
        combinations = _with_members([{}], members, (), operators)
    except RecursionError:
        raise PatternInvalid("the pattern is nested too deeply") from None
    return Pattern(tuple(Conjunction(combination.values()) for combination in combinations))


Combination = dict[str, Condition]


def _with_members(
    combinations: list[Combination], members: Pairs, above: tuple[str, ...], operators: Operators
) -> list[Combination]:
    """Returns the combinations with the conditions of an object added. A later duplicate key replaces (FIL-0A, FIL-3K)."""
    if not members:
        raise PatternInvalid("an object is empty", "Empty objects are not allowed")
    for key, value in members:
        if key == "$or":
            combinations = _with_either(combinations, value, above, operators)
        elif isinstance(value, tuple):
            combinations = _with_members(combinations, value, (*above, key), operators)
        elif isinstance(value, list):
            _add(_condition((*above, key), value, operators), combinations)
        else:
            text = f"the value of {key!r} is neither a list nor an object"
            raise PatternInvalid(text, f'"{key}" must be an object or an array')
    return combinations


def _with_either(
    combinations: list[Combination], either: object, above: tuple[str, ...], operators: Operators
) -> list[Combination]:
    """Returns each combination once with each member of `$or` (FIL-3K)."""
    if not isinstance(either, list) or len(either) < 2 or not all(isinstance(one, tuple) for one in either):
        raise PatternInvalid("$or takes a list of two objects or more", _reason_of_or(either))
    expanded: list[Combination] = []
    for members in either:
        reserved = next((key for key, _ in members if key in RESERVED), None)
        if reserved is not None:
            reason = f"{reserved} is Ruler reserved fieldName which cannot be used inside $or."
            raise PatternInvalid("a field inside $or has the name of an operator", reason)
        expanded += _with_members([dict(one) for one in combinations], members, above, operators)
        if len(expanded) > COMBINATIONS:
            raise PatternInvalid(f"$or makes more than {COMBINATIONS} combinations")
    return expanded


def _reason_of_or(either: object) -> str:
    if not isinstance(either, list):
        return '"$or" must be an object or an array'
    if all(isinstance(one, tuple) for one in either):
        return "There must have at least 2 Objects in $or relationship."
    return "Only JSON object is allowed in array of $or relationship."


def _condition(keys: tuple[str, ...], members: list[Any], operators: Operators) -> Condition:
    condition = Condition(keys, accepted_by(members, operators))
    if condition.path.count(".") >= PATH_LENGTH:
        raise PatternInvalid(f"a path has more than {PATH_LENGTH} keys")
    return condition


def _add(condition: Condition, combinations: list[Combination]) -> None:
    for combination in combinations:
        combination[condition.path] = condition


def _is_plain(keys: tuple[str, ...]) -> bool:
    return not any("." in key for key in keys)


def _parts_of(path: str) -> list[str]:
    """Returns a path and all paths above it, whether its dots separate keys or are part of keys."""
    return [path, *(path[:index] for index, letter in enumerate(path) if letter == ".")]


def _flattened(value: list[Any]) -> list[Any]:
    """Returns the elements of a list and of the lists in it, to any depth (FIL-24)."""
    elements: list[Any] = []
    waiting = [value]
    while waiting:
        for element in waiting.pop():
            (waiting if isinstance(element, list) else elements).append(element)
    return elements


def _combined(first: tuple[Option, ...], second: tuple[Option, ...]) -> tuple[Option, ...]:
    if second == _NOTHING:
        return first
    if first == _NOTHING:
        return second
    return tuple({(met | more, present | others) for met, present in first for more, others in second})


def _best(options: set[Option]) -> tuple[Option, ...]:
    """Drops each option if another one meets as much and has no more leaves that must be absent."""
    if len(options) == 1:
        return tuple(options)
    return tuple(one for one in options if not any(_is_preferable(other, one) for other in options))


def _is_preferable(option: Option, other: Option) -> bool:
    return option != other and not (other[0] & ~option[0]) and not (option[1] & ~other[1])
