"""MET: the metrics of event source mappings, as tests and CloudWatch read them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents

COLUMNS = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "FailedInvokeEventCount", "DeletedEventCount")
COUNTED = ["EventCount"]


def ship(event: Any, context: Any) -> dict[str, Any] | None:
    """Is busy for a direct event's seconds; of a batch, what is `broken` fails on its first delivery."""
    time.sleep(event.get("seconds", 0))
    for record in event.get("Records", ()):
        if record["body"] == "broken" and record["attributes"]["ApproximateReceiveCount"] == "1":
            raise ValueError("broken")
    return None


def ship_partly(event: Any, context: Any) -> dict[str, Any]:
    """Reports what is `broken` on its first delivery."""
    failed = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if record["body"] == "broken" and record["attributes"]["ApproximateReceiveCount"] == "1"
    ]
    return {"batchItemFailures": failed}


def sums(lambda_events: LambdaEvents, source: EventSourceMapping | Function) -> list[float | str]:
    """A line of the sheet's table: the sum of each column, "-" where there is no sample."""
    metrics = lambda_events.metrics
    return [metrics.sum(name, source) if metrics.values(name, source) else "-" for name in COLUMNS]


@pytest.mark.rule("MET-42", "SQS-63")
@pytest.mark.scenario("MET M20")
def test_every_throttled_try_of_a_lease_counts_as_invoked_and_failed(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=120)
    function = lambda_events.function(ship, timeout=60, reserved_concurrent_executions=1)
    mapping = function.add_event_source(orders, metrics=COUNTED)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(0)
    orders.send("order")

    lambda_events.run_until_idle()

    assert sums(lambda_events, mapping) == [1, "-", 3, 2, 1]
    assert [batch.outcome for batch in function.batches] == ["throttled", "throttled", "success"]
    assert lambda_events.metrics.sum("Throttles", function) == 2
    assert lambda_events.metrics.sum("Errors", function) == 0


@pytest.mark.rule("MET-41", "MET-42", "SQS-61")
@pytest.mark.scenario("MET M21")
def test_each_receive_counts_as_polled_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    function = lambda_events.function(ship, timeout=30, reserved_concurrent_executions=0)
    mapping = function.add_event_source(orders, metrics=COUNTED)
    orders.send("order")
    lambda_events.advance(45)
    function.update(reserved_concurrent_executions=None)

    lambda_events.run_until_idle()

    assert sums(lambda_events, mapping) == [3, "-", 3, 2, 1]
    assert [batch.started_after_seconds for batch in function.batches] == [0, 30, 60]


@pytest.mark.rule("MET-42", "MET-46")
@pytest.mark.scenario("MET M22")
def test_a_function_error_counts_as_failed_and_is_polled_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)
    mapping = function.add_event_source(orders, metrics=COUNTED)
    orders.send("broken")

    lambda_events.run_until_idle()

    assert sums(lambda_events, mapping) == [2, "-", 2, 1, 1]
    assert lambda_events.metrics.values("Invocations", function) == [1, 1]
    assert lambda_events.metrics.values("Errors", function) == [1, 0]
    assert lambda_events.metrics.values("AsyncEventsReceived", function) == []


@pytest.mark.rule("MET-42", "SQS-71")
@pytest.mark.scenario("MET M23")
def test_items_listed_in_a_response_count_as_failed(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship_partly)
    mapping = function.add_event_source(orders, metrics=COUNTED, function_response_types=["ReportBatchItemFailures"])
    lambda_events.client("sqs").send_message_batch(
        QueueUrl=orders.url, Entries=[{"Id": str(n), "MessageBody": body} for n, body in enumerate(["a", "broken", "b"])]
    )

    lambda_events.run_until_idle()

    assert sums(lambda_events, mapping) == [4, "-", 4, 1, 3]
    assert lambda_events.metrics.values("Errors", function) == [0, 0]


@pytest.mark.rule("SQS-95")
def test_a_mapping_has_no_metrics_of_its_own_unless_asked(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    mapping = lambda_events.function(ship).add_event_source(orders)
    orders.send("order")
    lambda_events.run_until_idle()
    before = sums(lambda_events, mapping)

    mapping.update(metrics=COUNTED)
    orders.send("order")
    lambda_events.run_until_idle()

    assert before == ["-"] * 5
    assert sums(lambda_events, mapping) == [1, "-", 1, "-", 1]


@pytest.mark.rule("MET-40")
@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [(["EventSourceMappingUUID"], [2.0]), (["EventSourceMappingUUID", "FunctionName"], []), (["FunctionName"], [])],
    ids=["the mapping", "the mapping and its function", "the function"],
)
def test_cloudwatch_knows_the_mapping_s_metrics_by_its_uuid_alone(
    lambda_events: LambdaEvents, dimensions: list[str], expected: list[float]
) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)
    mapping = function.add_event_source(orders, metrics=COUNTED)
    orders.send("a", "b")
    lambda_events.run_until_idle()
    values = {"EventSourceMappingUUID": mapping.uuid, "FunctionName": "ship"}

    answer = lambda_events.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="PolledEventCount", Period=60, Statistics=["Sum"],
        StartTime=lambda_events.now, EndTime=lambda_events.now + timedelta(minutes=1),
        Dimensions=[{"Name": name, "Value": values[name]} for name in dimensions],
    )  # fmt: skip

    assert [point["Sum"] for point in answer["Datapoints"]] == expected
    assert sums(lambda_events, function) == ["-"] * 5


@pytest.mark.rule("MET-40")
def test_a_mapping_s_metrics_can_be_read_when_it_is_gone_and_the_environment_has_closed() -> None:
    with LambdaEvents() as lambda_events:
        orders = lambda_events.queue("orders")
        mapping = lambda_events.function(ship).add_event_source(orders, metrics=COUNTED)
        orders.send("order")
        lambda_events.run_until_idle()
        mapping.delete()

    assert sums(lambda_events, mapping) == [1, "-", 1, "-", 1]
