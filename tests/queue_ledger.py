"""Books about the messages of one queue, kept from the journal and from what the test does, never from the queue itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.entry import Entry

SECOND = 1_000_000
START = 5
GROWTH = 300
MAXIMUM = 1_250
"""How many batches of a standard queue run at once at first, how many more after each minute, and at most (SQS-11 to 13)."""

BEST_LAST = ["lost", "filtered", "processed"]
"""What one copy of a message can come to: the best of its copies counts."""

Json = Any


@dataclass
class Life:
    """One message: where it is, how often it was received, until when (microseconds) it is hidden."""

    number: int
    group: str | None
    is_wanted: bool
    sent_at: int
    hidden_until: int
    place: str = "queue"
    receives: int = 0
    delivered: set[int] = field(default_factory=set)
    done_as: str | None = None


@dataclass(frozen=True)
class Rules:
    """What holds for one mapping from now on. At most `most` of its invocations run at once."""

    is_enabled: bool = True
    batch_size: int = 10
    most: int | None = None
    is_filtered: bool = False


@dataclass(frozen=True)
class Run:
    """One attempt that reached the function: each message with the number of the receive by which it came."""

    mapping: str
    function_name: str
    receives: dict[str, int]


class Ledger:
    """Raises `AssertionError` at the first entry of the journal that should not be there."""

    def __init__(self, env: LambdaEvents, queue_arn: str, visibility_timeout: int, retention: int, most: int | None) -> None:
        self.visibility_timeout = visibility_timeout
        self.lives: dict[str, Life] = {}
        self.rules: dict[str, Rules] = {}
        self.reserved: dict[str, int | None] = {}
        self.expected_failures: dict[str, set[str]] = {}
        self.ignored_failures: dict[str, set[str]] = {}
        self.now = 0
        self._env = env
        self._queue_arn = queue_arn
        self._retention = retention * SECOND
        self._most_receives = most
        self._is_fifo = queue_arn.endswith(".fifo")
        self._read = 0
        self._runs: dict[str, Run] = {}
        self._running: set[str] = set()
        self._under: dict[tuple[str, int], Rules] = {}

    # ------------------------------------------------------------------ told by the test, right after it did something

    def sent(self, message_id: str, group: str | None, delay: int, *, is_wanted: bool) -> None:
        """A message was sent that can be received after so many seconds."""
        assert message_id not in self.lives
        self.lives[message_id] = Life(len(self.lives), group, is_wanted, self.now, self.now + delay * SECOND)

    def received(self, message_ids: Iterable[str], visibility_timeout: int) -> None:
        """One receive, by whomever: nothing that is hidden, nothing too often, and each group in order."""
        taken: set[str] = set()
        for message_id in message_ids:
            life = self.lives[message_id]
            assert (life.place, life.hidden_until <= self.now) == ("queue", True), (message_id, life)
            assert self.now < life.sent_at + self._retention, (message_id, life)
            assert not self._is_fifo or self._before(life) <= taken, (message_id, life)
            taken.add(message_id)
            life.receives += 1
            assert self._most_receives is None or life.receives <= self._most_receives, (message_id, life)
        for message_id in taken:
            self.lives[message_id].hidden_until = self.now + visibility_timeout * SECOND

    def hidden(self, message_id: str, receive: int, seconds: int) -> None:
        """Somebody changed the visibility by the receipt of this receive, which has to be the newest one (SQS-4A)."""
        self.read()
        life = self.lives[message_id]
        if life.place == "queue" and life.receives == receive:
            life.hidden_until = self.now + seconds * SECOND

    def deleted(self, message_id: str, receive: int) -> None:
        """The test deleted a message by the receipt of this receive."""
        if self._can_delete(message_id, receive):
            self.lives[message_id].place = "deleted by the test"

    def purged(self) -> None:
        """The queue was purged."""
        for message_id in self.within("queue"):
            self.lives[message_id].place = "purged"

    # ------------------------------------------------------------------ asked by the test

    def within(self, place: str) -> dict[str, Life]:
        """The messages that are at a place."""
        return {message_id: life for message_id, life in self.lives.items() if life.place == place}

    def is_in_flight(self, message_id: str, receive: int) -> bool:
        """Whether a message is in flight by this receive."""
        life = self.lives[message_id]
        return life.place == "queue" and life.receives == receive and life.hidden_until > self.now

    def deliverable(self) -> list[Life]:
        """What is in the queue and is neither hidden for the rest of its time nor behind such a message of its group."""
        left = self.within("queue").values()
        hidden = [life for life in left if life.hidden_until >= life.sent_at + self._retention]
        blocked = {life.group for life in hidden if self._is_fifo}
        return [life for life in left if life not in hidden and life.group not in blocked]

    def balance(self) -> Counter[str]:
        """How many messages are where, as a balance sheet says it: of what was taken away only what was done is counted."""
        places = {"queue": "pending", "dead-letter queue": "dead"}
        return Counter(filter(None, (places.get(life.place) or _done_as(life) for life in self.lives.values())))

    # ------------------------------------------------------------------ read in the journal

    def read(self) -> None:
        """Take in what the journal has more than it had."""
        while self._read < len(self._env.journal):
            entry = self._env.journal[self._read]
            self._read += 1
            self.now = round(entry.after_seconds * SECOND)
            take_in = getattr(self, f"_{entry.kind}", None)
            if take_in is not None:
                take_in(entry, entry.detail)
        self.now = round(self._env.elapsed * SECOND)

    def _polled(self, entry: Entry, detail: Json) -> None:
        rules = self.rules[detail["event_source_mapping"]]
        assert rules.is_enabled, entry
        self.received(detail["message_ids"], self.visibility_timeout)
        for message_id in detail["message_ids"]:
            self._under[message_id, self.lives[message_id].receives] = rules

    def _filtered(self, entry: Entry, detail: Json) -> None:
        assert self.rules[detail["event_source_mapping"]].is_filtered, entry
        assert not any(self.lives[message_id].is_wanted for message_id in detail["message_ids"]), entry

    def _started(self, entry: Entry, detail: Json) -> None:
        records = json.loads(detail["payload"])["Records"]
        receives = {one["messageId"]: int(one["attributes"]["ApproximateReceiveCount"]) for one in records}
        run = Run(detail["event_source_mapping"], entry.function_name or "", receives)
        under = [self._under[receive] for receive in receives.items()]
        assert tuple(one["messageId"] for one in records) == detail["message_ids"], entry
        assert len(records) <= max(rules.batch_size for rules in under), entry
        for (message_id, receive), rules in zip(receives.items(), under, strict=True):
            life = self.lives[message_id]
            assert life.is_wanted or not rules.is_filtered, (entry, life)
            assert receive not in life.delivered, f"{message_id} reached a handler twice by receive {receive}"
            life.delivered.add(receive)
        if self._is_fifo:
            self._check_groups(run, entry)
        self._runs[entry.request_id or ""] = run
        self._running.add(entry.request_id or "")
        self._check_concurrency(run, [*under, self.rules[run.mapping]], entry)

    def _check_groups(self, run: Run, entry: Entry) -> None:
        """No group is in two invocations while it is in flight by the one (SQS-80)."""
        groups = {self.lives[message_id].group for message_id in run.receives}
        for other in self._running:
            for message_id, receive in self._runs[other].receives.items():
                assert self.lives[message_id].group not in groups or not self.is_in_flight(message_id, receive), entry

    def _check_concurrency(self, run: Run, under: list[Rules], entry: Entry) -> None:
        beside = [self._runs[request_id] for request_id in self._running]
        growing = MAXIMUM if self._is_fifo else START + GROWTH * (self.now // (60 * SECOND))
        most = max(growing if rules.most is None else rules.most for rules in under)
        assert sum(one.mapping == run.mapping for one in beside) <= most, entry
        reserved = self.reserved[run.function_name]
        assert reserved is None or sum(one.function_name == run.function_name for one in beside) <= reserved, entry

    def _throttled(self, entry: Entry, detail: Json) -> None:
        assert self.reserved[entry.function_name or ""] is not None, entry

    def _batch_result(self, entry: Entry, detail: Json) -> None:
        request_id = entry.request_id or ""
        if request_id in self._running:
            self._running.remove(request_id)
            assert set(detail["failed"]) == self.expected_failures[request_id], entry

    def _deleted(self, entry: Entry, detail: Json) -> None:
        """What can still be deleted by its receipt is, and the rest is told as stale (SQS-48)."""
        failed = self.expected_failures.get(entry.request_id or "", set())
        run = self._runs.get(entry.request_id or "")
        for message_id in detail["message_ids"]:
            life = self.lives[message_id]
            receive = life.receives if run is None else run.receives[message_id]
            assert message_id not in failed, entry
            assert (message_id not in detail["stale"]) == self._can_delete(message_id, receive), (entry, life)
            is_ignored = message_id in self.ignored_failures.get(entry.request_id or "", ())
            result = "lost" if is_ignored else detail["reason"]
            life.done_as = max(result, life.done_as or "lost", key=BEST_LAST.index)
            if message_id not in detail["stale"]:
                life.place = "done"

    def _redriven(self, entry: Entry, detail: Json) -> None:
        life = self.lives[detail["message_id"]]
        assert (life.place, life.receives) == ("queue", self._most_receives), (entry, life)
        assert detail["receive_count"] == life.receives, (entry, life)
        assert life.hidden_until <= self.now, (entry, life)
        life.place = "dead-letter queue"

    def _expired(self, entry: Entry, detail: Json) -> None:
        life = self.lives[detail["message_id"]]
        assert life.place == ("queue" if detail["source"] == self._queue_arn else "dead-letter queue"), (entry, life)
        assert self.now >= life.sent_at + self._retention, (entry, life)
        life.place = "expired"

    # ------------------------------------------------------------------ within

    def _can_delete(self, message_id: str, receive: int) -> bool:
        life = self.lives[message_id]
        is_newest = life.place == "queue" and life.receives == receive
        return is_newest and (not self._is_fifo or life.hidden_until > self.now)

    def _before(self, life: Life) -> set[str]:
        """What stands before a message in its group."""
        return {
            message_id
            for message_id, other in self.within("queue").items()
            if other.group == life.group and other.number < life.number
        }


def _done_as(life: Life) -> str | None:
    """What a message that is gone counts as."""
    return life.done_as or ("lost" if life.place == "expired" else None)
