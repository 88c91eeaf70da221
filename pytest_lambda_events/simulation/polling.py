"""Lets virtual time pass for a handler that reads the clock in a loop to wait for a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from decimal import Decimal

from ..errors import hides_frames
from .clock import MICROSECONDS
from .clock_reads import ClockReads, may_poll
from .tasks import Task, current_task
from .threads import SimulationThread
from .time_control import TimeControl
from .waits import HandlerThreadWaits, TaskWaits

__tracebackhide__ = hides_frames

UNCOUNTED = frozenset({"asyncio", "aws_durable_execution_sdk_python", "logging"})
"""Packages that read the clock for their own use, without waiting."""

_NO_READS = nullcontext()
StepOf = Callable[[ClockReads, int, "int | None"], int]
"""Takes the readings, the time and the time until the timeout, and returns how much time must pass. All in microseconds."""


class Polling:
    """Counts how often handlers read the clock, and moves time if one would otherwise wait forever.

    `limit` is how often one task may read the clock at one time. Each further reading takes time. 0 turns this off.
    """

    def __init__(self, control: TimeControl, tasks: TaskWaits, handler_threads: HandlerThreadWaits, limit: int) -> None:
        self._control = control
        self._tasks = tasks
        self._handler_threads = handler_threads
        self._limit = limit

    def clock_read(self, reader: str = "") -> int:
        """Is called before the module `reader` reads the process's clock.

        Returns the microseconds by which the caller's time is ahead of the virtual clock: the sleeps of a handler's thread,
        else 0.
        """
        control = self._control
        record = control.threads.here()
        if record is not None:
            return 0 if record.task is None else self._read_in_thread(record, record.task, reader)
        task = current_task()
        if task is not None and control.threads.is_owner and self._counts(reader):
            self._read_in_task(task)
        return 0

    def _counts(self, reader: str) -> bool:
        """Returns whether the handler itself reads. Libraries and code that holds the simulation's state do not count."""
        is_own = reader.partition(".")[0] in UNCOUNTED or self._control.lock.is_held_here
        return bool(self._limit) and not is_own

    def aws_called(self, operation_name: str) -> AbstractContextManager[None]:
        """Ignores the readings inside an AWS call of a handler."""
        reads = self._reads_here()
        return _NO_READS if reads is None else reads.in_call(polls=may_poll(operation_name))

    def aws_answered(self, service: str, operation_name: str, parameters: object, answer: object) -> None:
        """Lets time pass if a loop repeats the same AWS call and gets the same response.

        `answer` is a response or an error. Call it in the thread that made the call, when all effects of the call have
        happened.
        """
        if not self._limit or not may_poll(operation_name) or self._reads_here() is None:
            return
        call, answered = hash((service, operation_name, _text(parameters))), hash(_text(answer))
        self._take(lambda reads, now, left: reads.answered(now, self._limit, left, call, answered))

    def slept_for_zero(self) -> None:
        """Lets time pass if the caller repeatedly sleeps for 0 seconds, as loops that wait do."""
        reads = self._reads_here()
        if reads is not None and self._limit:
            self._take(lambda reads, now, left: reads.slept(now, self._limit, left))
            reads.has_called = True

    def _reads_here(self) -> ClockReads | None:
        record = self._control.threads.here()
        if record is not None:
            return record.reads
        task = current_task()
        return None if task is None else task.reads

    def _take(self, step_of: StepOf) -> None:
        record = self._control.threads.here()
        task = current_task() if record is None else record.task
        if task is None or self._control.lock.is_held_here:
            return
        if record is not None:
            self._step_in_thread(record, task, step_of)
        elif self._control.threads.is_owner:
            self._step_in_task(task, step_of)

    def _read_in_task(self, task: Task) -> None:
        self._step_in_task(task, lambda reads, now, left: reads.read(now, self._limit, left))

    def _read_in_thread(self, record: SimulationThread, task: Task, reader: str) -> int:
        if self._counts(reader):
            self._step_in_thread(record, task, lambda reads, now, left: reads.read(now, self._limit, left))
        return round(record.charged * MICROSECONDS)

    def _step_in_task(self, task: Task, step_of: StepOf) -> None:
        control, reads = self._control, task.reads
        now = control.clock.microseconds
        step = step_of(reads, now, None if task.deadline is None else task.deadline - now)
        if step:
            control.tasks.raise_if_ended()
            is_costly = not self._tasks.move_time(task, step)
            if is_costly:
                self._tasks.let_pass(task, step)
            reads.time_has_passed(control.clock.microseconds, is_costly=is_costly)

    def _step_in_thread(self, record: SimulationThread, task: Task, step_of: StepOf) -> None:
        control, reads = self._control, record.reads
        now = control.clock.microseconds + round(record.charged * MICROSECONDS)
        step = step_of(reads, now, None if task.deadline is None else task.deadline - now)
        if step:
            control.raise_if_ended()
            self._handler_threads.charge(record, task, step / MICROSECONDS)
            reads.time_has_passed(control.clock.microseconds + round(record.charged * MICROSECONDS), is_costly=False)


def _text(value: object) -> str:
    """Returns a text that is equal for equal parameters and responses."""
    if isinstance(value, Exception):
        return repr(value)
    if isinstance(value, Mapping):
        value = {name: member for name, member in value.items() if name != "ResponseMetadata"}
    return json.dumps(value, default=_plain, skipkeys=True)


def _plain(value: object) -> str:
    # A stream, for example, is a different object each time.
    return repr(value) if isinstance(value, (datetime, bytes, set, Decimal)) else type(value).__name__
