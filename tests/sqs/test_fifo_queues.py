"""Groups, their order, duplicates and sequence numbers."""

from __future__ import annotations

from functools import partial

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from queue_calls import Calls

from pytest_lambda_events import NotSimulatedError


@pytest.fixture
def ordered(bare: BareAws) -> Calls:
    """A FIFO queue whose visibility timeout is 30 s."""
    return Calls(bare, "orders.fifo", VisibilityTimeout="30")


# ---------------------------------------------------------------------- order


@pytest.mark.rule("SQS-80")
def test_no_message_of_a_group_is_received_while_an_earlier_one_is_in_flight(ordered: Calls) -> None:
    ordered.send_group("a", "1", "2", "3")
    ordered.receive(2)

    assert ordered.bodies() == []


@pytest.mark.rule("SQS-80")
def test_a_message_before_those_in_flight_is_received(ordered: Calls) -> None:
    ordered.send_group("a", "1", "2", "3")
    first, _ = ordered.receive(2)
    ordered.change(first["ReceiptHandle"], 0)

    assert ordered.bodies() == ["1"]


@pytest.mark.rule("SQS-80", "SQS-81")
@pytest.mark.parametrize(("seconds", "bodies"), [(29.999999, []), (30, ["1", "2", "3"])], ids=["before", "at"])
def test_a_group_is_delivered_again_in_order(seconds: float, bodies: list[str], bare: BareAws, ordered: Calls) -> None:
    ordered.send_group("a", "1", "2", "3")
    ordered.receive(2)

    bare.simulation.advance(seconds)

    assert ordered.bodies() == bodies


@pytest.mark.rule("SQS-80")
def test_deleting_what_is_in_flight_frees_its_group(ordered: Calls) -> None:
    ordered.send_group("a", "1", "2")
    handle = ordered.handle()

    ordered.delete(handle)

    assert ordered.bodies() == ["2"]


@pytest.mark.rule("SQS-81")
def test_other_groups_go_on_while_one_is_blocked(ordered: Calls) -> None:
    ordered.send_group("a", "1")
    ordered.send_group("b", "2")
    ordered.send_group("a", "3")
    ordered.receive(1)

    assert ordered.bodies() == ["2"]


@pytest.mark.rule("SQS-82")
def test_a_receive_takes_messages_of_the_oldest_group_first_and_then_of_the_next(ordered: Calls) -> None:
    ordered.send_group("a", "1")
    ordered.send_group("b", "2")
    ordered.send_group("a", "3")
    ordered.send_group("b", "4")

    assert ordered.bodies(3) == ["1", "3", "2"]


@pytest.mark.rule("SQS-80")
def test_a_received_message_that_stays_visible_blocks_nothing(ordered: Calls) -> None:
    ordered.send_group("a", "1", "2")

    assert ordered.bodies(1, VisibilityTimeout=0) == ["1"]
    assert ordered.bodies(2) == ["1", "2"]


@pytest.mark.rule("SQS-85")
def test_a_group_that_is_shown_again_comes_behind_one_that_was_available_all_the_time(ordered: Calls) -> None:
    ordered.send_group("a", "1", "2")
    ordered.send_group("b", "3")

    ordered.change(ordered.handle(), 0)

    assert ordered.bodies() == ["3", "1", "2"]


@pytest.mark.rule("SQS-85")
def test_a_group_whose_visibility_timeout_has_ended_comes_behind_one_that_was_available_all_the_time(
    bare: BareAws, ordered: Calls
) -> None:
    ordered.send_group("a", "1", "2")
    ordered.send_group("b", "3")
    ordered.receive(1)

    bare.simulation.advance(30)

    assert ordered.bodies() == ["3", "1", "2"]


@pytest.mark.rule("SQS-85")
def test_a_group_goes_behind_other_groups_when_its_first_message_is_deleted(ordered: Calls) -> None:
    ordered.send_group("a", "1", "2")
    ordered.send_group("b", "3")

    ordered.delete(ordered.handle())

    assert ordered.bodies() == ["3", "2"]


@pytest.mark.rule("SQS-85")
@pytest.mark.parametrize(
    ("seconds_of_a", "bodies"), [(9, ["a", "b"]), (10, ["a", "b"]), (11, ["b", "a"])], ids=["before", "at", "after"]
)
def test_groups_come_in_the_order_in_which_they_became_available(
    seconds_of_a: int, bodies: list[str], bare: BareAws, ordered: Calls
) -> None:
    for group in "ab":
        ordered.send_group(group, group)
    ordered.receive(1, VisibilityTimeout=seconds_of_a)
    ordered.receive(1, VisibilityTimeout=10)

    bare.simulation.advance(100)

    assert ordered.bodies() == bodies


