"""Simulated threads: tasks of one process that take turns, instead of threads of Python that run at any time.

A library whose threads are simulated runs in the thread of the environment. Its work happens in the same order in every run,
waits take virtual time, and a sleep suspends only the simulated thread that sleeps.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import NoReturn

from ..errors import NotSimulatedError, hides_frames
from ..journal.pending import Resumption
from .simulation import Simulation
from .tasks import Task, current_task
from .wait_signal import Signal

__tracebackhide__ = hides_frames


class Cooperation:
    """Starts simulated threads, and lets them wait for each other.

    `refusal` is the text of the error for a real thread of a handler that uses an object of simulated threads.
    """

    def __init__(self, simulation: Simulation, refusal: str) -> None:
        self.simulation = simulation
        self._refusal = refusal
        # The signals for which tasks wait that look again after a while.
        self._looking: dict[Task, Signal] = {}

    def concerns_caller(self) -> bool:
        """Returns whether the caller is a handler or one of its simulated threads. Raises `NotSimulatedError` in a real
        thread of a handler.

        If real threads of the caller have slept, this time passes first.
        """
        task = current_task()
        if task is None and self.simulation.in_handler:
            self.refuse()
        if task is not None and task.charged:
            self.settle()
        return task is not None

    def refuse(self) -> NoReturn:
        """Raises `NotSimulatedError`, which also fails the test."""
        raise self.simulation.record_misuse(self._refusal, NotSimulatedError)

    def start(self, body: Callable[[], None]) -> None:
        """Starts a simulated thread of the process that calls it. It begins at the same time, when its caller waits."""
        simulation, main = self.simulation, self._live_task().main
        thread = Task(body, main.state, main.subject, _nothing, main=main, context=contextvars.Context())

        def begin() -> None:
            if thread.dead:
                thread.has_ended()
            else:
                simulation.tasks.start(thread)

        with simulation.lock.held():
            simulation.scheduler.call_at(simulation.clock.microseconds, begin, Resumption(main.subject))

    def wait(self, signal: Signal, seconds: float | None) -> bool:
        """Suspends the simulated thread that calls it. Returns whether the signal came before the seconds had passed."""
        task = self._live_task()
        self.settle()
        if seconds is None:
            for other in [other for other in self._looking if other.main is task.main]:
                self.looks_again(other)
            return self.simulation.task_waits.wait(task, signal, None)
        return self._wait_looking(task, signal, seconds)

    def wait_for_others(self, signal: Signal) -> bool:
        """Suspends the simulated thread until all other work of this time has run. Returns whether the signal came first."""
        task = self._live_task()
        self.settle()
        if not self.simulation.scheduler.is_work_due:
            return False
        return self.simulation.task_waits.wait_for_others(task, signal)

    def wait_and_look(self, signal: Signal) -> None:
        """Suspends the simulated thread until the signal comes, or until it should look whether something has changed.

        That is when another thread of the process begins a wait without a timeout, and when `looks_again` is called.
        """
        task = self._live_task()
        self.settle()
        self._wait_looking(task, signal, None)

    def _wait_looking(self, task: Task, signal: Signal, seconds: float | None) -> bool:
        self._looking[task] = signal
        try:
            return self.simulation.task_waits.wait(task, signal, seconds)
        finally:
            del self._looking[task]

    def notify(self, signal: Signal) -> None:
        """Wakes all that wait for the signal."""
        if signal.is_awaited:
            with self.simulation.lock.held():
                signal.notify()

    def looks_again(self, task: Task) -> None:
        """Ends a wait with a timeout early, because the task has looked at something that has changed."""
        signal = self._looking.get(task)
        if signal is not None:
            self.notify(signal)

    def settle(self) -> None:
        """Lets the time pass for which real threads of the caller have slept."""
        task = self._task()
        if not task.charged:
            return
        seconds = task.charged
        self.simulation.task_waits.wait(task, None, seconds)
        task.charged = 0.0
        for record in self.simulation.threads.alive():
            if record.task is task:
                record.charged = max(0.0, record.charged - seconds)

    def _live_task(self) -> Task:
        task = self._task()
        self.simulation.tasks.raise_if_ended()
        return task

    def _task(self) -> Task:
        task = current_task()
        if task is None:
            self.refuse()
        return task


def _nothing() -> None:
    """Is called when a simulated thread has ended."""
