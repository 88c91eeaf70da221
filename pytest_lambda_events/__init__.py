"""Run real AWS Lambda handlers in a test's own process, with their retries and throttles on a virtual clock."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Each name is loaded on first use: a plugin that is installed but unused costs a test run next to nothing.
_HOMES = {
    "AsyncEvent": ".handles.views",
    "Attempt": ".handles.views",
    "Entry": ".simulation.journal",
    "Function": ".handles.function",
    "InvokeResponse": ".handles.views",
    "Journal": ".report.journal",
    "LambdaEvents": ".environment",
    "LambdaEventsConfig": ".config",
    "LambdaEventsError": ".errors",
    "Metrics": ".handles.metrics",
    "NotSimulatedError": ".errors",
}

__all__ = [
    "AsyncEvent",
    "Attempt",
    "Entry",
    "Function",
    "InvokeResponse",
    "Journal",
    "LambdaEvents",
    "LambdaEventsConfig",
    "LambdaEventsError",
    "Metrics",
    "NotSimulatedError",
]

if TYPE_CHECKING:
    from .config import LambdaEventsConfig
    from .environment import LambdaEvents
    from .errors import LambdaEventsError, NotSimulatedError
    from .handles.function import Function
    from .handles.metrics import Metrics
    from .handles.views import AsyncEvent, Attempt, InvokeResponse
    from .report.journal import Journal
    from .simulation.journal import Entry


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
