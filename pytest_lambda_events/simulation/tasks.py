"""Cooperative tasks: a handler that waits gives way, and goes on where it stood."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from typing import Any, NoReturn, Protocol

import greenlet

from ..errors import LambdaEventsError, hides_frames
from ..journal.entry import Subject
from .clock_reads import ClockReads

__tracebackhide__ = hides_frames

SWALLOWED_ENDINGS = 3
"""How often a task that was ended may catch `TaskEnded` and ask for more before it is never resumed again."""


class TaskEnded(BaseException):
    """Thrown into a task whose result is already fixed, such as a handler that ran into its timeout."""


class TaskState(Protocol):
    """The state of the process that belongs to a task and travels with it."""

    def enter(self) -> None:
        """Put the task's state in place of the test's."""

    def leave(self) -> None:
        """Keep the task's state as it is now, and put the test's back."""

    def end(self) -> None:
        """The task was ended early: drop what it still writes."""


class Task:
    """One body of code that may be suspended. It runs in the thread that made it, and only one runs at a time."""

    __slots__ = (
        "body",
        "charged",
        "dead",
        "deadline",
        "greenlet",
        "hub",
        "interruptions",
        "on_end",
        "outcome",
        "point",
        "reads",
        "record_misuse",
        "state",
        "subject",
        "swallowed",
    )  # fmt: skip

    def __init__(self, body: Callable[[], None], state: TaskState, subject: Subject, on_end: Callable[[], None]) -> None:
        self.body = body
        self.state = state
        self.subject = subject
        self.on_end = on_end
        self.dead = False
        self.charged = 0.0
        # When it is ended at the latest, in microseconds since the clock's start.
        self.deadline: int | None = None
        self.reads = ClockReads()
        # What a signal does, once the task is resumed for it.
        self.interruptions: list[Callable[[], None]] = []
        self.swallowed = 0
        # Given a mistake of the test that was met while the task runs.
        self.record_misuse: Callable[[LambdaEventsError], None] = _ignored
        self.hub: greenlet.greenlet | None = None
        self.greenlet = _TaskGreenlet(self)
        self.point: greenlet.greenlet = self.greenlet

    @property
    def is_finished(self) -> bool:
        """Whether its body has returned."""
        return self.greenlet.dead

    def run(self) -> None:
        """Run the body; being ended is a way of returning."""
        with suppress(TaskEnded):
            self.body()

    def has_ended(self) -> None:
        """Tell `on_end`, then let go of what refers back here: without cycles a task is gone at once, not at a collection."""
        on_end = self.on_end
        self.body = self.on_end = _nothing
        self.record_misuse = _ignored
        del self.greenlet.task
        on_end()


def _nothing() -> None:
    """The body of a task that has ended."""


def _ignored(error: LambdaEventsError) -> None:
    """What a task that no simulation has started does with a mistake of the test."""


class _TaskGreenlet(greenlet.greenlet):
    def __init__(self, task: Task) -> None:
        super().__init__(task.run)
        self.task = task
        # A new greenlet has an empty context; a handler sees that of whoever started it, and changes only its copy.
        self.gr_context = contextvars.copy_context()


def current_task() -> Task | None:
    """The task that is running in this thread, also from inside a greenlet that the task's own code made."""
    running: greenlet.greenlet | None = greenlet.getcurrent()
    while running is not None:
        if isinstance(running, _TaskGreenlet):
            return running.task
        running = running.parent
    return None


class Tasks:
    """Starts, suspends, resumes and ends tasks. What resumes one is its hub, until the task suspends or returns."""

    def __init__(self, user_code: Callable[[], AbstractContextManager[None]]) -> None:
        self._user_code = user_code
        self.tracer: Any = None
        self._suspended: dict[int, Task] = {}
        # A greenlet that is collected while suspended is thrown GreenletExit, which runs code that must not run.
        self._abandoned: list[Task] = []
        self.on_first_start: Callable[[], None] | None = None
        self.on_first_suspension: Callable[[], None] | None = None
        self.running: Task | None = None
        self.record_misuse: Callable[[LambdaEventsError], None] = _ignored
        # How often a task was switched in.
        self.switches = 0

    @property
    def suspended(self) -> Iterable[Task]:
        """The tasks that wait."""
        return tuple(self._suspended.values())

    def start(self, task: Task) -> None:
        """Run a new task to its end or its first suspension."""
        if self.on_first_start is not None:
            begin, self.on_first_start = self.on_first_start, None
            begin()
        task.record_misuse = self.record_misuse
        self._run(task, lambda: task.greenlet.switch())

    def resume(self, task: Task) -> None:
        """Let a suspended task go on, to its end or its next suspension. Does nothing to one that no longer waits."""
        if self._suspended.pop(id(task), None) is not None:
            self._run(task, lambda: task.point.switch())

    def suspend(self, request: Callable[[], bool] | None = None) -> None:
        """Called in a task: give way to the hub, until `resume`.

        The hub runs `request` first, and resumes at once if it answers True. Raises `TaskEnded` if the task is ended
        meanwhile.
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
        """Raise `TaskEnded` in a task that was ended: nothing it does from then on may have an effect."""
        task = current_task()
        if task is None or not task.dead:
            return
        if task.swallowed >= SWALLOWED_ENDINGS:
            self.abandon(task)
        task.swallowed += 1
        raise TaskEnded

    def abandon(self, task: Task) -> NoReturn:
        """Called in a task that does not end: give way to the hub, and never go on."""
        self._abandoned.append(task)
        while True:
            assert task.hub is not None
            task.hub.switch(None)

    def end(self, task: Task) -> None:
        """End a suspended task now. Its `finally` blocks run, without effect outside the task."""
        if task.dead or task.is_finished:
            return
        task.dead = True
        task.state.end()
        if self._suspended.pop(id(task), None) is not None:
            task.swallowed += 1
            self._run(task, lambda: task.point.throw(TaskEnded))

    def _run(self, task: Task, switch: Callable[[], Callable[[], bool] | None]) -> None:
        """Switch to a task; with a `tracer` (coverage's), let it tell greenlets apart for exactly that long.

        Set and reset in one frame: every frame must return to the books in which it was entered.
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
                try:
                    with self._user_code():
                        request = switch()
                finally:
                    self.running = outer
                    task.state.leave()
            finally:
                if task.is_finished:
                    task.has_ended()
            if task.is_finished or request is None or not request():
                return
            if self._suspended.pop(id(task), None) is None:
                return
            switch = lambda: task.point.switch()  # noqa: E731
