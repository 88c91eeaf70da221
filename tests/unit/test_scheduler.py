from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_lambda_events.journal.entry import NOBODY, Entry, Subject
from pytest_lambda_events.journal.pending import QueuePoll, Work
from pytest_lambda_events.simulation.choices import DocumentedChooser, Question, SeededChooser
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.scheduler import NextWork, Scheduler

NEVER = 10**12


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def scheduler(clock: VirtualClock) -> Scheduler:
    return Scheduler(clock, DocumentedChooser())


def run_all(scheduler: Scheduler) -> None:
    while scheduler.run_next() is not None:
        pass


def test_work_runs_in_order_of_its_instants(scheduler: Scheduler, ran: list[str]) -> None:
    scheduler.call_after(5, lambda: ran.append("late"), Work(NOBODY))
    scheduler.call_after(1, lambda: ran.append("early"), Work(NOBODY))

    run_all(scheduler)

    assert ran == ["early", "late"]


def test_equal_instants_run_in_order_of_cause(scheduler: Scheduler, ran: list[str]) -> None:
    scheduler.call_after(1, lambda: ran.append("first"), Work(NOBODY))
    scheduler.call_after(1, lambda: ran.append("second"), Work(NOBODY))

    run_all(scheduler)

    assert ran == ["first", "second"]


def test_a_lower_rank_runs_first_at_one_instant(scheduler: Scheduler, ran: list[str]) -> None:
    scheduler.call_after(1, lambda: ran.append("begins"), Work(NOBODY))
    scheduler.call_after(1, lambda: ran.append("ends"), Work(NOBODY), rank=-1)

    run_all(scheduler)

    assert ran == ["ends", "begins"]


def test_the_clock_stands_at_the_instant_of_the_work(scheduler: Scheduler, clock: VirtualClock) -> None:
    seen: list[float] = []
    scheduler.call_after(1.5, lambda: seen.append(clock.elapsed), Work(NOBODY))

    run_all(scheduler)

    assert seen == [1.5]


@pytest.mark.parametrize(("until", "expected"), [(999_999, []), (1_000_000, ["work"]), (1_000_001, ["work"])])
def test_work_due_at_the_limit_runs(scheduler: Scheduler, ran: list[str], until: int, expected: list[str]) -> None:
    scheduler.call_after(1, lambda: ran.append("work"), Work(NOBODY))

    scheduler.run_next(until)

    assert ran == expected


def test_cancelled_work_never_runs(scheduler: Scheduler, ran: list[str]) -> None:
    timer = scheduler.call_after(1, lambda: ran.append("work"), Work(NOBODY))

    timer.cancel()
    timer.cancel()
    run_all(scheduler)

    assert ran == []
    assert scheduler.is_idle
    assert scheduler.next_due is None


def test_many_cancelled_timers_leave_the_heap(scheduler: Scheduler) -> None:
    for timer in [scheduler.call_at(NEVER, lambda: None, Work(NOBODY)) for _ in range(1000)]:
        timer.cancel()

    assert len(scheduler._heap) < 200
    assert scheduler.is_idle


def test_background_work_is_not_waited_for(scheduler: Scheduler) -> None:
    scheduler.call_after(1, lambda: None, Work(NOBODY), background=True)

    assert scheduler.is_idle
    assert scheduler.next_due == 1_000_000


def test_pending_work_is_described_in_the_order_in_which_it_would_run(scheduler: Scheduler) -> None:
    scheduler.call_after(2, lambda: None, QueuePoll(NOBODY, "b"))
    scheduler.call_after(1, lambda: None, QueuePoll(NOBODY, "a"))

    pending = [timer.pending for timer in scheduler.pending()]

    assert [(entry.kind, entry.after_seconds, entry.detail["queue"]) for entry in pending] == [
        ("poll", 1, "a"),
        ("poll", 2, "b"),
    ]


