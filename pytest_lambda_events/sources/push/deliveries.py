"""Deliveries of push sources: attempts at virtual instants, and what happens to an event that no target receives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from ...arns import parse_or_none
from ...faults.explorer import AS_USUAL, LOST_ACKNOWLEDGEMENT, Explorer
from ...journal.entry import NOBODY, Subject
from ...journal.events import Warned
from ...journal.journal import Journal
from ...journal.pending import PushAttempt
from ...journal.pushes import PushDropped, Pushed, PushFiltered, PushMatched, PushRetried
from ...service.authorization import PushSource
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor, SourceDenied
from ...service.tracing import PassedTrace, without_lineage
from ...simulation.simulation import Simulation
from ...values import dataclass
from .push_counts import DELIVERED, DeadLetter, PushCounts, PushOutcome

Exhausted = Literal["MaximumRetryAttempts", "MaximumEventAgeInSeconds"]


_THROTTLES = frozenset({"THROTTLING", "TooManyRequestsException", "ThrottlingException", "Throttling"})


class NotDelivered(Exception):
    """A target did not receive an event. `is_retried` tells whether the service tries again, as its policy allows."""

    def __init__(self, code: str, message: str, *, is_retried: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_retried = is_retried

    @property
    def sentence(self) -> str:
        """Returns the message with a period at its end."""
        return f"{self.message.removesuffix('.')}."

    @property
    def is_throttled(self) -> bool:
        """Returns whether the target was busy."""
        return self.code in _THROTTLES


def refused(error: ServiceError) -> NotDelivered:
    """Returns why a function did not receive an event. Services retry throttles and faults of Lambda (EVB-93, PSH-24)."""
    if isinstance(error, SourceDenied):
        return NotDelivered("NO_PERMISSIONS", error.message)
    code = "NO_RESOURCE" if error.status == 404 else "THROTTLING" if error.status == 429 else "ERROR_FROM_TARGET"
    is_pending = error.status == 409
    if error.status < 500 and error.status not in (404, 429) and not is_pending:
        code = "INVALID_PARAMETER"
    return NotDelivered(code, error.message, is_retried=error.status == 429 or error.status >= 500 or is_pending)


_NOT_ACKNOWLEDGED = NotDelivered("ERROR_FROM_TARGET", "Planned: the acknowledgement is lost", is_retried=True)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a service tries again. `delay` returns the seconds before a retry, which is counted from 1."""

    maximum_retries: int
    delay: Callable[[int], float]
    maximum_age_seconds: float | None = None


NO_RETRIES = RetryPolicy(0, lambda retry: 0.0)


def _topic_delay(retry: int) -> float:
    """Returns the delay of SNS (PSH-24)."""
    early = (0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 6, 8, 11, 15, 20)
    return float(early[retry - 1] if retry <= len(early) else 20)


TOPIC_RETRIES = RetryPolicy(100_015, _topic_delay)
"""The retries of SNS (PSH-16)."""
BUCKET_RETRIES = RetryPolicy(1_000_000, lambda retry: float(min(2 ** min(retry - 1, 9), 300)), 86_400.0)
"""The retries of S3 (PSH-5D)."""

LOG_RETRIES = RetryPolicy(1_000_000, lambda retry: float(min(2 ** min(retry - 1, 9), 300)), 86_400.0)
"""The retries of subscription filters of CloudWatch Logs (LOG-18, LOG-19)."""


