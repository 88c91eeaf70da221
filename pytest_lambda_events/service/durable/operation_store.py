"""Changes the operations of executions: by checkpoints, by the passing of time, and by callbacks and chained invokes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from ...journal.entry import Subject
from ...journal.events import DurableEvent
from ...journal.pending import DurableWork
from ...simulation.simulation import Simulation
from . import transitions
from .execution import Execution
from .history import HistoryEvent
from .operations import CALLBACK, CHAINED_INVOKE, FAILED, ErrorObject, Operation, Update
from .sizes import error_size, size_of, written_by
from .table import ExecutionTable

DUE, TIMEOUT, CHAINED = -2, -1, 1
"""The ranks of work at one instant: waits, retries and callbacks, then the execution timeout, then an invocation (DUR-D5).
Targets of chained invokes are last: the invocation that started them ends first if it only waits for them (DUR-B9).
"""


class ChainedInvoker(Protocol):
    """Starts the target of a chained invoke."""

    def preflight(self, execution: Execution, function_name: str) -> ErrorObject | None:
        """Returns why Lambda does not invoke the target; None if it does."""

    def begin(self, execution: Execution, operation: Operation) -> None:
        """Invokes the target, when time moves."""


class OperationStore:
    """Keeps the operations and the history of executions. `wake` is called when an execution can go on."""

    def __init__(self, simulation: Simulation, table: ExecutionTable, wake: Callable[[Execution], None]) -> None:
        self._simulation = simulation
        self._table = table
        self._wake = wake
        self.chained: ChainedInvoker | None = None

    def apply(self, execution: Execution, update: Update) -> None:
        """Applies an update that was checked."""
        now = self._simulation.clock.microseconds
        callback_id = self._table.new_callback(execution, update.id) if update.type == CALLBACK else None
        operation = transitions.updated(execution.operations.get(update.id), update, now, callback_id)
        execution.operations.put(operation)
        execution.written_bytes += written_by(update)
        for event in transitions.events_of(update, operation, now):
            self.add(execution, event)
        if update.type == CHAINED_INVOKE:
            self._chain(execution, operation)

    def _chain(self, execution: Execution, operation: Operation) -> None:
        assert self.chained is not None
        refusal = self.chained.preflight(execution, operation.function_name or "")
        if refusal is not None:
            self.complete(execution, operation.id, FAILED, error=refusal)
            return
        begin = partial(self.chained.begin, execution, operation)
        work = work_of(execution, f"invoke {operation.function_name}")
        self._simulation.scheduler.call_after(0, begin, work, rank=CHAINED)

    def complete(
        self, execution: Execution, operation_id: str, status: str, result: str | None = None, error: ErrorObject | None = None
    ) -> None:
        """Ends a callback or a chained invoke, and lets the execution go on. Does nothing if the execution has ended."""
        if not execution.is_running:
            return
        now = self._simulation.clock.microseconds
        operation = transitions.ended(execution.operations[operation_id], now, status, result, error)
        execution.operations.put(operation)
        execution.written_bytes += size_of(result) + error_size(error)
        self.add(execution, transitions.end_event(operation, now))
        execution.changed[operation_id] = None
        self.schedule_due(execution)
        self._wake(execution)

    def beat(self, callback_id: str) -> None:
        """Starts the heartbeat time of a callback again. Raises `ServiceError` (DUR-83)."""
        execution, operation = self._table.callback(callback_id)
        execution.operations.put(transitions.beaten(operation, self._simulation.clock.microseconds))
        self.schedule_due(execution)

    def schedule_due(self, execution: Execution) -> None:
        """Keeps one timer for the next instant at which time changes an operation."""
        instants = [instant for operation in execution.operations.pending for instant in transitions.due_instants(operation)]
        due = min(instants) if instants and execution.is_running else None
        timer = execution.due_timer
        if timer is not None and timer.is_due:
            if timer.due == due:
                return
            timer.cancel()
        if due is not None:
            execution.due_timer = self._simulation.scheduler.call_at(
                due, partial(self._on_due, execution), work_of(execution, "timer"), rank=DUE
            )

    def _on_due(self, execution: Execution) -> None:
        if self.complete_due(execution):
            self._wake(execution)
        self.schedule_due(execution)

    def complete_due(self, execution: Execution) -> bool:
        """Changes what time has changed. Returns whether there was something."""
        now, has_changed = self._simulation.clock.microseconds, False
        for operation in transitions.in_due_order(execution.operations.pending):
            after = transitions.passed(operation, now)
            if after is operation:
                continue
            execution.operations.put(after)
            execution.changed[operation.id] = None
            has_changed = True
            if after.is_over:
                self.add(execution, transitions.end_event(after, after.ended_at or now))
        return has_changed

    def begin(self, execution: Execution) -> None:
        """Is called when an execution surely exists: it has been accepted or invoked. Writes what happened until now."""
        execution.has_begun = True
        events, execution.unwritten = execution.unwritten, []
        for event in events:
            self._write(execution, event)

    def add(self, execution: Execution, event: HistoryEvent) -> None:
        """Adds an event to the history, and to the journal if the execution has begun."""
        execution.events.append(event)
        if execution.has_begun:
            self._write(execution, event)
        else:
            execution.unwritten.append(event)

    def _write(self, execution: Execution, event: HistoryEvent) -> None:
        subject, arn = Subject(execution.function_name), execution.qualified_function_arn
        entry = partial(DurableEvent, subject, execution.name, event.type, arn)
        if event.id != execution.id:
            self._simulation.journal.write(
                entry(event.name, event.error_type, event.id, event.parent_id, event.sub_type, event.seconds)
            )
            return
        written = None if execution.is_running else execution.written_bytes
        self._simulation.journal.write(entry(error_type=event.error_type, written_bytes=written))


def work_of(execution: Execution, purpose: str) -> DurableWork:
    """Returns scheduled work of an execution."""
    return DurableWork(Subject(execution.function_name), execution.name, purpose)
