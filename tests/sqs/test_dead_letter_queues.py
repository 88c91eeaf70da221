"""What a redrive policy does, and what the end of the retention period does."""

from __future__ import annotations

import json

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from moto.sqs.responses import SQSResponse
from queue_calls import Calls

from pytest_lambda_events.errors import NotSimulatedError
from pytest_lambda_events.journal.batches import MessageExpired, Redriven
from pytest_lambda_events.journal.journal import of_type


def redriving(environment: BareAws, count: int, *, name: str = "orders", dead: str = "dead") -> tuple[Calls, Calls]:
    """A queue with a visibility timeout of 10 s, and its dead-letter queue."""
    target = Calls(environment, dead)
    policy = json.dumps({"deadLetterTargetArn": target.arn, "maxReceiveCount": count})
    return Calls(environment, name, VisibilityTimeout="10", RedrivePolicy=policy), target


@pytest.mark.rule("SQS-53")
@pytest.mark.parametrize("count", [1, 3], ids=str)
def test_a_message_is_received_as_often_as_the_policy_allows(count: int, bare: BareAws) -> None:
    orders, dead = redriving(bare, count)
    orders.send()

    received = [orders.bodies(WaitTimeSeconds=20) for _ in range(count + 1)]

    assert received == [["hello"]] * count + [[]]
    assert dead.bodies() == ["hello"]


@pytest.mark.rule("SQS-53")
@pytest.mark.parametrize(("seconds", "counts"), [(9.999999, (0, 0, 0)), (10, (1, 0, 0))], ids=["before", "at"])
def test_a_message_is_moved_by_the_receive_that_would_be_one_too_many(
    seconds: float, counts: tuple[int, ...], bare: BareAws
) -> None:
    orders, dead = redriving(bare, 1)
    orders.send()
    orders.receive()
    bare.simulation.advance(seconds)

    orders.receive()

    assert dead.counts() == counts


@pytest.mark.rule("SQS-53")
def test_a_message_stays_where_it_is_until_somebody_receives(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1)
    orders.send()
    orders.receive()

    bare.simulation.advance(1_000)

    assert (orders.counts(), dead.counts()) == ((1, 0, 0), (0, 0, 0))


@pytest.mark.rule("SQS-54", "SQS-56")
def test_a_redriven_message_keeps_what_it_is(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1)
    sent = orders.send("poison", MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}})
    (before,) = orders.receive()
    bare.simulation.advance(10)
    orders.receive()

    (after,) = dead.receive()

    assert after["MessageId"] == sent["MessageId"]
    assert after["Body"] == "poison"
    assert after["MessageAttributes"] == before["MessageAttributes"]
    assert after["Attributes"] == {
        **before["Attributes"],
        "ApproximateReceiveCount": "2",
        "DeadLetterQueueSourceArn": orders.arn,
    }


@pytest.mark.rule("SQS-56")
@pytest.mark.parametrize("parameter", ["AttributeNames", "MessageSystemAttributeNames"])
@pytest.mark.parametrize(
    ("name", "given"),
    [("All", True), ("DeadLetterQueueSourceArn", True), ("SentTimestamp", False)],
    ids=["all", "by name", "not asked for"],
)
def test_the_source_of_a_redriven_message_is_returned_on_request(
    parameter: str, name: str, given: bool, bare: BareAws
) -> None:
    orders, dead = redriving(bare, 1)
    orders.send()
    orders.receive()
    bare.simulation.advance(10)
    orders.receive()

    (message,) = dead.sqs.receive_message(QueueUrl=dead.url, **{parameter: [name]})["Messages"]

    assert ("DeadLetterQueueSourceArn" in message["Attributes"]) is given


@pytest.mark.rule("SQS-53")
def test_receives_of_another_queue_do_not_count(bare: BareAws) -> None:
    last = Calls(bare, "last")
    orders, dead = redriving(bare, 2)
    dead.set(
        VisibilityTimeout="10",
        RedrivePolicy=json.dumps({"deadLetterTargetArn": last.arn, "maxReceiveCount": 2}),
    )
    orders.send()
    for _ in range(3):
        orders.receive(WaitTimeSeconds=20)

    counts = [[m["Attributes"]["ApproximateReceiveCount"] for m in dead.receive(WaitTimeSeconds=20)] for _ in range(3)]

    assert counts == [["3"], ["4"], []]
    assert last.bodies() == ["hello"]


def test_a_redriven_message_wakes_who_polls_the_dead_letter_queue(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1)
    orders.send()
    orders.receive()
    bare.at(12, orders.receive)

    assert dead.bodies(WaitTimeSeconds=20) == ["hello"]
    assert bare.elapsed == 12


def test_a_redriven_message_frees_its_group_within_the_same_receive(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1, name="orders.fifo", dead="dead.fifo")
    orders.send_group("a", "1", "2")
    orders.receive(1)
    bare.simulation.advance(10)

    assert orders.bodies() == ["2"]
    assert dead.bodies() == ["1"]


@pytest.mark.parametrize(
    ("suffix", "keywords", "seconds"),
    [("", {}, 0), (".fifo", {"MessageGroupId": "a", "MessageDeduplicationId": "1"}, 10)],
    ids=["standard keeps it", "fifo counts anew"],
)
def test_the_instant_of_sending_after_a_redrive(suffix: str, keywords: dict[str, str], seconds: int, bare: BareAws) -> None:
    orders, dead = redriving(bare, 1, name=f"orders{suffix}", dead=f"dead{suffix}")
    orders.send(**keywords)
    (before,) = orders.receive()
    bare.simulation.advance(10)
    orders.receive()

    (after,) = dead.receive()

    passed = int(after["Attributes"]["SentTimestamp"]) - int(before["Attributes"]["SentTimestamp"])
    assert passed == seconds * 1000


