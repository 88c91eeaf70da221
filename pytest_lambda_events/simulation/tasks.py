"""Cooperative tasks: a handler that waits lets others run, and continues where it stopped."""

from __future__ import annotations

import contextvars
import functools
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Protocol
from weakref import ref

import greenlet

from ..errors import LambdaEventsError, hides_frames
from ..journal.entry import Subject
from .clock_reads import ClockReads
from .held_locks import HeldLocks, released_locks
from .simulation_lock import SimulationLock

__tracebackhide__ = hides_frames

SWALLOWED_ENDINGS = 3
"""How often an ended task may catch `TaskEnded` and continue before it is never resumed again."""

IDLE_RUNNERS = 64
"""How many greenlets are kept for further tasks: those that were used last."""


class TaskEnded(BaseException):
    """Is thrown into a task whose result is already fixed, such as a handler that reached its timeout."""


class TaskState(Protocol):
    """The state of the process that belongs to a task and is exchanged with it."""

    def enter(self) -> None:
        """Stores the test's state, and installs the task's state."""

    def leave(self) -> None:
        """Stores the task's current state, and restores the test's state."""

    def end(self) -> None:
        """Drops further output, because the task was ended early."""


class Cancellable(Protocol):
    """Scheduled work."""

    def cancel(self) -> None:
        """Removes it, so that it never runs."""


class Task:
    """Code that may be suspended. It runs in the thread that created it, and only one task runs at a time.

    `main` is the task of the process whose thread this one simulates. Such a thread starts with the context `context`.
    """

    __slots__ = (
        "__weakref__", "_main", "body", "charged", "context", "dead", "deadline", "greenlet", "has_returned", "hub",
        "interruptions", "on_end", "outcome", "point", "reads", "record_misuse", "state", "subject", "swallowed", "threads",
        "timer",
    )  # fmt: skip

    def __init__(
        self,
        body: Callable[[], None],
        state: TaskState,
        subject: Subject,
        on_end: Callable[[], None],
        *,
        main: Task | None = None,
        context: contextvars.Context | None = None,
    ) -> None:
        self.body = body
        self.state = state
        self.subject = subject
        self.on_end = on_end
        self.dead = False
        self.charged = 0.0
        # The time at which it is ended at the latest, in microseconds since the clock's start.
        self.deadline: int | None = None
        self.reads = ClockReads()
        # The effect of a signal, when the task is resumed for it.
        self.interruptions: list[Callable[[], None]] = []
        self.swallowed = 0
        # Receives a mistake of the test that was found while the task runs.
        self.record_misuse: Callable[[LambdaEventsError], None] = _ignored
        self.hub: greenlet.greenlet | None = None
        self.has_returned = False
        self.greenlet: greenlet.greenlet = _UNSTARTED
        self.point: greenlet.greenlet = _UNSTARTED
        self._main = main
        self.context = context
        # Its simulated threads that have not ended.
        self.threads: list[Task] = []
        # Ends the wait in which it is suspended.
        self.timer: Cancellable | None = None
        if main is not None:
            self.deadline = main.deadline
            main.threads.append(self)

    @property
    def main(self) -> Task:
        """Returns the task of the process: itself, if it is not a simulated thread."""
        return self if self._main is None else self._main

    @property
    def is_finished(self) -> bool:
        """Returns whether its body has returned or raised an error."""
        return self.has_returned or self.greenlet.dead

    def has_ended(self) -> None:
        """Calls `on_end`, and removes references back to the task, so that it is freed immediately without a garbage
        collection.
        """
        on_end = self.on_end
        self.body = self.on_end = _nothing
        self.record_misuse = _ignored
        self.context = self.timer = None
        if self._main is not None:
            self._main.threads.remove(self)
        on_end()

    def end_process(self) -> None:
        """Makes all further actions of its process ineffective, also those of a `finally` block that sends."""
        main = self.main
        for task in (main, *main.threads):
            task.dead = True
        self.state.end()


def _nothing() -> None:
    """The body of a task that has ended."""


def _done(action: Callable[[], None]) -> bool:
    action()
    return False


def _ignored(error: LambdaEventsError) -> None:
    """Ignores a mistake of the test in a task that no simulation has started."""


_UNSTARTED = greenlet.greenlet(_nothing)


