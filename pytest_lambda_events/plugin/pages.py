"""`--lambda-events-report=DIR`: a page for each test that used an environment, with its timeline as a picture."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..errors import LambdaEventsError

if TYPE_CHECKING:
    from ..environment import LambdaEvents
    from ..simulation.journal import Entry

_FLAG = "--lambda-events-report"
_LONGEST_NAME = 80


def add_options(group: pytest.OptionGroup) -> None:
    """The folder of the pages."""
    group.addoption(
        _FLAG, default=None, metavar="DIR",
        help="Write an HTML page for each test into this folder, with the timeline of its events as a picture. Default: none",
    )  # fmt: skip


def check_options(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` for a folder that cannot be."""
    given = config.getoption(_FLAG)
    if given == "":
        raise pytest.UsageError(f"{_FLAG}: name a folder, such as {_FLAG}=pages.")
    folder = _folder(config)
    if folder is None:
        return
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise pytest.UsageError(f"{_FLAG}={given}: {there} is a file, and the pages need a folder.")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise pytest.UsageError(f"{_FLAG}={given}: this folder cannot be made: {error.strerror}.") from None


def take(item: pytest.Item, report: pytest.TestReport, environment: LambdaEvents, entries: Sequence[Entry]) -> None:
    """Note what a phase of a test tells; at the last one, write the page. Without the flag nothing is done."""
    folder = _folder(item.config)
    if folder is None:
        return
    notes = item.stash.setdefault(_NOTES, _Notes())
    notes.take(report, environment)
    if report.when == "teardown":
        del item.stash[_NOTES]
        folder.mkdir(parents=True, exist_ok=True)
        # A lone half of a surrogate pair, which a test's name or message may hold, cannot be encoded.
        (folder / page_name(item.nodeid)).write_text(
            notes.page(item.nodeid, entries), encoding="utf-8", errors="backslashreplace"
        )


def page_name(node_id: str) -> str:
    """A file name that every file system takes, and no other test of a run has: readable, with a digest at its end."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", _from_file_on(node_id))
    digest = hashlib.sha256(node_id.encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return f"{readable.strip('-._')[:_LONGEST_NAME] or 'test'}-{digest}.html"


def _from_file_on(node_id: str) -> str:
    """A node id without its folders; slashes behind the bracket are the parameters'."""
    path, bracket, parameters = node_id.partition("[")
    return path.rpartition("/")[2] + bracket + parameters


@dataclass(slots=True)
class _Notes:
    """What the reports of one test's phases told so far."""

    outcome: str = "passed"
    elapsed_seconds: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)

    def take(self, report: pytest.TestReport, environment: LambdaEvents) -> None:
        """Note one phase. Once the environment is closed, its clock is not read any more."""
        with contextlib.suppress(LambdaEventsError):
            self.elapsed_seconds = environment.elapsed
        if report.failed:
            self.outcome = "failed" if report.when == "call" else "error"
            self.failures.append((report.when, report.longreprtext))
        elif report.skipped:
            self.outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"

    def page(self, node_id: str, entries: Sequence[Entry]) -> str:
        """The page as HTML."""
        from ..report.page.document import Failure, TestStory, page_of

        failures = tuple(Failure(when, text) for when, text in self.failures)
        return page_of(TestStory(node_id, self.outcome, entries, self.elapsed_seconds, failures))


_NOTES: pytest.StashKey[_Notes] = pytest.StashKey()


def _folder(config: pytest.Config) -> Path | None:
    """As the shell means it that pytest was called in: a test may have changed the working directory."""
    given = config.getoption(_FLAG)
    return None if given is None else config.invocation_params.dir / Path(given).expanduser()
