"""Decides whether a frame waits for a lock: of a thread, of multiprocessing or of a file."""

from __future__ import annotations

import linecache
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_PARTS_OF_LOCKS = frozenset({"threading", "multiprocessing.synchronize"})
"""Modules in which a lock waits for its caller."""
_FILE_LOCKS = (("fcntl", "flock"), ("fcntl", "lockf"), ("posix", "lockf"))


def waits_for_lock(frame: FrameType | None) -> bool:
    """Returns whether the line of the frame, or of a caller in a module of locks, names a lock that is taken."""
    file_locks = tuple(_file_locks())
    while frame is not None:
        if any(_is_taken(value) or any(value is call for call in file_locks) for value in _named(frame)):
            return True
        if frame.f_globals.get("__name__") not in _PARTS_OF_LOCKS:
            return False
        frame = frame.f_back
    return False


def _named(frame: FrameType) -> Iterator[object]:
    """Returns the values of the names, and of their attributes, in the current line of the frame."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)
    for dotted in re.findall(r"[A-Za-z_][\w.]*", line):
        first, *rest = dotted.split(".")
        value = frame.f_locals.get(first, frame.f_globals.get(first))
        for name in rest:
            yield value
            value = getattr(value, name, None)
        yield value


def _file_locks() -> Iterator[object]:
    """Returns the functions that wait for the lock of a file, if they are loaded."""
    for module, name in _FILE_LOCKS:
        function = getattr(sys.modules.get(module), name, None)
        if function is not None:
            yield function
    if hasattr(os, "lockf"):
        yield os.lockf


def _is_taken(value: object) -> bool:
    if isinstance(value, threading.Semaphore):
        return value._value == 0
    if isinstance(value, threading.Condition):
        value = value._lock  # type: ignore[attr-defined]
    # A lock of multiprocessing is a semaphore of the operating system, or contains one.
    is_zero: Callable[[], bool] | None = getattr(getattr(value, "_semlock", value), "_is_zero", None)
    if callable(is_zero):
        return bool(is_zero())
    locked: Callable[[], bool] | None = getattr(value, "locked", None)
    if callable(locked):
        return bool(locked())
    return "RLock" in type(value).__name__ and "<locked" in repr(value)
