"""Event sources through handles: made, changed, found and deleted, and what their batches look like."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError

POISON = {"id": 2}


def ship(event: Any, context: Any) -> None:
    """Takes all but poison."""
    if any(record["body"] == '{"id": 2}' for record in event["Records"]):
        raise ValueError("no address")


def test_a_batch_has_its_mapping(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)
    mapping = function.add_event_source(orders)
    orders.send({"id": 1})

    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.event_source_mapping == mapping
    assert batch.records[0]["eventSourceARN"] == orders.arn
    assert (batch.data, batch.outcome, batch.number, batch.batch_item_failures) == ([{"id": 1}], "success", 1, [])
    assert function.records_processed == 1


def test_a_mapping_is_found_by_its_uuid_however_it_was_made(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(ship)
    made = function.add_event_source(lambda_events.queue("orders"))
    through_boto3 = lambda_events.client("lambda").create_event_source_mapping(
        FunctionName="ship", EventSourceArn=lambda_events.queue("parcels").arn
    )

    found = lambda_events.event_source_mappings

    assert list(found) == [made.uuid, through_boto3["UUID"]]
    assert found[made.uuid] == made
    assert found[through_boto3["UUID"]].arn == through_boto3["EventSourceMappingArn"]


def test_an_unknown_mapping_is_refused_with_those_that_there_are(lambda_events: LambdaEvents) -> None:
    mapping = lambda_events.function(ship).add_event_source(lambda_events.queue("orders"))

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.event_source_mappings["orders"]

    assert str(raised.value) == (
        f"Event source mapping 'orders' does not exist in us-east-1, account 123456789012. "
        f"Event source mappings: {mapping.uuid}."
    )


@pytest.mark.rule("SQS-05")
def test_an_update_points_a_mapping_at_another_function(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    first, second = lambda_events.function(ship, name="first"), lambda_events.function(ship, name="second")
    mapping = first.add_event_source(orders)

    mapping.update(function=second)
    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert (len(first.batches), len(second.batches)) == (0, 1)


@pytest.mark.rule("SQS-08")
def test_a_mapping_is_enabled_and_disabled_immediately(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)
    mapping = function.add_event_source(orders, enabled=False)
    orders.send({"id": 1})
    lambda_events.run_until_idle()
    states = [mapping.state]
    counts = [len(function.batches)]

    mapping.update(enabled=True)
    lambda_events.run_until_idle()
    states.append(mapping.state)
    counts.append(len(function.batches))

    assert (states, counts) == (["Disabled", "Enabled"], [0, 1])


def test_a_mapping_that_is_deleted_polls_no_more(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)
    mapping = function.add_event_source(orders)

    mapping.delete()
    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert (function.batches, len(orders.messages)) == ([], 1)
    assert list(lambda_events.event_source_mappings) == []


@pytest.mark.rule("SQS-05")
def test_an_alias_has_the_batches_of_its_own_mapping(lambda_events: LambdaEvents) -> None:
    orders, parcels = lambda_events.queue("orders"), lambda_events.queue("parcels")
    function = lambda_events.function(ship)
    live = function.create_alias("live", function_version=function.publish_version().version)
    function.add_event_source(orders)
    live.add_event_source(parcels)

    orders.send("to the function")
    parcels.send("to the alias")
    lambda_events.run_until_idle()

    assert [batch.data for batch in live.batches] == [["to the alias"]]
    assert sorted(batch.data for batch in function.batches) == [["to the alias"], ["to the function"]]
    assert [batch.executed_version for batch in live.batches] == ["1"]
    assert (live.records_processed, function.records_processed) == (1, 2)


@pytest.mark.rule("ESM-29", "SQS-51")
@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"parallelization_factor": 2}, "ParallelizationFactor"),
        ({"maximum_retry_attempts": 1}, "MaximumRetryAttempts"),
        ({"bisect_batch_on_function_error": True}, "BisectBatchOnFunctionError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_of_streams_is_refused_by_aws(lambda_events: LambdaEvents, setting: Any, name: str) -> None:
    orders = lambda_events.queue("orders")
    function = lambda_events.function(ship)

    with pytest.raises(ClientError, match=f"Unsupported {name} parameter for given event source mapping type"):
        function.add_event_source(orders, **setting)

    assert list(lambda_events.event_source_mappings) == []


# ---------------------------------------------------------------------- what never becomes idle


def test_poison_without_a_way_out_is_named_with_its_receives_and_its_end(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship).add_event_source(orders)
    orders.send(POISON)

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run_until_idle(limit_seconds=300)

    assert str(raised.value) == (
        "Still not idle after 300 virtual seconds, the limit of run_until_idle. Pending:\n"
        "- queue orders: message {\"id\": 2}, received 11 times by 'ship', visible again at 330 s, expires at 345600 s\n"
        "It has no dead_letter_queue, so it comes back until it expires. "
        "Give it one, or use advance(seconds) or limit_seconds."
    )


def test_poison_on_its_way_to_a_dead_letter_queue_is_named_with_that_way(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=9)
    lambda_events.function(ship).add_event_source(orders)
    orders.send(POISON)

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run_until_idle(limit_seconds=29)

    assert str(raised.value) == (
        "Still not idle after 29 virtual seconds, the limit of run_until_idle. Pending:\n"
        "- queue orders: message {\"id\": 2}, received once by 'ship', visible again at 30 s, expires at 345600 s\n"
        "Its dead_letter_queue dead takes it at the receive after number 9, its max_receive_count. "
        "Use advance(seconds), or raise limit_seconds or limit_events."
    )


def test_poison_whose_dead_letter_queue_is_gone_is_named_with_that(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=1)
    lambda_events.function(ship).add_event_source(orders)
    orders.send(POISON)
    dead.delete()

    with pytest.raises(
        LambdaEventsError, match="Its dead_letter_queue dead does not exist, so it comes back until it expires"
    ):
        lambda_events.run_until_idle(limit_seconds=60)


def test_a_queue_that_never_empties_is_named_with_the_likely_reason(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    again = lambda_events.function(lambda event, context: orders.send("again") and None, name="again")
    again.add_event_source(orders)
    lambda_events.client("lambda").put_function_recursion_config(FunctionName="again", RecursiveLoop="Allow")
    orders.send("first")

    with pytest.raises(LambdaEventsError, match="A handler that sends to its own queue never becomes idle"):
        lambda_events.run_until_idle(limit_events=100)


def test_a_delayed_message_is_awaited(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship).add_event_source(orders)
    orders.send({"id": 1}, delay_seconds=60)

    with pytest.raises(AssertionError) as raised:
        lambda_events.assert_idle()

    assert str(raised.value) == (
        'Not idle at 0 s. Pending:\n- queue orders: message {"id": 1}, not received yet, visible at 60 s, expires at 345600 s'
    )


def test_poison_beside_other_work_gets_the_advice_for_all(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship).add_event_source(orders)
    orders.send(POISON)
    lambda_events.function(ship, name="charge").invoke_async({"Records": [{"body": '{"id": 2}'}]})

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run_until_idle(limit_seconds=59)

    assert str(raised.value).splitlines()[1:] == [
        r'- charge: attempt 2 of event {"Records": [{"body": "{\"id\": 2}"}]}, due at 60 s',
        "- queue orders: message {\"id\": 2}, received 2 times by 'ship', visible again at 60 s, expires at 345600 s",
        "What repeats for ever never becomes idle: use advance(seconds), or raise limit_seconds or limit_events.",
    ]
