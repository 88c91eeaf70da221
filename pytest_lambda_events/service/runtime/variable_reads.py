"""Environment variables that code reads but that its execution environment does not have."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from ...report.missing_variables import is_field, is_named

_INSTALLED = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
_BESIDE_THE_READER = ("os", "collections.abc", __name__)
"""The modules whose frames lie between a read and the code that reads."""
_FOLDERS = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib") if sysconfig.get_path(name) is not None
)


class Variables(dict[Any, Any]):
    """The variables of an execution environment, as `os.environ` holds them.

    It reports to `missed` each missing name that is read, and that all names were listed. A copy is a plain dictionary.
    """

    def __init__(self, missed: MissedVariables) -> None:
        super().__init__()
        self._missed = missed

    def __iter__(self) -> Iterator[Any]:
        self._missed.are_listed = True
        return super().__iter__()

    def __missing__(self, name: Any) -> Any:
        self._missed.add(name)
        raise KeyError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class MissedVariables:
    """The variables that code has read and not found, although the test process has them. `is_in_test` answers that.

    `are_listed` is whether code has looked at all variables, as settings classes such as those of pydantic do.
    """

    def __init__(self, is_in_test: Callable[[Any], bool]) -> None:
        self.are_listed = False
        self._is_in_test = is_in_test
        self._reads: dict[str, bool] = {}

    def add(self, name: Any) -> None:
        """Adds a read by the code that runs now. `name` is encoded as in `os.environ`."""
        if self._is_in_test(name):
            text = os.fsdecode(name)
            self._reads[text] = self._reads.get(text, False) or _is_own_code(_reader())

    def names(self, error_message: str, only_in_test: Callable[[], Iterable[str]]) -> tuple[str, ...]:
        """Returns the names that the user's own code has read, and those in the error that libraries have read.

        Libraries read many variables by default, such as HOME. If one of these is why an attempt failed, the error names it.
        `only_in_test` returns the names that the test process has and the function does not have. It is rarely called.
        """
        if not self._reads and not self.are_listed:
            return ()
        read = [name for name, is_own in self._reads.items() if is_own or is_named(name, error_message)]
        listed = only_in_test() if self.are_listed and "\n" in error_message else ()
        return tuple(dict.fromkeys((*read, *(name for name in listed if is_field(name, error_message)))))


def _reader() -> str:
    """Returns the file of the code that reads `os.environ`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in _BESIDE_THE_READER:
        frame = frame.f_back
    return "" if frame is None else frame.f_code.co_filename


def _is_own_code(file: str) -> bool:
    """Returns whether a file belongs to the user: neither to Python nor to an installed package."""
    if not file or file.startswith("<frozen "):
        return False
    return _INSTALLED.search(file) is None and not file.startswith(_FOLDERS)
