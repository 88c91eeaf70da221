"""Lets virtual time pass for a handler that reads the clock again and again, waiting for an instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import hides_frames
from .clock import MICROSECONDS
from .clock_reads import ClockReads, may_poll
from .tasks import Task, current_task
from .threads import WorldThread

if TYPE_CHECKING:
    from .simulation import Simulation

__tracebackhide__ = hides_frames

UNCOUNTED = frozenset({"asyncio", "logging"})
"""Packages that read the clock for each thing that they do, without waiting for it."""


class Polling:
    """Counts what handlers read of the clock, and moves time where one would wait for ever.

    `limit` is how often one task may read the clock at one instant before each further reading takes time; 0 is never.
    """

    def __init__(self, simulation: Simulation, limit: int) -> None:
        self._simulation = simulation
        self._limit = limit

    def clock_read(self, reader: str = "") -> int:
        """Note that the process's clock is being read by the module `reader`, before the answer is given.

        Returns the microseconds by which the caller's time is ahead of the virtual clock: in a thread of a handler what it
        has slept, else 0.
        """
        simulation = self._simulation
        record = simulation.threads.here()
        if record is not None:
            return 0 if record.task is None else self._read_in_thread(record, record.task, reader)
        task = current_task()
        if task is not None and simulation.threads.is_owner and self._counts(reader):
            self._read_in_task(task)
        return 0

    def _counts(self, reader: str) -> bool:
        """Whether it is the handler that reads, not a library for its own use, nor what holds the simulation's state."""
        is_own = reader.partition(".")[0] in UNCOUNTED or self._simulation.baton.is_held_here
        return bool(self._limit) and not is_own

    @contextmanager
    def aws_called(self, operation_name: str) -> Iterator[None]:
        """Do not count the readings inside an AWS call of a handler."""
        reads = self._reads_here()
        if reads is None:
            yield
            return
        with reads.in_call(polls=may_poll(operation_name)):
            yield

    def gave_way(self) -> None:
        """The caller slept for no time at all, as loops do that wait."""
        reads = self._reads_here()
        if reads is not None:
            reads.has_called = True

    def _reads_here(self) -> ClockReads | None:
        record = self._simulation.threads.here()
        if record is not None:
            return record.reads
        task = current_task()
        return None if task is None else task.reads

    def _read_in_task(self, task: Task) -> None:
        simulation, reads = self._simulation, task.reads
        now = simulation.clock.microseconds
        step = reads.read(now, self._limit, None if task.deadline is None else task.deadline - now)
        if step:
            simulation.tasks.fence()
            is_costly = not simulation.move_in_task(task, step)
            if is_costly:
                simulation.pass_in_task(task, step)
            reads.went_on(simulation.clock.microseconds, is_costly=is_costly)

    def _read_in_thread(self, record: WorldThread, task: Task, reader: str) -> int:
        simulation, reads = self._simulation, record.reads
        ahead = round(record.charged * MICROSECONDS)
        if not self._counts(reader):
            return ahead
        now = simulation.clock.microseconds + ahead
        step = reads.read(now, self._limit, None if task.deadline is None else task.deadline - now)
        if not step:
            return ahead
        simulation.fence()
        simulation.charge(record, task, step / MICROSECONDS)
        ahead = round(record.charged * MICROSECONDS)
        reads.went_on(simulation.clock.microseconds + ahead, is_costly=False)
        return ahead
