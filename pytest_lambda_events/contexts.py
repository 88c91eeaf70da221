"""`contextmanager` and `ExitStack` as in the standard library, but many times faster to enter and to leave.

Opening an environment enters more than 50 of them. Errors are left to the standard library.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import hides_frames

__tracebackhide__ = hides_frames

if TYPE_CHECKING:
    from contextlib import ExitStack as ExitStack
    from contextlib import contextmanager as contextmanager
else:

    def contextmanager(function: Callable[..., Iterator[Any]]) -> Callable[..., _Context]:
        """Works like `contextlib.contextmanager`, but what it returns is no decorator."""

        @functools.wraps(function)
        def context(*arguments: Any, **named: Any) -> _Context:
            return _Context(function(*arguments, **named))

        return context

    class ExitStack:
        """Works like `contextlib.ExitStack`, with a part of its methods."""

        __slots__ = ("_exits",)

        def __init__(self) -> None:
            self._exits: list[_Exit] = []

        def enter_context(self, context: Any) -> Any:
            """Enters a context manager, which is left with the stack, and returns what it returns."""
            # What has no exit is not entered either.
            leave = context.__exit__
            result = context.__enter__()
            self._exits.append(leave)
            return result

        def callback(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
            """Calls a function when the stack is left."""

            def call(*details: object) -> None:
                function(*arguments, **named)

            self._exits.append(call)

        def pop_all(self) -> ExitStack:
            """Returns a stack that is left instead of this one."""
            other = ExitStack()
            self._exits, other._exits = other._exits, self._exits
            return other

        def close(self) -> None:
            """Leaves the stack."""
            self.__exit__(None, None, None)

        def __enter__(self) -> ExitStack:
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
        ) -> bool | None:
            if error is not None:
                return self._rest().__exit__(kind, error, traceback)
            try:
                while self._exits:
                    self._exits.pop()(None, None, None)
            except BaseException:
                with self._rest():
                    raise
            return None

        def _rest(self) -> contextlib.ExitStack:
            """Returns a stack of the standard library, which also passes errors from one to the next."""
            rest = contextlib.ExitStack()
            for leave in self._exits:
                rest.push(leave)
            self._exits.clear()
            return rest


_Exit: TypeAlias = "Callable[[type[BaseException] | None, BaseException | None, TracebackType | None], object]"


class _Context:
    """Runs a generator to its only `yield`, and then to its end."""

    __slots__ = ("_generator",)

    def __init__(self, generator: Iterator[Any]) -> None:
        self._generator = generator

    def __enter__(self) -> Any:
        return next(self._generator)

    def __exit__(self, kind: Any, error: BaseException | None, traceback: TracebackType | None) -> bool | None:
        if error is None:
            for _ in self._generator:
                raise RuntimeError("generator did not stop")
            return None
        left = contextlib.contextmanager(lambda: self._generator)()
        return left.__exit__(kind, error, traceback)