class Runner(greenlet.greenlet):
    """Runs tasks of one process, one after the other. Python needs more time to start a greenlet than to run many tasks."""

    task: Task | None = None

    def __init__(self, state: TaskState) -> None:
        super().__init__(_run_tasks)
        self.state = ref(state)
        self._thread = threading.get_ident()

    @property
    def is_reusable(self) -> bool:
        """Returns whether it can run tasks in this thread. Debuggers and profilers observe only new greenlets."""
        return self._thread == threading.get_ident() and sys.gettrace() is None and sys.getprofile() is None


def _run_tasks() -> None:
    # No variable refers to the runner itself, so that it is freed without a garbage collection.
    while True:
        task = _task_of_runner()
        try:  # noqa: SIM105 - `suppress` takes longer, for each task
            task.body()
        except TaskEnded:
            # An ended task returns too.
            pass
        task.has_returned = True
        del task
        hub = greenlet.getcurrent().parent
        assert hub is not None
        hub.switch(None)


def _task_of_runner() -> Task:
    runner = greenlet.getcurrent()
    assert isinstance(runner, Runner)
    assert runner.task is not None
    return runner.task


def current_task() -> Task | None:
    """Returns the task that is running in this thread, also inside a greenlet that the task's own code created."""
    running: greenlet.greenlet | None = greenlet.getcurrent()
    while running is not None:
        if isinstance(running, Runner):
            return running.task
        running = running.parent
    return None


