"""The chart of a report page: what is read from a journal, and what is collapsed."""

from __future__ import annotations

import pytest
from entries import accepted, refused
from event_journals import EventJournal
from mapping_journals import MappingStory, poison_journal
from stream_journals import StreamStory

from pytest_lambda_events.journal.attempts import PlannedFaultMet
from pytest_lambda_events.journal.entry import Entry, Subject
from pytest_lambda_events.journal.events import Retried, Route
from pytest_lambda_events.report.page.chart import chart_of, kind_and_name
from pytest_lambda_events.report.page.collapse import LANES, MARKS, collapsed, left_out
from pytest_lambda_events.report.page.marks import Chart, Mark
from pytest_lambda_events.simulation.clock import VirtualClock


def attempts(chart: Chart) -> list[Mark]:
    return [mark for mark in chart.marks if mark.is_bar]


def kinds(chart: Chart) -> list[str]:
    return [mark.kind for mark in chart.marks]


def links(chart: Chart) -> list[tuple[str, str, str]]:
    return [(link.cause.kind + link.cause.label, link.kind, link.effect.kind + link.effect.label) for link in chart.links]


def test_an_event_leads_to_its_attempts_and_they_to_a_destination(events: EventJournal) -> None:
    events.failing(0, 60, 180)

    assert links(chart_of(events.journal)) == [
        ("accepted", "cause", "function_error#1"),
        ("function_error#1", "retry", "function_error#2"),
        ("function_error#2", "retry", "function_error#3"),
        ("function_error#3", "cause", "discarded"),
        ("function_error#3", "cause", "failure_record"),
    ]


