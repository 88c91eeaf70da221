"""Finds what a value of a template refers to, and the order in which resources are created (TPL-16 to 19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..values import dataclass
from .errors import TemplateError
from .values import attribute_of, condition_name, function_of, substitutions

Holds = Callable[[str], bool]


@dataclass(frozen=True)
class Reference:
    """One mention of a parameter or resource. `attribute` is None for `Ref`."""

    name: str
    attribute: str | None = None


def references(value: Any, holds: Holds, where: str = "") -> Iterator[Reference]:
    """Yields what a value refers to. Of `Fn::If` only the branch that is taken counts."""
    found = function_of(value)
    if found is not None:
        yield from _of_function(*found, holds, where)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from references(one, holds, f"{where}/{key}")
    elif isinstance(value, list):
        for one in value:
            yield from references(one, holds, where)


def _of_function(name: str, argument: Any, holds: Holds, where: str) -> Iterator[Reference]:
    if name == "Ref":
        if isinstance(argument, str):
            yield Reference(argument)
        else:
            yield from references(argument, holds, where)
    elif name == "Fn::GetAtt":
        logical_id, attribute = attribute_of(argument, f"{where}/{name}")
        yield from references([logical_id, attribute], holds, where)
        if isinstance(logical_id, str):
            yield Reference(logical_id, attribute if isinstance(attribute, str) else "")
    elif name == "Fn::Sub":
        own: Mapping[str, Any] = {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
            argument, own = argument
            yield from references(dict(own), holds, where)
        for one in substitutions(argument, own, f"{where}/{name}") if isinstance(argument, str) else ():
            logical_id, dot, attribute = one.partition(".")
            yield Reference(logical_id, attribute if dot else None)
    elif name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        condition = condition_name(argument[0], f"{where}/{name}")
        yield from references(argument[1] if holds(condition) else argument[2], holds, where)
    elif name != "Fn::Transform":
        yield from references(argument, holds, where)


def ordered(dependencies: Mapping[str, Iterable[str]], early: Sequence[str] = ()) -> list[str]:
    """Returns the logical ids in the order of creation: each after its dependencies, otherwise in template order.

    Args:
        dependencies: What each logical id needs, in template order.
        early: Logical ids that are created as soon as their dependencies exist.

    Raises:
        TemplateError: Resources need each other.
    """
    needs = {name: dict.fromkeys(needed) for name, needed in dependencies.items()}
    done: dict[str, None] = {}
    eager = [name for name in needs if name in set(early)]
    rest = [name for name in needs if name not in set(early)]
    while eager or rest:
        name = next((one for one in [*eager, *rest] if all(needed in done for needed in needs[one])), None)
        if name is None:
            raise TemplateError(f"Circular dependency between resources: [{', '.join(_circle(needs, done))}]")
        done[name] = None
        (eager if name in eager else rest).remove(name)
    return list(done)


def _circle(needs: Mapping[str, Iterable[str]], done: Mapping[str, None]) -> list[str]:
    """Returns the resources that need each other, in template order."""
    left = {name: {one for one in needed if one not in done} for name, needed in needs.items() if name not in done}
    while True:
        wanted = set().union(*left.values())
        outside = [name for name in left if name not in wanted]
        if not outside:
            return list(left)
        for name in outside:
            del left[name]
