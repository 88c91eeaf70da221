"""The `Invoke` API: it refuses a call, queues an event, or answers with the handler's result."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from .. import limits
from ..errors import NotSimulatedError, hides_frames
from ..journal.entry import Subject
from ..journal.events import CallStopped
from ..simulation.simulation import Simulation
from ..simulation.wait_signal import Signal
from ..values import dataclass
from .api_response import ApiResponse
from .async_queue import AsyncQueue, Functions, QueuedEvent
from .authorization import Authorizer, PushSource
from .errors import ServiceError, conflict, invalid_parameter
from .event_acceptor import SourceDenied
from .invoke_request import Again, InvokeRequest, Result
from .invoker import Invoker
from .model import Target
from .refusals import Refusal
from .tracing import PassedTrace, Trace, parse

EVENT, REQUEST_RESPONSE, DRY_RUN = "Event", "RequestResponse", "DryRun"

__tracebackhide__ = hides_frames

_WITHOUT_TENANTS = (
    "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again."
)
_WITH_TENANTS = (
    "The invoked function is enabled with tenancy configuration. Add a valid tenant ID to your request and try again."
)
"""One text for an unexpected `TenantId`, and one for a missing one (FUN-76; AWS's texts were not observed)."""


def _ignore(result: Result) -> None:
    """Does nothing: nobody reads the result."""


@dataclass(frozen=True, slots=True)
class SynchronousAnswer:
    """The response to a synchronous call."""

    request_id: str
    result: Result
    trace: Trace
    execution_arn: str | None = None


class CallerTimedOut(Exception):
    """The caller of a synchronous call stopped waiting. The function runs on."""

    def __init__(self, request_id: str) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class Invocations:
    """Invokes functions: `invoke` for the Lambda API, `call` for handles, `accept` for all asynchronous events."""

    def __init__(
        self,
        simulation: Simulation,
        invoker: Invoker,
        queue: AsyncQueue,
        functions: Functions,
        authority: Authorizer,
        passed: PassedTrace,
        *,
        asynchronous_payload_limit: int,
    ) -> None:
        self._simulation = simulation
        self._invoker = invoker
        self._queue = queue
        self._functions = functions
        self._authority = authority
        self._passed = passed
        self._limits = {EVENT: asynchronous_payload_limit, REQUEST_RESPONSE: limits.SYNCHRONOUS_PAYLOAD_BYTES}

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], ApiResponse]]:
        """Returns the operations of the API that this class has."""
        return {"Invoke": self.invoke, "InvokeAsync": self.invoke_async}

    def invoke(self, parameters: Mapping[str, Any]) -> ApiResponse:
        """Runs `Invoke` with its API parameters. `Payload` is bytes, and `TraceHeader` is the trace header of the caller."""
        kind = parameters.get("InvocationType", REQUEST_RESPONSE)
        name, qualifier = parameters["FunctionName"], parameters.get("Qualifier")
        tenant_id = parameters.get("TenantId") or ""
        if kind == DRY_RUN:
            _check_tenant(self._functions.named(name, qualifier), tenant_id)
            return ApiResponse(204)
        payload = parameters.get("Payload") or b"{}"
        trace = parse(parameters.get("TraceHeader"))
        execution_name = parameters.get("DurableExecutionName")
        if kind == EVENT:
            event = self.accept(
                name, payload, qualifier=qualifier, trace=trace, tenant_id=tenant_id, execution_name=execution_name
            )  # fmt: skip
            headers = {"x-amzn-RequestId": event.request_id, **_accepted_headers(event.trace)}
            return ApiResponse(202, headers={**headers, **_execution_header(event.execution_arn)})
        context = _decoded_client_context(parameters.get("ClientContext"))
        answer = self.call(name, qualifier, payload, trace, context, tenant_id, execution_name=execution_name)
        headers = {
            "x-amzn-RequestId": answer.request_id,
            "x-amz-executed-version": answer.result.executed_version,
            **_accepted_headers(answer.trace),
            **_execution_header(answer.execution_arn),
        }
        if answer.result.error is not None:
            headers["x-amz-function-error"] = "Unhandled"
        if parameters.get("LogType") == "Tail":
            headers["x-amz-log-result"] = base64.b64encode(answer.result.log_tail).decode()
        return ApiResponse(200, payload=answer.result.payload, headers=headers)

    def invoke_async(self, parameters: Mapping[str, Any]) -> ApiResponse:
        """Runs the deprecated `InvokeAsync`. It uses the same queue, a smaller limit, and passes no trace id (ASY-16)."""
        payload = parameters.get("InvokeArgs") or b"{}"
        _check_size(payload, EVENT, limits.INVOKE_ASYNC_PAYLOAD_BYTES)
        event = self.accept(parameters["FunctionName"], payload)
        return ApiResponse(202, headers={"x-amzn-RequestId": event.request_id})

    def accept(
        self,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        trace: Trace | None = None,
        source: PushSource | None = None,
        tenant_id: str = "",
        pushed_by: str | None = None,
        execution_name: str | None = None,
    ) -> QueuedEvent:
        """Queues an event as `EventAcceptor` describes, or refuses it immediately (ASY-06). Raises `ServiceError`.

        `execution_name` is the name of the durable execution. If it exists, the call joins it and queues nothing (DUR-21).
        """
        reason = None if source is None else self._authority.admits(function, source)
        if reason is not None:
            raise SourceDenied(reason)
        target = self._admitted(self._functions.named(function, qualifier), payload, EVENT, tenant_id, execution_name)
        trace = trace or parse(self._passed.header) or self._invoker.chains.new()
        pushed_by = pushed_by or (None if source is None else source.label)
        request_id, execution_arn = self._simulation.identifiers.uuid(), None
        if target.configuration.durable is not None:
            target = self._functions.resolve(function, qualifier)  # DUR-18
            execution, is_new = self._invoker.executions().open(target, payload, execution_name, trace, is_queued=True)
            execution_arn = execution.arn
            if not is_new:
                return QueuedEvent.joined(request_id, target, payload, trace, execution_arn)
        return self._queue.accept(target, payload, trace, request_id, tenant_id, pushed_by, execution_arn)

    def call(
        self,
        name: str,
        qualifier: str | None,
        payload: bytes,
        trace: Trace | None = None,
        client_context: str | None = None,
        tenant_id: str = "",
        *,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
        again: Again | None = None,
        execution_name: str | None = None,
    ) -> SynchronousAnswer:
        """Runs the function and waits for its result. Raises `ServiceError`, 429 if it is throttled (CON-20).

        `request_id` is that of the invocation, a new one if it is None. After `timeout_seconds` the caller stops waiting: the
        call raises `CallerTimedOut`, and the function runs on (HTP-04). An exploration can repeat the call with `again`.
        """
        target, request = self._called(
            name, qualifier, payload, trace, client_context, tenant_id, request_id=request_id, execution_name=execution_name
        )  # fmt: skip
        if again is not None:
            request = request._replace(again=again)
        outcome: list[Result | Refusal] = []
        done = Signal()

        def begin() -> None:
            refusal = self._invoker.start(target, request, finish)
            if refusal is not None:
                finish(refusal)

        def finish(result: Result | Refusal) -> None:
            outcome.append(result)
            done.notify()

        if not self._simulation.wait(done, timeout_seconds, begin):
            raise CallerTimedOut(request.request_id)
        [result] = outcome
        if not isinstance(result, Result):
            raise result.error
        return SynchronousAnswer(request.request_id, result, request.trace, request.execution_arn)

    def begin(
        self,
        name: str,
        qualifier: str | None,
        payload: bytes,
        *,
        trace: Trace | None = None,
        attempt: int = 1,
        request_id: str | None = None,
        on_result: Callable[[Result], None] = _ignore,
    ) -> None:
        """Starts a synchronous call, and calls `on_result` with its result. Scheduled work calls this.

        Raises `ServiceError`. `attempt` is how often the caller has tried this.
        """
        target, request = self._called(name, qualifier, payload, trace, attempt=attempt, request_id=request_id)
        refusal = self._invoker.start(target, request, on_result)
        if refusal is not None:
            raise refusal.error

    def _called(
        self,
        name: str,
        qualifier: str | None,
        payload: bytes,
        trace: Trace | None = None,
        client_context: str | None = None,
        tenant_id: str = "",
        attempt: int = 1,
        request_id: str | None = None,
        execution_name: str | None = None,
    ) -> tuple[Target, InvokeRequest]:
        """Returns what a synchronous call runs. Raises `ServiceError`."""
        target = self._functions.resolve(name, qualifier)
        target = self._admitted(target, payload, REQUEST_RESPONSE, tenant_id, execution_name)
        trace = trace or self._invoker.chains.new()
        if self._invoker.is_recursion_limit_reached(target, trace):
            subject = Subject(target.function.name)
            self._simulation.journal.write(CallStopped(subject, target.invoked_arn))
            self._invoker.warn_of_recursion(target)
            raise ServiceError(
                "RecursiveInvocationException",
                "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped "
                "your function's invocation.",
            )
        subject = Subject(target.function.name, request_id or self._simulation.identifiers.uuid(), attempt)
        request = InvokeRequest(
            subject, payload, trace, client_context=client_context, tenant_id=tenant_id, is_synchronous=True
        )
        if target.configuration.durable is not None:
            execution, _ = self._invoker.executions().open(target, payload, execution_name, trace)
            execution.is_awaited = True
            request = request._replace(execution_arn=execution.arn)
        return target, request

    def check_invocable(self, target: Target) -> None:
        """Raises `NotSimulatedError` if the function has a runtime that cannot run here."""
        if not target.configuration.runtime.startswith("python"):
            raise self._simulation.record_misuse(
                f"The runtime {target.configuration.runtime} of {target.function.name!r} is not simulated: only python3.* "
                "handlers can be invoked.", NotSimulatedError,
            )  # fmt: skip

    def _admitted(
        self, target: Target, payload: bytes, kind: str, tenant_id: str, execution_name: str | None = None
    ) -> Target:
        state = target.configuration.state
        if state != "Active":
            raise conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: " + state
            )
        self.check_invocable(target)
        _check_tenant(target, tenant_id)
        if target.configuration.durable is not None or execution_name is not None:
            # Only durable functions load it.
            from .durable.admission import check_call

            check_call(target, execution_name, is_synchronous=kind == REQUEST_RESPONSE)
        _check_size(payload, kind, self._limits[kind])
        _check_json(payload)
        return target


