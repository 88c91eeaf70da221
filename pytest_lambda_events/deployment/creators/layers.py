"""Layers of a template. Their folders are on the path of functions, and nothing is copied (TPL-AD)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...arns import parse
from ...templates.sam_sources import LOCAL_CODE
from ..created import Made
from ..making import Making
from .created_type import CreatedType

_LONGEST_NAME = 140


def create_layer(making: Making) -> Made:
    """Publishes a folder or a zip file as a layer."""
    if making.stack.is_strict:
        name = str(making.get("LayerName") or making.name("LayerName", _LONGEST_NAME))
        return _made(
            making, making.apply("lambda", "PublishLayerVersion", {**making.properties, "LayerName": name})["LayerVersionArn"]
        )
    content = _content(making, making.get("Content"))
    api, name = making.stack.api, str(making.get("LayerName") or making.logical_id)
    if content is None or not content.exists():
        note = f"{_shown(making.get('Content'), content)} does not exist: install the packages of the layer"
        making.not_applied(["Content"])
        return _made(making, api.publish_layer(None, name), note)
    is_built_later = "BuildMethod" in _metadata(making) and not (content / "python").is_dir()
    return _made(making, api.publish_layer(content, name, has_modules=is_built_later))


def _made(making: Making, arn: str, *notes: str) -> Made:
    _, name, number = parse(arn).resource.split(":")
    making.undo("lambda", "DeleteLayerVersion", {"LayerName": name, "VersionNumber": number})
    return Made(arn, {"LayerVersionArn": arn}, arn, notes)


def _metadata(making: Making) -> Mapping[str, Any]:
    """Returns the metadata in the written template. SAM does not keep those of layers."""
    content = making.get("Content")
    if not isinstance(content, Mapping) or content.get("S3Bucket") != LOCAL_CODE:
        return making.metadata
    metadata: Mapping[str, Any] = making.stack.source.body["Resources"][content["S3Key"]].get("Metadata") or {}
    return metadata


def _shown(written: Any, content: Path | None) -> str:
    """Returns the place of a layer's content as a message names it."""
    if content is not None:
        return repr(str(content))
    if isinstance(written, Mapping):
        return f"the object {written.get('S3Key')!r} in the bucket {written.get('S3Bucket')!r}"
    return repr(written)


def _content(making: Making, content: Any) -> Path | None:
    source = making.stack.source
    if isinstance(content, str):
        return (source.folder / content).resolve()
    if isinstance(content, Mapping) and content.get("S3Bucket") == LOCAL_CODE:
        return (source.folder / making.stack.code_paths[str(content["S3Key"])]).resolve()
    if isinstance(content, Mapping) and str(content.get("S3Key")) in source.assets:
        return source.assets[str(content["S3Key"])].resolve()
    return None


LAYERS: Mapping[str, CreatedType] = {
    "AWS::Lambda::LayerVersion": CreatedType(
        "lambda", "PublishLayerVersion", attributes={"LayerVersionArn": ""}, elsewhere=("Content", "LayerName"),
        not_applied=("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo"), create=create_layer,
    ),
    "AWS::Lambda::LayerVersionPermission": CreatedType(
        "lambda", "AddLayerVersionPermission", attributes={"Id": ""}, create=lambda making: Made(making.logical_id),
        not_applied=("Action", "LayerVersionArn", "OrganizationId", "Principal"),
    ),
}  # fmt: skip
"""Layers. Who may use one is not checked."""
