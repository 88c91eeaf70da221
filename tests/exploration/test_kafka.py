"""Topics of Kafka are explored as streams are: repeated batches, lost commits, divided batches, other orders of partitions."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, explore, replay

BOTH = ["0:0", "1:0"]
BY_ONE = {"batch_size": 1}


def scenario_of(seen: list[list[list[str]]], **settings: Any) -> Any:
    """A scenario with a record in each of two partitions. `seen` gets the batches of each execution."""

    def scenario(env: LambdaEvents) -> None:
        batches: list[list[str]] = []
        seen.append(batches)

        def handler(event: Any, context: Any) -> None:
            records = [record for records in event["records"].values() for record in records]
            batches.append([f"{record['partition']}:{record['offset']}" for record in records])

        topic = env.kafka_topic("orders", partitions=2)
        mapping = env.function(handler, name="f").add_event_source(topic, starting_position="TRIM_HORIZON", **settings)
        topic.send("a", partition=0)
        topic.send("b", partition=1)
        env.run_until_idle()
        assert topic.offsets == {mapping.uuid: {0: 1, 1: 1}}
        env.assert_no_data_lost()

    return scenario


@pytest.mark.rule("KAF-10", "KAF-19", "KAF-20")
@pytest.mark.parametrize(
    ("plan", "settings", "batches"),
    [
        ("", {}, [BOTH]),
        ("duplicate/f//1/duplicate", {}, [BOTH, BOTH]),
        ("checkpoint/f//1/lost checkpoint", {}, [BOTH, BOTH]),
        ("split/f//1/split", {}, [["0:0"], ["1:0"]]),
        ("throttle/f//1/throttle", {}, [BOTH]),
        ("", BY_ONE, [["0:0"], ["1:0"]]),
        ("partition order/f//1/reversed", BY_ONE, [["1:0"], ["0:0"]]),
        ("partition order/f//1/reversed;checkpoint/f//1/lost checkpoint", BY_ONE, [["1:0"], ["1:0"], ["0:0"]]),
    ],
)
def test_batches_of_a_topic(plan: str, settings: dict[str, Any], batches: list[list[str]]) -> None:
    seen: list[list[list[str]]] = []

    replay(scenario_of(seen, **settings), f"v1;{plan}")

    assert seen == [batches]


def test_all_choices_of_a_topic_are_tried_and_nothing_is_lost() -> None:
    result = explore(scenario_of([], **BY_ONE), max_faults=1, max_seconds=600)

    assert result.failures == []
    assert {"duplicate", "throttle", "lost", "reversed", "crash", "timeout"} <= result.coverage.keys()
    assert result.coverage["reversed"] == 1
    assert explore(scenario_of([]), max_faults=1, max_seconds=600).coverage["split"] == 1


def test_order_within_a_partition_is_kept() -> None:
    seen: list[str] = []

    def scenario(env: LambdaEvents) -> None:
        seen.clear()

        def handler(event: Any, context: Any) -> None:
            seen.extend(str(record["offset"]) for records in event["records"].values() for record in records)

        topic = env.kafka_topic("orders")
        env.function(handler, name="f").add_event_source(topic, starting_position="TRIM_HORIZON")
        for body in "abc":
            topic.send(body)
        env.run_until_idle()
        assert [first for first, second in zip(seen, [*seen[1:], ""], strict=True) if second == "0"] in ([], ["2"])
        assert "".join(sorted(set(seen))) == "012"
        assert "".join(seen) in ("012", "012012", "0012", "01012", "0012012")

    result = explore(scenario, max_faults=1, max_seconds=600, crash=False, timeouts=False, errors=False)

    assert result.failures == []
