"""DST-01, 10, 13 and 50 to 53: each kind of destination with a success, a failure, a record too large, and without target."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.arns import parse
from pytest_lambda_events.service.destination_kinds import DESTINATION_KINDS
from pytest_lambda_events.service.model import EventInvokeConfig

QUEUE = "arn:aws:sqs:us-east-1:123456789012"
TOPIC = "arn:aws:sns:us-east-1:123456789012"


def take(event: Any, context: Any) -> None:
    pass


def leave(event: Any, context: Any) -> None:
    raise SystemExit(1)


def audit(event: Any, context: Any) -> None:
    pass


Make = Callable[[LambdaEvents], Any]
TARGETS: dict[str, Make] = {
    "SQS": lambda env: env.queue("outcomes"),
    "SNS": lambda env: env.topic("outcomes"),
    "Lambda": lambda env: env.function(audit),
    "EventBridge": lambda env: env.event_bus("outcomes"),
    "S3": lambda env: env.bucket("outcomes"),
}
LIMITS = {"SQS": 1_048_576, "SNS": 262_144, "Lambda": 1_048_576, "EventBridge": 1_048_576}
every_kind = pytest.mark.parametrize("make", TARGETS.values(), ids=TARGETS)
every_kind_of_success = pytest.mark.parametrize("kind", LIMITS)


def deliveries(event: Any) -> list[tuple[str, str, str]]:
    """What the journal has of an event's deliveries: kind, route and target."""
    return [
        (entry.kind, entry.detail["route"], entry.detail["target"])
        for entry in event.history
        if entry.kind in ("delivered", "delivery_failed")
    ]


def reasons(event: Any) -> list[str]:
    """Why deliveries of an event failed."""
    return [entry.detail["reason"] for entry in event.history if entry.kind == "delivery_failed"]


# ------------------------------------------------------------------ {SQS, SNS, Lambda, EventBridge, S3} x {success, failure}


@pytest.mark.rule("DST-01")
def test_every_kind_of_destination_is_tested(lambda_events: LambdaEvents) -> None:
    assert {parse(make(lambda_events).arn).service for make in TARGETS.values()} == set(DESTINATION_KINDS)


@pytest.mark.rule("DST-01")
@every_kind_of_success
def test_a_success_reaches_its_destination(lambda_events: LambdaEvents, kind: str) -> None:
    target = TARGETS[kind](lambda_events)

    function = lambda_events.function(take, on_success=target)
    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    [record] = target.invocation_records
    assert (record.condition, record.request_id, record.request_payload) == ("Success", event.request_id, {"order": 7})
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == []
    assert deliveries(event) == [("delivered", "on_success", target.arn)]


@pytest.mark.rule("DST-01")
@every_kind
def test_a_failure_reaches_its_destination(lambda_events: LambdaEvents, make: Make) -> None:
    target = make(lambda_events)

    function = lambda_events.function(leave, on_failure=target, maximum_retry_attempts=1)
    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    [record] = target.invocation_records
    assert (record.condition, record.request_id, record.approximate_invoke_count) == (
        "RetriesExhausted",
        event.request_id,
        2,
    )
    assert record.response_payload["errorType"] == "Runtime.ExitError"
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == []
    assert deliveries(event) == [("delivered", "on_failure", target.arn)]


# ------------------------------------------------------------------ too large


@pytest.mark.rule("DST-51")
@every_kind_of_success
def test_a_record_may_be_as_large_as_its_target_allows(lambda_events: LambdaEvents, kind: str) -> None:
    target = TARGETS[kind](lambda_events)
    function = lambda_events.function(take, on_success=target)
    rest = size_of_the_rest(lambda_events, function, target)

    fits = function.invoke_async(b'"%s"' % (b"x" * (LIMITS[kind] - rest)))
    too_large = function.invoke_async(b'"%s"' % (b"x" * (LIMITS[kind] - rest + 1)))
    lambda_events.run_until_idle()

    assert [record.request_id for record in target.invocation_records[1:]] == [fits.request_id]
    assert deliveries(fits) == [("delivered", "on_success", target.arn)]
    assert deliveries(too_large) == [("delivery_failed", "on_success", target.arn)]
    assert f"{LIMITS[kind] + 1} bytes" in reasons(too_large)[0]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]


def size_of_the_rest(lambda_events: LambdaEvents, function: Any, target: Any) -> int:
    """How many bytes a record of the function has beside the text between the quotes of its payload."""
    function.invoke_async(b'""')
    lambda_events.run_until_idle()
    [record] = target.invocation_records
    return len(compact(record.json))


