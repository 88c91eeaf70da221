"""Changes modules of other libraries, also if they are imported while an environment is open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Prepare = Callable[[ModuleType], object]


@contextmanager
def modules_prepared(names: Collection[str], prepare: Prepare) -> Iterator[None]:
    """Calls `prepare` with each module of `names`: now if it is loaded, else as soon as its code has run."""
    for name in sorted(set(names) & sys.modules.keys()):
        prepare(sys.modules[name])
    finder = _Finder(names, prepare)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        # By identity, and from the current list `sys.meta_path`, which may be another one.
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]


class _Finder(MetaPathFinder):
    """Finds the modules of the other finders, and adds the call of `prepare`."""

    def __init__(self, names: Collection[str], prepare: Prepare) -> None:
        self._names = names
        self._prepare = prepare

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._names:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, self._prepare)
                return spec
        return None


class _Loader(Loader):
    """Loads with the module's own loader. The module and its spec get this loader back before its code runs."""

    def __init__(self, own: Loader, prepare: Prepare) -> None:
        self._own = own
        self._prepare = prepare

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        module.__loader__ = self._own
        self._own.exec_module(module)
        self._prepare(module)
