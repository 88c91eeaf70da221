"""Keeps a mistake of the test visible although it was made in a handler, whose `except Exception` may swallow it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from ..errors import LambdaEventsError
from ..simulation.tasks import current_task

C = TypeVar("C", bound=type)


def reports_misuse(handle: C) -> C:
    """Decorates a class: a `LambdaEventsError` of its public methods also fails the test if a handler called them."""
    for name, member in list(vars(handle).items()):
        if isinstance(member, FunctionType) and not name.startswith("_"):
            setattr(handle, name, _reporting(member))
    return handle


def _reporting(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def called(*arguments: Any, **keywords: Any) -> Any:
        __tracebackhide__ = True
        try:
            return method(*arguments, **keywords)
        except LambdaEventsError as error:
            task = current_task()
            if task is not None:
                task.record_misuse(error)
            raise

    return called
