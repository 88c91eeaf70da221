"""The parts of timeline lines about batches and their messages."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..arns import name_of_arn
from ..journal.attempts import AttemptBegun, PlannedFaultMet
from ..journal.batches import (
    BatchResult,
    Deleted,
    GivenUp,
    MessageExpired,
    MessagesFiltered,
    MessagesStopped,
    PipeStarted,
    RecordsExpired,
    RecordsFiltered,
    Redriven,
    Released,
)
from ..journal.entry import Entry
from ..records import batch_events

NAMED = 3
"""The most messages that a line names. More are counted."""
BODY_WIDTH = 48
ITEM_WIDTH = 100
"""The width of an item that a filter dropped. It is larger because of the types."""


class Batches:
    """Reads the entries of a timeline in order, and stores what the text of later entries needs.

    Messages and records of streams are numbered in order of appearance.
    """

    def __init__(self) -> None:
        # The ids of messages and records in order of appearance, each with the last attempt that had it.
        self._attempts: dict[str, AttemptBegun | PipeStarted | None] = {}
        self._pipes: dict[str | None, PipeStarted] = {}
        self._ids: list[str] = []
        # The labels of the first ids. They are made when one is needed.
        self._labels: dict[str, str] = {}
        self._numbered = 0
        self._records: set[str] = set()
        self._of_streams: set[str | None] = set()
        self._filtered: dict[str, str] = {}
        self._shown: set[tuple[str, bool]] = set()
        # Functions, and then messages, that a planned fault delivers again.
        self._duplicating: set[str | None] = set()
        self._duplicated: set[str] = set()

    def read(self, entry: Entry) -> None:
        """Reads the next entry."""
        if entry.ids:
            self.name(entry)
        if isinstance(entry, AttemptBegun):
            self.begin(entry)
        elif isinstance(entry, PipeStarted):
            self._pipes[entry.request_id] = entry
            self._attempts.update(dict.fromkeys(entry.ids, entry))
        elif isinstance(entry, PlannedFaultMet):
            if entry.failure == "duplicate" and entry.request_id is None:
                self._duplicating.add(entry.function_name)
        elif isinstance(entry, (MessagesFiltered, MessagesStopped)):
            self._filtered |= zip(entry.ids, map(_quoted, entry.bodies), strict=True)
        elif isinstance(entry, RecordsFiltered):
            # An entry with many ids has only the first few, and a count.
            first = [_as_filters_see_it(json.loads(record)) for record in entry.first_records]
            self._filtered |= zip(entry.ids, first, strict=False)

    def begin(self, entry: AttemptBegun) -> None:
        """Reads the beginning of an attempt."""
        batch = entry.batch
        if batch is None:
            return
        is_stream = batch.origin.shard_id is not None
        self.number(batch.ids, is_stream=is_stream)
        if is_stream:
            self._of_streams.add(entry.subject.request_id)
        for identifier in batch.ids:
            self._attempts[identifier] = entry
        if self._duplicating and entry.function_name in self._duplicating:
            self._duplicated.update(batch.ids)
            self._duplicating.discard(entry.function_name)

    @property
    def labels(self) -> Mapping[str, str]:
        """Returns the labels of messages and records so far."""
        for identifier in self._ids[self._numbered :]:
            kind = "record" if identifier in self._records else "message-id"
            self._labels.setdefault(identifier, f"{kind}-{len(self._labels) + 1}")
        self._numbered = len(self._ids)
        return self._labels

    def preset(self, labels: Mapping[str, str]) -> None:
        """Sets these labels for messages and records."""
        self._labels.update(labels)

    def name(self, entry: Entry) -> None:
        """Numbers the messages and records that appear first in an entry."""
        ids = entry.ids
        if ids:
            self.number(ids, is_stream=entry.origin is not None and entry.origin.is_stream)

    def number(self, ids: Sequence[str], *, is_stream: bool) -> None:
        """Numbers the messages or records that appear first."""
        attempts = self._attempts
        for identifier in ids:
            if identifier not in attempts:
                attempts[identifier] = None
                self._ids.append(identifier)
                if is_stream:
                    self._records.add(identifier)

    def _label(self, identifier: str) -> str:
        return self.labels.get(identifier, identifier)

    def words(self, entry: Entry) -> tuple[str, str]:
        """The words for what happened to records outside an attempt that ran, and to which; empty for other entries.

        An entry about the result of an attempt has words only if nothing else is known of the attempt.
        """
        if isinstance(entry, Deleted) and entry.reason == "filtered":
            return "filtered", f"{self._introduced(entry.ids)} from {source_name(entry)}"
        if isinstance(entry, RecordsFiltered):
            return "filtered", f"{self._introduced(entry.ids)} from {source_name(entry)}"
        if isinstance(entry, MessagesStopped):
            return "refused", f"{self._introduced(entry.ids)} from {source_name(entry)}: a recursive loop"
        if isinstance(entry, GivenUp):
            return "discarded", f"{self._introduced(entry.ids) or 'a window'} from {source_name(entry)}"
        if isinstance(entry, RecordsExpired):
            return "expired", f"{self._introduced(entry.ids)} from {source_name(entry)}"
        if isinstance(entry, BatchResult):
            return f"attempt {entry.attempt}", f"{entry.records} from {source_name(entry)}{self._result(entry)}"
        if isinstance(entry, Released):
            return "released", f"{self._introduced(entry.ids)} to {source_name(entry)}"
        if isinstance(entry, (Redriven, MessageExpired)):
            return entry.kind, f"{self._label(entry.message_id)}{self._body(entry.message_id)}"
        return "", ""

    def _result(self, entry: BatchResult) -> str:
        """Returns the result of an attempt that did not begin, or of a pipe's attempt."""
        pipe = self._pipes.get(entry.request_id)
        if pipe is None:
            return f", refused: {entry.reason}"
        reason = f", {entry.reason}" if entry.reason else ""
        return f" to {name_of_arn(pipe.target)}{reason}"

    def follow(self, entry: Entry) -> str:
        """Returns the results of messages outside of an attempt (see `words`), or after it."""
        if isinstance(entry, Deleted):
            return self._deleted(entry)
        if isinstance(entry, Redriven):
            return f"to {entry.target.rpartition(':')[2]}"
        if isinstance(entry, GivenUp):
            return f"{entry.condition}, count {entry.invoke_count}" + (f": {entry.reason}" if entry.reason else "")
        if isinstance(entry, MessagesStopped):
            return self._stopped(entry)
        if isinstance(entry, BatchResult) and entry.request_id in self._pipes:
            return self.failed(entry, has_succeeded=False)
        return ""

    def failed(self, entry: BatchResult, *, has_succeeded: bool) -> str:
        """Returns the messages or records that failed in an attempt that ran."""
        if not entry.failed:
            return ""
        reason = f" ({entry.reason})" if has_succeeded and entry.reason else ""
        return f"{self._introduced(entry.failed)} failed{reason}{self._first_of(entry)}"

    def _first_of(self, entry: BatchResult) -> str:
        """The data of the first records of a stream batch, if too many failed to name them all."""
        if not entry.origin.is_stream or len(entry.failed) <= NAMED:
            return ""
        new = [one for one in entry.failed[:NAMED] if (one, False) not in self._shown]
        self._shown.update((one, False) for one in new)
        texts = ", ".join(f"{self._label(one)}{self._body(one)}" for one in new)
        return f": {texts} and {len(entry.failed) - len(new)} more" if new else ""

    def _stopped(self, entry: MessagesStopped) -> str:
        gone = len(entry.ids) - len(entry.stale)
        target = entry.target
        where = f"moved to {target.rpartition(':')[2]}" if target else "lost, the queue has no dead-letter queue"
        stale = f"{self._introduced(entry.stale)} not deleted" if entry.stale else ""
        parts = [f"{gone} {where}" if gone else "", stale]
        return ", ".join(part for part in parts if part)

    def _deleted(self, entry: Deleted) -> str:
        gone = len(entry.ids) - len(entry.stale)
        if not entry.stale:
            return f"{gone} deleted" if gone else ""
        stale = f"{self._introduced(entry.stale)} not deleted: {self._why_not(entry)}"
        return f"{gone} deleted, {stale}" if gone else stale

    def _why_not(self, entry: Deleted) -> str:
        if entry.failed is not None:
            return "sqs:DeleteMessage failed"
        if entry.denied is not None:
            return "sqs:DeleteMessage is denied"
        if self._duplicated.issuperset(entry.stale):
            return "it was received again meanwhile (stale receipt)"
        return "the visibility timeout was over (stale receipt)"

    def is_of_stream(self, request_id: str | None) -> bool:
        """Returns whether a request is an attempt of a stream batch."""
        return request_id in self._of_streams

    def _introduced(self, message_ids: Sequence[str]) -> str:
        """Returns the messages as text. A message has its body when it appears first, and when it first appears alone, because
        it is then the cause.
        """
        if len(message_ids) > NAMED:
            return f"{len(message_ids)}"
        is_alone = len(message_ids) == 1
        new = [message_id for message_id in message_ids if (message_id, is_alone) not in self._shown]
        self._shown.update((message_id, kind) for message_id in new for kind in {is_alone, False})
        bodies = {message_id: self._body(message_id) for message_id in new}
        return ", ".join(f"{self._label(message_id)}{bodies.get(message_id, '')}" for message_id in message_ids)

    def _body(self, message_id: str) -> str:
        """Returns the content of a message, if a function received it or a filter dropped it."""
        if message_id in self._filtered:
            return f" {self._filtered[message_id]}"
        entry = self._attempts.get(message_id)
        if entry is None:
            return ""
        text = content(entry, message_id)
        return "" if text is None else f" {text}"


