"""Waits for a signal or for virtual time, in each of the four places that can wait."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from ..errors import LambdaEventsError, NotSimulatedError, hides_frames
from ..journal.entry import NOBODY, Subject
from ..journal.pending import Resumption, ThreadRequest
from .clock import microseconds_of, seconds_between
from .scheduler import AFTER_OTHERS, Timer
from .tasks import Task, TaskEnded, current_task
from .threads import STANDSTILL_SECONDS, SimulationThread, real_monotonic, real_sleep
from .time_control import TimeControl
from .wait_signal import Signal

__tracebackhide__ = hides_frames

OWNER_STUCK_SECONDS = 0.5
MOST_LATE_WAITS = 1000
"""How often a thread of a handler may wait after the timeout of its invocation before it is ended."""
RESUMES = -1
"""If both are due at the same time, work that resumes (and may end and free resources) comes before new work (CON-50)."""

First = Callable[[], None]
"""Runs before the wait. It may itself cause the signal."""


class TaskWaits:
    """Suspends the task of a handler until its wait is over."""

    def __init__(self, control: TimeControl) -> None:
        self._control = control
        self._alone: Task | None = None
        """The task, if the current piece of work only resumes this task."""

    def wait(self, task: Task, signal: Signal | None, seconds: float | None, first: First | None = None) -> bool:
        """Suspends the running task. Returns whether the signal came before the seconds had passed."""
        return self._wait(task, signal, lambda wait: _timer(self._control, seconds, wait.expire, task.subject), first)

    def wait_for_others(self, task: Task, signal: Signal | None, microseconds: int = 0) -> bool:
        """Suspends the running task until all other work of this instant, or of a later one, has run.

        Returns whether the signal came before that.
        """
        scheduler = self._control.scheduler
        due = self._control.clock.microseconds + microseconds
        return self._wait(
            task, signal, lambda wait: scheduler.call_at(due, wait.expire, Resumption(task.subject), rank=AFTER_OTHERS)
        )

    def _wait(
        self, task: Task, signal: Signal | None, timer_of: Callable[[_TaskWait], Timer | None], first: First | None = None
    ) -> bool:
        control = self._control
        wait = _TaskWait(control, task, self._resume)
        with control.lock.held():
            if signal is not None:
                signal.add(wait.wake)
            task.timer = timer = timer_of(wait)
        try:
            with control.lock.put_down():
                control.tasks.suspend(None if first is None else lambda: wait.begins_with(first))
                _interrupted(task)
                while not wait.answers:
                    control.tasks.suspend()
                    _interrupted(task)
        finally:
            if timer is not None:
                timer.cancel()
            if signal is not None:
                signal.discard(wait.wake)
        return wait.answers[0]

    def interrupt(self, task: Task, action: Callable[[], None]) -> None:
        """Runs `action` in a suspended task, which then continues to wait, as a signal interrupts a process."""
        task.interruptions.append(action)
        self._resume(task)

    def let_pass(self, task: Task, microseconds: int) -> None:
        """Suspends the running task without a journal entry: a step of a loop that reads the clock."""
        self.wait(task, None, seconds_between(0, microseconds), None)

    def move_time(self, task: Task, microseconds: int) -> bool:
        """Moves time without suspending the running task, if this gives the same result. Returns whether it did.

        It does if the current piece of work only resumed this task, nothing else is due until then, the code that moves time
        would move it that far, and no other thread might still do something before.
        """
        control = self._control
        due = control.clock.microseconds + microseconds
        with control.lock.held():
            following = control.scheduler.next_due
            is_free = following is None or due < following
            is_bound = control.bound is not None and due > control.bound
            if self._alone is not task or not is_free or is_bound or control.threads.alive():
                return False
            control.clock.move_to(due)
            return True

    def _resume(self, task: Task) -> None:
        """Resumes a task in a piece of work that does nothing else."""
        self._alone = task
        try:
            self._control.tasks.resume(task)
        finally:
            self._alone = None


class _TaskWait:
    """One wait of a task, and the answer that ends it."""

    def __init__(self, control: TimeControl, task: Task, resume: Callable[[Task], None]) -> None:
        self.answers: list[bool] = []
        self._control = control
        self._task = task
        self._resume = resume
        self._on_hub = False

    def wake(self) -> None:
        """Ends the wait because the signal came. The task is resumed in separate work."""
        if self.answers:
            return
        self.answers.append(True)
        if not self._on_hub:
            control, task, resume = self._control, self._task, self._resume
            control.scheduler.call_at(control.clock.microseconds, lambda: resume(task), Resumption(task.subject))

    def expire(self) -> None:
        """Ends the wait because its time is over."""
        if not self.answers:
            self.answers.append(False)
            self._resume(self._task)

    def begins_with(self, first: First) -> bool:
        """Runs `first` where tasks are resumed. Returns whether it has already ended the wait."""
        self._on_hub = True
        with self._control.lock.held():
            first()
        self._on_hub = False
        return bool(self.answers)


def _interrupted(task: Task) -> None:
    while task.interruptions:
        task.interruptions.pop(0)()


class OwnerWaits:
    """Waits in the test's own thread: it moves the clock."""

    def __init__(self, control: TimeControl) -> None:
        self._control = control
        self.is_parked = False
        """Whether the test's thread blocks on other threads and lets time pass for them."""

    def wait(self, signal: Signal | None, seconds: float | None, first: First | None) -> bool:
        """Runs due work until the signal comes or the seconds have passed. Returns whether the signal came."""
        control = self._control
        heard: list[bool] = []

        def wake() -> None:
            heard.append(True)

        if signal is not None:
            signal.add(wake)
        try:
            until = None if seconds is None else control.clock.microseconds + _at_least_a_microsecond(seconds)
            if first is not None:
                with control.moving(), control.lock.held():
                    first()
                control.raise_offence()
            if not heard:
                with control.lock.put_down():
                    control.drive(until, lambda: bool(heard), heard)
            while until is None and not heard:
                self._wait_for_threads()
                control.drive(None, lambda: bool(heard), heard)
        finally:
            if signal is not None:
                signal.discard(wake)
        return bool(heard)

    def _wait_for_threads(self) -> None:
        """Gives other threads real time: nothing is due, so only they can end the wait."""
        if not [known for known in self._control.threads.alive() if not known.waiting]:
            raise LambdaEventsError(
                f"This wait would never end: no work is scheduled after {self._control.clock.elapsed:g} s. Send what it waits "
                "for first, or give it a timeout."
            )
        real_sleep(STANDSTILL_SECONDS)

    def park(self, is_over: Callable[[], bool]) -> bool:
        """Lets time pass for threads that wait here, while the test's thread blocks on them. Returns whether work ran."""
        control = self._control
        if not control.is_open or control.is_driving or current_task() is not None:
            return False
        self.is_parked = True
        try:
            control.threads.settle()
            if is_over() or not [known for known in control.threads.alive() if known.waiting]:
                return False
            return control.run_next() is not None
        finally:
            self.is_parked = False


