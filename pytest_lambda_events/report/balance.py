"""Counts what happened to each accepted event, message and record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from ..journal.attempts import Ended
from ..journal.batches import (
    Checkpointed,
    Deleted,
    GivenUp,
    MessageExpired,
    MessagesStopped,
    OfRecords,
    Polled,
    RecordsExpired,
    RecordsFiltered,
    Redriven,
)
from ..journal.entry import Entry
from ..journal.events import Accepted, Delivered, Discarded, Succeeded
from ..journal.pushes import PushDropped
from ..values import dataclass

Place = Literal["processed", "filtered", "pending", "dead", "at_destination", "lost"]
Cause = Literal["ignored failure", "expired", "discarded", "given up", "recursion", "not pushed"]
Key = tuple[object, ...]
"""`("event", request id)`, `("message", id)`, `("push", source and number)`, or
`("record", mapping, shard, sequence number, place in an aggregate)`.
"""


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """The numbers of asynchronous events, messages and stream records, by what happened to them.

    It counts messages of queues and records of streams that are event sources. `accepted` is the sum of the other numbers:
    each event, message or record counts once, for any number of attempts. A stream record counts once for each event source
    mapping that reads it.
    """

    accepted: int = 0
    """All events, messages and records."""
    processed: int = 0
    """The function processed them successfully."""
    filtered: int = 0
    """They did not match a filter."""
    pending: int = 0
    """They are in a queue or stream, or another attempt is scheduled."""
    dead: int = 0
    """They are in the dead-letter queue of their queue or function."""
    at_destination: int = 0
    """They failed, and an `on_failure` destination received a record."""
    lost: int = 0
    """They will not be processed, and no dead-letter queue or destination received them."""

    @property
    def text(self) -> str:
        """All numbers except `accepted`, as text."""
        return (
            f"processed {self.processed}, filtered {self.filtered}, pending {self.pending}, dead {self.dead}, "
            f"at destination {self.at_destination}, lost {self.lost}"
        )


@dataclass(frozen=True, slots=True)
class ExpectedRecord:
    """A record that a mapping has to process, or has processed. `json()` returns the record of the event.

    `gone_after_seconds` is when its stream discarded it. None while the record is kept or is being processed.
    """

    event_source_mapping: str
    function_name: str
    source: str
    shard_id: str
    sequence_number: str
    place: int
    json: Callable[[], str]
    gone_after_seconds: float | None = None

    @property
    def key(self) -> Key:
        """Returns the key of the record in the books."""
        return ("record", self.event_source_mapping, self.shard_id, self.sequence_number, self.place)


@dataclass(frozen=True, slots=True)
class Holdings:
    """The current contents of the environment: ARNs of mapped queues, ids of messages by queue, and records that streams
    owe.
    """

    mapped_queues: Collection[str] = ()
    messages: Mapping[str, Collection[str]] = field(default_factory=dict)
    records: Iterable[ExpectedRecord] = ()


@dataclass(frozen=True, slots=True)
class Fate:
    """Where one item is, and the journal entry that shows it. For a lost item also the cause."""

    place: Place
    entry: Entry | None = None
    cause: Cause | None = None
    expected: ExpectedRecord | None = None


PENDING, PROCESSED, FILTERED = Fate("pending"), Fate("processed"), Fate("filtered")
"""The fates of most items. They have no entry, because only losses need one."""
_RESULTS: Mapping[Place, int] = {"lost": 0, "filtered": 1, "processed": 2}
"""The results of a copy of a message, from worst to best."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance sheet, and the lost items in order of loss."""

    sheet: BalanceSheet
    lost: Mapping[Key, Fate]


def queues_of(entries: Iterable[Entry], mapped: Iterable[str]) -> tuple[set[str], set[str]]:
    """Returns the ARNs of all queues that are or were mapped, and with them the dead-letter queues that received messages."""
    sources = set(mapped)
    targets = set()
    for entry in entries:
        if isinstance(entry, Polled):
            if not entry.origin.is_stream:
                sources.add(entry.origin.source)
        elif isinstance(entry, Redriven):
            targets.add(entry.target)
    return sources, sources | targets