@pytest.mark.rule("SQS-85")
def test_a_change_of_the_retention_period_leaves_the_groups_in_their_order(ordered: Calls) -> None:
    ordered.send_group("a", "1")
    ordered.send_group("b", "2")
    ordered.change(ordered.handle(), 0)

    ordered.set(MessageRetentionPeriod="60")

    assert ordered.bodies() == ["2", "1"]


def test_a_message_that_expires_in_flight_frees_its_group(bare: BareAws, ordered: Calls) -> None:
    ordered.set(MessageRetentionPeriod="60")
    ordered.send_group("a", "1")
    bare.simulation.advance(10)
    ordered.send_group("a", "2")
    ordered.receive(1, VisibilityTimeout=600)

    assert ordered.bodies(WaitTimeSeconds=20) == []
    bare.simulation.advance(10)
    assert ordered.bodies(WaitTimeSeconds=20) == ["2"]
    assert bare.elapsed == 60


# ---------------------------------------------------------------------- duplicates


@pytest.mark.parametrize(("seconds", "bodies"), [(0, []), (299.999999, []), (300, ["again"])], ids=["at once", "before", "at"])
def test_a_duplicate_is_dropped_for_five_minutes_even_if_the_first_was_deleted(
    seconds: float, bodies: list[str], bare: BareAws, ordered: Calls
) -> None:
    ordered.send("first", MessageGroupId="a", MessageDeduplicationId="1")
    ordered.delete(ordered.handle())
    bare.simulation.advance(seconds)

    ordered.send("again", MessageGroupId="a", MessageDeduplicationId="1")

    assert ordered.bodies() == bodies


def test_a_duplicate_does_not_prolong_the_window(bare: BareAws, ordered: Calls) -> None:
    ordered.send("first", MessageGroupId="a", MessageDeduplicationId="1")
    bare.simulation.advance(200)
    ordered.send("second", MessageGroupId="a", MessageDeduplicationId="1")
    bare.simulation.advance(100)

    ordered.send("third", MessageGroupId="a", MessageDeduplicationId="1")

    assert ordered.bodies() == ["first", "third"]


def test_a_duplicate_is_answered_with_the_ids_of_the_first(ordered: Calls) -> None:
    first = ordered.send("first", MessageGroupId="a", MessageDeduplicationId="1")

    second = ordered.send("second", MessageGroupId="a", MessageDeduplicationId="1")

    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])


