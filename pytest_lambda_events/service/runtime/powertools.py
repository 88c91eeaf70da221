"""State that Powertools keeps in its own modules, which all execution environments share. Here each has its own state."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
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
        # None keeps what the test has set.
        self._own_metrics: dict[str, dict[str, Any]] | None = None if inherits else {}
        self._tests_metrics: dict[str, dict[str, Any]] = {}
        self._own_loggers: dict[str, Any] = {}
        self._tests_loggers: dict[str, Any] = {}

    def enter(self) -> None:
        if _PACKAGE not in sys.modules:
            self._tests_flags, self._tests_metrics, self._tests_loggers = {}, {}, {}
            return
        self._tests_flags = _flags_exchanged(self._own_flags, self._first)
        self._tests_metrics = _metrics_exchanged(self._own_metrics)
        if not self._inherits:
            self._tests_loggers = _loggers_exchanged(self._own_loggers)

    def leave(self) -> None:
        if _PACKAGE not in sys.modules:
            self._own_flags, self._own_metrics, self._own_loggers = {}, {}, {}
            return
        # The test has not yet seen a module that was imported since.
        self._own_flags = _flags_exchanged(self._tests_flags, True)
        self._own_metrics = _metrics_exchanged(self._tests_metrics)
        if not self._inherits:
            self._own_loggers = _loggers_exchanged(self._tests_loggers)


def _flags_exchanged(wanted: Mapping[str, bool], otherwise: bool) -> dict[str, bool]:
    """Replaces the flag of each imported module, by `otherwise` if it is not in `wanted`. Returns the replaced flags."""
    replaced: dict[str, bool] = {}
    for name in _MODULES_WITH_FLAG:
        module = sys.modules.get(name)
        if module is not None and _FLAG in module.__dict__:
            replaced[name] = module.__dict__[_FLAG]
            module.__dict__[_FLAG] = wanted.get(name, otherwise)
    return replaced


def _metrics_exchanged(wanted: Mapping[str, Mapping[str, Any]] | None) -> dict[str, dict[str, Any]]:
    """Replaces the content of the dictionaries of the class `Metrics`, if it has been imported. None keeps the content.

    Returns copies of the replaced dictionaries that are not empty.
    """
    replaced: dict[str, dict[str, Any]] = {}
    metrics = getattr(sys.modules.get(_METRICS), "Metrics", None)
    for name in _OF_METRICS if metrics is not None else ():
        values = getattr(metrics, name, None)
        if not isinstance(values, dict):
            continue
        if values:
            replaced[name] = {**values}
        if wanted is not None and (values or name in wanted):
            values.clear()
            values.update(wanted.get(name, {}))
    return replaced


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
