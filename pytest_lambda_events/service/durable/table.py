"""The durable executions of all functions, by ARN and by name, and their callbacks."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from ...simulation.clock import MICROSECONDS, VirtualClock
from ...simulation.identifiers import Identifiers
from ..errors import ServiceError, not_found
from ..model import Target
from ..tracing import Trace
from .admission import already_started
from .execution import Execution
from .operations import Operation


class ExecutionTable:
    """Keeps executions until their retention is over (DUR-C0)."""

    def __init__(self, identifiers: Identifiers, clock: VirtualClock) -> None:
        self._identifiers = identifiers
        self._clock = clock
        self._executions: dict[str, Execution] = {}
        self._names: dict[tuple[str, str], Execution] = {}
        self._callbacks: dict[str, tuple[Execution, str]] = {}

    @property
    def all(self) -> Sequence[Execution]:
        """Returns the executions in the order of their start."""
        return [execution for execution in self._executions.values() if self._is_kept(execution)]

    def find(self, arn: str) -> Execution | None:
        """Returns the execution with an ARN, unless it does not exist or its retention is over."""
        execution = self._executions.get(arn)
        return execution if execution is not None and self._is_kept(execution) else None

    def named(self, arn: str) -> Execution:
        """Returns the execution with an ARN. Raises 404 (DUR-C0)."""
        execution = self.find(arn)
        if execution is None:
            raise not_found(f"Durable execution not found: {arn}")
        return execution

    def joined(self, function_arn: str, name: str, payload: bytes) -> Execution | None:
        """Returns the execution of a function with this name, if there is one. Raises 409 for another payload (DUR-21, 23)."""
        known = self._names.get((function_arn, name))
        if known is None or not self._is_kept(known):
            return None
        if known.input != payload:
            raise already_started(known.arn)
        return known

    def create(self, target: Target, payload: bytes, name: str | None, trace: Trace, now: int) -> Execution:
        """Creates the execution of a call, with a name of its own if the call has none (DUR-15 to 17)."""
        config, function = target.configuration.durable, target.function
        assert config is not None, "only a durable function has executions"
        version = target.configuration.version
        name, number = name or self._identifiers.uuid(), _version_3(self._identifiers.uuid())
        arn = f"{function.arn}:{version}/durable-execution/{name}/{number}"
        execution = Execution(arn, name, number, function.name, function.arn, version, config, payload, now, trace)
        self._executions[arn] = self._names[function.arn, name] = execution
        return execution

    def forget(self, execution: Execution) -> None:
        """Removes an execution that a refused call has created. Its name is free again."""
        self._executions.pop(execution.arn, None)
        if self._names.get((execution.function_arn, execution.name)) is execution:
            del self._names[execution.function_arn, execution.name]

    def new_callback(self, execution: Execution, operation_id: str) -> str:
        """Returns the id of a callback that starts (DUR-80)."""
        callback_id = base64.b64encode(f"{execution.arn}/{operation_id}".encode()).decode()
        self._callbacks[callback_id] = (execution, operation_id)
        return callback_id

    def execution_of(self, callback_id: str) -> str | None:
        """Returns the ARN of the execution of a callback; None if no callback has this id."""
        execution, _ = self._callbacks.get(callback_id, (None, ""))
        return None if execution is None else execution.arn

    def callback(self, callback_id: str) -> tuple[Execution, Operation]:
        """Returns the open callback with an id. Raises `ServiceError` (DUR-84, 85)."""
        execution, operation_id = self._callbacks.get(callback_id, (None, ""))
        if execution is None or self.find(execution.arn) is None:
            raise not_found(f"Callback not found: {callback_id}")
        operation = execution.operations[operation_id]
        if not execution.is_running or operation.is_over:
            raise ServiceError("CallbackTimeoutException", "The callback is either timed out or already completed")
        return execution, operation

    def _is_kept(self, execution: Execution) -> bool:
        """Returns whether the retention of an execution is not over (DUR-C0)."""
        if execution.ended_at is None:
            return True
        kept = execution.config.retention_period_in_days * 86_400 * MICROSECONDS
        return self._clock.microseconds < execution.ended_at + kept


def _version_3(uuid: str) -> str:
    """Returns a UUID in the form of execution ids (DUR-16)."""
    return f"{uuid[:14]}3{uuid[15:]}"
