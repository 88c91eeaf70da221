from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents


class CardExpired(Exception):
    pass


def charge(event: Any, context: Any) -> dict[str, int]:
    if event.get("card") == "expired":
        raise CardExpired("card expired")
    return {"charged": event["order"]}


EXPIRED = {"order": 7, "card": "expired"}


def test_failed_event_reaches_the_destination_and_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    failures, dead_letters = lambda_events.queue("failures"), lambda_events.queue("dead-letters")
    function = lambda_events.function(charge, on_failure=failures, dead_letter_queue=dead_letters)

    event = function.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RetriesExhausted", 3)
    assert record.request_payload == EXPIRED
    assert record.response_payload["errorType"] == "CardExpired"
    [message] = dead_letters.dead_letters
    assert (message.json, message.request_id) == (EXPIRED, event.request_id)
    assert (message.error_code, message.error_message) == (200, "card expired")


def test_rule_of_the_event_bus_receives_the_invocation_record(lambda_events: LambdaEvents) -> None:
    outcomes = lambda_events.event_bus("outcomes")
    audit = lambda_events.function(lambda event, context: event["detail"]["responsePayload"], name="audit")
    outcomes.add_rule({"source": ["lambda"]}, audit)
    function = lambda_events.function(charge, on_success=outcomes)

    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.response for attempt in audit.attempts] == [{"charged": 7}]


def test_invocation_record_is_lost_if_the_queue_is_deleted(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=failures)
    failures.delete()

    event = function.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert [entry.kind for entry in event.history][-1] == "delivery_failed"
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]
