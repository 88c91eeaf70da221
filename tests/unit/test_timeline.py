from __future__ import annotations

from types import SimpleNamespace

import pytest
from entries import accepted, discarded, ended, refused, started, succeeded
from mapping_journals import DEAD, FUNCTION, ORDERS, MappingStory

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.attempts import PlannedFaultMet
from pytest_lambda_events.journal.batches import Deleted
from pytest_lambda_events.journal.entry import Subject
from pytest_lambda_events.journal.events import CallStopped, Retried
from pytest_lambda_events.report.brief import brief
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock


def one_life(journal: Journal, clock: VirtualClock) -> None:
    """One event that fails three times."""
    journal.write(accepted(Subject("charge", "id"), b'{"order": 7}'))
    for number, delay in ((1, 60), (2, 120), (3, 0)):
        subject = Subject("charge", "id", number)
        journal.write(started(subject, b'{"order": 7}'))
        journal.write(ended(subject, "card expired", error_type="CardExpired"))
        if delay:
            journal.write(Retried(subject, clock.elapsed + delay))
            clock.move_to(clock.microseconds + delay * 1_000_000)
    journal.write(discarded(Subject("charge", "id"), attempts=3))


def test_a_line_tells_of_an_attempt_and_of_what_follows(clock: VirtualClock) -> None:
    journal = Journal(clock)

    one_life(journal, clock)

    assert journal.timeline().splitlines() == [
        '  0 s   charge   accepted    {"order": 7}                request-id-1',
        "  0 s   charge   attempt 1   CardExpired: card expired   retry at 60 s",
        " 60 s   charge   attempt 2   CardExpired: card expired   retry at 180 s",
        "180 s   charge   attempt 3   CardExpired: card expired   RetriesExhausted, count 3",
    ]


def test_the_first_and_the_last_line_of_a_long_error_message_are_shown(clock: VirtualClock) -> None:
    journal = Journal(clock)
    subject = Subject("charge", "id", 1)

    journal.write(started(subject))
    journal.write(ended(subject, "2 failed: \n\nTraceback\nNoCard", error_type="BatchError"))
    journal.write(discarded(Subject("charge", "id")))

    assert journal.timeline() == "0 s   charge   attempt 1   BatchError: 2 failed: ... NoCard   RetriesExhausted, count 1"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param(" card expired\n", "card expired", id="one line"),
        pytest.param("1 error\n\n", "1 error", id="blank lines"),
        pytest.param("1 error\nqty\n  missing\n For further information visit https://x", "1 error ... missing", id="link"),
        pytest.param("1 error\n" + "x" * 161, f"1 error ... {'x' * 157}...", id="long"),
        pytest.param("\n", "", id="nothing"),
    ],
)
def test_an_error_message_becomes_one_line(message: str, text: str) -> None:
    assert brief(message) == text


def test_an_empty_journal_has_no_timeline(clock: VirtualClock) -> None:
    assert Journal(clock).timeline() == ""


