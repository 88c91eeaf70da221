from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3

from pytest_lambda_events import LambdaEvents


def charge(event: Any, context: Any) -> None:
    raise ValueError("card expired")


def test_every_try_is_counted_and_the_event_is_dropped_once(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert metrics.values("Errors", function) == [1, 1, 1]
    assert metrics.values("AsyncEventAge", function) == [0, 60_000, 180_000]
    assert metrics.sum("AsyncEventsDropped", function) == 1
    # Nothing failed to be delivered, which on AWS is no sample and not a zero.
    assert metrics.values("DestinationDeliveryFailures", function) == []


def test_cloudwatch_answers_as_on_aws(lambda_events: LambdaEvents) -> None:
    start = lambda_events.now
    lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "charge"}],
        StartTime=start,
        EndTime=start + timedelta(hours=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [(point["Timestamp"] - start, point["Sum"]) for point in points] == [
        (timedelta(minutes=0), 1),
        (timedelta(minutes=1), 1),
        (timedelta(minutes=3), 1),
    ]
