"""Stories whose records are those of batches, and the events that a function gets from each source."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import shop

from pytest_lambda_events import LambdaEvents, Stream, Table

from .pages import Golden, Page

BROKEN = {"page": "broken"}
FED: dict[str, Any] = {"starting_position": "TRIM_HORIZON"}


def refuse(event: Any, context: Any) -> None:
    raise ValueError("no such order")


def report_all(event: Any, context: Any) -> Any:
    return {"batchItemFailures": [{"itemIdentifier": ""}]}


def count_then_fail(event: Any, context: Any) -> Any:
    if event["isFinalInvokeForWindow"]:
        raise ValueError("no such window")
    return {"state": {"count": len(event["Records"])}}


def _clicks(environment: LambdaEvents, handler: Any, **settings: Any) -> Stream:
    clicks = environment.stream("clicks")
    environment.function(handler, name="index").add_event_source(clicks, **FED, **settings)
    clicks.put({"page": "home"}, BROKEN, partition_key="alice")
    return clicks


def _orders(environment: LambdaEvents, handler: Any, **settings: Any) -> Table:
    orders = environment.table("orders", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES")
    environment.function(handler, name="index").add_event_source(orders, **FED, **settings)
    orders.put_item({"id": "1", "state": "new"})
    orders.put_item({"id": "1", "state": "paid"})
    return orders


def _given_up(environment: LambdaEvents, feed: Any, handler: Any, **settings: Any) -> object:
    failures = environment.queue("failures")
    feed(environment, handler, on_failure=failures, **settings)
    environment.run_until_idle()
    [record] = failures.invocation_records
    return record


def _to_bucket(environment: LambdaEvents, feed: Any, handler: Any) -> object:
    failures = environment.bucket("failures")
    feed(environment, handler, on_failure=failures, maximum_retry_attempts=0)
    environment.run_until_idle()
    [key] = failures.keys
    return {"key": key, "object": failures.invocation_records[0]}


def _last_call(environment: LambdaEvents, feed: Any) -> object:
    failures = environment.queue("failures")
    feed(environment, count_then_fail, on_failure=failures, maximum_retry_attempts=0, tumbling_window_in_seconds=10)
    environment.advance(200)
    [record] = failures.invocation_records
    return record


def _page(title: str, rules: str, info: str, feed: Any) -> Page:
    return Page(
        title,
        f"The record of a discarded batch. `{info}` names the stream records, which stay in the stream until they "
        f"expire. The rules are {rules}.",
        [
            Golden(
                "RetryAttemptsExhausted",
                "Two attempts raised, with `maximum_retry_attempts=1`.",
                lambda environment: _given_up(environment, feed, refuse, maximum_retry_attempts=1),
            ),
            Golden(
                "RetryAttemptsExhausted by a partial failure",
                "The function named its records in `batchItemFailures`: `functionError` is `null`.",
                lambda environment: _given_up(
                    environment,
                    feed,
                    report_all,
                    maximum_retry_attempts=0,
                    function_response_types=["ReportBatchItemFailures"],
                ),
            ),
            Golden(
                "RecordAgeExceeded",
                "The attempts went on for `maximum_record_age_in_seconds=60`; there is no response.",
                lambda environment: _given_up(environment, feed, refuse, maximum_record_age_in_seconds=60),
            ),
            Golden(
                "The last call of a window",
                "It has no records, so it names only the shard. `timeWindowInfo` is the last key.",
                lambda environment: _last_call(environment, feed),
            ),
            Golden(
                "In a bucket",
                "The object has the batch's event too, as text in `payload`, opened here.",
                lambda environment: _to_bucket(environment, feed, refuse),
            ),
        ],
    )


KINESIS = _page("Records of batches of a Kinesis stream", "KIN-70 to KIN-79 and KIN-E4 to KIN-E7", "KinesisBatchInfo", _clicks)
TABLES = _page("Records of batches of a table's stream", "DDB-50 to DDB-56", "DDBStreamBatchInfo", _orders)


def _event_of_a_queue(environment: LambdaEvents) -> object:
    orders, audit = environment.queue("orders"), environment.function(shop.audit)
    audit.add_event_source(orders)
    orders.send({"order": 7}, message_attributes={"channel": "web"})
    environment.run_until_idle()
    return audit.batches[0].event


def _event_of_a_fifo_queue(environment: LambdaEvents) -> object:
    orders, audit = environment.queue("orders.fifo", content_based_deduplication=True), environment.function(shop.audit)
    audit.add_event_source(orders)
    orders.send({"order": 7}, message_group_id="alice")
    environment.run_until_idle()
    return audit.batches[0].event


def _event_of_a_stream(environment: LambdaEvents) -> object:
    _clicks(environment, shop.audit)
    environment.run_until_idle()
    return environment.functions["index"].batches[0].event


def _event_of_a_window(environment: LambdaEvents) -> object:
    _clicks(environment, shop.count_clicks, tumbling_window_in_seconds=10)
    environment.run_until_idle()
    return environment.functions["index"].batches[0].event


def _event_of_a_table(environment: LambdaEvents) -> object:
    _orders(environment, shop.audit)
    environment.run_until_idle()
    return environment.functions["index"].batches[0].event


def _event_of_a_bus(environment: LambdaEvents) -> object:
    bus, audit = environment.event_bus("shop"), environment.function(shop.audit)
    bus.add_rule({"source": ["shop"]}, audit)
    bus.put_event(source="shop", detail_type="order paid", detail={"order": 7, "total": 12.50})
    return audit.events[0].payload


def _event_of_a_scheduled_rule(environment: LambdaEvents) -> object:
    audit = environment.function(shop.audit)
    environment.rule("cron(0 12 * * ? *)", audit, name="noon")
    environment.advance(timedelta(days=1))
    return audit.events[0].payload


def _event_of_a_schedule(environment: LambdaEvents) -> object:
    audit = environment.function(shop.audit)
    environment.schedule("rate(1 hour)", audit, name="hourly")
    environment.advance(1)
    return audit.events[0].payload


EVENTS = Page(
    "Events of each source",
    "What a function is given, with JSON inside of text opened.",
    [
        Golden("A queue", "", _event_of_a_queue),
        Golden("A FIFO queue", "", _event_of_a_fifo_queue),
        Golden("A Kinesis stream", "`data` is base64 on AWS.", _event_of_a_stream),
        Golden("A tumbling window", "The window's call has its `state` and its span.", _event_of_a_window),
        Golden("A table's stream", "", _event_of_a_table),
        Golden("A rule of an event bus", "The event itself, without `Records`.", _event_of_a_bus),
        Golden("A rule with a schedule", "`detail` is an empty object.", _event_of_a_scheduled_rule),
        Golden("EventBridge Scheduler", "`detail` is the text `{}`, opened here.", _event_of_a_schedule),
    ],
)
