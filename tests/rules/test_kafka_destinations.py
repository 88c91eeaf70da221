"""The destinations of mappings of Kafka: topics of the same cluster, and topics of SNS (KAF-30 to 33)."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents, LambdaEventsError


def fails(event: Any, context: Any) -> None:
    raise ValueError("bad")


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=2)


@pytest.fixture
def failed(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("failed", partitions=3)


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(fails, name="count")


@pytest.mark.rule("KAF-30", "KAF-32", "KAF-33")
def test_topic_gets_one_record_for_each_failed_record(
    lambda_events: LambdaEvents, orders: KafkaTopic, failed: KafkaTopic, function: Function
) -> None:
    function.add_event_source(orders, minimum_pollers=1, maximum_retry_attempts=0, on_failure=failed)
    orders.send("a", key="21", partition=1, headers={"trace": "x"})
    orders.send("b", partition=0)
    orders.send("c", partition=0)

    lambda_events.run_until_idle()

    records = {record.json["payload"]["records"]["orders-1" if record.key else "orders-0"][0]["value"]: record
               for record in failed.records}  # fmt: skip
    assert set(records) == {"YQ==", "Yg==", "Yw=="}
    first = records["YQ=="]
    assert first.key == b"21"
    assert first.partition == failed.send("x", key="21").partition
    [batch] = function.batches
    assert first.json == {
        "requestContext": {
            "requestId": batch.request_id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.500Z",
        "KafkaBatchInfo": {
            "batchSize": 1,
            "bootstrapServers": "kafka.example.com:9092",
            "payloadSize": len(json.dumps(first.json["payload"], separators=(",", ":"))),
            "recordInfo": {"offset": "0", "timestamp": "2026-01-01T00:00:00.000Z"},
        },
        "payload": {**batch.event, "records": {"orders-1": batch.event["records"]["orders-1"]}},
    }
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-32")
def test_records_without_a_key_go_to_all_partitions_of_the_destination(
    lambda_events: LambdaEvents, orders: KafkaTopic, failed: KafkaTopic, function: Function
) -> None:
    function.add_event_source(orders, minimum_pollers=1, maximum_retry_attempts=0, on_failure=failed)
    for value in "abc":
        orders.send(value)

    lambda_events.run_until_idle()

    assert [record.partition for record in failed.records] == [0, 1, 2]
    assert {record.key for record in failed.records} == {None}


@pytest.mark.rule("KAF-30", "KAF-31")
def test_mapping_of_amazon_msk_names_its_destination_by_a_url(lambda_events: LambdaEvents, function: Function) -> None:
    orders = lambda_events.kafka_topic("orders", cluster="sales")
    failed = lambda_events.kafka_topic("failed", cluster="sales")
    mapping = function.add_event_source(
        orders, starting_position="TRIM_HORIZON", minimum_pollers=1, maximum_retry_attempts=0, on_failure="kafka://failed"
    )
    orders.send("a")

    lambda_events.run_until_idle()

    shown = boto3.client("lambda").get_event_source_mapping(UUID=mapping.uuid)
    assert shown["DestinationConfig"] == {"OnFailure": {"Destination": "kafka://failed"}}
    [record] = failed.records
    cluster_arn = orders.event_source["EventSourceArn"]
    assert record.json["KafkaBatchInfo"]["eventSourceArn"] == record.json["payload"]["eventSourceArn"] == cluster_arn


@pytest.mark.rule("KAF-27", "KAF-32")
def test_record_that_is_too_large_goes_to_the_topic(
    lambda_events: LambdaEvents, orders: KafkaTopic, failed: KafkaTopic, function: Function
) -> None:
    function.add_event_source(orders, minimum_pollers=1, on_failure=failed)
    orders.send("a" * 5_000_000)

    lambda_events.run_until_idle()

    [record] = failed.records
    assert record.json["requestContext"]["condition"] == "MaximumPayloadSizeExceeded"
    assert record.json["responseContext"] is None


@pytest.mark.rule("KAF-30")
def test_missing_topic_loses_the_failure_record(lambda_events: LambdaEvents, orders: KafkaTopic, function: Function) -> None:
    lambda_events.kafka_topic("failed", cluster="sales")
    function.add_event_source(orders, minimum_pollers=1, maximum_retry_attempts=0, on_failure="kafka://failed")
    orders.send("a")

    lambda_events.run_until_idle()

    with pytest.raises(AssertionError, match="topic failed does not exist"):
        lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-30")
def test_topic_of_the_source_is_no_destination(orders: KafkaTopic, function: Function) -> None:
    with pytest.raises(ClientError, match="kafka://orders is the topic of the event source"):
        function.add_event_source(orders, minimum_pollers=1, on_failure=orders)


@pytest.mark.rule("KAF-30")
def test_topic_as_destination_needs_provisioned_mode(orders: KafkaTopic, failed: KafkaTopic, function: Function) -> None:
    with pytest.raises(ClientError, match="destination is supported only with ProvisionedPollerConfig"):
        function.add_event_source(orders, on_failure=failed)


@pytest.mark.rule("KAF-30")
def test_stream_has_no_topic_of_kafka_as_destination(
    lambda_events: LambdaEvents, failed: KafkaTopic, function: Function
) -> None:
    with pytest.raises(ClientError, match=r"destination=kafka://failed\)\) is invalid"):
        function.add_event_source(lambda_events.stream("clicks"), starting_position="LATEST", on_failure=failed)


@pytest.mark.rule("KAF-30")
def test_topic_of_another_cluster_is_no_destination(
    lambda_events: LambdaEvents, orders: KafkaTopic, function: Function
) -> None:
    other = lambda_events.kafka_topic("failed", cluster="sales")

    with pytest.raises(LambdaEventsError, match="'failed' is on another cluster than 'orders'"):
        function.add_event_source(orders, minimum_pollers=1, on_failure=other)


@pytest.mark.rule("KAF-30", "KAF-31", "KAF-33")
def test_topic_of_sns_gets_one_record_for_the_batch(
    lambda_events: LambdaEvents, orders: KafkaTopic, function: Function
) -> None:
    failures = lambda_events.topic("failures")
    function.add_event_source(orders, minimum_pollers=1, maximum_retry_attempts=1, on_failure=failures)
    orders.send("a", partition=0)
    orders.send("b", partition=1)

    lambda_events.run_until_idle()

    [message] = failures.messages
    record = message.json
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["functionArn"] == function.arn
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert list(record["KafkaBatchInfo"]["recordsInfo"]) == ["orders-0", "orders-1"]
    assert "payload" not in record
