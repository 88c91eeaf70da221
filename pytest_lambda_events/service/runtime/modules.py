"""The modules of a function's folders: a namespace of its own for every execution environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from .folder_finder import FolderFinder

SHARED_PACKAGES = frozenset({"boto3", "botocore", "moto", "s3transfer", "urllib3"})
"""Never taken from a folder that brings its own: a second copy would not be in the simulated AWS."""


class FolderModules:
    """Puts the modules that lie in `folders` into `sys.modules`, and the folders at the head of `sys.path`.

    The test's modules of the same names are put back when the task is switched out. Values of `sys.modules` may be
    anything, so everything goes by key.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [str(folder) for folder in folders]
        self._prefixes = tuple(folder + os.sep for folder in self._folders)
        self._top_names = frozenset().union(*(_top_names(folder) for folder in folders))
        self._finder = FolderFinder(self._folders, self._top_names)
        self._own: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._path: list[str] | None = None
        self._tests_path: list[str] = []
        self._last: str | None = None

    @property
    def loaded(self) -> Mapping[str, ModuleType]:
        """The modules that have been imported so far, by name, while the task is switched out."""
        return self._own

    def enter(self) -> None:
        self._tests_path = sys.path
        if self._path is None:
            self._path = [*self._folders, *sys.path]
            self._finder.forget()
        sys.path = self._path
        sys.meta_path.insert(0, self._finder)
        self._hide()
        self._last = next(reversed(sys.modules), None)
        sys.modules.update(self._own)

    def leave(self) -> None:
        self._path, sys.path = sys.path, self._tests_path
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        # A namespace package finds its folders through its parent, so none is taken away before all are known.
        names = [name for name in self._names_since() if self._is_own(name)]
        self._own = {name: sys.modules.pop(name) for name in names}
        sys.modules.update(self._hidden)
        self._hidden = {}

    def _hide(self) -> None:
        taken = {name for name in self._top_names if name in sys.modules}
        names = {name for name in sys.modules if name.partition(".")[0] in taken} if taken else set()
        names.update(name for name in self._own if name in sys.modules)
        self._hidden = {name: sys.modules.pop(name) for name in names}

    def _names_since(self) -> list[str]:
        """The names that `enter` and imports have appended to `sys.modules`: those after the last name of the test's."""
        names: list[str] = []
        for name in reversed(sys.modules):
            if name == self._last:
                break
            names.append(name)
        return names[::-1]

    def _is_own(self, name: str) -> bool:
        if name.partition(".")[0] in self._top_names:
            return True
        return _location(sys.modules[name]).startswith(self._prefixes)


def _location(module: object) -> str:
    """Where a module lies: its file, or the first folder of a namespace package."""
    if not isinstance(module, ModuleType):
        return ""
    file = module.__dict__.get("__file__")
    if isinstance(file, str):
        return file
    try:
        return str(next(iter(module.__dict__.get("__path__") or ()), ""))
    except (AttributeError, KeyError, TypeError):  # The code took the parent of a namespace package away, or set no list.
        return ""


def _top_names(folder: Path) -> frozenset[str]:
    names = {entry.name.partition(".")[0] for entry in folder.iterdir()}
    return frozenset(names - SHARED_PACKAGES - sys.stdlib_module_names)
