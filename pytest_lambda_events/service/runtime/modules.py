"""The modules of uploaded code: a namespace of its own for every execution environment."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

SHARED_PACKAGES = frozenset({"boto3", "botocore", "moto", "s3transfer", "urllib3"})
"""Never taken from an upload that brings its own: a second copy would not be in the simulated world."""


class UploadedModules:
    """Puts the modules that lie in `folder` into `sys.modules`, and `folder` at the head of `sys.path`.

    The test's modules of the same names are put back when the task is switched out. Values of `sys.modules` may be
    anything, so everything goes by key.
    """

    def __init__(self, folder: Path) -> None:
        self._prefix = str(folder) + os.sep
        self._folder = str(folder)
        self._top_names = _top_names(folder)
        self._own: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._path: list[str] | None = None
        self._tests_path: list[str] = []
        self._last: str | None = None

    def enter(self) -> None:
        self._tests_path = sys.path
        if self._path is None:
            self._path = [self._folder, *sys.path]
            importlib.invalidate_caches()
        sys.path = self._path
        self._hide()
        sys.modules.update(self._own)
        self._last = next(reversed(sys.modules), None)

    def leave(self) -> None:
        self._path, sys.path = sys.path, self._tests_path
        names = [*self._own, *self._new_names()]
        self._own = {}
        for name in names:
            module = sys.modules.get(name)
            if isinstance(module, ModuleType) and self._is_own(module):
                self._own[name] = sys.modules.pop(name)
        sys.modules.update(self._hidden)
        self._hidden = {}

    def _hide(self) -> None:
        taken = {name for name in self._top_names if name in sys.modules}
        names = {name for name in sys.modules if name.partition(".")[0] in taken} if taken else set()
        names.update(name for name in self._own if name in sys.modules)
        self._hidden = {name: sys.modules.pop(name) for name in names}

    def _new_names(self) -> list[str]:
        """Imports append to `sys.modules`, so everything after the last name of then is new."""
        names: list[str] = []
        for name in reversed(sys.modules):
            if name == self._last:
                break
            names.append(name)
        return names[::-1]

    def _is_own(self, module: ModuleType) -> bool:
        file = module.__dict__.get("__file__")
        if not isinstance(file, str):
            file = next(iter(module.__dict__.get("__path__") or ()), "")
        return file.startswith(self._prefix)


def _top_names(folder: Path) -> frozenset[str]:
    names = {entry.name.partition(".")[0] for entry in folder.iterdir()}
    return frozenset(names - SHARED_PACKAGES - sys.stdlib_module_names)
