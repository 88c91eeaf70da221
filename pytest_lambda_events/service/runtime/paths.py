"""File names of uploaded code as they are on AWS."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable
from pathlib import Path

TASK_ROOT = "/var/task"
LAYER_ROOT = "/opt"


class PathMap:
    """Replaces folders of this machine by AWS's folders in a text (RUN-44).

    Without replacements it returns every text unchanged, so a callable of a test keeps its real paths.
    """

    __slots__ = ("_replacements",)

    def __init__(self, replacements: Iterable[tuple[str, str]] = ()) -> None:
        # An inner folder must be replaced before the folder that contains it.
        self._replacements = sorted(replacements, key=lambda pair: len(pair[0]), reverse=True)

    @classmethod
    def of_uploaded_code(cls, folder: Path, runtime: str, layers: Iterable[Path] = ()) -> PathMap:
        """Returns the map for code in `folder` that runs as `runtime` (`python3.13`) with layers in these folders."""
        library = f"/var/lang/lib/{runtime}"
        replacements = {str(folder): TASK_ROOT, os.path.realpath(folder): TASK_ROOT}
        for layer in layers:
            replacements.update({str(layer): LAYER_ROOT, os.path.realpath(layer): LAYER_ROOT})
        for name, target in _LIBRARY_FOLDERS.items():
            replacements[name + os.sep] = f"{library}{target}/"
        return cls(replacements.items())

    def translate(self, text: str) -> str:
        """Returns `text` with AWS's folders."""
        for here, there in self._replacements:
            if here in text:
                text = text.replace(here, there)
        return text


def _library_folders() -> dict[str, str]:
    """Returns the library folders of this interpreter, and their names on AWS."""
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
