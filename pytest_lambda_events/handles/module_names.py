"""Explains why a test cannot import a module that belongs to a function."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType

from ..contexts import contextmanager
from ..errors import hides_frames

__tracebackhide__ = hides_frames


class _Explaining:
    """The last finder of `sys.meta_path`: it never finds a module."""

    def __init__(self, folders: Callable[[], Mapping[str, Path]], in_handler: Callable[[], bool]) -> None:
        self._folders = folders
        self._in_handler = in_handler

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if path is not None or self._in_handler() or not _is_import():
            return
        for function, folder in self._folders().items():
            if os.path.isdir(folder / name) or os.path.exists(folder / f"{name}.py"):
                raise ModuleNotFoundError(
                    f"No module named {name!r} that a test can import. Function {function!r} has one in {str(folder)!r}, and "
                    f'each execution environment loads its own copy. To patch it, pass function.module("{name}") to '
                    "monkeypatch.setattr or mock.patch.object.",
                    name=name,
                )


def _is_import() -> bool:
    """Whether a module is being imported. `importlib.util.find_spec` only asks whether there is one."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename == "<frozen importlib._bootstrap>":
        if frame.f_code.co_name == "_find_and_load":
            return True
        frame = frame.f_back
    return False


@contextmanager
def missing_modules_explained(folders: Callable[[], Mapping[str, Path]], in_handler: Callable[[], bool]) -> Iterator[None]:
    """Names the function in the error of an import that fails in the test.

    Args:
        folders: Gives the folders of functions, by the name of the function.
        in_handler: Whether a handler runs now.
    """
    finder = _Explaining(folders, in_handler)
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
