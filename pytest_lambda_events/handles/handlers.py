"""Handlers as a test gives them: callables, or text that names one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from ..arguments import alternatives, shown
from ..errors import LambdaEventsError, ends_the_run, hides_frames
from ..values import dataclass

__tracebackhide__ = hides_frames

Handler = Callable[..., object]
HANDLER_LENGTH = 128
"""How long AWS lets a handler's name be."""


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A callable, or the folder in which `handler_name` is found, and the name that a function of it gets by default.

    With `package`, only that package or module in the folder belongs to the function. `zip_file` is code that is not in a
    folder. `inline` is the text of the module `index`, as in a template. `import_hint` is added to the message if the import
    fails.
    """

    handler_name: str
    handler: Handler | None = None
    folder: Path | None = None
    package: str = ""
    default_name: str = ""
    zip_file: bytes | None = None
    inline: str = ""
    import_hint: str = ""


def handler_of(handler: Handler | str, named: Callable[[str], Handler | None]) -> tuple[Handler, str]:
    """Returns a callable and its handler string. Text is given to `named` first, then it is imported.

    Raises `LambdaEventsError` for an invalid handler, where AWS would fail at the first invocation.
    """
    if isinstance(handler, str):
        return named(handler) or _looked_up(handler), handler
    _check(handler, f"The handler {shown(handler)}")
    name = getattr(handler, "__qualname__", type(handler).__qualname__)
    # A callable that is nested in a test with a long name has a name too long for AWS. Its end is the useful part.
    return handler, f"{getattr(handler, '__module__', None) or 'module'}.{name}"[-HANDLER_LENGTH:]


def _check(handler: object, what: str) -> None:
    if isinstance(handler, type):
        raise LambdaEventsError(f"{what} is a class. Pass a function, or an instance that can be called.")
    if not callable(handler):
        raise LambdaEventsError(f"{what} is not callable. Pass a callable, or text such as 'module.function'.")


def _looked_up(text: str) -> Handler:
    module_name, _, name = text.rpartition(".")
    if not module_name or not name:
        raise LambdaEventsError(
            f"Handler {shown(text)} does not name a module and a function. Pass text such as 'module.function', or a callable."
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except Exception as error:
        if ends_the_run(error):
            raise
        reason = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise LambdaEventsError(
            f"Handler {shown(text)}: importing module {shown(module_name)} failed: {reason.rstrip('.')}. Pass code_uri, "
            "the folder that has the module, the name of a module that this test can import, or a callable."
        ) from error
    if not hasattr(module, name):
        known = sorted(key for key, value in vars(module).items() if callable(value) and not key.startswith("_"))
        raise LambdaEventsError(
            f"Handler {shown(text)}: module {module_name!r} has no {name!r}. {alternatives(name, known, label='Callables')}"
        )
    found: Handler = getattr(module, name)
    _check(found, f"Handler {shown(text)}: {shown(found)}")
    return found
