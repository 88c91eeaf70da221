"""What a timeline says of batches and of the messages in them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..records.identifiers import identifiers
from ..simulation.journal import Entry

NAMED = 3
"""Up to so many messages are named, more are counted."""
BODY_WIDTH = 48
ITEM_WIDTH = 100
"""For an item that a filter dropped: its types take room."""
TRIES = ("started", "throttled", "service_error", "not_found")


class Batches:
    """Reads the entries of a timeline in order, and remembers of them what the text of later ones needs.

    Messages and records of streams are numbered in order of appearance.
    """

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._attempts: dict[str | None, Entry] = {}
        self._outcomes: dict[str | None, str] = {}
        self._seen_in: dict[str, Entry] = {}
        self._filtered: dict[str, str] = {}
        self._shown: set[tuple[str, bool]] = set()
        # Functions, and then messages, of which a planned fault makes a queue deliver one more copy.
        self._duplicating: set[str | None] = set()
        self._duplicated: set[str] = set()

    def read(self, entry: Entry) -> None:
        """Take in the next entry."""
        detail = entry.detail
        if entry.kind in TRIES and "event_source_mapping" in detail:
            self._attempts[entry.request_id] = entry
            self._seen_in |= dict.fromkeys(identifiers(detail), entry)
            if entry.function_name in self._duplicating:
                self._duplicated.update(identifiers(detail))
                self._duplicating.discard(entry.function_name)
        if entry.kind == "fault" and detail["failure"] == "duplicate" and entry.request_id is None:
            self._duplicating.add(entry.function_name)
        if "bodies" in detail:
            self._filtered |= zip(detail["message_ids"], map(_quoted, detail["bodies"]), strict=True)
        if entry.kind == "filtered" and "first_records" in detail:
            # Of many there are the first few only, and many are counted.
            first = [_as_filters_see_it(json.loads(record)) for record in detail["first_records"]]
            self._filtered |= zip(detail["sequence_numbers"], first, strict=False)
        if entry.kind == "ended":
            self._outcomes[entry.request_id] = detail["outcome"]
        self.name(entry)

    @property
    def labels(self) -> Mapping[str, str]:
        """The numbers of messages and records so far."""
        return self._labels

    def preset(self, labels: Mapping[str, str]) -> None:
        """Take these numbers for messages and records."""
        self._labels.update(labels)

    def name(self, entry: Entry) -> None:
        """Give numbers to the messages and records that an entry names first."""
        detail = entry.detail
        for message_id in (*detail.get("message_ids", ()), *_single(detail)):
            self._labels.setdefault(message_id, f"message-id-{len(self._labels) + 1}")
        for number in detail.get("sequence_numbers", ()):
            self._labels.setdefault(number, f"record-{len(self._labels) + 1}")

    def records_of(self, entry: Entry) -> str:
        """How many records an entry's attempt has, and from where, for the front of its text; nothing if it is no batch's."""
        begun = self._attempts.get(entry.request_id)
        return "" if begun is None else f"{len(identifiers(begun.detail))} from {source_name(begun)}, "

    def told(self, entry: Entry) -> tuple[str, str]:
        """The words for what happened to records outside an attempt that ran, and to which; empty for other entries."""
        detail = entry.detail
        if entry.kind == "deleted" and detail["reason"] == "filtered":
            return "filtered", f"{self._introduced(detail['message_ids'])} from {source_name(entry)}"
        if entry.kind == "filtered" and "sequence_numbers" in detail:
            return "filtered", f"{self._introduced(identifiers(detail))} from {source_name(entry)}"
        if entry.kind == "recursion_stopped" and "message_ids" in detail:
            return "refused", f"{self._introduced(detail['message_ids'])} from {source_name(entry)}: a recursive loop"
        if entry.kind == "given_up":
            return "given up", f"{self._introduced(identifiers(detail)) or 'a window'} from {source_name(entry)}"
        if entry.kind == "expired" and "sequence_numbers" in detail:
            return "expired", f"{self._introduced(identifiers(detail))} from {source_name(entry)}"
        if entry.kind == "judged" and entry.request_id not in self._attempts:
            return f"attempt {entry.attempt}", f"{detail['records']} from {source_name(entry)}, refused: {detail['reason']}"
        if entry.kind == "released":
            return "released", f"{self._introduced(detail['message_ids'])} to {source_name(entry)}"
        if entry.kind in ("redriven", "expired"):
            return entry.kind, f"{self._labels[detail['message_id']]}{self._body(detail['message_id'])}"
        return "", ""

    def follow(self, entry: Entry) -> str:
        """What became of messages by an attempt, or by what `told` says."""
        detail = entry.detail
        if entry.kind == "redriven":
            return f"to {detail['target'].rpartition(':')[2]}"
        if entry.kind == "given_up":
            return f"{detail['condition']}, count {detail['invoke_count']}"
        if entry.kind == "deleted":
            return self._deleted(detail)
        if entry.kind == "recursion_stopped" and "message_ids" in detail:
            return self._stopped(detail)
        if entry.kind == "judged":
            return self._failed(detail, self._outcomes.get(entry.request_id))
        return ""

    def _failed(self, detail: Mapping[str, Any], outcome: str | None) -> str:
        """Of an attempt that did not run there is nothing to add: the batch is tried again, or released."""
        if outcome is None or not detail["failed"]:
            return ""
        reason = f" ({detail['reason']})" if outcome == "success" and detail["reason"] else ""
        return f"{self._introduced(detail['failed'])} failed{reason}"

    def _stopped(self, detail: Mapping[str, Any]) -> str:
        stale = detail["stale"]
        gone = len(detail["message_ids"]) - len(stale)
        target = detail["target"]
        where = f"moved to {target.rpartition(':')[2]}" if target else "lost, the queue has no dead-letter queue"
        parts = [f"{gone} {where}" if gone else "", f"{self._introduced(stale)} not deleted" if stale else ""]
        return ", ".join(part for part in parts if part)

    def _deleted(self, detail: Mapping[str, Any]) -> str:
        stale = detail["stale"]
        gone = len(detail["message_ids"]) - len(stale)
        why = self._why_not(detail)
        parts = [f"{gone} deleted" if gone else "", f"{self._introduced(stale)} not deleted: {why}" if stale else ""]
        return ", ".join(part for part in parts if part)

    def _why_not(self, detail: Mapping[str, Any]) -> str:
        if "failed" in detail:
            return "sqs:DeleteMessage failed"
        if "denied" in detail:
            return "sqs:DeleteMessage is denied"
        if self._duplicated.issuperset(detail["stale"]):
            return "it was delivered once more meanwhile (stale receipt)"
        return "the visibility timeout was over (stale receipt)"

    def is_of_stream(self, request_id: str | None) -> bool:
        """Whether a request is an attempt of a stream's batch."""
        begun = self._attempts.get(request_id)
        return begun is not None and "shard_id" in begun.detail

    def _named(self, message_ids: Sequence[str]) -> str:
        if len(message_ids) > NAMED:
            return f"{len(message_ids)}"
        return ", ".join(self._labels.get(message_id, message_id) for message_id in message_ids)

    def _introduced(self, message_ids: Sequence[str]) -> str:
        """The same, each message with its body when it is named first, and again when it is first alone: it is the culprit."""
        if len(message_ids) > NAMED:
            return f"{len(message_ids)}"
        is_alone = len(message_ids) == 1
        new = [message_id for message_id in message_ids if (message_id, is_alone) not in self._shown]
        self._shown.update((message_id, kind) for message_id in new for kind in {is_alone, False})
        bodies = {message_id: self._body(message_id) for message_id in new}
        return ", ".join(
            f"{self._labels.get(message_id, message_id)}{bodies.get(message_id, '')}" for message_id in message_ids
        )

    def _body(self, message_id: str) -> str:
        """What it carries, where a function was given it or a filter dropped it."""
        if message_id in self._filtered:
            return f" {self._filtered[message_id]}"
        entry = self._seen_in.get(message_id)
        if entry is None:
            return ""
        text = content(entry, message_id)
        return "" if text is None else f" {text}"