def test_a_timeline_can_be_about_one_event(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_life(journal, clock)
    journal.write(accepted(Subject("audit", "other")))

    event = SimpleNamespace(history=list(journal.of_request("other")))

    assert journal.timeline(event) == "180 s   audit   accepted   {}   request-id-1"


def test_entries_are_kept_for_each_function_and_each_event(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_life(journal, clock)
    journal.write(accepted(Subject("audit", "other")))

    assert [entry.kind for entry in journal.of_function("audit")] == ["accepted"]
    assert len(journal.of_request("id")) == len(journal) - 1


def test_a_closed_journal_ignores_further_entries(clock: VirtualClock) -> None:
    journal = Journal(clock)
    journal.close()

    journal.write(accepted(Subject("charge", "id")))

    assert len(journal) == 0


def test_a_call_that_was_stopped_as_a_loop_has_a_line(clock: VirtualClock) -> None:
    journal = Journal(clock)

    journal.write(CallStopped(Subject("charge"), "arn"))

    assert journal.timeline() == "0 s   charge   refused   a recursive loop"


def test_each_line_names_its_event_if_several_were_accepted(clock: VirtualClock) -> None:
    journal = Journal(clock)
    for name in ("one", "two"):
        journal.write(accepted(Subject("charge", name)))

    for name in ("two", "one"):
        subject = Subject("charge", name, 1)
        journal.write(ended(subject))
        journal.write(succeeded(Subject("charge", name)))

    assert journal.timeline().splitlines() == [
        "0 s   charge   accepted    {}              request-id-1",
        "0 s   charge   accepted    {}              request-id-2",
        "0 s   charge   attempt 1   returned null   request-id-2, Success",
        "0 s   charge   attempt 1   returned null   request-id-1, Success",
    ]


def test_an_attempt_that_took_time_shows_when_it_started(clock: VirtualClock) -> None:
    journal = Journal(clock)
    subject = Subject("charge", "id", 1)

    journal.write(started(subject))
    clock.move_to(2_500_000)
    journal.write(ended(subject))

    assert journal.timeline() == "2.5 s   charge   attempt 1   returned null (began at 0 s)"


def test_an_attempt_that_has_not_ended_has_a_line(clock: VirtualClock) -> None:
    journal = Journal(clock)

    journal.write(started(Subject("charge", "id", 1)))

    assert journal.timeline() == "0 s   charge   attempt 1   has not ended"


def test_a_timeout_is_shown_without_the_request_id(clock: VirtualClock) -> None:
    journal = Journal(clock)
    message = "RequestId: id Error: Task timed out after 3.00 seconds"

    journal.write(ended(Subject("charge", "id", 1), message, error_type="Sandbox.Timedout"))

    assert journal.timeline() == "0 s   charge   attempt 1   Sandbox.Timedout: Task timed out after 3.00 seconds"


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [(0, "0 s"), (200_000, "0.2 s"), (1_209_600_000_000, "1209600 s"), (345_570_000_001, "345570.000001 s")],
    ids=["the start", "a fraction", "two weeks", "a microsecond after days"],
)
def test_an_instant_is_exact(clock: VirtualClock, microseconds: int, shown: str) -> None:
    journal = Journal(clock)
    clock.move_to(microseconds)

    journal.write(CallStopped(Subject("charge"), "arn"))

    assert journal.timeline().startswith(f"{shown}   charge")


def test_a_timeline_is_complete_unless_a_limit_is_given(clock: VirtualClock) -> None:
    journal = Journal(clock)
    for _ in range(1000):
        journal.write(CallStopped(Subject("charge"), "arn"))

    assert len(journal.timeline().splitlines()) == 1000
    assert journal.timeline(limit=3).splitlines() == [
        "0 s   charge   refused   a recursive loop",
        "...   998 more similar lines (refused), at 0 s",
        "0 s   charge   refused   a recursive loop",
    ]


# ---------------------------------------------------------------------- planned failures


@pytest.mark.parametrize("fault_is_first", [True, False], ids=["before the handler", "after the handler"])
def test_the_attempt_that_a_planned_failure_led_to_is_marked(clock: VirtualClock, *, fault_is_first: bool) -> None:
    journal = Journal(clock)
    subject = Subject("charge", "id", 1)
    entries = [PlannedFaultMet(subject, "TimeoutError()"), started(subject)]

    for entry in entries if fault_is_first else reversed(entries):
        journal.write(entry)
    for number in (1, 2):
        journal.write(ended(Subject("charge", "id", number), "x", error_type="TimeoutError"))

    assert journal.timeline().splitlines() == [
        "0 s   charge   attempt 1   TimeoutError: x (planned)",
        "0 s   charge   attempt 2   TimeoutError: x",
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("throttled", "throttled: Why (planned)"), ("service_error", "service error: Why (planned)")],
    ids=["a throttle", "a failure of Lambda itself"],
)
def test_an_attempt_that_was_refused_as_planned_is_marked(clock: VirtualClock, kind: str, text: str) -> None:
    journal = Journal(clock)

    journal.write(PlannedFaultMet(Subject("charge", "id", 1), kind))
    journal.write(refused(kind, Subject("charge", "id", 1), reason="Why"))

    assert journal.timeline() == f"0 s   charge   attempt 1   {text}"


