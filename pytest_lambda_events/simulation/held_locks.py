"""Finds the locks that suspended code holds: those of its `with` blocks, and those that a `finally` block releases."""

from __future__ import annotations

import ast
import functools
import linecache
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import CodeType, FrameType
from typing import Any

from ..values import dataclass

_LOCKS = (type(threading.Lock()), threading.Semaphore)
"""The locks for which a thread waits that has them. A lock of `RLock` lets its own thread in, and all handlers run in one."""


@dataclass(frozen=True, slots=True)
class _Use:
    """The lines in which code has a lock, and the names that lead to it, such as `("self", "_lock")`."""

    first: int
    last: int
    names: tuple[str, ...]


class HeldLocks:
    """The locks of a process that has ended. On AWS they end with it, so other attempts can have them."""

    def __init__(self, frame: FrameType | None) -> None:
        """`frame` is the innermost one of the code that does not go on."""
        self._locks = list(_held(frame))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._locks)

    def release(self) -> None:
        """Lets others have the locks."""
        for lock in self._locks:
            with suppress(RuntimeError, ValueError):
                lock.release()

    def take_back(self) -> None:
        """Takes the locks that are free, because the code that holds them is going to release them."""
        for lock in self._locks:
            lock.acquire(blocking=False)


def released_locks(frame: FrameType | None) -> HeldLocks:
    """Lets others have the locks of code that does not go on, and returns them."""
    locks = HeldLocks(frame)
    locks.release()
    return locks


def _held(frame: FrameType | None) -> Iterator[Any]:
    while frame is not None:
        for use in _uses(frame.f_code):
            if use.first <= frame.f_lineno <= use.last:
                lock = _value(frame, use.names)
                if isinstance(lock, _LOCKS) and _is_taken(lock):
                    yield lock
        frame = frame.f_back


def _is_taken(lock: Any) -> bool:
    return bool(lock.locked()) if hasattr(lock, "locked") else lock._value == 0


def _value(frame: FrameType, names: Sequence[str]) -> object:
    """Returns the value of a dotted name in a frame, or None."""
    first, *rest = names
    value = frame.f_locals.get(first, frame.f_globals.get(first))
    for name in rest:
        value = getattr(value, name, None)
    return value


@functools.lru_cache(maxsize=10_000)
def _uses(code: CodeType) -> tuple[_Use, ...]:
    """Returns the blocks of a function that may hold locks. Few functions have one, and only their files are parsed."""
    lines = {line for _, _, line in code.co_lines() if line is not None}
    source = linecache.getlines(code.co_filename)
    texts = (source[line - 1] for line in lines if 0 < line <= len(source))
    if not any("with " in text or ".release()" in text for text in texts):
        return ()
    with suppress(SyntaxError):
        return tuple(use for node in ast.walk(ast.parse("".join(source))) for use in _uses_of(node) if use.first in lines)
    return ()


def _uses_of(node: ast.AST) -> Iterator[_Use]:
    if isinstance(node, ast.With):
        held: list[ast.expr] = [item.context_expr for item in node.items]
    elif isinstance(node, ast.Try):
        calls = (one.value for one in node.finalbody if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call))
        held = [one.func.value for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "release"]
    else:
        return
    first, last = node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno
    for expression in held:
        names = _names(expression)
        if names:
            yield _Use(first, last, names)


def _names(expression: ast.expr) -> tuple[str, ...]:
    """Returns the parts of a dotted name. Empty for any other expression."""
    if isinstance(expression, ast.Name):
        return (expression.id,)
    if isinstance(expression, ast.Attribute):
        before = _names(expression.value)
        return (*before, expression.attr) if before else ()
    return ()
