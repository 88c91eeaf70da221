"""Deletes messages that were processed or filtered out, and discards messages of loops (SQS-41, SQS-48, ASY-91)."""

from __future__ import annotations

from collections.abc import Sequence

from ...faults.plans import PLANNED, fault_context_of
from ...journal.batches import Deleted, DeletionReason, MessagesStopped
from ...service.invoke_request import InvokeRequest
from ...service.model import Target
from ...values import dataclass
from ..dependencies import PollerDependencies
from ..mapping import Settings
from ..mapping_journal import MappingJournal
from ..ports import Queue, ReceivedMessage


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why messages are not deleted: a permission is missing, or a planned fault happens."""

    denied: str | None = None
    failed: str | None = None


class MessageDeleter:
    """Deletes messages for one poller. Each method returns the ids of the messages that were removed from the queue."""

    def __init__(self, dependencies: PollerDependencies, journal: MappingJournal) -> None:
        self._deps = dependencies
        self._journal = journal

    def delete(
        self,
        queue: Queue,
        messages: Sequence[ReceivedMessage],
        reason: DeletionReason,
        settings: Settings,
        request: InvokeRequest | None = None,
    ) -> set[str]:
        """Deletes each message by the receipt of its own receive, which may not be valid any more (SQS-48).

        `request` is the attempt that processed the messages.
        """
        obstacle = self._obstacle(queue, settings, request)
        deleted = {one.message_id for one in messages if obstacle is None and queue.delete(one.receipt_handle)}
        # A batch can contain a message twice if its window is longer than the visibility timeout.
        message_ids = tuple(dict.fromkeys(message.message_id for message in messages))
        if request is not None and request.batch is not None and request.batch.ids == message_ids:
            message_ids = request.batch.ids
        # Other pollers need not wait until these messages are visible again.
        queue.changed.notify()
        journal = self._journal
        journal.write(Deleted(
            journal.subject if request is None else request.subject, journal.origin(settings), message_ids,
            reason=reason, stale=tuple(message_id for message_id in message_ids if message_id not in deleted),
            denied=None if obstacle is None else obstacle.denied, failed=None if obstacle is None else obstacle.failed,
        ))  # fmt: skip
        return deleted

    def discard(
        self, queue: Queue | None, messages: Sequence[ReceivedMessage], settings: Settings, target: Target
    ) -> set[str]:
        """Moves messages of a loop to the dead-letter queue, or deletes them if there is no such queue (ASY-91).

        A message that is not deleted is received again when its visibility timeout ends, and is stopped again.
        """
        obstacle = None if queue is None else self._obstacle(queue, settings, None)
        valid = [one for one in messages if queue is not None and obstacle is None and queue.can_delete(one.receipt_handle)]
        discarded = {message.message_id for message in valid}
        message_ids = tuple(message.message_id for message in messages)
        self._journal.write(MessagesStopped(
            self._journal.subject, self._journal.origin(settings), message_ids, invoked_arn=target.invoked_arn,
            bodies=tuple(message.body for message in messages),
            stale=tuple(message_id for message_id in message_ids if message_id not in discarded),
            target=None if queue is None else queue.dead_letter_queue_arn,
        ))  # fmt: skip
        self._deps.invoker.warn_of_recursion(target)
        for message in valid:
            assert queue is not None
            queue.discard(message.receipt_handle)
        return discarded

    def _obstacle(self, queue: Queue, settings: Settings, request: InvokeRequest | None) -> _Obstacle | None:
        denied = self._deps.refusal(settings, "sqs:DeleteMessage", queue.arn)
        if denied is not None:
            return _Obstacle(denied=denied)
        if request is None or self._deps.invoker.planned.is_empty:
            return None
        fault_context = fault_context_of(
            settings.function_arn, request.request_id, request.attempt, request.payload, request.began_at
        )  # fmt: skip
        is_planned = self._deps.invoker.planned.met("delete", fault_context) is not None
        return _Obstacle(failed=PLANNED) if is_planned else None
