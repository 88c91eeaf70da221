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
    with ModuleFinder(lambda name: name in names, lambda loader: _PreparingLoader(loader, prepare)).installed():
        yield


class ModuleFinder(MetaPathFinder):
    """Finds the modules of the other finders. Those for which `has` is true get the loader that `loader_of` returns."""

    def __init__(self, has: Callable[[str], bool], loader_of: Callable[[Loader], ModuleLoader]) -> None:
        self._has = has
        self._loader_of = loader_of

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Is asked before all other finders during the block."""
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            # By identity, and from the current list `sys.meta_path`, which may be another one.
            sys.meta_path[:] = [other for other in sys.meta_path if other is not self]

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not self._has(name):
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = self._loader_of(spec.loader)
                return spec
        return None


class ModuleLoader(Loader):
    """Loads with the module's own loader. The module and its spec get this loader back before its code runs."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        module.__loader__ = self._own
        self._own.exec_module(module)


class _PreparingLoader(ModuleLoader):
    def __init__(self, own: Loader, prepare: Prepare) -> None:
        super().__init__(own)
        self._prepare = prepare

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self._prepare(module)
