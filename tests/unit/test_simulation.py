from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from pytest_lambda_events.errors import LambdaEventsError, NotSimulatedError
from pytest_lambda_events.journal.entry import NOBODY, Subject
from pytest_lambda_events.journal.pending import Work
from pytest_lambda_events.simulation.simulation import Simulation
from pytest_lambda_events.simulation.tasks import Task, TaskEnded
from pytest_lambda_events.simulation.threads import real_monotonic
from pytest_lambda_events.simulation.wait_signal import Signal

SUBJECT = Subject("charge", "request-1", 1)


class NoTaskState:
    def enter(self) -> None: ...
    def leave(self) -> None: ...
    def end(self) -> None: ...


def begin(simulation: Simulation, body: Callable[[], None], on_end: Callable[[], None] = lambda: None) -> Task:
    return simulation.start_task(body, NoTaskState(), SUBJECT, on_end)


def start(simulation: Simulation, body: Callable[[], None], on_end: Callable[[], None] = lambda: None) -> None:
    begin(simulation, body, on_end)


def test_three_tasks_that_sleep_end_at_their_own_instants(simulation: Simulation) -> None:
    ended: list[tuple[float, float]] = []

    def sleeper(seconds: float) -> Callable[[], None]:
        def body() -> None:
            simulation.sleep(seconds)
            ended.append((seconds, simulation.clock.elapsed))

        return body

    for seconds in (1, 100, 5):
        begin(simulation, sleeper(seconds))
    simulation.advance(100)

    assert ended == [(1, 1), (5, 5), (100, 100)]


@pytest.mark.parametrize(("seconds", "expected"), [(4.999999, []), (5, [5]), (5.000001, [5])])
def test_a_sleep_ends_at_its_instant(simulation: Simulation, seconds: float, expected: list[float]) -> None:
    ended: list[float] = []

    def body() -> None:
        simulation.sleep(5)
        ended.append(simulation.clock.elapsed)

    begin(simulation, body)
    simulation.advance(seconds)

    assert ended == expected


def test_the_test_waits_for_a_task_by_letting_time_pass(simulation: Simulation) -> None:
    done = Signal()

    def body() -> None:
        simulation.sleep(7)

    heard = simulation.wait(done, None, lambda: start(simulation, body, done.notify))

    assert heard
    assert simulation.clock.elapsed == 7


def test_a_task_waits_for_another_that_sleeps(simulation: Simulation) -> None:
    story: list[tuple[str, float]] = []
    done = Signal()

    def inner() -> None:
        simulation.sleep(3)
        story.append(("inner", simulation.clock.elapsed))

    def outer() -> None:
        simulation.wait(done, None, lambda: start(simulation, inner, done.notify))
        story.append(("outer", simulation.clock.elapsed))

    begin(simulation, outer)
    simulation.advance(10)

    assert story == [("inner", 3), ("outer", 3)]


def test_a_task_that_waits_for_one_that_ends_immediately_continues_in_the_same_turn(simulation: Simulation) -> None:
    story: list[str] = []
    done = Signal()

    def outer() -> None:
        simulation.wait(done, None, lambda: start(simulation, lambda: story.append("inner"), done.notify))
        story.append("outer")

    begin(simulation, outer)

    assert story == ["inner", "outer"]


def test_a_wait_with_a_limit_ends_without_its_notice(simulation: Simulation) -> None:
    assert simulation.wait(Signal(), 20) is False
    assert simulation.clock.elapsed == 20


def test_a_notice_ends_a_wait_before_its_limit(simulation: Simulation) -> None:
    notice = Signal()
    simulation.scheduler.call_after(4, notice.notify, Work(NOBODY))

    assert simulation.wait(notice, 20) is True
    assert simulation.clock.elapsed == 4


def test_a_wait_that_nothing_can_end_is_refused(simulation: Simulation) -> None:
    with pytest.raises(LambdaEventsError, match="would never end"):
        simulation.wait(Signal(), None)


def test_an_ended_task_is_thrown_out_of_its_sleep(simulation: Simulation) -> None:
    seen: list[str] = []

    def body() -> None:
        try:
            simulation.sleep(10)
            seen.append("woke")
        finally:
            seen.append("finally")

    task = begin(simulation, body)
    simulation.tasks.end(task)
    simulation.advance(20)

    assert seen == ["finally"]
    assert task.is_finished


def test_an_ended_task_cannot_sleep_again(simulation: Simulation) -> None:
    caught: list[str] = []

    def body() -> None:
        for _ in range(10):
            try:
                simulation.sleep(10)
            except BaseException as error:
                caught.append(type(error).__name__)

    simulation.tasks.end(begin(simulation, body))

    assert caught == ["TaskEnded"] * 3


def test_the_end_of_the_environment_ends_its_tasks(simulation: Simulation) -> None:
    ended: list[str] = []

    def body() -> None:
        try:
            simulation.sleep(10)
        except TaskEnded:
            ended.append("ended")
            raise

    with simulation.opened():
        begin(simulation, body)

    assert ended == ["ended"]


def test_a_tests_own_exception_leaves_the_task_and_surfaces(simulation: Simulation) -> None:
    def body() -> None:
        simulation.sleep(1)
        raise KeyboardInterrupt

    begin(simulation, body)
    with pytest.raises(KeyboardInterrupt):
        simulation.advance(1)

    simulation.advance(1)
    assert simulation.clock.elapsed == 2


def test_a_task_may_not_move_the_clock(simulation: Simulation) -> None:
    def body() -> None:
        simulation.advance(60)

    def swallowing() -> None:
        with pytest.raises(LambdaEventsError):
            body()

    simulation.scheduler.call_after(0, lambda: start(simulation, swallowing), Work(NOBODY))
    told = r"'charge' called lambda_events.advance\(60\) in its handler, at 0 s in attempt 1"
    with pytest.raises(LambdaEventsError, match=told):
        simulation.advance(0)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "1", None, True])
