"""What a function runs, as a test gives it: a callable, text that names one, or a handler in a folder."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from types import EllipsisType
from typing import TypeAlias

from ..arguments import Kind, flag_kind, is_text, shown
from ..errors import LambdaEventsError, hides_frames
from .handlers import FunctionCode, Handler, handler_of
from .lambda_api import Api

__tracebackhide__ = hides_frames

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9-_]+")
NAME_LENGTH = 64


CodeUri: TypeAlias = "str | os.PathLike[str] | EllipsisType | None"
"""A folder. None: no folder. `...`: the folder of the option `code_uri`."""


def code_of(handler: Handler | str, api: Api, *, code_uri: CodeUri = ..., isolated: bool = False) -> FunctionCode:
    """Returns the code of a function. A hook may know the callable of a text.

    Raises:
        LambdaEventsError: A handler does not exist, where AWS would fail at the first invocation; or arguments exclude
            each other.
    """
    if code_uri is not ...:
        _CODE_URI.check("code_uri", code_uri)
    _ISOLATED.check("isolated", isolated)
    if isolated and code_uri is not ... and code_uri is not None:
        raise LambdaEventsError(
            f"isolated=True and code_uri={shown(os.fspath(code_uri))} exclude each other. Leave isolated out: modules of a "
            "folder belong to one execution environment anyway."
        )
    if isinstance(handler, str) and api.handler_named(handler) is None:
        if isolated:
            return _isolated(handler)
        if code_uri is ... and api.code_uri:
            folder = _folder(api.code_uri, api.root)
            _check_module(handler, folder, _OF_OPTION)
            return FunctionCode(handler, folder=folder, default_name=_identifier(handler))
        if code_uri is not ... and code_uri is not None:
            folder = _folder(code_uri, api.root)
            _check_module(handler, folder)
            name = _NOT_IN_NAMES.sub("-", folder.name).strip("-")[:NAME_LENGTH]
            return FunctionCode(handler, folder=folder, default_name=name)
    elif not isinstance(handler, str):
        _check_callable(handler, code_uri, isolated)
    function, name = handler_of(handler, api.handler_named)
    return FunctionCode(name, function, default_name=_identifier(name))


_ISOLATED = flag_kind(False)
_OF_OPTION = " This folder comes from the option code_uri: pass code_uri=None to import the module as the test imports it."


def _check_callable(handler: Handler, code_uri: CodeUri, isolated: bool) -> None:
    """The module of a callable has been imported already."""
    if isolated:
        raise LambdaEventsError(
            f"isolated=True needs the name of a handler as text, not {shown(handler)}. "
            "Pass a name such as 'shop.charge.handler', or leave isolated out."
        )
    if code_uri is not ... and code_uri is not None:
        raise LambdaEventsError(
            f"code_uri={shown(os.fspath(code_uri))} needs the name of a handler in that folder as text, not {shown(handler)}. "
            "Pass a name such as 'app.handler', or leave code_uri out."
        )


def _isolated(handler: str) -> FunctionCode:
    """The code of a handler whose top package is loaded for each execution environment, from where Python finds it."""
    package = re.split(r"[./]", _module_of(handler))[0]
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise LambdaEventsError(
            f"Handler {shown(handler)}: this test cannot import {shown(package)}. Pass code_uri, the folder that has "
            f"{shown(package)}, or add that folder to pytest's ini option pythonpath."
        )
    places = list(spec.submodule_search_locations or [spec.origin or ""])
    if len(places) > 1 or not os.path.exists(places[0]):
        raise LambdaEventsError(
            f"isolated=True: package {shown(package)} is in several folders or in an archive: "
            f"{', '.join(map(shown, places))}. Pass code_uri, the folder that has the package."
        )
    folder = Path(places[0]).resolve().parent
    _check_module(handler, folder)
    return FunctionCode(handler, folder=folder, package=package, default_name=_identifier(handler))


def _is_path(value: object) -> bool:
    if not isinstance(value, (str, os.PathLike)):
        return False
    path = os.fspath(value)
    return is_text(path) and bool(path) and "\0" not in path


_CODE_URI = Kind("a folder", _is_path, repr("src/orders"), "a path").optional()


def _identifier(handler_name: str) -> str:
    """The name of a function after its handler, empty for one that has no name of its own."""
    name = handler_name.rpartition(".")[2]
    return name if name.isidentifier() else ""


def _folder(code_uri: str | os.PathLike[str], root: Path) -> Path:
    folder = (root / code_uri).resolve()
    try:
        if folder.is_dir():
            return folder
        what = "is a file" if folder.exists() else "does not exist"
    except OSError as error:
        what = f"is not readable ({error.strerror})"
    raise LambdaEventsError(
        f"code_uri={shown(os.fspath(code_uri))}: {shown(str(folder))} {what}. Pass a folder, absolute or relative to "
        f"{str(root)!r}, which is pytest's rootdir, or without pytest the working directory."
    )


def _module_of(handler: str) -> str:
    module_name, dot, function_name = handler.rpartition(".")
    if not dot or not module_name or not function_name:
        raise LambdaEventsError(
            f"Handler {shown(handler)} does not name a module and a function. Write it as in a template: 'app.handler'."
        )
    return module_name


def _check_module(handler: str, folder: Path, hint: str = "") -> None:
    """Whether the module is there is known without importing it; what is in it is known when it is loaded."""
    module_name = _module_of(handler)
    path = folder.joinpath(*re.split(r"[./]", module_name))
    if path.is_dir() or any(path.parent.glob(f"{path.name}.*")):
        return
    there = ", ".join(sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))[:20])
    raise LambdaEventsError(
        f"Handler {shown(handler)}: {str(folder)!r} has no module {shown(module_name)}. It has: {there or 'nothing'}.{hint}"
    )
