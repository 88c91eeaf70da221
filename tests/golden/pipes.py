"""What pipes send to their targets."""

from __future__ import annotations

from typing import Any

import shop

from pytest_lambda_events import Function, LambdaEvents

from .pages import Golden, Page


def _event_of(environment: LambdaEvents, function: Function) -> object:
    environment.run_until_idle()
    [attempt] = function.attempts
    return attempt.event


def _queue(environment: LambdaEvents) -> object:
    orders, audit = environment.queue("orders"), environment.function(shop.audit)
    environment.pipe(orders, audit)
    orders.send({"order": 7}, message_attributes={"kind": "paid"})
    return _event_of(environment, audit)


def _stream(environment: LambdaEvents) -> object:
    clicks, audit = environment.stream("clicks"), environment.function(shop.audit)
    environment.pipe(clicks, audit, starting_position="TRIM_HORIZON")
    clicks.put({"order": 7}, partition_key="alice")
    return _event_of(environment, audit)


def _table(environment: LambdaEvents) -> object:
    table = environment.table("orders", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES")
    audit = environment.function(shop.audit)
    environment.pipe(table, audit, starting_position="TRIM_HORIZON")
    table.put_item({"id": "7", "total": 5})
    return _event_of(environment, audit)


def _event_bus(environment: LambdaEvents) -> object:
    def enrich(event: Any, context: Any) -> Any:
        return [{"order": one["order"], "customer": "alice"} for one in event]

    orders, bus = environment.queue("orders"), environment.event_bus("shop")
    environment.pipe(
        orders, bus, name="orders-pipe", enrichment=environment.function(enrich), input_template='{"id": <$.order>}',
        enrichment_input_template='{"order": <$.body.order>}',
    )  # fmt: skip
    orders.send({"order": 7})
    environment.run_until_idle()
    [event] = bus.events
    return event


def _dead_letter(environment: LambdaEvents) -> object:
    def fail(event: Any, context: Any) -> None:
        raise RuntimeError("no database")

    clicks, failures = environment.stream("clicks"), environment.queue("failures")
    environment.pipe(
        clicks, environment.function(fail), name="clicks-pipe", starting_position="TRIM_HORIZON", maximum_retry_attempts=1,
        dead_letter_queue=failures,
    )  # fmt: skip
    clicks.put({"order": 7}, partition_key="alice")
    environment.run_until_idle()
    [message] = failures.messages
    return message.json


PIPES = Page(
    "Events of pipes",
    "What EventBridge Pipes send to their targets and dead-letter queues. The rules are PIP-03, PIP-04, PIP-0D and PIP-0F.",
    [
        Golden("A queue before a function", "The event is a list.", _queue),
        Golden("A Kinesis stream before a function", "Records have no object `kinesis`.", _stream),
        Golden("The stream of a table before a function", "", _table),
        Golden("An event of an enriched message on an event bus", "The templates build the detail.", _event_bus),
        Golden("The dead letter of a Kinesis record", "AWS does not document this form.", _dead_letter),
    ],
)
