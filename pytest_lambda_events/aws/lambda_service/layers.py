"""The layers that moto stores, and folders of the project as layers."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...service.model import Layer
from ..backends import late_backends

lambda_backends = late_backends("awslambda", "lambda_backends")

_ARN = re.compile(r"arn:[^:]+:lambda:([^:]+):(\d{12}):layer:([^:]+):(\d+)")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9-_]+")
_LONGEST_NAME = 140


class MotoLayers:
    """The versions of layers in moto. A folder of the project is a version whose files stay where they are."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}
        self._with_modules: set[str] = set()

    def find(self, arn: str) -> Layer | None:
        """Returns the version of a layer with this ARN, or None if it does not exist."""
        parts = _ARN.fullmatch(arn)
        if parts is None:
            return None
        region_name, account_id, name, number = parts.groups()
        stored = lambda_backends[account_id][region_name]._layers._layers.get(name)
        version = None if stored is None else stored.layer_versions.get(number)
        if version is None:
            return None
        folder = self._folders.get(version.arn)
        has_modules = version.arn in self._with_modules
        return Layer(version.arn, version.code_size, None if folder else version.code_bytes, folder, has_modules)

    def publish(self, account_id: str, region_name: str, given: Mapping[str, Any]) -> Any:
        """Publishes a version of a layer with the parameters of `PublishLayerVersion`."""
        return lambda_backends[account_id][region_name].publish_layer_version(dict(given))

    def publish_folder(
        self, account_id: str, region_name: str, folder: Path | None, name: str = "", *, has_modules: bool = False
    ) -> str:
        """Publishes a folder as a version of a layer, once. Returns the version's ARN.

        Args:
            account_id: The account.
            region_name: The region.
            folder: The folder, or a zip file. None: the layer has no files.
            name: The name of the layer. The default is the folder's name.
            has_modules: Whether the folder itself has the modules.
        """
        for arn, published in self._folders.items():
            if published == folder and not name and self.find(arn) is not None:
                return arn
        content = {"ZipFile": base64.b64encode(_zip_file(folder)).decode()}
        name = _NOT_IN_NAMES.sub("-", name or (folder or Path()).name).strip("-")[:_LONGEST_NAME] or "layer"
        version = self.publish(account_id, region_name, {"LayerName": name, "Content": content})
        if folder is not None and not folder.is_file():
            self._folders[version.arn] = folder
        if has_modules:
            self._with_modules.add(version.arn)
        return str(version.arn)


def _zip_file(path: Path | None) -> bytes:
    """Returns a zip file, or an empty one for a folder, whose files are not copied."""
    if path is not None and path.is_file():
        return path.read_bytes()
    archive = io.BytesIO()
    zipfile.ZipFile(archive, "w").close()
    return archive.getvalue()
