"""`lambda_events.pipe`."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from pipe_stories import body_of, described, fail, succeed

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Pipe
from pytest_lambda_events.handles.pipes import _SETTINGS, PipeSettings


def test_a_pipe_enriches_and_sends(lambda_events: LambdaEvents) -> None:
    def enrich(event: Any, context: Any) -> Any:
        return [{"id": one["order"], "customer": "Ada"} for one in event]

    orders, invoices = lambda_events.queue("orders"), lambda_events.queue("invoices.fifo")

    pipe = lambda_events.pipe(
        orders, invoices, enrichment=lambda_events.function(enrich), filters=[{"body": {"status": ["paid"]}}],
        enrichment_input_template='{"order": <$.body.id>}', input_template='{"invoice": <$.id>}',
        message_group_id="$.customer", message_deduplication_id="order-7",
    )  # fmt: skip
    orders.send({"id": 7, "status": "paid"}, {"id": 8, "status": "open"})
    lambda_events.run_until_idle()

    assert isinstance(pipe, Pipe)
    assert (pipe.name, pipe.arn, pipe.state, repr(pipe)) == (
        "pipe-1", "arn:aws:pipes:us-east-1:123456789012:pipe/pipe-1", "RUNNING", "<Pipe pipe-1>",
    )  # fmt: skip
    assert [message.json for message in invoices.messages] == [{"invoice": 7}]


def test_a_pipe_is_stopped_started_and_deleted(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    pipe = lambda_events.pipe(orders, fn, name="orders-pipe")

    pipe.stop()
    orders.send("m1")
    lambda_events.run_until_idle()
    stopped = (pipe.state, len(fn.attempts))
    pipe.start()
    lambda_events.run_until_idle()
    started = (pipe.state, len(fn.attempts))
    pipe.delete()

    assert (stopped, started) == (("STOPPED", 0), ("RUNNING", 1))
    with pytest.raises(ClientError, match="does not exist"):
        pipe.start()


def test_a_pipe_reads_a_stream(lambda_events: LambdaEvents) -> None:
    clicks, dead, fn = lambda_events.stream("clicks"), lambda_events.queue("dead"), lambda_events.function(fail)
    lambda_events.pipe(
        clicks, fn, name="orders-pipe", starting_position="LATEST", batch_size=5, maximum_batching_window_in_seconds=3,
        parallelization_factor=2, maximum_retry_attempts=1, maximum_record_age_in_seconds=60,
        on_partial_batch_item_failure="AUTOMATIC_BISECT", dead_letter_queue=dead, invocation_type="REQUEST_RESPONSE",
    )  # fmt: skip

    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    assert described(lambda_events)["SourceParameters"] == {"KinesisStreamParameters": {
        "BatchSize": 5, "MaximumBatchingWindowInSeconds": 3, "StartingPosition": "LATEST", "ParallelizationFactor": 2,
        "MaximumRetryAttempts": 1, "MaximumRecordAgeInSeconds": 60, "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
        "DeadLetterConfig": {"Arn": dead.arn},
    }}  # fmt: skip
    assert (len(fn.attempts), len(dead.messages)) == (2, 1)


def test_a_pipe_reads_a_table(lambda_events: LambdaEvents) -> None:
    table, stream = (
        lambda_events.table("items", partition_key="id", stream_view_type="NEW_IMAGE"), lambda_events.stream("changes"),
    )  # fmt: skip
    lambda_events.pipe(
        table, stream, starting_position="TRIM_HORIZON", partition_key="$.dynamodb.Keys.id.S",
        input_template='"<$.eventName>"',
    )  # fmt: skip

    table.put_item({"id": "i1"})
    lambda_events.run_until_idle()

    assert [(record.partition_key, record.data) for record in stream.records] == [("i1", b'"INSERT"')]


def test_pipes_send_to_topics_buses_and_log_groups(lambda_events: LambdaEvents) -> None:
    orders, topic = lambda_events.queue("orders"), lambda_events.topic("topic")
    bus, log_group = lambda_events.event_bus("shop"), lambda_events.log_group("/orders")
    for target in (topic, bus, log_group):
        pipe = lambda_events.pipe(orders, target, input_template='{"id": <$.body.id>}')
        orders.send({"id": 7})
        lambda_events.run_until_idle()
        pipe.delete()

    assert [message.body for message in topic.messages] == ['{"id": 7}']
    assert [event["detail"] for event in bus.events] == [{"id": 7}]
    assert log_group.messages == ['{"id": 7}']


def test_fire_and_forget(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    lambda_events.pipe(orders, fn, invocation_type="FIRE_AND_FORGET")

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert [body_of(record) for event in fn.events for record in event.payload] == [{"id": 1}]


def test_names_are_counted_and_taken_once(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)

    names = [lambda_events.pipe(orders, fn).name for _ in range(2)]

    assert names == ["pipe-1", "pipe-2"]
    with pytest.raises(LambdaEventsError, match="Pipe 'pipe-1' already exists"):
        lambda_events.pipe(orders, fn, name="pipe-1")


def test_the_timeline_of_a_pipe(lambda_events: LambdaEvents) -> None:
    orders, other = lambda_events.queue("orders", visibility_timeout=30), lambda_events.queue("other")
    fn = lambda_events.function(succeed)
    fn.add_event_source(other)
    fn.throttle(attempts=[1])
    pipe = lambda_events.pipe(orders, fn, name="orders-pipe")
    orders.send("m1")
    lambda_events.run_until_idle()
    other.send("m2")
    lambda_events.run_until_idle()

    lines = [" ".join(line.split()) for line in lambda_events.journal.timeline(pipe).splitlines()]

    assert lines == [
        (
            "0 s pipes orders-pipe attempt 1 1 from orders to succeed, target succeed: TooManyRequestsException: Rate "
            'Exceeded. message-id-1 "m1" failed'
        ),
        "30 s pipes orders-pipe attempt 2 1 from orders to succeed 1 deleted",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda env, q, fn: env.pipe("orders", fn), "source='orders' is not a queue, a stream or a table"),
        (lambda env, q, fn: env.pipe(q, "charge"), "target='charge' is not the handle of a function, queue, topic"),
        (lambda env, q, fn: env.pipe(q, fn, enrichment=q), "enrichment=<Queue orders> is not a function"),
        (lambda env, q, fn: env.pipe(q, fn, name="my pipe"), "name='my pipe' is not the name of a pipe"),
        (lambda env, q, fn: env.pipe(q, fn, batchsize=5), "A pipe has no setting 'batchsize'. Did you mean 'batch_size'"),
        (lambda env, q, fn: env.pipe(q, fn, batch_size="5"), "batch_size='5' is not a whole number"),
        (lambda env, q, fn: env.pipe(q, fn, filters={"body": []}), "filters=.* is not a list of patterns"),
        (lambda env, q, fn: env.pipe(q, fn, invocation_type="Event"), "invocation_type='Event' is not 'REQUEST_RESPONSE'"),
        (
            lambda env, q, fn: env.pipe(q, fn, maximum_retry_attempts=1),
            "maximum_retry_attempts is a setting for streams, but the source is queue 'orders'",
        ),
        (
            lambda env, q, fn: env.pipe(q, fn, dead_letter_queue=q),
            "dead_letter_queue is a setting for streams, but the source is queue 'orders'. Give the queue itself",
        ),
        (
            lambda env, q, fn: env.pipe(q, fn, partition_key="a"),
            "partition_key is a setting for a stream as target, but the target is <Function succeed>",
        ),
        (
            lambda env, q, fn: env.pipe(q, fn, enrichment_input_template="{}"),
            "enrichment_input_template needs enrichment. Pass both.",
        ),
    ],
)  # fmt: skip
def test_a_wrong_pipe_is_refused(lambda_events: LambdaEvents, call: Any, message: str) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)

    with pytest.raises(LambdaEventsError, match=message):
        call(lambda_events, orders, fn)

    assert lambda_events.client("pipes").list_pipes()["Pipes"] == []


def test_each_setting_is_checked() -> None:
    assert set(_SETTINGS) == set(PipeSettings.__annotations__)
