"""Consumer groups with several mappings (KAF-05, KAF-06)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_lambda_events import Function, KafkaTopic, LambdaEvents


def passes(event: Any, context: Any) -> None:
    pass


def read_by(function: Function) -> dict[int, list[int]]:
    """The offsets of each partition that a function has received."""
    found: dict[int, list[int]] = {}
    for batch in function.batches:
        for record in batch.records:
            found.setdefault(record["partition"], []).append(record["offset"])
    return found


def send_to_each(topic: KafkaTopic) -> None:
    for partition in range(topic.partitions):
        topic.send("a", partition=partition)


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=5)


@pytest.fixture
def one(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(passes, name="one")


@pytest.fixture
def two(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(passes, name="two")


@pytest.mark.rule("KAF-06")
def test_mappings_of_a_group_divide_the_partitions(
    lambda_events: LambdaEvents, topic: KafkaTopic, one: Function, two: Function
) -> None:
    one.add_event_source(topic, consumer_group_id="readers")
    two.add_event_source(topic, consumer_group_id="readers")

    send_to_each(topic)
    lambda_events.run_until_idle()

    assert read_by(one) == {0: [0], 1: [0], 2: [0]}
    assert read_by(two) == {3: [0], 4: [0]}
    assert topic.offsets == {"readers": dict.fromkeys(range(5), 1)}
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-06")
def test_mapping_that_joins_takes_partitions_over(
    lambda_events: LambdaEvents, topic: KafkaTopic, one: Function, two: Function
) -> None:
    one.add_event_source(topic, consumer_group_id="readers")
    send_to_each(topic)
    lambda_events.run_until_idle()

    two.add_event_source(topic, consumer_group_id="readers", starting_position="LATEST")
    send_to_each(topic)
    lambda_events.run_until_idle()

    assert read_by(one) == {0: [0, 1], 1: [0, 1], 2: [0, 1], 3: [0], 4: [0]}
    assert read_by(two) == {3: [1], 4: [1]}


@pytest.mark.rule("KAF-06")
@pytest.mark.parametrize("leave", [lambda mapping: mapping.update(enabled=False), lambda mapping: mapping.delete()])
def test_mapping_that_leaves_gives_its_partitions_back(
    lambda_events: LambdaEvents, topic: KafkaTopic, one: Function, two: Function, leave: Any
) -> None:
    one.add_event_source(topic, consumer_group_id="readers")
    mapping = two.add_event_source(topic, consumer_group_id="readers")
    send_to_each(topic)
    lambda_events.run_until_idle()

    leave(mapping)
    send_to_each(topic)
    lambda_events.run_until_idle()

    assert read_by(one) == {0: [0, 1], 1: [0, 1], 2: [0, 1], 3: [1], 4: [1]}
    assert read_by(two) == {3: [0], 4: [0]}
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-06")
def test_partition_moves_after_the_batch_in_progress(lambda_events: LambdaEvents, topic: KafkaTopic, two: Function) -> None:
    slow = lambda_events.function(lambda event, context: time.sleep(2), name="slow", timeout=10)
    slow.add_event_source(topic, consumer_group_id="readers")
    send_to_each(topic)
    lambda_events.advance(1)

    two.add_event_source(topic, consumer_group_id="readers")
    topic.send("b", partition=4)
    lambda_events.advance(1)
    before = read_by(two)
    lambda_events.run_until_idle()

    assert before == {}
    assert read_by(slow) == {partition: [0] for partition in range(5)}
    assert read_by(two) == {4: [1]}


@pytest.mark.rule("KAF-06")
def test_failed_batch_of_a_disabled_mapping_is_read_by_the_other(
    lambda_events: LambdaEvents, topic: KafkaTopic, two: Function
) -> None:
    def fails_slowly(event: Any, context: Any) -> None:
        time.sleep(2)
        raise ValueError("bad")

    failing = lambda_events.function(fails_slowly, name="failing", timeout=10)
    mapping = failing.add_event_source(topic, consumer_group_id="readers")
    two.add_event_source(topic, consumer_group_id="readers")
    topic.send("a", partition=0)
    lambda_events.advance(1)

    mapping.update(enabled=False)
    lambda_events.run_until_idle()

    assert read_by(two) == {0: [0]}
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-06")
def test_mapping_without_a_partition_waits(lambda_events: LambdaEvents, one: Function, two: Function) -> None:
    topic = lambda_events.kafka_topic("payments")
    first = one.add_event_source(topic, consumer_group_id="readers")
    two.add_event_source(topic, consumer_group_id="readers")

    topic.send("a")
    lambda_events.run_until_idle()
    first.delete()
    topic.send("b")
    lambda_events.run_until_idle()

    assert (read_by(one), read_by(two)) == ({0: [0]}, {0: [1]})


@pytest.mark.rule("KAF-06")
def test_mappings_of_a_group_on_two_topics_read_all_partitions(
    lambda_events: LambdaEvents, topic: KafkaTopic, one: Function, two: Function
) -> None:
    payments = lambda_events.kafka_topic("payments", partitions=2)
    one.add_event_source(topic, consumer_group_id="readers")
    two.add_event_source(payments, consumer_group_id="readers")

    send_to_each(topic)
    send_to_each(payments)
    lambda_events.run_until_idle()

    assert (list(read_by(one)), list(read_by(two))) == ([0, 1, 2, 3, 4], [0, 1])


@pytest.mark.rule("KAF-06")
def test_disabled_mapping_of_a_group_returns(
    lambda_events: LambdaEvents, topic: KafkaTopic, one: Function, two: Function
) -> None:
    mapping = one.add_event_source(topic, consumer_group_id="readers")
    two.add_event_source(topic, consumer_group_id="readers")
    for enabled in (False, True):
        mapping.update(enabled=enabled)
        send_to_each(topic)
        lambda_events.run_until_idle()

    assert read_by(one) == {0: [1], 1: [1], 2: [1]}
    assert read_by(two) == {0: [0], 1: [0], 2: [0], 3: [0, 1], 4: [0, 1]}
    lambda_events.assert_no_data_lost()
    assert lambda_events.balance_sheet().processed == 10
