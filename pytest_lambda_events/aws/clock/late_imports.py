"""Changes modules of other libraries, also if they are imported while an environment is open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from types import ModuleType

from ...contexts import contextmanager
from ..process import process

Prepare = Callable[[ModuleType], object]


@contextmanager
def modules_prepared(names: Collection[str], prepare: Prepare) -> Iterator[None]:
    """Calls `prepare` with each module of `names`: now if it is loaded, else as soon as its code has run."""
    for name in sorted(names):
        if name in sys.modules:
            prepare(sys.modules[name])
    finder, watcher = process().module_finder, _Preparing(names, prepare)
    finder.add(watcher)
    try:
        yield
    finally:
        finder.remove(watcher)


class _Preparing:
    """Prepares modules as soon as their code has run."""

    def __init__(self, names: Collection[str], prepare: Prepare) -> None:
        self._names = names
        self._prepare = prepare

    def watches(self, name: str) -> bool:
        return name in self._names

    def begins(self) -> None:
        pass

    def ends(self, module: ModuleType, *, is_loaded: bool) -> None:
        if is_loaded:
            self._prepare(module)
