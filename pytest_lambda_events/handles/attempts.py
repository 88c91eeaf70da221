"""What happened, as a test looks at it: views of the journal that keep no books of their own."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ..records.identifiers import identifiers
from ..simulation.journal import Entry, Journal

if TYPE_CHECKING:
    from .event_source_mapping import EventSourceMapping

Json = Any
Outcome = Literal["success", "function_error", "throttled", "service_error", "not_found"]
_ENDINGS = ("succeeded", "discarded")
_TRIES_WITHOUT_ATTEMPT: dict[str, Outcome] = {
    "throttled": "throttled", "service_error": "service_error", "not_found": "not_found",
}  # fmt: skip


def decoded(payload: bytes) -> Json:
    """The JSON value of a payload; text that is not JSON as text, bytes that are not text as bytes."""
    try:
        return json.loads(payload)
    except UnicodeDecodeError:
        return payload
    except ValueError:
        return payload.decode()


@dataclass(frozen=True)
class InvokeResponse:
    """What a synchronous invocation answered. `log_result` is the last 4,096 bytes of its log."""

    status_code: int
    """200, also where the handler failed."""
    payload: Json
    """The answer, decoded; of a handler that failed the error as AWS writes it."""
    function_error: str | None
    """`Unhandled` where the handler failed, else None."""
    executed_version: str
    """`$LATEST` or a number."""
    log_result: str
    """The last 4,096 bytes of its log, as text."""


@dataclass(frozen=True)
class Attempt:
    """One attempt, a throttled one too. `number` counts from 1 for each event; instants are virtual."""

    number: int
    """1 + the earlier attempts of its event; of a batch, of its most-tried message, or of a stream's batch."""
    request_id: str
    """Of the invocation; one for all attempts of an asynchronous event."""
    function_name: str
    """Without its qualifier."""
    executed_version: str | None
    """`$LATEST` or a number; None where no version was reached."""
    event: Json
    """What the handler was given, decoded."""
    response: Json
    """What it answered, decoded: after an error the error as AWS writes it, before an answer None."""
    started_at: datetime
    """When it began."""
    started_after_seconds: float
    """The same, in seconds since the clock's start."""
    ended_at: datetime | None
    """When it ended; None while it runs."""
    ended_after_seconds: float | None
    """The same, in seconds since the clock's start."""
    outcome: Outcome | None
    """`success`, `function_error`, `throttled`, `service_error` or `not_found`; None while it runs."""
    error_type: str | None
    """Of a function error, as AWS names it: `CardExpired`, `Sandbox.Timedout`, `Runtime.ExitError`; else None."""
    error_message: str | None
    """Of a function error; else None."""
    is_cold_start: bool
    """Whether its execution environment was new."""
    logs: list[str]
    """The lines that the handler wrote, printed or logged."""


@dataclass(frozen=True)
class Batch(Attempt):
    """One attempt of a batch. `number` is 1 + the earlier attempts of its most-tried message.

    `records` are those of the event; `data` is what each carries: a message's body or a Kinesis record's data, decoded if
    it is a JSON object or array, else as text, or as bytes where it is none; of a table the record's `dynamodb`.
    `shard_id` is None for queues. `batch_item_failures` are the identifiers that Lambda took as failed, after judging the
    answer; all of them where there was none.
    """

    records: list[dict[str, Json]]
    """Those of the event, as AWS writes them."""
    data: list[Json]
    """What each of them carries: a message's body or a Kinesis record's data, decoded if it is a JSON object or array, else as
    text, or as bytes where it is none; of a table the record's `dynamodb`."""
    shard_id: str | None
    """Of a stream; None for queues."""
    event_source_mapping: EventSourceMapping
    """The mapping that made the batch."""
    batch_item_failures: list[str]
    """The identifiers that Lambda took as failed, after judging the answer: all of them after an error or a throttle, and of a
    stream all from the lowest that the answer names."""


@dataclass(frozen=True, slots=True)
class JournaledAttempt:
    """The journal's entries about one attempt: what began it, what ended it, and for a batch what was judged of it."""

    first: Entry
    last: Entry | None = None
    judged: Entry | None = None

    @property
    def is_batch(self) -> bool:
        """Whether an event source led to it."""
        return "event_source_mapping" in self.first.detail


def attempts_of(entries: Iterable[Entry]) -> list[JournaledAttempt]:
    """The attempts that journal entries tell of, in the order in which they started."""
    index: dict[tuple[str | None, int | None], int] = {}
    found: list[JournaledAttempt] = []
    for entry in entries:
        key = (entry.request_id, entry.attempt)
        if entry.kind == "started" or entry.kind in _TRIES_WITHOUT_ATTEMPT:
            index[key] = len(found)
            found.append(JournaledAttempt(entry, None if entry.kind == "started" else entry))
        elif entry.kind == "ended":
            found[index[key]] = replace(found[index[key]], last=entry)
        elif entry.kind == "judged" and key in index:
            found[index[key]] = replace(found[index[key]], judged=entry)
    return found


