"""Delivery of records of Kafka beyond the scenarios: positions, ages, faults, and the balance sheet."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents


def passes(event: Any, context: Any) -> None:
    pass


def fails(event: Any, context: Any) -> None:
    raise ValueError("bad")


def delivered(function: Function) -> list[list[int]]:
    """The offsets of each attempt."""
    return [[record["offset"] for record in batch.records] for batch in function.batches]


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders")


@pytest.mark.rule("KAF-03")
def test_latest_begins_after_the_existing_records(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    topic.send("old")
    function = lambda_events.function(passes, name="count")
    function.add_event_source(topic, starting_position="LATEST")

    topic.send("new")
    lambda_events.run_until_idle()

    assert delivered(function) == [[1]]


@pytest.mark.rule("KAF-03")
def test_timestamp_selects_the_first_record(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    topic.send("a")
    lambda_events.advance(10)
    begin = lambda_events.now
    topic.send("b")
    topic.send("c")
    function = lambda_events.function(passes, name="count")

    function.add_event_source(topic, starting_position="AT_TIMESTAMP", starting_position_timestamp=begin)
    lambda_events.run_until_idle()

    assert delivered(function) == [[1, 2]]


@pytest.mark.rule("KAF-05", "KAF-15")
def test_disabled_mapping_continues_at_the_committed_offset(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(passes, name="count")
    mapping = function.add_event_source(topic)
    topic.send("a")
    lambda_events.run_until_idle()

    mapping.update(enabled=False)
    topic.send("b")
    lambda_events.run_until_idle()
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert delivered(function) == [[0], [1]]
    assert mapping.checkpoints == {"orders-0": "1"}
    assert topic.offsets == {mapping.uuid: {0: 2}}


@pytest.mark.rule("KAF-04")
def test_mapping_reads_a_topic_that_is_created_later(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(passes, name="count")
    boto3.client("lambda").create_event_source_mapping(
        FunctionName="count",
        Topics=["orders"],
        SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["one:9092", "two:9092"]}},
        SourceAccessConfigurations=[{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}],
    )
    lambda_events.run_until_idle()

    topic = lambda_events.kafka_topic("orders", bootstrap_servers=["two:9092"])
    topic.send("a")
    lambda_events.run_until_idle()

    assert delivered(function) == [[0]]


@pytest.mark.rule("KAF-20")
def test_records_expire_while_they_are_retried(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.kafka_topic("orders", retention_hours=1)
    function = lambda_events.function(fails, name="count")
    function.add_event_source(topic)

    topic.send("bad")
    lambda_events.advance(3700)
    topic.send("next")
    lambda_events.advance(0.5)

    assert delivered(function)[-1] == [1]
    with pytest.raises(AssertionError, match="expired"):
        lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-23")
def test_failed_batch_is_cut_in_two(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")

    def handler(event: Any, context: Any) -> None:
        if any(record["offset"] == 2 for record in event["records"]["orders-0"]):
            raise ValueError("bad")

    function = lambda_events.function(handler, name="count")
    function.add_event_source(
        topic, minimum_pollers=1, maximum_retry_attempts=0, bisect_batch_on_function_error=True, on_failure=failures
    )
    for value in "abcd":
        topic.send(value)
    lambda_events.run_until_idle()

    assert delivered(function) == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]]
    [message] = failures.messages
    assert json.loads(message.body)["KafkaBatchInfo"]["recordsInfo"]["orders-0"]["firstRecordOffset"] == "2"
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-33")
def test_old_record_goes_to_the_destination(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(fails, name="count")
    function.add_event_source(topic, minimum_pollers=1, maximum_record_age_in_seconds=60, on_failure=failures)

    topic.send("a")
    lambda_events.run_until_idle()

    [message] = failures.messages
    assert json.loads(message.body)["requestContext"]["condition"] == "RecordAgeExceeded"


@pytest.mark.rule("KAF-31", "KAF-34")
def test_object_of_a_bucket_has_the_event_and_the_partition(lambda_events: LambdaEvents) -> None:
    topic, bucket = lambda_events.kafka_topic("orders", partitions=2), lambda_events.bucket("failures")
    function = lambda_events.function(fails, name="count")
    mapping = function.add_event_source(topic, minimum_pollers=1, maximum_retry_attempts=0, on_failure=bucket)

    topic.send("a", partition=1)
    lambda_events.run_until_idle()

    [key] = bucket.keys
    assert key.startswith(f"aws/lambda/{mapping.uuid}/orders-1/")
    assert json.loads(json.loads(bucket.get_object(key))["payload"]) == function.batches[0].event


@pytest.mark.rule("KAF-27")
def test_record_that_is_too_large_goes_to_the_destination(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(passes, name="count")
    function.add_event_source(topic, minimum_pollers=1, on_failure=failures)

    topic.send("a" * 5_000_000)
    topic.send("b")
    lambda_events.run_until_idle()

    assert delivered(function) == [[1]]
    [message] = failures.messages
    record = json.loads(message.body)
    assert record["requestContext"]["condition"] == "MaximumPayloadSizeExceeded"
    assert record["responseContext"] is None


@pytest.mark.rule("KAF-14", "KAF-27")
@pytest.mark.parametrize(("more", "is_delivered"), [(0, True), (1, False)])
def test_event_of_one_record_has_at_most_6_megabytes(lambda_events: LambdaEvents, more: int, is_delivered: bool) -> None:
    topic, failures = lambda_events.kafka_topic("orders", partitions=2), lambda_events.queue("failures")
    sizes: list[int] = []
    function = lambda_events.function(
        lambda event, context: sizes.append(len(json.dumps(event, separators=(",", ":")))), name="f"
    )
    function.add_event_source(topic, minimum_pollers=1, maximum_batching_window_in_seconds=0, on_failure=failures)
    topic.send(b"", headers={"h": b""})
    lambda_events.run_until_idle()
    size = 6_291_456 + more
    groups, rest = divmod(size - sizes.pop(), 4)

    # Base64 has groups of four characters. The name of the header has the rest.
    topic.send(b"a" * (3 * groups), headers={"h" * (1 + rest): b""})
    lambda_events.run_until_idle()

    assert sizes == ([size] if is_delivered else [])
    assert [record.json["KafkaBatchInfo"]["payloadSize"] for record in failures.messages] == ([] if is_delivered else [size])


@pytest.mark.rule("KAF-19")
def test_planned_duplicate_delivers_a_batch_again(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(passes, name="count")
    function.add_event_source(topic)
    function.fail("checkpoint", times=1)

    topic.send("a")
    lambda_events.run_until_idle()

    assert delivered(function) == [[0], [0]]


def test_balance_sheet_counts_the_records(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(passes, name="count")
    mapping = function.add_event_source(topic)
    topic.send({"id": 1})
    topic.send({"id": 2})
    lambda_events.run_until_idle()

    mapping.update(enabled=False)
    topic.send({"id": 3})

    assert [batch.data for batch in function.batches] == [[{"id": 1}, {"id": 2}]]
    balance = lambda_events.balance_sheet()
    assert (balance.processed, balance.pending) == (2, 1)


def test_records_without_a_key_go_to_all_partitions_in_turn(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.kafka_topic("orders", partitions=3)

    sent = [topic.send("a").partition for _ in range(4)]
    keyed = {topic.send("a", key="21").partition for _ in range(4)}

    assert sent == [0, 1, 2, 0]
    assert len(keyed) == 1


def test_topic_that_is_deleted_during_an_attempt_is_read_again_when_it_exists(lambda_events: LambdaEvents) -> None:
    left = [1]

    def handler(event: Any, context: Any) -> Any:
        if left:
            left.pop()
            lambda_events.kafka_topics["orders"].delete()
            return {"batchItemFailures": [{"itemIdentifier": {"partition": "orders-0", "offset": 1}}]}
        return None

    topic = lambda_events.kafka_topic("orders")
    function = lambda_events.function(handler, name="count")
    function.add_event_source(topic, minimum_pollers=1, function_response_types=["ReportBatchItemFailures"])
    topic.send("a")
    topic.send("b")
    lambda_events.run_until_idle()

    lambda_events.kafka_topic("orders").send("c")
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [["a", "b"], ["b"], ["c"]]


@pytest.mark.parametrize("mode", ["Stream", "Queue"])
def test_topic_that_is_deleted_between_batches_is_read_again_when_it_exists(lambda_events: LambdaEvents, mode: str) -> None:
    topic = lambda_events.kafka_topic("orders")
    function = lambda_events.function(passes, name="count")
    function.add_event_source(topic, consumption_mode=mode)
    topic.send("a")
    lambda_events.run_until_idle()

    topic.delete()
    lambda_events.kafka_topic("orders").send("b")
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [["a"], ["b"]]
