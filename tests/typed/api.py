"""Calls of the public API as users write them: type-checked, never run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pytest_lambda_events import (
    AsyncEvent,
    Attempt,
    BalanceSheet,
    Batch,
    Bucket,
    DeadLetter,
    Entry,
    EventBus,
    EventSourceMapping,
    Function,
    InvocationRecord,
    InvokeResponse,
    LambdaEvents,
    LogGroup,
    Message,
    Pipe,
    PlannedFault,
    Queue,
    Shard,
    Stream,
    StreamRecord,
    Table,
    Topic,
    matches_dead_letter,
    matches_record,
    normalize,
)


def charge(event: dict[str, Any], context: object) -> dict[str, int]:
    return {"charged": event["order"]}


def an_environment_without_pytest() -> None:
    with LambdaEvents(region_name="eu-central-1", seed=7, assert_all_faults_met=False) as lambda_events:
        lambda_events.advance(timedelta(minutes=1))
        lambda_events.run_until_idle(limit_seconds=60)
        lambda_events.run(until=90)
        lambda_events.run(until=lambda: lambda_events.elapsed > 90)
        entry: Entry | None = lambda_events.step()
        sheet: BalanceSheet = lambda_events.balance_sheet()
        lambda_events.assert_no_data_lost()
        lambda_events.assert_idle()
        assert entry is None or sheet.lost == 0


def functions(lambda_events: LambdaEvents) -> None:
    failures: Queue = lambda_events.queue("failures", visibility_timeout=60)
    topic: Topic = lambda_events.topic("audit")
    bus: EventBus = lambda_events.event_bus("bus")
    bucket: Bucket = lambda_events.bucket("records")
    log_group: LogGroup = lambda_events.log_group("/aws/lambda/charge")
    function: Function = lambda_events.function(
        charge, timeout=3, on_failure=failures, on_success=bus, dead_letter_queue=topic
    )
    lambda_events.function("shop.charge", name="other", environment={"TABLE": "orders"}, on_failure=bucket)
    log_group.subscribe(function, filter_pattern="ERROR", name="errors")
    log_group.put("ERROR", {"level": "ERROR"}, log_stream="one")
    pipe: Pipe = lambda_events.pipe(failures, topic, enrichment=function, filters=[{"body": {"a": [1]}}], name="p")
    lambda_events.pipe(lambda_events.stream("clicks"), function, starting_position="LATEST", input_template="<$.data>")
    pipe.stop()
    lines: list[str] = log_group.messages
    assert lines == []
    response: InvokeResponse = function.invoke({"order": 7})
    event: AsyncEvent = function.invoke_async(b"{}")
    attempts: Sequence[Attempt] = event.attempts
    batches: list[Batch] = function.batches
    function.update(handler=charge, reserved_concurrent_executions=None, maximum_retry_attempts=1)
    version: Function = function.publish_version()
    function.create_alias("live", function_version=version.version, routing_config={"1": 0.5})
    records: list[InvocationRecord] = failures.invocation_records
    letters: list[DeadLetter] = failures.dead_letters
    assert records == [matches_record(condition="RetriesExhausted")]
    assert letters == [matches_dead_letter(error_code=200)]
    assert normalize(records) == [{}]
    assert (response.payload, attempts[0].outcome, batches[0].batch_item_failures) == ({}, "success", [])


def sources(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    orders = lambda_events.queue("orders.fifo", content_based_deduplication=True)
    clicks: Stream = lambda_events.stream("clicks", shard_count=2)
    items: Table = lambda_events.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
    mapping: EventSourceMapping = function.add_event_source(orders, batch_size=10, filters=[{"body": {"id": [1]}}])
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", bisect_batch_on_function_error=True)
    function.add_event_source(items, starting_position="LATEST", maximum_retry_attempts=3)
    mapping.update(enabled=False)
    sent: list[Message] = orders.send({"id": 1}, message_group_id="a")
    put: list[StreamRecord] = clicks.put({"page": 1}, "text", partition_key="a")
    shards: list[Shard] = clicks.shards
    clicks.split_shard(shards[0])
    items.put_item({"id": "a"})
    assert (sent[0].json, put[0].json, mapping.checkpoints) == ({}, {}, {})


def faults(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    planned: PlannedFault = function.fail(TimeoutError("bank is closed"), attempts=[1, 2], after_handler=True)
    function.fail("exit", exit_status=2, times=1, optional=True)
    function.fail("response", payload={"batchItemFailures": []}, when=lambda event: event["order"] == 13)
    function.fail("split", sizes=[1, 2], until=timedelta(hours=1))
    function.throttle(reason="CallerRateLimitExceeded", until=30)
    planned.cancel()
    assert planned.times_met == 0


def mistakes(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    function.fail("time-out")  # type: ignore[arg-type]
    function.fail("timeout", attempt=[1])  # type: ignore[call-arg]
    function.add_event_source("arn", batchsize=3)  # type: ignore[call-arg]
    lambda_events.queue("orders", visibility=3)  # type: ignore[call-arg]
    lambda_events.stream("clicks", shard_count="2")  # type: ignore[arg-type]
