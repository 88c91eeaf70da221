"""What a poller tells the journal, and what it warns of."""

from __future__ import annotations

from collections.abc import Container, Sequence

from ... import limits
from ...journal import batches as entries
from ...journal.entry import Entry, Origin, Subject
from ...journal.events import Warned
from ...journal.journal import Journal
from ...service.invoke_request import InvokeRequest
from ...service.model import Target
from .. import batch_response
from ..batch_response import BatchResult
from ..filtering import filters
from ..mapping import EventSourceMapping, Settings
from ..ports import Queue, ReceivedMessage
from . import decisions
from .batches import Batch


class MappingJournal:
    """The entries of one mapping. Each warning is written once."""

    def __init__(self, mapping: EventSourceMapping, journal: Journal) -> None:
        self._mapping = mapping
        self._journal = journal
        self._origins: dict[bool, Origin] = {}
        self._warned: set[str] = set()

    @property
    def queue_name(self) -> str:
        """The name of the queue, without the rest of its ARN."""
        return self._mapping.event_source_arn.rpartition(":")[2]

    @property
    def subject(self) -> Subject:
        """Whom entries are about that are about no single attempt."""
        return Subject(self._mapping.in_force.function_arn.split(":")[6])

    def of_attempt(self, request: InvokeRequest) -> Subject:
        """Whom entries about one attempt are about."""
        return Subject(self.subject.function_name, request.request_id, request.attempt)

    def origin(self, settings: Settings) -> Origin:
        """What every entry says of the mapping. It is shared by them."""
        counts = settings.counts_events
        if counts not in self._origins:
            self._origins[counts] = Origin(self._mapping.uuid, self._mapping.event_source_arn, counts)
        return self._origins[counts]

    def write(self, entry: Entry) -> None:
        """One entry."""
        self._journal.write(entry)

    def batch_result(self, batch: Batch, request: InvokeRequest, result: BatchResult) -> None:
        """What Lambda takes as failed after an attempt of a batch."""
        self._journal.write(entries.BatchResult(
            self.of_attempt(request), self.origin(batch.settings), len(batch.items), result.failed, result.reason
        ))  # fmt: skip

    def stopped(
        self, batch: Batch, target: Target, messages: Sequence[ReceivedMessage], deleted: Container[str],
        dead_letter_queue_arn: str | None,
    ) -> None:  # fmt: skip
        """Messages that are not delivered because they belong to a loop."""
        message_ids = tuple(message.message_id for message in messages)
        self._journal.write(entries.MessagesStopped(
            self.subject, self.origin(batch.settings), message_ids, invoked_arn=target.invoked_arn,
            bodies=tuple(message.body for message in messages),
            stale=tuple(message_id for message_id in message_ids if message_id not in deleted), target=dead_letter_queue_arn,
        ))  # fmt: skip

    # ------------------------------------------------------------------ warnings

    def _warn(self, about: str, message: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            self._journal.write(Warned(self.subject, message))

    def check_visibility(self, queue: Queue | None, target: Target, window: int) -> None:
        """Warn of a visibility timeout that is shorter than AWS recommends (SQS-46)."""
        timeout = target.configuration.timeout
        recommended = decisions.recommended_visibility_timeout(timeout, window)
        if queue is not None and queue.visibility_timeout < recommended:
            with_window = f" plus the batching window of {window} s" if window else ""
            self._warn(
                "visibility",
                f"Queue {self.queue_name} has a visibility timeout of {queue.visibility_timeout} s. AWS recommends at least "
                f"{recommended} s: six times the {timeout} s that {self.subject.function_name!r} has{with_window} (SQS-46).",
            )

    def check_receive_count(self, queue: Queue | None) -> None:
        """Warn of throttles that may fill the dead-letter queue (SQS-55)."""
        count = None if queue is None else queue.max_receive_count
        if count is not None and count < limits.SQS_SAFE_RECEIVE_COUNT:
            self._warn(
                "receives",
                f"Queue {self.queue_name} has maxReceiveCount {count}, and {self.subject.function_name!r} is throttled. Each "
                "receive counts, so messages can move to the dead-letter queue although the function never ran. AWS "
                f"recommends at least {limits.SQS_SAFE_RECEIVE_COUNT} (SQS-55).",
            )

    def check_ignored_failures(self, answer: bytes) -> None:
        """Warn of an answer that names failures to a mapping that does not ask for them (SQS-70)."""
        if batch_response.names_failures(answer):
            self._warn(
                "failures",
                f"{self.subject.function_name!r} returned batchItemFailures, but Lambda ignores them: its event source "
                f'mapping on queue {self.queue_name} has no function_response_types=["ReportBatchItemFailures"]. All '
                "messages of the batch were deleted (SQS-70).",
            )

    def check_filters(self, settings: Settings) -> None:
        """Warn of patterns that name what a record never has (FIL-21)."""
        for key in filters.unknown_keys(settings.filters, "sqs"):
            self._warn(
                f"filter {key}",
                f"A filter of the event source mapping on queue {self.queue_name} uses the key {key!r}, but SQS records do "
                "not have this key (FIL-21).",
            )
