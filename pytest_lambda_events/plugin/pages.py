"""`--lambda-events-report=DIR`: a page for each test that used a simulated AWS, and an index of all tests of the run."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..errors import LambdaEventsError
from .startup import COMPARED, PAGES, REPORT_FLAG

if TYPE_CHECKING:
    from ..environment import LambdaEvents
    from ..journal.entry import Entry
    from ..report.page.index import TestRow
    from ..report.page.templates import Templates

_LONGEST_NAME = 80
_ATTRIBUTE = "lambda_events_page"
"""The attribute of a test's last report with the data for the index. pytest-xdist sends it from the worker to the
controller.
"""


def configure(config: pytest.Config) -> None:
    """Registers the plugin that writes pages. Raises `pytest.UsageError` for an invalid folder."""
    given = config.getoption(REPORT_FLAG)
    if given == "":
        raise pytest.UsageError(f"{REPORT_FLAG}: the folder is missing. Pass one, such as {REPORT_FLAG}=pages.")
    # Tests may change the working directory.
    folder = config.invocation_params.dir / Path(given).expanduser()
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise pytest.UsageError(f"{REPORT_FLAG}={given}: {there} is a file. Pass a folder.")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise pytest.UsageError(
            f"{REPORT_FLAG}={given}: creating this folder failed: {error.strerror}. Pass another one."
        ) from None
    config.stash[PAGES] = pages = Pages(folder)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Index(pages), "lambda_events_index")


def take(item: pytest.Item, report: pytest.TestReport, environment: LambdaEvents, entries: Sequence[Entry]) -> None:
    """Stores the report of a phase. After the last phase, writes the page."""
    pages = item.config.stash[PAGES]
    result = item.stash.setdefault(_RESULT, _Result())
    with contextlib.suppress(LambdaEventsError):
        # A closed environment has no clock.
        result.elapsed_seconds = environment.elapsed
    result.take(report)
    if report.when == "teardown":
        del item.stash[_RESULT]
        vars(report)[_ATTRIBUTE] = pages.write(item, result, entries)


def page_name(node_id: str) -> str:
    """Returns a file name that is valid in every file system and unique in a run: a readable name with a digest."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", _from_file_on(node_id))
    digest = hashlib.sha256(node_id.encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return f"{readable.strip('-._')[:_LONGEST_NAME] or 'test'}-{digest}.html"


def _from_file_on(node_id: str) -> str:
    """Returns a node id without its folders. Slashes after the bracket belong to the parameters."""
    path, bracket, parameters = node_id.partition("[")
    return path.rpartition("/")[2] + bracket + parameters


@dataclass(slots=True)
class _Result:
    """The result of one test, from the reports of its phases so far."""

    outcome: str = "passed"
    elapsed_seconds: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)
    reason: str = ""

    def take(self, report: pytest.TestReport) -> None:
        """Adds one phase."""
        if report.failed:
            self.outcome = "failed" if report.when == "call" else "error"
            self.failures.append((report.when, report.longreprtext))
        elif report.skipped:
            self.outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"
            self.reason = str(getattr(report, "wasxfail", "")) or _reason_of_skip(report)


def _reason_of_skip(report: pytest.TestReport) -> str:
    where = report.longrepr
    return str(where[2]).removeprefix("Skipped: ") if isinstance(where, tuple) else ""


class Pages:
    """Writes pages into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def templates(self) -> Templates:
        """The templates, loaded when the first page is written."""
        from ..report.page.templates import Templates

        return Templates()

    def write(self, item: pytest.Item, result: _Result, entries: Sequence[Entry]) -> dict[str, Any]:
        """Writes the page of a test, and returns the data for the index."""
        from ..report.page.document import TestResult, page_of
        from ..report.page.failure import Failure

        failures = tuple(Failure(when, text) for when, text in result.failures)
        root = item.config.invocation_params.dir
        compared = item.stash.get(COMPARED, None)
        test = TestResult(item.nodeid, result.outcome, entries, result.elapsed_seconds, failures, root, compared)
        page = page_of(test, self.templates)
        name = page_name(item.nodeid)
        self.save(name, page.html)
        return {"page": name, "attempts": page.attempts, "elapsed_seconds": page.elapsed_seconds}

    def save(self, name: str, html: str) -> None:
        """Writes a file. The name or message of a test may contain half of a surrogate pair, which UTF-8 does not encode."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(html, encoding="utf-8", errors="backslashreplace")


class Index:
    """Collects the tests of a run, and writes the index at its end. Workers of pytest-xdist do not write it."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._results: dict[str, _Result] = {}
        self._written: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Adds one phase of a test."""
        if report.when == "setup":
            # Plugins may run a test again.
            self._results[report.nodeid] = _Result()
        self._results.setdefault(report.nodeid, _Result()).take(report)
        if written := vars(report).get(_ATTRIBUTE):
            self._written[report.nodeid] = written

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Writes the index."""
        from ..report.page.index import NAME, index_of

        rows = [self._row(node_id, result) for node_id, result in self._results.items()]
        self._pages.save(NAME, index_of(rows, self._pages.templates))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Prints the location of the index."""
        terminalreporter.write_sep("-", f"lambda events report: {(self._pages.folder / 'index.html').as_uri()}")

    def _row(self, node_id: str, result: _Result) -> TestRow:
        from ..report.page.failure import Failure, shown_failure
        from ..report.page.index import TestRow

        message = result.reason
        if result.failures:
            shown = shown_failure(Failure(*result.failures[0]))
            message = shown.message or shown.whole
        return TestRow(node_id, result.outcome, _first_line(message), **self._written.get(node_id, {}))


def _first_line(text: str) -> str:
    """Returns the first line of a message for the index, with short forms of long identifiers."""
    from ..report.page.labels import pieces_of

    return "".join(piece.text for piece in pieces_of(text.partition("\n")[0][:300], {}))


_RESULT: pytest.StashKey[_Result] = pytest.StashKey()
