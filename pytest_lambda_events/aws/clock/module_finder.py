"""Tells watchers about modules of other libraries that are imported while an environment is open."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Protocol


class Watcher(Protocol):
    """Is notified of the modules for which `watches` is true."""

    def watches(self, name: str) -> bool:
        """Returns whether the watcher wants to know about a module of this name."""

    def begins(self) -> None:
        """A module begins to load."""

    def ends(self, module: ModuleType, *, is_loaded: bool) -> None:
        """The code of a module has run, or has failed."""


class ModuleFinder(MetaPathFinder):
    """Finds the modules of the other finders. It is asked before them while there are watchers."""

    def __init__(self) -> None:
        self._watchers: dict[Watcher, None] = {}

    def add(self, watcher: Watcher) -> None:
        """Adds a watcher. Those that were added before are notified first."""
        if not self._watchers:
            sys.meta_path.insert(0, self)
        self._watchers[watcher] = None

    def remove(self, watcher: Watcher) -> None:
        """Removes a watcher."""
        self._watchers.pop(watcher, None)
        if not self._watchers:
            # By identity, and from the current list `sys.meta_path`, which may be another one.
            sys.meta_path[:] = [other for other in sys.meta_path if other is not self]

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        watchers = [watcher for watcher in self._watchers if watcher.watches(name)]
        if not watchers:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _WatchedLoader(spec.loader, watchers)
                return spec
        return None


class _WatchedLoader(Loader):
    """Loads with the module's own loader. The module and its spec get this loader back before its code runs."""

    def __init__(self, own: Loader, watchers: Sequence[Watcher]) -> None:
        self._own = own
        self._watchers = watchers

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        module.__loader__ = self._own
        for watcher in self._watchers:
            watcher.begins()
        is_loaded = False
        try:
            self._own.exec_module(module)
            is_loaded = True
        finally:
            for watcher in self._watchers:
                watcher.ends(module, is_loaded=is_loaded)
