"""The sections that this plugin adds to the report of a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from .startup import BEGAN, ENVIRONMENT, PAGES, TIMELINE_FLAG, timeline_mode

if TYPE_CHECKING:
    from ..environment import LambdaEvents
    from ..journal.entry import Entry

_TIMELINES = ("failed", "all", "off")
_SECTION = "lambda events: timeline"
_PROPERTY = "lambda_events_timeline"
_SHOWN: pytest.StashKey[str] = pytest.StashKey()


def check_timeline(config: pytest.Config) -> None:
    """Raises `pytest.UsageError` for an unknown value of the option that selects the timelines to show."""
    if timeline_mode(config) not in _TIMELINES:
        name = TIMELINE_FLAG if config.getoption(TIMELINE_FLAG) else "lambda_events_timeline"
        raise pytest.UsageError(f"{name}={timeline_mode(config)}: this choice does not exist. Pass failed, all or off.")


def _entries(item: pytest.Item, owner: Any, environment: LambdaEvents) -> Sequence[Entry]:
    """Returns the journal entries of the test, including those of its fixtures."""
    return environment.journal if owner is item else environment.journal[item.stash.get(BEGAN, 0) :]


def complete(item: pytest.Item, report: pytest.TestReport, owner: Any, environment: LambdaEvents) -> None:
    """Shows what happened to the events of a test that fails, also in a fixture."""
    entries = _entries(item, owner, environment)
    if _SHOWN not in item.stash and _shows_timeline(report, timeline_mode(item.config)):
        _show_timeline(item, report, environment, entries)
    _add_property(item, report)
    if PAGES in item.config.stash:
        from . import pages

        pages.take(item, report, environment, entries)
    if report.when == "teardown":
        if owner is item or not environment.is_open:
            # pytest keeps its nodes until the end of the run, and a journal can be long.
            del owner.stash[ENVIRONMENT]
        # A test that runs again shows the events of the new run.
        if _SHOWN in item.stash:
            del item.stash[_SHOWN]


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
