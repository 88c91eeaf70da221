"""Attempts, batches and asynchronous events, read from the journal."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from ..journal.attempts import Started
from ..journal.batches import Checkpointed, Deleted
from ..journal.entry import Entry
from ..journal.events import Accepted, EventEnded
from ..journal.journal import Journal
from ..journal.journaled_attempts import JournaledAttempt, Outcome, attempts_of
from ..records.batch_events import kafka_identifier, kafka_value, records_of
from ..values import dataclass
from .event_source_mapping import EventSourceMapping
from .responses import Json, decoded


@dataclass(frozen=True)
class Attempt:
    """An attempt to run a handler, including throttled attempts. All times are virtual."""

    number: int
    """1 for the first attempt of an event or stream batch. For a queue batch the message with the most attempts counts."""
    request_id: str
    """The request id of the invocation. All attempts of an asynchronous event have the same."""
    function_name: str
    """The name of the function, without the qualifier."""
    executed_version: str | None
    """`$LATEST` or a version number. None if no version was selected."""
    event: Json
    """The event that the handler received, decoded."""
    response: Json
    """The response of the handler, decoded. After an error, the error in AWS's form. None before it ends."""
    started_at: datetime
    """When the attempt started."""
    started_after_seconds: float
    """When the attempt started, in seconds since `start_time`."""
    ended_at: datetime | None
    """When the attempt ended. None while it runs."""
    ended_after_seconds: float | None
    """When the attempt ended, in seconds since `start_time`. None while it runs."""
    outcome: Outcome | None
    """`success`, `function_error`, `throttled`, `service_error` or `not_found`. None while it runs."""
    error_type: str | None
    """AWS's type of a function error, such as `CardExpired`, `Sandbox.Timedout` or `Runtime.ExitError`. Otherwise None."""
    error_message: str | None
    """The message of a function error. Otherwise None."""
    is_cold_start: bool
    """Whether the execution environment was new."""
    logs: list[str]
    """The lines that the handler printed and logged."""
    _accepted_after_seconds: float | None = field(default=None, kw_only=True, repr=False, compare=False)

    @property
    def started_after_accepted_seconds(self) -> float | None:
        """When the attempt started, in seconds since the event was accepted. None for a batch or a synchronous call."""
        accepted = self._accepted_after_seconds
        return None if accepted is None else round(self.started_after_seconds - accepted, 6)


@dataclass(frozen=True)
class Batch(Attempt):
    """An attempt to process a batch of an event source."""

    records: list[dict[str, Json]]
    """The records of the event, in AWS's form."""
    data: list[Json]
    """The content of each record. For a queue, Kinesis and Kafka it is the body, data or value: decoded if it is a JSON object
    or array, otherwise text, or bytes if it is not UTF-8. For a table it is `dynamodb` of the record."""
    shard_id: str | None
    """The shard of a stream batch. None for queues. For Kafka it is the topic."""
    event_source_mapping: EventSourceMapping
    """The event source mapping of the batch."""
    batch_item_failures: list[str]
    """The identifiers of the records that failed. After an error or a throttle these are all records. For a stream they are
    all records from the lowest one that the response names."""


def attempt_of(one: JournaledAttempt) -> Attempt:
    """Returns an attempt for the test."""
    return Attempt(**_plain(one))


def batch_of(one: JournaledAttempt, mapping: EventSourceMapping) -> Batch:
    """Returns the attempt of a batch for the test."""
    values = _plain(one)
    records = list(records_of(values["event"]))
    batch = one.first.batch
    return Batch(
        **values,
        records=records,
        data=[data_of(record) for record in records],
        shard_id=None if batch is None else batch.origin.shard_id,
        event_source_mapping=mapping,
        batch_item_failures=[] if one.result is None else list(one.result.failed),
    )


def _plain(one: JournaledAttempt) -> dict[str, Any]:
    """The values of `Attempt`'s fields."""
    first, ended, last = one.first, one.ended, one.last
    return {
        "number": first.attempt or 1,
        "request_id": first.request_id or "",
        "function_name": first.function_name or "",
        "executed_version": first.version,
        "event": decoded(first.payload),
        "response": None if ended is None else decoded(ended.payload),
        "started_at": first.at,
        "started_after_seconds": first.after_seconds,
        "ended_at": None if last is None else last.at,
        "ended_after_seconds": None if last is None else last.after_seconds,
        "outcome": one.outcome,
        "error_type": None if ended is None else ended.error_type,
        "error_message": None if ended is None else ended.error_message,
        "is_cold_start": isinstance(first, Started) and first.is_cold_start,
        "logs": [] if ended is None else list(ended.logs),
        "_accepted_after_seconds": None if one.accepted is None else one.accepted.after_seconds,
    }


