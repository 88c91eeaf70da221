"""CloudWatch Logs, directly on moto's backend, because this makes the lines of an invocation cheap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import overload

from moto.core.utils import unix_time_millis
from moto.logs.models import LogEvent, LogGroup, LogStream, logs_backends

from ...arns import parse
from ...service.model import Configuration
from ...service.tracing import PassedTrace, Trace
from ...simulation.clock import VirtualClock
from ..backends import backend_of

Line = tuple[int, str]
"""The time of a log event in milliseconds since the epoch, and its text."""


class LogEvents(Sequence[LogEvent]):
    """Replaces the list of events of a stream in moto. The events have moto's form and ids once somebody reads them."""

    def __init__(self, events: Iterable[LogEvent]) -> None:
        self._events = list(events)
        self._unread: list[tuple[int, datetime, Sequence[Line]]] = []

    def add(self, lines: Sequence[Line], now: datetime) -> None:
        """Adds events that arrived now, and takes ids for them."""
        self._unread.append((LogEvent._event_id, now, lines))
        LogEvent._event_id += len(lines)

    def _all(self) -> list[LogEvent]:
        unread, self._unread, next_id = self._unread, [], LogEvent._event_id
        for first_id, now, lines in unread:
            ingested = int(unix_time_millis(now.replace(tzinfo=None)))
            for number, (timestamp, message) in enumerate(lines):
                event = LogEvent(ingested, {"timestamp": timestamp, "message": message})
                event.event_id = first_id + number
                self._events.append(event)
        LogEvent._event_id = next_id
        return self._events

    def __iadd__(self, events: Iterable[LogEvent]) -> LogEvents:
        self._all().extend(events)
        return self

    @overload
    def __getitem__(self, index: int) -> LogEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[LogEvent]: ...
    def __getitem__(self, index: int | slice) -> LogEvent | list[LogEvent]:
        return self._all()[index]

    def __iter__(self) -> Iterator[LogEvent]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class LogStores:
    """The log groups of all accounts and regions."""

    def __init__(self, clock: VirtualClock, passed: PassedTrace) -> None:
        self._clock = clock
        self._passed = passed
        self._stores: dict[str, LogStore] = {}

    def of(self, configuration: Configuration) -> LogStore:
        """Returns the store of a function's log, which is in the account and region of the function."""
        store = self._stores.get(configuration.function_arn)
        if store is None:
            arn = parse(configuration.function_arn)
            store = LogStore(arn.account_id, arn.region_name, self._clock, self._passed)
            self._stores[configuration.function_arn] = store
        return store


class LogStore:
    """The log groups of one account and region."""

    def __init__(self, account_id: str, region_name: str, clock: VirtualClock, passed: PassedTrace | None = None) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self._clock = clock
        self._passed = passed or PassedTrace()

    def put(self, group: str, stream: str, lines: Sequence[Line], trace: Trace | None = None) -> None:
        """Appends events. Creates missing groups and streams.

        Subscription filters deliver the events as those of the invocation with this trace.
        """
        log_stream = self._stream(self._group(group), stream)
        if log_stream.log_group.subscription_filters:
            with self._passed.passing(None if trace is None else trace.header()):
                log_stream.put_log_events([{"timestamp": timestamp, "message": message} for timestamp, message in lines])
        else:
            self._append(log_stream, tuple(lines))

    def _append(self, stream: LogStream, lines: Sequence[Line]) -> None:
        """Does the same as `put_log_events` of moto, and leaves it to a reader to create the objects of moto."""
        now, events = self._clock.now, stream.events
        if not isinstance(events, LogEvents):
            events = stream.events = LogEvents(events)  # type: ignore[assignment]
        events.add(lines, now)  # type: ignore[attr-defined]
        stream.stored_bytes += sum([len(message) for _, message in lines])
        # `replace` takes four times as long.
        stream.last_ingestion_time = datetime.combine(now.date(), now.time())
        stream.upload_sequence_token += 1

    def _group(self, name: str) -> LogGroup:
        backend = backend_of(logs_backends, self._account_id, self._region_name)
        if name not in backend.groups:
            backend.create_log_group(name, {})
        return backend.groups[name]

    def _stream(self, group: LogGroup, name: str) -> LogStream:
        if name not in group.streams:
            group.create_log_stream(name)
        return group.streams[name]
