"""The original functions of the module `time`, independent of what drives them now."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, ModuleType
from typing import Any

from .builtin_functions import Redirection, are_redirectable, twin

NAMES = (
    "time", "time_ns", "gmtime", "localtime", "strftime", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
    "ctime", "asctime", "clock_gettime", "clock_gettime_ns", "sleep",
)  # fmt: skip


class TimeFunctions:
    """Twins of the functions of `time`, which always have the original behaviour, and their redirections.

    A function is not known if other code had replaced it at each call of `look`.
    """

    def __init__(self) -> None:
        self.builtins: dict[str, Callable[..., Any]] = {}
        self.real: dict[str, Callable[..., Any]] = {}
        self._redirections: dict[str, Redirection] = {}

    def look(self) -> None:
        """Learns the functions that are not replaced. Call it while nothing drives the time."""
        for name in NAMES if len(self.builtins) < len(NAMES) else ():
            function = getattr(time, name, None)
            if name not in self.builtins and isinstance(function, BuiltinFunctionType) and are_redirectable():
                self.builtins[name] = function
                self.real[name] = twin(function)

    def redirection(self, name: str) -> Redirection | None:
        """Returns the redirection of a function, if the function is known."""
        if name not in self._redirections and name in self.builtins:
            self._redirections[name] = Redirection(self.builtins[name])
        return self._redirections.get(name)

    @property
    def by_identity(self) -> Mapping[int, Callable[..., Any]]:
        """Returns the twins by the identity of the original function."""
        return {id(self.builtins[name]): real for name, real in self.real.items()}


@functools.cache
def time_functions() -> TimeFunctions:
    """Returns the functions of this process."""
    found = TimeFunctions()
    found.look()
    return found


class ChangedTime(ModuleType):
    """The module `time`, or one that stands for it, with other `functions`, by name."""

    def __init__(self, module: ModuleType, functions: Mapping[str, Any]) -> None:
        super().__init__("time", module.__doc__)
        self._module = module
        vars(self).update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)