def balance(entries: Iterable[Entry], holdings: Holdings) -> Balance:
    """Returns the balance of an environment, from its journal and its current contents."""
    books = _Books(holdings.mapped_queues)
    books.read(entries)
    books.close(holdings)
    counted = Counter([fate.place for fates in (books.fates, books.messages) for fate in fates.values()])
    lost = {key: fate for key, fate in books.fates.items() if fate.place == "lost"}
    if counted["lost"] > len(lost):
        lost |= {("message", one): fate for one, fate in books.messages.items() if fate.place == "lost"}
    return Balance(
        BalanceSheet(accepted=counted.total(), **{place: counted[place] for place in counted}),
        dict(sorted(lost.items(), key=lambda one: _lost_at(one[1]))),
    )


def _lost_at(fate: Fate) -> float:
    if isinstance(fate.entry, MessageExpired):
        return fate.entry.expired_after_seconds
    if fate.entry is not None:
        return fate.entry.after_seconds
    return 0.0 if fate.expected is None else fate.expected.gone_after_seconds or 0.0


class _Books:
    """Reads the journal entry by entry. A processed item stays processed. Otherwise the last ending counts."""

    def __init__(self, mapped_queues: Collection[str]) -> None:
        self.fates: dict[Key, Fate] = {}
        """Those of events and records."""
        self.messages: dict[str, Fate] = {}
        """Those of messages by id."""
        self._mapped = mapped_queues
        self._named: dict[str | None, set[str]] = {}
        self._received: dict[str, None] = {}
        # The best result of the copies of each message, unless a copy is processed.
        self._done_as: dict[str, Fate] = {}

    def read(self, entries: Iterable[Entry]) -> None:
        """Reads entries in order."""
        find = _READERS.get
        for entry in entries:
            take_in = find(type(entry))
            if take_in is not None:
                take_in(self, entry)

    def close(self, holdings: Holdings) -> None:
        """Adds items that are known only from the environment."""
        for expected in holdings.records:
            self._close_record(expected)
        held = {message_id for queue in holdings.messages if queue in self._mapped for message_id in holdings.messages[queue]}
        for message_id in held:
            self.messages[message_id] = PENDING
        # A message that a handler deleted itself counts as processed if the handler succeeded. Messages that the test removed
        # do not count.
        for message_id in self._received:
            if message_id not in self.messages and message_id in self._done_as:
                self.messages[message_id] = self._done_as[message_id]

    def _close_record(self, expected: ExpectedRecord) -> None:
        fate = self.fates.get(expected.key)
        if fate is not None:
            self.fates[expected.key] = Fate(fate.place, fate.entry, fate.cause, expected)
        elif expected.gone_after_seconds is None:
            self.fates[expected.key] = Fate("pending", expected=expected)
        else:
            self.fates[expected.key] = Fate("lost", cause="expired", expected=expected)

    def _end(self, key: Key, fate: Fate) -> None:
        before = self.fates.get(key)
        if before is None or before.place != "processed":
            self.fates[key] = fate

    def _end_message(self, message_id: str, fate: Fate) -> None:
        before = self.messages.get(message_id)
        if before is None or before.place != "processed":
            self.messages[message_id] = fate

    def accepted(self, entry: Accepted) -> None:
        self.fates["event", entry.request_id] = PENDING

    def succeeded(self, entry: Succeeded) -> None:
        self._end(("event", entry.request_id), PROCESSED)

    def discarded(self, entry: Discarded) -> None:
        self._end(("event", entry.request_id), Fate("lost", entry, "discarded"))

    def delivered(self, entry: Delivered) -> None:
        """A dead letter makes an event dead. A destination that has a record of it takes priority."""
        key = ("event", entry.request_id)
        fate = self.fates.get(key)
        if fate is not None and fate.place in ("lost", "dead"):
            place: Place = "dead" if entry.route == "dead_letter_queue" else "at_destination"
            self.fates[key] = Fate(place, fate.entry)

    def ended(self, entry: Ended) -> None:
        """The last attempt counts: the attempts of a stream batch have one request id."""
        if b"batchItemFailures" in entry.payload and entry.is_success:
            self._named[entry.request_id] = named_failures(entry.payload)
        elif self._named:
            self._named.pop(entry.request_id, None)

    def polled(self, entry: Polled) -> None:
        if entry.origin.shard_id is None:
            for message_id in entry.ids:
                self._received[message_id] = None

    def filtered(self, entry: RecordsFiltered) -> None:
        for key, _ in _records(entry):
            self._end(key, FILTERED)

    def deleted(self, entry: Deleted) -> None:
        """If a message has several copies, the best result counts, regardless of the receipt that deletes the message."""
        named = self._named.get(entry.subject.request_id) if self._named else None
        result = FILTERED if entry.reason == "filtered" else PROCESSED
        for message_id in entry.ids:
            if named and message_id in named:
                self._copy_done(entry, message_id, Fate("lost", entry, "ignored failure"))
            elif result is not PROCESSED or message_id in entry.stale or message_id in self._done_as:
                self._copy_done(entry, message_id, result)
            else:
                self.messages[message_id] = PROCESSED

    def _copy_done(self, entry: Deleted, message_id: str, fate: Fate) -> None:
        before = self.messages.get(message_id)
        if before is PROCESSED:
            return
        earlier = self._done_as.get(message_id, fate)
        self._done_as[message_id] = fate = fate if _RESULTS[fate.place] >= _RESULTS[earlier.place] else earlier
        # A stale receipt deletes nothing. It counts only after another copy was deleted or the message has expired.
        if message_id not in entry.stale or (before is not None and before.place in _RESULTS):
            self.messages[message_id] = fate

    def recursion_stopped(self, entry: MessagesStopped) -> None:
        """A message of a loop is lost, unless its queue then moves it to a dead-letter queue."""
        for message_id in entry.ids:
            if message_id not in entry.stale:
                self._end_message(message_id, Fate("lost", entry, "recursion"))

    def redriven(self, entry: Redriven) -> None:
        if entry.source in self._mapped or entry.message_id in self.messages:
            self._end_message(entry.message_id, Fate("dead", entry))

    def message_expired(self, entry: MessageExpired) -> None:
        message_id = entry.message_id
        if message_id in self._done_as:
            self._end_message(message_id, self._done_as[message_id])
        elif entry.source in self._mapped or message_id in self.messages:
            self._end_message(message_id, Fate("lost", entry, "expired"))

    def records_expired(self, entry: RecordsExpired) -> None:
        for key, _ in _records(entry):
            self._end(key, Fate("lost", entry, "expired"))

    def checkpointed(self, entry: Checkpointed) -> None:
        named = self._named.get(entry.request_id, ())
        for key, number in _records(entry):
            self._end(key, Fate("lost", entry, "ignored failure") if number in named else PROCESSED)

    def push_dropped(self, entry: PushDropped) -> None:
        """An event for a target that did not receive it. Those that were received count as what the target has then."""
        place: Place = "lost" if entry.dead_letter_queue is None else "dead"
        self.fates["push", f"{entry.pushed_by} {len(self.fates)}"] = Fate(place, entry, "not pushed")

    def given_up(self, entry: GivenUp) -> None:
        has_record = bool(entry.destination) and entry.counted_as == "delivered"
        fate = Fate("at_destination", entry) if has_record else Fate("lost", entry, "given up")
        for key, _ in _records(entry):
            self._end(key, fate)


