"""The metrics of functions in the namespace `AWS/Lambda`, computed from the journal (MET)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..records.identifiers import identifiers
from ..simulation.journal import Entry
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
        parts = arn.split(":")
        return cls(":".join(parts[:7]), ":".join(parts[6:]))

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
            "FunctionName": self.function_arn.rpartition(":")[2],
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
    _, _, _, region_name, account_id, *_ = arn.split(":")
    return account_id, region_name


@dataclass(frozen=True, slots=True)
class Sample:
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


def samples_of(entries: Iterable[Entry]) -> list[Sample]:
    """Returns the samples of journal entries, in the order of the entries. They must begin with the journal's first entry."""
    samples = Samples()
    return [sample for entry in entries for sample in samples.read(entry)]


class Samples:
    """Reads the journal entry by entry, and stores what the samples of later entries need."""

    def __init__(self) -> None:
        self._accepted: dict[str | None, datetime] = {}
        self._sources: dict[str | None, Source] = {}
        self._started: dict[tuple[str | None, int | None], datetime] = {}
        self._busy: Counter[Source] = Counter()
        self._mappings = MappingSamples()
        self._readers: Mapping[str, Callable[[Entry, Source], Iterator[Sample]]] = {
            "accepted": self._read_accepted,
            "started": self._read_started,
            "ended": self._read_ended,
            "throttled": self._read_throttled,
            "succeeded": self._read_end_of_event,
            "discarded": self._read_end_of_event,
            "delivery_failed": self._read_delivery_failed,
            "recursion_stopped": self._read_recursion_stopped,
            "judged": self._read_judged,
        }

    def read(self, entry: Entry) -> list[Sample]:
        """Returns the samples of the next entry."""
        read = None if _is_without_age(entry) else self._readers.get(entry.kind)
        of_function = [] if read is None else list(read(entry, self._source_of(entry)))
        return of_function + self._mappings.read(entry)

    def _source_of(self, entry: Entry) -> Source:
        arn = entry.detail.get("invoked_arn")
        if arn is None:
            return self._sources[entry.request_id]
        source = Source.as_invoked(arn)
        self._sources[entry.request_id] = source
        return source

    def _read_accepted(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Counts once for each event, never for a retry (MET-10)."""
        self._accepted[entry.request_id] = entry.at
        yield from _published("AsyncEventsReceived", source, entry.at, 1)

    def _read_started(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Returns the age of the event (MET-17), and the number of busy execution environments including this one (MET-20)."""
        self._started[entry.request_id, entry.attempt] = entry.at
        for busy in (source.of_function, source):
            self._busy[busy] += 1
            yield Sample("ConcurrentExecutions", busy, entry.at, self._busy[busy])
        accepted = self._accepted.get(entry.request_id)
        if accepted is not None:
            yield from _published("AsyncEventAge", source, entry.at, _milliseconds(entry.at - accepted))

    def _read_ended(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Returns the samples of an attempt that ran, whatever its result (MET-11 to 13, 18, 35)."""
        started = self._started.pop((entry.request_id, entry.attempt))
        self._busy.subtract((source.of_function, source))
        values = {
            "Invocations": 1,
            "Errors": 0 if entry.detail["outcome"] == "success" else 1,
            "Throttles": 0,
            "Duration": _milliseconds(entry.at - started),
        }
        for name, value in values.items():
            yield from _published(name, source, started, value, source.ran(entry.detail["executed_version"]))

    def _read_throttled(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """An attempt that did not run is not an invocation (MET-12, 13, 30)."""
        yield from _published("Errors", source, entry.at, 0)
        yield from _published("Throttles", source, entry.at, 1)

    def _read_end_of_event(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Counts once for each event. Events sent to a destination or dead-letter queue also count as dropped (MET-14, 19,
        33).
        """
        yield from _published("AsyncEventsDropped", source, entry.at, 0 if entry.kind == "succeeded" else 1)
        if entry.detail["condition"] == RECURSION_TERMINATED:
            yield from _published("RecursiveInvocationsDropped", source, entry.at, 1)

    def _read_delivery_failed(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Counts each route that failed (MET-15, 16). Without a failure there is no sample (MET-04)."""
        yield from _published(_FAILED_DELIVERIES[entry.detail["route"]], source, entry.at, 1)

    def _read_judged(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Returns the age of the last record of a stream batch at the end of its invocation (MET-21, KIN-98)."""
        yield from _published("IteratorAge", source, entry.at, entry.detail["iterator_age_ms"])

    def _read_recursion_stopped(self, entry: Entry, source: Source) -> Iterator[Sample]:
        """Counts a synchronous call that would have continued a recursive loop (MET-19)."""
        yield from _published("RecursiveInvocationsDropped", source, entry.at, 1)


class MappingSamples:
    """Reads the samples of event source mappings that have metrics (SQS-95), entry by entry."""

    def __init__(self) -> None:
        self._begun: dict[str | None, datetime] = {}

    def read(self, entry: Entry) -> list[Sample]:
        """Returns the samples of the next entry. Without activity there is none (MET-41)."""
        detail = entry.detail
        if not detail.get("counts"):
            return []
        source = MappingSource(detail["event_source_mapping"], detail["source"])
        return [Sample(name, source, instant, count) for name, count, instant in self._counts(entry) if count]

    def _counts(self, entry: Entry) -> Iterator[tuple[str, int, datetime]]:
        """Returns the metric, the number of records and the time of an entry. For an attempt this is its start (MET-03)."""
        detail = entry.detail
        if entry.kind == "polled":
            yield "PolledEventCount", len(identifiers(detail)), entry.at
        elif entry.kind == "filtered":
            yield "FilteredOutEventCount", len(identifiers(detail)), entry.at
        elif entry.kind == "deleted":
            yield "DeletedEventCount", len(identifiers(detail)) - len(detail["stale"]), entry.at
        elif entry.kind in _TRIES_OF_BATCHES:
            self._begun[entry.request_id] = entry.at
            yield "InvokedEventCount", len(identifiers(detail)), entry.at
        elif entry.kind == "judged":
            begun = self._begun.pop(entry.request_id, None)
            if begun is None:
                # An event that is too large counts as an attempt, and is refused before it starts (KIN-29).
                yield "InvokedEventCount", detail["records"], entry.at
            yield "FailedInvokeEventCount", len(detail["failed"]), begun or entry.at
        elif entry.kind == "given_up" and detail["counted_as"] is not None:
            yield _GIVEN_UP[detail["counted_as"]], len(identifiers(detail)), entry.at


_GIVEN_UP = {"delivered": "OnFailureDestinationDeliveredEventCount", "dropped": "DroppedEventCount"}
_TRIES_OF_BATCHES = ("started", "throttled", "service_error", "not_found")


def _is_without_age(entry: Entry) -> bool:
    """Returns whether it is the result of an attempt that did not run, or not of stream records. Its source may be missing."""
    return entry.kind == "judged" and entry.detail.get("iterator_age_ms") is None


def _published(
    metric_name: str, source: Source, instant: datetime, value: float, ran: Source | None = None
) -> Iterator[Sample]:
    """Returns a value for each source of publication: the function, the name in the invocation, and the version of an
    alias.
    """
    for one in (source.of_function, source, ran):
        if one is not None:
            yield Sample(metric_name, one, instant, value)


def _milliseconds(duration: timedelta) -> float:
    return duration / timedelta(milliseconds=1)
