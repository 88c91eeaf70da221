from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3

from pytest_lambda_events import LambdaEvents


def charge(event: Any, context: Any) -> None:
    raise ValueError("card expired")


def test_metrics_count_each_attempt_and_one_dropped_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert metrics.values("Errors", function) == [1, 1, 1]
    assert metrics.values("AsyncEventAge", function) == [0, 60_000, 180_000]
    assert metrics.sum("AsyncEventsDropped", function) == 1
    # The function has no destination. Without a failed delivery the metric has no samples, as on AWS.
    assert metrics.values("DestinationDeliveryFailures", function) == []


def test_cloudwatch_returns_statistics_of_the_metrics(lambda_events: LambdaEvents) -> None:
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
