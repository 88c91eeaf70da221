"""Finds the code of a function of a template (TPL-A0 to AC)."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..arguments import shown
from ..errors import LambdaEventsError, hides_frames
from ..handles.handlers import FunctionCode, Handler, handler_of
from ..templates.sam_sources import LOCAL_CODE
from ..values import dataclass
from .making import Making

__tracebackhide__ = hides_frames

_INLINE_HANDLER = "index.handler"
_NO_COMMAND = ""
BUILD = Path(".aws-sam", "build")
"""Where `sam build` writes code with its requirements."""


@dataclass(frozen=True)
class FoundCode:
    """The code of a function.

    With `missing`, the reason, the code is a module whose import fails. `is_given` is true for code of the argument
    `handlers`.
    """

    code: FunctionCode
    missing: str = ""
    is_given: bool = False


def code_of(making: Making, name: str) -> FoundCode:
    """Returns the code of a function. `name` is the physical name.

    Raises:
        LambdaEventsError: The code that the test gives does not exist.
    """
    handler = _handler_name(making)
    given = making.stack.code.of(making.stack.names.before_creation(making.logical_id, name))
    if given is not None:
        return FoundCode(_given(making, given, handler), is_given=True)
    if not _is_python(making):
        # It is never invoked.
        return FoundCode(_failing(making, handler, f"the runtime {making.get('Runtime')} is not Python"))
    written = making.get("Code")
    if isinstance(written, Mapping) and "ZipFile" in written:
        return FoundCode(FunctionCode(handler, inline=str(written["ZipFile"])))
    place, why = _place(making, written, handler)
    if isinstance(place, bytes):
        return FoundCode(FunctionCode(handler, zip_file=place))
    if isinstance(place, FunctionCode):
        return FoundCode(place)
    if place is not None:
        code, why = _at(place, handler, why)
        if code is not None and code.folder is not None:
            why = _without_module(making, code.folder, handler)
        if code is not None and not why:
            return FoundCode(replace(code, import_hint=_hint_of_build(making)))
    return FoundCode(_failing(making, handler, why), missing=why)


def _handler_name(making: Making) -> str:
    if making.get("PackageType") == "Image":
        command = (making.get("ImageConfig") or {}).get("Command") or [_NO_COMMAND]
        return str(command[0])
    return str(making.get("Handler") or _INLINE_HANDLER)


def _is_python(making: Making) -> bool:
    return making.get("PackageType") == "Image" or str(making.get("Runtime")).startswith("python")


def _given(making: Making, given: Handler | str | os.PathLike[str], handler: str) -> FunctionCode:
    """Returns the code that a test gives: a callable, or a folder or zip file relative to pytest's rootdir."""
    if not isinstance(given, (str, os.PathLike)):
        function, _ = handler_of(given, lambda text: None)
        return FunctionCode(handler, function)
    path = making.stack.api.root / os.fspath(given)
    code, _ = _at(path, handler, "")
    if code is None:
        argument = f"handlers={{{making.logical_id!r}: {shown(os.fspath(given))}}}"
        raise LambdaEventsError(
            f"{argument}: {shown(str(path))} does not exist. Pass a callable, or the folder or zip file with the code."
        )
    return code


def _place(making: Making, code: Any, handler: str) -> tuple[Path | bytes | FunctionCode | None, str]:
    """Returns the path or content of the code that the template names, or why there is none."""
    source = making.stack.source
    if isinstance(code, str) and not code.startswith("s3://"):
        return source.folder / code, ""
    if making.get("PackageType") == "Image":
        return _image(making, code, handler)
    if not isinstance(code, Mapping):
        return None, f"the template names no code: {code!r}"
    bucket, key = str(code.get("S3Bucket")), str(code.get("S3Key"))
    if bucket == LOCAL_CODE:
        return source.folder / making.stack.code_paths[key], ""
    if key in source.assets:
        folder = source.code_folder
        return (folder if folder is not None and _has_module(folder, handler) else source.assets[key]), ""
    content = _object(making, bucket, key, code.get("S3ObjectVersion"))
    if content is None:
        return None, f"the object {key!r} does not exist in the bucket {bucket!r}"
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return None, f"the object {key!r} in the bucket {bucket!r} is not a zip file"
    return content, ""


