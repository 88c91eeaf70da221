"""Runs a planned failure instead of a handler, so that its consequences are those of a real failure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from types import CodeType
from typing import NoReturn, Protocol

from .failures import Failure

Handler = Callable[..., object]


class Process(Protocol):
    """The process that a handler runs in."""

    def hang(self) -> None:
        """Waits for the timeout."""

    def be_killed(self) -> NoReturn:
        """Ends the process as if it ran out of memory."""

    def be_exited(self, status: int) -> NoReturn:
        """Ends the process with a status."""


def replacement(failure: Failure, handler: Handler, process: Process) -> Handler:
    """Returns the function that is called instead of `handler`. With `after_handler` it calls `handler` first and drops its
    response.
    """
    if failure.kind == "response":
        return lambda event, context: failure.payload
    end = _end_of(failure, handler, process)
    return _after(handler, end) if failure.after_handler else end


def forget_frames(failure: Failure | None) -> None:
    """Drops the frames of an error that was reported. A marker keeps its exception during the whole run."""
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
        # If the handler raises an error, this is its response, and it is dropped too.
        with suppress(Exception):
            handler(event, context)
        return end(event, context)

    return ended


def _raising(exception: Exception, handler: Handler) -> Handler:
    """Returns a function that raises in a frame with the name of the handler, as the error names it (RUN-42)."""

    def raising(event: object, context: object) -> NoReturn:
        # Frames of earlier raises are removed, because the same exception may be raised often.
        raise exception.with_traceback(None)

    code = _code_of(handler)
    if code is not None:
        own = raising.__code__
        # The raise is below the first line of its function, but the error must show the first line of the handler.
        below = max(line for _, _, line in own.co_lines() if line is not None) - own.co_firstlineno
        first = max(code.co_firstlineno - below, 1)
        raising.__code__ = own.replace(co_filename=code.co_filename, co_name=code.co_name, co_firstlineno=first)
    return raising


def _code_of(handler: Handler) -> CodeType | None:
    """Returns the code of a function, a partial or a callable object; None if it is not written in Python."""
    for one in (inspect.unwrap(handler), getattr(handler, "func", None), type(handler).__call__):
        code = getattr(one, "__code__", None)
        if isinstance(code, CodeType):
            return code
    return None