def records_done(entries: Iterable[Entry]) -> int:
    """Returns the number of records that were deleted or checkpointed after success. Each record counts once.

    User records of one aggregate have the same sequence number, and each of them counts (KIN-34).
    """
    done: set[tuple[object, ...]] = set()
    for entry in entries:
        if isinstance(entry, Deleted) and entry.reason == "processed":
            done.update((entry.origin.source, None, one, 0) for one in entry.ids if one not in entry.stale)
        elif isinstance(entry, Checkpointed):
            origin, places = entry.origin, entry.places or (0,) * len(entry.ids)
            done.update((origin.source, origin.shard_id, *one) for one in zip(entry.ids, places, strict=True))
    return len(done)


def data_of(record: Mapping[str, Json]) -> Json:
    """Returns the content of a record of an event."""
    if "dynamodb" in record:
        return record["dynamodb"]
    if kafka_identifier(record) is not None:
        value = kafka_value(record)
        return None if value is None else content_of(value)
    if "kinesis" not in record:
        return _content(record["body"])
    return content_of(base64.b64decode(record["kinesis"]["data"]))


def content_of(data: bytes) -> Json:
    """Returns a JSON object or array decoded, other data as text, or as bytes if it is not UTF-8."""
    try:
        return _content(data.decode())
    except UnicodeDecodeError:
        return data


def _content(body: str) -> Json:
    """Returns a JSON object or array decoded, and other text unchanged."""
    if not body.lstrip().startswith(("{", "[")):
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


class AsyncEvent:
    """An asynchronous event. Its attributes always show its current state."""

    def __init__(self, journal: Journal, request_id: str) -> None:
        self.request_id = request_id
        self._journal = journal

    @property
    def history(self) -> list[Entry]:
        """All journal entries about the event, in order."""
        return list(self._journal.of_request(self.request_id))

    @property
    def payload(self) -> Json:
        """The event that the handler receives, decoded."""
        return decoded(self._accepted.payload)

    @property
    def accepted_at(self) -> datetime:
        """When the event was accepted. Its age counts from this time (ASY-17)."""
        return self._accepted.at

    @property
    def accepted_after_seconds(self) -> float:
        """When the event was accepted, in seconds since `start_time`."""
        return self._accepted.after_seconds

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts so far, including throttled ones."""
        return [attempt_of(one) for one in attempts_of(self._journal.of_request(self.request_id))]

    @property
    def condition(self) -> str | None:
        """The condition of its invocation record, such as `Success` or `RetriesExhausted`. None while it is pending."""
        ending = self._ending
        return None if ending is None else ending.condition

    @property
    def ended_at(self) -> datetime | None:
        """When the event ended. None while it is pending."""
        ending = self._ending
        return None if ending is None else ending.at

    @property
    def ended_after_seconds(self) -> float | None:
        """When the event ended, in seconds since `start_time`. None while it is pending."""
        ending = self._ending
        return None if ending is None else ending.after_seconds

    @property
    def source_service(self) -> str | None:
        """The service and the resource that pushed the event: `"sns orders"`, `"events shop/rule-1"`, `"s3 uploads"`,
        `"scheduler default/nightly"`, `"pipes orders"` or `"logs /aws/lambda/charge"`. None if a test, a handler or Lambda
        sent it.
        """
        return self._accepted.pushed_by

    @property
    def _accepted(self) -> Accepted:
        accepted = self._journal.of_request(self.request_id)[0]
        assert isinstance(accepted, Accepted)
        return accepted

    @property
    def _ending(self) -> EventEnded | None:
        # Entries about deliveries follow the ending.
        entries = reversed(self._journal.of_request(self.request_id))
        return next((entry for entry in entries if isinstance(entry, EventEnded)), None)

    def __repr__(self) -> str:
        return f"<AsyncEvent {self.request_id} {self.condition or 'pending'}, {len(self.attempts)} attempts>"
