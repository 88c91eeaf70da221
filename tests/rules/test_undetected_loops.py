"""ASY-94: loops that Lambda does not stop, because a service in the chain passes no lineage on. One warning names each."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from log_groups import LogGroupCalls

from pytest_lambda_events import Function, LambdaEvents
from pytest_lambda_events.errors import LambdaEventsError

LIMIT = 16
MORE = 20
"""The runs of a loop, which its handler then ends."""
WARNING = (
    "'loop' ran more than 16 times in one chain of invocations. Lambda does not stop this loop, because the chain contains "
    "EventBridge, a pipe, Kinesis or DynamoDB Streams (ASY-94). Check that the loop ends."
)
Send = Callable[[], object]
Connect = Callable[[LambdaEvents, Function], Send]
"""Leads what a call sends back to the function, and returns the call."""


def bus(environment: LambdaEvents, function: Function) -> Send:
    made = environment.event_bus("shop")
    made.add_rule({"source": ["shop"]}, function)
    return lambda: made.put_event(source="shop", detail_type="again", detail={})


def bus_and_queue(environment: LambdaEvents, function: Function) -> Send:
    made, jobs = environment.event_bus("shop"), environment.queue("jobs")
    made.add_rule({"source": ["shop"]}, jobs)
    function.add_event_source(jobs, batch_size=1)
    return lambda: made.put_event(source="shop", detail_type="again", detail={})


def bus_and_stream(environment: LambdaEvents, function: Function) -> Send:
    made, clicks = environment.event_bus("shop"), environment.stream("clicks")
    made.add_rule({"source": ["shop"]}, clicks)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    return lambda: made.put_event(source="shop", detail_type="again", detail={})


def bucket_and_bus(environment: LambdaEvents, function: Function) -> Send:
    uploads = environment.bucket("uploads")
    environment.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    environment.event_buses["default"].add_rule({"source": ["aws.s3"]}, function)
    return lambda: uploads.put_object("again", b"")


def stream(environment: LambdaEvents, function: Function) -> Send:
    clicks = environment.stream("clicks")
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    return lambda: clicks.put("again", partition_key="k")


def table(environment: LambdaEvents, function: Function) -> Send:
    users = environment.table("users", partition_key="id", stream_view_type="NEW_IMAGE")
    function.add_event_source(users, starting_position="TRIM_HORIZON")
    numbers = iter(range(100))
    return lambda: users.put_item({"id": str(next(numbers))})


def pipe(environment: LambdaEvents, function: Function) -> Send:
    jobs = environment.queue("jobs")
    environment.pipe(jobs, function, name="jobs")
    return lambda: jobs.send("again")


def pipe_with_enrichment(environment: LambdaEvents, function: Function) -> Send:
    jobs, done = environment.queue("jobs"), environment.queue("done")
    environment.pipe(jobs, done, enrichment=function, name="jobs")
    return lambda: jobs.send("again")


def pipe_of_a_stream(environment: LambdaEvents, function: Function) -> Send:
    clicks = environment.stream("clicks")
    environment.pipe(clicks, function, name="jobs", starting_position="TRIM_HORIZON", invocation_type="FIRE_AND_FORGET")
    return lambda: clicks.put("again", partition_key="k")


def pipe_to_a_queue(environment: LambdaEvents, function: Function) -> Send:
    jobs, copies = environment.queue("jobs"), environment.queue("copies")
    environment.pipe(jobs, copies, name="jobs")
    function.add_event_source(copies, batch_size=1)
    return lambda: jobs.send("again")


def pipe_to_a_topic(environment: LambdaEvents, function: Function) -> Send:
    jobs, news = environment.queue("jobs"), environment.topic("news")
    environment.pipe(jobs, news, name="jobs")
    news.subscribe(function)
    return lambda: jobs.send("again")


def pipe_to_a_bus(environment: LambdaEvents, function: Function) -> Send:
    jobs, made = environment.queue("jobs"), environment.event_bus("shop")
    environment.pipe(jobs, made, name="jobs")
    made.add_rule({"detail-type": [{"exists": True}]}, function)
    return lambda: jobs.send('{"again": true}')


def pipe_to_a_stream(environment: LambdaEvents, function: Function) -> Send:
    jobs, clicks = environment.queue("jobs"), environment.stream("clicks")
    environment.pipe(jobs, clicks, name="jobs", partition_key="k")
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    return lambda: jobs.send("again")


HOPS: tuple[Connect, ...] = (
    bus, bus_and_queue, bus_and_stream, bucket_and_bus, stream, table, pipe, pipe_with_enrichment, pipe_of_a_stream,
    pipe_to_a_queue, pipe_to_a_topic, pipe_to_a_bus, pipe_to_a_stream,
)  # fmt: skip


def looping(environment: LambdaEvents, connect: Connect, runs: int = MORE) -> tuple[Function, list[Any]]:
    """Creates a function that invokes itself again through `connect`. It stops after this number of runs."""
    events: list[Any] = []
    send: list[Send] = []

    def loop(event: Any, context: Any) -> Any:
        events.append(event)
        if len(events) < runs:
            send[0]()
        return {"done": True}

    function = environment.function(loop)
    send.append(connect(environment, function))
    send[0]()
    environment.run_until_idle()
    return function, events


def warnings_of(environment: LambdaEvents) -> list[str]:
    return [entry.detail["message"] for entry in environment.journal.warnings if "(ASY-9" in entry.detail["message"]]


@pytest.mark.rule("ASY-94")
@pytest.mark.parametrize("connect", HOPS, ids=lambda connect: str(connect.__name__).replace("_", " "))
def test_a_loop_that_lambda_does_not_detect_goes_on_with_one_warning(lambda_events: LambdaEvents, connect: Connect) -> None:
    function, events = looping(lambda_events, connect)

    assert len(events) == MORE
    assert warnings_of(lambda_events) == [WARNING]
    assert lambda_events.metrics.values("RecursiveInvocationsDropped", function) == []


@pytest.mark.rule("ASY-94")
@pytest.mark.parametrize(("runs", "warnings"), [(LIMIT, []), (LIMIT + 1, [WARNING])])
def test_the_warning_comes_with_the_seventeenth_run(lambda_events: LambdaEvents, runs: int, warnings: list[str]) -> None:
    looping(lambda_events, stream, runs)

    assert warnings_of(lambda_events) == warnings


@pytest.mark.rule("ASY-94")
def test_a_function_that_allows_loops_has_no_warning(lambda_events: LambdaEvents) -> None:
    def connect(environment: LambdaEvents, function: Function) -> Send:
        environment.client("lambda").put_function_recursion_config(FunctionName=function.name, RecursiveLoop="Allow")
        return bus(environment, function)

    _, events = looping(lambda_events, connect)

    assert (len(events), warnings_of(lambda_events)) == (MORE, [])


@pytest.mark.rule("ASY-94")
def test_many_records_and_retries_are_no_loop(lambda_events: LambdaEvents) -> None:
    clicks, shop = lambda_events.stream("clicks"), lambda_events.event_bus("shop")
    count, fail = lambda_events.function(lambda event, context: None, name="count"), lambda_events.function(failing)
    count.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1)
    fail.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1, maximum_retry_attempts=20)
    shop.add_rule({"source": ["shop"]}, count)

    def send_all(event: Any, context: Any) -> None:
        for number in range(MORE):
            clicks.put(number, partition_key="k")
            shop.put_event(source="shop", detail_type="one", detail={})

    lambda_events.function(send_all).invoke({})
    lambda_events.run_until_idle()

    assert len(count.attempts) == 2 * MORE
    assert warnings_of(lambda_events) == []


def failing(event: Any, context: Any) -> None:
    raise RuntimeError("fail")


@pytest.mark.rule("ASY-91", "ASY-94")
def test_a_chain_that_continues_through_a_queue_after_a_stream_is_stopped_after_16_runs_from_there(
    lambda_events: LambdaEvents,
) -> None:
    jobs, clicks = lambda_events.queue("jobs"), lambda_events.stream("clicks")
    runs: list[Any] = []

    def loop(event: Any, context: Any) -> None:
        runs.append(event)
        if len(runs) < 10:
            clicks.put("again", partition_key="k")
        else:
            jobs.send("again")

    function = lambda_events.function(loop)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    function.add_event_source(jobs, batch_size=1)
    clicks.put("first", partition_key="k")

    lambda_events.run_until_idle()

    assert len(runs) == 9 + LIMIT
    assert warnings_of(lambda_events)[0] == WARNING


def test_a_stream_passes_no_trace_on(lambda_events: LambdaEvents) -> None:
    roots: list[str] = []
    clicks = lambda_events.stream("clicks")

    def put(event: Any, context: Any) -> None:
        roots.append(os.environ["_X_AMZN_TRACE_ID"].partition(";")[0])
        if event == {}:
            clicks.put("x", partition_key="k")

    function = lambda_events.function(put)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    function.invoke({})
    lambda_events.run_until_idle()

    assert len(set(roots)) == 2


@pytest.mark.rule("PIP-0F")
def test_a_message_that_a_pipe_sends_continues_the_trace_without_its_lineage(lambda_events: LambdaEvents) -> None:
    jobs, copies = lambda_events.queue("jobs"), lambda_events.queue("copies")
    lambda_events.pipe(jobs, copies, name="jobs")
    lambda_events.function(lambda event, context: jobs.send("x"), name="send").invoke({})
    [message] = jobs.messages

    lambda_events.run_until_idle()

    [copied] = copies.messages
    assert str(copied.attributes["AWSTraceHeader"]) == str(message.attributes["AWSTraceHeader"]).partition(";Lineage")[0]


# ---------------------------------------------------------------------- logs


@pytest.mark.rule("LOG-1C", "LOG-1D")
@pytest.mark.parametrize("way", ["stream", "pipe", "table"])
def test_a_loop_of_log_deliveries_through_a_stream_ends_in_an_error(lambda_events: LambdaEvents, way: str) -> None:
    group, clicks = LogGroupCalls(lambda_events), lambda_events.stream("clicks")
    users = lambda_events.table("users", partition_key="id", stream_view_type="NEW_IMAGE")
    events: list[Any] = []

    def write(event: Any, context: Any) -> None:
        events.append(event)
        group.put("again")

    writer = lambda_events.function(write)
    if way == "table":
        save = lambda_events.function(lambda event, context: users.put_item({"id": context.aws_request_id}), name="save")
        writer.add_event_source(users, starting_position="TRIM_HORIZON")
        group.subscribe(save.arn)
    else:
        group.subscribe(clicks.arn, roleArn="arn:aws:iam::123456789012:role/logs")
        if way == "stream":
            writer.add_event_source(clicks, starting_position="TRIM_HORIZON")
        else:
            lambda_events.pipe(clicks, writer, name="jobs", starting_position="TRIM_HORIZON")

    group.put("first")
    with pytest.raises(LambdaEventsError, match="Endless loop of log deliveries: subscription filter 'all' of log group"):
        lambda_events.run_until_idle()

    # The control message of a filter for a stream is one more.
    assert len(events) in (LIMIT, LIMIT + 1)


def test_log_events_through_a_stream_that_are_no_loop_end_in_no_error(lambda_events: LambdaEvents) -> None:
    group, clicks = LogGroupCalls(lambda_events), lambda_events.stream("clicks")
    texts: list[str] = []

    def read(event: Any, context: Any) -> None:
        for record in event["Records"]:
            data = json.loads(gzip.decompress(base64.b64decode(record["kinesis"]["data"])))
            texts.extend(one["message"] for one in data["logEvents"])

    lambda_events.function(read).add_event_source(clicks, starting_position="TRIM_HORIZON")
    group.subscribe(clicks.arn, roleArn="arn:aws:iam::123456789012:role/logs")
    for number in range(2 * LIMIT):
        group.put(f"message {number}")

    lambda_events.run_until_idle()

    assert [text for text in texts if text.startswith("message")] == [f"message {number}" for number in range(2 * LIMIT)]


# ---------------------------------------------------------------------- schedules


@pytest.mark.rule("ASY-94")
def test_a_function_that_schedules_itself_begins_a_new_chain_each_time(lambda_events: LambdaEvents) -> None:
    runs: list[Any] = []

    def loop(event: Any, context: Any) -> None:
        runs.append(event)
        if len(runs) < MORE:
            lambda_events.schedule(
                f"at({lambda_events.now:%Y-%m-%dT%H:%M:%S})", lambda_events.functions["loop"], name=f"run-{len(runs)}"
            )

    function = lambda_events.function(loop)
    function.invoke({})

    lambda_events.advance(1)

    assert len(runs) == MORE
    assert warnings_of(lambda_events) == []
