"""State that Powertools keeps in its own modules, which all execution environments share. Here each has its own state."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from typing import Any

_PACKAGE = "aws_lambda_powertools"
_FLAG = "is_cold_start"
_MODULES_WITH_FLAG = (
    "aws_lambda_powertools.logging.logger",
    "aws_lambda_powertools.metrics.base",
    "aws_lambda_powertools.metrics.provider.cold_start",
    "aws_lambda_powertools.tracing.tracer",
)
_METRICS = "aws_lambda_powertools.metrics.metrics"
_OF_METRICS = ("_metrics", "_dimensions", "_metadata", "_default_dimensions")


_LOGGING = "aws_lambda_powertools.logging.logger"


class PowertoolsState:
    """The cold-start flags of loggers, metrics and tracers, the metrics that are not yet written, and the loggers.

    Instances of `Metrics` share dictionaries of their class. Instances refer to these dictionaries, so their content is
    exchanged and not the dictionaries. A `Logger` keeps its keys in the handler of the standard library's logger with the name
    of the service. Code in a folder creates its loggers again, and has its own loggers of these names.

    Args:
        variables: The environment's variables. With provisioned concurrency no invocation is a cold start.
        inherits: Whether the test imported the code, and may have set dimensions.
    """

    def __init__(self, variables: Mapping[str, str], *, inherits: bool) -> None:
        self._first = variables.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "provisioned-concurrency"
        self._inherits = inherits
        self._own_flags: dict[str, bool] = {}
        self._tests_flags: dict[str, bool] = {}
        self._own_metrics: dict[str, dict[str, Any]] | None = None
        self._tests_metrics: dict[str, dict[str, Any]] = {}
        self._own_loggers: dict[str, Any] = {}
        self._tests_loggers: dict[str, Any] = {}

    def enter(self) -> None:
        if _PACKAGE not in sys.modules:
            self._tests_flags, self._tests_metrics, self._tests_loggers = {}, {}, {}
            return
        self._tests_flags, self._tests_metrics = _flags(), _metrics()
        _set_flags({name: self._own_flags.get(name, self._first) for name in self._tests_flags})
        if self._own_metrics is not None or not self._inherits:
            _set_metrics(self._own_metrics or {})
        if not self._inherits:
            self._tests_loggers = _loggers_exchanged(self._own_loggers)

    def leave(self) -> None:
        if _PACKAGE not in sys.modules:
            self._own_flags, self._own_metrics, self._own_loggers = {}, {}, {}
            return
        self._own_flags, self._own_metrics = _flags(), _metrics()
        # The test has not yet seen a module that was imported since.
        _set_flags({name: self._tests_flags.get(name, True) for name in self._own_flags})
        _set_metrics(self._tests_metrics)
        if not self._inherits:
            self._own_loggers = _loggers_exchanged(self._tests_loggers)


def _flags() -> dict[str, bool]:
    modules = ((name, sys.modules.get(name)) for name in _MODULES_WITH_FLAG)
    return {name: vars(module)[_FLAG] for name, module in modules if module is not None and _FLAG in vars(module)}


def _set_flags(flags: Mapping[str, bool]) -> None:
    for name, flag in flags.items():
        setattr(sys.modules[name], _FLAG, flag)


def _metrics() -> dict[str, dict[str, Any]]:
    return {name: {**values} for name, values in _shared()}


def _set_metrics(metrics: Mapping[str, Mapping[str, Any]]) -> None:
    for name, values in _shared():
        wanted = metrics.get(name) or {}
        if values or wanted:
            values.clear()
            values.update(wanted)


def _shared() -> Iterator[tuple[str, dict[str, Any]]]:
    """Returns the dictionaries of the class `Metrics`, if it has been imported."""
    metrics = getattr(sys.modules.get(_METRICS), "Metrics", None)
    for name in _OF_METRICS if metrics is not None else ():
        values = getattr(metrics, name, None)
        if isinstance(values, dict):
            yield name, values


def _loggers_exchanged(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Replaces Powertools' loggers and their child loggers by these loggers. Returns the replaced ones."""
    known = logging.root.manager.loggerDict
    if _LOGGING not in sys.modules:
        return {}
    made = [name for name, logger in known.items() if "init" in vars(logger)]
    below = tuple(f"{name}." for name in made)
    found = {name: known[name] for name in [*known] if name in made or name.startswith(below)}
    for name in found:
        del known[name]
    known.update(wanted)
    return found
