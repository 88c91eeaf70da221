"""The options of the environment of a test, from ini values, the marker `lambda_events` and flags."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from ..arguments import alternatives, shown
from ..config import LambdaEventsConfig, option_names
from ..errors import LambdaEventsError
from ..process_variables import RegionOfProcess


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """Adds an ini value and a flag for each field of `LambdaEventsConfig`."""
    for field in fields(LambdaEventsConfig):
        help_text = f"{field.metadata['help']} Default: {text_of(field.default)}"
        flag = f"--lambda-events-{field.name.replace('_', '-')}"
        kind: Any = "linelist" if isinstance(field.default, tuple) else None
        parser.addini(f"lambda_events_{field.name}", help_text, type=kind, default=None)
        group.addoption(
            flag, default=None, metavar=field.metadata["metavar"] or _METAVARS[type(field.default)], help=help_text
        )


_METAVARS: dict[type, str] = {bool: "true|false", int: "NUMBER", float: "SECONDS"}


def text_of(default: object) -> str:
    """Returns the default of an option as text for the command line."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default) or "none"
    return f"{default:.15g}" if isinstance(default, float) else str(default)


def configured(config: pytest.Config, *, flags: bool = True) -> LambdaEventsConfig:
    """Returns the configuration from ini values and flags. Flags override ini values."""
    given: dict[str, Any] = {}
    for field in fields(LambdaEventsConfig):
        value = config.getini(f"lambda_events_{field.name}")
        if value is not None:
            given[field.name] = _parsed(f"lambda_events_{field.name}", field.default, value)
    configured = LambdaEventsConfig(**given)
    return replace(configured, **_flags(config)) if flags else configured


def early_region(config: pytest.Config) -> str:
    """Returns the region from the command line, the ini file or a variable, before pytest parses options. Checks nothing."""
    flag = getattr(config.known_args_namespace, "lambda_events_region_name", None)
    return str(flag or config.getini("lambda_events_region_name") or RegionOfProcess.current())


def _flags(config: pytest.Config) -> dict[str, Any]:
    given = {}
    for field in fields(LambdaEventsConfig):
        flag = f"--lambda-events-{field.name.replace('_', '-')}"
        value = config.getoption(flag)
        if value is not None:
            given[field.name] = _parsed(flag, field.default, value)
    return given


def _parsed(name: str, default: object, value: object) -> object:
    """Returns the text of an option as the type of its default. Raises `pytest.UsageError` for invalid text."""
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(word for line in value for word in line.replace(",", " ").split())
    if not isinstance(value, str):
        return value
    if isinstance(default, bool):
        if value.lower() in ("true", "false", "1", "0", "yes", "no"):
            return value.lower() in ("true", "1", "yes")
        raise pytest.UsageError(f"{name}={value} is not true or false. Pass one of them.")
    if isinstance(default, tuple):
        return tuple(value.replace(",", " ").split())
    if isinstance(default, (int, float)):
        try:
            return type(default)(value)
        except ValueError:
            raise pytest.UsageError(f"{name}={value} is not a number. Pass a number, such as {default}.") from None
    return value


def options_of(node: Any, config: LambdaEventsConfig) -> dict[str, Any]:
    """Returns the options of a node: the configuration of the fixture, then markers, the closest last, then flags."""
    if not isinstance(config, LambdaEventsConfig):
        pytest.fail(
            f"The fixture lambda_events_config returned {shown(config)}. Return a LambdaEventsConfig, such as "
            "dataclasses.replace(lambda_events_config, seed=7).", pytrace=False,
        )  # fmt: skip
    options = {name: getattr(config, name) for name in option_names()}
    for marker in reversed(list(node.iter_markers("lambda_events"))):
        _check_marker(marker)
        options.update(marker.kwargs)
    options.update(_flags(node.config))
    try:
        LambdaEventsConfig(**options)
    except LambdaEventsError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    return options


def _check_marker(marker: pytest.Mark) -> None:
    unknown = sorted(marker.kwargs.keys() - set(option_names()))
    if marker.args or unknown:
        what = f"has no option {unknown[0]!r}" if unknown else f"takes keywords only, not {shown(marker.args[0])}"
        names = alternatives(unknown[0] if unknown else None, option_names(), label="Its options")
        pytest.fail(f"The marker lambda_events {what}. {names}", pytrace=False)
