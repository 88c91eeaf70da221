"""DLQ-10 to 32: what a function's dead-letter queue gets, and when."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Queue


def take(event: Any, context: Any) -> None:
    pass


def decline(event: Any, context: Any) -> None:
    raise Exception("boom")


def echo(event: Any, context: Any) -> None:
    raise ValueError(event)


def sleep(event: Any, context: Any) -> None:
    time.sleep(event)


def attributes(lambda_events: LambdaEvents, queue: Queue) -> dict[str, Any]:
    """The message attributes of the only message of a queue, as boto3 receives them."""
    [message] = lambda_events.client("sqs").receive_message(QueueUrl=queue.url, MessageAttributeNames=["All"])["Messages"]
    found: dict[str, Any] = message.get("MessageAttributes", {})
    return found


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def number(value: str) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": value}


def reasons(event: Any) -> list[str]:
    """Why deliveries of an event failed."""
    return [entry.detail["reason"] for entry in event.history if entry.kind == "delivery_failed"]


# ------------------------------------------------------------------ when


@pytest.mark.rule("DLQ-10", "DLQ-12", "DLQ-20", "DLQ-21", "DLQ-22", "DLQ-23")
@pytest.mark.scenario("DLQ Q1")
def test_an_event_that_always_fails_is_a_dead_letter_after_three_minutes(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    event = lambda_events.function(decline, dead_letter_queue=dead).invoke_async(b'{"order": 7}')
    lambda_events.run(until=179.999999)
    before = dead.messages
    lambda_events.run(until=180)

    assert before == []
    assert [message.body for message in dead.messages] == ['{"order": 7}']
    assert attributes(lambda_events, dead) == {
        "RequestID": text(event.request_id),
        "ErrorCode": number("200"),
        "ErrorMessage": text("boom"),
    }


@pytest.mark.rule("DLQ-10")
@pytest.mark.scenario("DLQ Q11")
def test_a_success_leaves_no_letter(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    event = lambda_events.function(take, dead_letter_queue=dead).invoke_async()
    lambda_events.run_until_idle()

    assert (event.condition, dead.messages) == ("Success", [])


@pytest.mark.rule("DLQ-10")
def test_a_success_after_a_failure_leaves_no_letter(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    charge = lambda_events.function(decline, name="charge", dead_letter_queue=dead)
    event = charge.invoke_async()
    lambda_events.advance(30)

    charge.update(handler=take)
    lambda_events.run_until_idle()

    assert (event.condition, dead.messages) == ("Success", [])


@pytest.mark.rule("DLQ-10")
def test_an_event_too_old_for_a_retry_becomes_a_dead_letter_immediately(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    lambda_events.function(decline, dead_letter_queue=dead, maximum_event_age_in_seconds=60).invoke_async()
    lambda_events.run(until=0)

    assert [letter.error_code for letter in dead.dead_letters] == [200]


@pytest.mark.rule("DLQ-11", "DLQ-10")
@pytest.mark.scenario("DLQ Q5")
def test_queue_and_destination_are_served_at_the_same_instant(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")

    event = lambda_events.function(decline, on_failure=failures, dead_letter_queue=dead).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    [record], [letter] = failures.invocation_records, dead.dead_letters
    assert (record.request_id, letter.request_id) == (event.request_id, event.request_id)
    assert [message.sent_at for message in (*failures.messages, *dead.messages)] == [event.ended_at] * 2
    assert event.ended_after_seconds == 180


# ------------------------------------------------------------------ what


@pytest.mark.rule("DLQ-20")
def test_the_letter_is_the_event_byte_for_byte(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    payload = ' {"a":  1, "é": "λ"}\n'

    lambda_events.function(decline, dead_letter_queue=dead, maximum_retry_attempts=0).invoke_async(payload.encode())
    lambda_events.run_until_idle()

    assert [message.body for message in dead.messages] == [payload]


@pytest.mark.rule("DLQ-22", "DLQ-23")
@pytest.mark.scenario("DLQ Q2")
def test_the_dead_letter_of_a_timeout_has_its_message(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    event = lambda_events.function(sleep, dead_letter_queue=dead, maximum_retry_attempts=0).invoke_async(5)
    lambda_events.run_until_idle()

    [letter] = dead.dead_letters
    assert event.ended_after_seconds == 3
    assert letter.error_code == 200
    assert letter.error_message == f"RequestId: {event.request_id} Error: Task timed out after 3.00 seconds"


@pytest.mark.rule("DLQ-24", "DLQ-10")
@pytest.mark.scenario("DLQ Q3")
def test_the_letter_of_zero_concurrency_has_no_code(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    event = lambda_events.function(take, dead_letter_queue=dead, reserved_concurrent_executions=0).invoke_async()
    lambda_events.run_until_idle()

    assert lambda_events.elapsed == 0
    assert attributes(lambda_events, dead) == {
        "RequestID": text(event.request_id),
        "ErrorMessage": text("Function not invoked. Function isconfigured with zero reserved concurrent executions"),
    }


@pytest.mark.rule("DLQ-22", "DLQ-23", "CON-38")
@pytest.mark.scenario("DLQ Q4")
def test_the_dead_letter_of_a_throttled_event_has_the_code_429(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    function = lambda_events.function(
        sleep, timeout=300, dead_letter_queue=dead, maximum_event_age_in_seconds=60, reserved_concurrent_executions=1
    )
    function.invoke_async(200)

    event = function.invoke_async(0)
    lambda_events.run_until_idle()

    [letter] = dead.dead_letters
    assert (letter.request_id, event.ended_after_seconds) == (event.request_id, 31)
    assert (letter.error_code, letter.error_message) == (429, "Rate Exceeded.")


@pytest.mark.rule("DLQ-22", "DLQ-23", "DLQ-10")
@pytest.mark.parametrize(("qualifier", "shown"), [(None, "$LATEST"), ("1", "1"), ("live", "live")])
def test_the_letter_of_a_function_that_is_gone_names_it_as_invoked(
    lambda_events: LambdaEvents, qualifier: str | None, shown: str
) -> None:
    dead = lambda_events.queue("dead")
    function = lambda_events.function(decline, dead_letter_queue=dead)
    function.publish_version()
    function.create_alias("live", function_version="1")
    named = {} if qualifier is None else {"Qualifier": qualifier}
    lambda_events.client("lambda").invoke(FunctionName="decline", InvocationType="Event", **named)
    lambda_events.advance(1)

    function.delete()
    lambda_events.run_until_idle()

    [letter] = dead.dead_letters
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:decline:{shown}"
    assert (letter.error_code, letter.error_message) == (404, f"Function not found: {arn}")


@pytest.mark.rule("DLQ-25")
@pytest.mark.scenario("DLQ Q9")
def test_a_long_message_is_cut_after_1024_bytes(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    lambda_events.function(echo, dead_letter_queue=dead, maximum_retry_attempts=0).invoke_async("é" * 3000)
    lambda_events.run_until_idle()

    assert [letter.error_message for letter in dead.dead_letters] == ["é" * 512]


@pytest.mark.rule("DLQ-26")
def test_an_error_without_message_leaves_a_letter_without_the_attribute(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    event = lambda_events.function(echo, dead_letter_queue=dead, maximum_retry_attempts=0).invoke_async("")
    lambda_events.run_until_idle()

    assert attributes(lambda_events, dead) == {"RequestID": text(event.request_id), "ErrorCode": number("200")}


@pytest.mark.rule("DLQ-27", "DLQ-30")
@pytest.mark.parametrize(
    ("message", "queues", "topics"),
    [("tab\t", 1, 1), ("\ud7ff", 1, 1), ("\x01", 0, 0), ("\ufffe", 0, 0), ("\uffff", 0, 0), ("😀", 1, 0)],
    ids=["tab", "end of the BMP", "control", "U+FFFE", "U+FFFF", "beyond the BMP"],
)
def test_characters_that_attributes_cannot_have_lose_the_letter(
    lambda_events: LambdaEvents, message: str, queues: int, topics: int
) -> None:
    queue, topic = lambda_events.queue("dead"), lambda_events.topic("dead")
    one = lambda_events.function(echo, name="one", dead_letter_queue=queue, maximum_retry_attempts=0)
    two = lambda_events.function(echo, name="two", dead_letter_queue=topic, maximum_retry_attempts=0)

    events = [one.invoke_async(message), two.invoke_async(message)]
    lambda_events.run_until_idle()

    assert (len(queue.messages), len(topic.messages)) == (queues, topics)
    assert [len(reasons(event)) for event in events] == [1 - queues, 1 - topics]


@pytest.mark.rule("DLQ-28")
def test_a_topic_gets_the_event_with_the_same_attributes(lambda_events: LambdaEvents) -> None:
    dead, inbox = lambda_events.topic("dead"), lambda_events.queue("inbox")
    dead.subscribe(inbox)

    event = lambda_events.function(decline, dead_letter_queue=dead, maximum_retry_attempts=0).invoke_async(b'{"order":  7}')
    lambda_events.run_until_idle()

    [message] = inbox.messages
    assert message.json["Message"] == '{"order":  7}'
    assert "Subject" not in message.json
    assert message.json["MessageAttributes"] == {
        "RequestID": {"Type": "String", "Value": event.request_id},
        "ErrorCode": {"Type": "Number", "Value": "200"},
        "ErrorMessage": {"Type": "String", "Value": "boom"},
    }


@pytest.mark.rule("DLQ-29", "DLQ-20")
def test_a_letter_has_the_system_attributes_of_a_record(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")

    lambda_events.function(decline, dead_letter_queue=dead, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    [message] = dead.messages
    role, _, session = message.attributes["SenderId"].partition(":")
    assert (role[:4], session) == ("AROA", "awslambda_1_20260101000000000")
    assert [part.partition("=")[0] for part in message.attributes["AWSTraceHeader"].split(";")] == [
        "Root", "Parent", "Sampled",
    ]  # fmt: skip


# ------------------------------------------------------------------ lost


@pytest.mark.rule("DLQ-30")
@pytest.mark.scenario("DLQ Q7")
def test_a_letter_whose_queue_is_gone_is_lost(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    function = lambda_events.function(decline, dead_letter_queue=dead)
    event = function.invoke_async()
    lambda_events.advance(179)

    dead.delete()
    lambda_events.run_until_idle()

    assert (event.condition, reasons(event)) == ("RetriesExhausted", ["queue dead does not exist"])
    assert lambda_events.metrics.values("DeadLetterErrors", function) == [1]
    assert lambda_events.metrics.values("AsyncEventsDropped", function) == [1]


@pytest.mark.rule("DLQ-31", "DLQ-30")
def test_a_lost_letter_does_not_touch_the_destination(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.topic("dead")
    function = lambda_events.function(decline, on_failure=failures, dead_letter_queue=dead, maximum_retry_attempts=0)
    dead.delete()

    event = function.invoke_async()
    lambda_events.run_until_idle()

    assert [record.request_id for record in failures.invocation_records] == [event.request_id]
    assert lambda_events.metrics.values("DeadLetterErrors", function) == [1]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == []


@pytest.mark.rule("DLQ-32", "DLQ-30")
@pytest.mark.scenario("DLQ Q8")
def test_a_letter_too_large_for_its_topic_is_lost(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.topic("dead")
    function = lambda_events.function(decline, dead_letter_queue=dead, maximum_retry_attempts=0)

    event = function.invoke_async("x" * 262_098)
    lambda_events.run_until_idle()

    assert (dead.messages, len(reasons(event))) == ([], 1)
    assert lambda_events.metrics.values("DeadLetterErrors", function) == [1]


ATTRIBUTES = len("RequestIDString") + 36 + len("ErrorCodeNumber200") + len("ErrorMessageStringboom")
"""What the three attributes add to a letter, in bytes."""


@pytest.mark.rule("DLQ-32")
@pytest.mark.parametrize(("kind", "limit"), [("queue", 1_048_576), ("topic", 262_144)])
@pytest.mark.parametrize(("beyond", "count"), [(0, 1), (1, 0)], ids=["at the limit", "one byte more"])
def test_body_and_attributes_together_may_be_as_large_as_the_target_allows(
    lambda_events: LambdaEvents, kind: str, limit: int, beyond: int, count: int
) -> None:
    dead = getattr(lambda_events, kind)("dead")
    function = lambda_events.function(decline, dead_letter_queue=dead, maximum_retry_attempts=0)

    function.invoke_async(b'"%s"' % (b"x" * (limit - ATTRIBUTES - 2 + beyond)))
    lambda_events.run_until_idle()

    assert len(dead.dead_letters) == count
