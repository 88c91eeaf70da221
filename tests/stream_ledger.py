"""Books about the records of one stream, kept from the journal and from what the test does, never from its readers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.entry import Entry

SECOND = 1_000_000
RETENTION = 86_400 * SECOND
FOREVER = -1
LARGEST_STATE = 1_048_576

Json = Any


@dataclass(frozen=True)
class Life:
    """One record. `arrived_at` is in microseconds since the clock's start."""

    sequence_number: str
    shard_id: str
    key: str
    is_wanted: bool
    arrived_at: int

    @property
    def place(self) -> int:
        """Where it stands in its shard."""
        return int(self.sequence_number)


@dataclass(frozen=True)
class Rules:
    """What holds for one mapping from now on."""

    is_enabled: bool = True
    batch_size: int = 100
    parallelization_factor: int = 1
    retry_attempts: int = FOREVER
    record_age: int = FOREVER
    bisects: bool = False
    is_filtered: bool = False


@dataclass(frozen=True)
class Run:
    """One attempt that reached the function."""

    shard_id: str
    lives: tuple[Life, ...]
    event: Json

    @property
    def is_final(self) -> bool:
        """Whether it closes a window."""
        return bool(self.event.get("isFinalInvokeForWindow"))


@dataclass(frozen=True)
class Answer:
    """What the function is about to answer: all is failed from this place in the batch on, or nothing; and the state."""

    failed_from: int | None
    state: Json = None


@dataclass
class Reader:
    """What one mapping has made of the records, and by which rules, the last of which are in force."""

    rules: list[Rules]
    ended: dict[str, str] = field(default_factory=dict)
    polled_under: dict[str, int] = field(default_factory=dict)
    batches: dict[str, tuple[Life, ...]] = field(default_factory=dict)
    running: dict[str, Run] = field(default_factory=dict)
    states: dict[str, Json] = field(default_factory=dict)
    checkpoints: dict[str, int] = field(default_factory=dict)

    @property
    def may_repeat(self) -> bool:
        """Whether what is done may come again: lanes that are laid out anew go back to the slowest of them."""
        return len({rules.parallelization_factor for rules in self.rules}) > 1

    def since(self, lives: Sequence[Life]) -> list[Rules]:
        """All rules since the first of these was polled, the last time that it was."""
        return self.rules[min((self.polled_under[life.sequence_number] for life in lives), default=0) :]


