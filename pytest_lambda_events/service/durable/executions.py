"""Runs durable executions: starts them, invokes their functions again, and ends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ... import limits
from ...arns import parse
from ...errors import LambdaEventsError, NotSimulatedError, hides_frames
from ...journal.entry import Subject
from ...journal.events import Warned
from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ..errors import ServiceError, invalid_parameter
from ..invoke_request import InvokeRequest, Result
from ..model import Target
from ..refusals import Refusal
from ..retry import throttle_delay
from ..runtime.error_payloads import ErrorPayload
from ..tracing import Trace
from .admission import mapping_advice, mapping_refusal
from .checkpoints import check_updates
from .decisions import NOTHING_PENDING, Conclude, InvokeAgain, after_invocation, result_of
from .envelope import advice_for, first_page, invocation_event, visible
from .execution import DurableInvocation, Execution
from .history import HistoryEvent, data, error_data
from .operation_store import TIMEOUT, OperationStore, work_of
from .operations import EXECUTION, FAILED, STOPPED, SUCCEEDED, TIMED_OUT, ErrorObject, Operation, Update
from .ports import FunctionFinder, InvokerOfExecutions
from .sizes import error_size, size_of, written_by
from .table import ExecutionTable

__tracebackhide__ = hides_frames

_ENDINGS = {SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", STOPPED: "Stopped"}


class DurableExecutions:
    """The durable executions of all functions.

    `page_size` is how many operations the event of an invocation and a page of the state have at most. None means as many as
    fit AWS's limits (DUR-5D, 5F).
    """

    def __init__(
        self, simulation: Simulation, invoker: InvokerOfExecutions, functions: FunctionFinder, *, page_size: int | None = None
    ) -> None:
        self._simulation = simulation
        self._invoker = invoker
        self._functions = functions
        self.page_size = page_size
        self._warned: set[str] = set()
        self.table = ExecutionTable(simulation.identifiers, simulation.clock)
        self.store = OperationStore(simulation, self.table, self._wake)
        self.on_status: Callable[[Execution], None] = lambda execution: None
        """Is called when an execution starts to run and when it has ended."""

    # Starts

    def open(
        self,
        target: Target,
        payload: bytes,
        name: str | None,
        trace: Trace,
        *,
        is_queued: bool = False,
        is_child: bool = False,
    ) -> tuple[Execution, bool]:
        """Returns the execution that a call starts, or joins by its name, and whether it is new. Raises 409 (DUR-20 to 25)."""
        known = None if name is None else self.table.joined(target.function.arn, name, payload)
        if known is not None:
            return known, False
        execution = self.table.create(target, payload, name, trace, self._simulation.clock.microseconds)
        execution.is_asynchronous = execution.is_queued = is_queued
        execution.is_child = is_child
        given = data(execution.operations[execution.id].input)
        details = {"Input": given, "ExecutionTimeout": execution.config.execution_timeout}
        self._add(execution, "ExecutionStarted", details)
        if is_queued:
            self._begin(execution)
        return execution, True

    def start(self, target: Target, request: InvokeRequest, on_result: Callable[[Result], None]) -> Refusal | None:
        """Starts the execution of a request, or joins it if it has begun. `on_result` receives its end.

        Works like `Invoker.start`: a refusal means that the function did not run.
        """
        refused = None if request.execution_arn is not None else mapping_refusal(target)
        if refused is not None:
            name = target.function.name
            text = f"{refused.message} {mapping_advice(refused)}"
            self._warn(name, f"Event source mappings of the durable function {name!r} fail each batch: {text}")
            on_result(_failed(refused, target))
            return None

        def answer(ended: Execution) -> None:
            on_result(_result(ended))

        execution = self._of(target, request)
        if not execution.is_running:
            answer(execution)
            return None
        execution.on_ended.append(answer)
        if execution.has_begun and not execution.is_queued:
            return None
        # The invocation may end before this call continues.
        was_queued, execution.is_queued = execution.is_queued, False
        refusal = self._invoke(execution, request)
        if refusal is not None:
            execution.on_ended.remove(answer)
            execution.is_queued = was_queued
            if not was_queued:
                self.table.forget(execution)
        return refusal

    def abandon(self, arn: str, condition: str) -> None:
        """Ends an execution whose event left the asynchronous queue without an invocation."""
        execution = self.table.find(arn)
        if execution is not None and execution.is_queued and execution.is_running:
            self._end(execution, FAILED, error=ErrorObject(f"The event was not invoked: {condition}.", condition))

    def _of(self, target: Target, request: InvokeRequest) -> Execution:
        if request.execution_arn is not None:
            return self.table.named(request.execution_arn)
        return self.open(target, request.payload, None, request.trace)[0]

    def _warn(self, function_name: str, message: str) -> None:
        """Writes a warning, once."""
        if message not in self._warned:
            self._warned.add(message)
            self._simulation.journal.write(Warned(Subject(function_name), message))

    def _begin(self, execution: Execution) -> None:
        """Is called when an execution surely exists. Its timeout counts from its start (DUR-A0)."""
        if execution.has_begun:
            return
        self.store.begin(execution)
        due = execution.started_at + execution.config.execution_timeout * MICROSECONDS
        execution.timeout_timer = self._simulation.scheduler.call_at(
            due, partial(self._time_out, execution), work_of(execution, "execution timeout"), background=True, rank=TIMEOUT
        )
        self.on_status(execution)

    # Invocations

    def _invoke(self, execution: Execution, request: InvokeRequest | None = None) -> Refusal | None:
        """Invokes the function. `request` is that of the first invocation."""
        execution.is_invocation_due = False
        try:
            target = self._functions.named(execution.function_arn, execution.version)
        except ServiceError as error:
            self._end(execution, FAILED, error=ErrorObject(error.message, error.code))
            return None
        execution.invocations += 1
        number, seen = execution.invocations, execution.changed
        subject = Subject(execution.function_name, self._simulation.identifiers.uuid(), number)
        if request is not None:
            subject = request.subject
        invocation = DurableInvocation(number, subject.request_id or "", self._simulation.clock.microseconds)
        execution.invocation, execution.changed = invocation, {}
        sent = InvokeRequest(subject, self._event(execution, list(seen)), execution.trace, is_synchronous=execution.is_awaited)
        if request is not None:
            sent = sent._replace(client_context=request.client_context, batch=request.batch, tenant_id=request.tenant_id)
        refusal = self._invoker.attempt(target, sent, partial(self._returned, execution, invocation))
        if refusal is not None:
            execution.invocations -= 1
            execution.invocation, execution.token, execution.changed = None, None, seen
            return refusal
        self._begin(execution)
        return None

    def _event(self, execution: Execution, changed: Sequence[str]) -> bytes:
        """Returns the event of an invocation (DUR-40)."""
        operations = visible(execution.operations)
        page = first_page(operations, self.page_size)
        marker = str(len(page)) if len(page) < len(operations) else ""
        return invocation_event(execution.arn, execution.next_token(), page, marker, changed, self._milliseconds)

    def _returned(self, execution: Execution, invocation: DurableInvocation, result: Result) -> None:
        """Follows the end of an invocation."""
        execution.invocation = execution.token = None
        execution.log_tail, execution.throttles = result.log_tail, 0
        self._begin(execution)
        if not execution.is_running:
            return
        if execution.conclusion is not None:
            self._completed(execution, invocation, None)
            self._end(execution, *execution.conclusion)
            return
        decision = after_invocation(
            result, has_pending=bool(execution.operations.pending), has_changed=bool(execution.changed),
            empty_invocations=execution.empty_invocations, is_child=execution.is_child,
        )  # fmt: skip
        error = decision.error if isinstance(decision, InvokeAgain) else None
        if isinstance(decision, Conclude) and decision.error is NOTHING_PENDING:
            error = NOTHING_PENDING
        is_empty = error is not None and result.error is None
        execution.empty_invocations = execution.empty_invocations + 1 if is_empty else 0
        self._completed(execution, invocation, error)
        self._count_failure(execution, error)
        if isinstance(decision, Conclude):
            advice = advice_for(result.payload, execution.function_name) if decision.status == FAILED else None
            if advice is not None and decision.error is not NOTHING_PENDING:
                self._warn(execution.function_name, advice)
            self._end(execution, decision.status, decision.result, decision.error)
        elif isinstance(decision, InvokeAgain):
            self._wake(execution, decision.delay)

    def _completed(self, execution: Execution, invocation: DurableInvocation, error: ErrorObject | None) -> None:
        now = self._simulation.clock.microseconds
        details: dict[str, object] = {"RequestId": invocation.request_id}
        if error is not None:
            details["Error"] = error_data(error)
        instants = {"StartTimestamp": invocation.started_at, "EndTimestamp": now}
        self.store.add(execution, HistoryEvent("InvocationCompleted", now, details=details, instants=instants))

    def _count_failure(self, execution: Execution, error: ErrorObject | None) -> None:
        """Counts failures in a row. 100 equal ones are a mistake of the test (DUR-63)."""
        if error is None or error not in execution.failures[-1:]:
            execution.failures.clear()
        if error is None:
            return
        execution.failures.append(error)
        if len(execution.failures) >= limits.DURABLE_EQUAL_FAILURES:
            self._simulation.surface(LambdaEventsError(
                f"The durable execution {execution.name!r} of {execution.function_name!r} failed {len(execution.failures)} "
                f"times in a row with {error.type}: {error.message}. Lambda would invoke it every "
                f"{limits.DURABLE_RETRY_SECONDS:g} s until its timeout of {execution.config.execution_timeout} s (DUR-63). "
                "Give the function a shorter ExecutionTimeout, or move the time in smaller steps."
            ))  # fmt: skip
            self._end(execution, FAILED, error=error)

    def _wake(self, execution: Execution, delay: float = 0.0) -> None:
        """Schedules the next invocation, unless one is running or due."""
        if not execution.is_running or execution.invocation is not None or execution.is_invocation_due or execution.is_queued:
            return
        execution.is_invocation_due = True
        self._simulation.scheduler.call_after(
            delay, partial(self._invoke_again, execution), work_of(execution, "invocation"), unordered=True
        )

    def _invoke_again(self, execution: Execution) -> None:
        if not execution.is_running:
            return
        refusal = self._invoke(execution)
        if refusal is not None:
            execution.throttles += 1
            self._wake(execution, throttle_delay(execution.throttles))  # DUR-67

    # Checkpoints

    def checkpoint(self, arn: str, token: str, updates: Sequence[Update]) -> tuple[str | None, list[Operation]]:
        """Applies updates of a running invocation. Returns the next token and the operations that changed (DUR-50 to 5B)."""
        execution = self.with_token(arn, token)
        self._begin(execution)
        parsed = parse(execution.function_arn)
        check_updates(
            updates, execution.operations, parsed.account_id, parsed.region_name, is_child=execution.is_child
        )  # fmt: skip
        self._check_limits(execution, updates)
        touched: dict[str, None] = {}
        for update in updates:
            if update.type == EXECUTION:
                # Its payload is written when the execution ends.
                execution.conclusion = (SUCCEEDED if update.action == "SUCCEED" else FAILED, update.payload, update.error)
                continue
            self.store.apply(execution, update)
            touched[update.id] = None
        self.store.complete_due(execution)
        touched.update(execution.changed)
        execution.changed = {}
        self.store.schedule_due(execution)
        answered = [execution.operations[operation_id] for operation_id in touched]
        if execution.conclusion is not None:
            execution.token = None
            return None, answered
        return execution.next_token(), answered

    def with_token(self, arn: str, token: str) -> Execution:
        """Returns the execution with a running invocation that has this token. Raises `ServiceError` (DUR-52)."""
        execution = self.table.find(arn)
        if execution is None or not execution.is_running or execution.token is None or execution.token != token:
            raise invalid_parameter("Invalid checkpoint token")
        return execution

    def _check_limits(self, execution: Execution, updates: Sequence[Update]) -> None:
        """Raises `NotSimulatedError` for too many operations or bytes (DUR-C3)."""
        new = {update.id for update in updates if update.type != EXECUTION} - execution.operations.keys()
        if len(execution.operations) + len(new) > limits.DURABLE_OPERATIONS + 1:
            raise self._beyond(execution, f"has more than {limits.DURABLE_OPERATIONS} operations", "use fewer operations")
        if execution.written_bytes + sum(map(written_by, updates)) > limits.DURABLE_WRITTEN_BYTES:
            what = f"has written more than {limits.DURABLE_WRITTEN_BYTES} bytes in its payloads"
            raise self._beyond(execution, what, "write large data to Amazon S3 and keep its key")

    def _beyond(self, execution: Execution, what: str, advice: str) -> LambdaEventsError:
        return self._simulation.record_misuse(
            f"The durable execution {execution.name!r} {what}. AWS refuses that (DUR-C3). It is not simulated: let the "
            f"function start another execution, or {advice}.",
            NotSimulatedError,
        )

    # Ends

    def _time_out(self, execution: Execution) -> None:
        error = ErrorObject(f"Execution timed out after {execution.config.execution_timeout} seconds.")
        self._end(execution, TIMED_OUT, error=error)

    def stop(self, execution: Execution, error: ErrorObject | None) -> int:
        """Stops an execution, unless it has ended. Returns the instant of its end (DUR-A2)."""
        if execution.is_running:
            self._begin(execution)
            self._end(execution, STOPPED, error=error)
        return execution.ended_at or 0

    def _end(self, execution: Execution, status: str, result: str | None = None, error: ErrorObject | None = None) -> None:
        now = self._simulation.clock.microseconds
        execution.status, execution.result, execution.error, execution.ended_at = status, result, error, now
        execution.written_bytes += size_of(result) + error_size(error)
        if execution.is_asynchronous and size_of(result) > limits.DURABLE_ASYNCHRONOUS_RESULT_BYTES:
            self._warn(execution.function_name, (
                f"The result of the durable execution {execution.name!r} has {size_of(result)} bytes. AWS documents at most "
                f"{limits.DURABLE_ASYNCHRONOUS_RESULT_BYTES} bytes for an asynchronous execution (DUR-C4), and not what "
                "happens with more. Write large data to Amazon S3 and return its key."
            ))  # fmt: skip
        execution.is_queued = False
        operation = execution.operations[execution.id]
        execution.operations.put(replace(operation, status=status, ended_at=now))
        details = {"Result": data(result)} if status == SUCCEEDED else {"Error": error_data(error)}
        self._add(execution, f"Execution{_ENDINGS[status]}", details)
        for timer in (execution.due_timer, execution.timeout_timer):
            if timer is not None:
                timer.cancel()
        self.on_status(execution)
        answers, execution.on_ended = execution.on_ended, []
        for answer in answers:
            answer(execution)

    def _add(self, execution: Execution, kind: str, details: Mapping[str, object]) -> None:
        """Adds an event about the execution itself."""
        now = self._simulation.clock.microseconds
        self.store.add(execution, HistoryEvent(kind, now, execution.id, execution.name, details=details))

    def _milliseconds(self, instant: int) -> int:
        return int(self._simulation.clock.at(instant).timestamp() * 1000)


def _result(execution: Execution) -> Result:
    result = result_of(execution.status, execution.result, execution.error, execution.version)
    return result._replace(log_tail=execution.log_tail, trace=execution.trace)


def _failed(error: ServiceError, target: Target) -> Result:
    payload = ErrorPayload(error.code, error.message, error.message.encode())
    return Result(payload.payload, payload, target.configuration.version)
