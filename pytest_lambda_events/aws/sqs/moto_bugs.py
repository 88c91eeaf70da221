"""Checks for bugs in moto's SQS. They run with moto itself: a repair is left out if a release does not need it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import moto.sqs.models as sqs_models
from moto.moto_api._internal import mock_random
from moto.sqs.exceptions import SQSException
from moto.sqs.models import SQSBackend
from moto.sqs.responses import SQSResponse

from ...patching import attribute_patched

ACCOUNT = "000000000000"
REGION = "us-east-1"


class Moto:
    """SQS with the current classes of moto, and with a separate backend."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        self.advance = advance
        self.backend: Any = SQSBackend(REGION, ACCOUNT)

    def queue(self, **attributes: Any) -> str:
        """Returns the name of a new queue. It is FIFO if it has to deduplicate."""
        is_fifo = "ContentBasedDeduplication" in attributes
        name = f"q{len(self.backend.queues)}" + (".fifo" if is_fifo else "")
        fifo = {"FifoQueue": "true"} if is_fifo else {}
        self.backend.create_queue(name, **fifo, **attributes)
        return name

    def send(self, queue: str, *bodies: str, **keywords: Any) -> list[Any]:
        """Sends messages, in one group if the queue is FIFO."""
        group = "g" if queue.endswith(".fifo") else None
        return [self.backend.send_message(queue, body, group_id=group, **keywords) for body in bodies]

    def receive(self, queue: str, count: int = 10, visibility_timeout: int = 30) -> list[Any]:
        """Returns the messages of one receive."""
        return list(self.backend.receive_message(queue, count, 0, visibility_timeout))

    def bodies(self, queue: str) -> list[str]:
        """Returns the bodies of one receive."""
        return [message.body for message in self.receive(queue)]

    def answer(self, operation: str, queue: str, **parameters: Any) -> dict[str, Any]:
        """Returns moto's response to a request before it is encoded."""
        response = _Asked()
        response.asked = {"QueueName": queue, **parameters}
        response.private = self.backend
        return dict(getattr(response, operation)().result)


class _Asked(SQSResponse):
    """A request that did not come over HTTP."""

    asked: Mapping[str, Any]
    private: SQSBackend

    @property
    def sqs_backend(self) -> SQSBackend:
        return self.private

    def _get_param(self, name: str, default: Any = None) -> Any:
        return self.asked.get(name, default)

    def _get_queue_name(self) -> str:
        return str(self.asked["QueueName"])


@contextmanager
def moto_alone() -> Iterator[Moto]:
    """Yields moto with a separate clock. Nothing is left afterwards."""
    seconds = [1_767_225_600.0]

    def advance(by: float) -> None:
        seconds[0] += by

    def now() -> float:
        return seconds[0]

    def now_ms() -> float:
        return seconds[0] * 1000

    state = mock_random.getstate()
    try:
        with (
            attribute_patched(sqs_models, "unix_time", now),
            attribute_patched(sqs_models, "unix_time_millis", now_ms),
        ):
            yield Moto(advance)
    finally:
        mock_random.setstate(state)


def refuses(code: str, action: Callable[..., object], *arguments: Any, **keywords: Any) -> bool:
    """Returns whether a call is refused with this code."""
    try:
        action(*arguments, **keywords)
    except SQSException as refusal:
        return refusal.code.endswith(code)
    except ValueError:
        # An error of moto itself, where it reads a number before it checks.
        return False
    return False


def shows_late(moto: Moto) -> bool:
    """Returns whether a message is hidden for longer than its visibility timeout."""
    queue = moto.queue()
    moto.send(queue, "x")
    moto.receive(queue)
    moto.advance(30)
    return moto.bodies(queue) != ["x"]


def hides_what_is_shown_at_once(moto: Moto) -> bool:
    """Returns whether ChangeMessageVisibility(0) shows the message only after time moves."""
    queue = moto.queue()
    moto.send(queue, "x")
    moto.backend.change_message_visibility(queue, moto.receive(queue)[0].receipt_handle, 0)
    return moto.bodies(queue) != ["x"]


def keeps_expired(moto: Moto) -> bool:
    """Returns whether an expired message hides those behind it, and is counted."""
    queue = moto.queue(MessageRetentionPeriod="60")
    moto.send(queue, "old")
    moto.advance(30)
    moto.send(queue, "new")
    moto.advance(30)
    return moto.bodies(queue) != ["new"] or len(moto.backend.get_queue(queue)._messages) != 1


def loses_order(moto: Moto) -> bool:
    """Returns whether a group is received again without its first message."""
    queue = moto.queue(ContentBasedDeduplication="true")
    moto.send(queue, "1", "2", "3")
    moto.receive(queue, 2)
    moto.advance(31)
    return moto.bodies(queue) != ["1", "2", "3"]


def blocks_what_is_before(moto: Moto) -> bool:
    """Returns whether a message before those in flight of its group is not received."""
    queue = moto.queue(ContentBasedDeduplication="true")
    moto.send(queue, "1", "2")
    first, _ = moto.receive(queue)
    moto.backend.change_message_visibility(queue, first.receipt_handle, 0)
    moto.advance(1)
    return moto.bodies(queue) != ["1"]


