"""The options of the environment of a test, from ini values, the marker `lambda_events` and flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ..arguments import alternatives, shown
from ..config import LambdaEventsConfig
from ..errors import LambdaEventsError
from ..option_defaults import OPTIONS
from .startup import flag_of

_INI_VALUES: pytest.StashKey[Mapping[str, Any]] = pytest.StashKey()
_FLAGS: pytest.StashKey[Mapping[str, Any]] = pytest.StashKey()


def configured(config: pytest.Config, *, flags: bool = True) -> LambdaEventsConfig:
    """Returns the configuration from ini values and flags. Flags override ini values."""
    configured = LambdaEventsConfig(**_ini_values(config))
    return replace(configured, **_flags(config)) if flags else configured


def checked_region(config: pytest.Config) -> str:
    """Returns the region from the command line, the ini file or a variable. Raises `pytest.UsageError` for invalid options."""
    try:
        return configured(config).region_name
    except LambdaEventsError as error:
        raise pytest.UsageError(str(error)) from None


def _ini_values(config: pytest.Config) -> Mapping[str, Any]:
    """Returns the values of the ini file. They are read once, because each test and each execution needs them."""
    if _INI_VALUES not in config.stash:
        config.stash[_INI_VALUES] = _read_ini_values(config)
    return config.stash[_INI_VALUES]


def _read_ini_values(config: pytest.Config) -> Mapping[str, Any]:
    given = {}
    for name, option in OPTIONS.items():
        value = config.getini(f"lambda_events_{name}")
        if value is not None:
            given[name] = parsed(f"lambda_events_{name}", option.default, value)
    return given


def _flags(config: pytest.Config) -> Mapping[str, Any]:
    """Returns the values of the command line. They are read once too."""
    if _FLAGS not in config.stash:
        config.stash[_FLAGS] = _read_flags(config)
    return config.stash[_FLAGS]


def _read_flags(config: pytest.Config) -> Mapping[str, Any]:
    given = {}
    for name, option in OPTIONS.items():
        flag = flag_of(name)
        value = config.getoption(flag)
        if value is not None:
            given[name] = parsed(flag, option.default, value)
    return given


def parsed(name: str, default: object, value: object) -> object:
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
    options = {name: getattr(config, name) for name in OPTIONS}
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
    unknown = sorted(marker.kwargs.keys() - OPTIONS.keys())
    if marker.args or unknown:
        what = f"has no option {unknown[0]!r}" if unknown else f"takes keywords only, not {shown(marker.args[0])}"
        names = alternatives(unknown[0] if unknown else None, OPTIONS, label="Its options")
        pytest.fail(f"The marker lambda_events {what}. {names}", pytrace=False)