def compact(record: dict[str, Any]) -> bytes:
    """As Lambda writes it."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.rule("DST-51")
def test_a_bucket_takes_records_of_any_size(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.bucket("failures")

    event = lambda_events.function(leave, on_failure=failures, maximum_retry_attempts=0).invoke_async("x" * 1_048_574)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert len(record.text) > 1_048_576
    assert deliveries(event) == [("delivered", "on_failure", failures.arn)]


@pytest.mark.rule("DST-51", "DST-52")
@pytest.mark.scenario("DST D9")
def test_a_record_too_large_for_a_topic_is_lost(lambda_events: LambdaEvents) -> None:
    alerts = lambda_events.topic("alerts")

    event = lambda_events.function(leave, on_failure=alerts, maximum_retry_attempts=0).invoke_async("x" * 262_000)
    lambda_events.run_until_idle()

    assert alerts.messages == []
    assert deliveries(event) == [("delivery_failed", "on_failure", alerts.arn)]


@pytest.mark.rule("DST-53")
def test_a_success_with_a_record_too_large_stays_a_success(lambda_events: LambdaEvents) -> None:
    receipts, failures, dead = (lambda_events.queue(name) for name in ("receipts", "failures", "dead"))
    function = lambda_events.function(take, on_success=receipts, on_failure=failures, dead_letter_queue=dead)

    event = function.invoke_async("x" * 1_048_574)
    lambda_events.run_until_idle()

    assert (event.condition, len(event.attempts)) == ("Success", 1)
    assert (receipts.messages, failures.messages, dead.messages) == ([], [], [])
    assert deliveries(event) == [("delivery_failed", "on_success", receipts.arn)]


# ------------------------------------------------------------------ gone


@pytest.mark.rule("DST-50", "DST-13")
@every_kind
def test_a_record_whose_target_is_gone_is_lost(lambda_events: LambdaEvents, make: Make) -> None:
    target = make(lambda_events)
    function = lambda_events.function(leave, on_failure=target, maximum_retry_attempts=0)
    target.delete()

    event = function.invoke_async()
    lambda_events.run_until_idle()

    assert event.condition == "RetriesExhausted"
    assert deliveries(event) == [("delivery_failed", "on_failure", target.arn)]
    assert target.name in reasons(event)[0]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]


@pytest.mark.rule("DST-50")
def test_a_record_whose_success_target_is_gone_leaves_a_success(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(take, on_success=receipts)
    receipts.delete()

    event = function.invoke_async()
    lambda_events.run_until_idle()

    assert (event.condition, reasons(event)) == ("Success", ["queue receipts does not exist"])


@pytest.mark.rule("DST-50", "DST-04")
def test_a_lost_record_does_not_touch_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(leave, on_failure=failures, dead_letter_queue=dead, maximum_retry_attempts=0)
    failures.delete()

    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [letter.json for letter in dead.dead_letters] == [{"order": 7}]
    assert sorted(deliveries(event)) == [
        ("delivered", "dead_letter_queue", dead.arn),
        ("delivery_failed", "on_failure", failures.arn),
    ]


@pytest.mark.rule("DST-50")
def test_a_target_that_is_back_in_time_gets_the_record(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(leave, on_failure=failures, maximum_retry_attempts=1)
    failures.delete()
    event = function.invoke_async()
    lambda_events.run(until=59)

    again = lambda_events.queue("failures")
    lambda_events.run_until_idle()

    assert [record.request_id for record in again.invocation_records] == [event.request_id]


# ------------------------------------------------------------------ never a target


@pytest.mark.rule("DST-10")
@pytest.mark.parametrize("target", [f"{QUEUE}:orders.fifo", f"{TOPIC}:orders.fifo"], ids=["SQS", "SNS"])
def test_a_fifo_target_that_was_configured_before_receives_nothing(lambda_events: LambdaEvents, target: str) -> None:
    lambda_events.queue("orders.fifo")
    lambda_events.client("sns").create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})
    function = lambda_events.function(leave, maximum_retry_attempts=0)
    configs = lambda_events._open_wiring.planes.home.region.functions["leave"].event_invoke_configs
    configs["$LATEST"] = replace(EventInvokeConfig(maximum_retry_attempts=0), on_failure=target)

    event = function.invoke_async()
    lambda_events.run_until_idle()

    assert deliveries(event) == [("delivery_failed", "on_failure", target)]
    assert reasons(event)[0].endswith("orders.fifo is FIFO")
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]
    assert lambda_events.queues["orders.fifo"].messages == []


@pytest.mark.rule("DST-13", "DST-50")
@pytest.mark.parametrize(
    "target",
    [f"{QUEUE}:nobody", f"{TOPIC}:nobody", "arn:aws:sqs:xx-nowhere-1:123456789012:q", "arn:aws:s3:::nobody"],
    ids=["no queue", "no topic", "no region", "no bucket"],
)
def test_a_target_that_never_existed_is_admitted_and_gets_nothing(lambda_events: LambdaEvents, target: str) -> None:
    event = lambda_events.function(leave, on_failure=target, maximum_retry_attempts=0).invoke_async()

    lambda_events.run_until_idle()

    assert deliveries(event) == [("delivery_failed", "on_failure", target)]
