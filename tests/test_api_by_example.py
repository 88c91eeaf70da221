"""The tests that users write, for what there is so far: asynchronous events and where they end, queues, streams, time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import shop
from dirty_equals import IsPartialDict, IsUUID
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pytest_lambda_events import Bucket, EventBus, Function, LambdaEvents, Queue, Topic, matches_record, normalize

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

EXPIRED = {"order": 7, "card": "expired"}
PARTIAL = ["ReportBatchItemFailures"]


@pytest.mark.scenario("ASY A1")
def test_a_charge_is_retried_twice_then_given_up(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(shop.charge)

    event = charge.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    assert event.condition == "RetriesExhausted"


def test_a_failed_charge_reaches_the_failure_queue(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    charge = lambda_events.function(shop.charge, on_failure=failures)

    charge.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.request_payload == EXPIRED
    assert record.response_payload["errorMessage"] == "card expired"


def test_a_message_reaches_its_function(lambda_events: LambdaEvents) -> None:
    orders, audit = lambda_events.queue("orders"), lambda_events.function(shop.audit)
    audit.add_event_source(orders)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    assert [batch.data for batch in audit.batches] == [[{"id": 1}, {"id": 2}]]


def test_the_handler_runs_here(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    charged: list[int] = []
    monkeypatch.setattr(shop, "call_bank", charged.append)

    response = lambda_events.function(shop.charge).invoke({"order": 7})

    assert charged == [7]
    assert (response.payload, response.function_error) == ({"charged": 7}, None)


@pytest.mark.rule("ASY-70", "ASY-72")
@pytest.mark.parametrize(
    ("retries", "age", "starts", "condition"),
    [
        (1, 21600, [0, 60], "RetriesExhausted"),
        (2, 60, [0], "EventAgeExceeded"),
        (2, 180, [0, 60], "EventAgeExceeded"),
        (2, 181, [0, 60, 180], "RetriesExhausted"),
        (0, 60, [0], "RetriesExhausted"),
    ],
)
def test_age_is_judged_when_a_retry_is_scheduled(
    lambda_events: LambdaEvents, retries: int, age: int, starts: list[float], condition: str
) -> None:
    charge = lambda_events.function(shop.charge, maximum_retry_attempts=retries, maximum_event_age_in_seconds=age)

    event = charge.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == starts
    assert (event.condition, event.ended_after_seconds) == (condition, starts[-1])


@pytest.mark.rule("ASY-43")
def test_a_retry_waits_from_the_end_of_the_attempt(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(shop.slow, timeout=3).invoke_async({"seconds": 5})

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 63, 186]
    assert (event.attempts[0].error_type, event.ended_after_seconds) == ("Sandbox.Timedout", 189)


@pytest.mark.scenario("ASY A12")
def test_a_throttled_event_backs_off_and_keeps_its_retries(lambda_events: LambdaEvents) -> None:
    slow = lambda_events.function(shop.slow, timeout=20, reserved_concurrent_executions=1)
    slow.invoke_async({"seconds": 10})

    waiting = slow.invoke_async({"seconds": 0})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in waiting.attempts] == [0, 1, 3, 7, 15]
    assert [attempt.outcome for attempt in waiting.attempts] == ["throttled"] * 4 + ["success"]


@pytest.mark.rule("ASY-74", "DST-24")
def test_zero_concurrency_ends_an_event_immediately(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    charge = lambda_events.function(shop.charge, reserved_concurrent_executions=0, on_failure=failures)

    event = charge.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert (event.condition, event.attempts) == ("ZeroReservedConcurrency", [])
    [record] = failures.invocation_records
    assert list(record.json) == ["version", "timestamp", "requestContext", "requestPayload"]


@pytest.mark.rule("ASY-45")
def test_a_retry_follows_the_alias(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(shop.charge)
    live = charge.create_alias("live", function_version=charge.publish_version().version)
    event = live.invoke_async(EXPIRED)
    lambda_events.advance(30)

    charge.update(handler=lambda event, context: "charged by the new bank")
    live.update(function_version=charge.publish_version().version)
    lambda_events.run_until_idle()

    attempts = [(attempt.started_after_seconds, attempt.executed_version) for attempt in event.attempts]
    assert attempts == [(0, "1"), (60, "2")]
    assert event.condition == "Success"


TARGETS: dict[str, Callable[[LambdaEvents], Queue | Topic | Function | EventBus | Bucket]] = {
    "SQS": lambda env: env.queue("failures"),
    "SNS": lambda env: env.topic("failures"),
    "Lambda": lambda env: env.function(shop.audit),
    "EventBridge": lambda env: env.event_bus("failures"),
    "S3": lambda env: env.bucket("failures"),
}


@pytest.mark.rule("DST-01", "DST-02")
@pytest.mark.parametrize("kind", TARGETS)
def test_every_destination_gets_the_same_record(lambda_events: LambdaEvents, kind: str) -> None:
    target, receipts = TARGETS[kind](lambda_events), lambda_events.queue("receipts")
    charge = lambda_events.function(shop.charge, maximum_retry_attempts=0, on_failure=target, on_success=receipts)

    event = charge.invoke_async(EXPIRED)
    charge.invoke_async({"order": 8})
    lambda_events.run_until_idle()

    [failure], [receipt] = target.invocation_records, receipts.invocation_records
    assert (failure.condition, failure.request_id) == ("RetriesExhausted", event.request_id)
    assert (receipt.condition, receipt.response_payload) == ("Success", {"charged": 8})


@pytest.mark.rule("DST-04", "DLQ-20")
@pytest.mark.scenario("DLQ Q2")
def test_destination_and_dead_letter_queue_are_both_served(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    slow = lambda_events.function(shop.slow, maximum_retry_attempts=0, on_failure=failures, dead_letter_queue=dead)

    event = slow.invoke_async(b' {"seconds":  5}\n')
    lambda_events.run_until_idle()

    [letter] = dead.dead_letters
    assert letter.body == ' {"seconds":  5}\n'
    assert (letter.request_id, letter.error_code) == (event.request_id, 200)
    assert letter.error_message == f"RequestId: {event.request_id} Error: Task timed out after 3.00 seconds"
    assert len(failures.invocation_records) == 1


@pytest.mark.rule("DST-50")
@pytest.mark.scenario("PRM P2")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_role_that_loses_its_permission_loses_the_record(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    allow = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": failures.arn}
    charge = lambda_events.function(shop.charge, maximum_retry_attempts=0, on_failure=failures, role_policy=[allow])

    charge.update(role_policy=[])
    charge.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert failures.messages == []
    assert lambda_events.metrics.values("DestinationDeliveryFailures", charge) == [1]


@pytest.mark.rule("DST-51")
def test_a_record_too_large_for_sns_is_gone(lambda_events: LambdaEvents) -> None:
    alerts = lambda_events.topic("alerts")
    charge = lambda_events.function(shop.charge, maximum_retry_attempts=0, on_failure=alerts)

    charge.invoke_async(EXPIRED | {"note": "x" * 262_000})
    lambda_events.run_until_idle()

    assert alerts.messages == []
    assert lambda_events.metrics.values("DestinationDeliveryFailures", charge) == [1]


@pytest.mark.rule("SQS-53")
def test_a_poison_order_ends_on_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("orders-dead")
    orders = lambda_events.queue("orders", visibility_timeout=60, dead_letter_queue=dead, max_receive_count=3)
    ship = lambda_events.function(shop.ship, timeout=10)
    ship.add_event_source(orders, function_response_types=PARTIAL)

    orders.send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    assert [message.json["id"] for message in dead.messages] == [2]
    assert [batch.started_after_seconds for batch in ship.batches] == [0, 60, 120]
    assert lambda_events.elapsed == 180
    # Powertools raises when all of a batch has failed, and the later batches hold the poison alone.
    assert [batch.outcome for batch in ship.batches] == ["success", "function_error", "function_error"]


@pytest.mark.scenario("SQS S5")
def test_without_its_response_type_a_partial_failure_is_lost(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    lambda_events.function(shop.ship).add_event_source(orders)

    orders.send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    assert orders.messages == []
    [warning] = lambda_events.journal.warnings
    assert "ReportBatchItemFailures" in warning.detail["message"]


@pytest.mark.rule("SQS-40", "SQS-41", "SQS-45")
@pytest.mark.parametrize(
    ("heartbeat", "spans"), [(False, [(0, 15), (10, 15)]), (True, [(0, 15)])], ids=["silent", "heartbeat"]
)
def test_a_heartbeat_prevents_the_duplicate(
    lambda_events: LambdaEvents, heartbeat: bool, spans: list[tuple[float, float]]
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=10)
    pack = lambda_events.function(shop.pack, timeout=10, environment={"HEARTBEAT": orders.url} if heartbeat else {})
    pack.add_event_source(orders, batch_size=1)
    pack.update(timeout=20)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.ended_after_seconds) for batch in pack.batches] == spans
    assert orders.messages == []


@pytest.mark.scenario("SQS S13")
def test_a_failing_message_blocks_its_group_only(lambda_events: LambdaEvents) -> None:
    def fail_once(event: Any, context: Any) -> None:
        record = event["Records"][0]
        if (record["body"], record["attributes"]["ApproximateReceiveCount"]) == ("A1", "1"):
            raise OSError("disk full")

    orders = lambda_events.queue("orders.fifo", visibility_timeout=10, content_based_deduplication=True)
    audit = lambda_events.function(fail_once, name="audit")
    audit.add_event_source(orders, batch_size=1)

    orders.send("A1", "A2", message_group_id="A")
    orders.send("B1", message_group_id="B")
    lambda_events.run_until_idle()

    assert [batch.data for batch in audit.batches] == [["A1"], ["B1"], ["A1"], ["A2"]]
    assert [batch.started_after_seconds for batch in audit.batches] == [0, 0, 10, 10]


@pytest.mark.scenario("SQS S14")
def test_throttling_alone_fills_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("orders-dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=3)
    ship = lambda_events.function(shop.ship, reserved_concurrent_executions=0)
    ship.add_event_source(orders)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert len(dead.messages) == 1
    assert {batch.outcome for batch in ship.batches} == {"throttled"}
    assert lambda_events.elapsed == 90


@pytest.mark.scenario("SQS S16")
def test_maximum_concurrency_leaves_messages_visible(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=300)
    slow = lambda_events.function(shop.slow, timeout=15)
    slow.add_event_source(orders, batch_size=1, maximum_concurrency=2)
    orders.send("1", "2", "3", "4", "5", "6")

    lambda_events.advance(5)
    waiting = (len(orders.in_flight_messages), len(orders.visible_messages))
    lambda_events.run_until_idle()

    assert waiting == (2, 4)
    assert [batch.started_after_seconds for batch in slow.batches] == [0, 0, 10, 10, 20, 20]


@pytest.mark.scenario("SQS S18")
@pytest.mark.rule("SQS-34")
def test_a_window_gathers_records_that_match_the_filter(lambda_events: LambdaEvents) -> None:
    orders, audit = lambda_events.queue("orders"), lambda_events.function(shop.audit)
    audit.add_event_source(orders, maximum_batching_window_in_seconds=10, filters=[{"body": {"kind": ["a"]}}])

    orders.send({"kind": "a", "at": 0})
    lambda_events.advance(3)
    orders.send({"kind": "b"}, "plain text")
    lambda_events.advance(6)
    orders.send({"kind": "a", "at": 9})
    lambda_events.advance(3)

    [batch] = audit.batches
    assert (batch.started_after_seconds, [order["at"] for order in batch.data]) == (10, [0, 9])
    assert orders.messages == []


@pytest.mark.scenario("KIN K25")
def test_a_poison_record_is_isolated(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    index = lambda_events.function(shop.index)
    index.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=1,
        on_failure=failures,
    )

    clicks.put({"page": "a"}, {"page": "broken"}, {"page": "c"}, {"page": "d"}, partition_key="alice")
    lambda_events.run_until_idle()

    assert [[click["page"] for click in batch.data] for batch in index.batches] == [
        ["a", "broken", "c", "d"], ["a", "broken"], ["a"], ["broken"], ["broken"], ["c", "d"],
    ]  # fmt: skip
    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RetryAttemptsExhausted", 2)
    assert index.records_processed == 3


@pytest.mark.scenario("KIN K6")
def test_a_partial_failure_moves_the_checkpoint(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    index = lambda_events.function(shop.index_partly)
    index.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        batch_size=3,
        maximum_retry_attempts=3,
        function_response_types=PARTIAL,
        on_failure=failures,
    )

    clicks.put(*({"page": page} for page in ("a", "b", "c", "d", "e", "broken")), partition_key="alice")
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in index.batches] == [3, 3, 1, 1, 1, 1]
    assert [batch.started_after_seconds for batch in index.batches] == [0, 0, 0, 0.2, 0.6, 1.4]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (4, None)


@pytest.mark.scenario("KIN K11")
def test_a_record_too_old_is_never_invoked(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    index = lambda_events.function(shop.index)
    clicks.put({"page": "old"}, partition_key="alice")
    lambda_events.advance(80)
    clicks.put({"page": "new"}, partition_key="alice")

    index.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_record_age_in_seconds=60, on_failure=failures)
    lambda_events.run_until_idle()

    assert [batch.data for batch in index.batches] == [[{"page": "new"}]]
    [record] = failures.invocation_records
    assert record.condition == "RecordAgeExceeded"
    assert "responseContext" not in record.json


@pytest.mark.scenario("KIN K15")
@pytest.mark.rule("KIN-87")
def test_a_tumbling_window_carries_its_state(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    count = lambda_events.function(shop.count_clicks)
    count.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=120)

    lambda_events.advance(10.5)
    clicks.put({"page": "a"}, partition_key="alice")
    lambda_events.advance(60)
    clicks.put({"page": "a"}, partition_key="alice")
    lambda_events.advance(60)
    clicks.put({"page": "a"}, partition_key="alice")
    lambda_events.run_until_idle()

    assert [(len(b.records), b.event["state"], b.event["isFinalInvokeForWindow"]) for b in count.batches] == [
        (1, {}, False), (1, {"clicks": 1}, False), (0, {"clicks": 2}, True), (1, {}, False), (0, {"clicks": 1}, True),
    ]  # fmt: skip


@pytest.mark.scenario("KIN K13")
def test_two_keys_of_a_shard_run_in_parallel(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    slow = lambda_events.function(shop.slow, timeout=15)
    slow.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1, parallelization_factor=2)

    clicks.put("first", "second", partition_key="alice")
    clicks.put("first", "second", partition_key="erin")  # another lane than alice
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in slow.batches] == [0, 0, 10, 10]


@pytest.mark.rule("KIN-90", "KIN-91")
def test_children_wait_for_their_parent_shard(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks", shard_count=1)
    slow = lambda_events.function(shop.slow, timeout=15)
    slow.add_event_source(clicks, starting_position="TRIM_HORIZON")

    clicks.put("before", partition_key="alice")
    clicks.split_shard(clicks.shards[0])
    clicks.put("after", partition_key="alice")  # the lower half of the hash keys
    clicks.put("after", partition_key="bob")  # the upper half
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in slow.batches] == [0, 10, 10]


@pytest.mark.scenario("DDB D2")
@pytest.mark.rule("DDB-08")
def test_a_table_reports_its_changes(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.table("orders", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES")
    audit = lambda_events.function(shop.audit)
    audit.add_event_source(orders, starting_position="TRIM_HORIZON")

    orders.put_item({"id": "1", "state": "new"})
    orders.put_item({"id": "1", "state": "paid"})
    orders.put_item({"id": "1", "state": "paid"})  # no change, no record
    orders.delete_item({"id": "1"})
    lambda_events.run_until_idle()

    [batch] = audit.batches
    assert [record["eventName"] for record in batch.records] == ["INSERT", "MODIFY", "REMOVE"]
    assert batch.data[1]["NewImage"]["state"] == {"S": "paid"}


@pytest.mark.rule("DDB-E7")
def test_an_expired_session_is_removed_by_dynamodb_itself(lambda_events: LambdaEvents) -> None:
    sessions = lambda_events.table("sessions", partition_key="id", stream_view_type="KEYS_ONLY", time_to_live="ends")
    audit = lambda_events.function(shop.audit)
    audit.add_event_source(sessions, starting_position="TRIM_HORIZON", filters=[{"eventName": ["REMOVE"]}])

    sessions.put_item({"id": "s1", "ends": int(time.time()) + 3600})
    lambda_events.advance(timedelta(hours=1, seconds=1))

    [batch] = audit.batches
    assert batch.records[0]["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


@pytest.mark.rule("SQS-42")
def test_a_message_reappears_when_its_visibility_timeout_ends(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    ship = lambda_events.function(shop.ship)
    ship.add_event_source(orders)
    orders.send({"id": 1, "address": None})

    lambda_events.advance(59.999)
    before = len(ship.batches)
    lambda_events.advance(0.001)

    assert (before, len(ship.batches)) == (1, 2)


@given(addresses=st.lists(st.sampled_from(["Kirchweg 1", None]), max_size=30))
@settings(deadline=None, max_examples=25)
def test_no_order_is_ever_lost(addresses: list[str | None]) -> None:
    with LambdaEvents() as env:
        dead = env.queue("orders-dead")
        orders = env.queue("orders", dead_letter_queue=dead, max_receive_count=3)
        ship = env.function(shop.ship)
        ship.add_event_source(orders, function_response_types=PARTIAL)

        orders.send(*({"address": address} for address in addresses))
        env.run_until_idle()

        assert len(dead.messages) == addresses.count(None)
        assert ship.records_processed == addresses.count("Kirchweg 1")
        assert orders.messages == []


@pytest.fixture
def orders_url() -> Iterator[str]:
    """A queue made by the fixture that a project already has."""
    with mock_aws():
        url: str = boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="orders")["QueueUrl"]
        yield url


def test_your_queue_is_our_queue(orders_url: str, lambda_events: LambdaEvents) -> None:
    audit = lambda_events.function(shop.audit)
    audit.add_event_source(lambda_events.queues["orders"])

    shop.sqs.send_message(QueueUrl=orders_url, MessageBody="hello")
    lambda_events.run_until_idle()

    assert [batch.data for batch in audit.batches] == [["hello"]]


def test_time_stops_where_the_test_stops_it(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(shop.charge).invoke_async(EXPIRED)

    lambda_events.run(until=60)
    next_event_at, now = lambda_events.next_event_at, lambda_events.now
    lambda_events.run(until=lambda: event.condition)

    assert next_event_at == now + timedelta(seconds=120)
    assert lambda_events.elapsed == 180


@pytest.mark.lambda_events(start_time="2026-03-29T00:59:30Z")
def test_everything_reads_one_clock(lambda_events: LambdaEvents) -> None:
    tell = lambda_events.function(lambda event, context: datetime.now(timezone.utc).isoformat(), name="tell")

    time.sleep(30)

    assert tell.invoke().payload == "2026-03-29T01:00:00+00:00"


def test_one_seed_gives_one_journal() -> None:
    def story(seed: int) -> str:
        with LambdaEvents(seed=seed) as env:
            env.function(shop.charge).invoke_async(EXPIRED)
            env.run_until_idle()
            return env.journal.timeline()

    first, second = story(1), story(1)

    assert first == second != ""


@pytest.mark.rule("MET-04", "MET-36")
def test_every_attempt_leaves_its_traces(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(shop.charge)

    event = charge.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    assert event.attempts[0].logs[0] == "charging order 7"
    assert lambda_events.metrics.values("AsyncEventAge", charge) == [0, 60_000, 180_000]
    assert lambda_events.metrics.sum("AsyncEventsDropped", charge) == 1
    assert lambda_events.metrics.values("DeadLetterErrors", charge) == []
    assert [entry.kind for entry in event.history[:4]] == ["accepted", "started", "ended", "retried"]
    assert lambda_events.journal.warnings == []


@pytest.mark.lambda_failure("charge", TimeoutError("bank is closed"), attempts=[1])
def test_a_charge_survives_one_failure(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(shop.charge).invoke_async({"order": 7})

    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]


@pytest.mark.lambda_throttle("charge", times=2)
class TestUnderPressure:
    @pytest.mark.lambda_failure("charge", "timeout", attempts=[3])  # added to the throttle of the class
    def test_an_event_waits_then_times_out(self, lambda_events: LambdaEvents) -> None:
        event = lambda_events.function(shop.charge, timeout=3).invoke_async({"order": 7})

        lambda_events.run_until_idle()

        assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 1, 3, 66]  # 3 + 3 + 60


@pytest.mark.lambda_failure("charge_once", ConnectionError("answer lost"), after_handler=True, attempts=[1])
def test_a_lost_answer_charges_once(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    charged: list[int] = []
    monkeypatch.setattr(shop, "call_bank", charged.append)
    lambda_events.table("payments", partition_key="id", time_to_live="expiration")

    event = lambda_events.function(shop.charge_once).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert charged == [7]


def test_faults_may_be_planned_while_the_test_runs(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(shop.charge)
    charge.throttle(until=30)
    declined = charge.fail(shop.CardExpired("card expired"), when=lambda event: event["order"] == 13)

    lucky, unlucky = charge.invoke_async({"order": 7}), charge.invoke_async({"order": 13})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in lucky.attempts] == [0, 1, 3, 7, 15, 31]
    assert (unlucky.condition, declined.times_met) == ("RetriesExhausted", 3)


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """A queue with the record of a charge that was given up."""
    failures = lambda_events.queue("failures")
    lambda_events.function(shop.charge, on_failure=failures).invoke_async(EXPIRED)
    lambda_events.run_until_idle()
    return failures


def test_a_record_in_full(failures: Queue) -> None:
    [record] = failures.invocation_records

    assert normalize(record) == {
        "version": "1.0", "timestamp": "<T+180.000s>",
        "requestContext": {
            "requestId": "<request-id-1>",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:charge:$LATEST",
            "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": {"order": 7, "card": "expired"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {
            "errorMessage": "card expired", "errorType": "CardExpired",
            "requestId": "<request-id-1>", "stackTrace": ["<shop.py in charge>"]},
    }  # fmt: skip


def test_a_record_in_a_golden_file_and_in_part(failures: Queue, record_snapshot: SnapshotAssertion) -> None:
    assert failures.invocation_records == record_snapshot
    assert failures.invocation_records == [
        matches_record(condition="RetriesExhausted", request_payload=IsPartialDict(order=7), request_id=IsUUID)
    ]