def forgets_duplicates(moto: Moto) -> bool:
    """Returns whether deleted messages are forgotten before five minutes."""
    queue = moto.queue(ContentBasedDeduplication="true")
    moto.send(queue, "1")
    moto.backend.delete_message(queue, moto.receive(queue)[0].receipt_handle)
    moto.send(queue, "1")
    return moto.bodies(queue) != []


def answers_duplicates_with_new_ids(moto: Moto) -> bool:
    """Returns whether a duplicate gets another id than the first message."""
    queue = moto.queue(ContentBasedDeduplication="true")
    first, second = moto.send(queue, "1", "1")
    return bool(first.id != second.id)


def numbers_at_random(moto: Moto) -> bool:
    """Returns whether sequence numbers do not ascend, or are missing."""
    queue = moto.queue(ContentBasedDeduplication="true")
    numbers = [message.sequence_number or "" for message in moto.send(queue, *"123456")]
    return "" in numbers or numbers != sorted(numbers)


def deletes_by_older_receipts(moto: Moto) -> bool:
    """Returns whether a receipt that is not valid any more deletes."""
    queue = moto.queue()
    moto.send(queue, "x")
    (older,) = moto.receive(queue)
    moto.advance(31)
    moto.receive(queue)
    moto.backend.delete_message(queue, older.receipt_handle)
    moto.advance(31)
    return moto.bodies(queue) != ["x"]


def deletes_late(moto: Moto) -> bool:
    """Returns whether a message of a FIFO queue can be deleted after its visibility timeout."""
    queue = moto.queue(ContentBasedDeduplication="true")
    moto.send(queue, "1")
    (message,) = moto.receive(queue)
    moto.advance(31)
    return not refuses("InvalidParameterValue", moto.backend.delete_message, queue, message.receipt_handle)


def refuses_to_hide_again(moto: Moto) -> bool:
    """Returns whether the newest receipt of a message that is visible again does not hide it."""
    queue = moto.queue()
    moto.send(queue, "x")
    (message,) = moto.receive(queue)
    moto.advance(31)
    if refuses("", moto.backend.change_message_visibility, queue, message.receipt_handle, 60):
        return True
    return moto.bodies(queue) != []


def gives_a_returning_group_first(moto: Moto) -> bool:
    """Returns whether a group that was received and shown again comes before one that was available longer."""
    queue = moto.queue(ContentBasedDeduplication="true")
    for group in "ab":
        moto.backend.send_message(queue, group, group_id=group)
    (first,) = moto.receive(queue, 1)
    moto.backend.change_message_visibility(queue, first.receipt_handle, 0)
    moto.advance(1)
    return moto.bodies(queue) != ["b", "a"]


def hides_for_negative_times(moto: Moto) -> bool:
    """Returns whether a visibility timeout below 0 is accepted."""
    queue = moto.queue()
    moto.send(queue, "x", "y")
    (message,) = moto.receive(queue, 1)
    change = moto.backend.change_message_visibility
    return not (
        refuses("InvalidParameterValue", moto.receive, queue, 1, -1)
        and refuses("InvalidParameterValue", change, queue, message.receipt_handle, -1)
    )


def keeps_zeros(moto: Moto) -> bool:
    """Returns whether numbers are not converted to their shortest form."""
    queue = moto.queue()
    moto.send(queue, "x", message_attributes={"n": {"DataType": "Number", "StringValue": "01.0"}})
    held: Any = list(moto.backend.get_queue(queue)._messages)
    return bool(held[0].message_attributes["n"]["StringValue"] != "1")


def cannot_look_ahead(moto: Moto) -> bool:
    """Returns whether a queue does not know when its next message is receivable. Pollers need this."""
    queue: Any = moto.backend.get_queue(moto.queue())
    return not hasattr(getattr(queue._messages, "queue", queue), "next_receivable_at")


def accepts_any_setting(moto: Moto) -> bool:
    """Returns whether a setting outside its range is accepted, or a refused call changes something."""
    settings = {
        "VisibilityTimeout": "43201", "DelaySeconds": "901", "MessageRetentionPeriod": "59",
        "ReceiveMessageWaitTimeSeconds": "21", "MaximumMessageSize": "1023",
    }  # fmt: skip
    queue = moto.queue(VisibilityTimeout="7")
    half_right = {"VisibilityTimeout": "8", "DelaySeconds": "901"}
    change = moto.backend.set_queue_attributes
    refused = [refuses("InvalidAttributeValue", change, queue, {name: value}) for name, value in settings.items()]
    refused.append(refuses("InvalidAttributeValue", change, queue, half_right))
    return not all(refused) or moto.backend.get_queue(queue).visibility_timeout != 7


def redrives_to_a_queue_that_denies_it(moto: Moto) -> bool:
    """Returns whether a queue may use a dead-letter queue that does not allow it."""
    dead = moto.backend.get_queue(moto.queue(RedriveAllowPolicy='{"redrivePermission": "denyAll"}'))
    policy = json.dumps({"deadLetterTargetArn": dead.queue_arn, "maxReceiveCount": 1})
    return not refuses("InvalidParameterValue", moto.queue, RedrivePolicy=policy)


