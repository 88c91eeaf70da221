"""Journal entries with defaults for what a test does not look at."""

from __future__ import annotations

from pytest_lambda_events.journal.attempts import AttemptRefused, Ended, NotFound, ServiceFailed, Started, Throttled
from pytest_lambda_events.journal.entry import BatchFacts, Subject
from pytest_lambda_events.journal.events import Accepted, Delivered, DeliveryFailed, Discarded, Route, Succeeded

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"


def accepted(subject: Subject, payload: bytes = b"{}", arn: str = ARN) -> Accepted:
    """An event was queued."""
    return Accepted(subject, payload, None, arn)


def started(
    subject: Subject, payload: bytes = b"{}", batch: BatchFacts | None = None, *, arn: str = ARN, is_cold_start: bool = False
) -> Started:
    """An attempt began."""
    return Started(
        subject, payload, batch, invoked_arn=arn, executed_version="$LATEST", is_cold_start=is_cold_start, log_stream="stream"
    )


def ended(
    subject: Subject,
    error: str | None = None,
    *,
    error_type: str = "ValueError",
    payload: bytes = b"null",
    logs: tuple[str, ...] = (),
    version: str = "$LATEST",
) -> Ended:
    """An attempt ended, with an error if its message is given."""
    return Ended(subject, payload, version, None if error is None else error_type, error, logs)


def refused(
    kind: str,
    subject: Subject,
    payload: bytes = b"{}",
    batch: BatchFacts | None = None,
    *,
    reason: str = "why",
    arn: str = ARN,
) -> AttemptRefused:
    """An attempt that did not run, by the kind of its entry."""
    if kind == "not_found":
        return NotFound(subject, payload, batch, None if batch is None else arn)
    refusal = {"throttled": Throttled, "service_error": ServiceFailed}[kind]
    return refusal(subject, payload, batch, invoked_arn=arn, reason=reason, executed_version="$LATEST")


def succeeded(subject: Subject, attempts: int = 1) -> Succeeded:
    """An event ended well."""
    return Succeeded(subject, "Success", attempts, attempts)


def discarded(subject: Subject, condition: str = "RetriesExhausted", attempts: int = 1) -> Discarded:
    """An event ended otherwise, after attempts that all ran."""
    return Discarded(subject, condition, attempts, attempts)


def delivered(subject: Subject, route: Route, target: str = "arn", body: bytes = b"{}") -> Delivered:
    """Something arrived at a target."""
    return Delivered(subject, route, target, body)


def delivery_failed(subject: Subject, route: Route, reason: str = "gone") -> DeliveryFailed:
    """Something did not arrive at a target."""
    return DeliveryFailed(subject, route, "arn", reason)