def content(entry: AttemptBegun | PipeStarted, identifier: str) -> str | None:
    """Returns the content of a message or record in a few words. None if the attempt does not have it."""
    if identifier not in entry.ids:
        return None
    found = next((record for record in records_in(entry) if identifier in _ids(record)), None)
    return None if found is None else _shown(found)


def records_in(entry: AttemptBegun | PipeStarted) -> Sequence[Mapping[str, Any]]:
    """Returns the records of an attempt: those of the event of a function, or the list of a pipe."""
    event = json.loads(entry.payload)
    records: Sequence[Mapping[str, Any]] = event if isinstance(entry, PipeStarted) else batch_events.records_of(event)
    return records


def _shown(record: Mapping[str, Any]) -> str:
    text = data_text(record)
    return _short(text) if "dynamodb" in record or batch_events.is_tombstone(record) else _quoted(text)


def data_text(record: Mapping[str, Any]) -> str:
    """Returns the content of a record as text: the body of a message, or the change of an item by its keys."""
    if "dynamodb" in record:
        keys = {name: next(iter(value.values())) for name, value in record["dynamodb"]["Keys"].items()}
        return f"{record['eventName']} {json.dumps(keys)}"
    # The records of a pipe have no object `kinesis`.
    if batch_events.kafka_identifier(record) is not None:
        return "null" if batch_events.is_tombstone(record) else _text_of(batch_events.kafka_value(record) or b"")
    encoded = record.get("kinesis", record).get("data")
    if encoded is None:
        return str(record["body"])
    return _text_of(base64.b64decode(encoded))