def test_a_planned_failure_of_a_checkpoint_stands_on_the_attempt_before_it(clock: VirtualClock) -> None:
    journal = Journal(clock)
    subject = Subject("index", "batch", 1)

    journal.write(ended(subject))
    journal.write(PlannedFaultMet(subject, "checkpoint"))
    journal.write(ended(Subject("index", "batch", 2)))

    assert journal.timeline().splitlines() == [
        "0 s   index   attempt 1   returned null   checkpoint failed (planned)",
        "0 s   index   attempt 2   returned null",
    ]


def test_a_planned_duplicate_of_a_stream_s_batch_stands_on_the_attempt_before_it(lambda_events: LambdaEvents) -> None:
    index, clicks = lambda_events.function(lambda event, context: None, name="index"), lambda_events.stream("clicks")
    index.add_event_source(clicks, starting_position="TRIM_HORIZON")
    index.fail("duplicate")

    clicks.put({"page": 1}, partition_key="a")
    lambda_events.run_until_idle()

    assert lambda_events.journal.timeline().splitlines() == [
        "0 s   index   attempt 1   1 from clicks, returned null   is delivered again (planned duplicate)",
        "0 s   index   attempt 2   1 from clicks, returned null",
    ]


def test_a_planned_duplicate_of_a_queue_s_message_is_why_its_receipt_is_stale(lambda_events: LambdaEvents) -> None:
    ship, orders = lambda_events.function(lambda event, context: None, name="ship"), lambda_events.queue("orders")
    ship.add_event_source(orders)
    ship.fail("duplicate")

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert (
        'message-id-1 {"id": 1} not deleted: it was received again meanwhile (stale receipt)'
        in (lambda_events.journal.timeline().splitlines()[0])
    )


def test_a_failed_deletion_is_shown(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    subject = story.started("a")
    story.ended(subject)

    story.journal.write(PlannedFaultMet(subject, "delete"))
    story.journal.write(Deleted(subject, story.origin, ("a",), reason="processed", stale=("a",), failed="x"))

    [line] = lines(story)
    assert line.endswith('message-id-1 "a" not deleted: sqs:DeleteMessage failed (planned)')


def test_a_batch_that_was_split_as_planned_is_marked(clock: VirtualClock) -> None:
    story = MappingStory(clock)

    story.journal.write(PlannedFaultMet(Subject("ship", None, 1), "split"))
    story.succeeds("a")

    assert lines(story) == ["0 s ship attempt 1 1 from orders, returned null (planned split) 1 deleted"]


def test_a_long_list_of_failures_is_counted(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    subject = story.started("a")

    story.ended(subject, payload=b'{"batchItemFailures": [{"itemIdentifier": "d6a0ff40-2a5b-4f4c-a4a6-d0a9b6c2b9f5"}]}')

    assert lines(story) == ["0 s ship attempt 1 1 from orders, returned 1 batchItemFailures"]


# ---------------------------------------------------------------------- batches

BODIES = ['{"id": 1}', '{"id": 2, "address": null}']


def lines(story: MappingStory) -> list[str]:
    """The timeline's lines, with single blanks."""
    return [" ".join(line.split()) for line in story.journal.timeline().splitlines()]


def a_poison_message(story: MappingStory) -> None:
    """Two messages, of which one fails three times and is moved to the dead-letter queue."""
    story.polled("a", "b")
    subject = story.started("a", "b", bodies=BODIES)
    story.ended(subject, payload=b'{"batchItemFailures": []}')
    story.result(subject, 2, ["b"])
    story.deleted(subject, "a")
    story.at(60)
    story.polled("b")
    story.fails("b", attempt=2, bodies=BODIES[1:])
    story.at(120)
    story.redriven("b", 2)


POISON = [
    (
        '  0 s   ship     attempt 1   2 from orders, returned {"batchItemFailures": []}   '
        'message-id-2 {"id": 2, "address": null} failed, 1 deleted'
    ),
    " 60 s   ship     attempt 2   1 from orders, ValueError: no address               message-id-2 failed",
    '120 s   orders   redriven    message-id-2 {"id": 2, "address": null}             to orders-dead',
]


def test_the_timeline_of_a_poison_message_ends_at_the_dead_letter_queue(clock: VirtualClock) -> None:
    story = MappingStory(clock)

    a_poison_message(story)

    assert story.journal.timeline().splitlines() == POISON


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (SimpleNamespace(name="ship", arn=FUNCTION), POISON),
        (SimpleNamespace(name="orders", arn=ORDERS), POISON),
        (SimpleNamespace(name="orders-dead", arn=DEAD), ["120 s   orders   redriven   message-id-1   to orders-dead"]),
    ],
    ids=["the function", "the queue", "the dead-letter queue"],
)
def test_a_timeline_can_be_about_what_a_message_passed(
    clock: VirtualClock, about: SimpleNamespace, expected: list[str]
) -> None:
    story = MappingStory(clock)
    a_poison_message(story)
    story.journal.write(accepted(Subject("audit", "other")))

    assert story.journal.timeline(about).splitlines() == expected


