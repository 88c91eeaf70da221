"""What the journal and the report cost a run in which no test fails."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from measuring import Row, paired, seconds_of

from pytest_lambda_events.journal.entry import E, Instant, stamped
from pytest_lambda_events.report.journal import Journal

TESTS = 10
ROUNDS = 7
LIMIT = 1.05
SUITE = f"""
import pytest

def ship(event, context):
    return {{"shipped": len(event.get("Records", ()))}}

@pytest.mark.parametrize("number", range({TESTS}))
def test_a_queue_and_events(lambda_events, number):
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)
    function.add_event_source(orders)
    orders.send(*({{"id": one}} for one in range(50)))
    for one in range(50):
        function.invoke_async({{"order": one}})
    lambda_events.run_until_idle()
    assert not orders.messages
"""


def measure() -> Iterator[Row]:
    """Yields ten tests with a hundred deliveries each, against the same tests without a journal and without a report."""
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "test_suite.py"
        suite.write_text(SUITE, encoding="utf-8")
        _run(suite)
        pairs = paired(lambda: _seconds(suite), lambda: _seconds_without_journal(suite), rounds=ROUNDS)
    yield pairs.ratio(f"{TESTS} tests with 100 deliveries each / without journal and report", limit=LIMIT)


def _seconds(suite: Path) -> float:
    return seconds_of(lambda: _run(suite))


def _seconds_without_journal(suite: Path) -> float:
    with _no_journal():
        return seconds_of(lambda: _run(suite, "--lambda-events-timeline=off"))


def _run(suite: Path, *options: str) -> None:
    with redirect_stdout(StringIO()):
        code = pytest.main(
            [
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:randomly",
                "-p",
                "no:asyncio",
                f"--rootdir={suite.parent}",
                *options,
                str(suite),
            ]
        )
    sys.modules.pop(suite.stem, None)
    if code:
        raise RuntimeError("the suite that was measured did not pass")


@contextmanager
def _no_journal() -> Iterator[None]:
    """Nothing is written: the entries are not kept."""
    start = Instant(0, datetime(2026, 1, 1, tzinfo=timezone.utc))

    def write(journal: Journal, entry: E) -> E:
        return stamped(entry, start)

    with mock.patch.object(Journal, "write", write):
        yield
