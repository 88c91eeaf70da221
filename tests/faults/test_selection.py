"""Which attempts a fault strikes, and which of several does."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from fault_stories import SOURCES, Story, story_of

from pytest_lambda_events import LambdaEvents

BROKEN, OTHER = ValueError("broken"), KeyError("other")
FAILED, DONE = "function_error", "success"


@pytest.fixture
def story(lambda_events: LambdaEvents) -> Story:
    """A function with two retries, after 60 and 120 s."""
    return story_of(lambda_events, "async")


def errors(story: Story) -> list[str | None]:
    """The error of each attempt."""
    return [attempt.error_type for attempt in story.attempts]


# ---------------------------------------------------------------------- attempts and times


@pytest.mark.parametrize(
    ("attempts", "outcomes"),
    [
        ([1], [FAILED, DONE]),
        ([2], [DONE]),
        ((1, 2), [FAILED, FAILED, DONE]),
        ({1, 2, 3}, [FAILED] * 3),
        (range(1, 3), [FAILED, FAILED, DONE]),
        ([1, 3], [FAILED, DONE]),
    ],
    ids=["first", "second", "two", "all", "range", "first and third"],
)
def test_fault_strikes_the_attempts_of_these_numbers(
    lambda_events: LambdaEvents, story: Story, attempts: Any, outcomes: list[str]
) -> None:
    story.plan(BROKEN, attempts=attempts, optional=True)

    story.begin()
    lambda_events.run_until_idle()

    assert story.outcomes == outcomes


@pytest.mark.parametrize("source", SOURCES)
def test_refused_attempts_have_numbers_too(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    story.plan("throttle", attempts=[1])
    story.plan(BROKEN, attempts=[2])

    story.begin()
    lambda_events.run_until_idle()

    assert story.outcomes == ["throttled", FAILED, DONE]


def test_fault_is_spent_when_it_was_met_often_enough(lambda_events: LambdaEvents, story: Story) -> None:
    planned = story.plan(BROKEN, times=2)

    for _ in range(3):
        story.begin()
    lambda_events.run_until_idle()

    assert (story.outcomes.count(FAILED), story.outcomes.count(DONE), planned.times_met) == (2, 3, 2)


def test_a_fault_happens_if_all_its_conditions_are_true(lambda_events: LambdaEvents, story: Story) -> None:
    planned = story.plan(BROKEN, attempts=[1], times=1, until=10, when=lambda event: event["order"] == 13)

    events = [story.fn.invoke_async({"order": order}) for order in (7, 13, 13)]
    lambda_events.advance(20)
    events.append(story.fn.invoke_async({"order": 13}))
    lambda_events.run_until_idle()

    assert [len(event.attempts) for event in events] == [1, 2, 1, 1]
    assert planned.times_met == 1


# ---------------------------------------------------------------------- until

UNTIL_60 = {
    "seconds": lambda environment: 60,
    "fraction": lambda environment: 60.0,
    "timedelta": lambda environment: timedelta(minutes=1),
    "datetime": lambda environment: environment.now + timedelta(minutes=1),
}


@pytest.mark.parametrize("until", UNTIL_60.values(), ids=UNTIL_60)
def test_until_is_an_instant_on_the_scale_of_the_clock(lambda_events: LambdaEvents, story: Story, until: Any) -> None:
    story.plan(BROKEN, until=until(lambda_events))

    story.begin()
    lambda_events.run_until_idle()

    assert story.outcomes == [FAILED, DONE]


@pytest.mark.parametrize(
    ("until", "outcomes"),
    [(59.999999, [FAILED, DONE]), (60, [FAILED, DONE]), (60.000001, [FAILED, FAILED, DONE])],
    ids=["just before", "at", "just after"],
)
def test_try_that_begins_at_until_is_spared(
    lambda_events: LambdaEvents, story: Story, until: float, outcomes: list[str]
) -> None:
    story.plan(BROKEN, until=until)

    story.begin()
    lambda_events.run_until_idle()

    assert story.outcomes == outcomes


FAULTS_AT_THE_END = [
    ("async", "destination"), ("async", "duplicate"), ("sqs", "delete"), ("kinesis", "checkpoint"), ("kinesis", "duplicate"),
    ("dynamodb", "checkpoint"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "failure"), FAULTS_AT_THE_END)
@pytest.mark.parametrize(("until", "is_met"), [(0, False), (1, True)], ids=["at", "after"])
def test_until_compares_the_start_of_the_attempt_also_for_faults_at_its_end(
    lambda_events: LambdaEvents, source: str, failure: str, until: float, is_met: bool
) -> None:
    story = story_of(lambda_events, source)
    story.fn.update(handler=lambda event, context: time.sleep(2), timeout=5)
    planned = story.plan(failure, until=until, optional=True)

    story.begin()
    lambda_events.run_until_idle()

    assert bool(planned.times_met) is is_met


# ---------------------------------------------------------------------- when


@pytest.mark.parametrize("source", ["sqs", "kinesis", "dynamodb"])
def test_predicate_is_given_the_event_of_a_batch(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    seen: list[Any] = []
    story.plan(BROKEN, when=lambda event: seen.append(event), optional=True)

    story.begin()
    lambda_events.run_until_idle()

    assert seen == story.runs
    assert len(seen[0]["Records"]) == 3


def test_predicate_of_a_call_without_payload_is_given_an_empty_event(lambda_events: LambdaEvents, story: Story) -> None:
    story.plan(BROKEN, when=lambda event: event == {})

    answer = lambda_events.client("lambda").invoke(FunctionName="work")

    assert answer["FunctionError"] == "Unhandled"


def test_predicate_may_answer_with_anything(lambda_events: LambdaEvents, story: Story) -> None:
    story.plan(BROKEN, when=lambda event: event.get("card"))

    outcomes = [story.fn.invoke(event).function_error for event in ({"card": ""}, {"card": "expired"}, {})]

    assert outcomes == [None, "Unhandled", None]


def test_error_of_a_predicate_shows_the_event(lambda_events: LambdaEvents, story: Story) -> None:
    def is_unlucky(event: Any) -> bool:
        return bool(event["number"] == 13)

    story.plan(BROKEN, when=is_unlucky, optional=True)
    story.begin()

    message = r'work\.fail\(ValueError\(.broken.\)\): when=is_unlucky raised KeyError: \'number\' on the event {"order": 7}\.'
    with pytest.raises(Exception, match=message):
        lambda_events.run_until_idle()


# ---------------------------------------------------------------------- which of several


def test_the_first_of_two_faults_happens_until_it_is_used_up(lambda_events: LambdaEvents, story: Story) -> None:
    story.plan(BROKEN, times=1)
    story.plan(OTHER, times=1)

    story.begin()
    lambda_events.run_until_idle()

    assert errors(story) == ["ValueError", "KeyError", None]


def test_throttle_comes_before_what_was_planned_first(lambda_events: LambdaEvents, story: Story) -> None:
    story.plan(BROKEN, attempts=[1, 2, 3])
    story.plan("service_error", attempts=[1, 2])
    story.plan("throttle", attempts=[1])

    story.begin()
    lambda_events.run_until_idle()

    assert story.outcomes == ["throttled", "service_error", FAILED, DONE]


def test_refused_try_does_not_use_up_a_fault_of_the_handler(lambda_events: LambdaEvents, story: Story) -> None:
    later = story.plan(BROKEN, times=1)
    story.plan("throttle", times=1)

    story.begin()
    lambda_events.advance(0)
    met_before = later.times_met
    lambda_events.run_until_idle()

    assert (met_before, later.times_met) == (0, 1)
    assert story.outcomes == ["throttled", FAILED, DONE]


def test_faults_of_different_stages_can_all_happen_in_one_attempt(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs")
    met = [story.plan("split", sizes=[1], times=1), story.plan("duplicate", times=1), story.plan("delete", times=1)]

    story.begin()
    lambda_events.run_until_idle()

    assert [planned.times_met for planned in met] == [1, 1, 1]
    assert story.source.messages == []


@pytest.mark.lambda_failure("work", KeyError("marker"), attempts=[1, 2])
def test_call_comes_before_a_marker(lambda_events: LambdaEvents, story: Story) -> None:
    story.plan(BROKEN, attempts=[1])

    story.begin()
    lambda_events.run_until_idle()

    assert errors(story) == ["ValueError", "KeyError", None]


@pytest.mark.lambda_failure("work", KeyError("wider"), attempts=[1, 2])
class TestCloserAndWider:
    @pytest.mark.lambda_failure("work", ValueError("closer"), attempts=[1])
    def test_closer_marker_comes_before_a_wider_one(self, lambda_events: LambdaEvents, story: Story) -> None:
        story.begin()
        lambda_events.run_until_idle()

        assert errors(story) == ["ValueError", "KeyError", None]


# ---------------------------------------------------------------------- taken back, counted


def test_a_cancelled_fault_does_not_happen_again_and_need_not_happen(lambda_events: LambdaEvents, story: Story) -> None:
    planned, never = story.plan(BROKEN), story.plan("timeout", when=lambda event: False)

    story.begin()
    lambda_events.advance(0)
    planned.cancel()
    never.cancel()
    lambda_events.run_until_idle()

    assert (story.outcomes, planned.times_met) == ([FAILED, DONE], 1)


def test_fault_tells_what_it_is_and_how_often_it_was_met(lambda_events: LambdaEvents, story: Story) -> None:
    planned = story.plan(BROKEN, attempts=[1])

    story.begin()
    lambda_events.run_until_idle()

    assert repr(planned) == "<PlannedFault work: ValueError('broken'), attempts=[1], met 1 times>"


def test_journal_tells_of_a_fault_right_before_the_attempt(lambda_events: LambdaEvents, story: Story) -> None:
    story.plan(BROKEN, attempts=[1])

    event = story.begin()
    lambda_events.advance(0)

    entries = [(entry.kind, entry.attempt) for entry in event.history]
    assert entries == [("accepted", None), ("planned_fault", 1), ("started", 1), ("ended", 1), ("retried", 1)]
    assert event.history[1].detail == {"failure": "ValueError('broken')"}


# ---------------------------------------------------------------------- whose


def test_fault_of_an_alias_strikes_calls_through_it_only(lambda_events: LambdaEvents, story: Story) -> None:
    version = story.fn.publish_version()
    live = story.fn.create_alias("live", function_version=version.version)
    live.fail(BROKEN)

    outcomes = [fn.invoke().function_error for fn in (live, story.fn, version)]

    assert outcomes == ["Unhandled", None, None]


def test_fault_of_a_function_strikes_calls_through_its_aliases_too(lambda_events: LambdaEvents, story: Story) -> None:
    live = story.fn.create_alias("live", function_version=story.fn.publish_version().version)
    story.plan(BROKEN)

    event = live.invoke_async()
    lambda_events.run_until_idle()

    assert event.condition == "RetriesExhausted"


def test_fault_of_an_alias_strikes_the_batches_of_its_event_source(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(lambda event, context: None, name="audit")
    live = fn.create_alias("live", function_version=fn.publish_version().version)
    live.add_event_source(orders)
    live.fail("delete", times=1)
    live.fail(BROKEN, attempts=[2])

    orders.send("a")
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in fn.batches] == [0, 30, 60]
    assert orders.messages == []


def test_fault_of_one_function_spares_another(lambda_events: LambdaEvents, story: Story) -> None:
    def other(event: Any, context: Any) -> None: ...

    spared = lambda_events.function(other)
    story.plan(BROKEN, attempts=[1])

    events = [story.begin(), spared.invoke_async()]
    lambda_events.run_until_idle()

    assert [len(event.attempts) for event in events] == [2, 1]


def test_naive_clock_of_the_machine_is_not_asked(lambda_events: LambdaEvents, story: Story) -> None:
    lambda_events.advance(100)
    story.plan(BROKEN, until=datetime.now(lambda_events.now.tzinfo) + timedelta(seconds=10))

    event = story.begin()
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == [FAILED, DONE]


def test_a_list_of_attempts_that_the_test_changes_later_plans_nothing_else(story: Story, lambda_events: LambdaEvents) -> None:
    attempts = [1]
    planned = story.plan(BROKEN, attempts=attempts)
    attempts.append(2)

    story.begin()
    lambda_events.run_until_idle()

    assert planned.times_met == 1
