"""Opens the parts of a simulated AWS for a service of moto when moto's service is loaded.

Services of moto are slow to load, and most tests use few. moto loads a service at the first call to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType, TracebackType

from .process import process

Part = Callable[[], AbstractContextManager[object]]


def when_loaded(module: str, part: Part, *, also: Sequence[str] = ()) -> AbstractContextManager[object]:
    """Opens `part` if a module of moto is loaded, else as soon as no import of its package is in progress any more.

    Code that uses the package cannot run before. `also` are packages of moto that `part` imports too.
    """
    return part() if module in sys.modules else _LatePart(module, (module.rpartition(".")[0], *also), part)


class _LatePart(AbstractContextManager[None]):
    """Counts the modules of some packages that are being imported."""

    def __init__(self, module: str, packages: Sequence[str], part: Part) -> None:
        self._module = module
        self._packages = packages
        self._part = part
        self._running = 0
        self._opened: AbstractContextManager[object] | None = None

    def __enter__(self) -> None:
        process().module_finder.add(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        process().module_finder.remove(self)
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.__exit__(kind, error, traceback)

    def watches(self, name: str) -> bool:
        """Returns whether the part waits for a module of this name."""
        return self._opened is None and any(name == package or name.startswith(f"{package}.") for package in self._packages)

    def begins(self) -> None:
        """A module begins to load."""
        self._running += 1

    def ends(self, module: ModuleType, *, is_loaded: bool) -> None:
        """A module is loaded, or failed to load."""
        self._running -= 1
        if not self._running and self._opened is None and self._module in sys.modules:
            # Not again while it is being opened, which may import modules.
            self._opened = nullcontext()
            opened = self._part()
            opened.__enter__()
            self._opened = opened
