"""Chained invokes: an execution invokes another function and waits for its result (DUR-88 to 8D)."""

from __future__ import annotations

from functools import partial

from ...journal.entry import Subject
from ...journal.pending import DurableWork
from ...simulation.simulation import Simulation
from ..errors import ServiceError
from ..invoke_request import InvokeRequest, Result
from ..retry import throttle_delay
from .admission import check_call
from .execution import Execution
from .executions import DurableExecutions
from .operations import FAILED, STOPPED, SUCCEEDED, TIMED_OUT, ErrorObject, Operation
from .ports import FunctionFinder, InvokerOfExecutions
from .sizes import output_error


class ChainedInvokes:
    """Invokes the targets of executions."""

    def __init__(
        self,
        simulation: Simulation,
        invoker: InvokerOfExecutions,
        functions: FunctionFinder,
        executions: DurableExecutions,
    ) -> None:
        self._simulation = simulation
        self._invoker = invoker
        self._functions = functions
        self._executions = executions

    def preflight(self, execution: Execution, function_name: str) -> ErrorObject | None:
        """Returns why Lambda does not invoke the target; None if it does (DUR-8A)."""
        try:
            check_call(self._functions.named(_placed(execution, function_name), None), is_synchronous=False)
        except ServiceError as error:
            return ErrorObject(error.message, error.code)
        return None

    def begin(self, execution: Execution, operation: Operation) -> None:
        """Invokes the target now: a durable function as an execution of its own, another function once (DUR-89)."""
        self._attempt(execution, operation, 0)

    def _attempt(self, execution: Execution, operation: Operation, throttles: int) -> None:
        if not execution.is_running:
            return
        try:
            target = self._functions.resolve(_placed(execution, operation.function_name or ""), None)
        except ServiceError as error:
            self._executions.store.complete(execution, operation.id, FAILED, error=ErrorObject(error.message, error.code))
            return
        payload = (operation.input or "{}").encode()
        request = InvokeRequest(
            Subject(target.function.name, self._simulation.identifiers.uuid(), 1), payload, execution.trace
        )
        if target.configuration.durable is not None:
            child, _ = self._executions.open(target, payload, None, execution.trace, is_child=True)
            child.on_ended.append(partial(self._child_ended, execution, operation.id))
            refusal = self._executions.start(target, request._replace(execution_arn=child.arn), _ignore)
        else:
            refusal = self._invoker.attempt(target, request, partial(self._returned, execution, operation.id))
        if refusal is not None:
            again = partial(self._attempt, execution, operation, throttles + 1)
            work = DurableWork(Subject(execution.function_name), execution.name, f"invoke {operation.function_name}")
            self._simulation.scheduler.call_after(throttle_delay(throttles + 1), again, work, unordered=True)

    def _returned(self, execution: Execution, operation_id: str, result: Result) -> None:
        """Ends the operation with the result of a function that is not durable (DUR-8C)."""
        if result.error is not None:
            error = ErrorObject(result.error.error_message or None, result.error.error_type or None)
            self._executions.store.complete(execution, operation_id, FAILED, error=error)
            return
        output = result.payload.decode("utf-8", "surrogatepass")
        too_large = output_error(output, is_durable=False)
        if too_large is not None:
            self._executions.store.complete(execution, operation_id, FAILED, error=too_large)
            return
        self._executions.store.complete(execution, operation_id, SUCCEEDED, output)

    def _child_ended(self, execution: Execution, operation_id: str, child: Execution) -> None:
        if child.status == SUCCEEDED:
            self._executions.store.complete(execution, operation_id, SUCCEEDED, child.result or "null")
            return
        error = child.error
        if child.status == TIMED_OUT:
            seconds = child.config.execution_timeout
            error = ErrorObject(f"CHAINED_INVOKE timed out after {seconds} seconds.", "ChainedInvoke.Timeout")
        status = child.status if child.status in (TIMED_OUT, STOPPED) else FAILED
        self._executions.store.complete(execution, operation_id, status, error=error)


def _ignore(result: Result) -> None:
    """Does nothing: the end of the execution is handled elsewhere."""


def _placed(execution: Execution, function_name: str) -> str:
    """Returns the ARN of a target, which is in the account and region of the caller."""
    if function_name.startswith("arn:"):
        return function_name
    name = function_name.rpartition("function:")[2]
    return f"{execution.function_arn.rpartition(':')[0]}:{name}"
