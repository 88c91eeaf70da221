"""The code of a function: an uploaded zip file, unpacked once, a folder of the project, or a callable of the test's own."""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..model import Configuration
from .loading import load_handler
from .paths import UNCHANGED, PathMap


class CodeFolder:
    """Unpacks zip files below `root`, one folder for each content, until `close`."""

    def __init__(self, root: Path) -> None:
        # Imported modules name their files below it, so it must be free of symbolic links.
        self._root = root.resolve()
        self._folders: dict[str, Path] = {}

    def of(self, zip_file: bytes) -> Path:
        """The folder that holds the content of `zip_file`.

        Raises:
            ValueError: with AWS's words if it is not a zip file.
        """
        digest = hashlib.sha256(zip_file).hexdigest()
        folder = self._folders.get(digest)
        if folder is None:
            folder = self._root / digest
            _unpack(zip_file, folder)
            self._folders[digest] = folder
        return folder

    def close(self) -> None:
        """Remove everything that was unpacked."""
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)
            for name in [name for name in sys.path_importer_cache if name.startswith(str(folder))]:
                del sys.path_importer_cache[name]
        self._folders.clear()


def _unpack(zip_file: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(zip_file)) as archive:
            archive.extractall(folder)
    except zipfile.BadZipFile as error:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise ValueError(message) from error


class Loader:
    """Gives the handler of a configuration. The folders of its code must be in `sys.path` by then."""

    def __init__(self, folders: CodeFolder) -> None:
        self._folders = folders

    def folders(self, configuration: Configuration) -> list[Path]:
        """Where its code lies, in the order of `sys.path`; nothing for a callable of the test's own modules."""
        code = configuration.code
        folder = code.folder if code.zip_file is None else self._folders.of(code.zip_file)
        return [] if folder is None else [folder]

    def paths(self, configuration: Configuration) -> PathMap:
        """How its file names are shown in errors (RUN-44)."""
        zip_file = configuration.code.zip_file
        if zip_file is None:
            return UNCHANGED
        return PathMap.of_uploaded_code(self._folders.of(zip_file), configuration.runtime)

    def load(self, configuration: Configuration) -> Callable[..., object]:
        """The callable as it is, or what the handler string names; raises `InitFault`."""
        if configuration.code.handler is not None:
            return configuration.code.handler
        return load_handler(configuration.handler)
