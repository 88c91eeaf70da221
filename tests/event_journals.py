"""Journals of asynchronous events, written without a simulation."""

from __future__ import annotations

from entries import accepted, delivered, discarded, ended, started

from pytest_lambda_events.journal.entry import Subject
from pytest_lambda_events.journal.events import Retried, Route
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock

FAILURES = "arn:aws:sqs:us-east-1:123456789012:failures"


class EventJournal:
    """Writes what the queue of asynchronous events writes."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.journal = Journal(clock)

    def at(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.move_to(round(seconds * 1_000_000))

    def accepted(self, request_id: str, function_name: str = "charge", payload: bytes = b"{}") -> None:
        """An event."""
        self.journal.write(accepted(Subject(function_name, request_id), payload))

    def started(self, request_id: str, attempt: int = 1, function_name: str = "charge", payload: bytes = b"{}") -> Subject:
        """An attempt that runs."""
        subject = Subject(function_name, request_id, attempt)
        self.journal.write(started(subject, payload))
        return subject

    def ended(
        self,
        subject: Subject,
        error: str | None = None,
        logs: tuple[str, ...] = (),
        *,
        error_type: str = "ValueError",
        payload: bytes = b"null",
    ) -> None:
        """Its end."""
        self.journal.write(ended(subject, error, error_type=error_type, payload=payload, logs=logs))

    def failing(self, *starts: float, request_id: str = "id", error: str = "card expired") -> None:
        """An event that is accepted at the first instant, fails at each, and reaches its destination at the last."""
        self.at(starts[0])
        self.accepted(request_id)
        for number, (instant, following) in enumerate(zip(starts, [*starts[1:], None], strict=True), 1):
            self.at(instant)
            subject = self.started(request_id, number)
            self.ended(subject, error)
            if following is not None:
                self.journal.write(Retried(subject, following))
        self.journal.write(discarded(Subject("charge", request_id), attempts=len(starts)))
        self.delivered(request_id)

    def delivered(self, request_id: str, target: str = FAILURES, body: bytes = b"{}", route: Route = "on_failure") -> None:
        """A record at a destination."""
        self.journal.write(delivered(Subject("charge", request_id), route, target, body))