class StreamLedger:
    """Raises `AssertionError` at the first entry of the journal that should not be there."""

    def __init__(self, env: LambdaEvents, parents: Callable[[], dict[str, tuple[str, ...]]]) -> None:
        self.lives: dict[str, Life] = {}
        self.readers: dict[str, Reader] = {}
        self.reserved: dict[str, int | None] = {}
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        self.ignored: dict[str, str | None] = {}
        self.now = 0
        self._env = env
        self._parents_of = parents
        self._parents: dict[str, tuple[str, ...]] = {}
        self._read = 0

    # ------------------------------------------------------------------ told and asked by the test

    def put(self, life: Life) -> None:
        """A record is in the stream."""
        assert life.sequence_number not in self.lives
        self.lives[life.sequence_number] = life

    def check_checkpoints(self, uuid: str, checkpoints: dict[str, str]) -> None:
        """They never move back, and never past what is not over."""
        reader = self.readers[uuid]
        for shard_id, text in checkpoints.items():
            assert int(text) >= reader.checkpoints.get(shard_id, -1), (shard_id, text)
            reader.checkpoints[shard_id] = int(text)
            for life in self._of_shard(shard_id):
                assert life.place > int(text) or self._is_over(reader, life), life

    def left(self, uuid: str) -> list[Life]:
        """What is not over for a mapping."""
        return [life for life in self.lives.values() if not self._is_over(self.readers[uuid], life)]

    # ------------------------------------------------------------------ read in the journal

    def read(self) -> None:
        """Take in what the journal has more than it had."""
        self._parents |= self._parents_of()
        while self._read < len(self._env.journal):
            entry = self._env.journal[self._read]
            self._read += 1
            self.now = round(entry.after_seconds * SECOND)
            take_in = getattr(self, f"_{entry.kind}", None)
            if take_in is not None and "shard_id" in entry.detail:
                take_in(entry, self.readers[entry.detail["event_source_mapping"]], entry.detail)
        self.now = round(self._env.elapsed * SECOND)

    def _polled(self, entry: Entry, reader: Reader, detail: Json) -> None:
        assert reader.rules[-1].is_enabled, entry
        for life in self._lives(detail):
            self._read_again(reader, life)
            reader.polled_under[life.sequence_number] = len(reader.rules) - 1

    def _read_again(self, reader: Reader, life: Life) -> None:
        """What was filtered is decided anew, if settings change before what stands before it is over (KIN-15)."""
        is_changed = reader.polled_under.get(life.sequence_number, len(reader.rules)) < len(reader.rules) - 1
        is_after = life.place > reader.checkpoints.get(life.shard_id, -1)
        if is_changed and is_after and reader.ended.get(life.sequence_number) == "filtered":
            del reader.ended[life.sequence_number]

    def _filtered(self, entry: Entry, reader: Reader, detail: Json) -> None:
        assert reader.rules[-1].is_filtered, entry
        for life in self._lives(detail):
            assert not life.is_wanted, entry
            reader.ended.setdefault(life.sequence_number, "filtered")

    def _started(self, entry: Entry, reader: Reader, detail: Json) -> None:
        event = json.loads(detail["payload"])
        lives = self._lives(detail)
        assert [number_of(record) for record in event["Records"]] == [life.sequence_number for life in lives], entry
        assert [life.place for life in lives] == sorted({life.place for life in lives}), entry
        assert {life.shard_id for life in lives} <= {detail["shard_id"]}, entry
        assert reader.rules[-1].is_enabled, entry
        assert self.reserved[entry.function_name or ""] != 0, entry
        run = Run(detail["shard_id"], lives, event)
        assert lives or run.is_final, entry
        self._check_retry(entry, reader, lives)
        self._check_records(entry, reader, lives)
        self._check_order(entry, reader, run)
        self._check_overlap(entry, reader, run)
        if "window" in event:
            self._check_window(entry, reader, run)
        assert entry.request_id not in reader.running, entry
        reader.running[entry.request_id or ""] = run

    def _check_retry(self, entry: Entry, reader: Reader, lives: tuple[Life, ...]) -> None:
        """A request id stands for one batch, which is tried again as it was (KIN-4A, 4D)."""
        assert reader.batches.setdefault(entry.request_id or "", lives) == lives, entry

    def _check_records(self, entry: Entry, reader: Reader, lives: tuple[Life, ...]) -> None:
        under = reader.since(lives)
        assert len(lives) <= max(rules.batch_size for rules in under), entry
        assert all(self.now - life.arrived_at < RETENTION for life in lives), entry
        ages = [(self.now - life.arrived_at) / SECOND for life in lives]
        assert any(rules.record_age == FOREVER or max(ages, default=0) <= rules.record_age for rules in under), entry
        assert all(life.is_wanted for life in lives) or not all(rules.is_filtered for rules in under), entry
        again = [life for life in lives if life.sequence_number in reader.ended]
        assert reader.may_repeat or not again, (entry, again)

    def _check_order(self, entry: Entry, reader: Reader, run: Run) -> None:
        """Nothing before what stands before it in its shard, or of its key, is over; nothing before the shard's parents."""
        by_key = any(rules.parallelization_factor > 1 for rules in reader.since(run.lives))
        places = {life.place for life in run.lives}
        for life in run.lives:
            for other in self._of_shard(run.shard_id):
                is_before = other.place < life.place and (not by_key or other.key == life.key)
                assert not is_before or other.place in places or self._is_over(reader, other), (entry, other)
        for shard_id in self._ancestors(run.shard_id):
            assert all(self._is_over(reader, other) for other in self._of_shard(shard_id)), entry
            assert all(other.shard_id != shard_id for other in reader.running.values()), entry

    def _check_overlap(self, entry: Entry, reader: Reader, run: Run) -> None:
        beside = [other for other in reader.running.values() if other.shard_id == run.shard_id]
        most = max(rules.parallelization_factor for rules in reader.since(run.lives))
        assert len(beside) < most, entry
        keys = {life.key for life in run.lives}
        assert not any(life.key in keys for other in beside for life in other.lives), entry

    def _check_window(self, entry: Entry, reader: Reader, run: Run) -> None:
        event, state = run.event, reader.states.get(run.shard_id, {})
        start, end = (_instant(event["window"][name]) for name in ("start", "end"))
        zero = _instant("2026-01-01T00:00:00Z")
        assert all(start <= zero + life.arrived_at < end for life in run.lives), entry
        assert event["state"] == state, entry
        assert (len(json.dumps(state)) > LARGEST_STATE) == event["isWindowTerminatedEarly"], entry
        assert bool(run.lives) != run.is_final, entry

    def _throttled(self, entry: Entry, reader: Reader, detail: Json) -> None:
        assert self.reserved[entry.function_name or ""] is not None, entry

    def _batch_result(self, entry: Entry, reader: Reader, detail: Json) -> None:
        run = reader.running.pop(entry.request_id or "", None)
        if run is None:
            return
        answer = self.answers[entry.request_id or ""].pop(0)
        numbers = tuple(life.sequence_number for life in run.lives)
        failed = () if answer.failed_from is None else numbers[answer.failed_from :]
        assert (detail["failed"], detail["records"]) == (failed, len(numbers)), entry
        assert detail["reason"] is None or answer.failed_from is not None, entry
        if "window" in run.event and answer.failed_from != 0:
            reader.states[run.shard_id] = {} if run.is_final else answer.state

    def _checkpointed(self, entry: Entry, reader: Reader, detail: Json) -> None:
        for life in self._lives(detail):
            assert life in reader.batches[entry.request_id or ""], entry
            is_ignored = self.ignored.get(entry.request_id or "") == life.sequence_number
            reader.ended[life.sequence_number] = "ignored" if is_ignored else "done"

    def _given_up(self, entry: Entry, reader: Reader, detail: Json) -> None:
        lives = self._lives(detail)
        under = reader.since(lives)
        assert detail["counted_as"] == "delivered", entry
        if detail["condition"] == "RecordAgeExceeded":
            youngest = min((self.now - life.arrived_at for life in lives), default=RETENTION) / SECOND
            assert any(FOREVER < rules.record_age < youngest for rules in under), entry
        else:
            of_one = len(lives) < 2
            assert any(-1 < rules.retry_attempts < detail["invoke_count"] for rules in under), entry
            assert len(under) > 1 or detail["invoke_count"] == under[0].retry_attempts + 1, entry
            assert any(of_one or not rules.bisects for rules in under), entry
        self._end(reader, detail, "given up")

    def _expired(self, entry: Entry, reader: Reader, detail: Json) -> None:
        for life in self._lives(detail):
            assert self.now - life.arrived_at >= RETENTION, entry
        self._end(reader, detail, "expired")

    def _end(self, reader: Reader, detail: Json, how: str) -> None:
        for life in self._lives(detail):
            reader.ended.setdefault(life.sequence_number, how)
        if not detail["sequence_numbers"]:
            reader.states[detail["shard_id"]] = {}

    # ------------------------------------------------------------------ within

    def _lives(self, detail: Json) -> tuple[Life, ...]:
        return tuple(self.lives[number] for number in detail["sequence_numbers"])

    def _of_shard(self, shard_id: str) -> Iterator[Life]:
        return (life for life in self.lives.values() if life.shard_id == shard_id)

    def _is_over(self, reader: Reader, life: Life) -> bool:
        return life.sequence_number in reader.ended or self.now - life.arrived_at >= RETENTION

    def _ancestors(self, shard_id: str) -> set[str]:
        parents = self._parents.get(shard_id, ())
        return set(parents).union(*map(self._ancestors, parents))


def number_of(record: Json) -> str:
    """A record's sequence number."""
    return str(record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"])


def _instant(text: str) -> int:
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * SECOND)
