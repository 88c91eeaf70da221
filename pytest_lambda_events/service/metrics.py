"""The metrics of functions in the namespace `AWS/Lambda`, computed from the journal (MET)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ..arns import name_of_arn, parse
from ..journal.attempts import AttemptBegun, Ended, Started, Throttled
from ..journal.batches import BatchResult, Deleted, GivenUp, MessagesFiltered, MessagesStopped, Polled, RecordsFiltered
from ..journal.entry import Entry
from ..journal.events import Accepted, CallStopped, DeliveryFailed, Discarded, EventEnded, Succeeded
from .model import LATEST
from .retry import RECURSION_TERMINATED

COUNT, MILLISECONDS = "Count", "Milliseconds"

UNITS: Mapping[str, str] = {
    "AsyncEventAge": MILLISECONDS,
    "AsyncEventsDropped": COUNT,
    "AsyncEventsReceived": COUNT,
    "ConcurrentExecutions": COUNT,
    "DeadLetterErrors": COUNT,
    "DeletedEventCount": COUNT,
    "DestinationDeliveryFailures": COUNT,
    "DroppedEventCount": COUNT,
    "Duration": MILLISECONDS,
    "Errors": COUNT,
    "FailedInvokeEventCount": COUNT,
    "FilteredOutEventCount": COUNT,
    "Invocations": COUNT,
    "InvokedEventCount": COUNT,
    "IteratorAge": MILLISECONDS,
    "OnFailureDestinationDeliveredEventCount": COUNT,
    "PolledEventCount": COUNT,
    "RecursiveInvocationsDropped": COUNT,
    "Throttles": COUNT,
}
"""All metrics with their units (MET-02)."""

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
        """Returns `Count` or `Milliseconds` (MET-02)."""
        return UNITS[self.metric_name]


def samples_of(entries: Iterable[Entry], metric_name: str | None = None) -> list[Sample]:
    """Returns the samples that entries of the journal lead to, those of one metric if it is named.

    They are in the order of the entries, which begin with the journal's first.
    """
    samples = Samples() if metric_name is None else Samples([metric_name])
    return [sample for entry in entries for sample in samples.read(entry)]


class _Sources:
    """The sources that an invoked ARN publishes for. Each is made once."""

    def __init__(self) -> None:
        self._of_arns: dict[str, tuple[Source, ...]] = {}
        self._of_versions: dict[tuple[str, str], tuple[Source, ...]] = {}

    def of(self, arn: str) -> tuple[Source, ...]:
        """All of the function, and the name as invoked."""
        found = self._of_arns.get(arn)
        if found is None:
            source = Source.as_invoked(arn)
            found = self._of_arns[arn] = (source.of_function, source)
        return found

    def of_version(self, arn: str, version: str) -> tuple[Source, ...]:
        """The same, and what an alias ran."""
        found = self._of_versions.get((arn, version))
        if found is None:
            sources = self.of(arn)
            ran = sources[1].ran(version)
            found = self._of_versions[arn, version] = sources if ran is None else (*sources, ran)
        return found


class Samples:
    """Reads the journal entry by entry, and remembers of it what the samples of later entries need.

    It gives the samples of `metric_names`, of all metrics by default.
    """

    def __init__(self, metric_names: Iterable[str] = UNITS) -> None:
        self._wanted = frozenset(metric_names)
        self._accepted: dict[str | None, int] = {}
        self._arns: dict[str | None, str] = {}
        self._started: dict[tuple[str | None, int | None], Started] = {}
        self._busy: Counter[Source] = Counter()
        self._sources = _Sources()
        self._mappings = MappingSamples(self._wanted)

    def read(self, entry: Entry) -> list[Sample]:
        """Returns the samples of the next entry."""
        read = _READERS.get(type(entry))
        found = [] if read is None else read(self, entry)
        origin = entry.origin
        return found if origin is None or not origin.counts else found + self._mappings.read(entry)

    def arn_of(self, entry: Entry) -> str:
        """What was invoked, as this entry or an earlier one of its request names it."""
        arn = entry.invoked_arn
        if arn is None:
            return self._arns[entry.request_id]
        self._arns[entry.request_id] = arn
        return arn

    def accepted(self, entry: Accepted) -> list[Sample]:
        """Counts once for each event, never for a retry (MET-10)."""
        self._accepted[entry.request_id] = entry.microseconds
        return self._published(entry, AsyncEventsReceived=1)

    def started(self, entry: Started) -> list[Sample]:
        """Returns the age of the event (MET-17), and the number of busy execution environments including this one (MET-20)."""
        self._started[entry.request_id, entry.attempt] = entry
        sources, found = self._sources.of(self.arn_of(entry)), []
        for busy in sources:
            self._busy[busy] += 1
        if "ConcurrentExecutions" in self._wanted:
            at = entry.at
            found = [Sample("ConcurrentExecutions", busy, at, self._busy[busy]) for busy in sources]
        accepted = self._accepted.get(entry.request_id)
        if accepted is not None:
            found += self._published(entry, AsyncEventAge=(entry.microseconds - accepted) / 1000)
        return found

    def ended(self, entry: Ended) -> list[Sample]:
        """Returns the samples of an attempt that ran, whatever its result (MET-11 to 13, 18, 35)."""
        started, arn = self._started.pop((entry.request_id, entry.attempt)), self.arn_of(entry)
        for busy in self._sources.of(arn):
            self._busy[busy] -= 1
        if not self._wanted & _OF_ATTEMPTS:
            return []
        values = {
            "Invocations": 1,
            "Errors": 0 if entry.error_type is None else 1,
            "Throttles": 0,
            "Duration": (entry.microseconds - started.microseconds) / 1000,
        }
        at, sources = started.at, self._sources.of_version(arn, entry.executed_version)
        return [
            Sample(name, source, at, value) for name, value in values.items() if name in self._wanted for source in sources
        ]

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

    def recursion_stopped(self, entry: CallStopped | MessagesStopped) -> list[Sample]:
        """Counts a synchronous call, or messages, that would have continued a recursive loop (MET-19)."""
        return self._published(entry, RecursiveInvocationsDropped=1)

    def _published(self, entry: Entry, **values: float) -> list[Sample]:
        """Returns values for the function, and for the name in the invocation."""
        sources, at = self._sources.of(self.arn_of(entry)), entry.at
        return [
            Sample(name, source, at, value) for name, value in values.items() if name in self._wanted for source in sources
        ]


_OF_ATTEMPTS = frozenset({"Invocations", "Errors", "Throttles", "Duration"})
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
}


class MappingSamples:
    """Reads the samples of event source mappings that have metrics (SQS-95), entry by entry."""

    def __init__(self, metric_names: Iterable[str] = UNITS) -> None:
        self._wanted = frozenset(metric_names)
        self._begun: dict[str | None, datetime] = {}

    def read(self, entry: Entry) -> list[Sample]:
        """Returns the samples of the next entry. Without activity there is none (MET-41)."""
        origin = entry.origin
        if origin is None or not origin.counts:
            return []
        source = MappingSource(origin.event_source_mapping, origin.source)
        counts = self._counts(entry)
        return [Sample(name, source, instant, count) for name, count, instant in counts if count and name in self._wanted]

    def _counts(self, entry: Entry) -> Iterator[tuple[str, int, datetime]]:
        """Returns the metric, the number of records and the time of an entry. For an attempt this is its start (MET-03)."""
        if isinstance(entry, Polled):
            yield "PolledEventCount", len(entry.ids), entry.at
        elif isinstance(entry, (MessagesFiltered, RecordsFiltered)):
            yield "FilteredOutEventCount", len(entry.ids), entry.at
        elif isinstance(entry, Deleted):
            yield "DeletedEventCount", len(entry.ids) - len(entry.stale), entry.at
        elif isinstance(entry, AttemptBegun):
            self._begun[entry.request_id] = entry.at
            yield "InvokedEventCount", len(entry.ids), entry.at
        elif isinstance(entry, BatchResult):
            begun = self._begun.pop(entry.request_id, None)
            if begun is None:
                # An event that is too large counts as an attempt, and is refused before it starts (KIN-29).
                yield "InvokedEventCount", entry.records, entry.at
            yield "FailedInvokeEventCount", len(entry.failed), begun or entry.at
        elif isinstance(entry, GivenUp) and entry.counted_as is not None:
            yield _GIVEN_UP[entry.counted_as], len(entry.ids), entry.at


_GIVEN_UP = {"delivered": "OnFailureDestinationDeliveredEventCount", "dropped": "DroppedEventCount"}
