"""Moves the virtual time of one environment and runs the work that is due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from ..arguments import is_number, shown
from ..errors import LambdaEventsError, hides_frames
from ..journal.journal import Journal
from .choices import Chooser
from .clock import VirtualClock, microseconds_of
from .garbage import rare_full_collections
from .identifiers import Identifiers
from .instants import checked
from .scheduler import Scheduler, Timer
from .simulation_lock import SimulationLock
from .tasks import Task, TaskEnded, Tasks, current_task
from .threads import SimulationThreads

__tracebackhide__ = hides_frames

NOWHERE = -1
"""The value of `bound` if a handler may not move the time."""


class TimeControl:
    """Runs due work and moves the clock. Only the thread that created it can do so, and never inside a handler.

    It also stores the mistakes that a test made inside a handler, because the handler may catch their errors.
    """

    def __init__(
        self, clock: VirtualClock, identifiers: Identifiers, chooser: Chooser, journal: Journal, *, instant_limit: int
    ) -> None:
        self.clock = clock
        self.identifiers = identifiers
        self.chooser = chooser
        self.journal = journal
        self.scheduler = Scheduler(clock, chooser, instant_limit=instant_limit)
        self.lock = SimulationLock()
        self.tasks = Tasks(self.lock)
        self.tasks.record_misuse = self._record_misuse
        self.threads = SimulationThreads()
        self.check_clock: Callable[[], None] = lambda: None
        self.before_work: Callable[[], None] = lambda: None
        """Is called before each piece of work."""
        self.is_open = True
        self.is_driving = False
        self.bound: int | None = NOWHERE
        """A handler that reads the clock may move it up to this time. None means without a limit."""
        self._offences: list[BaseException] = []

    def advance(self, time: float | timedelta) -> None:
        """Moves the clock by `time` (seconds or a timedelta). Work that is due until then, and exactly then, runs in order."""
        seconds = time.total_seconds() if isinstance(time, timedelta) else time
        if not is_number(seconds) or seconds < 0:
            raise LambdaEventsError(
                f"advance({shown(time)}): the time is not a finite number of seconds, 0 or more. Pass such a number, or a "
                "timedelta."
            )
        self._refuse_in_handler(f"advance({shown(time)})", f"time.sleep({seconds:g}) lets {seconds:g} virtual seconds pass")
        self.drive(checked(self.clock, f"advance({shown(time)})", self.clock.microseconds + microseconds_of(time)))

    def run_until(self, due: int) -> None:
        """Runs work up to and including `due`, in microseconds since the start."""
        self._refuse_in_handler("run(until=...)", "time.sleep lets virtual time pass")
        self.drive(due)

    def run_while(self, wanted: Callable[[Timer | None], bool], *, bound: int = NOWHERE) -> None:
        """Runs due work piece by piece, while `wanted` returns True for the piece that would run next.

        Up to `bound` the result of `wanted` does not depend on the time.
        """
        self._refuse_in_handler("run_until_idle()", "time.sleep lets virtual time pass")
        self.drive(None, lambda: not wanted(self.scheduler.peek()), bound=bound)

    def step(self) -> Timer | None:
        """Runs the next work item and returns it. Returns None if there is none."""
        self._refuse_in_handler("step()", "time.sleep lets virtual time pass")
        return self.run_next()

    def drive(
        self,
        until: int | None,
        is_over: Callable[[], bool] | None = None,
        heard: Sequence[object] = (),
        *,
        bound: int | None = None,
    ) -> bool:
        """Runs due work until `is_over` (True), or until nothing is left up to `until`, which is then the time (False).

        Requests that another thread puts into `heard` before it comes to rest are processed before time moves. Up to `bound`,
        by default `until`, a handler that reads the clock may move it if nothing else is due.
        """
        with self.moving():
            self.bound = until if bound is None else bound
            while is_over is None or not is_over():
                if self._is_heard_at_rest(heard):
                    continue
                if self._run_due(until) is None:
                    break
            else:
                return True
            if until is not None:
                with self.lock.held():
                    self.clock.move_to(max(until, self.clock.microseconds))
            return is_over is not None and is_over()

    def run_next(self) -> Timer | None:
        """Runs the next work item, if there is one, and returns it."""
        with self.moving():
            self._is_heard_at_rest()
            return self._run_due(None)

    @contextmanager
    def moving(self) -> Iterator[None]:
        self._check_driver()
        self.is_driving = True
        try:
            with rare_full_collections():
                yield
        finally:
            self.is_driving = False
            self.bound = NOWHERE

    def _is_heard_at_rest(self, heard: Sequence[object] = ()) -> bool:
        """Prepares for the next work item. Before time moves, all threads come to rest.

        Returns whether one of them then has put something into `heard`.
        """
        self.check_clock()
        self.before_work()
        following = self.scheduler.peek()
        if following is not None and following.due == self.clock.microseconds:
            return False
        if self.threads.known:
            self.threads.settle()
        return bool(heard)

    def _run_due(self, until: int | None) -> Timer | None:
        """Runs the next work item up to `until`, and raises what it did wrong. Returns it, None if there is none."""
        with self.lock.held():
            ran = self.scheduler.run_next(until)
        self.raise_offence()
        return ran

    def check_open(self) -> None:
        """Raises `LambdaEventsError` if the environment is closed."""
        if not self.is_open:
            raise LambdaEventsError(
                "This LambdaEvents is closed, and its handles do not work any more. Create new ones in an open environment."
            )

    def _check_driver(self) -> None:
        self.check_open()
        if not self.threads.is_owner:
            raise LambdaEventsError(
                f"Thread {threading.current_thread().name!r} cannot move the clock: only the thread that entered the "
                "environment can. In other threads invoke, sleep or call AWS."
            )
        if self.is_driving:
            raise LambdaEventsError(
                "The clock is already moving, and code that runs meanwhile (a hook, condition or predicate) must not move it. "
                "Move the clock after this call has returned."
            )

    def _refuse_in_handler(self, call: str, instead: str) -> None:
        task = current_task()
        record = self.threads.here()
        task = task or (record.task if record is not None else None)
        if task is not None:
            subject = task.subject
            raise self.record_misuse(
                f"{subject.function_name!r} called lambda_events.{call} in its handler, at {self.clock.elapsed:g} s in "
                f"attempt {subject.attempt}. Only the test moves the clock: in a handler {instead}."
            )

    @property
    def in_handler(self) -> bool:
        """Returns whether the caller is a handler, or a thread that a handler started."""
        return self.handler_task is not None

    @property
    def handler_task(self) -> Task | None:
        """Returns the task of the handler that is running, also in one of its threads."""
        record = self.threads.here()
        task = current_task() if record is None else record.task
        return None if task is None else task.main

    def in_simulation_thread(self) -> bool:
        """Returns whether this thread entered the simulated AWS or was started in it."""
        return self.threads.is_owner or self.threads.here() is not None

    def raise_if_ended(self) -> None:
        """Raises `TaskEnded` if the caller is a handler whose invocation has ended.

        Raises `LambdaEventsError` if another clock is active.
        """
        self.checked_task()

    def checked_task(self) -> Task | None:
        """Returns the task of the handler that is running, as `handler_task`. Raises errors like `raise_if_ended`."""
        record = self.threads.here()
        if record is None:
            task = current_task()
            if task is not None and task.dead:
                self.tasks.raise_if_ended()
        else:
            task = record.task
            if not self.is_open or (task is not None and task.dead):
                raise TaskEnded
        self.check_clock()
        return task

    def locked(self) -> AbstractContextManager[None]:
        """Locks simulation and backends for a moment. Raises `LambdaEventsError` if another clock is active."""
        self.check_clock()
        return self.lock.held()

    def record_misuse(self, message: str, kind: type[LambdaEventsError] = LambdaEventsError) -> LambdaEventsError:
        """Returns an error for a mistake of the test inside a handler. The error also fails the test."""
        error = kind(message)
        if self.in_handler:
            self._offences.append(error)
        return error

    def _record_misuse(self, error: LambdaEventsError) -> None:
        """Stores an error that a handle raised in a handler, once."""
        if not any(kept is error for kept in self._offences):
            self._offences.append(error)

    def surface(self, error: BaseException) -> None:
        """Raises `error` in the test, after the work that is running."""
        self._offences.append(error)

    def raise_offence(self) -> None:
        """Raises the first mistake that a handler may have caught, or the error passed to `surface`."""
        if self._offences:
            offence, self._offences = self._offences[0], []
            raise offence

    def drop_offences(self) -> list[BaseException]:
        """Returns the errors that were not raised yet, and forgets them."""
        left, self._offences = self._offences, []
        return left