def content(entry: Entry, identifier: str) -> str | None:
    """What a message or record carries, in few words, if the entry is an attempt that has it; else None."""
    if entry.kind not in TRIES or identifier not in identifiers(entry.detail):
        return None
    records = json.loads(entry.detail["payload"]).get("Records", ())
    found = next((record for record in records if identifier in _ids(record)), None)
    return None if found is None else _shown(found)


def _shown(record: Mapping[str, Any]) -> str:
    text = data_text(record)
    return _short(text) if "dynamodb" in record else _quoted(text)


def data_text(record: Mapping[str, Any]) -> str:
    """What a record of an event carries, as text: a message's body, a change of an item by its keys."""
    if "dynamodb" in record:
        keys = {name: next(iter(value.values())) for name, value in record["dynamodb"]["Keys"].items()}
        return f"{record['eventName']} {json.dumps(keys)}"
    if "kinesis" not in record:
        return str(record["body"])
    data = base64.b64decode(record["kinesis"]["data"])
    try:
        return data.decode()
    except UnicodeDecodeError:
        return repr(data)


def _as_filters_see_it(record: Mapping[str, Any]) -> str:
    """The same, but of a change of an item all that it has, with the types that a pattern must name."""
    if "dynamodb" not in record:
        return _shown(record)
    change = record["dynamodb"]
    item = change.get("NewImage") or change.get("OldImage") or change["Keys"]
    text = f"{record['eventName']} {json.dumps(item)}"
    return text if len(text) <= ITEM_WIDTH else text[: ITEM_WIDTH - 3] + "..."


def _ids(record: Mapping[str, Any]) -> tuple[str | None, ...]:
    """The identifiers of a record in an event: of each kind of source another one is there."""
    of_stream = record.get("kinesis", {}).get("sequenceNumber"), record.get("dynamodb", {}).get("SequenceNumber")
    return (record.get("messageId"), *of_stream)


def source_name(entry: Entry) -> str:
    """The name of the source that an entry is about."""
    name = str(entry.detail["source"]).split(":", 5)[5]
    return name.split("/")[1] if "/" in name else name


def _single(detail: Mapping[str, Any]) -> tuple[str, ...]:
    return (detail["message_id"],) if "message_id" in detail else ()


def _short(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= BODY_WIDTH else text[: BODY_WIDTH - 3] + "..."


def _quoted(body: str) -> str:
    """Text that is no JSON in quotes: words of its own would run into those of the line."""
    text = _short(body)
    return text if text.startswith(("{", "[", '"', "b'")) else f'"{text}"'
