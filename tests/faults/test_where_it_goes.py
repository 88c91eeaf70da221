"""Destinations and dead-letter queues that cannot be reached, as planned: the message is lost, and nothing else changes."""

from __future__ import annotations

import pytest
from fault_stories import STREAMS, story_of

from pytest_lambda_events import LambdaEvents


@pytest.mark.rule("DST-50", "DST-54", "MET-34")
def test_success_whose_delivery_fails_is_a_success(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("destination")

    event = story.begin()
    lambda_events.run_until_idle()

    assert (event.condition, story.starts, story.successes.messages) == ("Success", [0], [])
    assert lambda_events.metrics.values("DestinationDeliveryFailures", story.fn) == [1]
    assert lambda_events.metrics.values("Errors", story.fn) == [0]


@pytest.mark.rule("DST-50", "DLQ-31")
def test_failure_whose_delivery_to_the_destination_fails_reaches_the_dead_letter_queue(
    lambda_events: LambdaEvents,
) -> None:
    story = story_of(lambda_events, "async", maximum_retry_attempts=0)
    story.plan(ValueError("broken"))
    story.plan("destination")

    event = story.begin()
    lambda_events.run_until_idle()

    assert (event.condition, story.failures.messages, len(story.dead.dead_letters)) == ("RetriesExhausted", [], 1)
    assert lambda_events.metrics.values("DestinationDeliveryFailures", story.fn) == [1]
    assert lambda_events.metrics.values("DeadLetterErrors", story.fn) == []


@pytest.mark.rule("DLQ-30", "DLQ-31")
def test_failure_whose_dead_letter_fails_reaches_its_destination(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async", maximum_retry_attempts=0)
    story.plan(ValueError("broken"))
    planned = story.plan("dead_letter_queue")

    story.begin()
    lambda_events.run_until_idle()

    assert (story.dead.messages, len(story.failures.invocation_records), planned.times_met) == ([], 1, 1)
    assert lambda_events.metrics.values("DeadLetterErrors", story.fn) == [1]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", story.fn) == []


@pytest.mark.rule("KIN-78", "KIN-99", "DDB-25")
@pytest.mark.parametrize("source", STREAMS)
def test_batch_whose_failure_record_is_not_delivered_is_discarded(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source, maximum_retry_attempts=0, metrics=["EventCount"])
    [mapping] = lambda_events.event_source_mappings.values()
    story.plan(ValueError("broken"), times=1)
    story.plan("destination")

    story.begin()
    lambda_events.run_until_idle()

    assert (story.outcomes, story.failures.messages) == (["function_error"], [])
    assert lambda_events.metrics.values("DestinationDeliveryFailures", story.fn) == [1]
    assert lambda_events.metrics.values("DroppedEventCount", mapping) == [3]


@pytest.mark.parametrize(("attempts", "arrives"), [([1], True), ([3], False)], ids=["the first attempt", "the last attempt"])
def test_delivery_belongs_to_the_attempt_that_it_follows(
    lambda_events: LambdaEvents, attempts: list[int], arrives: bool
) -> None:
    story = story_of(lambda_events, "async")
    story.plan(ValueError("broken"))
    story.plan("destination", attempts=attempts, optional=True)

    story.begin()
    lambda_events.run_until_idle()

    assert bool(story.failures.messages) is arrives


def test_delivery_can_fail_depending_on_the_event(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("destination", when=lambda event: event["order"] == 13)

    for order in (7, 13):
        story.fn.invoke_async({"order": order})
    lambda_events.run_until_idle()

    assert [record.request_payload for record in story.successes.invocation_records] == [{"order": 7}]
