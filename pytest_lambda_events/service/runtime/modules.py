"""The modules in the folders of a function. Every execution environment has its own copies."""

from __future__ import annotations

import functools
import os
import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import all_suffixes
from pathlib import Path
from types import ModuleType

from ...values import dataclass
from .folder_finder import FOLDERS, FolderFinder
from .patches import patched_in

SHARED_PACKAGES = frozenset(
    {
        "aws_durable_execution_sdk_python", "boto3", "botocore", "moto", "pytest_lambda_events", "s3transfer", "urllib3",
    }
)  # fmt: skip
"""Packages that are never imported from the folders of a function: a second copy would not use the simulated AWS, or its
simulated threads.
"""
_ENTERED = f"{__name__}.<entered>"
"""The entry in `sys.modules` that marks where the function's modules begin. Modules of the test stand before it, and may move,
because moto reloads some of its modules.
"""
_IN_ROOTS = frozenset({".git", "conftest.py", "pyproject.toml", "pytest.ini", "setup.cfg", "setup.py", "tox.ini"})
_OF_TESTS = re.compile(r"tests|conftest|test_.*|.*_test")
"""Modules that pytest loads from the root of a project. They do not belong to a function whose folder is this root."""
_LAST = chr(sys.maxunicode)
"""No file name is sorted behind it."""
_SUFFIXES = tuple(sorted(all_suffixes(), key=len, reverse=True))


class FolderModules:
    """Puts the modules in `folders` into `sys.modules`, and the folders at the start of `sys.path`.

    When the task is switched out, the test's modules of the same names are restored. Values of `sys.modules` may be any
    object, so all code uses the keys.

    Args:
        folders: The folder of the code, followed by the folders of layers.
        package: The name of the only package or module that is taken from the folder of the code. Empty: all.
    """

    def __init__(self, folders: Sequence[Path], package: str = "") -> None:
        self._folders = [str(folder) for folder in folders]
        self.are_of_test = not folders
        """Whether the code uses the modules of the test, as a callable does."""
        whole = folders[1:] if package else folders
        entries = [entry for folder in whole for entry in _entries(folder)]
        self._top_names = _top_names(entries) | ({package} if package else set())
        self._prefixes = tuple(str(folder) + os.sep for folder in whole)
        self._foreign = tuple(entry.path for entry in entries if entry.is_foreign)
        self._finder = FolderFinder(self._folders, self._top_names)
        self._own: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._path: list[str] | None = None
        self._tests_path: list[str] = []
        self._prefixes_of_code = (*self._prefixes, *((os.path.join(self._folders[0], package),) if package else ()))
        self._tests_modules: tuple[int, str | None] = (0, None)
        self._names_seen: frozenset[str] = frozenset()

    @property
    def loaded(self) -> Mapping[str, ModuleType]:
        """Returns the modules that have been imported so far, by name, while the task is switched out."""
        return self._own

    def enter(self) -> None:
        self._tests_path = sys.path
        if self._path is None:
            # Python itself finds a package that is loaded again.
            folders = [folder for folder in self._folders if folder not in sys.path or folder + os.sep in self._prefixes]
            self._path = [*folders, *sys.path]
            self._finder.forget()
        sys.path = self._path
        sys.meta_path.insert(0, self._finder)
        self._tests_modules = (len(sys.modules), next(reversed(sys.modules), None))
        self._hide()
        sys.modules[_ENTERED] = ModuleType(_ENTERED)
        sys.modules.update(self._own)

    def leave(self) -> None:
        self._path, sys.path = sys.path, self._tests_path
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        # A namespace package finds its folders through its parent. So all folders are read before any parent is removed.
        names = [name for name in self._names_since() if self._is_own(name)]
        sys.modules.pop(_ENTERED, None)
        self._own = {name: sys.modules.pop(name) for name in names}
        sys.modules.update(self._hidden)
        self._hidden = {}

    def patched(self, *, again: bool = False) -> tuple[str, str, str] | None:
        """Returns a patch that is in the test's copy of a module, but not in the copy that is loaded here.

        It is called while the task is switched in. The result has the names of the module here, of the test's copy, and of the
        attribute.

        Args:
            again: Look only at modules that have been imported since the last call.
        """
        if self.are_of_test:
            return None
        own = {name: sys.modules[name] for name in self._names_since() if self._is_own(name)}
        seen, self._names_seen = self._names_seen if again else frozenset(), frozenset(own)
        new = [module for name, module in own.items() if name not in seen]
        files = {file: module for module in new if (file := location_of(module)).endswith(".py")}
        if not files:
            return None
        for copy in self._copies_of_test(own):
            mine = files.get(location_of(copy))
            found = None if mine is None else patched_in(mine, copy, self._is_code)
            if mine is not None and found is not None:
                return mine.__name__, copy.__name__, found
        return None

    def patched_in_copies(self, copies: Iterable[ModuleType]) -> tuple[str, str] | None:
        """Returns the module and the attribute that are patched in one of these copies, but not in the module here.

        It is called while the task is switched in.
        """
        for copy in copies:
            mine = sys.modules.get(copy.__name__)
            if isinstance(mine, ModuleType) and mine is not copy and location_of(mine) == location_of(copy):
                found = patched_in(mine, copy, self._is_code)
                if found is not None:
                    return mine.__name__, found
        return None

    def _copies_of_test(self, own: Mapping[str, ModuleType]) -> Iterator[ModuleType]:
        """Returns the modules of the test that were loaded from files of the code."""
        yield from self._hidden.values()
        for name in _names_below(self._prefixes_of_code, *self._tests_modules):
            if name not in own and name in sys.modules:
                yield sys.modules[name]

    def _is_code(self, name: str) -> bool:
        """Returns whether a module of the test, or its copy here, is in the folders of the code."""
        locations = [location_of(modules[name]) for modules in (sys.modules, self._hidden) if name in modules]
        return any(
            location.startswith(self._prefixes_of_code) and not location.startswith(self._foreign) for location in locations
        )

    def _hide(self) -> None:
        taken = {name for name in self._top_names if name in sys.modules}
        names = {name for name in sys.modules if name.partition(".")[0] in taken} if taken else set()
        names.update(name for name in self._own if name in sys.modules)
        self._hidden = {name: sys.modules.pop(name) for name in names}

    def _names_since(self) -> list[str]:
        """Returns the names that `enter` and imports have added to `sys.modules`: those after our own entry."""
        names: list[str] = []
        for name in reversed(sys.modules):
            if name == _ENTERED:
                break
            names.append(name)
        return names[::-1]

    def _is_own(self, name: str) -> bool:
        if name.partition(".")[0] in self._top_names:
            return True
        location = location_of(sys.modules[name])
        return location.startswith(self._prefixes) and not location.startswith(self._foreign)


