"""The typed entries of the journal, and what users see of them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from entries import ended, started

from pytest_lambda_events.journal import attempts, batches, events, pending, pushes
from pytest_lambda_events.journal.entry import BatchFacts, Entry, Instant, Origin, Subject, stamped
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock

ROOT = Path(__file__).resolve().parents[2]
PAGE, PACKAGE = ROOT / "docs" / "reference" / "timeline.md", ROOT / "pytest_lambda_events"
ATTEMPT = Subject("charge", "request-1", 1)
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


def kinds_in(*modules: object) -> Iterator[type[Entry]]:
    for module in modules:
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, Entry) and one.kind:
                yield one


def names_in(text: str) -> set[str]:
    """The names in code marks. Parentheses hold values, and names with capitals are those of AWS."""
    return set(re.findall(r"`([a-z_]+)`", re.sub(r"\(.*?\)", "", text)))


def listed_details() -> dict[str, set[str]]:
    """The names that the page lists for each kind."""
    table = PAGE.read_text(encoding="utf-8").partition("## Entries")[2]
    rows = re.findall(r"^\| `(\w+)` \|.*?\| (.*) \|$", table, re.MULTILINE)
    found: dict[str, set[str]] = {}
    for kind, text in rows:
        same = re.match(r"the same as for `(\w+)`", text)
        found[kind] = found[same[1]] if same else names_in(text)
    return found


def names_of(kind: type[Entry]) -> set[str]:
    """The names in the detail of an entry, without those that the page lists for all event sources."""
    names = set(kind.KEYS) - {"origin", "batch", "places"}
    if "ids" in names:
        names ^= {"ids", "sequence_numbers" if "places" in kind.KEYS else "message_ids"}
    if issubclass(kind, attempts.Called):
        names ^= {"failure", *(field.name for field in fields(attempts.CallFailure))}
    return names


def test_the_page_about_the_timeline_lists_the_details_of_each_kind() -> None:
    details: dict[str, set[str]] = {}
    for kind in kinds_in(attempts, batches, events, pushes):
        details.setdefault(kind.kind, set()).update(names_of(kind))
    details["polled"].add("message_ids")
    details["pipe_started"].add("sequence_numbers")

    assert listed_details() == details


def test_the_page_about_the_timeline_lists_the_details_of_event_sources() -> None:
    bullets = PAGE.read_text(encoding="utf-8").partition("Entries of event sources also have:\n\n")[2].partition("\n\n")[0]
    facts = {field.name for one in (Origin, BatchFacts) for field in fields(one)} - {"origin", "ids"}

    assert names_in(bullets) == facts | {"places"}


def attributes_in_package(name: str) -> Iterator[tuple[str, ast.AST]]:
    """The expressions that read or compare an attribute of this name, each with its file."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if f".{name}" in text:
            for node in ast.walk(ast.parse(text)):
                read = node.left if isinstance(node, ast.Compare) else node
                if isinstance(read, ast.Attribute) and read.attr == name:
                    yield path.name, node


def test_the_package_does_not_compare_kinds_with_text() -> None:
    kinds = {kind.kind for kind in kinds_in(attempts, batches, events, pushes)}

    compared = [
        f"{file}: {ast.unparse(node)}"
        for file, node in attributes_in_package("kind")
        if isinstance(node, ast.Compare)
        and any(isinstance(one, ast.Constant) and one.value in kinds for one in ast.walk(node))
    ]

    assert compared == []


def test_the_package_does_not_read_the_detail_of_entries() -> None:
    assert [f"{file}: {ast.unparse(node)}" for file, node in attributes_in_package("detail")] == []


@pytest.mark.parametrize("kind", [*kinds_in(attempts, batches, events, pending, pushes)], ids=lambda kind: str(kind.__name__))
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
