"""The queue of `InvocationType=Event`. It attempts an event until it ends, and reports why it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Protocol

from .. import limits
from ..errors import hides_frames
from ..faults.explorer import AS_USUAL, DELIVERED_AGAIN
from ..faults.plans import FaultContext, fault_context_of
from ..journal.attempts import NotFound
from ..journal.entry import Subject
from ..journal.events import Accepted, Discarded, Retried, Succeeded
from ..journal.pending import EventAttempt
from ..simulation.clock import seconds_between
from ..simulation.simulation import Simulation
from ..values import dataclass
from .errors import ServiceError
from .invoke_request import InvokeRequest, Result
from .invoker import Invoker
from .model import LATEST, EventInvokeConfig, Function, Target
from .refusals import Refusal
from .retry import (
    DUPLICATE,
    EVENT_AGE_EXCEEDED,
    RECURSION_TERMINATED,
    SUCCESS,
    Decision,
    Discard,
    Settings,
    after_function_error,
    after_throttle,
    before_attempt,
)
from .tracing import Trace

__tracebackhide__ = hides_frames


@dataclass(slots=True)
class QueuedEvent:
    """An accepted event. All its attempts have its request id (ASY-03). Its age counts from `accepted_at` (ASY-17).

    `invoke_count` counts the attempts that reached the function or found that it does not exist. `throttles` counts the last
    attempts in a row that did not. `attempts` is the number of the last attempt, which began at `attempted_at`. `was_repeated`
    is whether the event was delivered again. If that happened while an attempt was running, both have the same `deliveries`.
    `execution_arn` is the durable execution that it starts. Times are microseconds since the start.
    """

    request_id: str
    function_arn: str
    function_name: str
    qualifier: str | None
    payload: bytes
    accepted_at: int
    trace: Trace
    configured: EventInvokeConfig
    invoke_count: int = 0
    throttles: int = 0
    attempts: int = 0
    attempted_at: int | None = None
    was_repeated: bool = False
    tenant_id: str = ""
    last: LastResponse = field(default_factory=lambda: LastResponse())
    target: Target | None = None
    role_arn: str = ""
    dead_letter_target_arn: str | None = None
    subjects: dict[int | None, Subject] = field(default_factory=dict)
    deliveries: Deliveries | None = None
    execution_arn: str | None = None

    @classmethod
    def joined(cls, request_id: str, target: Target, payload: bytes, trace: Trace, execution_arn: str) -> QueuedEvent:
        """Returns what a call gets that joins a durable execution. It is not in the queue."""
        function = target.function
        return cls(
            request_id, function.arn, function.name, target.qualifier, payload, 0, trace, EventInvokeConfig(),
            execution_arn=execution_arn,
        )  # fmt: skip

    @property
    def qualified_arn(self) -> str:
        """Returns the ARN as records show it, always with the qualifier of the invocation (DST-17)."""
        return f"{self.function_arn}:{self.qualifier or LATEST}"

    @property
    def number(self) -> int:
        """Returns the number of the last attempt of all deliveries of the event."""
        return self.attempts if self.deliveries is None else self.deliveries.attempts

    def begin_attempt(self, at: int) -> None:
        """Counts an attempt that begins."""
        self.attempts = self.number + 1
        self.attempted_at = at
        if self.deliveries is not None:
            self.deliveries.attempts = self.attempts

    def resolved(self, target: Target | None) -> None:
        """Stores the target that the last attempt found."""
        self.target = target
        self.remember(target)

    def remember(self, target: Target | None) -> None:
        """Stores the role and the dead-letter queue, which are needed after the target was deleted."""
        if target is not None:
            self.role_arn = target.configuration.role
            self.dead_letter_target_arn = target.configuration.dead_letter_target_arn

    def fault_context(self) -> FaultContext:
        """Returns the last attempt in the form for planned faults."""
        return fault_context_of(self.qualified_arn, self.request_id, self.attempts, self.payload, self.attempted_at)

    def subject(self, attempt: int | None = None) -> Subject:
        """Returns the subject of journal entries about the event. Entries share it."""
        if attempt not in self.subjects:
            self.subjects[attempt] = Subject(self.function_name, self.request_id, attempt)
        return self.subjects[attempt]


@dataclass(frozen=True, slots=True)
class LastResponse:
    """The result of the last attempt: `result` if the function ran, else only the status, or nothing."""

    status_code: int | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class EndedEvent:
    """An event that ended, and why it ended.

    `event.target` is the target of its last attempt, or without an attempt the target that it names. None if the target was
    deleted.
    """

    event: QueuedEvent
    condition: str


@dataclass(slots=True)
class Deliveries:
    """The deliveries of one event that was delivered again while an attempt was running (ASY-47).

    Each has its own retries. The event ends when all have ended: with a success, if there is one. `attempts` counts those of
    all.
    """

    attempts: int
    count: int = 1
    ended: list[EndedEvent] = field(default_factory=list)

    def end(self, ended: EndedEvent) -> EndedEvent | None:
        """Ends one delivery. Returns the end of the event if it was the last one."""
        self.ended.append(ended)
        if len(self.ended) < self.count:
            return None
        return next((one for one in self.ended if one.condition == SUCCESS), ended)


class Functions(Protocol):
    """Finds functions by name or ARN at the current time."""

    def find(self, function_arn: str) -> Function | None:
        """Returns the function, if it exists."""

    def named(self, function_arn: str, qualifier: str | None) -> Target:
        """Returns the target that a call names. An alias gives its main version, without a draw. Raises `ServiceError` if it
        is missing.
        """

    def resolve(self, function_arn: str, qualifier: str | None) -> Target:
        """Returns the target that would run now. An alias draws by its weights. Raises `ServiceError` if it is missing."""


class AsyncQueue:
    """Attempts events when they are due. The decisions after each attempt are in `retry`."""

    def __init__(
        self,
        simulation: Simulation,
        invoker: Invoker,
        functions: Functions,
        on_ended: Callable[[EndedEvent], None] = lambda ended: None,
    ) -> None:
        self._simulation = simulation
        self._invoker = invoker
        self._functions = functions
        self._on_ended = on_ended

    def accept(
        self,
        target: Target,
        payload: bytes,
        trace: Trace,
        request_id: str,
        tenant_id: str = "",
        pushed_by: str | None = None,
        execution_arn: str | None = None,
    ) -> QueuedEvent:
        """Adds an event to the queue. Its first attempt is due now and runs when time moves."""
        event = QueuedEvent(
            request_id, target.function.arn, target.function.name, target.qualifier, payload,
            self._simulation.clock.microseconds, trace, target.function.event_invoke_config(target.qualifier),
            tenant_id=tenant_id, execution_arn=execution_arn,
        )  # fmt: skip
        event.remember(target)
        self._simulation.journal.write(Accepted(event.subject(), payload, target.qualifier, target.invoked_arn, pushed_by))
        self._schedule(event, 0)
        return event

    def _schedule(self, event: QueuedEvent, delay: float) -> None:
        work = EventAttempt(event.subject(event.number + 1), event.payload)
        self._simulation.scheduler.call_after(delay, lambda: self._begin_attempt(event), work, unordered=True)

    def _begin_attempt(self, event: QueuedEvent) -> None:
        discard = before_attempt(self._settings(event), self._age(event))
        if discard is not None:
            # An event that expired keeps the result of its last attempt. One that zero reserved concurrency stopped has no
            # result (DST-24).
            event.last = event.last if discard.condition == EVENT_AGE_EXCEEDED else LastResponse()
            event.resolved(event.target or self._found(self._functions.named, event))
            self._end(event, discard.condition)
            return
        event.begin_attempt(self._simulation.clock.microseconds)
        event.resolved(self._found(self._functions.resolve, event))
        if event.target is None:
            self._gone(event)
        elif self._invoker.is_recursion_limit_reached(event.target, event.trace):
            self._end(event, RECURSION_TERMINATED)
            self._invoker.warn_of_recursion(event.target)
        else:
            self._invoke(event, event.target)

    def _invoke(self, event: QueuedEvent, target: Target) -> None:
        again = None if self._invoker.planned.explorer is None else _EventAgain(self, event)
        request = InvokeRequest(
            event.subject(event.attempts), event.payload, event.trace, tenant_id=event.tenant_id, again=again,
            execution_arn=event.execution_arn,
        )  # fmt: skip
        refusal = self._invoker.start(target, request, lambda result: self._attempted(event, result))
        if refusal is not None:
            self._refused(event, refusal)

    def _attempted(self, event: QueuedEvent, result: Result) -> None:
        event.invoke_count += 1
        event.throttles = 0  # ASY-62
        event.last = LastResponse(200, result)
        settings = self._settings(event)
        if result.error is None and self._comes_again(event, settings):
            event.was_repeated = True
            self._follow(event, DUPLICATE)
            return
        if result.error is None:
            self._end(event, SUCCESS)
            return
        self._follow(event, after_function_error(settings, self._age(event), event.invoke_count))

    def _comes_again(self, event: QueuedEvent, settings: Settings) -> bool:
        """Returns whether an event that succeeded is delivered once more (ASY-47). It is not if it is too old."""
        if event.was_repeated or before_attempt(settings, self._age(event)) is not None:
            return False
        return self._invoker.planned.met("duplicate", event.fault_context()) is not None

    def can_come_again(self, event: QueuedEvent) -> bool:
        """Returns whether another delivery of an event can begin while an attempt runs."""
        return not event.was_repeated and before_attempt(self._settings(event), self._age(event)) is None

    def deliver_again(self, event: QueuedEvent) -> None:
        """Delivers an event once more while an attempt runs (ASY-47)."""
        event.was_repeated = True
        event.deliveries = Deliveries(event.attempts, 2)
        self._schedule(replace(event, invoke_count=0, throttles=0, last=LastResponse()), 0)

    def _refused(self, event: QueuedEvent, refusal: Refusal) -> None:
        event.throttles += 1
        event.last = LastResponse(refusal.status_code)
        self._follow(event, after_throttle(self._settings(event), self._age(event), event.throttles))

    def _gone(self, event: QueuedEvent) -> None:
        """Counts a missing target as an attempt that failed with status 404 (ASY-80 to 82)."""
        event.invoke_count += 1
        event.throttles = 0
        event.last = LastResponse(404)
        self._simulation.journal.write(NotFound(event.subject(event.attempts), event.payload))
        self._follow(event, after_function_error(self._settings(event), self._age(event), event.invoke_count))

    def _follow(self, event: QueuedEvent, decision: Decision) -> None:
        if isinstance(decision, Discard):
            self._end(event, decision.condition)
            return
        due = self._simulation.clock.elapsed + decision.delay
        self._simulation.journal.write(Retried(event.subject(event.attempts), due))
        self._schedule(event, decision.delay)

    def _end(self, event: QueuedEvent, condition: str) -> None:
        ended: EndedEvent | None = EndedEvent(event, condition)
        if event.deliveries is not None:
            ended = event.deliveries.end(EndedEvent(event, condition))
        if ended is None:
            return
        if event.execution_arn is not None and condition != SUCCESS:
            self._invoker.executions().abandon(event.execution_arn, condition)
        # An attempt that would go on a loop is not made.
        attempts = event.number - (ended.condition == RECURSION_TERMINATED)
        kind = Succeeded if ended.condition == SUCCESS else Discarded
        self._simulation.journal.write(kind(event.subject(), ended.condition, attempts, ended.event.invoke_count))
        self._on_ended(ended)

    def _found(self, find: Callable[[str, str | None], Target], event: QueuedEvent) -> Target | None:
        try:
            return find(event.function_arn, event.qualifier)
        except ServiceError:
            return None

    def _settings(self, event: QueuedEvent) -> Settings:
        """Returns the current settings. If the target was deleted, these are the last known settings."""
        function = self._functions.find(event.function_arn)
        if function is not None and function.has(event.qualifier):
            event.configured = function.event_invoke_config(event.qualifier)
        retries = event.configured.maximum_retry_attempts
        age = event.configured.maximum_event_age_in_seconds
        if event.execution_arn is not None:
            retries = 0  # DUR-36
        return Settings(
            limits.MAXIMUM_RETRY_ATTEMPTS if retries is None else retries,
            limits.MAXIMUM_EVENT_AGE_SECONDS if age is None else age,
            function is not None and function.reserved_concurrent_executions == 0,
        )

    def _age(self, event: QueuedEvent) -> float:
        return seconds_between(event.accepted_at, self._simulation.clock.microseconds)


class _EventAgain:
    """Delivers an event once more while an attempt runs."""

    def __init__(self, queue: AsyncQueue, event: QueuedEvent) -> None:
        self._queue = queue
        self._event = event

    @property
    def alternative(self) -> str:
        return DELIVERED_AGAIN if self._queue.can_come_again(self._event) else AS_USUAL

    def begin(self) -> None:
        self._queue.deliver_again(self._event)
