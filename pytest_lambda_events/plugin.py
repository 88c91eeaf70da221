"""pytest's door: options, the marker, the fixtures and the timeline of a failing test.

Importing this loads nothing of boto3, moto or freezegun: what a test does not use, it does not pay for.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from .config import LambdaEventsConfig, option_names
from .errors import LambdaEventsError

if TYPE_CHECKING:
    from .environment import LambdaEvents

_WORLD = pytest.StashKey["LambdaEvents"]()
_TIMELINES = ("failed", "all", "off")
_SECTION = "lambda events: timeline"


def pytest_addoption(parser: pytest.Parser) -> None:
    """One ini value and one flag for each field of `LambdaEventsConfig`, and the choice of timelines."""
    group = parser.getgroup("lambda-events", "AWS Lambda event delivery")
    for field in fields(LambdaEventsConfig):
        help_text = f"lambda_events: {field.name} of each test's world (default: {field.default})"
        parser.addini(f"lambda_events_{field.name}", help_text, default=None)
        group.addoption(f"--lambda-events-{field.name.replace('_', '-')}", default=None, help=help_text)
    timeline = "which tests show the timeline of their events: failed, all or off (default: failed)"
    parser.addini("lambda_events_timeline", timeline, default="failed")
    group.addoption("--lambda-events-timeline", default=None, help=timeline)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse options that cannot be."""
    config.addinivalue_line(
        "markers",
        "lambda_events(*, region_name=..., account_id=..., seed=..., start_time=..., ...): "
        "options of the world of this test, class or module: the fields of LambdaEventsConfig.",
    )
    try:
        _configured(config)
    except LambdaEventsError as error:
        raise pytest.UsageError(str(error)) from None
    if _timeline_mode(config) not in _TIMELINES:
        name = "--lambda-events-timeline" if config.getoption("--lambda-events-timeline") else "lambda_events_timeline"
        raise pytest.UsageError(f"{name}={_timeline_mode(config)}: choose failed, all or off.")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known that others may implement."""
    from . import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.fixture(scope="session")
def lambda_events_config(pytestconfig: pytest.Config) -> LambdaEventsConfig:
    """The `LambdaEventsConfig` in force. Override it, with `dataclasses.replace`, to change it for a folder or module."""
    return _configured(pytestconfig, flags=False)


@pytest.fixture
def lambda_events(request: pytest.FixtureRequest, lambda_events_config: LambdaEventsConfig) -> Iterator[LambdaEvents]:
    """A fresh `LambdaEvents` for the test: a fake AWS with a virtual clock, in which Lambda handlers really run."""
    from .environment import LambdaEvents

    options = _options_of(request.node, lambda_events_config)
    with LambdaEvents(**options) as world:
        request.node.stash[_WORLD] = world
        request.node.ihook.pytest_lambda_events_started(lambda_events=world)
        yield world
        request.node.ihook.pytest_lambda_events_ended(lambda_events=world)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what happened to the events of a failing test, also of one that fails in a fixture."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if world is not None and _shows_timeline(report, _timeline_mode(item.config)):
        text = world.journal.timeline()
        if text:
            report.sections.append((_SECTION, text))
    if world is not None and report.when == "teardown":
        # pytest keeps its items to the end of the run, and a journal may be long.
        del item.stash[_WORLD]
    return report


def _shows_timeline(report: pytest.TestReport, mode: str) -> bool:
    return mode != "off" and (report.failed or (mode == "all" and report.when == "call"))


def _timeline_mode(config: pytest.Config) -> str:
    return str(config.getoption("--lambda-events-timeline") or config.getini("lambda_events_timeline"))


def _configured(config: pytest.Config, *, flags: bool = True) -> LambdaEventsConfig:
    """What ini values, and over them flags, say."""
    given: dict[str, Any] = {}
    for field in fields(LambdaEventsConfig):
        value = config.getini(f"lambda_events_{field.name}")
        if value is not None:
            given[field.name] = _parsed(f"lambda_events_{field.name}", field.default, value)
    configured = LambdaEventsConfig(**given)
    return replace(configured, **_flags(config)) if flags else configured


def _flags(config: pytest.Config) -> dict[str, Any]:
    given = {}
    for field in fields(LambdaEventsConfig):
        flag = f"--lambda-events-{field.name.replace('_', '-')}"
        value = config.getoption(flag)
        if value is not None:
            given[field.name] = _parsed(flag, field.default, value)
    return given


def _parsed(name: str, default: object, value: object) -> object:
    """An option's text as the type of its default. Raises `pytest.UsageError`."""
    if not isinstance(value, str):
        return value
    if isinstance(default, bool):
        if value.lower() in ("true", "false", "1", "0", "yes", "no"):
            return value.lower() in ("true", "1", "yes")
        raise pytest.UsageError(f"{name}={value}: give true or false.")
    if isinstance(default, (int, float)):
        try:
            return type(default)(value)
        except ValueError:
            raise pytest.UsageError(f"{name}={value}: give a number, such as {default}.") from None
    return value


def _options_of(node: pytest.Item, config: LambdaEventsConfig) -> dict[str, Any]:
    """The fixture's configuration, over it the markers from the widest to the closest, over them the flags."""
    options = {name: getattr(config, name) for name in option_names()}
    for marker in reversed(list(node.iter_markers("lambda_events"))):
        _check_marker(marker)
        options.update(marker.kwargs)
    options.update(_flags(node.config))
    try:
        LambdaEventsConfig(**options)
    except LambdaEventsError as error:
        pytest.fail(str(error), pytrace=False)
    return options


def _check_marker(marker: pytest.Mark) -> None:
    unknown = sorted(marker.kwargs.keys() - set(option_names()))
    if marker.args or unknown:
        what = f"has no option {unknown[0]!r}" if unknown else f"takes keywords only, not {marker.args[0]!r}"
        pytest.fail(f"The marker lambda_events {what}. Its options: {', '.join(option_names())}.", pytrace=False)
