"""The scenarios of docs/rules/kafka.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents, LambdaEventsError

Values = list[tuple[float, dict[str, list[int]]]]


def offsets(function: Function) -> Values:
    """The time of each attempt, and the offsets of its event by topic and partition."""
    return [
        (
            batch.started_after_seconds,
            {name: [one["offset"] for one in records] for name, records in batch.event["records"].items()},
        )
        for batch in function.batches
    ]


def fails(times: int) -> Callable[[Any, Any], None]:
    left = [times]

    def handler(event: Any, context: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise ValueError("bad")

    return handler


def source(
    lambda_events: LambdaEvents, handler: Callable[[Any, Any], Any], partitions: int = 1, **settings: Any
) -> tuple[KafkaTopic, Function]:
    topic = lambda_events.kafka_topic("orders", partitions=partitions)
    function = lambda_events.function(handler, name="count")
    function.add_event_source(topic, **{"starting_position": "TRIM_HORIZON", **settings})
    return topic, function


def committed(topic: KafkaTopic) -> dict[int, int]:
    [offsets] = topic.offsets.values()
    return offsets


def passes(event: Any, context: Any) -> None:
    pass


@pytest.mark.scenario("KAF A1")
@pytest.mark.rule("KAF-12", "KAF-15")
def test_record_is_delivered_after_half_a_second(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, passes)
    lambda_events.advance(1)

    topic.send({"id": 7})
    lambda_events.run_until_idle()

    assert offsets(function) == [(1.5, {"orders-0": [0]})]
    assert committed(topic) == {0: 1}


@pytest.mark.scenario("KAF A2")
@pytest.mark.rule("KAF-13")
def test_without_a_window_a_record_is_delivered_immediately(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, passes, maximum_batching_window_in_seconds=0)
    lambda_events.advance(1)

    topic.send("a")
    lambda_events.run_until_idle()

    assert offsets(function) == [(1, {"orders-0": [0]})]
    assert committed(topic) == {0: 1}


@pytest.mark.scenario("KAF A3")
@pytest.mark.rule("KAF-12", "KAF-14")
def test_window_begins_with_the_first_record(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, passes, maximum_batching_window_in_seconds=10)

    lambda_events.advance(3)
    topic.send("a")
    lambda_events.advance(6)
    topic.send("b")
    lambda_events.run_until_idle()

    assert offsets(function) == [(13, {"orders-0": [0, 1]})]
    assert committed(topic) == {0: 2}


@pytest.mark.scenario("KAF A4")
@pytest.mark.rule("KAF-10", "KAF-11", "KAF-14", "KAF-16", "KAF-18")
def test_full_batch_has_the_records_of_the_lowest_partition_first(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, passes, partitions=2, batch_size=10)

    for _ in range(6):
        topic.send("b", partition=1)
        topic.send("a", partition=0)
    lambda_events.run_until_idle()

    assert offsets(function) == [
        (0, {"orders-0": [0, 1, 2, 3, 4, 5], "orders-1": [0, 1, 2, 3]}),
        (0.5, {"orders-1": [4, 5]}),
    ]
    assert committed(topic) == {0: 6, 1: 6}


@pytest.mark.scenario("KAF A5")
@pytest.mark.rule("KAF-20", "KAF-28")
def test_failed_batch_is_retried_until_it_succeeds(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, fails(2))

    topic.send("bad")
    lambda_events.run_until_idle()

    assert [at for at, _ in offsets(function)] == [0.5, 0.7, 1.1]
    assert committed(topic) == {0: 1}


@pytest.mark.scenario("KAF A6")
@pytest.mark.rule("KAF-21", "KAF-30", "KAF-31", "KAF-33")
def test_failed_batch_goes_to_the_destination(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    topic, function = source(
        lambda_events, fails(9), minimum_pollers=1, maximum_retry_attempts=2, on_failure=failures
    )  # fmt: skip

    for value in "abc":
        topic.send(value)
    lambda_events.run_until_idle()

    assert len(function.batches) == 3
    [message] = failures.messages
    record = json.loads(message.body)
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    info = record["KafkaBatchInfo"]
    assert info["batchSize"] == 3
    assert info["recordsInfo"]["orders-0"]["firstRecordOffset"] == "0"
    assert info["recordsInfo"]["orders-0"]["lastRecordOffset"] == "2"
    assert committed(topic) == {0: 3}


@pytest.mark.scenario("KAF A7")
@pytest.mark.rule("KAF-22")
def test_endless_retries_with_a_destination_end_after_ten(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    topic, function = source(lambda_events, fails(99), minimum_pollers=1, on_failure=failures)

    topic.send("a")
    lambda_events.run_until_idle()

    assert len(function.batches) == 11
    assert len(failures.messages) == 1


@pytest.mark.scenario("KAF A8")
@pytest.mark.rule("KAF-24", "KAF-26")
def test_reported_partition_is_retried_from_its_lowest_offset(lambda_events: LambdaEvents) -> None:
    seen: list[dict[int, int]] = []

    def handler(event: Any, context: Any) -> Any:
        seen.append(committed(lambda_events.kafka_topics["orders"]) if seen else {})
        if len(seen) == 1:
            identifier = {"partition": "orders-0", "offset": 3}
            return {"batchItemFailures": [{"itemIdentifier": identifier}]}
        return None

    topic, function = source(
        lambda_events, handler, partitions=2, minimum_pollers=1, function_response_types=["ReportBatchItemFailures"]
    )  # fmt: skip
    for _ in range(5):
        topic.send("a", partition=0)
    for _ in range(3):
        topic.send("b", partition=1)
    lambda_events.run_until_idle()

    assert [event for _, event in offsets(function)] == [
        {"orders-0": [0, 1, 2, 3, 4], "orders-1": [0, 1, 2]},
        {"orders-0": [3, 4]},
    ]
    assert seen[1] == {0: 3, 1: 3}
    assert committed(topic) == {0: 5, 1: 3}


@pytest.mark.scenario("KAF A9")
@pytest.mark.rule("KAF-25", "KAF-29")
@pytest.mark.parametrize(
    "entry",
    [
        {"itemIdentifier": {"partition": "orders-0", "offset": 99}},
        {"itemIdentifier": {"partition": "orders-9", "offset": 0}}, {"itemIdentifier": "orders-0"},
        {"itemIdentifier": {"partition": "orders-0"}}, {},
    ],
)  # fmt: skip
def test_unknown_offset_retries_the_whole_batch(lambda_events: LambdaEvents, entry: object) -> None:
    responses = [{"batchItemFailures": [entry]}, None]
    topic, function = source(
        lambda_events, lambda event, context: responses.pop(0), minimum_pollers=1,
        function_response_types=["ReportBatchItemFailures"],
    )  # fmt: skip

    for value in "abc":
        topic.send(value)
    lambda_events.run_until_idle()

    assert [event for _, event in offsets(function)] == [{"orders-0": [0, 1, 2]}] * 2


@pytest.mark.scenario("KAF A10")
@pytest.mark.rule("KAF-25")
@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}])
def test_empty_response_is_a_success(lambda_events: LambdaEvents, response: object) -> None:
    topic, function = source(
        lambda_events, lambda event, context: response, minimum_pollers=1,
        function_response_types=["ReportBatchItemFailures"],
    )  # fmt: skip

    topic.send("a")
    lambda_events.run_until_idle()

    assert len(function.batches) == 1
    assert committed(topic) == {0: 1}


@pytest.mark.scenario("KAF A11", "FIL F16")
@pytest.mark.rule("KAF-40", "KAF-41", "KAF-42", "FIL-60", "FIL-62")
def test_plain_value_passes_a_pattern_for_json(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, passes, filters=[{"value": {"k": ["a"]}}])

    for value in ({"k": "a"}, {"k": "b"}, "plain"):
        topic.send(value)
    lambda_events.run_until_idle()

    assert [event for _, event in offsets(function)] == [{"orders-0": [0, 2]}]
    assert committed(topic) == {0: 3}


@pytest.mark.scenario("KAF A12")
@pytest.mark.rule("KAF-21")
@pytest.mark.parametrize(
    "settings",
    [
        {"maximum_retry_attempts": 2},
        {"maximum_record_age_in_seconds": 60},
        {"bisect_batch_on_function_error": True},
        {"function_response_types": ["ReportBatchItemFailures"]},
    ],
)
def test_error_controls_need_provisioned_mode(lambda_events: LambdaEvents, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="only with ProvisionedPollerConfig"):
        source(lambda_events, passes, **settings)


@pytest.mark.scenario("KAF A13")
@pytest.mark.rule("KAF-05", "KAF-06")
def test_committed_offset_replaces_the_starting_position(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.kafka_topic("orders")
    for _ in range(10):
        topic.send("a")
    topic.commit_offsets("readers", {0: 7})
    function = lambda_events.function(passes, name="count")

    function.add_event_source(topic, starting_position="LATEST", consumer_group_id="readers")
    lambda_events.run_until_idle()

    assert [event for _, event in offsets(function)] == [{"orders-0": [7, 8, 9]}]
    assert topic.offsets == {"readers": {0: 10}}


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        ({9: 5}, r"Topic 'orders' has no partition 9\. Its partitions are 0 to 1\. Pass one of them"),
        ({0: -1}, r"offsets=\{0: -1\} is not offsets\. Pass a mapping of partitions to offsets, 0 or more, such as"),
        ([7], r"offsets=\[7\] is not offsets\."),
    ],
)
def test_offsets_of_partitions_that_do_not_exist_are_refused(offsets: Any, message: str, lambda_events: LambdaEvents) -> None:
    topic = lambda_events.kafka_topic("orders", partitions=2)

    with pytest.raises(LambdaEventsError, match=message):
        topic.commit_offsets("readers", offsets)

    assert topic.offsets == {}


@pytest.mark.parametrize("act", [KafkaTopic.send, KafkaTopic.delete, lambda topic: topic.records, lambda topic: topic.offsets])
def test_a_deleted_topic_does_not_exist(act: Any, lambda_events: LambdaEvents) -> None:
    lambda_events.kafka_topic("order")
    topic = lambda_events.kafka_topic("orders")
    topic.delete()

    with pytest.raises(
        LambdaEventsError, match=r"Kafka topic 'orders' does not exist, or was deleted\. Did you mean 'order'\?"
    ):
        act(topic)


@pytest.mark.parametrize("is_topic_first", [True, False])
@pytest.mark.parametrize(
    ("source", "option"),
    [
        ({"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["k:9092"]}}}, "bootstrap_servers=['k:9092']"),
        ({}, "cluster='sales'"),
    ],
    ids=["self-managed", "msk"],
)
def test_a_mapping_whose_topic_is_on_another_cluster_has_a_warning(
    source: Any, option: str, is_topic_first: bool, lambda_events: LambdaEvents
) -> None:
    function = lambda_events.function(passes, name="count")
    other = lambda_events.kafka_topic("others", cluster="sales").event_source
    secret = [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka"}]
    given = {"SourceAccessConfigurations": secret, **source} if source else {"EventSourceArn": other["EventSourceArn"]}
    if is_topic_first:
        lambda_events.kafka_topic("orders")
    boto3.client("lambda").create_event_source_mapping(
        FunctionName="count", Topics=["orders"], StartingPosition="TRIM_HORIZON", **given
    )  # fmt: skip
    if not is_topic_first:
        lambda_events.kafka_topic("orders")
    lambda_events.kafka_topics["orders"].send("a")
    lambda_events.run_until_idle()

    assert function.batches == []
    [warning] = [entry.detail["message"] for entry in lambda_events.journal if entry.kind == "warning"]
    assert warning.startswith("The event source mapping of 'count' reads topic 'orders' of ")
    assert warning.endswith(
        f"The topic of this name is on kafka.example.com:9092. Create it with lambda_events.kafka_topic('orders', {option})."
    )


@pytest.mark.scenario("KAF A14")
@pytest.mark.rule("KAF-E1", "KAF-E2", "KAF-E3", "KAF-E4", "KAF-E5")
def test_event_of_a_self_managed_cluster(lambda_events: LambdaEvents) -> None:
    topic, function = source(lambda_events, passes)

    topic.send(b'{"key":"value"}', key="recordKey", headers={"headerKey": "headerValue"})
    topic.send(None)
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.event == {
        "eventSource": "aws:SelfManagedKafka",
        "bootstrapServers": "kafka.example.com:9092",
        "records": {
            "orders-0": [
                {
                    "topic": "orders",
                    "partition": 0,
                    "offset": 0,
                    "timestamp": 1767225600000,
                    "timestampType": "CREATE_TIME",
                    "key": "cmVjb3JkS2V5",
                    "value": "eyJrZXkiOiJ2YWx1ZSJ9",
                    "headers": [{"headerKey": [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101]}],
                },
                {
                    "topic": "orders",
                    "partition": 0,
                    "offset": 1,
                    "timestamp": 1767225600000,
                    "timestampType": "CREATE_TIME",
                    "headers": [],
                },
            ]
        },
    }


@pytest.mark.rule("KAF-01", "KAF-E1")
def test_event_of_a_cluster_of_amazon_msk(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.kafka_topic("orders", cluster="sales")
    function = lambda_events.function(passes, name="count")
    function.add_event_source(topic, starting_position="TRIM_HORIZON")
    [cluster] = boto3.client("kafka").list_clusters_v2()["ClusterInfoList"]

    topic.send("a")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert list(batch.event) == ["eventSource", "eventSourceArn", "bootstrapServers", "records"]
    assert batch.event["eventSource"] == "aws:kafka"
    assert batch.event["eventSourceArn"] == cluster["ClusterArn"]
