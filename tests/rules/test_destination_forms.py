"""DST-13 and DST-30 to 39: in which form each kind of destination gets the record."""

from __future__ import annotations

import json
import os
import re
import time
from importlib.metadata import version
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

BUS = "arn:aws:events:us-east-1:123456789012:event-bus/outcomes"
ARN = "arn:aws:lambda:us-east-1:123456789012:function"
HEADER = r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]"


def take(event: Any, context: Any) -> dict[str, bool]:
    return {"ok": True}


def decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


OLD_MOTO = tuple(int(part) for part in version("moto").split(".")[:2]) < (5, 2)


@pytest.mark.rule("DST-30", "DST-31")
@pytest.mark.skipif(OLD_MOTO, reason="moto before 5.2 shows system attributes among the message's own")
def test_a_queue_gets_the_record_as_body_and_only_system_attributes(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    lambda_events.advance(1.5)
    lambda_events.function(decline, on_failure=failures, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    [message] = lambda_events.client("sqs").receive_message(
        QueueUrl=failures.url, AttributeNames=["All"], MessageAttributeNames=["All"]
    )["Messages"]

    assert list(json.loads(message["Body"]))[:2] == ["version", "timestamp"]
    assert "MessageAttributes" not in message
    assert re.fullmatch(r"ARO[0-9A-Z]+:awslambda_\d+_20260101000001500", message["Attributes"]["SenderId"])
    assert re.fullmatch(HEADER, message["Attributes"]["AWSTraceHeader"])


@pytest.mark.rule("DST-32")
def test_a_topic_hands_the_record_to_its_subscribers_as_text(lambda_events: LambdaEvents) -> None:
    alerts, inbox, raw = lambda_events.topic("alerts"), lambda_events.queue("inbox"), lambda_events.queue("raw")
    alerts.subscribe(inbox)
    alerts.subscribe(raw, raw_message_delivery=True)

    event = lambda_events.function(decline, on_failure=alerts, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    [message], [plain] = inbox.messages, raw.messages
    assert message.json.keys().isdisjoint({"Subject", "MessageAttributes"})
    assert message.json["Message"] == plain.body
    assert [record.request_id for record in raw.invocation_records] == [event.request_id]


@pytest.mark.rule("DST-32")
def test_a_function_that_listens_to_the_topic_gets_the_record_too(lambda_events: LambdaEvents) -> None:
    alerts, audit = lambda_events.topic("alerts"), lambda_events.function(take)
    alerts.subscribe(audit)

    event = lambda_events.function(decline, on_failure=alerts, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    [attempt] = audit.attempts
    message = json.loads(attempt.event["Records"][0]["Sns"]["Message"])
    assert message["requestContext"]["requestId"] == event.request_id


@pytest.mark.rule("DST-33")
@pytest.mark.scenario("DST D8")
def test_a_function_gets_the_record_as_an_event_of_its_own(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    second = lambda_events.function(decline, name="second", dead_letter_queue=dead)
    first = lambda_events.function(decline, name="first", on_failure=second, maximum_retry_attempts=0)

    event = first.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    [passed_on] = second.events
    [letter] = dead.dead_letters
    assert [attempt.started_after_seconds for attempt in passed_on.attempts] == [0, 60, 180]
    assert passed_on.payload["requestContext"]["requestId"] == event.request_id != passed_on.request_id
    assert (letter.request_id, letter.json) == (passed_on.request_id, passed_on.payload)


@pytest.mark.rule("DST-33", "DST-15")
def test_a_function_gets_the_very_bytes_of_the_record(lambda_events: LambdaEvents) -> None:
    audit, receipts = lambda_events.function(take, name="audit"), lambda_events.queue("receipts")
    first = lambda_events.function(take, name="first", on_success=audit)
    second = lambda_events.function(take, name="second", on_success=receipts)

    for function in (first, second):
        function.invoke_async(b' {"order":  7}')
    lambda_events.run_until_idle()

    [heard], [sent] = audit.invocation_records, receipts.invocation_records
    assert heard.text == sent.text.replace("second", "first").replace(sent.request_id, heard.request_id)


@pytest.mark.rule("DST-33", "CON-39")
def test_a_throttled_destination_holds_up_only_itself(lambda_events: LambdaEvents) -> None:
    slow = lambda_events.function(
        lambda event, context: time.sleep(2), name="slow", timeout=10, reserved_concurrent_executions=1
    )
    first = lambda_events.function(take, on_success=slow)

    events = [first.invoke_async() for _ in range(2)]
    lambda_events.run_until_idle()

    assert [(event.condition, event.ended_after_seconds) for event in events] == [("Success", 0)] * 2
    assert [len(event.attempts) for event in events] == [1, 1]
    assert [[attempt.outcome for attempt in event.attempts] for event in slow.events] == [
        ["success"],
        ["throttled", "throttled", "success"],
    ]


@pytest.mark.rule("DST-33")
def test_a_function_destination_may_name_an_alias(lambda_events: LambdaEvents) -> None:
    audit = lambda_events.function(take, name="audit")
    audit.publish_version()
    live = audit.create_alias("live", function_version="1")

    lambda_events.function(decline, on_failure=live, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    assert [attempt.executed_version for attempt in audit.attempts] == ["1"]


@pytest.mark.rule("DST-34", "DST-35", "DST-36")
@pytest.mark.scenario("DST D6")
def test_a_bus_gets_an_event_of_each_kind(lambda_events: LambdaEvents) -> None:
    bus, inbox = lambda_events.event_bus("outcomes"), lambda_events.queue("inbox")
    bus.add_rule({"source": ["lambda"]}, inbox)
    lambda_events.advance(1.9)

    for handler in (take, decline):
        lambda_events.function(handler, on_success=bus, on_failure=bus, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    events = [json.loads(message.body) for message in inbox.messages]
    assert [event["detail-type"] for event in events] == [
        "Lambda Function Invocation Result - Success",
        "Lambda Function Invocation Result - Failure",
    ]
    assert [event["resources"] for event in events] == [[BUS, f"{ARN}:take:$LATEST"], [BUS, f"{ARN}:decline:$LATEST"]]


@pytest.mark.rule("DST-34", "DST-35", "DST-36")
def test_an_event_on_the_bus_has_these_members_in_this_order(lambda_events: LambdaEvents) -> None:
    bus, inbox = lambda_events.event_bus("outcomes"), lambda_events.queue("inbox")
    bus.add_rule({"source": ["lambda"]}, inbox)
    lambda_events.advance(1.9)

    event = lambda_events.function(decline, on_failure=bus, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    [message] = inbox.messages
    shown = json.loads(message.body)
    assert list(shown) == [
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
    ]  # fmt: skip
    assert (shown["version"], shown["detail"]["version"]) == ("0", "1.0")
    assert (shown["source"], shown["account"], shown["region"]) == ("lambda", "123456789012", "us-east-1")
    assert (shown["time"], shown["detail"]["timestamp"]) == ("2026-01-01T00:00:01Z", "2026-01-01T00:00:01.900Z")
    assert shown["detail"]["requestContext"]["requestId"] == event.request_id
    assert bus.events == [shown]


@pytest.mark.rule("DST-34")
@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ({"detail-type": ["Lambda Function Invocation Result - Failure"]}, 1),
        ({"detail-type": ["Lambda Function Invocation Result - Success"]}, 0),
        ({"source": ["aws.lambda"]}, 0),
        ({"detail": {"requestContext": {"condition": ["RetriesExhausted"]}}}, 1),
        pytest.param(
            {"resources": [f"{ARN}:decline:$LATEST"]},
            1,
            marks=pytest.mark.skipif(OLD_MOTO, reason="moto before 5.2 matches no lists in events"),
        ),
    ],
    ids=["detail type", "another detail type", "another source", "condition", "resource"],
)
def test_only_rules_that_match_see_the_record(lambda_events: LambdaEvents, pattern: dict[str, Any], count: int) -> None:
    bus, audit = lambda_events.event_bus("outcomes"), lambda_events.function(take)
    bus.add_rule(pattern, audit)

    lambda_events.function(decline, on_failure=bus, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    assert len(audit.events) == count


@pytest.mark.rule("DST-13")
def test_a_bus_that_does_not_exist_is_admitted_and_gets_nothing(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(decline, on_failure=BUS, maximum_retry_attempts=0).invoke_async()

    lambda_events.run_until_idle()

    assert event.condition == "RetriesExhausted"
    assert [entry.detail["reason"] for entry in event.history if entry.kind == "delivery_failed"] == [
        "event bus outcomes does not exist"
    ]


@pytest.mark.rule("DST-37", "DST-38")
@pytest.mark.scenario("DST D7")
@pytest.mark.lambda_events(start_time="2026-03-31T23:58:09.5Z")
def test_a_bucket_gets_an_object_for_each_failure(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.bucket("failures")
    function = lambda_events.function(
        lambda event, context: 1 / event, name="divide", on_failure=failures, maximum_retry_attempts=0
    )
    lambda_events.advance(120)

    for event in (0, 0, 1):
        function.invoke_async(event)
    lambda_events.run_until_idle()

    key = r"aws/lambda/async/divide/2026/04/01/2026-04-01T00\.00\.09-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert [re.fullmatch(key, name) is not None for name in failures.keys] == [True, True]
    stored = lambda_events.client("s3").get_object(Bucket="failures", Key=failures.keys[0])
    assert stored["ContentType"] == "application/octet-stream"
    assert stored["Body"].read().startswith(b'{"version":"1.0","timestamp":"2026-04-01T00:00:09.500Z",')


@pytest.mark.rule("DST-39", "DST-31")
def test_one_trace_goes_from_the_handler_to_the_destination(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    second = lambda_events.function(lambda event, context: os.environ["_X_AMZN_TRACE_ID"], name="second", on_success=failures)
    first = lambda_events.function(lambda event, context: os.environ["_X_AMZN_TRACE_ID"], name="first", on_success=second)

    first.invoke_async()
    lambda_events.run_until_idle()

    headers = [first.attempts[0].response, second.attempts[0].response, failures.messages[0].attributes["AWSTraceHeader"]]
    assert len({header.partition(";")[0] for header in headers}) == 1
    assert headers[0].startswith("Root=1-")
