"""Handlers as a test gives them: callables, or text that names one."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ..errors import LambdaEventsError, hides_frames

__tracebackhide__ = hides_frames

Handler = Callable[..., object]
HANDLER_LENGTH = 128
"""How long AWS lets a handler's name be."""


def handler_of(handler: Handler | str, named: Callable[[str], Handler | None]) -> tuple[Handler, str]:
    """A callable and its handler string, which `named` may know; else it is looked up.

    Raises `LambdaEventsError` early, where AWS would answer an invocation so.
    """
    if isinstance(handler, str):
        return named(handler) or _looked_up(handler), handler
    if not callable(handler):
        raise LambdaEventsError(
            f"lambda_events.function({handler!r}): a handler is a callable or text such as 'module.function'."
        )
    name = getattr(handler, "__qualname__", type(handler).__qualname__)
    # A callable that is nested in a test with a long name has a name too long for AWS: its end says the most.
    return handler, f"{getattr(handler, '__module__', None) or 'module'}.{name}"[-HANDLER_LENGTH:]


def _looked_up(text: str) -> Handler:
    module_name, dot, name = text.rpartition(".")
    if not dot:
        raise LambdaEventsError(f'lambda_events.function("{text}"): a handler is named "module.function"; this has no dot.')
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise LambdaEventsError(
            f'lambda_events.function("{text}"): module {module_name!r} cannot be imported: {error}.'
        ) from error
    if not hasattr(module, name):
        known = sorted(key for key, value in vars(module).items() if callable(value) and not key.startswith("_"))
        raise LambdaEventsError(
            f'lambda_events.function("{text}"): module {module_name!r} has no {name!r}. It has: {", ".join(known) or "none"}.'
        )
    found: Handler = getattr(module, name)
    if not callable(found):
        raise LambdaEventsError(f'lambda_events.function("{text}"): {found!r} is not callable.')
    return found