def _text_of(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return repr(data)


def _as_filters_see_it(record: Mapping[str, Any]) -> str:
    """Returns the content as filters see it. For the change of an item this is everything, with the types that a pattern must
    use.
    """
    if "dynamodb" not in record:
        return _shown(record)
    change = record["dynamodb"]
    item = change.get("NewImage") or change.get("OldImage") or change["Keys"]
    text = f"{record['eventName']} {json.dumps(item)}"
    return text if len(text) <= ITEM_WIDTH else text[: ITEM_WIDTH - 3] + "..."


def _ids(record: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Returns the identifiers of a record in an event. Each kind of source has a different one."""
    of_stream = record.get("kinesis", {}).get("sequenceNumber"), record.get("dynamodb", {}).get("SequenceNumber")
    return (record.get("messageId"), record.get("sequenceNumber"), *of_stream, batch_events.kafka_identifier(record))


def records_of(entry: AttemptBegun) -> str:
    """Returns the number of records of an attempt and their source, as the beginning of its text. Empty without a batch."""
    batch = entry.batch
    return "" if batch is None else f"{len(batch.ids)} from {name_of_source(batch.origin.source)}, "


def source_name(entry: Entry) -> str:
    """Returns the name of the source of an entry."""
    return name_of_source(entry.source or "")


def name_of_source(arn: str) -> str:
    """Returns the name of a queue, a stream or a table from its ARN."""
    return name_of_arn(arn)


def _short(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= BODY_WIDTH else text[: BODY_WIDTH - 3] + "..."


def _quoted(body: str) -> str:
    """Puts text that is not JSON in quotes, to separate it from the words of the line."""
    text = _short(body)
    return text if text.startswith(("{", "[", '"', "b'")) else f'"{text}"'


def outcome_of_pipe(entry: BatchResult) -> str:
    """Returns the outcome of a pipe's attempt as one word; empty for another attempt."""
    if ":pipes:" not in entry.origin.event_source_mapping:
        return ""
    return "failed" if entry.failed else "delivered"