_READERS: Mapping[type[Entry], Callable[[_Books, Any], None]] = {
    Accepted: _Books.accepted,
    Succeeded: _Books.succeeded,
    Discarded: _Books.discarded,
    Delivered: _Books.delivered,
    Ended: _Books.ended,
    Polled: _Books.polled,
    RecordsFiltered: _Books.filtered,
    Deleted: _Books.deleted,
    MessagesStopped: _Books.recursion_stopped,
    Redriven: _Books.redriven,
    MessageExpired: _Books.message_expired,
    RecordsExpired: _Books.records_expired,
    Checkpointed: _Books.checkpointed,
    GivenUp: _Books.given_up,
    PushDropped: _Books.push_dropped,
}


def _records(entry: OfRecords) -> Iterator[tuple[Key, str]]:
    """Returns the records of a stream in an entry as the books name them, with their sequence numbers."""
    origin = entry.origin
    places = entry.places or (0,) * len(entry.ids)
    for number, place in zip(entry.ids, places, strict=True):
        yield ("record", origin.event_source_mapping, origin.shard_id, number, place), number


def named_failures(payload: bytes) -> set[str]:
    """Returns the identifiers in the `batchItemFailures` of a response, as far as it is valid."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return set()
    named: Any = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    found = [entry.get("itemIdentifier") for entry in named if isinstance(entry, dict)] if isinstance(named, list) else []
    of_kafka = {f"{one.get('partition')}:{one.get('offset')}" for one in found if isinstance(one, dict)}
    return of_kafka.union(identifier for identifier in found if isinstance(identifier, str))


def is_about(entry: Entry, ids: Collection[str]) -> bool:
    """Returns whether an entry is about an event, a message or a record with one of these ids."""
    return entry.request_id in ids or any(identifier in ids for identifier in entry.ids)