def test_time_that_cannot_pass_is_refused(simulation: Simulation, seconds: float) -> None:
    with pytest.raises(LambdaEventsError, match="finite number of seconds"):
        simulation.advance(seconds)

    assert simulation.clock.elapsed == 0


def test_work_that_runs_during_an_advance_cannot_move_the_clock(simulation: Simulation) -> None:
    simulation.scheduler.call_after(1, lambda: simulation.advance(1), Work(NOBODY))

    with pytest.raises(LambdaEventsError, match="The clock is already moving"):
        simulation.advance(2)


# ------------------------------------------------------------------ threads of the test


def call_and_sleep(simulation: Simulation, seconds: float, ended: list[float]) -> Callable[[], None]:
    """What a synchronous invocation of a handler that sleeps does."""

    def call() -> None:
        done = Signal()
        simulation.wait(done, None, lambda: start(simulation, lambda: simulation.sleep(seconds), done.notify))
        ended.append(simulation.clock.elapsed)

    return call


def test_a_thread_that_was_just_started_calls_before_time_moves(simulation: Simulation) -> None:
    ended: list[float] = []
    thread = threading.Thread(target=call_and_sleep(simulation, 10, ended))

    thread.start()
    simulation.sleep(5)
    between = (list(ended), simulation.clock.elapsed)
    thread.join()

    assert between == ([], 5)
    assert ended == [10]  # type: ignore[unreachable]


def test_threads_started_before_a_join_overlap(simulation: Simulation) -> None:
    ended: list[float] = []
    threads = [threading.Thread(target=call_and_sleep(simulation, seconds, ended)) for seconds in (3, 1, 2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended) == [1, 2, 3]


def test_waiting_for_an_event_that_a_thread_sets_lets_time_pass(simulation: Simulation) -> None:
    ended: list[float] = []
    over = threading.Event()

    def call() -> None:
        call_and_sleep(simulation, 10, ended)()
        over.set()

    threading.Thread(target=call).start()
    over.wait()

    assert ended == [10]


def test_a_thread_that_sleeps_in_a_loop_moves_nothing(simulation: Simulation) -> None:
    stop: list[bool] = []
    turns: list[float] = []

    def loop() -> None:
        while not stop:
            simulation.sleep(1)
            turns.append(simulation.clock.elapsed)

    thread = threading.Thread(target=loop)
    thread.start()
    spin_for_real(0.1)
    unmoved = simulation.clock.elapsed
    simulation.sleep(2.5)
    moved = list(turns)
    stop.append(True)
    thread.join()

    assert unmoved == 0
    assert moved == [1, 2]
    assert simulation.clock.elapsed == 3


def spin_for_real(seconds: float) -> None:
    end = real_monotonic() + seconds
    while real_monotonic() < end:
        pass


def test_another_thread_may_not_advance(simulation: Simulation) -> None:
    errors: list[BaseException] = []

    def advance() -> None:
        try:
            simulation.advance(1)
        except LambdaEventsError as error:
            errors.append(error)

    thread = threading.Thread(target=advance)
    thread.start()
    thread.join()

    assert "only the thread that entered the environment can" in str(errors[0])


def test_a_result_that_the_tests_thread_never_lets_come_is_refused(simulation: Simulation) -> None:
    errors: list[BaseException] = []
    held = threading.Lock()
    held.acquire()

    def call() -> None:
        try:
            call_and_sleep(simulation, 1, [])()
        except LambdaEventsError as error:
            errors.append(error)
        held.release()

    threading.Thread(target=call).start()
    held.acquire()

    assert "does not let virtual time pass" in str(errors[0])


def test_a_sleep_in_a_handlers_thread_is_charged_to_it(simulation: Simulation) -> None:
    tasks: list[Task] = []

    def body() -> None:
        task = simulation.handler_task
        assert task is not None
        tasks.append(task)
        for seconds in (2, 3):
            thread = threading.Thread(target=simulation.sleep, args=(seconds,))
            thread.start()
            thread.join()

    begin(simulation, body)

    assert simulation.clock.elapsed == 0
    assert tasks[0].charged == 5


def test_threads_of_a_handler_that_sleep_side_by_side_cost_the_longest(simulation: Simulation) -> None:
    tasks: list[Task] = []

    def body() -> None:
        task = simulation.handler_task
        assert task is not None
        tasks.append(task)
        # Made ready together, so that none has slept before another begins.
        barrier = threading.Barrier(3)

        def sleep(seconds: float) -> None:
            barrier.wait()
            simulation.sleep(seconds)

        threads = [threading.Thread(target=sleep, args=(seconds,)) for seconds in (2, 3, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    begin(simulation, body)

    assert tasks[0].charged == 3


def test_a_handlers_thread_may_not_wait_for_a_result(simulation: Simulation) -> None:
    def body() -> None:
        thread = threading.Thread(target=lambda: swallow(lambda: simulation.wait(Signal(), 5)))
        thread.start()
        thread.join()

    simulation.scheduler.call_after(0, lambda: start(simulation, body), Work(NOBODY))
    with pytest.raises(NotSimulatedError, match="Make the call in the handler's own thread"):
        simulation.advance(0)


def swallow(call: Callable[[], object]) -> None:
    with suppress(LambdaEventsError):
        call()


def test_after_the_environment_nothing_of_threads_is_patched(simulation: Simulation) -> None:
    before = (threading.Thread.start, threading.Thread.join, threading.Condition.wait)
    with simulation.opened():
        pass

    assert (threading.Thread.start, threading.Thread.join, threading.Condition.wait) == before
