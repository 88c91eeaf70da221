"""ASY-90 to 92: a function that feeds itself through a queue, a topic or a bucket is stopped as one that invokes itself."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents, Queue

LIMIT = 16
MORE = 20
"""Runs that no stopped loop reaches. A handler does not start another one, so that a loop which is not stopped ends."""
ROOT = "1-5759e988-bd862e3fe1be46a994272793"
OTHER_ROOT = "1-67891233-abcdef012345678912345678"
LOST = """\
- queue drain: message still busy, stopped at 0 s as part of a recursive loop of 'loop'.
  Lambda stops a chain of invocations in which the function ran 16 times. \
The queue has no dead_letter_queue. Add one to keep such messages (ASY-92)."""
TERMINATED = "RecursiveInvocationTerminated"


def looping(lambda_events: LambdaEvents, send: Callable[[], object], name: str = "loop") -> Function:
    """A function that sends once in each run, up to `MORE` times."""
    runs: list[Any] = []

    def loop(event: Any, context: Any) -> None:
        runs.append(event)
        if len(runs) < MORE:
            send()

    return lambda_events.function(loop, name=name)


def dropped(lambda_events: LambdaEvents, function: Function) -> list[float]:
    return lambda_events.metrics.values("RecursiveInvocationsDropped", function)


def header_of(message: Any) -> str:
    return str(message.attributes["AWSTraceHeader"])


def lineage_of(header: str) -> str:
    found = re.fullmatch(
        r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=(\d+):[0-9a-f]{8}:\d+", header
    )
    assert found is not None, header
    return found[1]


# ---------------------------------------------------------------------- queues


@pytest.mark.rule("ASY-90", "ASY-91", "ASY-92", "MET-19")
@pytest.mark.parametrize("name", ["drain", "drain.fifo"])
def test_the_seventeenth_message_of_a_loop_goes_to_the_dead_letter_queue_of_its_queue(
    lambda_events: LambdaEvents, name: str
) -> None:
    group: Any = {"message_group_id": "g"} if name.endswith(".fifo") else {}
    dead = lambda_events.queue(f"dead-{name}")
    drain = lambda_events.queue(name, dead_letter_queue=dead, max_receive_count=3)
    if group:
        drain.update(content_based_deduplication=True)
    numbers = iter(range(1, 100))
    function = looping(lambda_events, lambda: drain.send(f"{next(numbers)}", **group))
    function.add_event_source(drain)
    drain.send("0", **group)

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT
    assert [(message.body, message.approximate_receive_count) for message in dead.messages] == [("16", 1)]
    assert drain.messages == []
    assert dropped(lambda_events, function) == [1]


@pytest.mark.rule("ASY-92")
def test_a_loop_without_a_dead_letter_queue_is_reported_as_lost(lambda_events: LambdaEvents) -> None:
    drain = lambda_events.queue("drain")
    looping(lambda_events, lambda: drain.send("still busy")).add_event_source(drain)
    drain.send("still busy")
    lambda_events.run_until_idle()

    with pytest.raises(AssertionError) as failure:
        lambda_events.assert_no_data_lost()

    sheet = lambda_events.balance_sheet()
    assert (sheet.accepted, sheet.processed, sheet.lost) == (LIMIT + 1, LIMIT, 1)
    assert str(failure.value).splitlines()[1:3] == LOST.splitlines()


@pytest.mark.rule("ASY-92")
def test_a_message_on_the_dead_letter_queue_is_not_lost(lambda_events: LambdaEvents) -> None:
    drain = lambda_events.queue("drain", dead_letter_queue=lambda_events.queue("dead"), max_receive_count=3)
    looping(lambda_events, lambda: drain.send("still busy")).add_event_source(drain)
    drain.send("still busy")

    lambda_events.run_until_idle()

    sheet = lambda_events.balance_sheet()
    assert (sheet.processed, sheet.dead, sheet.lost) == (LIMIT, 1, 0)
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("ASY-92")
def test_the_timeline_and_a_warning_name_the_loop(lambda_events: LambdaEvents) -> None:
    kept = lambda_events.queue("kept", dead_letter_queue=lambda_events.queue("dead"), max_receive_count=3)
    lost = lambda_events.queue("lost")
    function = looping(lambda_events, lambda: kept.send("again"))
    function.add_event_source(kept)
    other = looping(lambda_events, lambda: lost.send("again"), "other")
    other.add_event_source(lost)
    kept.send("again")
    lost.send("again")

    lambda_events.run_until_idle()

    lines = [re.split(" {3,}", line.strip()) for line in lambda_events.journal.timeline().splitlines() if "refused" in line]
    assert lines == [
        ["0 s", "loop", "refused", 'message-id-33 "again" from kept: a recursive loop', "1 moved to dead"],
        [
            "0 s", "other", "refused", 'message-id-34 "again" from lost: a recursive loop',
            "1 lost, the queue has no dead-letter queue",
        ],
    ]  # fmt: skip
    told = [entry for entry in lambda_events.journal.warnings if "stopped a recursive loop" in entry.detail["message"]]
    assert [entry.function_name for entry in told] == ["loop", "other"]
    assert "put_function_recursion_config(FunctionName='loop', RecursiveLoop='Allow')" in told[0].detail["message"]


@pytest.mark.rule("ASY-91")
@pytest.mark.parametrize(("last", "runs", "kept"), [(16, 16, 0), (17, 16, 1)], ids=["16", "17"])
def test_sixteen_is_the_longest_chain_through_a_queue(lambda_events: LambdaEvents, last: int, runs: int, kept: int) -> None:
    dead = lambda_events.queue("dead")
    drain = lambda_events.queue("drain", dead_letter_queue=dead, max_receive_count=3)

    def handler(event: Any, context: Any) -> None:
        number = int(event["Records"][0]["body"])
        if number < last:
            drain.send(str(number + 1))

    function = lambda_events.function(handler)
    function.add_event_source(drain)
    drain.send("1")

    lambda_events.run_until_idle()

    assert (len(function.attempts), len(dead.messages)) == (runs, kept)


@pytest.mark.rule("ASY-90")
def test_a_function_that_allows_recursion_goes_on_through_its_queue(lambda_events: LambdaEvents) -> None:
    drain = lambda_events.queue("drain")
    function = looping(lambda_events, lambda: drain.send("again"))
    function.add_event_source(drain)
    lambda_events.client("lambda").put_function_recursion_config(FunctionName="loop", RecursiveLoop="Allow")
    drain.send("again")

    lambda_events.run_until_idle()

    assert len(function.attempts) == MORE
    assert dropped(lambda_events, function) == []


@pytest.mark.rule("ASY-91")
def test_functions_that_feed_each_other_through_queues_are_counted_apart(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    there = lambda_events.queue("there", dead_letter_queue=dead, max_receive_count=3)
    back = lambda_events.queue("back", dead_letter_queue=dead, max_receive_count=3)
    ping = looping(lambda_events, lambda: there.send("ping"), "ping")
    pong = looping(lambda_events, lambda: back.send("pong"), "pong")
    ping.add_event_source(back)
    pong.add_event_source(there)
    back.send("pong")

    lambda_events.run_until_idle()

    assert (len(ping.attempts), len(pong.attempts)) == (LIMIT, LIMIT)
    assert [message.body for message in dead.messages] == ["pong"]


@pytest.mark.rule("ASY-91")
def test_retries_of_a_message_are_one_link_of_its_chain(lambda_events: LambdaEvents) -> None:
    drain = lambda_events.queue("drain")
    failed: list[int] = []

    def handler(event: Any, context: Any) -> None:
        number = int(event["Records"][0]["body"])
        if len(failed) < 5:
            failed.append(number)
            raise ValueError("not yet")
        if number < LIMIT:
            drain.send(str(number + 1))

    function = lambda_events.function(handler)
    function.add_event_source(drain)
    drain.send("1")

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT + 5
    assert lambda_events.balance_sheet().processed == LIMIT


@pytest.mark.rule("ASY-91")
def test_many_messages_of_one_run_do_not_count_as_a_loop(lambda_events: LambdaEvents) -> None:
    jobs = lambda_events.queue("jobs")
    worker = lambda_events.function(lambda event, context: None, name="worker")
    worker.add_event_source(jobs, batch_size=1)
    spread = lambda_events.function(
        lambda event, context: [jobs.send(str(job)) for job in range(MORE)] and None, name="spread"
    )

    spread.invoke_async()
    lambda_events.run_until_idle()

    assert len(worker.attempts) == MORE


# ---------------------------------------------------------------------- batches of several messages


def fed(lambda_events: LambdaEvents, queue: Queue, length: int) -> None:
    """Leave in `queue` one message whose chain has `length` runs of `loop`."""
    function = lambda_events.functions["loop"]
    source = function.add_event_source(queue)
    queue.send("1")
    lambda_events.run_until_idle()
    assert len(function.attempts) == length
    source.delete()


def counting(lambda_events: LambdaEvents, queue: Queue, inner: Queue, last: int) -> Function:
    """A function that feeds itself through `queue`, and in its last run sends to `inner`."""

    def loop(event: Any, context: Any) -> None:
        for record in event["Records"]:
            if record["body"].isdecimal():
                number = int(record["body"])
                (queue if number < last else inner).send(str(number + 1))

    return lambda_events.function(loop, name="loop")


@pytest.mark.rule("ASY-91", "ASY-92")
def test_the_messages_beside_one_of_a_loop_are_delivered_without_it(lambda_events: LambdaEvents) -> None:
    dead, ring = lambda_events.queue("dead"), lambda_events.queue("ring")
    mixed = lambda_events.queue("mixed", dead_letter_queue=dead, max_receive_count=3)
    function = counting(lambda_events, ring, mixed, LIMIT)
    mixed.send("first")
    fed(lambda_events, ring, LIMIT)
    mixed.send("last")

    function.add_event_source(mixed, batch_size=10)
    lambda_events.run_until_idle()

    assert [record["body"] for record in function.attempts[-1].event["Records"]] == ["first", "last"]
    assert [message.body for message in dead.messages] == ["17"]
    assert dropped(lambda_events, function) == [1]


@pytest.mark.rule("ASY-91")
def test_a_batch_continues_the_longest_of_the_chains_of_its_messages(lambda_events: LambdaEvents) -> None:
    ring, mixed = lambda_events.queue("ring"), lambda_events.queue("mixed")
    function = counting(lambda_events, ring, mixed, 5)
    start = lambda_events.function(lambda event, context: mixed.send("from another function") and None, name="start")
    start.invoke_async()
    fed(lambda_events, ring, 5)
    seen = []

    def look(event: Any, context: Any) -> None:
        seen.append(os.environ["_X_AMZN_TRACE_ID"])

    first = mixed.messages[0]
    function.update(handler=look)
    function.add_event_source(mixed, batch_size=10)
    lambda_events.run_until_idle()

    assert len(function.attempts[-1].event["Records"]) == 2
    assert lineage_of(seen[0]) == "6"
    assert seen[0].partition(";")[0] == header_of(first).partition(";")[0]


@pytest.mark.rule("ASY-92")
def test_a_message_of_a_loop_that_is_gone_already_is_neither_moved_nor_lost(lambda_events: LambdaEvents) -> None:
    dead, ring = lambda_events.queue("dead"), lambda_events.queue("ring")
    mixed = lambda_events.queue("mixed", dead_letter_queue=dead, max_receive_count=3)
    function = counting(lambda_events, ring, mixed, LIMIT)
    fed(lambda_events, ring, LIMIT)
    function.add_event_source(mixed, batch_size=10, maximum_batching_window_in_seconds=20)
    lambda_events.advance(5)

    mixed.purge()
    lambda_events.run_until_idle()

    [stopped] = [entry for entry in lambda_events.journal if entry.kind == "recursion_stopped"]
    assert stopped.detail["stale"] == stopped.detail["message_ids"]
    assert dead.messages == []
    assert lambda_events.balance_sheet().lost == 0


# ---------------------------------------------------------------------- topics, buckets, and on through queues


@pytest.mark.rule("ASY-90", "ASY-91", "ASY-92")
def test_a_loop_through_a_topic_stops(lambda_events: LambdaEvents) -> None:
    topic, letters = lambda_events.topic("ping"), lambda_events.queue("letters")
    function = looping(lambda_events, lambda: topic.publish("pong"))
    function.update(dead_letter_queue=letters)
    topic.subscribe(function)
    topic.publish("ping")

    lambda_events.run_until_idle()

    assert [event.condition for event in function.events] == ["Success"] * LIMIT + [TERMINATED]
    assert len(letters.messages) == 1
    assert dropped(lambda_events, function) == [1]
    lambda_events.assert_no_data_lost()


def notified(lambda_events: LambdaEvents, kind: str, arn_name: str, arn: str) -> None:
    lambda_events.client("s3").put_bucket_notification_configuration(
        Bucket="thumbs", NotificationConfiguration={kind: [{arn_name: arn, "Events": ["s3:ObjectCreated:*"]}]}
    )


@pytest.mark.rule("ASY-90", "ASY-91")
def test_a_loop_through_a_bucket_stops(lambda_events: LambdaEvents) -> None:
    thumbs = lambda_events.bucket("thumbs")
    function = looping(lambda_events, lambda: thumbs.put_object("small", "x"))
    notified(lambda_events, "LambdaFunctionConfigurations", "LambdaFunctionArn", function.arn)
    thumbs.put_object("big", "x")

    lambda_events.run_until_idle()

    assert [event.condition for event in function.events] == ["Success"] * LIMIT + [TERMINATED]
    with pytest.raises(AssertionError, match="Lambda stops a chain of invocations in which the function ran 16 times"):
        lambda_events.assert_no_data_lost()


@pytest.mark.rule("ASY-91")
@pytest.mark.parametrize("raw", [False, True], ids=["wrapped", "raw"])
def test_a_loop_through_a_topic_and_a_queue_stops(lambda_events: LambdaEvents, raw: bool) -> None:
    topic, inbox = lambda_events.topic("news"), lambda_events.queue("inbox")
    topic.subscribe(inbox, raw_message_delivery=raw)
    function = looping(lambda_events, lambda: topic.publish("again"))
    function.add_event_source(inbox)
    topic.publish("again")

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT


@pytest.mark.rule("ASY-91")
def test_a_loop_through_a_bucket_and_a_queue_stops(lambda_events: LambdaEvents) -> None:
    thumbs, inbox = lambda_events.bucket("thumbs"), lambda_events.queue("inbox")
    function = looping(lambda_events, lambda: thumbs.put_object("small", "x"))
    function.add_event_source(inbox)
    notified(lambda_events, "QueueConfigurations", "QueueArn", inbox.arn)
    thumbs.put_object("big", "x")

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT


@pytest.mark.rule("ASY-91", "PSH-5E")
@pytest.mark.parametrize("has_queue", [False, True], ids=["function", "queue"])
def test_a_loop_through_a_bucket_and_a_topic_stops(lambda_events: LambdaEvents, *, has_queue: bool) -> None:
    thumbs, news, inbox = lambda_events.bucket("thumbs"), lambda_events.topic("news"), lambda_events.queue("inbox")
    function = looping(lambda_events, lambda: thumbs.put_object("small", "x"))
    notified(lambda_events, "TopicConfigurations", "TopicArn", news.arn)
    if has_queue:
        news.subscribe(inbox)
        function.add_event_source(inbox)
    else:
        news.subscribe(function)
    thumbs.put_object("big", "x")

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT


@pytest.mark.rule("ASY-91")
def test_a_loop_that_alternates_between_services_stops(lambda_events: LambdaEvents) -> None:
    queue, topic = lambda_events.queue("queue"), lambda_events.topic("topic")
    client, turns = lambda_events.client("lambda"), iter(range(100))

    def send() -> None:
        turn = next(turns) % 3
        if turn == 0:
            queue.send("again")
        elif turn == 1:
            topic.publish("again")
        else:
            client.invoke(FunctionName="loop", InvocationType="Event")

    function = looping(lambda_events, send)
    function.add_event_source(queue)
    topic.subscribe(function)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT


# ---------------------------------------------------------------------- what AWS does not detect


def test_a_loop_through_an_event_bus_is_not_detected(lambda_events: LambdaEvents) -> None:
    bus = lambda_events.event_bus("shop")
    function = looping(lambda_events, lambda: bus.put_event(source="shop", detail_type="again", detail={}))
    bus.add_rule({"source": ["shop"]}, function)
    bus.put_event(source="shop", detail_type="again", detail={})

    lambda_events.run_until_idle()

    assert len(function.attempts) == MORE


def test_a_loop_through_a_stream_is_not_detected(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    function = looping(lambda_events, lambda: clicks.put("again", partition_key="k"))
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    clicks.put("again", partition_key="k")

    lambda_events.run_until_idle()

    assert len(function.attempts) == MORE


def test_a_loop_through_a_table_is_not_detected(lambda_events: LambdaEvents) -> None:
    users = lambda_events.table("users", partition_key="id", stream_view_type="NEW_IMAGE")
    numbers = iter(range(1, 100))
    function = looping(lambda_events, lambda: users.put_item({"id": str(next(numbers))}))
    function.add_event_source(users, starting_position="TRIM_HORIZON")
    users.put_item({"id": "0"})

    lambda_events.run_until_idle()

    assert len(function.attempts) == MORE


# ---------------------------------------------------------------------- the header itself


@pytest.mark.rule("SQS-E5", "RUN-71")
@pytest.mark.parametrize("operation", ["send_message", "send_message_batch"])
def test_messages_of_a_handler_carry_the_trace_of_its_invocation(lambda_events: LambdaEvents, operation: str) -> None:
    orders = lambda_events.queue("orders")
    sqs = lambda_events.client("sqs")
    single: dict[str, Any] = {"MessageBody": "m"}
    parameters = single if operation == "send_message" else {"Entries": [{"Id": "1", **single}]}
    seen = []

    def handler(event: Any, context: Any) -> None:
        seen.append(os.environ["_X_AMZN_TRACE_ID"])
        getattr(sqs, operation)(QueueUrl=orders.url, **parameters)

    lambda_events.function(handler).invoke()

    assert [header_of(message) for message in orders.messages] == seen
    assert lineage_of(seen[0]) == "1"
    [received] = sqs.receive_message(QueueUrl=orders.url, MessageSystemAttributeNames=["AWSTraceHeader"])["Messages"]
    assert received["Attributes"] == {"AWSTraceHeader": seen[0]}


def test_messages_of_the_test_carry_no_trace(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    handled = lambda_events.queue("handled")
    lambda_events.function(lambda event, context: handled.send("from the handler") and None, name="send").invoke()

    orders.send("from the test")

    assert "AWSTraceHeader" not in orders.messages[0].attributes
    assert "AWSTraceHeader" in handled.messages[0].attributes


def test_a_handler_that_waits_for_messages_gives_its_trace_to_nobody_else(lambda_events: LambdaEvents) -> None:
    answers, orders = lambda_events.queue("answers"), lambda_events.queue("orders")
    sqs = lambda_events.client("sqs")
    waiting = lambda_events.function(
        lambda event, context: sqs.receive_message(QueueUrl=answers.url, WaitTimeSeconds=20) and None, name="wait", timeout=30
    )
    waiting.invoke_async()
    lambda_events.advance(5)

    orders.send("from the test")

    assert "AWSTraceHeader" not in orders.messages[0].attributes


@pytest.mark.rule("SQS-E5")
def test_a_trace_header_that_the_handler_gives_wins_and_starts_a_new_chain(lambda_events: LambdaEvents) -> None:
    drain, sqs = lambda_events.queue("drain"), lambda_events.client("sqs")
    own = {"AWSTraceHeader": {"DataType": "String", "StringValue": f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"}}
    send = lambda: sqs.send_message(QueueUrl=drain.url, MessageBody="again", MessageSystemAttributes=own)  # noqa: E731
    function = looping(lambda_events, send)
    function.add_event_source(drain)
    drain.send("again")

    lambda_events.run_until_idle()

    assert len(function.attempts) == MORE
    attributes = function.attempts[-1].event["Records"][0]["attributes"]
    assert attributes["AWSTraceHeader"] == f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.mark.rule("ASY-91")
def test_a_chain_is_counted_if_a_tracing_library_puts_its_own_parent_there(lambda_events: LambdaEvents) -> None:
    drain, sqs = lambda_events.queue("drain"), lambda_events.client("sqs")

    def send() -> None:
        header = re.sub("Parent=[0-9a-f]+", "Parent=53995c3f42cd8ad8", os.environ["_X_AMZN_TRACE_ID"])
        own = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
        sqs.send_message(QueueUrl=drain.url, MessageBody="again", MessageSystemAttributes=own)

    function = looping(lambda_events, send)
    function.add_event_source(drain)
    drain.send("again")

    lambda_events.run_until_idle()

    assert len(function.attempts) == LIMIT


@pytest.mark.rule("RUN-71")
def test_an_invocation_through_a_queue_continues_the_trace_of_its_message(lambda_events: LambdaEvents) -> None:
    orders, sqs = lambda_events.queue("orders"), lambda_events.client("sqs")
    function = lambda_events.function(lambda event, context: os.environ["_X_AMZN_TRACE_ID"], name="look")
    function.add_event_source(orders)
    header = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"

    sqs.send_message(
        QueueUrl=orders.url, MessageBody="m",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": header}},
    )  # fmt: skip
    lambda_events.run_until_idle()

    assert re.fullmatch(
        f"Root={ROOT};Parent=[0-9a-f]{{16}};Sampled=1;Lineage=1:[0-9a-f]{{8}}:0", function.attempts[0].response
    )


# ---------------------------------------------------------------------- event buses


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0", f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0"),
        (f"Root={ROOT};Lineage=1:ab0123cd:0", f"Root={ROOT}"),
        (f"Root={ROOT}", f"Root={ROOT}"),
        ("Parent=53995c3f42cd8ad8", None),
        ("garbage", None),
        ("Root=1;Sampled=1", f"Root={OTHER_ROOT};Sampled=1"),
    ],
    ids=["whole", "with a lineage", "root alone", "parent alone", "garbage", "bad root"],
)
def test_the_trace_header_of_an_entry_wins_over_that_of_the_call(
    lambda_events: LambdaEvents, given: str, passed_on: str | None
) -> None:
    inbox, events = lambda_events.queue("inbox"), lambda_events.client("events")
    lambda_events.event_buses["default"].add_rule({"source": ["shop"]}, inbox)
    entry = {"Source": "shop", "DetailType": "t", "Detail": "{}"}

    lambda_events.function(
        lambda event, context: events.put_events(Entries=[{**entry, "TraceHeader": given}, entry]) and None, name="put"
    ).invoke()

    headers = [message.attributes.get("AWSTraceHeader") for message in inbox.messages]
    fresh = None if headers[0] is None else re.sub(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", f"Root={OTHER_ROOT}", headers[0])
    assert (fresh if given.startswith("Root=1;") else headers[0]) == passed_on
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", str(headers[1]))


def test_an_event_continues_the_trace_in_the_function_that_a_rule_invokes(lambda_events: LambdaEvents) -> None:
    bus = lambda_events.event_bus("shop")
    seen: list[str] = []
    second = lambda_events.function(lambda event, context: seen.append(os.environ["_X_AMZN_TRACE_ID"]), name="second")

    def handler(event: Any, context: Any) -> None:
        seen.append(os.environ["_X_AMZN_TRACE_ID"])
        bus.put_event(source="shop", detail_type="t", detail={})

    bus.add_rule({"source": ["shop"]}, second)
    lambda_events.function(handler).invoke()
    lambda_events.run_until_idle()

    assert seen[0].partition(";")[0] == seen[1].partition(";")[0]
    assert [lineage_of(header) for header in seen] == ["1", "1"]


# ---------------------------------------------------------------------- while a module loads


@pytest.mark.rule("RUN-71")
def test_there_is_no_trace_while_the_module_loads(lambda_events: LambdaEvents) -> None:
    source = """
import os
WHILE_LOADING = os.environ.get("_X_AMZN_TRACE_ID")
def handler(event, context): return [WHILE_LOADING, os.environ.get("_X_AMZN_TRACE_ID", "")[:5]]
"""
    create_function("charge", source)
    lambda_events.advance(1)

    answers = [lambda_events.functions["charge"].invoke().payload for _ in range(2)]

    assert answers == [[None, "Root="]] * 2
