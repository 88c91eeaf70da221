"""Responses of SQS with the members that moto omits, and without those that AWS omits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import BatchEntryIdsNotDistinct, EmptyBatchRequest, InvalidParameterValue
from moto.sqs.responses import SQSResponse

from ...errors import NotSimulatedError
from ...service.control_plane.validation import not_simulated
from ...simulation.simulation import Simulation
from .deduplication import WINDOW
from .simulated_queue import SimulatedQueue, SimulatedQueues, simulated

Answer = Callable[[SQSResponse], Any]

MOVE_TASKS = {
    "start_message_move_task": "StartMessageMoveTask",
    "list_message_move_tasks": "ListMessageMoveTasks",
    "cancel_message_move_task": "CancelMessageMoveTask",
}


def _queue(response: SQSResponse) -> SimulatedQueue:
    return simulated(response.sqs_backend.get_queue(response._get_queue_name()))


def receiving(original: Answer) -> Answer:
    """Adds the attribute `DeadLetterQueueSourceArn`, which moto does not know (SQS-56)."""

    def receive_message(response: SQSResponse) -> Any:
        result = original(response)
        names = [*response._get_param("AttributeNames", []), *response._get_param("MessageSystemAttributeNames", [])]
        if {"All", "DeadLetterQueueSourceArn"}.isdisjoint(names):
            return result
        queue = _queue(response)
        for message in result.result.get("Messages", ()):
            held = queue.find(message["ReceiptHandle"])
            source_arn = None if held is None else held.source_arn
            if source_arn is not None:
                message.setdefault("Attributes", {})["DeadLetterQueueSourceArn"] = source_arn
        return result

    return receive_message


def receiving_once(queues: SimulatedQueues, original: Answer) -> Answer:
    """Ignores a `ReceiveRequestAttemptId` at its first use. A second use would return the same messages again."""

    def receive_message(response: SQSResponse) -> Any:
        attempt_id = response._get_param("ReceiveRequestAttemptId")
        if attempt_id is None:
            return original(response)
        queue = _queue(response)
        if not queue.queue.fifo_queue:
            raise InvalidParameterValue(
                f"Value {attempt_id} for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter "
                "that is not valid for this queue type."
            )
        simulation, used = queues.simulation, queues.attempt_ids
        now = simulation.clock.microseconds
        if used.get((queue, attempt_id), -WINDOW) + WINDOW > now:
            message = (
                f"ReceiveMessage with ReceiveRequestAttemptId={attempt_id!r} for the second time within five minutes is not "
                "simulated: SQS would return the same messages again. Use another id for each call."
            )
            raise simulation.record_misuse(message, NotSimulatedError)
        used[queue, attempt_id] = now
        return original(response)

    return receive_message


def sending(original: Answer) -> Answer:
    """Adds the sequence number of a FIFO queue, which older releases of moto omit."""

    def send_message(response: SQSResponse) -> Any:
        result = original(response)
        sequence_number = _queue(response).sequence_number(result.result["MessageId"])
        if sequence_number is not None:
            result.result["SequenceNumber"] = sequence_number
        return result

    return send_message


def send_message_batch(response: SQSResponse) -> Any:
    """Returns ids and digests of the sent messages, and the reasons for the others."""
    entries = {str(index): dict(entry) for index, entry in enumerate(response._get_param("Entries", []))}
    queue = _queue(response)
    if not entries:
        raise EmptyBatchRequest
    messages, failed = response.sqs_backend.send_message_batch(response._get_queue_name(), entries)
    return ActionResult({"Successful": [_sent(message, queue) for message in messages], "Failed": failed})


def _sent(message: Any, queue: SimulatedQueue) -> dict[str, Any]:
    answer = {"Id": message.user_id, "MessageId": message.id, "MD5OfMessageBody": message.body_md5}
    if message.message_attributes:
        answer["MD5OfMessageAttributes"] = message.attribute_md5
    sequence_number = queue.sequence_number(message.id)
    if sequence_number is not None:
        answer["SequenceNumber"] = sequence_number
    return answer


def delete_message_batch(response: SQSResponse) -> Any:
    """Deletes a batch. The ids must differ, but receipt handles may repeat."""
    entries = response._get_param("Entries", [])
    if not entries:
        raise EmptyBatchRequest("Delete")
    ids = [entry["Id"] for entry in entries]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            raise BatchEntryIdsNotDistinct(name)
    succeeded, failed = response.sqs_backend.delete_message_batch(response._get_queue_name(), entries)
    return ActionResult({"Successful": [{"Id": name} for name in succeeded], "Failed": failed})


def without_empty_failed(original: Answer) -> Answer:
    """Removes an empty `Failed`, as AWS does."""

    def answered(response: SQSResponse) -> Any:
        result = original(response)
        members = getattr(result, "result", None)
        if isinstance(members, dict) and members.get("Failed") == []:
            del members["Failed"]
        return result

    return answered


def refusing(simulation: Simulation, operation: str) -> Answer:
    """Refuses by name an operation of AWS that moto does not have."""

    def refused(response: SQSResponse) -> Any:
        raise simulation.record_misuse(str(not_simulated(f"{operation} of SQS")), NotSimulatedError)

    return refused
