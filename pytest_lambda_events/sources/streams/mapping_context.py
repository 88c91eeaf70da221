"""What the workers of one mapping share: its stream, its settings and its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from ... import limits
from ...simulation.clock import MICROSECONDS, microseconds_of
from ...simulation.wait_signal import Signal
from ...values import dataclass
from ..dependencies import PollerDependencies
from ..filtering import filters
from ..filtering.filters import Filters
from ..mapping import EventSourceMapping, Settings
from ..mapping_journal import MappingJournal
from ..ports import Stream, StreamRecord
from .source_form import SourceForm
from .stream_batch import StreamConsumer


@dataclass(eq=False)
class MappingContext:
    """One mapping as its workers use it.

    Args:
        started_at: The instant at which polling began. Polls happen at multiples of the poll interval after it.
        is_blocked: Whether the stream does not exist or must not be read.
        consumer: Processes the batches.
        on_blocked: Called when a stream that could be read does not exist any more, or must not be read any more.
    """

    mapping: EventSourceMapping
    deps: PollerDependencies
    form: SourceForm
    started_at: int = 0
    filters: Filters = field(default_factory=lambda: filters.compile(()))
    is_blocked: bool = False
    on_blocked: Callable[[], None] = field(default=lambda: None)
    consumer: StreamConsumer = field(init=False)
    _role_arn: str = ""
    _retention_seconds: int = limits.RECORD_RETENTION_SECONDS

    def __post_init__(self) -> None:
        self.stream_type = self.form.stream_type
        self.simulation = self.deps.simulation
        self.journal = MappingJournal(self.mapping, self.simulation.journal)
        self._needed = self.stream_type.needed(self.mapping.event_source_arn)
        self.role_arn()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.mapping.in_force

    @property
    def now(self) -> int:
        """The current instant, in microseconds since the clock's start."""
        return self.simulation.clock.microseconds

    def stream(self) -> Stream | None:
        """Returns the stream, if it exists and may be read. A refusal is shown in the mapping (PRM-19)."""
        found = self.deps.find_stream(self.mapping.event_source_arn)
        refused = None if found is None else self._refusal()
        was_blocked, self.is_blocked = self.is_blocked, found is None or refused is not None
        if self.is_blocked and not was_blocked:
            self.on_blocked()
        if refused is not None:
            problem = f"PROBLEM: {self._as_session(refused)}"
            if self.mapping.last_processing_result != problem:
                self.journal.write_denied(refused)
            self.mapping.last_processing_result = problem
        return None if self.is_blocked else found

    def retention_seconds(self) -> int:
        """Returns how long the stream keeps a record. If the stream is not readable, the last known value."""
        found = self.stream()
        if found is not None:
            self._retention_seconds = found.retention_seconds
        return self._retention_seconds

    def _refusal(self) -> str | None:
        for action, resource in self._needed:
            refused = self.deps.refusal(self.settings, action, resource)
            if refused is not None:
                return refused
        return None

    def _as_session(self, refused: str) -> str:
        """Returns a refusal with the session of the role that a poller uses."""
        account, _, name = self.role_arn().removeprefix("arn:aws:iam::").partition(":role/")
        began = self.simulation.clock.at(self.started_at)
        session = f"User: arn:aws:sts::{account}:assumed-role/{name.split('/')[-1]}/awslambda_0_{began:%Y%m%d%H%M%S}"
        return refused.replace(self.role_arn(), session, 1)

    def signal(self) -> Signal:
        """Returns the signal of new records and shards, or of access if the stream is not readable."""
        found = self.stream()
        return self.deps.access_changed if found is None else found.changed

    def next_poll(self) -> int:
        """Returns the next instant at which a shard without more records is read again (KIN-10, 11, DDB-02)."""
        interval = microseconds_of(self.stream_type.poll_seconds)
        if not interval:
            return self.now
        return self.started_at + -(-(self.now - self.started_at) // interval) * interval

    def role_arn(self) -> str:
        """Returns the role that reads the stream, which records of Kinesis contain; the last known one of a function that
        does not exist.
        """
        role_arn = self.deps.role_arn(self.settings)
        if role_arn is not None:
            self._role_arn = role_arn
        return self._role_arn

    def added(self) -> Mapping[str, str]:
        """Returns the last members of every record in the event, which follow those of the stream (KIN-E1)."""
        return self.stream_type.added(self.mapping.event_source_arn, self.role_arn())

    def arrived_at(self, record: StreamRecord) -> datetime:
        """Returns when a record arrived."""
        return self.simulation.clock.at(record.arrived_at)

    def age_seconds(self, record: StreamRecord) -> float:
        """Returns how old a record is."""
        return (self.now - record.arrived_at) / MICROSECONDS