def _object(making: Making, bucket: str, key: str, version: Any) -> bytes | None:
    """Returns an object of the environment's S3."""
    s3 = making.stack.client("s3")
    location = {"Bucket": bucket, "Key": key, **({"VersionId": str(version)} if version else {})}
    try:
        content: bytes = s3.get_object(**location)["Body"].read()
    except s3.exceptions.ClientError:
        return None
    return content


def _image(making: Making, code: Any, handler: str) -> tuple[Path | FunctionCode | None, str]:
    """Returns what runs instead of a container image: the folder from which it is built, or the callable of a hook."""
    uri = str((code.get("ImageUri") if isinstance(code, Mapping) else code) or "")
    has_command = bool((making.get("ImageConfig") or {}).get("Command"))
    hooked = making.stack.api.handler_named(handler if has_command else uri)
    if hooked is not None:
        return FunctionCode(handler, hooked), ""
    context = making.metadata.get("DockerContext")
    folder = making.stack.source.assets.get(uri.rpartition(":")[2])
    if isinstance(context, str):
        folder = making.stack.source.folder / context
    if folder is None:
        return None, f"the image {uri!r} has no local folder (Metadata.DockerContext)"
    if not has_command:
        return None, "the image has no ImageConfig.Command, and the Dockerfile is not read"
    return folder, ""


def _at(path: Path, handler: str, why: str) -> tuple[FunctionCode | None, str]:
    """Returns the code at a path: a folder, a zip file, or one file."""
    path = path.resolve()
    if path.is_dir():
        return FunctionCode(handler, folder=path), ""
    if not path.is_file():
        return None, why or f"{str(path)!r} does not exist"
    if zipfile.is_zipfile(path):
        return FunctionCode(handler, zip_file=path.read_bytes()), ""
    return FunctionCode(handler, folder=path.parent), ""


def _without_module(making: Making, folder: Path, handler: str) -> str:
    """Returns why a module of a handler will not be found. Empty if it may be found, also in a layer or in the test's path."""
    module = handler.rpartition(".")[0]
    if not module or making.get("Layers") or _has_module(folder, handler):
        return ""
    try:
        if importlib.util.find_spec(re.split(r"[./]", module)[0]) is not None:
            return ""
    except (ImportError, ValueError):
        pass
    return f"{str(folder)!r} has no module {module!r}"


def _has_module(folder: Path, handler: str) -> bool:
    """Returns whether a folder has the module of a handler."""
    path = folder.joinpath(*re.split(r"[./]", handler.rpartition(".")[0]))
    return path.is_dir() or any(path.parent.glob(f"{path.name}.*"))


def _failing(making: Making, handler: str, why: str) -> FunctionCode:
    """Returns code whose import fails as on AWS, with a hint (TPL-AA)."""
    module = handler.rpartition(".")[0]
    argument = f"handlers={{{making.stack.names.shown(making.logical_id)!r}: ...}}"
    hint = " ".join(one for one in (f"Pass {argument} to deploy, a callable or a folder.", _hint_of_build(making)) if one)
    text = f"No module named {module!r}: {why}. {hint}"
    if handler == _NO_COMMAND:
        return FunctionCode(handler, _raising(text))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        name = "/".join(part for part in re.split(r"[./]", module or "index") if part) + ".py"
        file.writestr(zipfile.ZipInfo(name), f"raise ImportError({text!r})\n")
    return FunctionCode(handler, zip_file=archive.getvalue())


def _raising(text: str) -> Handler:
    def no_command(event: object, context: object) -> None:
        raise ImportError(text)

    return no_command


def _hint_of_build(making: Making) -> str:
    """Returns a hint at the folder of `sam build`, if it exists (TPL-A7)."""
    folder = making.stack.source.folder / BUILD
    return f"{str(folder)!r} has code with its requirements: deploy that folder." if folder.is_dir() else ""
