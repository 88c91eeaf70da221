"""Plays a planned failure in the place of a handler, so that all that follows is what follows a real one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from types import CodeType
from typing import NoReturn, Protocol

from ..failures import Failure
from .errors import InitFault

Handler = Callable[..., object]


class Process(Protocol):
    """The process that a handler runs in."""

    def hang(self) -> None:
        """Wait for the timeout."""

    def be_killed(self) -> NoReturn:
        """Run out of memory."""

    def be_exited(self, status: int) -> NoReturn:
        """End with a status."""


def load_fault(handler_name: str) -> InitFault:
    """As of a handler's module that imports what the package lacks (RUN-04)."""
    module_name = handler_name.rpartition(".")[0] or handler_name
    return InitFault(
        "Runtime.ImportModuleError", f"Unable to import module '{module_name}': No module named 'planned_load_error'"
    )


def played(failure: Failure, handler: Handler, process: Process) -> Handler:
    """What is called instead of `handler`; with `after_handler` it calls that first, and its answer is lost."""
    if failure.kind == "response":
        return lambda event, context: failure.payload
    end = _end_of(failure, handler, process)
    return _after(handler, end) if failure.after_handler else end


def forget_frames(failure: Failure | None) -> None:
    """Drops the frames of a reported error, since a marker keeps its exception for the whole run."""
    if failure is not None and failure.exception is not None:
        failure.exception.__traceback__ = None


def _end_of(failure: Failure, handler: Handler, process: Process) -> Handler:
    if failure.exception is not None:
        return _raising(failure.exception, handler)
    if failure.kind == "timeout":
        return lambda event, context: process.hang()
    if failure.kind == "out_of_memory":
        return lambda event, context: process.be_killed()
    return lambda event, context: process.be_exited(failure.exit_status)


def _after(handler: Handler, end: Handler) -> Handler:
    def ended(event: object, context: object) -> object:
        # Its error would be its answer, which is lost too.
        with suppress(Exception):
            handler(event, context)
        return end(event, context)

    return ended


def _raising(exception: Exception, handler: Handler) -> Handler:
    """Raises in a frame that bears the handler's name, for that is where the error says that it comes from (RUN-42)."""

    def raising(event: object, context: object) -> NoReturn:
        # Without the frames of the time before: one exception may be raised often.
        raise exception.with_traceback(None)

    code = _code_of(handler)
    if code is not None:
        own = raising.__code__
        # The raise stands below its function's first line; what is shown is the handler's.
        below = max(line for _, _, line in own.co_lines() if line is not None) - own.co_firstlineno
        first = max(code.co_firstlineno - below, 1)
        raising.__code__ = own.replace(co_filename=code.co_filename, co_name=code.co_name, co_firstlineno=first)
    return raising


def _code_of(handler: Handler) -> CodeType | None:
    """Of a function, of what a partial calls, or of an object's call; None of what is not written in Python."""
    for one in (inspect.unwrap(handler), getattr(handler, "func", None), type(handler).__call__):
        code = getattr(one, "__code__", None)
        if isinstance(code, CodeType):
            return code
    return None
