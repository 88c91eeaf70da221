"""The layers of a function as a test names them: folders and ARNs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..arguments import is_text, list_kind, shown
from ..errors import LambdaEventsError, hides_frames
from .lambda_api import Api

__tracebackhide__ = hides_frames

LAYERS = list_kind(
    '["layers/common"]',
    "a list of layers: folders or ARNs",
    lambda item: isinstance(item, os.PathLike) or (is_text(item) and bool(item)),
).optional()


def layer_arns(api: Api, layers: Sequence[str | os.PathLike[str]] | None) -> list[str]:
    """Returns the ARNs of layers. A folder is published as a layer first.

    Raises:
        LambdaEventsError: A folder does not exist, or has nothing that a function could import.
    """
    folders = [layer if _is_arn(layer) else _folder(layer, api.root) for layer in layers or ()]
    return [api.publish_layer(layer) if isinstance(layer, Path) else str(layer) for layer in folders]


def _is_arn(layer: object) -> bool:
    return isinstance(layer, str) and layer.startswith("arn:")


def _folder(layer: str | os.PathLike[str], root: Path) -> Path:
    folder = (root / layer).resolve()
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise LambdaEventsError(
            f"layers=[{shown(os.fspath(layer))}]: {str(folder)!r} {what}. Pass a folder, absolute or relative to "
            f"{str(root)!r}, or the ARN of a layer version."
        )
    if not (folder / "python").is_dir():
        raise LambdaEventsError(
            f"layers=[{shown(os.fspath(layer))}]: {str(folder)!r} has no folder python/. Put modules into python/ or "
            "python/lib/python3.x/site-packages/, as in the zip file of a layer."
        )
    return folder
