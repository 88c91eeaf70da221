"""PIP-0B: the metrics of pipes in CloudWatch."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from pipe_stories import NAME, create, fail

from pytest_lambda_events import LambdaEvents


def sums(lambda_events: LambdaEvents) -> dict[str, tuple[float, str]]:
    """Returns the sum and the unit of each metric of the pipe."""
    cloudwatch = lambda_events.client("cloudwatch")
    dimensions = [{"Name": "PipeName", "Value": NAME}]
    names = [one["MetricName"] for one in cloudwatch.list_metrics(Namespace="AWS/EventBridge/Pipes")["Metrics"]]
    found = {}
    for name in names:
        [point] = cloudwatch.get_metric_statistics(
            Namespace="AWS/EventBridge/Pipes", MetricName=name, Dimensions=dimensions, Statistics=["Sum"], Period=3600,
            StartTime=lambda_events.now - timedelta(minutes=30), EndTime=lambda_events.now + timedelta(minutes=1),
        )["Datapoints"]  # fmt: skip
        found[name] = point["Sum"], point["Unit"]
    return found


@pytest.mark.rule("PIP-0B")
def test_batches_without_filtered_messages_are_counted(lambda_events: LambdaEvents) -> None:
    def take_two_seconds(event: Any, context: Any) -> None:
        time.sleep(2)

    orders, fn = lambda_events.queue("orders"), lambda_events.function(take_two_seconds)
    filters = {"FilterCriteria": {"Filters": [{"Pattern": '{"body":{"keep":[true]}}'}]}}
    create(lambda_events, orders.arn, fn.arn, SourceParameters=filters)

    orders.send({"keep": True}, {"keep": True}, {"keep": False})
    lambda_events.run_until_idle()

    assert sums(lambda_events) == {
        "Invocations": (1, "Count"), "EventCount": (2, "Count"), "Duration": (2000, "Milliseconds"),
    }  # fmt: skip


@pytest.mark.rule("PIP-0B")
def test_failed_batches_are_counted(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(fail)
    create(lambda_events, orders.arn, fn.arn)

    orders.send("m1")
    lambda_events.advance(40)

    assert sums(lambda_events) == {
        "Invocations": (2, "Count"), "EventCount": (2, "Count"), "Duration": (0, "Milliseconds"),
        "ExecutionFailed": (2, "Count"),
    }  # fmt: skip