def of_qualifier(entries: Iterable[Entry], qualifier: str) -> list[Entry]:
    """Those of a function's entries that are about what was invoked by a qualifier.

    Entries that do not say go with what is known of their event or their event source.
    """
    known: dict[str, str] = {}
    found = []
    for entry in entries:
        keys = [key for key in (entry.request_id, entry.detail.get("event_source_mapping")) if key is not None]
        arn = entry.detail.get("invoked_arn") or next((known[key] for key in keys if key in known), None)
        if arn is not None:
            known |= dict.fromkeys(keys, arn)
            if arn.split(":")[7:] == [qualifier]:
                found.append(entry)
    return found


def attempt_of(one: JournaledAttempt) -> Attempt:
    """An attempt as a test looks at it."""
    return Attempt(**_plain(one))


def batch_of(one: JournaledAttempt, mapping: EventSourceMapping) -> Batch:
    """The attempt of a batch as a test looks at it."""
    values = _plain(one)
    records = values["event"]["Records"]
    failed = () if one.judged is None else one.judged.detail["failed"]
    return Batch(
        **values,
        records=records,
        data=[data_of(record) for record in records],
        shard_id=one.first.detail.get("shard_id"),
        event_source_mapping=mapping,
        batch_item_failures=list(failed),
    )


def _plain(one: JournaledAttempt) -> dict[str, Any]:
    """The values of `Attempt`'s fields."""
    first, last = one.first, one.last
    detail = last.detail if last is not None else {}
    response = detail.get("payload") if last is not first else None
    return {
        "number": first.attempt or 1,
        "request_id": first.request_id or "",
        "function_name": first.function_name or "",
        "executed_version": first.detail.get("executed_version"),
        "event": decoded(first.detail["payload"]),
        "response": None if response is None else decoded(response),
        "started_at": first.at,
        "started_after_seconds": first.after_seconds,
        "ended_at": None if last is None else last.at,
        "ended_after_seconds": None if last is None else last.after_seconds,
        "outcome": _TRIES_WITHOUT_ATTEMPT.get(first.kind) or detail.get("outcome"),
        "error_type": detail.get("error_type"),
        "error_message": detail.get("error_message"),
        "is_cold_start": first.detail.get("is_cold_start", False),
        "logs": list(detail.get("logs", ())),
    }


def records_done(entries: Iterable[Entry]) -> int:
    """How many records were deleted or checkpointed after success, each once, however often and by how many mappings.

    User records that were taken out of one aggregate share their sequence number, and count each (KIN-34).
    """
    done: set[tuple[object, ...]] = set()
    for entry in entries:
        detail = entry.detail
        if detail.get("reason", "processed") != "processed":
            continue
        found, stale = identifiers(detail), detail.get("stale", ())
        for identifier, place in zip(found, detail.get("places") or (0,) * len(found), strict=True):
            if identifier not in stale:
                done.add((detail["source"], detail.get("shard_id"), identifier, place))
    return len(done)


def data_of(record: Mapping[str, Json]) -> Json:
    """What a record of an event carries."""
    if "dynamodb" in record:
        return record["dynamodb"]
    if "kinesis" not in record:
        return _content(record["body"])
    return content_of(base64.b64decode(record["kinesis"]["data"]))


def content_of(data: bytes) -> Json:
    """A JSON object or array, decoded; all else as text, and as bytes where it is none."""
    try:
        return _content(data.decode())
    except UnicodeDecodeError:
        return data


def _content(body: str) -> Json:
    """A JSON object or array, decoded; all else as the text that it is."""
    if not body.lstrip().startswith(("{", "[")):
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


class AsyncEvent:
    """An asynchronous event from its acceptance to its end: a view of what is known of it now."""

    def __init__(self, journal: Journal, request_id: str) -> None:
        self.request_id = request_id
        self._journal = journal

    @property
    def history(self) -> list[Entry]:
        """All journal entries about it, in order."""
        return list(self._journal.of_request(self.request_id))

    @property
    def payload(self) -> Json:
        """The event that the handler is given."""
        return decoded(self._accepted.detail["payload"])

    @property
    def accepted_at(self) -> datetime:
        """When it was accepted; its age counts from here (ASY-17)."""
        return self._accepted.at

    @property
    def accepted_after_seconds(self) -> float:
        """When it was accepted, in seconds since the clock's start."""
        return self._accepted.after_seconds

    @property
    def attempts(self) -> list[Attempt]:
        """Its attempts so far, throttled ones too."""
        return [attempt_of(one) for one in attempts_of(self._journal.of_request(self.request_id))]

    @property
    def condition(self) -> str | None:
        """How it ended, in the words of its invocation record (`Success` too); None while it is pending."""
        ending = self._ending
        return None if ending is None else ending.detail["condition"]

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        ending = self._ending
        return None if ending is None else ending.at

    @property
    def ended_after_seconds(self) -> float | None:
        """When it ended, in seconds since the clock's start."""
        ending = self._ending
        return None if ending is None else ending.after_seconds

    @property
    def _accepted(self) -> Entry:
        return self._journal.of_request(self.request_id)[0]

    @property
    def _ending(self) -> Entry | None:
        # What was delivered is written after the ending.
        entries = reversed(self._journal.of_request(self.request_id))
        return next((entry for entry in entries if entry.kind in _ENDINGS), None)

    def __repr__(self) -> str:
        return f"<AsyncEvent {self.request_id} {self.condition or 'pending'}, {len(self.attempts)} attempts>"
