"""A second matcher of event patterns, written from the rules FIL-20 to FIL-3M and EVB-31 and as plainly as possible.

It tries every choice of leaves. It knows only valid patterns, and events without duplicate keys and without dots in keys.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Json = Any
Lists = dict[int, int]
"""The element of each list that leads to a leaf, by the identity of the list."""


class Leaf(NamedTuple):
    """A value of an event that is neither an object nor a list."""

    path: tuple[str, ...]
    value: Json
    lists: Lists


def matches(pattern: dict[str, Json], event: dict[str, Json]) -> bool:
    """Returns whether an event matches a pattern."""
    leaves = list(leaves_of(event))
    return any(is_met(dict(conditions), leaves) for conditions in alternatives(pattern))


def leaves_of(value: Json, path: tuple[str, ...] = (), lists: Lists | None = None) -> Iterator[Leaf]:
    """Yields all leaves of an event."""
    lists = lists or {}
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves_of(member, (*path, key), lists)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from leaves_of(element, path, {**lists, id(value): index})
    else:
        yield Leaf(path, value, lists)


def alternatives(pattern: dict[str, Json], above: tuple[str, ...] = ()) -> list[list[tuple[tuple[str, ...], list[Json]]]]:
    """Returns the conditions by path, once for each combination of members of `$or`."""
    found: list[list[tuple[tuple[str, ...], list[Json]]]] = [[]]
    for key, value in pattern.items():
        if key == "$or":
            inner = [one for member in value for one in alternatives(member, above)]
        elif isinstance(value, dict):
            inner = alternatives(value, (*above, key))
        else:
            inner = [[((*above, key), value)]]
        found = [before + after for before in found for after in inner]
    return found


def is_met(conditions: dict[tuple[str, ...], list[Json]], leaves: list[Leaf]) -> bool:
    """Returns whether some choice of leaves meets all conditions. A leaf of None stands for an absence."""
    choices: list[list[Leaf | None]] = []
    for path, accepted in conditions.items():
        chosen: list[Leaf | None] = [leaf for leaf in leaves if leaf.path == path and any(map(accepts(leaf.value), accepted))]
        choices.append([*chosen, None] if {"exists": False} in accepted else chosen)
    for choice in itertools.product(*choices):
        selected: Lists | None = {}
        for leaf in choice:
            if leaf is not None and selected is not None:
                selected = {**selected, **leaf.lists} if agree(selected, leaf.lists) else None
        absent = [path for path, leaf in zip(conditions, choice, strict=True) if leaf is None]
        if selected is not None and not any(leaf.path in absent and agree(selected, leaf.lists) for leaf in leaves):
            return True
    return False


def agree(some: Lists, others: Lists) -> bool:
    """Returns whether two choices take the same element of each list that both have."""
    return all(others.get(one, index) == index for one, index in some.items())


def accepts(value: Json) -> Any:
    """Returns a function that tells whether a member of a condition accepts a value."""
    return lambda member: is_accepted(member, value)


def is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_accepted(member: Json, value: Json) -> bool:
    """Returns whether one member of the list of a condition accepts a value."""
    if not isinstance(member, dict):
        is_same_type = type(member) is type(value) or (is_number(member) and is_number(value))
        return is_same_type and bool(member == value)
    [(operator, operand)] = member.items()
    if operator == "exists":
        return bool(operand)
    if operator == "anything-but":
        return not any(is_accepted(one, value) for one in excluded(operand))
    if operator == "numeric":
        return is_number(value) and all(compare(*pair, value) for pair in zip(operand[::2], operand[1::2], strict=True))
    return isinstance(value, str) and is_text_accepted(operator, operand, value)


def excluded(operand: Json) -> list[Json]:
    if isinstance(operand, dict):
        [(operator, texts)] = operand.items()
        return [{operator: text} for text in (texts if isinstance(texts, list) else [texts])]
    return operand if isinstance(operand, list) else [operand]


def compare(operator: str, bound: float, value: float) -> bool:
    if operator == "=":
        return value == bound
    if operator.startswith("<"):
        return value < bound or (operator == "<=" and value == bound)
    return value > bound or (operator == ">=" and value == bound)


def is_text_accepted(operator: str, operand: Json, value: str) -> bool:
    if isinstance(operand, dict):
        return is_text_accepted(operator, operand["equals-ignore-case"].lower(), value.lower())
    if operator == "prefix":
        return value.startswith(str(operand))
    if operator == "suffix":
        return value.endswith(str(operand))
    if operator == "equals-ignore-case":
        return value.lower() == str(operand).lower()
    if operator == "wildcard":
        return bool(operand) and re.fullmatch(".*".join(map(re.escape, operand.split("*"))), value, re.DOTALL) is not None
    if operator == "exactly":
        return value == str(operand)
    assert operator == "cidr"
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False
