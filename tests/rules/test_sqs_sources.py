"""SQS, section 1: which queue feeds which function, what competes for its messages, and what stops it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from queue_stories import answering, bodies, counts, sleep_ten, starts, story, succeed

from pytest_lambda_events import LambdaEvents


def answer_version(event: Any, context: Any) -> str:
    """Answers with the version that runs."""
    return str(context.function_version)


# ---------------------------------------------------------------------- one invocation for a batch


@pytest.mark.rule("SQS-01")
@pytest.mark.parametrize(("name", "group"), [("orders", None), ("orders.fifo", "A")], ids=["standard", "fifo"])
def test_both_kinds_of_queues_feed_functions(lambda_events: LambdaEvents, name: str, group: str | None) -> None:
    settings: Any = {"content_based_deduplication": True} if group else {}
    orders = lambda_events.queue(name, **settings)
    fn = lambda_events.function(succeed)
    lambda_events.client("lambda").create_event_source_mapping(FunctionName="succeed", EventSourceArn=orders.arn)

    orders.send("m1", message_group_id=group)
    lambda_events.run_until_idle()

    assert [record["eventSourceARN"] for record in fn.batches[0].records] == [orders.arn]


@pytest.mark.rule("SQS-02")
def test_one_invocation_gets_all_records_of_its_batch(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(answering("done"), name="fn")
    fn.add_event_source(orders)

    orders.send("m1", "m2", "m3")
    lambda_events.run_until_idle()

    [batch] = fn.batches
    assert (batch.data, batch.response) == (["m1", "m2", "m3"], "done")
    assert lambda_events.metrics.values("Invocations", fn) == [1]


@pytest.mark.rule("SQS-02", "SQS-52", "DLQ-40")
def test_a_failed_batch_is_not_an_asynchronous_event(lambda_events: LambdaEvents) -> None:
    targets = [lambda_events.queue(name) for name in ("dead", "failed", "succeeded")]
    orders = lambda_events.queue("orders", visibility_timeout=30, message_retention_period=60)
    dead, failed, succeeded = targets
    fn = lambda_events.function(
        lambda event, context: 1 / 0, name="fn", dead_letter_queue=dead, on_failure=failed, on_success=succeeded
    )
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 30]
    assert fn.events == []
    assert [bodies(target) for target in targets] == [[], [], []]
    assert lambda_events.metrics.values("AsyncEventsReceived", fn) == []


@pytest.mark.rule("SQS-03")
def test_the_same_message_may_reach_the_function_twice_after_success(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(15 if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1" else 0)

    orders, fn = lambda_events.queue("orders", visibility_timeout=10), lambda_events.function(handler, timeout=10)
    fn.add_event_source(orders)
    fn.update(timeout=20)

    [sent] = orders.send("m1")
    lambda_events.run_until_idle()

    assert [batch.outcome for batch in fn.batches] == ["success", "success"]
    assert [batch.records[0]["messageId"] for batch in fn.batches] == [sent.message_id] * 2


# ---------------------------------------------------------------------- which function


@pytest.mark.rule("SQS-05")
@pytest.mark.parametrize(
    ("qualifier", "version"),
    [("", "$LATEST"), (":$LATEST", "$LATEST"), (":1", "1"), (":live", "2")],
    ids=["unqualified", "latest", "version", "alias"],
)
def test_a_mapping_invokes_exactly_what_it_names(lambda_events: LambdaEvents, qualifier: str, version: str) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(answer_version, name="fn")
    fn.publish_version()
    fn.update(timeout=4)
    fn.create_alias("live", function_version=fn.publish_version().version)
    lambda_events.client("lambda").create_event_source_mapping(FunctionName=fn.arn + qualifier, EventSourceArn=orders.arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert [batch.response for batch in fn.batches] == [version]


@pytest.mark.rule("SQS-05")
@pytest.mark.lambda_events(choices="seeded", seed=1)
def test_an_alias_draws_a_version_for_each_batch(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(answer_version, name="fn")
    first = fn.publish_version().version
    fn.update(timeout=4)
    second = fn.publish_version().version
    live = fn.create_alias("live", function_version=first, routing_config={second: 0.5})
    live.add_event_source(orders, batch_size=1)

    orders.send(*(str(number) for number in range(40)))
    lambda_events.run_until_idle()

    assert {batch.response for batch in live.batches} == {"1", "2"}
    assert len(live.batches) == 40


@pytest.mark.rule("SQS-05", "SQS-60")
def test_a_function_that_is_gone_gets_the_messages_when_it_is_made_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(succeed, name="fn")
    mapping = fn.add_event_source(orders)
    fn.delete()
    orders.send("m1")
    lambda_events.advance(45)

    again = lambda_events.function(succeed, name="fn")
    lambda_events.run_until_idle()

    assert mapping.state == "Enabled"
    assert starts(again) == [0, 3.5, 10.5, 24.5, 30, 33.5, 40.5, 54.5]
    assert [batch.outcome for batch in again.batches] == ["not_found"] * 7 + ["success"]
    assert counts(again)[-1] == ["2"]


# ---------------------------------------------------------------------- many to many


@pytest.mark.rule("SQS-06")
def test_two_mappings_compete_for_the_messages_of_one_queue(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    first = lambda_events.function(sleep_ten, name="first", timeout=20)
    second = lambda_events.function(sleep_ten, name="second", timeout=20)
    first.add_event_source(orders, batch_size=1, maximum_concurrency=2)
    second.add_event_source(orders, batch_size=1, maximum_concurrency=2)

    orders.send("1", "2", "3", "4")
    lambda_events.run_until_idle()

    delivered = [body for fn in (first, second) for _, [body] in story(fn)]
    assert sorted(delivered) == ["1", "2", "3", "4"]
    assert (starts(first), starts(second)) == ([0, 0], [0, 0])


@pytest.mark.rule("SQS-06")
def test_the_function_its_version_and_its_alias_may_all_read_one_queue(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed, name="fn")
    version = fn.publish_version()
    alias = fn.create_alias("live", function_version=version.version)
    mappings = [one.add_event_source(orders, batch_size=1) for one in (fn, version, alias)]

    orders.send(*(str(number) for number in range(9)))
    lambda_events.run_until_idle()

    assert len(set(mappings)) == 3
    assert sorted(body for _, [body] in story(fn)) == [str(number) for number in range(9)]


@pytest.mark.rule("SQS-06")
def test_one_function_reads_two_queues_each_in_batches_of_its_own(lambda_events: LambdaEvents) -> None:
    orders, parcels = lambda_events.queue("orders"), lambda_events.queue("parcels")
    fn = lambda_events.function(succeed)
    mappings = [fn.add_event_source(queue) for queue in (orders, parcels)]

    orders.send("order 1", "order 2")
    parcels.send("parcel")
    lambda_events.run_until_idle()

    assert sorted(batch.data for batch in fn.batches) == [["order 1", "order 2"], ["parcel"]]
    assert {batch.event_source_mapping for batch in fn.batches} == set(mappings)


@pytest.mark.rule("SQS-06", "SQS-40")
def test_the_test_itself_competes_with_the_poller(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed)
    fn.add_event_source(orders)
    orders.send("m1")

    taken = lambda_events.client("sqs").receive_message(QueueUrl=orders.url)["Messages"]
    lambda_events.run_until_idle()

    assert [message["Body"] for message in taken] == ["m1"]
    assert story(fn) == [(30, ["m1"])]
    assert counts(fn) == [["2"]]


# ---------------------------------------------------------------------- from when, until when


@pytest.mark.rule("SQS-07")
def test_messages_from_before_the_mapping_are_delivered_once(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    orders.send("m1", "m2")
    lambda_events.advance(100)

    fn.add_event_source(orders)
    lambda_events.run_until_idle()

    assert story(fn) == [(100, ["m1", "m2"])]
    assert bodies(orders) == []


@pytest.mark.rule("SQS-08")
def test_messages_sent_while_the_mapping_is_disabled_are_delivered_when_it_is_enabled(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, enabled=False)
    orders.send("m1", "m2", "m3")
    lambda_events.advance(60)
    held = bodies(orders)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert held == ["m1", "m2", "m3"]
    assert story(fn) == [(60, ["m1", "m2", "m3"])]
    assert counts(fn) == [["1", "1", "1"]]


@pytest.mark.rule("SQS-08")
@pytest.mark.parametrize(("waits", "delivered"), [(59, [(59, ["m1"])]), (60, []), (61, [])])
def test_a_disabled_mapping_does_not_stop_retention(
    lambda_events: LambdaEvents, waits: float, delivered: list[tuple[float, list[str]]]
) -> None:
    orders, fn = lambda_events.queue("orders", message_retention_period=60), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, enabled=False)
    orders.send("m1")
    lambda_events.advance(waits)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert story(fn) == delivered


@pytest.mark.rule("SQS-08", "SQS-41")
@pytest.mark.parametrize("stops", ["disable", "delete"])
def test_a_batch_that_runs_ends_as_it_would_have(lambda_events: LambdaEvents, stops: str) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    mapping = fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)
    orders.send("m1", "m2", "m3")
    lambda_events.advance(5)

    {"disable": lambda: mapping.update(enabled=False), "delete": mapping.delete}[stops]()
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"]), (0, ["m2"])]
    assert bodies(orders) == ["m3"]


@pytest.mark.rule("SQS-08", "SQS-34")
@pytest.mark.parametrize("stops", ["disable", "delete"])
def test_a_window_that_is_open_ends_as_it_would_have(lambda_events: LambdaEvents, stops: str) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, maximum_batching_window_in_seconds=10)
    orders.send("m1")
    lambda_events.advance(5)

    {"disable": lambda: mapping.update(enabled=False), "delete": mapping.delete}[stops]()
    orders.send("m2")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["m1"])]
    assert bodies(orders) == ["m2"]


@pytest.mark.rule("SQS-08", "SQS-42")
def test_a_batch_that_failed_after_the_mapping_was_disabled_is_repeated_when_it_is_enabled(
    lambda_events: LambdaEvents,
) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(10)
        if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
            raise ValueError("broken")

    orders, fn = lambda_events.queue("orders", visibility_timeout=60), lambda_events.function(handler, timeout=20)
    mapping = fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(5)
    mapping.update(enabled=False)
    lambda_events.advance(95)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"]), (100, ["m1"])]
    assert bodies(orders) == []


# ---------------------------------------------------------------------- the queue


def test_a_queue_that_is_made_again_is_read_again(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders)
    orders.delete()
    lambda_events.advance(120)

    again = lambda_events.queue("orders")
    again.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(120, ["m1"])]
    assert mapping.state == "Enabled"


@pytest.mark.rule("SQS-41")
def test_a_batch_whose_queue_is_gone_ends_without_a_delete(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(5)

    orders.delete()
    lambda_events.run_until_idle()

    assert [batch.outcome for batch in fn.batches] == ["success"]
    assert fn.records_processed == 0


def test_messages_purged_in_an_open_window_are_still_invoked(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10)
    orders.send("m1")
    lambda_events.advance(5)

    orders.purge()
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["m1"])]
    assert bodies(orders) == []


def test_messages_that_are_purged_while_their_batch_fails_are_never_delivered_again(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(10)
        raise ValueError("broken")

    orders, fn = lambda_events.queue("orders", visibility_timeout=60), lambda_events.function(handler, timeout=20)
    fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(5)

    orders.purge()
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"])]


def test_a_handler_that_sends_to_its_own_queue_is_fed_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    client = lambda_events.client("sqs")

    def handler(event: Any, context: Any) -> None:
        left = int(event["Records"][0]["body"])
        if left:
            client.send_message(QueueUrl=orders.url, MessageBody=str(left - 1), DelaySeconds=left)

    fn = lambda_events.function(handler)
    fn.add_event_source(orders)

    orders.send("3")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["3"]), (3, ["2"]), (5, ["1"]), (6, ["0"])]
