"""Stories whose records are those of batches, and the events that a function gets from each source."""

from __future__ import annotations

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


def _clicks(world: LambdaEvents, handler: Any, **settings: Any) -> Stream:
    clicks = world.stream("clicks")
    world.function(handler, name="index").add_event_source(clicks, **FED, **settings)
    clicks.put({"page": "home"}, BROKEN, partition_key="alice")
    return clicks


def _orders(world: LambdaEvents, handler: Any, **settings: Any) -> Table:
    orders = world.table("orders", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES")
    world.function(handler, name="index").add_event_source(orders, **FED, **settings)
    orders.put_item({"id": "1", "state": "new"})
    orders.put_item({"id": "1", "state": "paid"})
    return orders


def _given_up(world: LambdaEvents, feed: Any, handler: Any, **settings: Any) -> object:
    failures = world.queue("failures")
    feed(world, handler, on_failure=failures, **settings)
    world.run_until_idle()
    [record] = failures.invocation_records
    return record


def _to_bucket(world: LambdaEvents, feed: Any, handler: Any) -> object:
    failures = world.bucket("failures")
    feed(world, handler, on_failure=failures, maximum_retry_attempts=0)
    world.run_until_idle()
    [key] = failures.keys
    return {"key": key, "object": failures.invocation_records[0]}


def _last_call(world: LambdaEvents, feed: Any) -> object:
    failures = world.queue("failures")
    feed(world, count_then_fail, on_failure=failures, maximum_retry_attempts=0, tumbling_window_in_seconds=10)
    world.advance(200)
    [record] = failures.invocation_records
    return record


def _page(title: str, rules: str, info: str, feed: Any) -> Page:
    return Page(
        title,
        f"What a batch leaves when it is given up. `{info}` names the records, which stay in the stream until they "
        f"expire. The rules are {rules}.",
        [
            Golden(
                "RetryAttemptsExhausted",
                "Two attempts raised, with `maximum_retry_attempts=1`.",
                lambda world: _given_up(world, feed, refuse, maximum_retry_attempts=1),
            ),
            Golden(
                "RetryAttemptsExhausted by a partial failure",
                "The function named its records in `batchItemFailures`: `functionError` is `null`.",
                lambda world: _given_up(
                    world, feed, report_all, maximum_retry_attempts=0, function_response_types=["ReportBatchItemFailures"]
                ),
            ),
            Golden(
                "RecordAgeExceeded",
                "The attempts went on for `maximum_record_age_in_seconds=60`; there is no response.",
                lambda world: _given_up(world, feed, refuse, maximum_record_age_in_seconds=60),
            ),
            Golden(
                "The last call of a window",
                "It has no records, so only the shard is told; `timeWindowInfo` comes last.",
                lambda world: _last_call(world, feed),
            ),
            Golden(
                "In a bucket",
                "The object has the batch's event too, as text in `payload`, opened here.",
                lambda world: _to_bucket(world, feed, refuse),
            ),
        ],
    )


KINESIS = _page("Records of batches of a Kinesis stream", "KIN-70 to KIN-79 and KIN-E4 to KIN-E7", "KinesisBatchInfo", _clicks)
TABLES = _page("Records of batches of a table's stream", "DDB-50 to DDB-56", "DDBStreamBatchInfo", _orders)


def _event_of_a_queue(world: LambdaEvents) -> object:
    orders, audit = world.queue("orders"), world.function(shop.audit)
    audit.add_event_source(orders)
    orders.send({"order": 7}, message_attributes={"channel": "web"})
    world.run_until_idle()
    return audit.batches[0].event


def _event_of_a_fifo_queue(world: LambdaEvents) -> object:
    orders, audit = world.queue("orders.fifo", content_based_deduplication=True), world.function(shop.audit)
    audit.add_event_source(orders)
    orders.send({"order": 7}, message_group_id="alice")
    world.run_until_idle()
    return audit.batches[0].event


def _event_of_a_stream(world: LambdaEvents) -> object:
    _clicks(world, shop.audit)
    world.run_until_idle()
    return world.functions["index"].batches[0].event


def _event_of_a_window(world: LambdaEvents) -> object:
    _clicks(world, shop.count_clicks, tumbling_window_in_seconds=10)
    world.run_until_idle()
    return world.functions["index"].batches[0].event


def _event_of_a_table(world: LambdaEvents) -> object:
    _orders(world, shop.audit)
    world.run_until_idle()
    return world.functions["index"].batches[0].event


EVENTS = Page(
    "Events of each source",
    "What a function is given, with JSON inside of text opened.",
    [
        Golden("A queue", "", _event_of_a_queue),
        Golden("A FIFO queue", "", _event_of_a_fifo_queue),
        Golden("A Kinesis stream", "`data` is base64 on AWS.", _event_of_a_stream),
        Golden("A tumbling window", "The window's call has its `state` and its span.", _event_of_a_window),
        Golden("A table's stream", "", _event_of_a_table),
    ],
)