class Tasks:
    """Starts, suspends, resumes and ends tasks. The code that resumes a task is its hub, until the task suspends or
    returns.
    """

    def __init__(self, lock: SimulationLock) -> None:
        self._lock = lock
        self.tracer: Any = None
        self._suspended: dict[int, Task] = {}
        # Python throws GreenletExit into a suspended greenlet that it collects. This would run code that must not run.
        self._abandoned: list[Task] = []
        self._frozen: list[tuple[Task, HeldLocks]] = []
        self.on_first_start: Callable[[], None] | None = None
        self.on_first_suspension: Callable[[], None] | None = None
        self.running: Task | None = None
        # The greenlets that have run tasks of a process, and can run the next one, by the id of its state.
        self._idle: dict[int, Runner] = {}
        self.record_misuse: Callable[[LambdaEventsError], None] = _ignored
        # How often a task was switched in.
        self.switches = 0

    @property
    def suspended(self) -> Iterable[Task]:
        """Returns the tasks that wait."""
        return tuple(self._suspended.values())

    def start(self, task: Task) -> None:
        """Runs a new task to its end or its first suspension."""
        if self.on_first_start is not None:
            begin, self.on_first_start = self.on_first_start, None
            begin()
        task.record_misuse = self.record_misuse
        runner = self._idle.pop(id(task.state), None)
        if runner is None or runner.state() is not task.state or not runner.is_reusable:
            runner = Runner(task.state)
        # A new greenlet has an empty context. A handler sees the context of the code that started it, and changes only its
        # copy.
        runner.gr_context = contextvars.copy_context() if task.context is None else task.context
        runner.task, task.greenlet, task.point = task, runner, runner
        self._run(task, runner.switch)

    def resume(self, task: Task) -> None:
        """Continues a suspended task to its end or its next suspension. Does nothing if it no longer waits."""
        if self._suspended.pop(id(task), None) is not None:
            self._run(task, lambda: task.point.switch())

    def suspend(self, request: Callable[[], bool] | None = None) -> None:
        """Suspends the task that calls it, and continues the hub, until `resume`.

        The hub runs `request` first, and resumes immediately if it returns True. Raises `TaskEnded` if the task is ended
        during the suspension.
        """
        task = current_task()
        assert task is not None, "only a task can be suspended"
        assert task.hub is not None
        if self.on_first_suspension is not None:
            begin, self.on_first_suspension = self.on_first_suspension, None
            begin()
        task.point = greenlet.getcurrent()
        self._suspended[id(task)] = task
        task.hub.switch(request)
        self.raise_if_ended()

    def raise_if_ended(self) -> None:
        """Raises `TaskEnded` in a task that was ended, because its further actions must have no effect."""
        task = current_task()
        if task is None or not task.dead:
            return
        if task.swallowed >= SWALLOWED_ENDINGS:
            self.abandon(task)
        task.swallowed += 1
        raise TaskEnded

    def freeze(self, then: Callable[[], None]) -> NoReturn:
        """Stops the process of the calling task until `thaw`. Others get its locks. The hub runs `then`, and goes on."""
        task = current_task()
        assert task is not None, "only a task can be frozen"
        assert task.hub is not None
        task.point = greenlet.getcurrent()
        self._frozen.append((task, released_locks(sys._getframe(1))))
        for other in (task.main, *task.main.threads):
            if other is not task:
                self._freeze_suspended(other)
        task.hub.switch(functools.partial(_done, then))
        task.dead = True
        raise TaskEnded

    def _freeze_suspended(self, task: Task) -> None:
        """Stops a thread of a process that ends. If it has not begun, it never begins."""
        if self._suspended.pop(id(task), None) is None:
            task.dead = True
            return
        self._frozen.append((task, released_locks(task.point.gr_frame)))
        if task.timer is not None:
            task.timer.cancel()

    @property
    def frozen(self) -> list[Task]:
        """Returns the tasks that are frozen. They keep locks that were not found."""
        return [task for task, _ in self._frozen]

    def thaw(self) -> None:
        """Ends all frozen tasks. Their `finally` blocks run now, without effect outside of them."""
        frozen, self._frozen = self._frozen, []
        for task, locks in frozen:
            task.dead = True
            task.swallowed += 1
            locks.take_back()
            self._run(task, functools.partial(task.point.throw, TaskEnded))

    def abandon(self, task: Task) -> NoReturn:
        """Suspends a task that does not end, and never resumes it."""
        self._abandoned.append(task)
        while True:
            assert task.hub is not None
            task.hub.switch(None)

    def end(self, task: Task) -> None:
        """Ends a process now. The `finally` blocks of its suspended tasks run, without effect outside of them."""
        tasks = [one for one in (*task.main.threads, task.main) if not one.is_finished]
        if tasks and not task.main.dead:
            task.end_process()
        self._end_suspended(tasks)

    def end_threads(self, task: Task) -> None:
        """Ends the simulated threads of a process whose main task has ended."""
        if not task.threads:
            return
        threads = list(task.threads)
        for thread in threads:
            thread.dead = True
        self._end_suspended(threads)

    def _end_suspended(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if self._suspended.pop(id(task), None) is not None:
                task.swallowed += 1
                self._run(task, functools.partial(task.point.throw, TaskEnded))

    def _run(self, task: Task, switch: Callable[[], Callable[[], bool] | None]) -> None:
        """Switches to a task. During the switch a `tracer`, such as coverage's, can distinguish greenlets.

        It is set and reset in one frame, because every frame must return to the state in which it was entered.
        """
        if self.tracer is None:
            self._switch(task, switch)
            return
        before, self.tracer.concur_id_func = self.tracer.concur_id_func, greenlet.getcurrent
        try:
            self._switch(task, switch)
        finally:
            self.tracer.concur_id_func = before

    def _switch(self, task: Task, switch: Callable[[], Callable[[], bool] | None]) -> None:
        while True:
            task.hub = task.greenlet.parent = greenlet.getcurrent()
            try:
                task.state.enter()
                outer, self.running = self.running, task
                self.switches += 1
                depth = self._lock.release()
                try:
                    request = switch()
                finally:
                    self._lock.take_back(depth)
                    self.running = outer
                    task.state.leave()
            finally:
                if task.is_finished:
                    self._keep_runner(task)
                    task.has_ended()
                    if task.dead and task is not task.main:
                        # One thread has ended the whole process.
                        self.end(task.main)
            if task.is_finished or request is None or not request():
                return
            if self._suspended.pop(id(task), None) is None:
                return
            switch = lambda: task.point.switch()  # noqa: E731

    def _keep_runner(self, task: Task) -> None:
        """Keeps the greenlet of a task that has ended for the next task of the same process."""
        runner = task.greenlet
        assert isinstance(runner, Runner)
        runner.task, task.has_returned = None, True
        task.greenlet = task.point = _UNSTARTED
        if not runner.dead and runner.is_reusable:
            runner.gr_context = None
            self._idle[id(task.state)] = runner
            if len(self._idle) > IDLE_RUNNERS:
                del self._idle[next(iter(self._idle))]
