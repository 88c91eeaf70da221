"""The parts of an environment as handles hold them: of no use once the environment is closed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from types import FunctionType
from typing import Any, TypeVar, cast

from ..errors import hides_frames

__tracebackhide__ = hides_frames

T = TypeVar("T")


def while_open(part: T, check_open: Callable[[], None], facts: Collection[str] = ()) -> T:
    """Returns a stand-in for `part` that calls `check_open` before each use, so that a handle never acts when that raises.

    Members whose names are in `facts` may be used at any time: they follow from what the handle knows.
    """
    return cast(T, _WhileOpen(part, check_open, frozenset(facts)))


class _WhileOpen:
    def __init__(self, part: object, check_open: Callable[[], None], facts: frozenset[str]) -> None:
        self._part = part
        self._check_open = check_open
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        if name in self._facts:
            return getattr(self._part, name)
        member = getattr(type(self._part), name, None)
        if isinstance(member, property):
            self._check_open()
        value = getattr(self._part, name)
        if not callable(value):
            return value
        called = partial(self._call, value)
        if isinstance(member, FunctionType):
            # The next call finds it without this method.
            self.__dict__[name] = called
        return called

    def _call(self, method: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Any:
        self._check_open()
        return method(*arguments, **keywords)
