"""Finds the code of a function of a template (TPL-A0 to AB)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..handles.handlers import FunctionCode, handler_of
from ..templates.sam_sources import LOCAL_CODE
from .making import Making


def code_of(making: Making) -> tuple[FunctionCode | None, str]:
    """Returns the code of a function, and why there is none: then its first invocation fails."""
    handler = str(making.get("Handler") or "index.handler")
    physical = str(making.get("FunctionName"))
    given = making.stack.code.of(making.stack.names.before_creation(making.logical_id, physical))
    if callable(given):
        function, _ = handler_of(given, lambda text: None)
        return FunctionCode(handler, function), ""
    if given is not None:
        return _in_folder(handler, making.stack.source.folder / os.fspath(given))
    return _written(making, making.get("Code"), handler)


def _written(making: Making, code: Any, handler: str) -> tuple[FunctionCode | None, str]:
    source = making.stack.source
    if isinstance(code, str):
        return _in_folder(handler, source.folder / code)
    if isinstance(code, dict) and code.get("S3Bucket") == LOCAL_CODE:
        return _in_folder(handler, source.folder / making.stack.code_paths[str(code["S3Key"])])
    if isinstance(code, dict) and str(code.get("S3Key")) in source.assets:
        return _in_folder(handler, source.assets[str(code["S3Key"])])
    return None, f"the code {code!r} is not found"


def _in_folder(handler: str, folder: Path) -> tuple[FunctionCode | None, str]:
    folder = folder.resolve()
    if folder.is_file() and folder.suffix != ".zip":
        folder = folder.parent
    if not folder.is_dir():
        return None, f"{str(folder)!r} does not exist"
    return FunctionCode(handler, folder=folder), ""