class ThreadWaits:
    """Waits in another thread of the test: it blocks for real until the test's own thread has let time pass."""

    def __init__(self, control: TimeControl, owner: OwnerWaits) -> None:
        self._control = control
        self._owner = owner

    def wait(self, record: SimulationThread | None, signal: Signal | None, seconds: float | None, first: First | None) -> bool:
        """Blocks the thread. Returns whether the signal came before the seconds had passed."""
        control = self._control
        answered = threading.Event()
        answers: list[bool] = []

        def answer(value: bool) -> None:
            if not answers:
                answers.append(value)
                if record is not None:
                    # In the same turn, because otherwise time could move before this thread is seen to continue.
                    record.waiting, record.position = False, (0, 0)
                answered.set()

        def wake() -> None:
            answer(True)

        with control.lock.held():
            if signal is not None:
                signal.add(wake)
            timer = _timer(control, seconds, lambda: answer(False), Subject())
            if first is not None:
                control.scheduler.call_at(control.clock.microseconds, first, ThreadRequest(NOBODY))
            if record is not None:
                record.waiting = True
        try:
            with control.lock.put_down():
                self._block(answered, gives_up=first is not None)
        finally:
            with control.lock.held():
                if record is not None:
                    record.waiting = False
                if timer is not None:
                    timer.cancel()
                if signal is not None:
                    signal.discard(wake)
        return answers[0]

    def _block(self, answered: threading.Event, *, gives_up: bool) -> None:
        """Blocks this thread in real time until it is answered. The owner of the simulated AWS must let time pass
        meanwhile.
        """
        control = self._control
        watched = SimulationThread(control.threads.owner, None)
        stuck_since = real_monotonic()
        while not answered.wait(STANDSTILL_SECONDS):
            if not control.is_open:
                raise TaskEnded
            now = real_monotonic()
            is_moving = control.is_driving or self._owner.is_parked
            if is_moving or not watched.stands_still(now, sys._current_frames()):
                stuck_since = now
            if gives_up and now - stuck_since > OWNER_STUCK_SECONDS:
                frame = sys._current_frames()[control.threads.owner.ident or 0]
                raise LambdaEventsError(
                    "This thread waits for a result, but the test's own thread does not let virtual time pass: it is at "
                    f"{frame.f_code.co_filename}:{frame.f_lineno}. Join this thread there, or call time.sleep."
                )


class HandlerThreadWaits:
    """Waits in a thread that a handler started. It does not block: the time is charged to its handler."""

    def __init__(self, control: TimeControl) -> None:
        self._control = control

    def wait(self, record: SimulationThread, task: Task, signal: Signal | None, seconds: float | None) -> bool:
        """Charges the handler with `seconds`. Returns False, and raises `NotSimulatedError` for a wait for a signal."""
        if signal is not None or seconds is None:
            raise self._control.record_misuse(
                "A thread that a handler started called AWS with a call that waits (a synchronous invoke or a long poll). "
                "Waiting in such a thread is not simulated. Make the call in the handler's own thread.", NotSimulatedError,
            )  # fmt: skip
        self.charge(record, task, seconds)
        return False

    def charge(self, record: SimulationThread, task: Task, seconds: float) -> None:
        """Adds `seconds` to the thread's time, so that the invocation ends that much later.

        Raises `TaskEnded` if the thread waits again and again after the invocation's timeout. It is not ended at the timeout:
        its handler may still wait for it, and nothing else could continue the handler.
        """
        record.charged += seconds
        task.charged = max(task.charged, record.charged)
        now = self._control.clock.microseconds
        if task.deadline is not None and now + microseconds_of(record.charged) >= task.deadline:
            record.late_waits += 1
            if record.late_waits > MOST_LATE_WAITS:
                raise TaskEnded


def _timer(control: TimeControl, seconds: float | None, action: Callable[[], None], subject: Subject) -> Timer | None:
    if seconds is None:
        return None
    return control.scheduler.call_at(
        control.clock.microseconds + _at_least_a_microsecond(seconds), action, Resumption(subject),
        background=subject.function_name is None, rank=RESUMES,
    )  # fmt: skip


def _at_least_a_microsecond(seconds: float) -> int:
    """Returns at least one microsecond for a wait that is not zero, so that a loop of tiny waits ends."""
    microseconds = microseconds_of(seconds)
    return 1 if microseconds == 0 and seconds > 0 else microseconds