def test_lanes_stand_in_the_order_of_cause_and_effect(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    mapping.polled("m1")
    mapping.ended(mapping.started("m1"), error_type="ValueError")
    mapping.journal.write(accepted(Subject("charge", "id")))
    mapping.at(60)
    mapping.redriven("m1", receive_count=2)

    lanes = chart_of(mapping.journal).lanes

    assert [(lane.kind, lane.name) for lane in lanes] == [
        ("asynchronous", "events"), ("queue", "orders"), ("function", "ship"), ("queue", "orders-dead")
    ]  # fmt: skip


def test_a_poison_message_is_followed_to_its_dead_letter_queue(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    for attempt, instant in enumerate([0, 60], 1):
        mapping.at(instant)
        mapping.polled("m1")
        mapping.ended(mapping.started("m1", attempt=attempt), error_type="ValueError")
    mapping.at(120)
    mapping.redriven("m1", receive_count=2)

    assert links(chart_of(mapping.journal)) == [
        ("polled", "cause", "function_error#1"),
        ("polled", "cause", "function_error#2"),
        ("function_error#1", "retry", "function_error#2"),
        ("function_error#2", "cause", "redriven"),
        ("redriven", "cause", "failure_record"),
    ]


def test_each_half_of_a_bisected_batch_follows_from_the_whole(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.polled("1", "2")
    for numbers in (("1", "2"), ("1",), ("2",)):
        stream.ended(stream.started(*numbers, request="-".join(numbers)), error_type="ValueError")

    chart = chart_of(stream.journal)

    whole, first, second = attempts(chart)
    assert [(link.cause, link.effect) for link in chart.links if link.kind == "retry"] == [(whole, first), (whole, second)]


def test_each_shard_has_a_lane(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.polled("1")
    stream.shard_id = "shardId-000000000011"
    stream.polled("2")

    assert [lane.full_name for lane in chart_of(stream.journal).lanes] == ["clicks shard 0", "clicks shard 11"]


def test_the_lane_of_a_shard_of_a_table_has_a_short_name(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.shard_id = "shardId-00000001767225600000-7048f9c7"
    stream.polled("1")

    [lane] = chart_of(stream.journal).lanes

    assert (lane.name, lane.shard) == ("clicks", "shard 7048f9c7")


@pytest.mark.parametrize("kind", ["throttled", "service_error", "not_found"])
def test_an_attempt_that_was_refused_is_a_mark_that_takes_no_time(events: EventJournal, kind: str) -> None:
    events.journal.write(refused(kind, Subject("charge", "id", 1)))

    [mark] = chart_of(events.journal, elapsed_seconds=60).marks

    assert (mark.kind, mark.begins, mark.ends) == (kind, 0, 0)


def test_an_attempt_that_still_runs_goes_on_to_where_the_clock_is(events: EventJournal) -> None:
    events.started("id")

    [mark] = chart_of(events.journal, elapsed_seconds=5).marks

    assert (mark.kind, mark.begins, mark.ends) == ("pending", 0, 5)


def test_a_retry_to_come_stands_where_it_is_due(events: EventJournal) -> None:
    subject = events.started("id")
    events.ended(subject, "card expired")
    events.journal.write(Retried(subject, 60.0))

    _, due = chart_of(events.journal, elapsed_seconds=5).marks

    assert (due.kind, due.begins) == ("pending", 60)


def test_a_batch_that_failed_in_part_looks_neither_good_nor_bad(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    subject = mapping.started("m1", "m2")
    mapping.ended(subject)
    mapping.result(subject, 2, ("m2",))

    [mark] = attempts(chart_of(mapping.journal))

    assert (mark.kind, mark.words) == ("partial", "1 of 2 failed")


def test_a_batch_that_failed_as_a_whole_looks_like_a_failure(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    subject = mapping.started("m1", "m2")
    mapping.ended(subject)
    mapping.result(subject, 2, ("m1", "m2"))

    [mark] = attempts(chart_of(mapping.journal))

    assert (mark.kind, mark.words) == ("all_failed", "2 of 2 failed")


@pytest.mark.parametrize(
    ("route", "kind"), [("on_success", "delivered"), ("on_failure", "failure_record"), ("dead_letter_queue", "failure_record")]
)
def test_a_delivery_after_success_differs_from_one_after_a_failure(events: EventJournal, route: Route, kind: str) -> None:
    events.delivered("id", route=route)

    assert kinds(chart_of(events.journal)) == [kind]


def test_records_that_are_discarded_do_not_look_like_a_function_error(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.ended(stream.started("1"), error_type="ValueError")
    stream.given_up("1")

    assert kinds(chart_of(stream.journal)) == ["function_error", "discarded"]


def test_the_words_of_grouped_errors_begin_with_the_inner_error(events: EventJournal) -> None:
    message = "All records failed.\n\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'sku'\n"
    events.ended(events.started("id"), message, error_type="BatchProcessingError")

    [mark] = chart_of(events.journal).marks

    assert mark.words == "KeyError: 'sku' (in BatchProcessingError)"


@pytest.mark.parametrize(
    ("stale", "kind", "label", "words"),
    [
        pytest.param((), "done", "×2", "", id="all deleted"),
        pytest.param(("m2",), "done", "", "1 not deleted", id="one kept"),
        pytest.param(("m1", "m2"), "kept", "", "2 not deleted", id="none deleted"),
    ],
)
def test_messages_that_could_not_be_deleted_are_not_done(
    clock: VirtualClock, stale: tuple[str, ...], kind: str, label: str, words: str
) -> None:
    mapping = MappingStory(clock)
    subject = mapping.started("m1", "m2")
    mapping.ended(subject)
    mapping.deleted(subject, "m1", "m2", stale=stale)

    _, mark = chart_of(mapping.journal).marks

    assert (mark.kind, mark.label, mark.words) == (kind, label, words)


def test_a_planned_fault_leads_to_the_attempt_that_it_makes_fail(events: EventJournal) -> None:
    events.accepted("id")
    events.journal.write(PlannedFaultMet(Subject("charge", "id", 1), "TimeoutError('bank is closed')"))
    events.ended(events.started("id"), "bank is closed")

    assert ("fault", "cause", "function_error#1") in links(chart_of(events.journal))


def test_a_planned_fault_after_the_handler_follows_from_its_attempt(events: EventJournal) -> None:
    events.ended(events.started("id"))
    events.journal.write(PlannedFaultMet(Subject("charge", "id", 1), "delete"))

    assert links(chart_of(events.journal)) == [("success#1", "cause", "fault")]


def test_kinds_of_entries_that_a_page_does_not_know_are_left_out(events: EventJournal) -> None:
    events.journal.write(Entry(Subject("charge", "id", 1)))

    assert chart_of(events.journal).marks == ()


@pytest.mark.parametrize(
    ("arn", "named"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:orders", ("queue", "orders")),
        ("arn:aws:sns:us-east-1:123456789012:alerts", ("topic", "alerts")),
        ("arn:aws:lambda:us-east-1:123456789012:function:audit:live", ("function", "audit")),
        ("arn:aws:events:us-east-1:123456789012:event-bus/failures", ("bus", "failures")),
        ("arn:aws:s3:::failures", ("bucket", "failures")),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/fast:1", ("stream", "clicks")),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000", ("table", "orders")),
    ],
)
def test_a_lane_is_named_after_what_its_arn_names(arn: str, named: tuple[str, str]) -> None:
    assert kind_and_name(arn) == named


# ---------------------------------------------------------------------- long journals


def test_the_first_and_the_last_of_many_similar_attempts_are_drawn(clock: VirtualClock) -> None:
    chart = collapsed(chart_of(poison_journal(clock, 12_000)))

    bars = [mark.label for mark in chart.marks if mark.lane == "function ship"]
    assert bars == ["#1", "#2", "#3", "11,994 more", "#11998", "#11999", "#12000"]


def test_marks_that_are_left_out_are_counted(clock: VirtualClock) -> None:
    whole = chart_of(poison_journal(clock, 1000))

    drawn = collapsed(whole)

    assert sum(mark.stands_for for mark in drawn.marks) == len(whole.marks) == 2000
    assert left_out(whole, drawn) == (2000 - 12, 0)


def test_one_success_among_a_thousand_failures_is_drawn(events: EventJournal) -> None:
    for number in range(1000):
        events.at(number)
        events.ended(events.started(f"id-{number}"), None if number == 500 else f"error {number}")

    assert kinds(collapsed(chart_of(events.journal))).count("success") == 1


def test_a_journal_without_similar_attempts_has_a_limited_number_of_marks(events: EventJournal) -> None:
    for number in range(2000):
        events.at(number)
        events.ended(events.started(f"id-{number}"), f"error {chr(0x4E00 + number)}")

    drawn = collapsed(chart_of(events.journal))

    assert len(drawn.marks) <= MARKS + 1
    assert left_out(chart_of(events.journal), drawn)[0] >= 2000 - MARKS


def test_the_first_of_too_many_lanes_are_drawn(events: EventJournal) -> None:
    for number in range(200):
        events.ended(events.started(f"id-{number}", function_name=f"function-{number}"))

    whole = chart_of(events.journal)

    assert left_out(whole, collapsed(whole)) == (200 - LANES, 200 - LANES)
