"""Conditions that are joined by `&&`, `||` and parentheses (LOG-5A)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Literal, TypeVar

from .invalid import PatternInvalid
from .tokens import END, Tokens

T = TypeVar("T")
Leaf = Callable[[T], bool]

_PRECEDENCE = {"||": 1, "&&": 2}
_Joint = Literal["&&", "||"]


class Condition(Generic[T]):
    """A condition on a value. Its steps are in postfix form, so that deep nesting needs no recursion."""

    def __init__(self, steps: Sequence[Leaf[T] | _Joint]) -> None:
        self._steps = steps

    def holds(self, value: T) -> bool:
        """Returns whether the condition holds for a value."""
        results: list[bool] = []
        for step in self._steps:
            if not isinstance(step, str):
                results.append(step(value))
                continue
            right, left = results.pop(), results.pop()
            results.append((left and right) if step == "&&" else (left or right))
        return results[0]


def taken_condition(tokens: Tokens, leaf: Callable[[Tokens], Leaf[T]]) -> Condition[T]:
    """Takes a condition. `leaf` takes one comparison. Raises `PatternInvalid`.

    It ends at a comma outside of parentheses, or with the last token.
    """
    steps: list[Leaf[T] | _Joint] = []
    waiting: list[str] = []
    while True:
        while tokens.take_symbol("("):
            waiting.append("(")
        steps.append(leaf(tokens))
        while "(" in waiting and tokens.take_symbol(")"):
            _move(waiting, steps, 0)
            waiting.pop()
        following = tokens.next
        if following == END or following.text == ",":
            break
        joint = following.text
        if following.kind != "symbol" or joint not in _PRECEDENCE:
            raise PatternInvalid
        tokens.take()
        _move(waiting, steps, _PRECEDENCE[joint])
        waiting.append(joint)
    _move(waiting, steps, 0)
    if waiting:
        raise PatternInvalid
    return Condition(steps)


def _move(waiting: list[str], steps: list[Leaf[T] | _Joint], precedence: int) -> None:
    """Moves the operators that bind at least as tightly from the stack to the steps, up to an open parenthesis."""
    while waiting and _PRECEDENCE.get(waiting[-1], -1) >= precedence:
        steps.append(waiting.pop())  # type: ignore[arg-type]
