from __future__ import annotations

import pytest

from pytest_lambda_events.journal.entry import NOBODY
from pytest_lambda_events.journal.pending import QueuePoll, Work
from pytest_lambda_events.simulation.choices import DocumentedChooser, SeededChooser
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.scheduler import Scheduler

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


def test_a_seeded_chooser_reorders_only_what_aws_leaves_open(clock: VirtualClock, ran: list[str]) -> None:
    scheduler = Scheduler(clock, SeededChooser(1))
    for name in "abcdefgh":
        scheduler.call_after(1, lambda name=name: ran.append(name), Work(NOBODY), unordered=True)
    scheduler.call_after(1, lambda: ran.append("ordered"), Work(NOBODY))

    run_all(scheduler)

    assert ran[0] == "ordered"
    assert sorted(ran[1:]) == list("abcdefgh")
    assert ran[1:] != list("abcdefgh")


def test_the_clock_never_goes_back(clock: VirtualClock) -> None:
    clock.move_to(5)

    with pytest.raises(ValueError, match="cannot go back"):
        clock.move_to(4)
