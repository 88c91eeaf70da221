"""The operations of SQS on messages, in the form of moto's backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import moto.sqs.models as sqs_models
from moto.sqs.constants import MAXIMUM_VISIBILITY_TIMEOUT
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import Message, SQSBackend

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from .queue_message import QueueMessage, moto_message
from .simulated_queue import SimulatedQueue, simulated
from .store import ReceiptStatus

Entry = dict[str, Any]


class Operations:
    """The operations of one simulated AWS. The methods with a backend replace the methods of the backend."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.receive_message = self._receiving()
        self.delete_message_batch = self._deleting_batch()
        self.change_message_visibility = self._changing_visibility()
        self.change_message_visibility_batch = self._changing_visibility_batch()

    def _receiving(self) -> Callable[..., list[Message]]:
        def receive_message(
            backend: SQSBackend, queue_name: str, count: int, wait_seconds_timeout: int, visibility_timeout: int,
            message_attribute_names: list[str] | None = None,
        ) -> list[Message]:  # fmt: skip
            hidden_for = int(visibility_timeout or 0)
            if hidden_for < 0:
                raise InvalidParameterValue(
                    f"Value {hidden_for} for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= "
                    f"{MAXIMUM_VISIBILITY_TIMEOUT}, if provided."
                )
            clock = self._simulation.clock
            deadline = clock.microseconds + int(wait_seconds_timeout or 0) * MICROSECONDS
            while True:
                # A queue that was deleted meanwhile is refused here, with AWS's text.
                queue = simulated(backend.get_queue(queue_name))
                taken = queue.take(count, hidden_for)
                if taken or clock.microseconds >= deadline:
                    return [_answered(held, message_attribute_names or []) for held in taken]
                self._wait(queue, deadline)

        return receive_message

    def _wait(self, queue: SimulatedQueue, deadline: int) -> None:
        """Waits until something changes, a message appears, or the wait is over. It does not poll."""
        at = queue.next_receivable_at()
        until = deadline if at is None else min(at, deadline)
        self._simulation.wait(queue.changed, (until - self._simulation.clock.microseconds) / MICROSECONDS)

    def delete(self, queue: SimulatedQueue, receipt_handle: str) -> None:
        """Deletes one message. On a standard queue a receipt that is not valid any more is ignored."""
        receipt_status = queue.receipt_status(receipt_handle)
        queue.delete(receipt_handle)
        if receipt_status is ReceiptStatus.UNKNOWN:
            raise ReceiptHandleIsInvalid
        if queue.queue.fifo_queue and receipt_status in (ReceiptStatus.STALE, ReceiptStatus.ENDED):
            raise InvalidParameterValue(
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
            )

    def _deleting_batch(self) -> Callable[..., tuple[list[str], list[Entry]]]:
        def delete_message_batch(
            backend: SQSBackend, queue_name: str, receipts: Sequence[Entry]
        ) -> tuple[list[str], list[Entry]]:
            return _each(receipts, lambda entry: backend.delete_message(queue_name, entry["ReceiptHandle"]))

        return delete_message_batch

    def _changing_visibility(self) -> Callable[..., None]:
        def change_message_visibility(
            backend: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int
        ) -> None:
            queue = simulated(backend.get_queue(queue_name))
            seconds = _checked(visibility_timeout)
            _check_receipt(queue.receipt_status(receipt_handle), receipt_handle)
            if queue.seconds_since_receive(receipt_handle) + seconds > MAXIMUM_VISIBILITY_TIMEOUT:
                raise InvalidParameterValue(
                    f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "
                    f"message is beyond the limit [{MAXIMUM_VISIBILITY_TIMEOUT} seconds]"
                )
            queue.change_visibility(receipt_handle, seconds)

        return change_message_visibility

    def _changing_visibility_batch(self) -> Callable[..., tuple[list[str], list[Entry]]]:
        def change_message_visibility_batch(
            backend: SQSBackend, queue_name: str, entries: Sequence[Entry]
        ) -> tuple[list[str], list[Entry]]:
            def change(entry: Entry) -> None:
                seconds = _checked(entry.get("VisibilityTimeout") or 0)
                backend.change_message_visibility(queue_name, entry["ReceiptHandle"], seconds)

            return _each(entries, change)

        return change_message_visibility_batch


def _checked(visibility_timeout: Any) -> int:
    """Returns a visibility timeout in seconds, within SQS's range."""
    seconds = int(visibility_timeout)
    if not 0 <= seconds <= MAXIMUM_VISIBILITY_TIMEOUT:
        raise InvalidParameterValue(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer "
            f"between 0 and {MAXIMUM_VISIBILITY_TIMEOUT}."
        )
    return seconds


def _check_receipt(receipt_status: ReceiptStatus, receipt_handle: str) -> None:
    if receipt_status is ReceiptStatus.UNKNOWN:
        raise ReceiptHandleIsInvalid
    if receipt_status in (ReceiptStatus.GONE, ReceiptStatus.STALE):
        raise InvalidParameterValue(
            f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not "
            "available for visibility timeout change."
        )


def _each(entries: Sequence[Entry], action: Callable[[Entry], None]) -> tuple[list[str], list[Entry]]:
    """Returns the ids of the entries that succeeded, and the results of the others."""
    succeeded, failed = [], []
    for entry in entries:
        try:
            action(entry)
        except SQSException as refusal:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": refusal.code, "Message": refusal.message})
        else:
            succeeded.append(entry["Id"])
    return succeeded, failed


def _answered(held: QueueMessage, names: list[str]) -> Message:
    """Returns the result of a receive in its current state, with the requested attributes."""
    message = moto_message(held)
    sqs_models._filter_message_attributes(message, names)
    return message
