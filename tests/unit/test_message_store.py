"""The store of a queue against a list that is searched from the start each time, and at each of its instants."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from counting import calls_of
from example_counts import examples
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_lambda_events.aws.sqs.store import MessageStore, ReceiptStatus
from pytest_lambda_events.aws.sqs.stored_message import StoredMessage

RETENTION = 40


class Named(StoredMessage):
    """A message of the store with a name."""

    __slots__ = ("name",)

    def __init__(self, name: int, sent_at: int, available_at: int, group: str) -> None:
        super().__init__(sent_at, available_at, group)
        self.name = name


Store = MessageStore[Named]


@dataclass(eq=False)
class Known:
    """A message as the list has it."""

    name: int
    group: str | None
    sent_at: int
    available_at: int
    is_hidden: bool
    receives: int = 0
    receipts: list[str] = field(default_factory=list)


@dataclass
class NaiveQueue:
    """What a queue is, by its definition. `line` has the groups that can be received from, the longest available first."""

    is_fifo: bool
    retention: int = RETENTION
    messages: list[Known] = field(default_factory=list)
    maximum: int | None = None
    line: list[str | None] = field(default_factory=list)

    def add(self, known: Known) -> None:
        """One more message."""
        self.messages.append(known)
        self.look_at(known.group)

    def look_at(self, group: str | None) -> None:
        """Put a group in the line, take it out, or leave it where it is."""
        head = self.head(group)
        is_available = head is not None and not head.is_hidden
        if is_available and group not in self.line:
            self.line.append(group)
        elif not is_available and group in self.line:
            self.line.remove(group)

    def head(self, group: str | None) -> Known | None:
        """The first message of a group."""
        return next((known for known in self.messages if known.group == group), None)

    def settle(self, now: int) -> list[int]:
        """Do what has happened, one thing after another; the names of what is too old."""
        gone: list[int] = []
        while True:
            ends = [(known.sent_at + self.retention, 0, known.sent_at, known.name, known) for known in self.messages]
            shows = [(known.available_at, 1, 0, known.name, known) for known in self.messages if known.is_hidden]
            due = [happening for happening in ends + shows if happening[0] <= now]
            if not due:
                return gone
            _, is_shown, _, name, known = min(due, key=lambda happening: happening[:4])
            if is_shown:
                known.is_hidden = False
            else:
                self.messages.remove(known)
                gone.append(name)
            self.look_at(known.group)

    def receivable(self) -> list[Known]:
        """In the order in which receives give them."""
        if not self.is_fifo:
            return [known for known in self.messages if not known.is_hidden]
        found: list[Known] = []
        for group in self.line:
            of_group = [known for known in self.messages if known.group == group]
            hidden = [index for index, known in enumerate(of_group) if known.is_hidden]
            found += of_group[: hidden[0] if hidden else None]
        return found

    def receive(self, now: int, number: int, seconds: int) -> tuple[list[Known], list[Known]]:
        """What is taken, and what is exhausted."""
        taken: list[Known] = []
        exhausted: list[Known] = []
        for known in self.receivable():
            if len(taken) == number:
                break
            is_exhausted = self.maximum is not None and known.receives >= self.maximum
            (exhausted if is_exhausted else taken).append(known)
        self.line = [group for group in self.line if group not in {known.group for known in taken + exhausted}]
        for known in exhausted:
            was_head = self.head(known.group) is known
            self.messages.remove(known)
            if was_head:
                self.look_at(known.group)
        for known in taken:
            self.hide(known, now, seconds)
            known.receives += 1
        for known in taken:
            self.look_at(known.group)
        return taken, exhausted

    def hide(self, known: Known, now: int, seconds: int) -> None:
        """For so many seconds, which may be none."""
        known.available_at = now + seconds
        known.is_hidden = seconds > 0

    def next_receivable_at(self, now: int) -> int | None:
        """By trying every instant at which anything changes."""
        instants = {now, *(m.available_at for m in self.messages), *(m.sent_at + self.retention for m in self.messages)}
        future = copy.deepcopy(self)
        for instant in sorted(at for at in instants if at >= now):
            future.settle(instant)
            if future.receivable():
                return instant
        return None

    def by_receipt(self, receipt: str) -> Known | None:
        """The message of a receipt, if it is there."""
        return next((known for known in self.messages if receipt in known.receipts), None)


class Comparison(RuleBasedStateMachine):
    """Does the same to both."""

    @initialize(is_fifo=st.booleans())
    def begin(self, is_fifo: bool) -> None:
        self.now = 0
        self.expired: list[int] = []
        self.gone: list[int] = []
        self.names: Iterator[int] = count()
        self.numbers: Iterator[int] = count()
        self.receipts: list[str] = []
        self.naive = NaiveQueue(is_fifo)
        self.store = Store(is_fifo=is_fifo, retention=RETENTION, expired=lambda held: self.expired.append(held.name))

    @rule(group=st.sampled_from("abc"), delay=st.sampled_from([0, 0, 0, 3, 50]), age=st.sampled_from([0, 0, 20]))
    def add(self, group: str, delay: int, age: int) -> None:
        name = next(self.names)
        sent_at = self.now - age
        self.naive.add(Known(name, group, sent_at, self.now + delay, is_hidden=delay > 0))
        self.store.add(Named(name, sent_at, self.now + delay, group), self.now)

    @rule(number=st.integers(1, 4), seconds=st.sampled_from([0, 2, 5, 60]))
    def receive(self, number: int, seconds: int) -> None:
        taken, exhausted = self.naive.receive(self.now, number, seconds)
        received = self.store.receive(
            self.now, number, self.now + seconds, self.naive.maximum, lambda: f"receipt {next(self.numbers)}"
        )
        assert self.named(received.taken) == [known.name for known in taken]
        assert self.named(received.exhausted) == [known.name for known in exhausted]
        for known, held in zip(taken, received.taken, strict=True):
            known.receipts.append(held.receipt or "")
            self.receipts.append(held.receipt or "")

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        receipt = data.draw(st.sampled_from(["none", *self.receipts]))
        standing = self.expected_standing(receipt)

        is_valid = standing is ReceiptStatus.IN_FLIGHT or (standing is ReceiptStatus.ENDED and not self.naive.is_fifo)

        assert self.store.delete(receipt, self.now) is is_valid

        if is_valid:
            known = self.naive.by_receipt(receipt)
            assert known is not None
            self.naive.messages.remove(known)
            self.naive.look_at(known.group)

    @rule(data=st.data(), seconds=st.sampled_from([0, 1, 7, 60]))
    def change_visibility(self, data: st.DataObject, seconds: int) -> None:
        receipt = data.draw(st.sampled_from(["none", *self.receipts]))
        standing = self.expected_standing(receipt)

        assert self.store.change_visibility(receipt, self.now, self.now + seconds) is standing

        known = self.naive.by_receipt(receipt)
        if standing.is_newest and known is not None:
            self.naive.hide(known, self.now, seconds)
            self.naive.look_at(known.group)

    @rule(maximum=st.sampled_from([None, 1, 2]))
    def set_maximum(self, maximum: int | None) -> None:
        self.naive.maximum = maximum

    @rule(retention=st.sampled_from([5, RETENTION, 80]))
    def retain(self, retention: int) -> None:
        self.naive.retention = retention
        self.store.retain(retention, self.now)
        self.settle()

    @rule()
    def clear(self) -> None:
        self.naive.messages.clear()
        self.naive.line.clear()
        self.store.clear(self.now)

    @rule(microseconds=st.integers(1, 15))
    def advance(self, microseconds: int) -> None:
        self.now += microseconds
        self.settle()

    @rule()
    def jump(self) -> None:
        self.now = max(self.now, self.store.next_receivable_at(self.now) or 0)
        self.settle()

    def settle(self) -> None:
        self.gone += self.naive.settle(self.now)

    def expected_standing(self, receipt: str) -> ReceiptStatus:
        known = self.naive.by_receipt(receipt)
        if receipt not in self.receipts:
            return ReceiptStatus.UNKNOWN
        if known is None:
            return ReceiptStatus.GONE
        if known.receipts[-1] != receipt:
            return ReceiptStatus.STALE
        return ReceiptStatus.IN_FLIGHT if known.available_at > self.now else ReceiptStatus.ENDED

    @staticmethod
    def named(messages: list[Named]) -> list[int]:
        return [held.name for held in messages]

    @invariant()
    def both_hold_the_same(self) -> None:
        self.settle()
        hidden = [known for known in self.naive.messages if known.available_at > self.now]
        in_flight = sum(1 for known in hidden if known.receives)
        delayed = len(hidden) - in_flight
        assert self.named(list(self.store.messages(self.now))) == [known.name for known in self.naive.messages]
        assert self.store.counts(self.now) == (len(self.naive.messages) - len(hidden), in_flight, delayed)
        assert self.store.next_receivable_at(self.now) == self.naive.next_receivable_at(self.now)
        assert sorted(self.expired) == sorted(self.gone)


TestTheStoreIsWhatTheListIs = Comparison.TestCase
TestTheStoreIsWhatTheListIs.settings = settings(max_examples=examples(60), stateful_step_count=40, deadline=None)


# ---------------------------------------------------------------------- cost


def filled(depth: int, *, is_fifo: bool) -> tuple[Store, str]:
    """A store of so many messages, every other in flight, and the receipt of one of those."""
    store = Store(is_fifo=is_fifo, retention=RETENTION)
    for number in range(depth):
        store.add(Named(number, 0, 0, str(number)), 0)
    receipts = iter(range(depth))
    taken = store.receive(0, depth // 2, 10, None, lambda: str(next(receipts))).taken
    return store, str(taken[0].receipt)


ACTIONS: dict[str, Callable[[Store, str], object]] = {
    "send": lambda store, receipt: store.add(Named(0, 0, 0, "x"), 0),
    "receive": lambda store, receipt: store.receive(0, 4, 10, 3, lambda: "new"),
    "delete": lambda store, receipt: store.delete(receipt, 0),
    "change visibility": lambda store, receipt: store.change_visibility(receipt, 0, 20),
    "count": lambda store, receipt: store.counts(0),
    "look ahead": lambda store, receipt: store.next_receivable_at(0),
}


@pytest.mark.parametrize("is_fifo", [False, True], ids=["standard", "fifo"])
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_an_operation_costs_the_same_in_a_deep_queue(action: Callable[[Store, str], object], is_fifo: bool) -> None:
    shallow, deep = (filled(depth, is_fifo=is_fifo) for depth in (20, 2_000))

    assert calls_of(lambda: action(*deep)) == calls_of(lambda: action(*shallow))


@pytest.mark.parametrize("is_fifo", [False, True], ids=["standard", "fifo"])
def test_draining_a_queue_costs_in_proportion_to_its_messages(is_fifo: bool) -> None:
    def drain(depth: int) -> None:
        store, _ = filled(depth, is_fifo=is_fifo)
        numbers = count()
        while taken := store.receive(10, 10, 20, None, lambda: f"drained {next(numbers)}").taken:
            for held in taken:
                store.delete(str(held.receipt), 10)

    assert calls_of(lambda: drain(2_000)) < 10.5 * calls_of(lambda: drain(200))