@functools.lru_cache(maxsize=FOLDERS)
def _names_below(prefixes: tuple[str, ...], count: int, last: str | None) -> tuple[str, ...]:
    """Returns the names of modules below the prefixes. It is cached: `count` and `last` show whether modules were added."""
    locations = _locations(count, last)
    found: list[tuple[str, str]] = []
    for prefix in prefixes:
        found += locations[bisect_left(locations, (prefix, "")) : bisect_left(locations, (prefix + _LAST, ""))]
    return tuple(name for _, name in found)


@functools.lru_cache(maxsize=1)
def _locations(count: int, last: str | None) -> Sequence[tuple[str, str]]:
    """Returns the sorted locations and names of all modules that have a location. It is cached in the same way."""
    located = ((location_of(module), name) for name, module in [*sys.modules.items()])
    return sorted(location for location in located if location[0])


def location_of(module: object) -> str:
    """Returns the location of a module: its file, or the first folder of a namespace package. Empty if it is not known."""
    if not isinstance(module, ModuleType):
        return ""
    file = module.__dict__.get("__file__")
    if isinstance(file, str):
        return file
    try:
        return str(next(iter(module.__dict__.get("__path__") or ()), ""))
    except (
        AttributeError,
        KeyError,
        TypeError,
    ):  # The code removed the parent of a namespace package, or set its path to a value that is not a list.
        return ""


def _top_names(entries: Iterable[_Entry]) -> frozenset[str]:
    """Returns the names of the modules and packages that belong to the function."""
    names = {_module_name(entry) for entry in entries if not entry.is_foreign}
    return frozenset(names - SHARED_PACKAGES - sys.stdlib_module_names - {""})


def _module_name(entry: _Entry) -> str:
    """Returns the name by which an entry of a folder can be imported. Empty if it is not a module."""
    suffix = "" if entry.is_folder else next((suffix for suffix in _SUFFIXES if entry.name.endswith(suffix)), None)
    name = "" if suffix is None else entry.name.removesuffix(suffix)
    return name if name.isidentifier() else ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file or a folder in a function's folder. Virtual environments and tests do not belong to the function."""

    name: str
    path: str
    is_folder: bool
    is_foreign: bool


def _entries(folder: Path) -> Iterator[_Entry]:
    with os.scandir(folder) as scanned:
        entries = list(scanned)
    is_root = any(entry.name in _IN_ROOTS for entry in entries)
    for entry in entries:
        is_folder = entry.is_dir()
        of_tests = is_root and _OF_TESTS.fullmatch(entry.name.removesuffix(".py")) is not None
        is_environment = is_folder and os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
        yield _Entry(entry.name, entry.path, is_folder, of_tests or is_environment or entry.name.startswith("."))
