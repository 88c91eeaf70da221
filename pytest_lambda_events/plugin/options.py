"""The options of the environment of a test, from ini values, the marker `lambda_events` and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ..option_table import OPTIONS
from ..process_region import RegionOfProcess

if TYPE_CHECKING:
    from ..config import LambdaEventsConfig

REPORT_FLAG = "--lambda-events-report"
_TIMELINE_FLAG = "--lambda-events-timeline"
_TIMELINES = ("failed", "all", "off")


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """Adds the options of reports, and an ini value and a flag for each option of an environment."""
    timeline = "Which tests show the timeline of their events: failed, all (seen with -rP) or off. Default: failed"
    parser.addini("lambda_events_timeline", timeline, default="failed")
    group.addoption(_TIMELINE_FLAG, default=None, metavar="failed|all|off", help=timeline)
    group.addoption(
        REPORT_FLAG, default=None, metavar="DIR",
        help="Write an HTML page for each test into this folder, with the timeline of its events as a picture, and an "
        "index.html of all tests. Default: none",
    )  # fmt: skip
    for name, option in OPTIONS.items():
        help_text = f"{option.help} Default: {text_of(option.default)}"
        kind: Any = "linelist" if isinstance(option.default, tuple) else None
        parser.addini(f"lambda_events_{name}", help_text, type=kind, default=None)
        metavar = option.metavar or _METAVARS[type(option.default)]
        group.addoption(_flag_of(name), default=None, metavar=metavar, help=help_text)


def _flag_of(name: str) -> str:
    return f"--lambda-events-{name.replace('_', '-')}"


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
    from dataclasses import replace

    from ..config import LambdaEventsConfig

    configured = LambdaEventsConfig(**_ini_values(config))
    return replace(configured, **_flags(config)) if flags else configured


def default_region(config: pytest.Config) -> str:
    """Returns the region from the command line, the ini file or a variable. Raises `pytest.UsageError` for invalid options.

    Most projects set no option. Then nothing is checked, and the checks and their modules are not imported.
    """
    if not (_ini_values(config) or _flags(config)):
        return RegionOfProcess.current()
    from ..errors import LambdaEventsError

    try:
        return configured(config).region_name
    except LambdaEventsError as error:
        raise pytest.UsageError(str(error)) from None


def check_timeline(config: pytest.Config) -> None:
    """Raises `pytest.UsageError` for an unknown value of the option that selects the timelines to show."""
    if timeline_mode(config) not in _TIMELINES:
        name = _TIMELINE_FLAG if config.getoption(_TIMELINE_FLAG) else "lambda_events_timeline"
        raise pytest.UsageError(f"{name}={timeline_mode(config)}: this choice does not exist. Pass failed, all or off.")


def timeline_mode(config: pytest.Config) -> str:
    """Returns the option that selects the timelines to show."""
    return str(config.getoption(_TIMELINE_FLAG) or config.getini("lambda_events_timeline"))


def early_region(config: pytest.Config) -> str:
    """Returns the region from the command line, the ini file or a variable, before pytest parses options. Checks nothing."""
    flag = getattr(config.known_args_namespace, "lambda_events_region_name", None)
    return str(flag or config.getini("lambda_events_region_name") or RegionOfProcess.current())


def _ini_values(config: pytest.Config) -> dict[str, Any]:
    given = {}
    for name, option in OPTIONS.items():
        value = config.getini(f"lambda_events_{name}")
        if value is not None:
            given[name] = _parsed(f"lambda_events_{name}", option.default, value)
    return given


def _flags(config: pytest.Config) -> dict[str, Any]:
    given = {}
    for name, option in OPTIONS.items():
        flag = _flag_of(name)
        value = config.getoption(flag)
        if value is not None:
            given[name] = _parsed(flag, option.default, value)
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
    from ..arguments import shown
    from ..config import LambdaEventsConfig
    from ..errors import LambdaEventsError

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
        from ..arguments import alternatives, shown

        what = f"has no option {unknown[0]!r}" if unknown else f"takes keywords only, not {shown(marker.args[0])}"
        names = alternatives(unknown[0] if unknown else None, OPTIONS, label="Its options")
        pytest.fail(f"The marker lambda_events {what}. {names}", pytrace=False)
