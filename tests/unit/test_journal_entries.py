"""The typed entries of the journal, and what users see of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from entries import ended, started

from pytest_lambda_events.journal import attempts, batches, events, pending
from pytest_lambda_events.journal.entry import BatchFacts, Entry, Instant, Origin, Subject, stamped
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "timeline.md"
ATTEMPT = Subject("charge", "request-1", 1)
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


def kinds_in(*modules: object) -> Iterator[type[Entry]]:
    for module in modules:
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, Entry) and one.kind:
                yield one


def test_the_page_about_the_timeline_lists_all_kinds() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8").partition("## Entries")[2], re.MULTILINE)

    assert set(listed) == {one.kind for one in kinds_in(attempts, batches, events)}


@pytest.mark.parametrize("kind", [*kinds_in(attempts, batches, events, pending)], ids=lambda kind: str(kind.__name__))
def test_the_detail_has_each_field_of_an_entry(kind: type[Entry]) -> None:
    own = {field.name for field in fields(kind)} - {"instant", "subject"}

    assert own <= {*kind.KEYS, "places"}
    assert kind.OPTIONAL - {"places"} <= set(kind.KEYS)


@pytest.mark.parametrize(
    ("shard_id", "names"),
    [
        (None, ["event_source_mapping", "source", "counts", "message_ids"]),
        ("shard", ["event_source_mapping", "source", "counts", "shard_id", "sequence_numbers"]),
    ],
    ids=["a queue", "a stream"],
)
def test_the_detail_names_the_ids_of_a_batch_after_its_source(shard_id: str | None, names: list[str]) -> None:
    batch = BatchFacts(Origin("uuid", CLICKS, False, shard_id), ("1",))

    detail = started(ATTEMPT, batch=batch).detail

    assert list(detail)[5:] == names
    assert detail[names[-1]] == ("1",)


def test_the_detail_of_an_attempt_without_a_batch_has_nothing_about_one() -> None:
    names = ["invoked_arn", "executed_version", "payload", "is_cold_start", "log_stream"]

    assert list(started(ATTEMPT).detail) == names


def test_changing_an_entry_raises(clock: VirtualClock) -> None:
    entry = Journal(clock).write(ended(ATTEMPT))

    with pytest.raises(FrozenInstanceError):
        entry.payload = b"other"  # type: ignore[misc]


def test_entries_with_the_same_facts_at_the_same_instant_are_equal(clock: VirtualClock) -> None:
    first, second = (stamped(ended(ATTEMPT), Instant(5, clock.start)) for _ in range(2))

    assert first == second
    assert first != stamped(ended(ATTEMPT), Instant(6, clock.start))


def test_a_failure_is_added_to_the_entry_of_its_call(clock: VirtualClock) -> None:
    journal = Journal(clock)
    entry = journal.write(attempts.Called(ATTEMPT, "sqs", "SendMessage", "orders"))
    before = dict(entry.detail)

    journal.call_failed(0, attempts.CallFailure("AccessDenied", "no", "It exists in eu-west-1."))

    assert before == {"service": "sqs", "operation": "SendMessage", "target": "orders"}
    assert list(entry.detail)[3:] == ["error", "message", "note"]


def test_the_entries_of_a_request_grow_with_the_journal(clock: VirtualClock) -> None:
    journal = Journal(clock)
    journal.write(started(ATTEMPT))
    of_request = journal.of_request("request-1")

    journal.write(ended(ATTEMPT))
    journal.write(ended(Subject("charge", "request-2", 1)))

    assert [entry.kind for entry in of_request] == ["started", "ended"]
    assert (of_request[-1], next(reversed(of_request)), of_request[:1]) == (journal[1], journal[1], [journal[0]])
