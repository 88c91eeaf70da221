"""One virtual simulated AWS's time: who waits where, and what moves the clock."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from ..arguments import is_number, shown
from ..errors import LambdaEventsError, NotSimulatedError, ends_the_run, hides_frames
from .choices import Chooser
from .clock import MICROSECONDS, VirtualClock, microseconds_of
from .identifiers import Identifiers
from .instants import checked
from .journal import Journal, Subject
from .polling import Polling
from .pools import pools_watched
from .scheduler import Scheduler, Timer
from .simulation_lock import SimulationLock
from .tasks import Task, TaskEnded, Tasks, TaskState, current_task
from .threads import STANDSTILL_SECONDS, SimulationThread, SimulationThreads, real_monotonic, real_sleep

__tracebackhide__ = hides_frames

OWNER_STUCK_SECONDS = 0.5
MOST_LATE_WAITS = 1000
"""How often a thread of a handler may wait after the timeout of its invocation before it is ended."""
NOWHERE = -1
"""The bound of time where a handler may not move it."""
RESUMES = -1
"""At one instant, what goes on (and may end, and free what it holds) comes before what begins (CON-50)."""


class Signal:
    """Something that tasks and threads wait for. `notify()` wakes all that wait at that moment."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[Callable[[], None]] = []

    def notify(self) -> None:
        """Wake all that wait."""
        waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    def add(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, at the next `notify`."""
        self._waiters.append(wake)

    def discard(self, wake: Callable[[], None]) -> None:
        """Do not call `wake` after all."""
        if wake in self._waiters:
            self._waiters.remove(wake)


class Simulation:
    """Time, tasks and threads of one simulated AWS.

    The thread that made it owns it: tasks run there. Time moves when the owner calls `advance`, `run_until_idle`,
    `run` or `step`, sleeps, or blocks on a thread that itself waits for the simulation; it never moves by itself.
    """

    def __init__(
        self,
        clock: VirtualClock,
        identifiers: Identifiers,
        chooser: Chooser,
        journal: Journal,
        *,
        instant_limit: int = 1_000_000,
        reads_limit: int = 0,
    ) -> None:
        self.clock = clock
        self.identifiers = identifiers
        self.chooser = chooser
        self.journal = journal
        self.scheduler = Scheduler(clock, self.journal, chooser, instant_limit=instant_limit)
        self.lock = SimulationLock()
        self.tasks = Tasks(self.lock.put_down)
        self.tasks.record_misuse = self._record_misuse
        self.threads = SimulationThreads()
        self.polling = Polling(self, reads_limit)
        self.check_clock: Callable[[], None] = lambda: None
        self.before_work: Callable[[], None] = lambda: None
        """Called before each piece of work."""
        self.is_open = True
        self._driving = False
        self._alone: Task | None = None
        self._bound: int | None = NOWHERE
        self._offences: list[Exception] = []

    # ------------------------------------------------------------------ moving time

    def advance(self, time: float | timedelta) -> None:
        """Move `time` (seconds or a timedelta) ahead; what is due up to and including then runs, in order."""
        seconds = time.total_seconds() if isinstance(time, timedelta) else time
        if not is_number(seconds) or seconds < 0:
            raise LambdaEventsError(
                f"advance({shown(time)}): the time is not a finite number of seconds, 0 or more. Pass such a number, or a "
                "timedelta."
            )
        self._refuse_in_handler(f"advance({shown(time)})", f"time.sleep({seconds:g}) lets {seconds:g} virtual seconds pass")
        self._drive(checked(self.clock, f"advance({shown(time)})", self.clock.microseconds + microseconds_of(time)))

    def run_until(self, due: int) -> None:
        """Run up to and including the instant `due`, microseconds since the start."""
        self._refuse_in_handler("run(until=...)", "time.sleep lets virtual time pass")
        self._drive(due)

    def run_while(self, wanted: Callable[[Timer | None], bool], *, bound: int = NOWHERE) -> None:
        """Run one piece of due work after the other, as long as `wanted` says so. It is given what would run next.

        Up to `bound` the answer of `wanted` does not depend on the time.
        """
        self._refuse_in_handler("run_until_idle()", "time.sleep lets virtual time pass")
        self._drive(None, lambda: not wanted(self.scheduler.peek()), bound=bound)

    def step(self) -> bool:
        """Run the next piece of due work. False if there is none."""
        self._refuse_in_handler("step()", "time.sleep lets virtual time pass")
        return self._step()

    def _drive(
        self,
        until: int | None,
        is_over: Callable[[], bool] | None = None,
        heard: Sequence[object] = (),
        *,
        bound: int | None = None,
    ) -> bool:
        """Run due work until `is_over` (True), or until nothing is left up to `until`, which is then the time (False).

        What another thread puts into `heard` before it comes to rest is heard before time moves. Up to `bound`, by default
        `until`, a handler that reads the clock may move it where nothing else is due.
        """
        with self._moving():
            self._bound = until if bound is None else bound
            while is_over is None or not is_over():
                if not self._turn(until, heard):
                    break
            else:
                return True
            if until is not None:
                with self.lock.held():
                    self.clock.move_to(max(until, self.clock.microseconds))
            return is_over is not None and is_over()

    def _step(self) -> bool:
        """Run the next piece of due work, if there is one."""
        with self._moving():
            return self._turn(None)

    @contextmanager
    def _moving(self) -> Iterator[None]:
        self._check_driver()
        self._driving = True
        try:
            yield
        finally:
            self._driving = False
            self._bound = NOWHERE

    def _turn(self, until: int | None, heard: Sequence[object] = ()) -> bool:
        """One piece of due work, after all threads came to rest. False if there is none up to `until`."""
        self.check_clock()
        self.before_work()
        due = self.scheduler.next_due
        if due != self.clock.microseconds:
            self.threads.settle()
            if heard:
                return True
        with self.lock.held():
            ran = self.scheduler.run_next(until)
        self.raise_offence()
        return ran is not None

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
        if self._driving:
            raise LambdaEventsError(
                "The clock is already moving: what runs meanwhile (a hook, a condition, a predicate) cannot move it again. "
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

    # ------------------------------------------------------------------ waiting

    @property
    def in_handler(self) -> bool:
        """Whether the caller is a handler, or a thread that a handler started."""
        return self.handler_task is not None

    @property
    def handler_task(self) -> Task | None:
        """The task of the handler that is running, also from one of its threads."""
        record = self.threads.here()
        return current_task() if record is None else record.task

    def in_simulation_thread(self) -> bool:
        """Whether this thread entered the simulated AWS or was started in it."""
        return self.threads.is_owner or self.threads.here() is not None

    def raise_if_ended(self) -> None:
        """Raise `TaskEnded` where the caller is a handler whose invocation has ended.

        Raises `LambdaEventsError` if another clock is active.
        """
        record = self.threads.here()
        if record is None:
            self.tasks.raise_if_ended()
        elif not self.is_open or (record.task is not None and record.task.dead):
            raise TaskEnded
        self.check_clock()

    def locked(self) -> AbstractContextManager[None]:
        """Have simulation and backends for oneself for a moment. Raises `LambdaEventsError` if another clock is active."""
        self.check_clock()
        return self.lock.held()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass, as the caller's place has it.

        The test's own thread advances the clock. A handler is suspended. Another thread of the test waits until others
        move time. In a thread that a handler started it returns at once, and the handler is charged with it.
        """
        self.wait(None, seconds)

    def wait(self, signal: Signal | None, seconds: float | None, first: Callable[[], None] | None = None) -> bool:
        """Wait for `signal` (True) or until `seconds` of virtual time have passed (False); `first` is run before.

        `first` may itself cause the signal. Other work that is due meanwhile runs.
        """
        self.raise_if_ended()
        if seconds == 0:
            self.polling.gave_way()
        if seconds is not None:
            checked(self.clock, f"A wait of {seconds:g} s", self.clock.microseconds + microseconds_of(seconds))
        record = self.threads.here()
        if record is not None and record.task is not None:
            return self._wait_in_handlers_thread(record, record.task, signal, seconds)
        if record is not None or not self.threads.is_owner:
            return self._wait_in_thread(record, signal, seconds, first)
        task = current_task()
        if task is not None:
            with self.lock.held():
                self.journal.write("suspended", task.subject, seconds=seconds)
            return self._wait_in_task(task, signal, seconds, first)
        return self._wait_in_test(signal, seconds, first)

    def _wait_in_task(
        self, task: Task, signal: Signal | None, seconds: float | None, first: Callable[[], None] | None
    ) -> bool:
        answers: list[bool] = []
        on_hub = False

        def answer(value: bool) -> None:
            if answers:
                return
            answers.append(value)
            if not on_hub:
                self.scheduler.call_at(self.clock.microseconds, lambda: self._resume(task), "resumed", task.subject)

        def expire() -> None:
            if not answers:
                answers.append(False)
                self._resume(task)

        def wake() -> None:
            answer(True)

        def request() -> bool:
            nonlocal on_hub
            assert first is not None
            on_hub = True
            with self.lock.held():
                first()
            on_hub = False
            return bool(answers)

        with self.lock.held():
            if signal is not None:
                signal.add(wake)
            timer = self._timer(seconds, expire, task.subject)
        try:
            with self.lock.put_down():
                self.tasks.suspend(request if first is not None else None)
                self._interrupted(task)
                while not answers:
                    self.tasks.suspend()
                    self._interrupted(task)
        finally:
            if timer is not None:
                timer.cancel()
            if signal is not None:
                signal.discard(wake)
        return answers[0]

    def interrupt(self, task: Task, action: Callable[[], None]) -> None:
        """Run `action` in a suspended task, which then goes on waiting, as a signal interrupts a process."""
        task.interruptions.append(action)
        self._resume(task)

    def _interrupted(self, task: Task) -> None:
        while task.interruptions:
            task.interruptions.pop(0)()

    def _wait_in_test(self, signal: Signal | None, seconds: float | None, first: Callable[[], None] | None) -> bool:
        heard: list[bool] = []

        def wake() -> None:
            heard.append(True)

        if signal is not None:
            signal.add(wake)
        try:
            until = None if seconds is None else self.clock.microseconds + _at_least_a_microsecond(seconds)
            if first is not None:
                with self._moving(), self.lock.held():
                    first()
                self.raise_offence()
            if not heard:
                with self.lock.put_down():
                    self._drive(until, lambda: bool(heard), heard)
            while until is None and not heard:
                self._wait_for_threads()
                self._drive(None, lambda: bool(heard), heard)
        finally:
            if signal is not None:
                signal.discard(wake)
        return bool(heard)

    def _wait_for_threads(self) -> None:
        """Nothing is due, so only another thread can help: give it real time."""
        if not [known for known in self.threads.alive() if not known.waiting]:
            raise LambdaEventsError(
                f"Nothing is due after {self.clock.elapsed:g} s that could end this wait: it would never end."
            )
        real_sleep(STANDSTILL_SECONDS)

    def _wait_in_thread(
        self, record: SimulationThread | None, signal: Signal | None, seconds: float | None, first: Callable[[], None] | None
    ) -> bool:
        answered = threading.Event()
        answers: list[bool] = []

        def answer(value: bool) -> None:
            if not answers:
                answers.append(value)
                if record is not None:
                    # In the same turn: else time could move on before this thread has been seen to go on.
                    record.waiting, record.position = False, (0, 0)
                answered.set()

        def wake() -> None:
            answer(True)

        with self.lock.held():
            if signal is not None:
                signal.add(wake)
            timer = self._timer(seconds, lambda: answer(False), Subject())
            if first is not None:
                self.scheduler.call_at(self.clock.microseconds, first, "requested")
            if record is not None:
                record.waiting = True
        try:
            with self.lock.put_down():
                self._block(answered, gives_up=first is not None)
        finally:
            with self.lock.held():
                if record is not None:
                    record.waiting = False
                if timer is not None:
                    timer.cancel()
                if signal is not None:
                    signal.discard(wake)
        return answers[0]

    def _block(self, answered: threading.Event, *, gives_up: bool) -> None:
        """Block this thread for real until it is answered; the owner of the simulated AWS has to let time pass meanwhile."""
        watched = SimulationThread(self.threads.owner, None)
        stuck_since = real_monotonic()
        while not answered.wait(STANDSTILL_SECONDS):
            if not self.is_open:
                raise TaskEnded
            now = real_monotonic()
            if self._driving or self._parked or not watched.stands_still(now, sys._current_frames()):
                stuck_since = now
            if gives_up and now - stuck_since > OWNER_STUCK_SECONDS:
                frame = sys._current_frames()[self.threads.owner.ident or 0]
                raise LambdaEventsError(
                    f"This thread waits for a result, and the test's own thread stands in {frame.f_code.co_filename}:"
                    f"{frame.f_lineno} and lets no time pass. Join this thread there, or sleep."
                )

    _parked = False

    def park(self, is_over: Callable[[], bool]) -> bool:
        """The owner blocks on other threads: once they rest, let time pass for those that wait here. Did it do anything?"""
        if not self.is_open or self._driving or current_task() is not None:
            return False
        self._parked = True
        try:
            self.threads.settle()
            if is_over() or not [known for known in self.threads.alive() if known.waiting]:
                return False
            return self._step()
        finally:
            self._parked = False

    def _wait_in_handlers_thread(
        self, record: SimulationThread, task: Task, signal: Signal | None, seconds: float | None
    ) -> bool:
        if signal is not None or seconds is None:
            raise self.record_misuse(
                "A thread that a handler started called AWS and would have to wait there (a synchronous invoke or a long "
                "poll). That is not simulated: only the handler's own thread can wait.", NotSimulatedError,
            )  # fmt: skip
        self.charge(record, task, seconds)
        return False

    def charge(self, record: SimulationThread, task: Task, seconds: float) -> None:
        """A thread of a handler has waited for `seconds`: its time is ahead by that, and the invocation ends that much later.

        Raises `TaskEnded` if it waits again and again after the invocation's timeout. It is not ended at the timeout: its
        handler may wait for what it would still do, and nobody else could let the handler go on.
        """
        record.charged += seconds
        task.charged = max(task.charged, record.charged)
        if task.deadline is not None and self.clock.microseconds + microseconds_of(record.charged) >= task.deadline:
            record.late_waits += 1
            if record.late_waits > MOST_LATE_WAITS:
                raise TaskEnded

    def _timer(self, seconds: float | None, action: Callable[[], None], subject: Subject) -> Timer | None:
        if seconds is None:
            return None
        return self.scheduler.call_at(
            self.clock.microseconds + _at_least_a_microsecond(seconds), action, "resumed", subject,
            background=subject.function_name is None, rank=RESUMES,
        )  # fmt: skip

    # ------------------------------------------------------------------ time that a handler's readings take

    def pass_in_task(self, task: Task, microseconds: int) -> None:
        """Suspend the running task for a moment that no journal shows: a step of a loop that reads the clock."""
        self._wait_in_task(task, None, seconds_between(0, microseconds), None)

    def move_in_task(self, task: Task, microseconds: int) -> bool:
        """Move time without suspending the running task, if it comes to the same. Returns whether it did.

        It does if the present piece of work only resumed this task, nothing else is due until then, whoever moves time
        would move it that far, and there is no other thread that might still do something first.
        """
        due = self.clock.microseconds + microseconds
        with self.lock.held():
            following = self.scheduler.next_due
            is_free = following is None or due < following
            is_bound = self._bound is not None and due > self._bound
            if self._alone is not task or not is_free or is_bound or self.threads.alive():
                return False
            self.clock.move_to(due)
            return True

    def _resume(self, task: Task) -> None:
        """Resume a task in a piece of work that does nothing else."""
        self._alone = task
        try:
            self.tasks.resume(task)
        finally:
            self._alone = None

    # ------------------------------------------------------------------ tasks

    def start_task(self, body: Callable[[], None], state: TaskState, subject: Subject, on_end: Callable[[], None]) -> Task:
        """A new task, run to its end or first suspension. `on_end` is called after its last switch back, here."""
        task = Task(body, state, subject, on_end)
        self.tasks.start(task)
        return task

    # ------------------------------------------------------------------ mistakes and the end

    def record_misuse(self, message: str, kind: type[LambdaEventsError] = LambdaEventsError) -> LambdaEventsError:
        """An error to raise for a mistake of the test that was met inside a handler: it also fails the test."""
        error = kind(message)
        if self.in_handler:
            self._offences.append(error)
        return error

    def _record_misuse(self, error: LambdaEventsError) -> None:
        """Keeps an error that a handle raised in a handler, once."""
        if not any(kept is error for kept in self._offences):
            self._offences.append(error)

    def surface(self, error: Exception) -> None:
        """Raises `error` in the test, after the work that is running."""
        self._offences.append(error)

    def raise_offence(self) -> None:
        """Raise the first mistake that a handler may have swallowed, or what `surface` was given."""
        if self._offences:
            offence, self._offences = self._offences[0], []
            raise offence

    @contextmanager
    def opened(self) -> Iterator[None]:
        """The simulated AWS's life: at its end every task is ended before anything else is taken down."""
        with self.threads.watched(self.park), pools_watched(self.threads):
            try:
                yield
            finally:
                self.journal.close()
                for task in self.tasks.suspended:
                    self.tasks.end(task)
                self.is_open = False
                left, self._offences = [error for error in self._offences if ends_the_run(error)], []
                if left:
                    raise left[0]


def _at_least_a_microsecond(seconds: float) -> int:
    """A wait that is not zero takes time, or a loop of tiny waits would never end."""
    microseconds = microseconds_of(seconds)
    return 1 if microseconds == 0 and seconds > 0 else microseconds


def seconds_between(earlier: int, later: int) -> float:
    """The seconds from one instant in microseconds to another."""
    return (later - earlier) / MICROSECONDS
