"""What a function runs, as a test gives it: a callable, text that names one, or a handler in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..arguments import Kind, is_text, shown
from ..errors import LambdaEventsError, hides_frames
from .handlers import Handler, handler_of

__tracebackhide__ = hides_frames

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9-_]+")
NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A callable, or the folder in which `handler_name` is found, and the name that a function of it gets by default."""

    handler_name: str
    handler: Handler | None = None
    folder: Path | None = None
    default_name: str = ""


def code_of(
    handler: Handler | str, code_uri: str | os.PathLike[str] | None, root: Path, named: Callable[[str], Handler | None]
) -> FunctionCode:
    """The code of a function. `named` may know the callable of a text; `root` is where a relative `code_uri` starts.

    Raises:
        LambdaEventsError: for a handler that does not exist, where AWS would fail at the first invocation.
    """
    _CODE_URI.check("code_uri", code_uri)
    known = named(handler) if isinstance(handler, str) else None
    if code_uri is None or known is not None:
        function, name = handler_of(handler, named)
        return FunctionCode(name, function, None, _identifier(name))
    if not isinstance(handler, str):
        raise LambdaEventsError(
            f"code_uri={shown(os.fspath(code_uri))} needs the name of a handler in that folder as text, not {shown(handler)}. "
            "Pass a name such as 'app.handler', or leave code_uri out."
        )
    folder = _folder(code_uri, root)
    _check_module(handler, folder)
    return FunctionCode(handler, None, folder, _NOT_IN_NAMES.sub("-", folder.name).strip("-")[:NAME_LENGTH])


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
        what = f"cannot be read ({error.strerror})"
    raise LambdaEventsError(
        f"code_uri={shown(os.fspath(code_uri))}: {shown(str(folder))} {what}. Pass a folder, absolute or relative to "
        f"{str(root)!r}."
    )


def _check_module(handler: str, folder: Path) -> None:
    """Whether the module is there is known without importing it; what is in it is known when it is loaded."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot or not module_name or not function_name:
        raise LambdaEventsError(
            f"Handler {shown(handler)} does not name a module and a function. Write it as in a template: 'app.handler'."
        )
    path = folder.joinpath(*re.split(r"[./]", module_name))
    if path.is_dir() or any(path.parent.glob(f"{path.name}.*")):
        return
    there = ", ".join(sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))[:20])
    raise LambdaEventsError(
        f"Handler {shown(handler)}: {str(folder)!r} has no module {shown(module_name)}. It has: {there or 'nothing'}."
    )
