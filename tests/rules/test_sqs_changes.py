"""What becomes of batches when their mapping, function or queue changes under them, by the test or by the handler itself."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
from queue_stories import PARTIAL, bodies, counts, fail, sleep_ten, starts, story, succeed

from pytest_lambda_events import Function, LambdaEvents, Queue


def spans(fn: Function) -> list[tuple[float, float | None]]:
    """When each batch began and ended."""
    return [(batch.started_after_seconds, batch.ended_after_seconds) for batch in fn.batches]


# ---------------------------------------------------------------------- by the test


@pytest.mark.rule("SQS-08", "SQS-20")
def test_a_lower_maximum_concurrency_lets_running_invocations_end(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=300), lambda_events.function(sleep_ten, timeout=20)
    mapping = fn.add_event_source(orders, batch_size=1, maximum_concurrency=4)
    orders.send(*"12345678")
    lambda_events.advance(5)

    mapping.update(maximum_concurrency=2)
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 0, 0, 0, 10, 10, 20, 20]
    assert counts(fn) == [["1"]] * 8


@pytest.mark.rule("SQS-20")
def test_a_higher_maximum_concurrency_applies_immediately(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=300), lambda_events.function(sleep_ten, timeout=20)
    mapping = fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)
    orders.send(*"12345678")
    lambda_events.advance(5)

    mapping.update(maximum_concurrency=4)
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 0, 5, 5, 10, 10, 15, 15]


@pytest.mark.rule("SQS-34", "SQS-60")
def test_a_window_gathers_while_an_earlier_batch_is_throttled(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20, reserved_concurrent_executions=1)
    fn.add_event_source(orders, batch_size=2, maximum_batching_window_in_seconds=11)

    orders.send(*"12345")
    lambda_events.run_until_idle()

    ran = [(batch.started_after_seconds, batch.data) for batch in fn.batches if batch.outcome == "success"]
    assert ran == [(0, ["1", "2"]), (10.5, ["3", "4"]), (21.5, ["5"])]
    assert orders.messages == []


@pytest.mark.rule("SQS-53", "SQS-56")
def test_two_queues_that_are_each_other_s_dead_letter_queue_pass_a_message_to_and_fro(lambda_events: LambdaEvents) -> None:
    first = lambda_events.queue("first", visibility_timeout=5)
    second = lambda_events.queue("second", visibility_timeout=5, dead_letter_queue=first, max_receive_count=2)
    first.update(dead_letter_queue=second, max_receive_count=2)
    lambda_events.function(fail, name="one").add_event_source(first)
    lambda_events.function(fail, name="two").add_event_source(second)

    first.send("1")
    lambda_events.advance(29)

    assert starts(lambda_events.functions["one"]) == [0, 5, 20, 25]
    assert starts(lambda_events.functions["two"]) == [10, 15]


# ---------------------------------------------------------------------- by the handler


def calling(operation: str, **parameters: Any) -> Any:
    """A handler that calls Lambda's API and then works for a second."""
    client = boto3.client("lambda", region_name="us-east-1")

    def handler(event: Any, context: Any) -> None:
        getattr(client, operation)(**parameters)
        time.sleep(1)

    return handler


def fed(lambda_events: LambdaEvents, orders: Queue, operation: str, **parameters: Any) -> Function:
    """A function whose handler does something to its own mapping."""
    fn = lambda_events.function(succeed, name="fn")
    uuid = fn.add_event_source(orders, batch_size=1).uuid
    fn.update(handler=calling(operation, UUID=uuid, **parameters))
    return fn


@pytest.mark.rule("SQS-08", "ESM-53")
def test_a_handler_that_deletes_its_mapping_ends_and_has_its_message_deleted(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = fed(lambda_events, orders, "delete_event_source_mapping")

    orders.send("1", "2")
    lambda_events.run_until_idle()

    assert spans(fn) == [(0, 1)]
    assert [(message.body, message.approximate_receive_count) for message in orders.messages] == [("2", 0)]


@pytest.mark.rule("SQS-08", "ESM-52")
def test_a_handler_that_disables_its_mapping_is_the_last(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = fed(lambda_events, orders, "update_event_source_mapping", Enabled=False)

    orders.send("1", "2")
    lambda_events.run_until_idle()

    assert spans(fn) == [(0, 1)]
    assert bodies(orders) == ["2"]


@pytest.mark.rule("SQS-70", "ESM-72")
def test_a_batch_is_judged_by_the_settings_that_it_was_received_under(lambda_events: LambdaEvents) -> None:
    orders, client = lambda_events.queue("orders"), boto3.client("lambda", region_name="us-east-1")
    uuids: list[str] = []

    def handler(event: Any, context: Any) -> dict[str, Any]:
        client.update_event_source_mapping(UUID=uuids[0], FunctionResponseTypes=PARTIAL)
        is_new = [record for record in event["Records"] if record["attributes"]["ApproximateReceiveCount"] == "1"]
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in is_new]}

    fn = lambda_events.function(handler)
    uuids.append(fn.add_event_source(orders, batch_size=1).uuid)

    orders.send("1")
    lambda_events.advance(0)
    orders.send("2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1"]), (0, ["2"]), (30, ["2"])]


@pytest.mark.rule("SQS-41", "SQS-60", "ESM-56")
def test_a_handler_that_deletes_its_function_is_the_last_and_messages_wait_for_another(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(calling("delete_function", FunctionName="fn"), name="fn")
    fn.add_event_source(orders, batch_size=1)
    orders.send("1")
    lambda_events.advance(2)
    orders.send("2")
    lambda_events.advance(2)

    again = lambda_events.function(succeed, name="fn")
    lambda_events.run_until_idle()

    assert [batch.outcome for batch in again.batches] == ["success", "not_found", "success"]
    assert starts(again) == [0, 2, 5.5]
    assert orders.messages == []


# ---------------------------------------------------------------------- large and strange


@pytest.mark.rule("SQS-37", "SQS-E4")
def test_five_messages_of_a_mebibyte_are_in_one_batch(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send(*["x" * 1_048_576] * 7)
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == [5, 2]


@pytest.mark.rule("SQS-E4")
@pytest.mark.parametrize("body", ["é", "日本語", "🎉", 'line\nbreak\t"quoted" \\', "\u2028\ufffd", " "], ids=ascii)
def test_a_body_of_any_characters_arrives_as_it_was_sent(body: str, lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send(body)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, [body])]
