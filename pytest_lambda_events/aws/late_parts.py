"""Opens the parts of a simulated AWS for a service of moto when moto's service is loaded.

Services of moto are slow to load, and most tests use few. moto loads a service at the first call to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.abc import Loader
from types import ModuleType

from .clock.late_imports import ModuleFinder, ModuleLoader

Part = Callable[[], AbstractContextManager[object]]


@contextmanager
def when_loaded(module: str, part: Part, *, also: Sequence[str] = ()) -> Iterator[None]:
    """Opens `part` if a module of moto is loaded, else as soon as no import of its package is in progress any more.

    Code that uses the package cannot run before. `also` are packages of moto that `part` imports too.
    """
    with ExitStack() as stack:
        if module in sys.modules:
            stack.enter_context(part())
        else:
            packages = (module.rpartition(".")[0], *also)
            late = _LatePart(module, packages, lambda: stack.enter_context(part()))
            stack.enter_context(late.finder.installed())
        yield


class _LatePart:
    """Counts the modules of some packages that are being imported."""

    def __init__(self, module: str, packages: Sequence[str], open_part: Callable[[], object]) -> None:
        self._module = module
        self._packages = packages
        self._open = open_part
        self._running = 0
        self._is_open = False
        self.finder = ModuleFinder(self._has, lambda loader: _CountingLoader(loader, self))

    def _has(self, name: str) -> bool:
        return not self._is_open and any(name == package or name.startswith(f"{package}.") for package in self._packages)

    def begins(self) -> None:
        """A module begins to load."""
        self._running += 1

    def ends(self) -> None:
        """A module is loaded, or failed to load."""
        self._running -= 1
        if not self._running and not self._is_open and self._module in sys.modules:
            self._is_open = True
            self._open()


class _CountingLoader(ModuleLoader):
    def __init__(self, own: Loader, part: _LatePart) -> None:
        super().__init__(own)
        self._part = part

    def exec_module(self, module: ModuleType) -> None:
        self._part.begins()
        try:
            super().exec_module(module)
        finally:
            self._part.ends()
