"""Reads packages of the Serverless Framework: the folder `.serverless` (TPL-C0 to C6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import TemplateError
from .files import read_template
from .source import StackSource

_STATE = "serverless-state.json"
_FUNCTION = "LambdaFunction"
_SIGNS = {"-": "Dash", "_": "Underscore"}


def package_source(path: Path) -> StackSource:
    """Returns the stack of `.serverless/cloudformation-template-update-stack.json`.

    The code of a function is a zip file beside the template. The source folder has priority if it has the handler.
    """
    body = read_template(path)
    assets: dict[str, Path] = {}
    functions: list[str] = []
    for logical_id, declared in (body.get("Resources") or {}).items():
        if not isinstance(declared, Mapping) or declared.get("Type") != "AWS::Lambda::Function":
            continue
        functions.append(logical_id)
        code = (declared.get("Properties") or {}).get("Code")
        key = code.get("S3Key") if isinstance(code, Mapping) else None
        if isinstance(key, str):
            assets[key] = path.parent / key.rpartition("/")[2]
    keys = {_logical_id(key): key for key in _keys(path.parent)}
    names = {logical_id: keys.get(logical_id) or _key(logical_id) for logical_id in functions}
    return StackSource(path, body, assets=assets, code_folder=path.parent.parent, function_names=names)


def _keys(folder: Path) -> list[str]:
    """Returns the keys of the functions in `serverless.yml`."""
    if not (folder / _STATE).is_file():
        return []
    try:
        service: Any = read_template(folder / _STATE).get("service")
    except TemplateError:
        return []
    functions = service.get("functions") if isinstance(service, Mapping) else None
    return list(functions) if isinstance(functions, Mapping) else []


def _logical_id(key: str) -> str:
    """Returns the logical id of a function by its key."""
    for sign, word in _SIGNS.items():
        key = key.replace(sign, word)
    return f"{key[:1].upper()}{key[1:]}{_FUNCTION}"


def _key(logical_id: str) -> str:
    """Returns the key of a function by its logical id, as far as it has one."""
    name = logical_id.removesuffix(_FUNCTION)
    for sign, word in _SIGNS.items():
        name = re.sub(rf"(?<=.){word}", sign, name)
    return f"{name[:1].lower()}{name[1:]}"
