"""The code of a function: an uploaded zip file, which is unpacked once, a folder of the project, or a callable of the test."""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ..model import Configuration
from . import snapshots
from .errors import InitFault
from .loading import load_handler
from .paths import UNCHANGED, PathMap


class CodeFolder:
    """Unpacks zip files below its own folder in `parent`, one folder for each content, until `close`.

    It creates its own folder for the first zip file, because few tests upload code.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._folders: dict[str, Path] = {}

    @property
    def _root(self) -> Path:
        # The file names of imported modules start with this path, so it must not contain symbolic links.
        if self._own is None:
            parent = self._parent.resolve()
            self._own = tempfile.TemporaryDirectory(prefix="lambda_events", dir=parent, ignore_cleanup_errors=True)
        return Path(self._own.name)

    def of(self, zip_file: bytes) -> Path:
        """Returns the folder that holds the content of `zip_file`.

        Raises:
            ValueError: It is not a zip file. The message is that of AWS.
        """
        digest = hashlib.sha256(zip_file).hexdigest()
        folder = self._folders.get(digest)
        if folder is None:
            folder = self._root / digest
            _unpack(zip_file, folder)
            self._folders[digest] = folder
        return folder

    def merged(self, folders: Sequence[Path]) -> Path:
        """Returns a folder with the files of all `folders`. If a path exists in several folders, the file of the last one is
        used.
        """
        key = "+".join(map(str, folders))
        folder = self._folders.get(key)
        if folder is None:
            folder = self._root / hashlib.sha256(key.encode()).hexdigest()
            for part in folders:
                shutil.copytree(part, folder, dirs_exist_ok=True)
            self._folders[key] = folder
        return folder

    def close(self) -> None:
        """Removes everything that was unpacked."""
        own, self._own = self._own, None
        self._folders.clear()
        if own is None:
            return
        for name in [name for name in sys.path_importer_cache if name.startswith(own.name)]:
            del sys.path_importer_cache[name]
        own.cleanup()


def _unpack(zip_file: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(zip_file)) as archive:
            archive.extractall(folder)
    except zipfile.BadZipFile as error:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise ValueError(message) from error


def _share_a_package(layers: Sequence[Path]) -> bool:
    """Returns whether two layers have a folder for packages with the same name that is not a namespace package in one of
    them.
    """
    seen: set[str] = set()
    for layer in layers if len(layers) > 1 else ():
        names = {
            str(entry.relative_to(layer))
            for root in (layer / "python", *layer.glob("python/lib/*/site-packages"))
            if root.is_dir()
            for entry in root.iterdir()
            if entry.is_dir() and any((other / entry.relative_to(layer) / "__init__.py").exists() for other in layers)
        }
        if names & seen:
            return True
        seen |= names
    return False


class Loader:
    """Loads the handler of a configuration. The folders of the code must already be in `sys.path`."""

    def __init__(self, folders: CodeFolder) -> None:
        self._folders = folders

    def folders(self, configuration: Configuration) -> list[Path]:
        """Returns the folders of the code, in the order of `sys.path`. Empty for a callable from the test's own modules."""
        code = configuration.code
        folder = code.folder if code.zip_file is None else self._folders.of(code.zip_file)
        if folder is None:
            return []
        # The folders of `/opt` in the order of AWS's `sys.path`: packages of the runtime, then packages of all runtimes.
        names = (f"python/lib/{configuration.runtime}/site-packages", "python")
        layers = [layer / name for name in names for layer in reversed(self._layers(configuration))]
        modules = [layer.folder for layer in reversed(configuration.layers) if layer.has_modules and layer.folder is not None]
        return [folder, *(layer for layer in layers if layer.is_dir()), *modules]

    def paths(self, configuration: Configuration) -> PathMap:
        """Returns how file names of the code are shown in errors (RUN-44)."""
        zip_file = configuration.code.zip_file
        if zip_file is None:
            return UNCHANGED
        layers = self._layers(configuration)
        return PathMap.of_uploaded_code(self._folders.of(zip_file), configuration.runtime, layers)

    def _layers(self, configuration: Configuration) -> list[Path]:
        """Returns the folders of the layers, in the order of the layers.

        AWS unpacks all layers into one folder, and later layers replace files of earlier ones. Here each layer has its own
        folder, unless two layers have files of the same package.
        """
        layers = [
            self._folders.of(layer.zip_file or b"") if layer.folder is None else layer.folder
            for layer in configuration.layers
            if layer.has_content and not layer.has_modules
        ]
        return [self._folders.merged(layers)] if _share_a_package(layers) else layers

    def initialized(self, configuration: Configuration) -> Callable[..., object]:
        """Returns the loaded handler. With SnapStart the hooks before the snapshot have run. Raises `InitFault`."""
        handler = self.load(configuration)
        if configuration.is_snapshot:
            snapshots.run_before_snapshot(handler, is_shared=configuration.code.handler is not None)
        return handler

    def restored(self, configuration: Configuration, handler: Callable[..., object]) -> None:
        """Runs the hooks of a loaded handler after the restore of a snapshot. Raises `InitFault`."""
        snapshots.run_after_restore(handler, is_shared=configuration.code.handler is not None)

    def load(self, configuration: Configuration) -> Callable[..., object]:
        """Returns the callable, or imports the one that the handler string names. Raises `InitFault`."""
        if configuration.code.handler is not None:
            return configuration.code.handler
        try:
            return load_handler(configuration.handler)
        except InitFault as fault:
            hint = configuration.code.import_hint
            if not hint or fault.error_type != "Runtime.ImportModuleError":
                raise
            raise InitFault(fault.error_type, f"{fault.message}. {hint}") from fault.__cause__
