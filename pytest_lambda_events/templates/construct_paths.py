"""Construct paths of CDK and the logical ids that CDK computes from them (TPL-B2, B3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

_HIDDEN = "Default"
_LEFT_OUT = "Resource"
_LONGEST_PLAIN, _LONGEST_HUMAN = 255, 240
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]")
_NESTED = re.compile(r"(.+)\.NestedStack/([^/]+)\.NestedStackResource")


def logical_id_of(parts: Sequence[str]) -> str:
    """Returns the logical id of a construct path inside its stack. Empty if there is none."""
    parts = [part for part in parts if part != _HIDDEN]
    if not parts:
        return ""
    plain = _NOT_IN_IDS.sub("", parts[0])
    if len(parts) == 1 and len(plain) <= _LONGEST_PLAIN:
        return plain
    human: list[str] = []
    for part in parts:
        if not human or not human[-1].endswith(part):
            human.append(part)
    text = "".join(_NOT_IN_IDS.sub("", part) for part in human if part != _LEFT_OUT)
    digest = hashlib.md5("/".join(parts).encode(), usedforsecurity=False).hexdigest()
    return text[:_LONGEST_HUMAN] + digest[:8].upper()


def possible_ids(name: str, stack_path: str) -> set[str]:
    """Returns the logical ids of what a test may mean by a construct path.

    The path may start with the path of the stack or a part of it, and may lack its last `Resource` or `Default`.
    """
    ids: set[str] = set()
    for inside in _inside(name, stack_path):
        parts = inside.split("/")
        ids |= {logical_id_of(parts), logical_id_of([*parts, _LEFT_OUT])}
    return ids - {""}


def _inside(name: str, stack_path: str) -> Iterable[str]:
    """Yields a name, and the name without the path of its stack or the end of that path."""
    yield name
    stack = stack_path.split("/") if stack_path else []
    for start in range(len(stack)):
        before = "/".join(stack[start:]) + "/"
        if name.startswith(before):
            yield name[len(before) :]


def names_of_path(path: str, stack_path: str) -> set[str]:
    """Returns what a test may call a construct, whose whole path is known."""
    inside = path[len(stack_path) + 1 :] if stack_path and path.startswith(f"{stack_path}/") else path
    ends = {inside}
    head, _, last = inside.rpartition("/")
    if head and last in (_LEFT_OUT, _HIDDEN):
        ends.add(head)
    stack = stack_path.split("/") if stack_path else []
    starts = ["", *("/".join(stack[start:]) + "/" for start in range(len(stack)))]
    return {start + end for start in starts for end in ends}


def nested_stack_path(path: str) -> str | None:
    """Returns the path of a nested stack by the path of its resource: `A/N.NestedStack/N.NestedStackResource` is `A/N`."""
    found = _NESTED.fullmatch(path)
    return found[1] if found and found[1].rpartition("/")[2] == found[2] else None


def paths_in_stack(known: Mapping[str, str], stack_path: str) -> dict[str, str]:
    """Returns the path of each logical id of one stack.

    Args:
        known: The logical ids of all known paths, also of other and of nested stacks.
        stack_path: The construct path of the stack.
    """
    nested = {found for path in known if (found := nested_stack_path(path)) is not None and found != stack_path}
    inner = tuple(f"{path}/" for path in nested if path.startswith(f"{stack_path}/"))
    return {
        logical_id: path
        for path, logical_id in known.items()
        if path.startswith(f"{stack_path}/") and not path.startswith(inner)
    }
