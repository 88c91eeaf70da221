"""The journal entries of one event source mapping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..arns import parse
from ..journal.attempts import NotFound
from ..journal.batches import BatchResult, Polled, RecordsExpired
from ..journal.entry import Entry, Origin, Subject
from ..journal.events import Denied, Warned
from ..journal.journal import Journal
from ..service.invoke_request import InvokeRequest
from . import batch_response
from .filtering import filters
from .mapping import EventSourceMapping, Settings
from .ports import StreamRecord


class MappingJournal:
    """Writes the entries of one mapping of a queue or stream. It writes each warning once."""

    def __init__(self, mapping: EventSourceMapping, journal: Journal) -> None:
        self._mapping = mapping
        self._journal = journal
        self._is_consumer = "/consumer/" in mapping.event_source_arn
        self._is_of_a_pipe = mapping.in_force.is_of_a_pipe
        self._origins: dict[tuple[str | None, bool], Origin] = {}
        self._function_arn: str | None = None
        self._subject = Subject()
        self._warned: set[str] = set()

    @property
    def source_name(self) -> str:
        """The name of the queue, stream or table."""
        return parse(self._mapping.event_source_arn).name

    @property
    def function_name(self) -> str:
        """The name of the function, or the label of the pipe, such as `pipes orders`."""
        return self.subject.function_name or ""

    @property
    def subject(self) -> Subject:
        """The subject of entries that belong to no attempt. Entries share it."""
        arn = self._mapping.in_force.function_arn
        if arn != self._function_arn:
            name = parse(arn).name
            self._function_arn, self._subject = arn, Subject(f"pipes {name}" if self._is_of_a_pipe else name)
        return self._subject

    def origin(self, settings: Settings, shard_id: str | None = None) -> Origin:
        """Returns what all entries contain of the mapping. Entries share it."""
        key = (shard_id, settings.counts_events)
        origin = self._origins.get(key)
        if origin is None:
            mapping = self._mapping
            origin = self._origins[key] = Origin(mapping.uuid, mapping.event_source_arn, settings.counts_events, shard_id)
        return origin

    def places(self, records: Iterable[StreamRecord]) -> tuple[int, ...] | None:
        """Returns the place of each record in its aggregate. Only consumers get the records of aggregates (KIN-34)."""
        return tuple(record.position[1] for record in records) if self._is_consumer else None

    def write(self, entry: Entry) -> None:
        """Writes one entry."""
        self._journal.write(entry)

    def write_records(self, kind: type[Polled | RecordsExpired], origin: Origin, records: Sequence[StreamRecord]) -> None:
        """Writes one entry about records, if there are any."""
        if records:
            self.write(kind(self.subject, origin, sequence_numbers(records), places=self.places(records)))

    def write_denied(self, reason: str) -> None:
        """Writes that the function's role may not read the source."""
        self.write(Denied(self.subject, reason))

    def write_not_found(self, request: InvokeRequest, settings: Settings) -> None:
        """Writes that the function of an attempt does not exist."""
        self.write(NotFound(request.subject, request.payload, request.batch, settings.function_arn))

    def write_result(
        self, request: InvokeRequest, origin: Origin, count: int, failed: tuple[str, ...], reason: str | None,
        iterator_age_ms: float | None = None,
    ) -> None:  # fmt: skip
        """Writes which items of a batch of `count` items failed in an attempt."""
        self.write(BatchResult(request.subject, origin, count, failed, reason, iterator_age_ms))

    def warn(self, topic: str, message: str | None) -> None:
        """Writes a warning, if there is a message and no warning about the topic was written before, unless it is silenced."""
        if message is not None and topic not in self._warned and not self._journal.is_silenced(message):
            self._warned.add(topic)
            self.write(Warned(self.subject, message))

    def warn_of_ignored_failures(self, response: bytes) -> None:
        """Warns if a response names failures, but the mapping does not have ReportBatchItemFailures (SQS-70, KIN-60)."""
        if batch_response.names_failures(response):
            is_stream = self._mapping.is_of_a_stream
            consequence = " (KIN-60)." if is_stream else ". All messages of the batch were deleted (SQS-70)."
            self.warn(
                "failures",
                f"{self.function_name!r} returned batchItemFailures, but Lambda ignores them: its event source mapping on "
                f'{self._described_source} has no function_response_types=["ReportBatchItemFailures"]{consequence}',
            )

    def warn_of_unknown_keys(self) -> None:
        """Warns of filters with keys that no record has (FIL-21)."""
        service = self._mapping.service
        for key in filters.unknown_keys(self._mapping.in_force.filters, service):
            self.warn(
                f"filter {key}",
                f"A filter of the event source mapping on {self._described_source} uses the key {key!r}, but "
                f"{'SQS' if service == 'sqs' else service} records do not have this key (FIL-21).",
            )

    @property
    def _described_source(self) -> str:
        return self.source_name if self._mapping.is_of_a_stream else f"queue {self.source_name}"


def sequence_numbers(records: Iterable[StreamRecord]) -> tuple[str, ...]:
    """Returns the sequence numbers of records."""
    return tuple([record.sequence_number for record in records])
