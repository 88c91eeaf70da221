"""The log of a shard against a list that is searched from the start each time, and what each operation costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from counting import calls_of
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_lambda_events.aws.kinesis.log import STEP, RecordLog, first_number

START = 1_767_225_600


class Comparison(RuleBasedStateMachine):
    """Does the same to both. The list has number and arrival of each record."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.horizon = -1
        self.log: RecordLog[int] = RecordLog(0)
        self.kept: list[tuple[int, int]] = []

    @rule(records=st.integers(1, 5))
    def append(self, records: int) -> None:
        for _ in range(records):
            number = self.log.next_number
            assert self.log.append(number, self.now, number) == self.now
            self.kept.append((number, self.now))

    @rule(microseconds=st.integers(1, 5))
    def advance(self, microseconds: int) -> None:
        self.now += microseconds

    @rule(age=st.integers(0, 12))
    def drop(self, age: int) -> None:
        self.horizon = max(self.horizon, self.now - age)
        self.log.drop_until(self.now - age)
        self.kept = [kept for kept in self.kept if kept[1] > self.now - age]

    @rule(number=st.integers(-1, 60), limit=st.integers(1, 4))
    def read(self, number: int, limit: int) -> None:
        after = number * STEP
        behind = [kept for kept in self.kept if kept[0] > after]
        assert list(self.log.after(after, limit)) == [number for number, _ in behind[:limit]]
        assert self.log.arrival_after(after) == (behind[0][1] if behind else None)

    @rule(instant=st.integers(0, 60))
    def find(self, instant: int) -> None:
        place = self.log.before(instant)
        assert list(self.log.after(place, 1_000)) == [number for number, arrived_at in self.kept if arrived_at >= instant]

    @rule(number=st.integers(0, 60))
    def look(self, number: int) -> None:
        there = number * STEP in [number for number, _ in self.kept]
        assert self.log.at(number * STEP) == (number * STEP if there else None)

    @invariant()
    def both_hold_the_same(self) -> None:
        assert list(self.log) == [number for number, _ in self.kept]
        assert len(self.log) == len(self.kept)
        assert list(self.log.after(self.log.last_number, 10)) == []


TestTheLogIsWhatTheListIs = Comparison.TestCase
TestTheLogIsWhatTheListIs.settings = settings(max_examples=examples(60), stateful_step_count=40, deadline=None)


def test_a_record_does_not_arrive_before_the_one_before_it() -> None:
    log: RecordLog[str] = RecordLog(0)
    log.append(1, 10, "a")

    assert log.append(2, 5, "b") == 10


# ---------------------------------------------------------------------- numbers


@given(st.integers(0, 10_000), st.integers(0, 2**33), st.integers(1, 2**30), st.integers(1, 10_000_000))
def test_numbers_have_56_digits_and_stay_below_those_of_the_next_shard(
    shard: int, seconds: int, rank: int, records: int
) -> None:
    first = first_number(shard, seconds, rank, above=0)
    last = first + records * STEP

    assert len(str(first)) == len(str(last)) == 56
    assert first_number(shard + 1, seconds, rank + 1, above=0) > last
    assert first_number(0, seconds, rank + 1, above=last) > last


@given(st.integers(0, 100), st.integers(0, 2**33), st.integers(1, 100), st.integers(2**185, 2**186))
def test_a_shard_begins_above_what_it_must_be_above(shard: int, seconds: int, rank: int, above: int) -> None:
    assert first_number(shard, seconds, rank, above) > above


# ---------------------------------------------------------------------- cost


def filled(depth: int) -> RecordLog[int]:
    """A log of so many records, one each microsecond."""
    log: RecordLog[int] = RecordLog(0)
    for number in range(depth):
        log.append(log.next_number, number, number)
    return log


ACTIONS: dict[str, Callable[[RecordLog[int]], object]] = {
    "append": lambda log: log.append(log.next_number, 10**6, 0),
    "read the first": lambda log: log.after(-1, 10),
    "read the last": lambda log: log.after(log.last_number - STEP, 10),
    "read nothing": lambda log: log.after(log.last_number, 10),
    "find an instant": lambda log: log.before(5),
    "count": len,
    "drop a few": lambda log: log.drop_until(3),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_an_operation_costs_the_same_in_a_long_log(action: Callable[[RecordLog[int]], object]) -> None:
    short, long = filled(20), filled(2_000)

    assert calls_of(lambda: action(long)) == calls_of(lambda: action(short))


def test_expired_records_are_not_kept_in_memory() -> None:
    log = filled(0)

    for instant in range(10_000):
        log.append(log.next_number, instant, instant)
        log.drop_until(instant - 10)

    assert len(log._numbers) < 30