class LastOne:
    """Chooses the last alternative, and records what it could have chosen."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        assert question == NextWork()
        self.asked.append([str(one.function_name) for one in alternatives if isinstance(one, Entry)])
        return len(alternatives) - 1


@pytest.fixture
def last_one() -> LastOne:
    return LastOne()


@pytest.fixture
def choosing(clock: VirtualClock, last_one: LastOne) -> Scheduler:
    return Scheduler(clock, last_one)


def test_chooser_is_asked_when_work_is_taken_and_sees_what_it_can_choose(
    choosing: Scheduler, last_one: LastOne, ran: list[str]
) -> None:
    for name in "abc":
        choosing.call_after(1, lambda name=name: ran.append(name), Work(Subject(name)), unordered=True)
    asked_before = list(last_one.asked)

    run_all(choosing)

    assert asked_before == []
    assert last_one.asked == [["a", "b", "c"], ["a", "b"]]
    assert ran == ["c", "b", "a"]


def test_chooser_is_not_asked_about_work_of_different_instants(choosing: Scheduler, last_one: LastOne, ran: list[str]) -> None:
    choosing.call_after(1, lambda: ran.append("a"), Work(Subject("a")), unordered=True)
    choosing.call_after(2, lambda: ran.append("b"), Work(Subject("b")), unordered=True)

    run_all(choosing)

    assert last_one.asked == []
    assert ran == ["a", "b"]


def test_ordered_work_keeps_its_place_among_unordered_work(choosing: Scheduler, last_one: LastOne, ran: list[str]) -> None:
    for name in "ab":
        choosing.call_after(1, lambda name=name: ran.append(name), Work(Subject(name)), unordered=True)
    choosing.call_after(1, lambda: ran.append("ordered"), Work(NOBODY))
    for name in "cd":
        choosing.call_after(1, lambda name=name: ran.append(name), Work(Subject(name)), unordered=True)

    run_all(choosing)

    assert ran == ["b", "a", "ordered", "d", "c"]
    assert last_one.asked == [["a", "b"], ["c", "d"]]


def test_work_of_a_lower_rank_runs_between_unordered_work(choosing: Scheduler, ran: list[str]) -> None:
    def b() -> None:
        ran.append("b")
        choosing.call_after(0, lambda: ran.append("ends"), Work(NOBODY), rank=-1)

    choosing.call_after(1, lambda: ran.append("a"), Work(Subject("a")), unordered=True)
    choosing.call_after(1, b, Work(Subject("b")), unordered=True)

    run_all(choosing)

    assert ran == ["b", "ends", "a"]


def test_work_that_is_scheduled_for_now_can_be_chosen_next(choosing: Scheduler, last_one: LastOne, ran: list[str]) -> None:
    def b() -> None:
        ran.append("b")
        choosing.call_after(0, lambda: ran.append("c"), Work(Subject("c")), unordered=True)

    choosing.call_after(1, lambda: ran.append("a"), Work(Subject("a")), unordered=True)
    choosing.call_after(1, b, Work(Subject("b")), unordered=True)

    run_all(choosing)

    assert ran == ["b", "c", "a"]
    assert last_one.asked == [["a", "b"], ["a", "c"]]


def test_cancelled_work_is_never_chosen(choosing: Scheduler, last_one: LastOne, ran: list[str]) -> None:
    first, second, third = [
        choosing.call_after(1, lambda name=name: ran.append(name), Work(Subject(name)), unordered=True) for name in "abc"
    ]
    second.cancel()
    choosing.run_next()
    first.cancel()

    run_all(choosing)

    assert last_one.asked == [["a", "c"]]
    assert ran == ["c"]
    assert not third.is_due
    assert choosing.is_idle


def test_work_that_was_not_chosen_stays_pending_and_due(choosing: Scheduler) -> None:
    for name in "abc":
        choosing.call_after(1, lambda: None, Work(Subject(name)), unordered=True)
    choosing.call_after(2, lambda: None, Work(Subject("later")))

    choosing.run_next()

    assert [timer.pending.function_name for timer in choosing.pending()] == ["a", "b", "later"]
    assert choosing.next_due == 1_000_000
    assert not choosing.is_idle


def test_seeded_order_follows_from_the_seed(clock: VirtualClock) -> None:
    def order(seed: int) -> str:
        ran: list[str] = []
        scheduler = Scheduler(clock, SeededChooser(seed))
        for name in "abcdefgh":
            scheduler.call_after(1, lambda name=name: ran.append(name), Work(NOBODY), unordered=True)
        run_all(scheduler)
        return "".join(ran)

    orders = [order(seed) for seed in (1, 1, 2, 3)]

    assert orders[0] == orders[1]
    assert len(set(orders)) == 3
    assert {"".join(sorted(one)) for one in orders} == {"abcdefgh"}


def test_the_clock_never_goes_back(clock: VirtualClock) -> None:
    clock.move_to(5)

    with pytest.raises(ValueError, match="cannot go back"):
        clock.move_to(4)
