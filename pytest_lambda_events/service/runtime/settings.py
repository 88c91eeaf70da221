"""Settings of the process that a handler may change, such as the working directory. Each task has its own."""

from __future__ import annotations

import _locale
import decimal
import locale
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

PROCESS_ATTRIBUTES: tuple[tuple[object, str], ...] = (
    (sys, "argv"),
    (sys, "path"),
    (sys, "modules"),
    (sys, "excepthook"),
    (threading, "excepthook"),
    (tempfile, "tempdir"),
)
"""Attributes that belong to a process. All tasks see changes inside these objects, because modules are shared."""


def _change_directory(folder: bytes | None) -> None:
    if folder is not None:
        with suppress(OSError):
            os.chdir(folder)


def _set_locale(name: str) -> None:
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, name)


def _set_recursion_limit(limit: int) -> None:
    # Python raises an error if the current stack is already deeper.
    with suppress(RecursionError):
        sys.setrecursionlimit(limit)


_WRITERS: tuple[Callable[[Any], object], ...] = (
    _change_directory, _set_locale, socket.setdefaulttimeout, logging.disable, logging.setLogRecordFactory,
    _set_recursion_limit,
)  # fmt: skip
"""The functions that set the values of `_current`, in the same order."""


def _current() -> Sequence[Any]:
    try:
        folder = os.getcwdb()
    except OSError:
        # The folder was deleted.
        folder = None
    # The function of C, because `locale.setlocale` takes longer.
    return (
        folder, _locale.setlocale(_locale.LC_ALL), socket.getdefaulttimeout(), logging.root.manager.disable,
        logging.getLogRecordFactory(), sys.getrecursionlimit(),
    )  # fmt: skip


class Settings:
    """The settings of one task. It sees the test's value of a setting until it changes it. From then on it has its own."""

    def __init__(self) -> None:
        self._own: dict[int, Any] = {}
        self._tests: Sequence[Any] = ()
        self._before: Sequence[Any] = ()

    def enter(self) -> None:
        self._tests = self._before = _current()
        if self._own:
            self._before = tuple([self._own.get(number, value) for number, value in enumerate(self._tests)])
            self._set(self._tests, self._before)

    def leave(self) -> None:
        now = _current()
        if now != self._before:
            self._own |= {number: value for number, value in enumerate(now) if value != self._before[number]}
        self._set(now, self._tests)

    def _set(self, current: Sequence[Any], wanted: Sequence[Any]) -> None:
        if current != wanted:
            for number, write in enumerate(_WRITERS):
                if current[number] != wanted[number]:
                    write(wanted[number])


class Umask:
    """The mask of new files. It can only be read by setting it."""

    def __init__(self) -> None:
        self._own: int | None = None
        self._tests = self._before = 0

    def enter(self) -> None:
        self._tests = os.umask(0o077 if self._own is None else self._own)
        self._before = self._tests if self._own is None else self._own
        if self._own is None:
            os.umask(self._tests)

    def leave(self) -> None:
        now = os.umask(self._tests)
        if now != self._before:
            self._own = now


class DecimalContext:
    """Precision, rounding and traps of `decimal`: a copy of the test's context."""

    def __init__(self) -> None:
        self._own: decimal.Context | None = None

    def begin(self) -> None:
        """Sets the context in the task that calls this."""
        if self._own is None:
            self._own = decimal.getcontext().copy()
        decimal.setcontext(self._own)