@pytest.mark.parametrize(
    ("scope", "bodies"), [("queue", ["1"]), ("messageGroup", ["1", "2"])], ids=["of the queue", "of each group"]
)
def test_duplicates_are_those_of_the_scope(scope: str, bodies: list[str], bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo", DeduplicationScope=scope)
    queue.send("1", MessageGroupId="a", MessageDeduplicationId="same")
    queue.send("2", MessageGroupId="b", MessageDeduplicationId="same")

    assert queue.bodies() == bodies


def test_equal_bodies_are_duplicates_where_deduplication_is_by_content(bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo", ContentBasedDeduplication="true")
    for body in ("1", "1", "2"):
        queue.send(body, MessageGroupId="a")

    assert queue.bodies() == ["1", "2"]


# ---------------------------------------------------------------------- sequence numbers


@pytest.mark.rule("SQS-E3")
@pytest.mark.parametrize("content_based", ["true", "false"], ids=["by content", "by id"])
def test_sequence_numbers_have_twenty_digits_and_ascend(content_based: str, bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo", ContentBasedDeduplication=content_based)
    sent = [
        queue.send(body, MessageGroupId="a", **({} if content_based == "true" else {"MessageDeduplicationId": body}))
        for body in "123"
    ]

    numbers = [answer["SequenceNumber"] for answer in sent]

    assert numbers == sorted(set(numbers))
    assert [len(number) for number in numbers] == [20, 20, 20]
    assert [message["Attributes"]["SequenceNumber"] for message in queue.receive()] == numbers


def test_the_answer_to_a_batch_has_sequence_numbers(ordered: Calls) -> None:
    entries = [{"Id": body, "MessageBody": body, "MessageGroupId": "a", "MessageDeduplicationId": body} for body in ("x", "y")]

    answer = ordered.sqs.send_message_batch(QueueUrl=ordered.url, Entries=entries)

    assert [sent["SequenceNumber"] for sent in answer["Successful"]] == [
        message["Attributes"]["SequenceNumber"] for message in ordered.receive()
    ]


NO_GROUP = ("MissingParameter", "The request must contain the parameter MessageGroupId.")
NO_DEDUPLICATION = (
    "InvalidParameterValue",
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
)


@pytest.mark.parametrize("door", ["alone", "in a batch"])
@pytest.mark.parametrize(
    ("by_content", "ids", "refusal"),
    [
        ("false", {}, NO_GROUP),
        ("false", {"MessageDeduplicationId": "1"}, NO_GROUP),
        ("false", {"MessageGroupId": "a"}, NO_DEDUPLICATION),
        ("true", {}, NO_GROUP),
    ],
    ids=["no ids", "no group", "no deduplication id", "no group, by content"],
)
def test_a_message_without_an_id_that_its_queue_needs_is_refused_with_all_of_its_batch(
    by_content: str, ids: dict[str, str], refusal: tuple[str, str], door: str, bare: BareAws
) -> None:
    queue = Calls(bare, "orders.fifo", ContentBasedDeduplication=by_content)
    right = {"Id": "1", "MessageBody": "x", "MessageGroupId": "a", "MessageDeduplicationId": "x"}
    batch = [right, {"Id": "2", "MessageBody": "y", **ids}]
    send_batch = partial(queue.sqs.send_message_batch, QueueUrl=queue.url, Entries=batch)
    send = partial(queue.send, "y", **ids) if door == "alone" else send_batch

    with pytest.raises(ClientError) as raised:
        send()

    error = raised.value.response["Error"]
    assert (error["Code"], error["Message"]) == refusal
    assert queue.counts() == (0, 0, 0)


def test_a_delay_of_one_entry_leaves_the_others_of_its_batch_alone(ordered: Calls) -> None:
    entries = [
        {"Id": name, "MessageBody": name, "MessageGroupId": "a", "MessageDeduplicationId": name, "DelaySeconds": delay}
        for name, delay in {"1": 0, "2": 5}.items()
    ]

    answer = ordered.sqs.send_message_batch(QueueUrl=ordered.url, Entries=entries)

    assert [failure["Id"] for failure in answer["Failed"]] == ["2"]
    assert ordered.bodies() == ["1"]


def test_a_delay_of_one_message_is_refused(ordered: Calls) -> None:
    with pytest.raises(ClientError, match="Value 5 for parameter DelaySeconds is invalid"):
        ordered.send_group("a", "1", DelaySeconds=5)

    assert ordered.counts() == (0, 0, 0)


@pytest.mark.parametrize("delay", [{}, {"DelaySeconds": 0}], ids=["nothing", "0"])
@pytest.mark.parametrize("door", ["alone", "in a batch"])
def test_the_queues_own_delay_holds_for_its_messages(door: str, delay: dict[str, int], bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo", DelaySeconds="5")
    ids = {"MessageGroupId": "a", "MessageDeduplicationId": "1"}
    if door == "alone":
        queue.send("1", **ids, **delay)
    else:
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=[{"Id": "1", "MessageBody": "1", **ids, **delay}])

    assert queue.counts() == (0, 0, 1)
    assert queue.bodies(WaitTimeSeconds=20) == ["1"]
    assert bare.elapsed == 5


# ---------------------------------------------------------------------- attempt ids


def test_an_id_of_a_receive_is_accepted_once(bare: BareAws, ordered: Calls) -> None:
    ordered.send_group("a", "1")

    assert ordered.bodies(ReceiveRequestAttemptId="first") == ["1"]
    assert ordered.bodies(ReceiveRequestAttemptId="second") == []
    bare.simulation.advance(300)
    assert ordered.bodies(ReceiveRequestAttemptId="first") == ["1"]


def test_an_id_that_asks_for_the_same_messages_again_is_refused_by_name(ordered: Calls) -> None:
    ordered.receive(ReceiveRequestAttemptId="first")

    with pytest.raises(NotSimulatedError, match="ReceiveRequestAttemptId='first' for the second time within five minutes"):
        ordered.receive(ReceiveRequestAttemptId="first")


def test_a_standard_queue_takes_no_ids_of_receives(bare: BareAws) -> None:
    with pytest.raises(ClientError, match="Value first for parameter ReceiveRequestAttemptId is invalid"):
        Calls(bare).receive(ReceiveRequestAttemptId="first")