def test_a_redrive_is_in_the_journal(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1)
    sent = orders.send()
    orders.receive()
    bare.simulation.advance(10)
    orders.receive()

    (entry,) = of_type(bare.simulation.journal, Redriven)

    assert entry.after_seconds == 10
    assert entry.detail == {
        "source": orders.arn, "target": dead.arn, "message_id": sent["MessageId"], "receive_count": 1,
    }  # fmt: skip


def test_without_its_dead_letter_queue_a_message_stays(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1)
    orders.send()
    orders.receive()
    dead.sqs.delete_queue(QueueUrl=dead.url)

    assert orders.bodies(WaitTimeSeconds=20) == ["hello"]


DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"


@pytest.mark.parametrize(
    ("operation", "method", "parameters"),
    [
        ("StartMessageMoveTask", "start_message_move_task", {"SourceArn": DEAD}),
        ("ListMessageMoveTasks", "list_message_move_tasks", {"SourceArn": DEAD}),
        ("CancelMessageMoveTask", "cancel_message_move_task", {"TaskHandle": "handle"}),
    ],
    ids=["start", "list", "cancel"],
)
@pytest.mark.skipif(hasattr(SQSResponse, "start_message_move_task"), reason="moto has it")
def test_moving_messages_back_is_refused_by_name(
    operation: str, method: str, parameters: dict[str, str], bare: BareAws
) -> None:
    with pytest.raises(NotSimulatedError, match=f"^{operation} of SQS is not simulated"):
        getattr(bare.client("sqs"), method)(**parameters)


# ---------------------------------------------------------------------- retention


@pytest.mark.parametrize(("seconds", "bodies"), [(59.999999, ["hello"]), (60, [])], ids=["before", "at"])
def test_a_message_is_gone_when_its_retention_period_ends(seconds: float, bodies: list[str], bare: BareAws) -> None:
    bare.simulation.advance(0.1234567)
    queue = Calls(bare, MessageRetentionPeriod="60")
    queue.send()

    bare.simulation.advance(seconds)

    assert queue.bodies() == bodies


def test_an_expired_message_hides_none_behind_it(bare: BareAws) -> None:
    queue = Calls(bare, MessageRetentionPeriod="60")
    queue.send("old")
    bare.simulation.advance(30)
    queue.send("new")

    bare.simulation.advance(30)

    assert queue.counts() == (1, 0, 0)
    assert queue.bodies(1) == ["new"]


def test_a_message_expires_in_flight_too(bare: BareAws) -> None:
    queue = Calls(bare, MessageRetentionPeriod="60", VisibilityTimeout="100")
    queue.send()
    handle = queue.handle()

    bare.simulation.advance(60)

    assert queue.counts() == (0, 0, 0)
    with pytest.raises(ClientError, match="Message does not exist"):
        queue.change(handle, 0)


@pytest.mark.parametrize(("retention", "bodies"), [("61", ["hello"]), ("60", [])], ids=["longer", "not longer"])
def test_a_changed_retention_period_holds_for_what_is_there(retention: str, bodies: list[str], bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send()
    bare.simulation.advance(60)

    queue.set(MessageRetentionPeriod=retention)

    assert queue.bodies() == bodies


def test_a_longer_retention_period_does_not_restore_expired_messages(bare: BareAws) -> None:
    queue = Calls(bare, MessageRetentionPeriod="60")
    queue.send()
    bare.simulation.advance(60)

    queue.set(MessageRetentionPeriod="120")

    assert queue.bodies() == []


def test_the_age_of_a_redriven_message_counts_from_when_it_was_sent_first(bare: BareAws) -> None:
    orders, dead = redriving(bare, 1)
    dead.set(MessageRetentionPeriod="60")
    orders.send()
    orders.receive()
    bare.simulation.advance(50)
    orders.receive()

    bare.simulation.advance(10)

    assert dead.bodies() == []


def test_an_expiry_is_in_the_journal_once(bare: BareAws) -> None:
    queue = Calls(bare, MessageRetentionPeriod="60")
    sent = queue.send()
    bare.simulation.advance(70)
    queue.receive()
    queue.receive()

    (entry,) = of_type(bare.simulation.journal, MessageExpired)

    assert entry.detail == {
        "source": queue.arn, "message_id": sent["MessageId"], "body": "hello", "expired_after_seconds": 60,
    }  # fmt: skip


# ---------------------------------------------------------------------- purging


def test_a_purge_deletes_messages_in_flight_and_delayed_ones_too(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send("in flight")
    handle = queue.handle()
    queue.send("visible")
    queue.send("delayed", DelaySeconds=10)

    queue.sqs.purge_queue(QueueUrl=queue.url)

    assert queue.counts() == (0, 0, 0)
    queue.delete(handle)
    bare.simulation.advance(60)
    assert queue.bodies() == []


def test_messages_sent_after_a_purge_are_received(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send("before")
    queue.sqs.purge_queue(QueueUrl=queue.url)

    queue.send("after")

    assert queue.bodies() == ["after"]


def test_visible_and_delayed_messages_and_those_in_flight_are_counted_separately(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send("in flight")
    queue.receive()
    queue.send("visible")
    queue.send("visible too")
    queue.send("delayed", DelaySeconds=10)

    assert queue.counts() == (2, 1, 1)
