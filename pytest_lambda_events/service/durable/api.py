"""The operations of the Lambda API about durable executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ... import limits
from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ..api_response import ApiResponse, Operation, Parameters, page
from ..control_plane.configuration import durable_shown
from ..errors import invalid_parameter
from ..model import Target
from .envelope import visible
from .execution import Execution, StoredAnswer
from .executions import DurableExecutions
from .operations import FAILED, SUCCEEDED, ErrorObject, Update
from .ports import FunctionFinder
from .sizes import check_error


class DurableOperations:
    """The operations of one region. The executions of all regions are in one table."""

    def __init__(self, executions: DurableExecutions, simulation: Simulation, functions: FunctionFinder) -> None:
        self._executions = executions
        self._simulation = simulation
        self._functions = functions

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Returns the operations by their names in the API."""
        return {
            "CheckpointDurableExecution": self.checkpoint,
            "GetDurableExecutionState": self.state,
            "GetDurableExecution": self.get,
            "GetDurableExecutionHistory": self.history,
            "ListDurableExecutionsByFunction": self.list,
            "StopDurableExecution": self.stop,
            "SendDurableExecutionCallbackSuccess": self.succeed_callback,
            "SendDurableExecutionCallbackFailure": self.fail_callback,
            "SendDurableExecutionCallbackHeartbeat": self.beat,
        }

    def checkpoint(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with the next token and the operations that changed (DUR-50 to 5B)."""
        arn, token = parameters["DurableExecutionArn"], parameters["CheckpointToken"]
        client_token, now = parameters.get("ClientToken"), self._simulation.clock.microseconds
        execution = self._executions.table.find(arn)
        stored = None if execution is None else execution.answer
        if stored is not None and stored.answers(client_token, token, now):
            return ApiResponse(200, stored.body)
        updates = [Update.of(members) for members in parameters.get("Updates") or ()]
        following, operations = self._executions.checkpoint(arn, token, updates)
        shown = [operation.shown(self._timestamp) for operation in operations]
        body: dict[str, Any] = {"NewExecutionState": {"Operations": shown}}
        if following is not None:
            body["CheckpointToken"] = following
        if client_token and execution is not None:
            execution.answer = StoredAnswer(client_token, token, now, body)
        return ApiResponse(200, body)

    def state(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with one page of operations, in the order of their start (DUR-5D, 5E, 5G)."""
        execution = self._executions.with_token(parameters["DurableExecutionArn"], parameters["CheckpointToken"])
        size = self._executions.page_size
        asked = parameters if size is None else {**parameters, "MaxItems": size}
        return self._page(visible(execution.operations), asked, "Operations", lambda one: one.shown(self._timestamp))

    def get(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with an execution (DUR-B0)."""
        execution = self._executions.table.named(parameters["DurableExecutionArn"])
        with_data = parameters.get("IncludeExecutionData") is not False
        body = self._summary(execution)
        body.update({
            "Version": execution.version, "ExecutionDataIncluded": with_data,
            "DurableConfig": durable_shown(execution.config),
            "TraceHeader": {"XAmznTraceId": execution.trace.header()},
        })  # fmt: skip
        if with_data:
            body["InputPayload"] = execution.operations[execution.id].input
            if execution.result is not None:
                body["Result"] = execution.result
            if execution.error is not None:
                body["Error"] = execution.error.shown
        if execution.is_running:
            due = execution.started_at + execution.config.execution_timeout * MICROSECONDS
            body["ExpectedExecutionTimeoutTimestamp"] = self._timestamp(due)
        return ApiResponse(200, body)

    def history(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with one page of the history (DUR-B3 to BB)."""
        execution = self._executions.table.named(parameters["DurableExecutionArn"])
        with_data = parameters.get("IncludeExecutionData") is not False
        numbered = list(enumerate(execution.events, 1))
        if parameters.get("ReverseOrder"):
            numbered.reverse()
        return self._page(
            numbered, parameters, "Events", lambda one: one[1].shown(one[0], self._timestamp, with_data=with_data)
        )  # fmt: skip

    def list(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with the executions of a function, the newest first (DUR-B2)."""
        target = self._functions.named(parameters["FunctionName"], parameters.get("Qualifier"))
        wanted = [execution for execution in self._executions.table.all if self._matches(execution, target, parameters)]
        if not parameters.get("ReverseOrder"):
            wanted.reverse()
        return self._page(wanted, parameters, "DurableExecutions", self._summary)

    def stop(self, parameters: Parameters) -> ApiResponse:
        """Returns 200 with the instant of the end, also of an execution that has ended (DUR-A2)."""
        execution = self._executions.table.named(parameters["DurableExecutionArn"])
        error = ErrorObject.of(parameters.get("Error"))
        check_error(error)
        ended_at = self._executions.stop(execution, error)
        return ApiResponse(200, {"StopTimestamp": self._timestamp(ended_at)})

    def succeed_callback(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. `Result` is bytes that the SDK gives to the handler as text (DUR-81)."""
        result = parameters.get("Result") or b""
        if len(result) > limits.DURABLE_PAYLOAD_BYTES:
            raise invalid_parameter(
                f"Callback result size must be less than or equal to {limits.DURABLE_PAYLOAD_BYTES} bytes."
            )
        execution, operation = self._executions.table.callback(parameters["CallbackId"])
        self._executions.store.complete(execution, operation.id, SUCCEEDED, result.decode("utf-8", "replace"))
        return ApiResponse(200)

    def fail_callback(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The error may be missing (DUR-82)."""
        error = ErrorObject.of(parameters.get("Error"))
        check_error(error)
        execution, operation = self._executions.table.callback(parameters["CallbackId"])
        self._executions.store.complete(execution, operation.id, FAILED, error=error)
        return ApiResponse(200)

    def beat(self, parameters: Parameters) -> ApiResponse:
        """Returns 200. The heartbeat time of the callback starts again (DUR-83)."""
        self._executions.store.beat(parameters["CallbackId"])
        return ApiResponse(200)

    def _summary(self, execution: Execution) -> dict[str, Any]:
        body = {
            "DurableExecutionArn": execution.arn, "DurableExecutionName": execution.name,
            "FunctionArn": execution.qualified_function_arn, "Status": execution.status,
            "StartTimestamp": self._timestamp(execution.started_at),
        }  # fmt: skip
        if execution.ended_at is not None:
            body["EndTimestamp"] = self._timestamp(execution.ended_at)
        return body

    def _matches(self, execution: Execution, target: Target, parameters: Parameters) -> bool:
        started = self._timestamp(execution.started_at)
        after, before = _seconds(parameters.get("StartedAfter")), _seconds(parameters.get("StartedBefore"))
        return (
            execution.function_arn == target.function.arn
            and (target.qualifier is None or execution.version == target.configuration.version)
            and parameters.get("DurableExecutionName") in (None, execution.name)
            and (not parameters.get("Statuses") or execution.status in parameters["Statuses"])
            and (after is None or started > after)
            and (before is None or started < before)
        )

    def _page(self, items: Sequence[Any], parameters: Parameters, member: str, shown: Callable[[Any], object]) -> ApiResponse:
        size = parameters.get("MaxItems") or limits.DURABLE_DEFAULT_PAGE_SIZE
        wanted = {**parameters, "MaxItems": size}
        return page(items, wanted, member, limits.DURABLE_STATE_PAGE_SIZE, shown=shown)

    def _timestamp(self, instant: int) -> float:
        return self._simulation.clock.at(instant).timestamp()


def _seconds(value: Any) -> float | None:
    """Returns an instant of a call, in seconds since the epoch."""
    if value is None or isinstance(value, (int, float)):
        return value
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