@lru_cache(maxsize=64)
def rule_retries(maximum_retries: int = 185, maximum_age_seconds: float = 86_400.0) -> RetryPolicy:
    """Returns the retries of EventBridge and Scheduler (EVB-90, EVB-91)."""
    return RetryPolicy(maximum_retries, lambda retry: float(min(2 ** min(retry - 1, 9), 480)), maximum_age_seconds)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a service does not try again, after `retries` retries. `exhausted` is the limit of the policy that ended them."""

    failure: NotDelivered
    retries: int
    exhausted: Exhausted | None = None


def _no_dead_letter_queue(ending: Ending) -> str | None:
    return None


def _uncounted(outcome: PushOutcome) -> None:
    """Has no metrics."""


@dataclass(frozen=True, slots=True)
class Push:
    """One event for one target.

    `send` delivers the event, with the number of the attempt, or raises `NotDelivered`. `dead_letter` sends the event to a
    dead-letter queue and returns its ARN, or None if there is no such queue. It raises `NotDelivered` if the queue does not
    receive the event either. `count` is called with the outcome of each attempt.
    """

    pushed_by: str
    target: str
    send: Callable[[int], None]
    policy: RetryPolicy = NO_RETRIES
    dead_letter: Callable[[Ending], str | None] = field(default=_no_dead_letter_queue)
    count: Callable[[PushOutcome], None] = field(default=_uncounted)


class Pushes:
    """Delivers the events of all push sources. The first attempt runs immediately, and retries are scheduled work.

    A retry has the trace header of the call that caused the push.
    """

    def __init__(self, simulation: Simulation, passed: PassedTrace | None = None) -> None:
        self._simulation = simulation
        self._passed = PassedTrace() if passed is None else passed
        self.counts = PushCounts(simulation.clock)
        """The numbers for metrics."""
        self.explorer: Explorer | None = None
        """Chooses which acknowledgements are lost. None: none of them."""

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self._simulation.clock.now

    def new_id(self) -> str:
        """Returns an id in the form of a UUID."""
        return self._simulation.identifiers.uuid()

    def matched(self, pushed_by: str, *targets: str) -> None:
        """Records that a filter matched an event, or that a schedule fired. The deliveries to the targets follow."""
        self._simulation.journal.write(PushMatched(NOBODY, pushed_by, targets))

    def filtered(self, pushed_by: str, target: str) -> None:
        """Records that the filter of a target did not match an event."""
        self._simulation.journal.write(PushFiltered(NOBODY, pushed_by, target))

    def without_lineage(self) -> AbstractContextManager[None]:
        """Passes the trace on without its lineage inside the block, as EventBridge does."""
        header = self._passed.header
        return self._passed.passing(None if header is None else without_lineage(header))

    def deliver(self, push: Push) -> None:
        """Delivers an event, or schedules a retry, or drops the event."""
        self._attempt(push, 1, self._simulation.clock.microseconds)

    def _attempt(self, push: Push, attempt: int, accepted_at: int) -> None:
        try:
            push.send(attempt)
        except NotDelivered as failure:
            self._after(push, attempt, accepted_at, failure)
            return
        self._simulation.journal.write(Pushed(NOBODY, push.pushed_by, push.target))
        if self._loses_acknowledgement(push, attempt):
            self._after(push, attempt, accepted_at, _NOT_ACKNOWLEDGED)
        else:
            push.count(DELIVERED if attempt == 1 else PushOutcome(attempt))

    def _loses_acknowledgement(self, push: Push, attempt: int) -> bool:
        """Returns whether the service does not get the response of a target, so that it delivers once more (PSH-08)."""
        if self.explorer is None or attempt > 1 or push.policy.maximum_retries < 1:
            return False
        target = parse_or_none(push.target)
        what = push.target if target is None else target.name
        return self.explorer.choose("push", push.pushed_by, what, (LOST_ACKNOWLEDGEMENT,)) != AS_USUAL

    def _after(self, push: Push, attempt: int, accepted_at: int, failure: NotDelivered) -> None:
        clock = self._simulation.clock
        age = (clock.microseconds - accepted_at) / 1_000_000
        if not failure.is_retried:
            self._drop(push, Ending(failure, attempt - 1))
        elif attempt > push.policy.maximum_retries:
            self._drop(push, Ending(failure, attempt - 1, "MaximumRetryAttempts"))
        else:
            delay = push.policy.delay(attempt)
            if push.policy.maximum_age_seconds is not None and age + delay > push.policy.maximum_age_seconds:
                self._drop(push, Ending(failure, attempt - 1, "MaximumEventAgeInSeconds"))
                return
            due = clock.elapsed + delay
            push.count(PushOutcome(attempt, is_failure=True, is_throttled=failure.is_throttled, is_final=False))
            self._simulation.journal.write(PushRetried(NOBODY, push.pushed_by, push.target, failure.message, due))
            work = PushAttempt(NOBODY, push.pushed_by, push.target)
            header = self._passed.header

            def retry() -> None:
                with self._passed.passing(header):
                    self._attempt(push, attempt + 1, accepted_at)

            self._simulation.scheduler.call_after(delay, retry, work)

    def _drop(self, push: Push, ending: Ending) -> None:
        reason, queue = ending.failure.message, None
        dead_letter: DeadLetter | None = None
        try:
            queue = push.dead_letter(ending)
            dead_letter = None if queue is None else "sent"
        except NotDelivered as second:
            reason = f"{ending.failure.sentence} The dead-letter queue did not receive it either: {second.message}"
            dead_letter = "refused"
        is_throttled = ending.failure.is_throttled
        push.count(PushOutcome(ending.retries + 1, is_failure=True, is_throttled=is_throttled, dead_letter=dead_letter))
        self._simulation.journal.write(PushDropped(NOBODY, push.pushed_by, push.target, reason, queue))


class FunctionDeliveries:
    """Delivers for services that do not report a refusal to their caller. The refusal is in the journal."""

    def __init__(self, acceptor: EventAcceptor, journal: Journal) -> None:
        self._acceptor = acceptor
        self._journal = journal

    def deliver(self, function_arn: str, payload: bytes, source: PushSource | None = None) -> bool:
        """Queues an event, and returns whether it was queued.

        A refusal of Lambda becomes a warning. If the function's policy does not allow the source, the journal has a `denied`
        entry.
        """
        try:
            self._acceptor.accept(function_arn, payload, source=source)
        except SourceDenied:
            return False
        except ServiceError as refusal:
            arn = parse_or_none(function_arn)
            message = f"A delivery to {function_arn} was refused: {refusal.message}"
            self._journal.write(Warned(Subject(arn.name if arn else function_arn), message))
            return False
        return True
