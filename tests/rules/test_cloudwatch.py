"""MET: the metrics of functions, as CloudWatch answers for them through boto3."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from uploads import create_function

from pytest_lambda_events import LambdaEvents

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
FUNCTION = [{"Name": "FunctionName", "Value": "work"}]
Statistics = Callable[..., list[dict[str, Any]]]


def work(event: Any, context: Any) -> str:
    """Takes as many seconds as the event says, and fails if it says so."""
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")
    return "done"


def resource(name: str) -> list[dict[str, str]]:
    return [{"Name": "FunctionName", "Value": "work"}, {"Name": "Resource", "Value": name}]


def minutes(points: list[dict[str, Any]]) -> list[float]:
    return [(point["Timestamp"] - START) / timedelta(minutes=1) for point in points]


@pytest.fixture
def statistics(lambda_events: LambdaEvents) -> Statistics:
    """The datapoints of a metric of function `work`, of the first hour in minutes unless told otherwise."""

    def ask(metric_name: str, statistic: str = "Sum", **parameters: Any) -> list[dict[str, Any]]:
        defaults = {
            "StartTime": START, "EndTime": START + timedelta(hours=1), "Period": 60, "Dimensions": FUNCTION,
        }  # fmt: skip
        answer: list[dict[str, Any]] = lambda_events.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=metric_name, Statistics=[statistic], **{**defaults, **parameters}
        )["Datapoints"]
        return answer

    return ask


@pytest.mark.rule("MET-03")
def test_a_datapoint_is_in_the_minute_in_which_the_attempt_started(
    lambda_events: LambdaEvents, statistics: Statistics
) -> None:
    lambda_events.function(work, timeout=200).invoke_async({"seconds": 130, "fails": True})

    lambda_events.run_until_idle()

    points = statistics("Errors")
    assert minutes(points) == [0, 3, 7]
    assert [point["Sum"] for point in points] == [1, 1, 1]


@pytest.mark.rule("MET-02")
@pytest.mark.parametrize(
    ("metric_name", "unit"),
    [
        ("AsyncEventsReceived", "Count"),
        ("Invocations", "Count"),
        ("Errors", "Count"),
        ("Throttles", "Count"),
        ("ConcurrentExecutions", "Count"),
        ("AsyncEventsDropped", "Count"),
        ("AsyncEventAge", "Milliseconds"),
        ("Duration", "Milliseconds"),
        ("DeadLetterErrors", "Count"),
        ("DestinationDeliveryFailures", "Count"),
    ],
)
def test_each_metric_has_its_unit(lambda_events: LambdaEvents, statistics: Statistics, metric_name: str, unit: str) -> None:
    nobody = "arn:aws:sqs:us-east-1:123456789012:nobody"
    function = lambda_events.function(work, maximum_retry_attempts=0, on_failure=nobody, dead_letter_queue=nobody)
    function.invoke_async({"fails": True})

    lambda_events.run_until_idle()

    assert [point["Unit"] for point in statistics(metric_name)] == [unit]
    assert len(statistics(metric_name, Unit=unit)) == 1
    assert statistics(metric_name, Unit="Bytes") == []


@pytest.mark.rule("MET-12", "MET-13", "MET-20")
@pytest.mark.parametrize(
    ("metric_name", "statistic", "value"),
    [
        ("Errors", "Sum", 1),
        ("Errors", "SampleCount", 4),
        ("Errors", "Average", 0.25),
        ("Duration", "Minimum", 0),
        ("Duration", "Maximum", 2000),
        ("Duration", "Average", 750),
        ("ConcurrentExecutions", "Maximum", 3),
    ],
)
def test_statistics_are_those_of_the_samples_in_the_period(
    lambda_events: LambdaEvents, statistics: Statistics, metric_name: str, statistic: str, value: float
) -> None:
    function = lambda_events.function(work, maximum_retry_attempts=0)
    function.invoke_async({"seconds": 2})
    function.invoke_async({"seconds": 1, "fails": True})
    function.invoke_async({})
    function.invoke_async({})

    lambda_events.run_until_idle()

    # The two that take no time run one after the other.
    assert [point[statistic] for point in statistics(metric_name, statistic)] == [value]


@pytest.mark.rule("MET-01")
@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        pytest.param(FUNCTION, [4], id="the function"),
        pytest.param(resource("work"), [1], id="the bare name"),
        pytest.param(resource("work:$LATEST"), [1], id="$LATEST"),
        pytest.param(resource("work:1"), [1], id="a version"),
        pytest.param(resource("work:live"), [1], id="an alias"),
        pytest.param(resource("work:live")[::-1], [1], id="dimensions the other way round"),
        pytest.param([{"Name": "ExecutedVersion", "Value": "1"}, *resource("work:live")], [1], id="what ran for an alias"),
        pytest.param([{"Name": "ExecutedVersion", "Value": "1"}, *resource("work:1")], [], id="what ran for a version"),
        pytest.param([{"Name": "Resource", "Value": "work"}], [], id="not all dimensions"),
        pytest.param([], [], id="no dimensions"),
    ],
)
def test_a_query_finds_samples_with_exactly_its_dimensions(
    lambda_events: LambdaEvents, statistics: Statistics, dimensions: Any, expected: list[float]
) -> None:
    function = lambda_events.function(work)
    function.publish_version()
    function.create_alias("live", function_version="1")
    client = lambda_events.client("lambda")
    client.invoke(FunctionName="work")
    client.invoke(FunctionName="work", Qualifier="$LATEST")
    client.invoke(FunctionName="work", Qualifier="1")
    client.invoke(FunctionName=f"{function.arn}:live")

    summed = [point["Sum"] for point in statistics("Invocations", Dimensions=dimensions)]
    query = {
        "Id": "invocations",
        "MetricStat": {
            "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": dimensions},
            "Period": 60,
            "Stat": "Sum",
        },
    }
    [data] = lambda_events.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=START, EndTime=START + timedelta(hours=1)
    )["MetricDataResults"]

    assert summed == expected
    assert data["Values"] == expected


@pytest.mark.rule("MET-01")
def test_executed_versions_tell_a_weighted_alias_apart(lambda_events: LambdaEvents, statistics: Statistics) -> None:
    function = lambda_events.function(work)
    function.publish_version()
    function.update(timeout=9)
    function.publish_version()
    live = function.create_alias("live", function_version="1", routing_config={"2": 0.5})

    versions = [live.invoke().executed_version for _ in range(4)]

    def count(version: str) -> float:
        dimensions = [*resource("work:live"), {"Name": "ExecutedVersion", "Value": version}]
        return sum(float(point["Sum"]) for point in statistics("Invocations", Dimensions=dimensions))

    assert (count("1"), count("2")) == (versions.count("1"), versions.count("2"))
    assert len(versions) == count("1") + count("2")


@pytest.mark.rule("MET-01")
def test_every_metric_is_listed_once_for_each_set_of_dimensions(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, maximum_retry_attempts=0)
    function.invoke_async()
    function.invoke_async()
    lambda_events.advance(120)
    function.invoke_async()
    lambda_events.run_until_idle()

    listed = lambda_events.client("cloudwatch").list_metrics(Namespace="AWS/Lambda")["Metrics"]

    assert sorted((metric["MetricName"], len(metric["Dimensions"])) for metric in listed) == [
        (name, count)
        for name in (
            "AsyncEventAge", "AsyncEventsDropped", "AsyncEventsReceived", "ConcurrentExecutions", "Duration", "Errors",
            "Invocations", "Throttles",
        )
        for count in (1, 2)
    ]  # fmt: skip


@pytest.mark.rule("MET-04")
def test_a_metric_without_a_sample_has_no_datapoints_and_is_not_listed(
    lambda_events: LambdaEvents, statistics: Statistics
) -> None:
    lambda_events.function(work).invoke_async()

    lambda_events.run_until_idle()

    listed = lambda_events.client("cloudwatch").list_metrics(MetricName="DeadLetterErrors")["Metrics"]
    assert (statistics("DeadLetterErrors"), listed) == ([], [])


@pytest.mark.parametrize(
    ("start", "end", "period", "expected"),
    [
        pytest.param(0, 3600, 60, [0, 1, 3], id="minutes"),
        pytest.param(0, 3600, 300, [0], id="five minutes"),
        pytest.param(60, 3600, 120, [1, 3], id="from the first retry"),
        pytest.param(30, 3600, 60, [0, 1, 3], id="a start within a minute is its beginning"),
        pytest.param(61, 3600, 60, [1, 3], id="just after a retry's second"),
        pytest.param(120, 3600, 60, [3], id="the second retry alone"),
        pytest.param(0, 180, 60, [0, 1], id="the end is not included"),
        pytest.param(0, 181, 60, [0, 1, 3], id="just after the end"),
    ],
)
def test_periods_begin_at_the_start_of_the_query(
    lambda_events: LambdaEvents, statistics: Statistics, start: int, end: int, period: int, expected: list[float]
) -> None:
    lambda_events.function(work).invoke_async({"fails": True})

    lambda_events.run_until_idle()

    window = {"StartTime": START + timedelta(seconds=start), "EndTime": START + timedelta(seconds=end)}
    assert minutes(statistics("Errors", Period=period, **window)) == expected


def test_samples_are_written_once_however_often_metrics_are_asked_for(
    lambda_events: LambdaEvents, statistics: Statistics
) -> None:
    function = lambda_events.function(work)
    function.invoke()
    before = statistics("Invocations")

    function.invoke()

    assert [point["Sum"] for point in before] == [1]
    assert [point["Sum"] for point in statistics("Invocations")] == [2]
    assert [point["SampleCount"] for point in statistics("Invocations", "SampleCount")] == [2]


def test_an_expression_takes_up_the_result_of_another_query(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, maximum_retry_attempts=0)
    function.invoke({"fails": True})
    function.invoke()
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": FUNCTION}
    queries = [
        {"Id": "errors", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "all", "Expression": "errors"},
    ]

    [result] = lambda_events.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=START, EndTime=START + timedelta(minutes=1)
    )["MetricDataResults"]

    assert result["Values"] == [1]


def test_metrics_of_the_test_s_own_are_moto_s_affair(lambda_events: LambdaEvents) -> None:
    client = lambda_events.client("cloudwatch")
    client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Orders", "Value": 2.0}])
    lambda_events.function(work).invoke()

    points = client.get_metric_statistics(
        Namespace="Shop", MetricName="Orders", StartTime=START, EndTime=START + timedelta(hours=1), Period=60,
        Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip

    assert [point["Sum"] for point in points] == [2]


def test_metrics_are_in_the_region_of_their_function(lambda_events: LambdaEvents) -> None:
    lambda_events.function(work).invoke()

    here = lambda_events.client("cloudwatch").list_metrics()["Metrics"]
    there = lambda_events.client("cloudwatch", region_name="eu-west-1").list_metrics()["Metrics"]

    assert len(here) > 0
    assert there == []


def test_a_test_reads_metrics_with_boto3_only(lambda_events: LambdaEvents) -> None:
    create_function("work", "def handler(event, context): return 1 / 0")
    client = boto3.client("lambda")
    client.get_waiter("function_active_v2").wait(FunctionName="work")
    client.invoke(FunctionName="work", InvocationType="Event")

    time.sleep(300)

    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="Errors", Dimensions=FUNCTION, Statistics=["Sum"], Period=3600,
        StartTime=START, EndTime=datetime.now(timezone.utc),
    )["Datapoints"]  # fmt: skip
    assert [point["Sum"] for point in points] == [3]


def test_a_start_after_the_end_is_refused(lambda_events: LambdaEvents, statistics: Statistics) -> None:
    exceptions = lambda_events.client("cloudwatch").exceptions

    with pytest.raises(exceptions.InvalidParameterValueException, match="StartTime must be less than"):
        statistics("Errors", StartTime=START, EndTime=START)


def test_moto_is_as_before_when_the_environment_has_closed() -> None:
    from moto.cloudwatch import models

    backend = models.CloudWatchBackend
    before = (backend.get_metric_statistics, backend.get_metric_data, backend.list_metrics, models.are_dimensions_same)

    with LambdaEvents() as lambda_events:
        lambda_events.client("cloudwatch").list_metrics()
        within = backend.list_metrics

    assert within is not before[2]
    assert (
        backend.get_metric_statistics, backend.get_metric_data, backend.list_metrics, models.are_dimensions_same,
    ) == before  # fmt: skip
