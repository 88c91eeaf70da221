"""File names as they are on AWS, for code that was uploaded."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable
from pathlib import Path

TASK_ROOT = "/var/task"
LAYER_ROOT = "/opt"


class PathMap:
    """Puts AWS's folders in place of this machine's wherever they occur in a text (RUN-44).

    Without replacements it leaves every text alone: a test's own callable keeps its real paths.
    """

    __slots__ = ("_replacements",)

    def __init__(self, replacements: Iterable[tuple[str, str]] = ()) -> None:
        # A folder inside another must be met first.
        self._replacements = sorted(replacements, key=lambda pair: len(pair[0]), reverse=True)

    @classmethod
    def of_uploaded_code(cls, folder: Path, runtime: str, layers: Iterable[Path] = ()) -> PathMap:
        """For code in `folder`, run as `runtime` (`python3.13`) with layers in these folders."""
        library = f"/var/lang/lib/{runtime}"
        replacements = {str(folder): TASK_ROOT, os.path.realpath(folder): TASK_ROOT}
        for layer in layers:
            replacements.update({str(layer): LAYER_ROOT, os.path.realpath(layer): LAYER_ROOT})
        for name, target in _LIBRARY_FOLDERS.items():
            replacements[name + os.sep] = f"{library}{target}/"
        return cls(replacements.items())

    def translate(self, text: str) -> str:
        """`text` with AWS's folders."""
        for here, there in self._replacements:
            if here in text:
                text = text.replace(here, there)
        return text


def _library_folders() -> dict[str, str]:
    """This interpreter's library folders, and their names below AWS's."""
    folders: dict[str, str] = {}
    for key, target in (
        ("stdlib", ""),
        ("platstdlib", ""),
        ("purelib", "/site-packages"),
        ("platlib", "/site-packages"),
    ):
        folder = sysconfig.get_path(key)
        folders.setdefault(folder, target)
        folders.setdefault(os.path.realpath(folder), target)
    folders.setdefault(os.path.dirname(os.__file__), "")
    return folders


_LIBRARY_FOLDERS = _library_folders()
UNCHANGED = PathMap()
