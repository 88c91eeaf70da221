"""The sections that this plugin adds to the report of a test."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from . import pages
from .tracebacks import shorten_traceback

if TYPE_CHECKING:
    from ..environment import LambdaEvents
    from ..journal.entry import Entry

ENVIRONMENT: pytest.StashKey[LambdaEvents] = pytest.StashKey()
"""In the stash of a test, or of the class, module or session whose fixture opened the environment."""
_BEGAN: pytest.StashKey[int] = pytest.StashKey()
_TIMELINES = ("failed", "all", "off")
_SECTION = "lambda events: timeline"
_PROPERTY = "lambda_events_timeline"
_SHOWN: pytest.StashKey[str] = pytest.StashKey()


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """Adds the option that selects the timelines to show."""
    timeline = "Which tests show the timeline of their events: failed, all (seen with -rP) or off. Default: failed"
    parser.addini("lambda_events_timeline", timeline, default="failed")
    group.addoption("--lambda-events-timeline", default=None, metavar="failed|all|off", help=timeline)


def check_options(config: pytest.Config) -> None:
    """Raises `pytest.UsageError` for an unknown value of the option."""
    if _timeline_mode(config) not in _TIMELINES:
        name = "--lambda-events-timeline" if config.getoption("--lambda-events-timeline") else "lambda_events_timeline"
        raise pytest.UsageError(f"{name}={_timeline_mode(config)}: this choice does not exist. Pass failed, all or off.")


def environment_of(item: pytest.Item) -> tuple[Any, LambdaEvents | None]:
    """Returns the environment that a test uses, and the test, class, module or session that it belongs to."""
    for node in reversed(item.listchain()):
        environment = node.stash.get(ENVIRONMENT, None)
        if environment is not None:
            return node, environment
    return None, None


def begin(item: pytest.Item) -> None:
    """Stores the length of the journal of a shared environment when the test begins."""
    owner, environment = environment_of(item)
    if environment is not None and not environment.is_open:
        # A fixture of an earlier test with a wider scope has opened and closed it.
        del owner.stash[ENVIRONMENT]
        environment = None
    item.stash[_BEGAN] = 0 if environment is None else len(environment.journal)


def _entries(item: pytest.Item, owner: Any, environment: LambdaEvents) -> Sequence[Entry]:
    """Returns the journal entries of the test, including those of its fixtures."""
    return environment.journal if owner is item else environment.journal[item.stash.get(_BEGAN, 0) :]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what happened to the events of a test that fails, also in a fixture."""
    if not item.config.getoption("fulltrace"):
        shorten_traceback(call)
    report = yield
    owner, environment = environment_of(item)
    if environment is not None:
        entries = _entries(item, owner, environment)
        if _SHOWN not in item.stash and _shows_timeline(report, _timeline_mode(item.config)):
            _show_timeline(item, report, environment, entries)
        _add_property(item, report)
        pages.take(item, report, environment, entries)
    if environment is not None and report.when == "teardown":
        if owner is item or not environment.is_open:
            # pytest keeps its nodes until the end of the run, and a journal can be long.
            del owner.stash[ENVIRONMENT]
        # A test that runs again shows the events of the new run.
        if _SHOWN in item.stash:
            del item.stash[_SHOWN]
    return report


def _show_timeline(item: pytest.Item, report: pytest.TestReport, environment: LambdaEvents, entries: Sequence[Entry]) -> None:
    """Adds the section, once: a test that also fails in its teardown has already shown it."""
    from ..report.section import section

    text = section(entries, item.config.invocation_params.dir, _left(report, environment))
    if text:
        report.sections.append((_SECTION, text))
        item.stash[_SHOWN] = text


def _left(report: pytest.TestReport, environment: LambdaEvents) -> str:
    """Returns the pending work, unless the failure is about it. Empty if the environment is closed or broken."""
    try:
        text = environment._waiting.left_in_report()
    except Exception:
        return ""
    work = text.splitlines()[1:2]
    return "" if work and work[0] in report.longreprtext else text


def _add_property(item: pytest.Item, report: pytest.TestReport) -> None:
    """`--junitxml` does not contain sections. It contains the properties of a test's last report."""
    text = item.stash.get(_SHOWN, "")
    if text:
        report.user_properties.append((_PROPERTY, text))


def _shows_timeline(report: pytest.TestReport, mode: str) -> bool:
    return mode != "off" and (report.failed or (mode == "all" and report.when == "call"))


def _timeline_mode(config: pytest.Config) -> str:
    return str(config.getoption("--lambda-events-timeline") or config.getini("lambda_events_timeline"))
