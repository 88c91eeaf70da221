"""The books behind a balance sheet: what each entry of a journal makes of each thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timezone
from itertools import permutations

import pytest
from entries import accepted, delivered, discarded, ended, succeeded
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.journal.batches import (
    Checkpointed,
    Deleted,
    DeletionReason,
    GivenUp,
    MessageExpired,
    Polled,
    RecordsExpired,
    RecordsFiltered,
    Redriven,
)
from pytest_lambda_events.journal.entry import NOBODY, E, Entry, Instant, Origin, Subject, stamped
from pytest_lambda_events.report.balance import BalanceSheet, ExpectedRecord, Holdings, balance, named_failures
from pytest_lambda_events.report.batches import data_text

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
BATCH = Subject("charge", "batch")
ORIGIN = Origin("mapping", QUEUE, False)
MAPPED = Holdings(mapped_queues=(QUEUE,))


def of_event(kind: Callable[[Subject], Entry], request_id: str) -> Entry:
    return at_start(kind(Subject("charge", request_id)))


def at_start(entry: E) -> E:
    return stamped(entry, Instant(0, START))


def polled(*message_ids: str) -> Entry:
    return at_start(Polled(BATCH, ORIGIN, message_ids))


def deleted(
    *message_ids: str, request_id: str = "batch", reason: DeletionReason = "processed", stale: tuple[str, ...] = ()
) -> Entry:
    return at_start(Deleted(Subject("charge", request_id), ORIGIN, message_ids, reason=reason, stale=stale))


def expired(message_id: str, source: str = QUEUE) -> Entry:
    return at_start(MessageExpired(NOBODY, source=source, message_id=message_id, body="", expired_after_seconds=60.0))


def redriven(message_id: str) -> Entry:
    return at_start(Redriven(NOBODY, source=QUEUE, target=DEAD, message_id=message_id, receive_count=1))


def of_stream(
    kind: type[Polled | Checkpointed | RecordsExpired],
    *numbers: str,
    mapping: str = "mapping",
    places: tuple[int, ...] | None = None,
) -> Entry:
    return at_start(kind(BATCH, Origin(mapping, STREAM, False, "shard"), numbers, places=places))


def filtered(*numbers: str) -> Entry:
    return at_start(RecordsFiltered(BATCH, Origin("mapping", STREAM, False, "shard"), numbers, ()))


def given_up(*numbers: str, destination: str | None = None, places: tuple[int, ...] | None = None) -> Entry:
    return at_start(GivenUp(
        BATCH, Origin("mapping", STREAM, False, "shard"), numbers, condition="", invoke_count=1, destination=destination,
        counted_as="dropped" if destination is None else "delivered", places=places,
    ))  # fmt: skip


def reporting(request_id: str, answer: bytes) -> Entry:
    return at_start(ended(Subject("charge", request_id, 1), payload=answer))


def expected_record(number: str, gone: float | None = None) -> ExpectedRecord:
    return ExpectedRecord("mapping", "index", STREAM, "shard", number, 0, lambda: "{}", gone)


def sheet(*entries: Entry, holdings: Holdings = MAPPED) -> BalanceSheet:
    return balance(entries, holdings).sheet


# ---------------------------------------------------------------------- messages


def test_a_message_in_two_copies_is_processed_once() -> None:
    assert sheet(polled("A"), polled("A"), deleted("A")) == BalanceSheet(accepted=1, processed=1)


@pytest.mark.rule("SQS-48")
def test_a_message_whose_receipt_no_longer_counted_is_pending_while_it_is_held() -> None:
    held = replace(MAPPED, messages={QUEUE: ["A"]})

    assert sheet(polled("A"), deleted("A", stale=("A",)), holdings=held) == BalanceSheet(accepted=1, pending=1)


@pytest.mark.parametrize("is_first", [True, False], ids=["expires first", "succeeds first"])
def test_a_message_that_a_function_succeeded_with_is_not_lost_when_it_expires(is_first: bool) -> None:
    late = [expired("A"), deleted("A", stale=("A",))]

    found = sheet(polled("A"), *(late if is_first else reversed(late)))

    assert found == BalanceSheet(accepted=1, processed=1)


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "last"])
def test_a_message_is_not_lost_if_one_of_its_copies_was_processed(is_first: bool) -> None:
    processed = deleted("a", stale=("a",))
    answer = b'{"batchItemFailures": [{"itemIdentifier": "a"}]}'
    reported = (
        reporting("other", answer),
        deleted("a", request_id="other"),
    )

    story = (processed, *reported) if is_first else (*reported, processed)

    assert sheet(*story) == BalanceSheet(accepted=1, processed=1)


def _copies() -> dict[str, list[Entry]]:
    """What the journal has of three copies of one message, by their result."""
    answer = b'{"batchItemFailures": [{"itemIdentifier": "a"}]}'
    return {
        "processed": [deleted("a", stale=("a",))],
        "filtered": [deleted("a", reason="filtered")],
        "lost": [
            reporting("other", answer),
            deleted("a", request_id="other", stale=("a",)),
        ],
    }


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (("processed", "filtered", "lost"), BalanceSheet(accepted=1, processed=1)),
        (("filtered", "lost"), BalanceSheet(accepted=1, filtered=1)),
    ],
    ids=["processed", "filtered"],
)
def test_the_best_result_of_the_copies_of_a_message_counts_in_any_order(
    results: tuple[str, ...], expected: BalanceSheet
) -> None:
    copies = _copies()

    sheets = [sheet(*(one for result in order for one in copies[result])) for order in permutations(results)]

    assert sheets == [expected] * len(sheets)


def test_a_message_that_was_removed_without_processing_is_not_counted() -> None:
    assert sheet(polled("A")) == BalanceSheet()


def test_a_message_that_is_moved_back_to_its_queue_is_pending_again() -> None:
    held = replace(MAPPED, messages={QUEUE: ["A"], DEAD: []})

    assert sheet(polled("A"), redriven("A"), holdings=held) == BalanceSheet(accepted=1, pending=1)


def test_messages_of_a_queue_without_a_mapping_are_not_counted() -> None:
    held = replace(MAPPED, messages={DEAD: ["A"]})

    assert sheet(expired("B", source=DEAD), holdings=held) == BalanceSheet()


def test_a_letter_that_expires_is_lost() -> None:
    assert sheet(redriven("A"), expired("A", source=DEAD)) == BalanceSheet(accepted=1, lost=1)


# ---------------------------------------------------------------------- records


def test_a_record_that_was_processed_is_not_lost_when_it_is_read_again() -> None:
    found = sheet(of_stream(Checkpointed, "1"), of_stream(Polled, "1"), given_up("1"))

    assert found == BalanceSheet(accepted=1, processed=1)


def test_a_record_that_was_discarded_and_read_again_can_still_be_processed() -> None:
    assert sheet(given_up("1"), of_stream(Checkpointed, "1")) == BalanceSheet(accepted=1, processed=1)


@pytest.mark.rule("KIN-34")
def test_records_of_one_aggregate_have_fates_of_their_own() -> None:
    found = sheet(of_stream(Checkpointed, "1", "1", places=(1, 2)), given_up("1", places=(3,)))

    assert found == BalanceSheet(accepted=3, processed=2, lost=1)


def test_records_with_one_number_in_two_mappings_are_two() -> None:
    found = sheet(of_stream(Checkpointed, "1"), of_stream(Checkpointed, "1", mapping="another"))

    assert found == BalanceSheet(accepted=2, processed=2)


def test_owed_records_are_pending_until_their_stream_lets_them_go() -> None:
    holdings = Holdings(
        records=[expected_record("1"), expected_record("2", gone=86_400.0), expected_record("3", gone=86_400.0)]
    )

    assert sheet(given_up("3", destination="arn"), holdings=holdings) == BalanceSheet(
        accepted=3, pending=1, at_destination=1, lost=1
    )


def test_losses_are_in_order_of_loss() -> None:
    holdings = Holdings(mapped_queues=(QUEUE,), records=[expected_record("2", gone=30.0), expected_record("1", gone=90.0)])

    lost = balance([expired("A")], holdings).lost

    assert [key[-2] if key[0] == "record" else key[-1] for key in lost] == ["2", "A", "1"]


def test_a_window_without_records_that_expires_is_not_counted() -> None:
    assert sheet(of_stream(RecordsExpired)) == BalanceSheet()


# ---------------------------------------------------------------------- all of them

IDS = st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True)
ENTRIES = st.one_of(
    st.builds(of_event, st.sampled_from([accepted, succeeded, discarded]), st.sampled_from("XYZ")),
    st.builds(of_event, st.just(lambda subject: delivered(subject, "on_failure")), st.sampled_from("XYZ")),
    st.builds(of_event, st.just(lambda subject: delivered(subject, "dead_letter_queue")), st.sampled_from("XYZ")),
    IDS.map(lambda ids: polled(*ids)),
    IDS.map(lambda ids: deleted(*ids)),
    IDS.map(lambda ids: deleted(*ids, stale=tuple(ids[1:]))),
    IDS.map(lambda ids: expired(ids[0])),
    IDS.map(lambda ids: redriven(ids[0])),
    IDS.map(lambda ids: of_stream(Checkpointed, *ids)),
    IDS.map(lambda ids: filtered(*ids)),
    IDS.map(lambda ids: given_up(*ids)),
)


@given(entries=st.lists(ENTRIES, max_size=30), held=IDS, kept=IDS)
def test_whatever_happens_each_thing_is_in_one_place(entries: list[Entry], held: list[str], kept: list[str]) -> None:
    holdings = Holdings((QUEUE,), {QUEUE: held}, [expected_record(number) for number in kept])

    found = asdict(sheet(*entries, holdings=holdings))

    things = {*(("message", one) for one in "ABC"), *(("record", one) for one in "ABC"), *(("event", one) for one in "XYZ")}
    assert found.pop("accepted") == sum(found.values()) <= len(things)
    assert min(found.values()) >= 0


# ---------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b'{"batchItemFailures": [{"itemIdentifier": "A"}, {"itemIdentifier": "B"}]}', {"A", "B"}),
        (b'{"batchItemFailures": [{"itemIdentifier": 1}, "A", {}]}', set()),
        (b'{"batchItemFailures": "A"}', set()),
        (b'["batchItemFailures"]', set()),
        (b"batchItemFailures", set()),
    ],
    ids=["two", "malformed", "no list", "no object", "no JSON"],
)
def test_the_failures_that_an_answer_names(answer: bytes, expected: set[str]) -> None:
    assert named_failures(answer) == expected


def test_a_change_of_an_item_is_shown_by_its_keys() -> None:
    change = {"eventName": "MODIFY", "dynamodb": {"Keys": {"id": {"S": "A"}, "at": {"N": "3"}}}}

    assert data_text(change) == 'MODIFY {"id": "A", "at": "3"}'
