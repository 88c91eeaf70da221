"""The consumption mode `Queue`: share groups of Kafka (KAF-60 to 63)."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents, LambdaEventsError


def passes(event: Any, context: Any) -> None:
    pass


def fails(event: Any, context: Any) -> None:
    raise ValueError("bad")


def places(function: Function) -> list[list[tuple[int, int]]]:
    """The partitions and offsets of each attempt."""
    return [[(record["partition"], record["offset"]) for record in batch.records] for batch in function.batches]


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=2)


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(passes, name="count")


@pytest.mark.rule("KAF-60", "KAF-61", "KAF-62")
def test_answer_has_the_mode_and_no_position(topic: KafkaTopic, function: Function) -> None:
    mapping = function.add_event_source(topic, consumption_mode="Queue")

    shown = boto3.client("lambda").get_event_source_mapping(UUID=mapping.uuid)

    assert shown["SelfManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": mapping.uuid, "ConsumptionMode": "Queue"}
    assert shown["MaximumRetryAttempts"] == 0
    assert not {"StartingPosition", "StartingPositionTimestamp", "MaximumBatchingWindowInSeconds"} & shown.keys()


@pytest.mark.rule("KAF-61", "KAF-62")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"starting_position": "LATEST"}, "StartingPosition is not supported with ConsumptionMode Queue"),
        ({"maximum_batching_window_in_seconds": 0}, "MaximumBatchingWindowInSeconds is not supported"),
        ({"maximum_retry_attempts": -1, "minimum_pollers": 1}, "MaximumRetryAttempts -1 is not supported"),
        ({"maximum_retry_attempts": 1}, "MaximumRetryAttempts is supported only with ProvisionedPollerConfig"),
    ],
)
def test_settings_that_a_share_group_does_not_have_are_refused(
    topic: KafkaTopic, function: Function, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        function.add_event_source(topic, consumption_mode="Queue", **settings)


@pytest.mark.rule("KAF-61", "KAF-62")
@pytest.mark.parametrize("settings", [{"maximum_batching_window_in_seconds": 1}, {"maximum_retry_attempts": -1}])
def test_update_refuses_these_settings_too(topic: KafkaTopic, function: Function, settings: dict[str, Any]) -> None:
    mapping = function.add_event_source(topic, consumption_mode="Queue", minimum_pollers=1)

    with pytest.raises(ClientError, match="ConsumptionMode Queue"):
        mapping.update(**settings)


@pytest.mark.rule("KAF-60")
def test_topic_of_amazon_msk_has_no_modes(lambda_events: LambdaEvents, function: Function) -> None:
    topic = lambda_events.kafka_topic("payments", cluster="sales")

    with pytest.raises(LambdaEventsError, match="only topics of self-managed clusters have consumption modes"):
        function.add_event_source(topic, consumption_mode="Queue")


@pytest.mark.rule("KAF-61", "KAF-63")
def test_records_are_delivered_immediately_in_the_order_of_offsets(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function
) -> None:
    topic.send("before the group began", partition=0)
    mapping = function.add_event_source(topic, consumption_mode="Queue")
    topic.send("a", partition=1)
    topic.send("b", partition=0)

    lambda_events.run_until_idle()

    assert places(function) == [[(0, 1), (1, 0)]]
    assert lambda_events.elapsed == 0
    assert topic.offsets == {mapping.uuid: {0: 2, 1: 1}}
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-62", "KAF-63")
def test_failed_records_are_delivered_five_times_and_dropped(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(fails, name="count")
    function.add_event_source(topic, consumption_mode="Queue", on_failure=failures)
    topic.send("a", partition=0)
    topic.send("b", partition=1)

    lambda_events.run_until_idle()

    assert places(function) == [[(0, 0), (1, 0)]] * 5
    [message] = failures.messages
    info = json.loads(message.body)["KafkaBatchInfo"]
    assert (info["batchSize"], list(info["recordsInfo"])) == (2, ["orders-0", "orders-1"])
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-62")
def test_dropped_record_without_a_destination_is_lost(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    lambda_events.function(fails, name="count").add_event_source(topic, consumption_mode="Queue")
    topic.send("a")

    lambda_events.run_until_idle()

    with pytest.raises(AssertionError, match="lost"):
        lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-62")
def test_retries_belong_to_one_delivery(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    function = lambda_events.function(fails, name="count")
    function.add_event_source(topic, consumption_mode="Queue", minimum_pollers=1, maximum_retry_attempts=1)
    topic.send("a")

    lambda_events.run_until_idle()

    assert len(function.batches) == 10


@pytest.mark.rule("KAF-63")
def test_released_record_comes_before_new_ones(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    sent: list[str] = []

    def handler(event: Any, context: Any) -> None:
        if not sent:
            sent.append("a")
            topic.send("new", partition=0)
            raise ValueError("bad")

    function = lambda_events.function(handler, name="count")
    function.add_event_source(topic, consumption_mode="Queue", batch_size=1)
    topic.send("old", partition=1)

    lambda_events.run_until_idle()

    assert places(function) == [[(1, 0)], [(1, 0)], [(0, 0)]]


@pytest.mark.rule("KAF-63", "KAF-24")
def test_only_reported_records_are_delivered_again(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    def handler(event: Any, context: Any) -> Any:
        records = event["records"].get("orders-0", [])
        failed = [one for one in records if one["offset"] == 1]
        return {"batchItemFailures": [{"itemIdentifier": {"partition": "orders-0", "offset": 1}}] if failed else []}

    failures = lambda_events.queue("failures")
    function = lambda_events.function(handler, name="count")
    mapping = function.add_event_source(
        topic, consumption_mode="Queue", minimum_pollers=1, function_response_types=["ReportBatchItemFailures"],
        on_failure=failures,
    )  # fmt: skip
    for _ in range(3):
        topic.send("a", partition=0)
    lambda_events.run_until_idle()

    assert places(function) == [[(0, 0), (0, 1), (0, 2)]] + [[(0, 1)]] * 4
    assert topic.offsets[mapping.uuid][0] == 3
    [message] = failures.messages
    assert json.loads(message.body)["KafkaBatchInfo"]["recordsInfo"]["orders-0"]["firstRecordOffset"] == "1"
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-61")
def test_two_mappings_of_a_share_group_share_a_partition(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    import time

    functions = [lambda_events.function(lambda event, context: time.sleep(1), name=name) for name in ("one", "two")]
    for function in functions:
        function.add_event_source(topic, consumption_mode="Queue", consumer_group_id="readers", batch_size=1)
    for _ in range(4):
        topic.send("a", partition=0)

    lambda_events.run_until_idle()

    assert [places(function) for function in functions] == [[[(0, 0)], [(0, 2)]], [[(0, 1)], [(0, 3)]]]
    assert lambda_events.elapsed == 2
    assert topic.offsets == {"readers": {0: 4, 1: 0}}
    lambda_events.assert_no_data_lost()
    assert lambda_events.balance_sheet().processed == 4


@pytest.mark.rule("KAF-42", "KAF-63")
def test_records_that_do_not_match_are_acknowledged(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function
) -> None:
    mapping = function.add_event_source(topic, consumption_mode="Queue", filters=[{"value": {"k": ["a"]}}])
    topic.send({"k": "b"}, partition=0)
    topic.send({"k": "a"}, partition=0)

    lambda_events.run_until_idle()

    assert places(function) == [[(0, 1)]]
    assert topic.offsets[mapping.uuid][0] == 2


@pytest.mark.rule("KAF-63", "KAF-50")
def test_unacknowledged_record_keeps_the_offset_and_the_lag(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        seen.append(dict(topic.offsets.get("readers", {})))
        if event["records"].keys() == {"orders-0"} and len(seen) < 3:
            raise ValueError("bad")

    function = lambda_events.function(handler, name="count")
    function.add_event_source(topic, consumption_mode="Queue", batch_size=1, consumer_group_id="readers")
    topic.send("a", partition=0)
    topic.send("b", partition=1)
    lambda_events.run_until_idle()

    assert topic.offsets == {"readers": {0: 1, 1: 1}}
    assert lambda_events.metrics.values("OffsetLag", function)[-1] == 0


@pytest.mark.rule("KAF-63")
def test_committed_offset_begins_a_share_group(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    for _ in range(3):
        topic.send("a", partition=0)
    topic.commit_offsets("readers", {0: 1})

    function.add_event_source(topic, consumption_mode="Queue", consumer_group_id="readers")
    lambda_events.run_until_idle()

    assert places(function) == [[(0, 1), (0, 2)]]


@pytest.mark.rule("KAF-63")
def test_disabled_mapping_continues_with_unfinished_records(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    failing = [True]

    def handler(event: Any, context: Any) -> None:
        if failing:
            lambda_events.event_source_mappings[mapping.uuid].update(enabled=False)
            failing.clear()
            raise ValueError("bad")

    function = lambda_events.function(handler, name="count")
    mapping = function.add_event_source(topic, consumption_mode="Queue", minimum_pollers=1, maximum_retry_attempts=3)
    topic.send("a", partition=0)
    lambda_events.run_until_idle()
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert places(function) == [[(0, 0)], [(0, 0)]]
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-05")
def test_group_has_one_mode(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    other = lambda_events.function(passes, name="other")
    other.add_event_source(topic, consumption_mode="Queue", consumer_group_id="readers")

    with pytest.raises(ClientError, match="readers is already used with another ConsumptionMode"):
        function.add_event_source(topic, consumer_group_id="readers")