def _check_tenant(target: Target, tenant_id: str) -> None:
    if target.configuration.has_tenants != bool(tenant_id):
        raise invalid_parameter(_WITHOUT_TENANTS if tenant_id else _WITH_TENANTS)


def _check_size(payload: bytes, kind: str, limit: int) -> None:
    if len(payload) > limit:
        raise ServiceError(
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)", 413,
        )  # fmt: skip


def _check_json(payload: bytes) -> None:
    try:
        _JSON.decode(payload.decode(json.detect_encoding(payload), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise ServiceError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
        ) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"Unrecognized token '{name}': was expecting a JSON value")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _accepted_headers(trace: Trace) -> dict[str, str]:
    return {"x-amzn-trace-id": trace.answer_header(), "x-amzn-remapped-content-length": "0"}


def _execution_header(arn: str | None) -> dict[str, str]:
    """Returns the header that names the durable execution (DUR-13)."""
    return {} if arn is None else {"X-Amz-Durable-Execution-Arn": arn}


def _decoded_client_context(encoded: str | None) -> str | None:
    """Returns the JSON text of a client context in base64. Raises `ServiceError` if it is not base64 or not JSON."""
    if not encoded:
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        json.loads(text)
    except ValueError:
        raise ServiceError(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        ) from None
    return text