def accepts_any_message(moto: Moto) -> bool:
    """Returns whether an empty message, one with too many bytes, or one with forbidden characters is accepted."""
    queue = moto.queue(MaximumMessageSize="1024")
    number = {"n": {"DataType": "Number", "StringValue": "many"}}
    return not (
        refuses("MissingParameter", moto.send, queue, "")
        and refuses("InvalidMessageContents", moto.send, queue, "\0")
        and refuses("InvalidParameterValue", moto.send, queue, "é" * 513)
        and refuses("InvalidParameterValue", moto.send, queue, "x", message_attributes=number)
        and refuses("InvalidParameterValue", moto.send, queue, "x", deduplication_id="1")
    )


def refuses_batches_for_one_entry(moto: Moto) -> bool:
    """Returns whether one refused entry affects the others, or loses its trace header, or one without a group is accepted."""
    queue = moto.queue(MaximumMessageSize="1024")
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    good = {"Id": "1", "MessageBody": "x", "MessageAttributes": {}, "DelaySeconds": None, "MessageSystemAttributes": trace}
    bad: dict[str, Any] = {"Id": "2", "MessageBody": "x" * 1025, "MessageAttributes": {}, "DelaySeconds": None}
    try:
        sent, failed = moto.backend.send_message_batch(queue, {"0": good, "1": bad})
    except SQSException:
        return True
    if [entry["Id"] for entry in failed] != ["2"] or sent[0].system_attributes != trace:
        return True
    ordered = moto.queue(ContentBasedDeduplication="true")
    batch = {"0": {**good, "MessageGroupId": "g"}, "1": {**good, "Id": "2"}}
    return not refuses("MissingParameter", moto.backend.send_message_batch, ordered, batch) or moto.bodies(ordered) != []


def delays_by_nothing(moto: Moto) -> bool:
    """Returns whether a delay of 0 for one message replaces the delay of a FIFO queue."""
    queue = moto.queue(ContentBasedDeduplication="true", DelaySeconds="5")
    moto.send(queue, "x", delay_seconds=0)
    return moto.bodies(queue) != []


def keeps_binary_as_text(moto: Moto) -> bool:
    """Returns whether a binary attribute in base64, as topics pass it on, is stored like that."""
    queue = moto.queue()
    binary = {"b": {"DataType": "Binary", "BinaryValue": "AAE="}}
    try:
        (sent,) = moto.send(queue, "x", message_attributes=binary)
    except TypeError:
        return True
    return bool(sent.message_attributes["b"]["BinaryValue"] != b"\0\1")


def purges_again_at_once(moto: Moto) -> bool:
    """Returns whether a second purge within a minute is accepted."""
    queue = moto.queue()
    moto.backend.purge_queue(queue)
    return not refuses("PurgeQueueInProgress", moto.backend.purge_queue, queue)


def refuses_long_messages(moto: Moto) -> bool:
    """Returns whether a message of one mebibyte is refused."""
    queue = moto.queue()
    return refuses("InvalidParameterValue", moto.answer, "send_message", queue, MessageBody="x" * 1_048_576)


def ignores_attempt_ids(moto: Moto) -> bool:
    """Returns whether a standard queue accepts a `ReceiveRequestAttemptId`, which only FIFO queues have."""
    return not refuses("InvalidParameterValue", moto.answer, "receive_message", moto.queue(), ReceiveRequestAttemptId="1")


def answers_without_sequence_number(moto: Moto) -> bool:
    """Returns whether the response to a send has no sequence number."""
    queue = moto.queue(ContentBasedDeduplication="false")
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "1"}
    return "SequenceNumber" not in moto.answer("send_message", queue, MessageBody="x", **ids)


def answers_batches_without_sequence_numbers(moto: Moto) -> bool:
    """Returns whether the response to a batch has no sequence numbers."""
    queue = moto.queue(ContentBasedDeduplication="false")
    entry = {"Id": "1", "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
    return "SequenceNumber" not in moto.answer("send_message_batch", queue, Entries=[entry])["Successful"][0]


def accepts_an_id_twice(moto: Moto) -> bool:
    """Returns whether a batch of deletes may contain an id twice."""
    queue = moto.queue()
    entries = [{"Id": "1", "ReceiptHandle": handle} for handle in "ab"]
    return not refuses("BatchEntryIdsNotDistinct", moto.answer, "delete_message_batch", queue, Entries=entries)


def answers_with_no_failures(moto: Moto) -> bool:
    """Returns whether the response to a batch has `Failed` although nothing failed."""
    queue = moto.queue()
    return "Failed" in moto.answer("send_message_batch", queue, Entries=[{"Id": "1", "MessageBody": "x"}])


def has_no_message_moves(moto: Moto) -> bool:
    """Returns whether the operations that move messages back to their source are missing."""
    return not hasattr(SQSResponse, "start_message_move_task")
