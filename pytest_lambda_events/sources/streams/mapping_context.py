"""What the workers of one mapping share: its stream, its settings, and what the journal is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ... import limits
from ...journal.batches import Polled, RecordsExpired
from ...journal.entry import Entry, Origin, Subject
from ...journal.events import Denied, Warned
from ...simulation.clock import MICROSECONDS, microseconds_of
from ...simulation.wait_signal import Signal
from .. import batch_response
from ..dependencies import PollerDependencies
from ..events import encoded
from ..filtering import filters
from ..filtering.filters import Filters
from ..mapping import EventSourceMapping, Settings
from ..ports import Stream, StreamRecord
from .stream_types import CONSUMER, StreamType, stream_type_of

OK = "OK"
FAILED = "PROBLEM: Function call failed"


@dataclass(eq=False)
class MappingContext:
    """One mapping as its workers see it. `started_at` is the instant at which polling began, from which polls count.

    `on_blocked` is called when a stream that could be read turns out to be gone, or denied.
    """

    mapping: EventSourceMapping
    deps: PollerDependencies
    started_at: int = 0
    filters: Filters = field(default_factory=lambda: filters.compile(()))
    blocked: bool = False
    on_blocked: Callable[[], None] = field(default=lambda: None)
    _role_arn: str = ""
    _retention_seconds: int = limits.RECORD_RETENTION_SECONDS
    _warned: set[str] = field(default_factory=set)
    _origins: dict[tuple[str, bool], Origin] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind: StreamType = stream_type_of(self.mapping.event_source_arn)
        self.simulation = self.deps.simulation
        self._needed = self.kind.needed(self.mapping.event_source_arn)
        self.role_arn()

    # ------------------------------------------------------------------ the source

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self.mapping.in_force

    @property
    def now(self) -> int:
        """Microseconds since the clock's start."""
        return self.simulation.clock.microseconds

    def stream(self) -> Stream | None:
        """The stream, if it is there and may be read; what keeps it from being read shows in the mapping (PRM-19)."""
        found = self.deps.find_stream(self.mapping.event_source_arn)
        refused = None if found is None else self._refusal()
        was_blocked, self.blocked = self.blocked, found is None or refused is not None
        if self.blocked and not was_blocked:
            self.on_blocked()
        if refused is not None:
            problem = f"PROBLEM: {self._as_session(refused)}"
            if self.mapping.last_processing_result != problem:
                self.simulation.journal.write(Denied(self.subject, refused))
            self.mapping.last_processing_result = problem
        return None if self.blocked else found

    def retention_seconds(self) -> int:
        """How long the stream keeps a record; of one that cannot be read, how long it did."""
        found = self.stream()
        if found is not None:
            self._retention_seconds = found.retention_seconds
        return self._retention_seconds

    def _refusal(self) -> str | None:
        target = self.deps.named(self.settings)
        if target is None:
            return None
        role_arn, allowed = target.configuration.role, self.deps.authorizer.allowed
        refusals = (allowed(role_arn, action, resource) for action, resource in self._needed)
        return next((refused for refused in refusals if refused is not None), None)

    def _as_session(self, refused: str) -> str:
        """The refusal with the session of the role in which a poller works."""
        account, _, name = self.role_arn().removeprefix("arn:aws:iam::").partition(":role/")
        began = self.simulation.clock.at(self.started_at)
        session = f"User: arn:aws:sts::{account}:assumed-role/{name.split('/')[-1]}/awslambda_0_{began:%Y%m%d%H%M%S}"
        return refused.replace(self.role_arn(), session, 1)

    def signals(self) -> Signal:
        """What to listen to for news: of the stream, or of whatever keeps it from being read."""
        found = self.stream()
        return self.deps.blocked_may_go_on if found is None else found.changed

    def next_poll(self) -> int:
        """The next instant at which a shard that had nothing left is read (KIN-10, 11, DDB-02)."""
        interval = microseconds_of(self.kind.poll_seconds)
        if not interval:
            return self.now
        return self.started_at + -(-(self.now - self.started_at) // interval) * interval

    def role_arn(self) -> str:
        """The function's role, which the records of Kinesis name; while it does not exist, the one that it had."""
        target = self.deps.named(self.settings)
        if target is not None:
            self._role_arn = target.configuration.role
        return self._role_arn

    def ending(self) -> str:
        """The end of every record in the event: what comes behind its own members (KIN-E1)."""
        added = self.kind.added(self.mapping.event_source_arn, self.role_arn())
        return "," + encoded(added)[1:].decode()

    def arrived_at(self, record: StreamRecord) -> datetime:
        """When a record arrived."""
        return self.simulation.clock.at(record.arrived_at)

    def age_seconds(self, record: StreamRecord) -> float:
        """How old a record is."""
        return (self.now - record.arrived_at) / MICROSECONDS

    # ------------------------------------------------------------------ the journal

    @property
    def subject(self) -> Subject:
        """Whom entries are about that are about no single attempt."""
        return Subject(self.settings.function_arn.split(":")[6])

    @property
    def source_name(self) -> str:
        """The stream's name, or the table's."""
        return self.mapping.event_source_arn.split("/")[1]

    def origin(self, shard_id: str, settings: Settings) -> Origin:
        """What every entry says of the mapping and the shard. It is shared by them."""
        key = (shard_id, settings.counts_events)
        if key not in self._origins:
            self._origins[key] = Origin(self.mapping.uuid, self.mapping.event_source_arn, settings.counts_events, shard_id)
        return self._origins[key]

    def places(self, records: Iterable[StreamRecord]) -> tuple[int, ...] | None:
        """Which of its aggregate's records each is, which share a sequence number: only consumers tell them apart (KIN-34)."""
        return tuple(record.position[1] for record in records) if self.kind is CONSUMER else None

    def write(self, entry: Entry) -> None:
        """One entry."""
        self.simulation.journal.write(entry)

    def write_records(
        self, kind: type[Polled | RecordsExpired], shard_id: str, settings: Settings, records: Sequence[StreamRecord]
    ) -> None:
        """One entry about records, if there are any."""
        if records:
            origin = self.origin(shard_id, settings)
            self.write(kind(self.subject, origin, numbers_of(records), places=self.places(records)))

    def check_ignored_failures(self, answer: bytes) -> None:
        """Warn of an answer that names failures to a mapping that does not ask for them (KIN-60)."""
        if batch_response.names_failures(answer):
            self._warn(
                "failures",
                f"{self.subject.function_name!r} returned batchItemFailures, but Lambda ignores them: its event source "
                f'mapping on {self.source_name} has no function_response_types=["ReportBatchItemFailures"] (KIN-60).',
            )

    def check_filters(self) -> None:
        """Warn of patterns that name what a record never has (FIL-21)."""
        for key in filters.unknown_keys(self.settings.filters, self.kind.service):
            self._warn(
                f"filter {key}",
                f"A filter of the event source mapping on {self.source_name} uses the key {key!r}, but "
                f"{self.kind.service} records do not have this key (FIL-21).",
            )

    def _warn(self, about: str, message: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            self.simulation.journal.write(Warned(self.subject, message))


def numbers_of(records: Iterable[StreamRecord]) -> tuple[str, ...]:
    """The sequence numbers of records."""
    return tuple([record.sequence_number for record in records])
