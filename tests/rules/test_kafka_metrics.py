"""The metrics of mappings of Kafka, and their settings for groups of pollers and logs (KAF-50, 64, 65)."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents


def passes(event: Any, context: Any) -> None:
    pass


def fails(event: Any, context: Any) -> None:
    raise ValueError("bad")


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=2)


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(passes, name="count")


@pytest.mark.rule("KAF-50")
def test_offset_lag_counts_the_unfinished_records_of_the_topic(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function
) -> None:
    mapping = function.add_event_source(topic, batch_size=3, metrics=["KafkaMetrics"], minimum_pollers=1)
    for _ in range(4):
        topic.send("a", partition=0)
    topic.send("b", partition=1)

    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert metrics.values("OffsetLag", function) == [2, 0]
    assert metrics.values("MaxOffsetLag", mapping) == [1, 0]
    assert metrics.values("SumOffsetLag", mapping) == [2, 0]


@pytest.mark.rule("KAF-50")
def test_only_the_function_has_offset_lag_without_kafka_metrics(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function
) -> None:
    mapping = function.add_event_source(topic, metrics=["EventCount", "ErrorCount"], minimum_pollers=1)
    topic.send("a")

    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert metrics.values("OffsetLag", function) == [0]
    assert metrics.values("MaxOffsetLag", mapping) == metrics.values("SumOffsetLag", mapping) == []


@pytest.mark.rule("KAF-50")
def test_offset_lag_grows_while_a_batch_fails(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    function.update(handler=fails)
    function.add_event_source(topic)
    topic.send("a")

    lambda_events.advance(0.6)
    topic.send("b")
    lambda_events.advance(0.2)

    assert lambda_events.metrics.values("OffsetLag", function) == [1, 2]


@pytest.mark.rule("KAF-50")
def test_committed_records_are_counted(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    mapping = function.add_event_source(
        topic, metrics=["EventCount"], minimum_pollers=1, filters=[{"value": {"kind": ["order"]}}]
    )
    for kind in ("order", "other", "order"):
        topic.send({"kind": kind})

    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    names = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "CommittedEventCount")
    assert [metrics.sum(name, mapping) for name in names] == [3, 1, 2, 3]


@pytest.mark.rule("KAF-50")
def test_cloudwatch_has_the_lag_of_the_mapping(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    mapping = function.add_event_source(topic, batch_size=1, metrics=["KafkaMetrics"], minimum_pollers=1)
    start = lambda_events.now
    for _ in range(3):
        topic.send("a")
    lambda_events.run_until_idle()

    [point] = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="SumOffsetLag", StartTime=start, EndTime=lambda_events.now.replace(hour=1),
        Period=60, Statistics=["Maximum", "Minimum"],
        Dimensions=[{"Name": "EventSourceMappingUUID", "Value": mapping.uuid}],
    )["Datapoints"]  # fmt: skip

    assert (point["Maximum"], point["Minimum"]) == (2, 0)


@pytest.mark.rule("KAF-64", "KAF-65")
def test_group_of_pollers_and_level_of_logs_are_returned(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function
) -> None:
    mapping = function.add_event_source(
        topic, minimum_pollers=1, maximum_pollers=5, poller_group_name="shop", system_log_level="DEBUG",
        metrics=["EventCount", "ErrorCount", "KafkaMetrics"],
    )  # fmt: skip

    shown = boto3.client("lambda").get_event_source_mapping(UUID=mapping.uuid)

    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 1, "MaximumPollers": 5, "PollerGroupName": "shop"}
    assert shown["LoggingConfig"] == {"SystemLogLevel": "DEBUG"}
    assert shown["MetricsConfig"] == {"Metrics": ["EventCount", "ErrorCount", "KafkaMetrics"]}


@pytest.mark.rule("KAF-64")
def test_group_of_pollers_stays_until_it_is_removed(topic: KafkaTopic, function: Function) -> None:
    mapping = function.add_event_source(topic, minimum_pollers=1, poller_group_name="shop", system_log_level="INFO")
    aws_lambda = boto3.client("lambda")

    mapping.update(maximum_pollers=7)
    changed = aws_lambda.get_event_source_mapping(UUID=mapping.uuid)["ProvisionedPollerConfig"]
    mapping.update(poller_group_name=None, system_log_level=None)
    removed = aws_lambda.get_event_source_mapping(UUID=mapping.uuid)

    assert changed == {"MinimumPollers": 1, "MaximumPollers": 7, "PollerGroupName": "shop"}
    assert removed["ProvisionedPollerConfig"] == {"MinimumPollers": 1, "MaximumPollers": 7}
    assert "LoggingConfig" not in removed


@pytest.mark.rule("KAF-64")
def test_group_of_pollers_means_provisioned_mode(topic: KafkaTopic, function: Function) -> None:
    mapping = function.add_event_source(topic, poller_group_name="shop")

    shown = boto3.client("lambda").get_event_source_mapping(UUID=mapping.uuid)

    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 1, "MaximumPollers": 200, "PollerGroupName": "shop"}


@pytest.mark.rule("KAF-64")
def test_pollers_of_a_group_have_a_limit(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    other = lambda_events.function(passes, name="other")
    other.add_event_source(topic, minimum_pollers=1, maximum_pollers=1_500, poller_group_name="shop")

    with pytest.raises(ClientError, match=r"would be 2001 in total\. The limit is 2000"):
        function.add_event_source(topic, minimum_pollers=1, maximum_pollers=501, poller_group_name="shop")
    mapping = function.add_event_source(topic, minimum_pollers=1, maximum_pollers=500, poller_group_name="shop")
    mapping.update(batch_size=7)

    assert len(lambda_events.event_source_mappings) == 2


@pytest.mark.rule("KAF-64")
def test_group_of_pollers_has_at_most_100_mappings(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    first = lambda_events.function(passes, name="f")
    first.publish_version()
    for number in range(100):
        alias = first.create_alias(f"a{number}", function_version="1")
        alias.add_event_source(topic, minimum_pollers=1, maximum_pollers=1, poller_group_name="shop", enabled=False)

    with pytest.raises(ClientError, match="shop already has 100 event source mappings"):
        first.add_event_source(topic, minimum_pollers=1, maximum_pollers=1, poller_group_name="shop")


@pytest.mark.rule("KAF-65")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"system_log_level": "TRACE"}, r"enum value set: \[DEBUG, INFO, WARN\]"),
        ({"metrics": ["Other"], "minimum_pollers": 1}, r"EventCount, ErrorCount, KafkaMetrics"),
        ({"minimum_pollers": 1, "poller_group_name": "a b"}, "pollerGroupName"),
    ],
)
def test_invalid_values_are_refused(topic: KafkaTopic, function: Function, settings: Any, message: str) -> None:
    with pytest.raises(ClientError, match=message):
        function.add_event_source(topic, **settings)
