"""What a receipt handle is good for."""

from __future__ import annotations

from typing import Any

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from queue_calls import Calls

NOT_AVAILABLE = (
    "Value {} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility "
    "timeout change."
)
BEYOND = (
    "Value 43181 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the "
    "limit [43200 seconds]"
)
EXPIRED = "Value {} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."


@pytest.fixture
def orders(bare: BareAws) -> Calls:
    """A standard queue with one message, whose visibility timeout is 30 s."""
    queue = Calls(bare, VisibilityTimeout="30")
    queue.send()
    return queue


@pytest.fixture
def ordered(bare: BareAws) -> Calls:
    """A FIFO queue with one message, whose visibility timeout is 30 s."""
    queue = Calls(bare, "orders.fifo", VisibilityTimeout="30")
    queue.send_group("a", "first")
    return queue


def refusal(raised: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error: Any = raised.value.response["Error"]
    return error["Code"], error["Message"]


# ---------------------------------------------------------------------- deleting


@pytest.mark.rule("SQS-48")
@pytest.mark.parametrize("seconds", [29.999999, 30, 100], ids=["before", "at", "long after"])
def test_a_message_of_a_standard_queue_is_deleted_after_its_visibility_timeout_too(
    seconds: float, bare: BareAws, orders: Calls
) -> None:
    handle = orders.handle()
    bare.simulation.advance(seconds)

    orders.delete(handle)

    bare.simulation.advance(100)
    assert orders.bodies() == []


@pytest.mark.rule("SQS-48")
def test_a_delete_with_an_older_receipt_succeeds_and_deletes_nothing(bare: BareAws, orders: Calls) -> None:
    older = orders.handle()
    bare.simulation.advance(30)
    orders.receive()

    orders.delete(older)

    bare.simulation.advance(30)
    assert orders.bodies() == ["hello"]


@pytest.mark.rule("SQS-48")
def test_a_message_of_a_fifo_queue_is_deleted_before_its_visibility_timeout_ends(bare: BareAws, ordered: Calls) -> None:
    handle = ordered.handle()
    bare.simulation.advance(29.999999)

    ordered.delete(handle)

    assert ordered.counts() == (0, 0, 0)


@pytest.mark.rule("SQS-48")
@pytest.mark.parametrize("seconds", [30, 30.000001], ids=["at", "after"])
def test_a_message_of_a_fifo_queue_is_not_deleted_when_its_visibility_timeout_has_ended(
    seconds: float, bare: BareAws, ordered: Calls
) -> None:
    handle = ordered.handle()
    bare.simulation.advance(seconds)

    with pytest.raises(ClientError) as raised:
        ordered.delete(handle)

    assert refusal(raised) == ("InvalidParameterValue", EXPIRED.format(handle))
    assert ordered.bodies() == ["first"]


@pytest.mark.rule("SQS-48")
def test_an_older_receipt_of_a_fifo_queue_has_expired(bare: BareAws, ordered: Calls) -> None:
    older = ordered.handle()
    bare.simulation.advance(30)
    ordered.receive()

    with pytest.raises(ClientError) as raised:
        ordered.delete(older)

    assert refusal(raised) == ("InvalidParameterValue", EXPIRED.format(older))


@pytest.mark.parametrize("queue", ["orders", "ordered"], ids=["standard", "fifo"])
def test_deleting_twice_succeeds(queue: str, request: pytest.FixtureRequest) -> None:
    calls: Calls = request.getfixturevalue(queue)
    handle = calls.handle()
    calls.delete(handle)

    calls.delete(handle)

    assert calls.counts() == (0, 0, 0)


def test_a_handle_that_was_never_given_out_is_refused(orders: Calls) -> None:
    with pytest.raises(orders.sqs.exceptions.ReceiptHandleIsInvalid):
        orders.delete("nonsense")


def test_a_batch_deletes_what_it_can_and_names_the_rest(bare: BareAws, ordered: Calls) -> None:
    ordered.send_group("b", "second")
    expired = ordered.handle(VisibilityTimeout=1)
    fresh = ordered.handle(VisibilityTimeout=60)
    bare.simulation.advance(1)
    entries = [{"Id": name, "ReceiptHandle": handle} for name, handle in {"1": expired, "2": fresh, "3": "x"}.items()]

    answer = ordered.sqs.delete_message_batch(QueueUrl=ordered.url, Entries=entries)

    assert answer["Successful"] == [{"Id": "2"}]
    assert [(failure["Id"], failure["Code"]) for failure in answer["Failed"]] == [
        ("1", "InvalidParameterValue"),
        ("3", "ReceiptHandleIsInvalid"),
    ]
    assert answer["Failed"][0]["Message"] == EXPIRED.format(expired)
    assert answer["Failed"][0]["SenderFault"] is True


def test_a_batch_that_names_an_id_twice_is_refused(orders: Calls) -> None:
    entries = [{"Id": "1", "ReceiptHandle": handle} for handle in ("x", "y")]

    with pytest.raises(orders.sqs.exceptions.BatchEntryIdsNotDistinct):
        orders.sqs.delete_message_batch(QueueUrl=orders.url, Entries=entries)


# ---------------------------------------------------------------------- changing visibility


@pytest.mark.parametrize(
    ("seconds", "bodies"), [(4.999999, []), (5, ["hello"]), (5.000001, ["hello"])], ids=["before", "at", "after"]
)
def test_a_message_reappears_when_its_changed_visibility_ends(
    seconds: float, bodies: list[str], bare: BareAws, orders: Calls
) -> None:
    handle = orders.handle()
    bare.simulation.advance(10)
    orders.change(handle, 5)

    bare.simulation.advance(seconds)

    assert orders.bodies() == bodies


def test_a_message_hidden_for_longer_stays_hidden_at_its_old_instant(bare: BareAws, orders: Calls) -> None:
    orders.change(orders.handle(), 31)

    bare.simulation.advance(30)

    assert orders.counts() == (0, 1, 0)


@pytest.mark.rule("SQS-4A")
@pytest.mark.parametrize("seconds", [30, 31], ids=["at", "after"])
@pytest.mark.parametrize("queue", ["orders", "ordered"], ids=["standard", "fifo"])
def test_a_message_that_has_reappeared_is_hidden_again_by_its_newest_receipt(
    queue: str, seconds: float, bare: BareAws, request: pytest.FixtureRequest
) -> None:
    calls: Calls = request.getfixturevalue(queue)
    handle = calls.handle()
    bare.simulation.advance(seconds)

    calls.change(handle, 60)

    assert (calls.counts(), calls.bodies()) == ((0, 1, 0), [])
    bare.simulation.advance(60)
    assert len(calls.bodies()) == 1


@pytest.mark.rule("SQS-4A", "SQS-48")
def test_a_message_that_was_hidden_again_is_deleted_by_the_same_receipt(bare: BareAws, ordered: Calls) -> None:
    handle = ordered.handle()
    bare.simulation.advance(30)
    ordered.change(handle, 60)

    ordered.delete(handle)

    assert ordered.counts() == (0, 0, 0)


@pytest.mark.rule("SQS-4A")
def test_a_message_made_visible_immediately_can_be_made_visible_or_hidden_again(orders: Calls) -> None:
    handle = orders.handle()
    orders.change(handle, 0)

    orders.change(handle, 0)

    assert orders.counts() == (1, 0, 0)
    orders.change(handle, 10)
    assert orders.counts() == (0, 1, 0)


@pytest.mark.rule("SQS-4A")
def test_a_message_that_is_shown_again_and_again_is_received_once(bare: BareAws, orders: Calls) -> None:
    handle = orders.handle()
    bare.simulation.advance(30)
    orders.change(handle, 0)
    orders.change(handle, 10)
    bare.simulation.advance(10)

    assert orders.bodies() == ["hello"]
    assert orders.counts() == (0, 1, 0)


def test_changing_the_visibility_of_a_deleted_message_is_refused(orders: Calls) -> None:
    handle = orders.handle()
    orders.delete(handle)

    with pytest.raises(ClientError) as raised:
        orders.change(handle, 60)

    assert refusal(raised) == ("InvalidParameterValue", NOT_AVAILABLE.format(handle))


@pytest.mark.rule("SQS-4A")
def test_an_older_receipt_changes_no_visibility(bare: BareAws, orders: Calls) -> None:
    older = orders.handle()
    bare.simulation.advance(30)
    orders.receive()

    with pytest.raises(ClientError) as raised:
        orders.change(older, 0)

    assert refusal(raised) == ("InvalidParameterValue", NOT_AVAILABLE.format(older))
    assert orders.counts() == (0, 1, 0)


def test_changing_the_visibility_with_an_unknown_receipt_handle_is_refused(orders: Calls) -> None:
    with pytest.raises(orders.sqs.exceptions.ReceiptHandleIsInvalid):
        orders.change("nonsense", 60)


def test_visibility_may_reach_twelve_hours_after_the_receive_and_no_further(bare: BareAws, orders: Calls) -> None:
    bare.simulation.advance(5_000)
    handle = orders.handle()
    bare.simulation.advance(20)

    orders.change(handle, 43_180)
    with pytest.raises(ClientError) as raised:
        orders.change(handle, 43_181)

    assert refusal(raised) == ("InvalidParameterValue", BEYOND)


def test_a_batch_changes_what_it_can_and_names_the_rest(bare: BareAws, orders: Calls) -> None:
    for body in ("second", "third"):
        orders.send(body)
    ended, deleted, fresh = orders.handle(VisibilityTimeout=1), orders.handle(), orders.handle()
    orders.delete(deleted)
    bare.simulation.advance(1)
    handles = {"1": ended, "2": deleted, "3": fresh, "4": "x"}
    entries: list[dict[str, Any]] = [
        {"Id": name, "ReceiptHandle": handle, "VisibilityTimeout": 0} for name, handle in handles.items()
    ]
    entries.append({"Id": "5", "ReceiptHandle": fresh, "VisibilityTimeout": 43_201})

    answer = orders.sqs.change_message_visibility_batch(QueueUrl=orders.url, Entries=entries)

    assert answer["Successful"] == [{"Id": "1"}, {"Id": "3"}]
    assert [(failure["Id"], failure["Code"].rpartition(".")[2]) for failure in answer["Failed"]] == [
        ("2", "InvalidParameterValue"),
        ("4", "ReceiptHandleIsInvalid"),
        ("5", "InvalidParameterValue"),
    ]


# ---------------------------------------------------------------------- visibility timeouts out of range


def test_a_receive_with_a_negative_visibility_timeout_is_refused(orders: Calls) -> None:
    with pytest.raises(ClientError) as raised:
        orders.receive(VisibilityTimeout=-1)

    reason = "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."
    assert refusal(raised) == ("InvalidParameterValue", reason)
    assert orders.counts() == (1, 0, 0)


def test_a_negative_visibility_timeout_changes_nothing(orders: Calls) -> None:
    handle = orders.handle()

    with pytest.raises(ClientError) as raised:
        orders.change(handle, -1)

    assert refusal(raised)[0] == "InvalidParameterValue"
    assert orders.counts() == (0, 1, 0)
