"""Imports modules from the folders of a function, and compiles each file once per process."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import CodeType, ModuleType

FOLDERS, FILES = 1_024, 8_192
"""How many folders and compiled files are cached."""


class FolderFinder:
    """A finder for `sys.meta_path` that finds only modules in `roots`, the first folder first.

    `top_names` are the names of modules and packages that it finds there. Python finds all other names as usual.
    """

    def __init__(self, roots: Sequence[str], top_names: frozenset[str]) -> None:
        self._roots = tuple(roots)
        self._prefixes = tuple(root + os.sep for root in roots)
        self._top_names = top_names

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Returns the spec of the module `name` in the folders, or None."""
        if path is None:
            return self._found(name, self._roots) if name in self._top_names else None
        return self._found(name, [folder for folder in path if f"{folder}{os.sep}".startswith(self._prefixes)])

    def forget(self) -> None:
        """Reads the folders again, because files may have been added or removed."""
        for root in self._roots:
            _finder(root).invalidate_caches()

    def _found(self, name: str, folders: Iterable[str]) -> ModuleSpec | None:
        portions: list[str] = []
        for folder in folders:
            spec = _finder(folder).find_spec(name)
            if spec is not None and spec.loader is not None:
                return spec
            if spec is not None:
                portions += spec.submodule_search_locations or ()
        if not portions:
            return None
        package = ModuleSpec(name, None, is_package=True)
        package.submodule_search_locations = portions
        return package


@functools.lru_cache(maxsize=FOLDERS)
def _finder(folder: str) -> FileFinder:
    return FileFinder(
        folder,
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (_SourceLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )


class _SourceLoader(SourceFileLoader):
    """Loads a source file from its compiled code, as long as the file does not change."""

    def get_code(self, fullname: str) -> CodeType | None:
        try:
            status = os.stat(self.path)
        except OSError:
            return super().get_code(fullname)
        return _compiled(fullname, self.path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=FILES)
def _compiled(name: str, path: str, modified: int, size: int) -> CodeType | None:
    return SourceFileLoader(name, path).get_code(name)
