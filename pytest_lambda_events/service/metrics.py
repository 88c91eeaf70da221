"""The metrics of functions in the namespace `AWS/Lambda`, computed from the journal (MET)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from ..arns import name_of_arn, parse
from ..journal.attempts import AttemptBegun, Ended, NotFound, ServiceFailed, Started, Throttled
from ..journal.batches import (
    BatchResult,
    Deleted,
    GivenUp,
    MessagesFiltered,
    MessagesStopped,
    OffsetLag,
    Polled,
    RecordsFiltered,
)  # fmt: skip
from ..journal.entry import Entry, Instant
from ..journal.events import Accepted, CallStopped, DeliveryFailed, Discarded, DurableEvent, EventEnded, Succeeded
from ..values import dataclass
from .metric_units import UNITS
from .model import LATEST
from .retry import RECURSION_TERMINATED

NAMESPACE = "AWS/Lambda"

_FAILED_DELIVERIES = {
    "on_success": "DestinationDeliveryFailures",
    "on_failure": "DestinationDeliveryFailures",
    "dead_letter_queue": "DeadLetterErrors",
}


@dataclass(frozen=True, slots=True)
class Source:
    """What a sample is about: a function, given by its ARN without a qualifier, or a part of its invocations.

    `resource` is the function's name in the invocation (`fn`, `fn:$LATEST`, `fn:1`, `fn:live`). `executed_version` is the
    version that ran for an alias. None includes all (MET-01).
    """

    function_arn: str
    resource: str | None = None
    executed_version: str | None = None

    @classmethod
    def as_invoked(cls, arn: str) -> Source:
        """Returns the source that an ARN with or without a qualifier names."""
        qualifier = parse(arn).qualifier
        function_arn = arn if qualifier is None else arn.removesuffix(f":{qualifier}")
        return cls(function_arn, arn.partition(":function:")[2])

    @property
    def namespace(self) -> str:
        """Returns the namespace in CloudWatch."""
        return NAMESPACE

    @property
    def place(self) -> tuple[str, str]:
        """Returns the account and the region of the samples in CloudWatch."""
        return _place(self.function_arn)

    @property
    def of_function(self) -> Source:
        """Returns the source for all invocations of the function."""
        return Source(self.function_arn)

    @property
    def dimensions(self) -> dict[str, str]:
        """Returns the dimensions of CloudWatch, in order of their names."""
        values = {
            "ExecutedVersion": self.executed_version,
            "FunctionName": name_of_arn(self.function_arn),
            "Resource": self.resource,
        }
        return {name: value for name, value in values.items() if value is not None}

    def ran(self, version: str) -> Source | None:
        """Returns the part that this version ran, if the source is an alias."""
        qualifier = (self.resource or "").partition(":")[2]
        if not qualifier or qualifier == LATEST or qualifier.isdigit():
            return None
        return Source(self.function_arn, self.resource, version)


@dataclass(frozen=True, slots=True)
class MappingSource:
    """What a sample is about: an event source mapping, regardless of its function (MET-40)."""

    uuid: str
    event_source_arn: str = field(default="", compare=False)

    @property
    def namespace(self) -> str:
        """Returns the namespace in CloudWatch."""
        return NAMESPACE

    @property
    def place(self) -> tuple[str, str]:
        """Returns the account and the region of the samples in CloudWatch."""
        return _place(self.event_source_arn)

    @property
    def dimensions(self) -> dict[str, str]:
        """Returns the only dimension in CloudWatch."""
        return {"EventSourceMappingUUID": self.uuid}


def _place(arn: str) -> tuple[str, str]:
    parsed = parse(arn)
    return parsed.account_id, parsed.region_name


class Sample(NamedTuple):
    """One value of one metric, as published for one source.

    `instant` is when the measured action began: the start of an attempt, not its end (MET-03).
    """

    metric_name: str
    source: Source | MappingSource
    instant: datetime
    value: float

    @property
    def unit(self) -> str:
        """Returns `Count`, `Milliseconds` or `Bytes` (MET-02)."""
        return UNITS[self.metric_name]


_Values = tuple[str, Source | MappingSource, datetime, float]
_sample: Callable[[_Values], Sample] = partial(tuple.__new__, Sample)
"""Makes a sample from its values, in half the time that `Sample(...)` takes."""


class _Dates:
    """Keeps the date of the last instant, because consecutive entries often share an instant."""

    def __init__(self) -> None:
        self._instant: Instant | None = None
        self._date = datetime.min

    def of(self, entry: Entry) -> datetime:
        """Returns when an entry was written."""
        if entry.instant is not self._instant:
            self._instant, self._date = entry.instant, entry.at
        return self._date


def samples_of(entries: Iterable[Entry], metric_name: str | None = None) -> list[Sample]:
    """Returns the samples of journal entries, in the order of the entries. They must begin with the journal's first entry.

    `metric_name` selects one metric. The default is all metrics.
    """
    samples = Samples() if metric_name is None else Samples([metric_name])
    return [sample for entry in entries for sample in samples.read(entry)]


class _Invoked:
    """An invoked ARN, with the sources of its samples: the function, and the name in the invocation."""

    def __init__(self, arn: str, busy: dict[Source, list[int]]) -> None:
        source = Source.as_invoked(arn)
        self.sources = (source.of_function, source)
        self.busy = [(one, busy.setdefault(one, [0])) for one in self.sources]
        """Each source with its number of busy execution environments."""
        self._of_versions: dict[str, list[tuple[str, int, Source]]] = {}

    def of_version(self, version: str, wanted: Container[str]) -> list[tuple[str, int, Source]]:
        """Returns the metrics of an attempt: name, index in `_OF_ATTEMPTS`, and source. A version that an alias ran is one."""
        found = self._of_versions.get(version)
        if found is None:
            ran = self.sources[1].ran(version)
            sources = self.sources if ran is None else (*self.sources, ran)
            names = [(name, place) for place, name in enumerate(_OF_ATTEMPTS) if name in wanted]
            found = self._of_versions[version] = [(name, place, source) for name, place in names for source in sources]
        return found


class Samples:
    """Reads the journal entry by entry, and stores what the samples of later entries need.

    `metric_names` selects metrics. The default is all metrics.
    """

    def __init__(self, metric_names: Iterable[str] = UNITS) -> None:
        self._wanted = frozenset(metric_names)
        self._accepted: dict[str | None, int] = {}
        self._arns: dict[str, _Invoked] = {}
        self._of_requests: dict[str | None, _Invoked] = {}
        self._running: dict[tuple[str | None, int | None], tuple[Started, _Invoked]] = {}
        self._busy: dict[Source, list[int]] = {}
        self._durable: dict[tuple[str | None, str], list[int]] = {}
        self._durable_running: Counter[Source] = Counter()
        self._dates = _Dates()
        self._mappings = MappingSamples(self._wanted)

    def read(self, entry: Entry) -> list[Sample]:
        """Returns the samples of the next entry."""
        kind = type(entry)
        read = _READERS.get(kind)
        found = [] if read is None else read(self, entry)
        return found + self._mappings.read(entry) if kind in _OF_MAPPINGS else found

    def _invoked(self, entry: Entry) -> _Invoked:
        """Returns what was invoked. If the entry does not name it, an earlier entry of the request does."""
        arn = entry.invoked_arn
        if arn is None:
            return self._of_requests[entry.request_id]
        found = self._arns.get(arn)
        if found is None:
            found = self._arns[arn] = _Invoked(arn, self._busy)
        self._of_requests[entry.request_id] = found
        return found

    def accepted(self, entry: Accepted) -> list[Sample]:
        """Counts once for each event, never for a retry (MET-10)."""
        self._accepted[entry.request_id] = entry.microseconds
        return self._published(entry, AsyncEventsReceived=1)

    def started(self, entry: Started) -> list[Sample]:
        """Returns the age of the event (MET-17), and the number of busy execution environments including this one (MET-20)."""
        subject, invoked, found = entry.subject, self._invoked(entry), []
        self._running[subject.request_id, subject.attempt] = entry, invoked
        for _, count in invoked.busy:
            count[0] += 1
        if "ConcurrentExecutions" in self._wanted:
            at = self._dates.of(entry)
            found = [_sample(("ConcurrentExecutions", source, at, count[0])) for source, count in invoked.busy]
        if self._accepted and subject.request_id in self._accepted:
            age = entry.microseconds - self._accepted[subject.request_id]
            found += self._published(entry, AsyncEventAge=age / 1000)
        return found

    def ended(self, entry: Ended) -> list[Sample]:
        """Returns the samples of an attempt that ran, whatever its result (MET-11 to 13, 18, 35)."""
        started, invoked = self._running.pop((entry.subject.request_id, entry.subject.attempt))
        for _, count in invoked.busy:
            count[0] -= 1
        published = invoked.of_version(entry.executed_version, self._wanted)
        if not published:
            return []
        duration = (entry.microseconds - started.microseconds) / 1000
        values, at = (1, 0 if entry.error_type is None else 1, 0, duration), self._dates.of(started)
        return [_sample((name, source, at, values[place])) for name, place, source in published]

    def throttled(self, entry: Throttled) -> list[Sample]:
        """An attempt that did not run is not an invocation (MET-12, 13, 30)."""
        return self._published(entry, Errors=0, Throttles=1)

    def event_ended(self, entry: EventEnded) -> list[Sample]:
        """Counts once for each event. Events sent to a destination or dead-letter queue also count as dropped (MET-14, 19,
        33).
        """
        loops = {"RecursiveInvocationsDropped": 1} if entry.condition == RECURSION_TERMINATED else {}
        return self._published(entry, AsyncEventsDropped=0 if isinstance(entry, Succeeded) else 1, **loops)

    def delivery_failed(self, entry: DeliveryFailed) -> list[Sample]:
        """Counts each route that failed (MET-15, 16). Without a failure there is no sample (MET-04)."""
        return self._published(entry, **{_FAILED_DELIVERIES[entry.route]: 1})

    def batch_result(self, entry: BatchResult) -> list[Sample]:
        """Returns the age of the last record of a stream batch at the end of its invocation (MET-21, KIN-98)."""
        age = entry.iterator_age_ms
        return [] if age is None else self._published(entry, IteratorAge=age)

    def offset_lag(self, entry: OffsetLag) -> list[Sample]:
        """Returns how many records of the topic are not finished (KAF-50)."""
        return self._published(entry, OffsetLag=sum(entry.lags))

    def recursion_stopped(self, entry: CallStopped | MessagesStopped) -> list[Sample]:
        """Counts a synchronous call, or messages, that would have continued a recursive loop (MET-19)."""
        return self._published(entry, RecursiveInvocationsDropped=1)

    def durable(self, entry: DurableEvent) -> list[Sample]:
        """Counts starts and ends of durable executions, and those that run (DUR-C1).

        At its end an execution has its duration, its number of operations and what it has written.
        """
        key, kind = (entry.invoked_arn, entry.durable_execution), entry.event_type
        if kind == "ExecutionStarted":
            self._durable[key] = [entry.microseconds, 0]
            return self._published(entry, DurableExecutionStarted=1) + self._running_durable(entry, 1)
        if not kind.startswith("Execution"):
            self._durable[key][1] += kind.endswith("Started")
            return []
        began_at, operations = self._durable.pop(key)
        duration = (entry.microseconds - began_at) / 1000
        return self._published(
            entry, **{f"Durable{kind}": 1}, DurableExecutionDuration=duration, DurableExecutionOperations=operations,
            DurableExecutionStorageWrittenBytes=entry.written_bytes or 0,
        ) + self._running_durable(entry, -1)  # fmt: skip

    def _running_durable(self, entry: DurableEvent, change: int) -> list[Sample]:
        """Returns how many executions of the function, and of its version, are running after a change."""
        found, at = [], entry.at
        for source in self._invoked(entry).sources:
            self._durable_running[source] += change
            if "ApproximateRunningDurableExecutions" in self._wanted:
                found.append(Sample("ApproximateRunningDurableExecutions", source, at, self._durable_running[source]))
        return found

    def _published(self, entry: Entry, **values: float) -> list[Sample]:
        """Returns values for the function, and for the name in the invocation."""
        sources, at = self._invoked(entry).sources, entry.at
        return [
            Sample(name, source, at, value) for name, value in values.items() if name in self._wanted for source in sources
        ]


_OF_ATTEMPTS = ("Invocations", "Errors", "Throttles", "Duration")
"""The metrics of an attempt that ran."""
_READERS: Mapping[type[Entry], Callable[[Samples, Any], list[Sample]]] = {
    Accepted: Samples.accepted,
    Started: Samples.started,
    Ended: Samples.ended,
    Throttled: Samples.throttled,
    Succeeded: Samples.event_ended,
    Discarded: Samples.event_ended,
    DeliveryFailed: Samples.delivery_failed,
    CallStopped: Samples.recursion_stopped,
    MessagesStopped: Samples.recursion_stopped,
    BatchResult: Samples.batch_result,
    OffsetLag: Samples.offset_lag,
    DurableEvent: Samples.durable,
}


class MappingSamples:
    """Reads the samples of event source mappings that have metrics (SQS-95), entry by entry."""

    def __init__(self, metric_names: Iterable[str] = UNITS) -> None:
        self._wanted = frozenset(metric_names)
        self._begun: dict[str | None, datetime] = {}
        self._sources: dict[str, MappingSource] = {}
        self._dates = _Dates()

    def read(self, entry: Entry) -> list[Sample]:
        """Returns the samples of the next entry. Without activity there is none (MET-41)."""
        origin = entry.origin
        lags = entry.lags if isinstance(entry, OffsetLag) and entry.is_measured else ()
        if origin is None or not (origin.counts or lags):
            return []
        source = self._sources.get(origin.event_source_mapping)
        if source is None:
            source = MappingSource(origin.event_source_mapping, origin.source)
            self._sources[origin.event_source_mapping] = source
        counts = self._counts(entry)
        wanted = self._wanted
        found = [_sample((name, source, instant, count)) for name, count, instant in counts if count and name in wanted]
        if lags:
            values = {"MaxOffsetLag": max(lags), "SumOffsetLag": sum(lags)}
            found += [_sample((name, source, entry.at, value)) for name, value in values.items() if name in wanted]
        return found

    def _counts(self, entry: Entry) -> Sequence[tuple[str, int, datetime]]:
        """Returns the metric, the number of records and the time of an entry. For an attempt this is its start (MET-03)."""
        at = self._dates.of(entry)
        if isinstance(entry, Polled):
            return [("PolledEventCount", len(entry.ids), at)]
        if isinstance(entry, OffsetLag):
            return [("CommittedEventCount", entry.committed if entry.origin.counts else 0, at)]
        if isinstance(entry, (MessagesFiltered, RecordsFiltered)):
            return [("FilteredOutEventCount", len(entry.ids), at)]
        if isinstance(entry, Deleted):
            return [("DeletedEventCount", len(entry.ids) - len(entry.stale), at)]
        if isinstance(entry, AttemptBegun):
            self._begun[entry.request_id] = at
            return [("InvokedEventCount", len(entry.ids), at)]
        if isinstance(entry, BatchResult):
            begun, failed = self._begun.pop(entry.request_id, None), len(entry.failed)
            if begun is not None:
                return [("FailedInvokeEventCount", failed, begun)]
            # An event that is too large counts as an attempt, and is refused before it starts (KIN-29).
            return [("InvokedEventCount", entry.records, at), ("FailedInvokeEventCount", failed, at)]
        if isinstance(entry, GivenUp) and entry.counted_as is not None:
            return [(_GIVEN_UP[entry.counted_as], len(entry.ids), at)]
        return []


_OF_MAPPINGS = frozenset({
    Polled, MessagesFiltered, RecordsFiltered, Deleted, Started, Throttled, ServiceFailed, NotFound, BatchResult, GivenUp,
    OffsetLag,
})  # fmt: skip
"""The entries that count in the metrics of mappings."""
_GIVEN_UP = {"delivered": "OnFailureDestinationDeliveredEventCount", "dropped": "DroppedEventCount"}
