"""Loads the function that a handler string names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType

from ...errors import ends_the_run
from .errors import InitFault
from .stack import format_stack


def load_handler(handler: str) -> Callable[..., object]:
    """Imports the module of `module.function` and returns its function, which may be any object (RUN-01, 20).

    The import uses the current `sys.path` and `sys.modules`. `pytest.exit` and every `BaseException` that is not an
    `Exception` pass through.

    Raises:
        InitFault: The import failed, or the name does not exist. The error has AWS's name (RUN-02 to 07).
    """
    try:
        return _find(handler)
    except InitFault:
        raise
    except Exception as error:
        if ends_the_run(error):
            raise
        raise InitFault(type(error).__name__, str(error), format_stack(error.__traceback__)) from error


def _find(handler: str) -> Callable[..., object]:
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise InitFault(
            "Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        )
    module = _import(module_name)
    try:
        found: Callable[..., object] = getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitFault("Runtime.HandlerNotFound", message) from error
    return found


def _import(name: str) -> ModuleType:
    if name.split(".")[0] in sys.builtin_module_names:
        raise InitFault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {name} as a handler module")
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise InitFault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{name}': {error}"
        trace = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise InitFault("Runtime.UserCodeSyntaxError", message, [trace]) from error
