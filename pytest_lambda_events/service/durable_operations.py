"""The operations of the Lambda API about durable executions, whose modules are loaded at the first call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..simulation.simulation import Simulation
from .api_response import ApiResponse, Operation, Parameters

if TYPE_CHECKING:
    from .durable.api import DurableOperations
    from .durable.executions import DurableExecutions
    from .durable.ports import FunctionFinder

NAMES = (
    "CheckpointDurableExecution", "GetDurableExecutionState", "GetDurableExecution", "GetDurableExecutionHistory",
    "ListDurableExecutionsByFunction", "StopDurableExecution", "SendDurableExecutionCallbackSuccess",
    "SendDurableExecutionCallbackFailure", "SendDurableExecutionCallbackHeartbeat",
)  # fmt: skip


def durable_operations(
    executions: Callable[[], DurableExecutions], simulation: Simulation, functions: FunctionFinder
) -> Mapping[str, Operation]:
    """Returns the operations of one region by their names in the API."""
    made: list[DurableOperations] = []

    def called(name: str, parameters: Parameters) -> ApiResponse:
        if not made:
            from .durable.api import DurableOperations

            made.append(DurableOperations(executions(), simulation, functions))
        return made[0].operations[name](parameters)

    return {name: partial(called, name) for name in NAMES}
