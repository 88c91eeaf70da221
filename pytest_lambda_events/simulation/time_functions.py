"""The functions of the module `time` as CPython made them, whatever drives them at the moment."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType
from typing import Any

from .builtin_functions import Redirection, are_redirectable, twin

NAMES = (
    "time", "time_ns", "gmtime", "localtime", "strftime", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
    "ctime", "asctime", "clock_gettime", "clock_gettime_ns", "sleep",
)  # fmt: skip


class TimeFunctions:
    """Twins of the functions of `time`, which always do what those did at first, and their redirections.

    A function that somebody had replaced each time that `look` was called is not known.
    """

    def __init__(self) -> None:
        self.builtins: dict[str, Callable[..., Any]] = {}
        self.real: dict[str, Callable[..., Any]] = {}
        self._redirections: dict[str, Redirection] = {}

    def look(self) -> None:
        """Learn the functions that nobody has replaced. Call it while nothing drives the time."""
        for name in NAMES:
            function = getattr(time, name, None)
            if name not in self.builtins and isinstance(function, BuiltinFunctionType) and are_redirectable():
                self.builtins[name] = function
                self.real[name] = twin(function)

    def redirection(self, name: str) -> Redirection | None:
        """The one of a function, if the function is known."""
        if name not in self._redirections and name in self.builtins:
            self._redirections[name] = Redirection(self.builtins[name])
        return self._redirections.get(name)

    @property
    def by_identity(self) -> Mapping[int, Callable[..., Any]]:
        """The twins by the identity of the function that they double."""
        return {id(self.builtins[name]): real for name, real in self.real.items()}


@functools.cache
def time_functions() -> TimeFunctions:
    """The one of this process."""
    found = TimeFunctions()
    found.look()
    return found