def test_a_held_batch_is_tried_again_and_then_released(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.polled("a")
    story.throttled("a")
    story.at(3.5)
    story.not_found("a", attempt=2)
    story.at(30)
    story.released("a")

    assert lines(story) == [
        "0 s ship attempt 1 1 from orders, throttled: reserved concurrency is used up",
        "3.5 s ship attempt 2 1 from orders, function not found",
        '30 s ship released message-id-1 "a" to orders',
    ]


def test_filtered_messages_have_one_line(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.polled("a", "b", "c")

    story.filtered("b", "c")

    assert lines(story) == ['0 s ship filtered message-id-2 "body of b", message-id-3 "body of c" from orders 2 deleted']


def test_many_messages_are_counted_and_not_named(clock: VirtualClock) -> None:
    story = MappingStory(clock)

    story.fails("a", "b", "c", "d")

    assert lines(story) == ["0 s ship attempt 1 4 from orders, ValueError: no address 4 failed"]


def test_an_invalid_response_is_shown_with_the_reason(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    subject = story.started("a")
    story.ended(subject, payload=b'"x"')

    story.result(subject, 1, ["a"], reason='the response is not an object: "x"')

    assert lines(story) == [
        '0 s ship attempt 1 1 from orders, returned "x" message-id-1 "a" failed (the response is not an object: "x")'
    ]


def test_a_stale_receipt_deletes_nothing(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    subject = story.started("a", "b")
    story.ended(subject)
    story.result(subject, 2)

    story.deleted(subject, "a", "b", stale=["b"])

    assert lines(story) == [
        (
            "0 s ship attempt 1 2 from orders, returned null 1 deleted, "
            'message-id-2 "b" not deleted: the visibility timeout was over (stale receipt)'
        )
    ]


def test_a_message_that_expired_unread_has_a_line(clock: VirtualClock) -> None:
    story = MappingStory(clock)

    story.expired("a")

    assert lines(story) == ["0 s orders expired message-id-1"]


def test_batches_take_no_number_of_a_request(clock: VirtualClock) -> None:
    story = MappingStory(clock)
    story.succeeds("a")

    story.journal.write(accepted(Subject("audit", "other")))

    assert lines(story)[1] == "0 s audit accepted {} request-id-1"
