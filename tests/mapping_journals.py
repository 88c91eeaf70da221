"""Journals of event source mappings of queues."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from entries import ended, refused, started

from pytest_lambda_events.journal.batches import (
    BatchResult,
    Deleted,
    MessageExpired,
    MessagesFiltered,
    Polled,
    Redriven,
    Released,
)
from pytest_lambda_events.journal.entry import NOBODY, BatchFacts, Origin, Subject
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock

UUID = "c1d2"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:ship"
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
DEAD = "arn:aws:sqs:us-east-1:123456789012:orders-dead"


SHIP = Subject("ship")


class MappingStory:
    """Writes what a poller of queue `orders` for function `ship` would write, at the clock's instant."""

    def __init__(self, clock: VirtualClock, *, counts: bool = True, invoked_arn: str = FUNCTION, uuid: str = UUID) -> None:
        self.clock = clock
        self.journal = Journal(clock)
        self.origin = Origin(uuid, ORDERS, counts)
        self.invoked_arn = invoked_arn
        self._attempts = 0

    def at(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.move_to(round(seconds * 1_000_000))

    def polled(self, *message_ids: str) -> None:
        """A receive."""
        self.journal.write(Polled(SHIP, self.origin, message_ids))

    def filtered(self, *message_ids: str) -> None:
        """Messages that match no filter, and their deletion."""
        bodies = tuple(f"body of {message_id}" for message_id in message_ids)
        self.journal.write(MessagesFiltered(SHIP, self.origin, message_ids, bodies))
        self.journal.write(Deleted(SHIP, self.origin, message_ids, reason="filtered", stale=()))

    def started(self, *message_ids: str, attempt: int = 1, bodies: Sequence[str] = ()) -> Subject:
        """An attempt that runs."""
        subject = self._next_attempt(attempt)
        batch = BatchFacts(self.origin, message_ids)
        self.journal.write(
            started(subject, event(message_ids, bodies), batch, arn=self.invoked_arn, is_cold_start=attempt == 1)
        )
        return subject

    def throttled(self, *message_ids: str, attempt: int = 1) -> Subject:
        """An attempt that does not run."""
        subject = self._next_attempt(attempt)
        reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        batch = BatchFacts(self.origin, message_ids)
        self.journal.write(refused("throttled", subject, event(message_ids, ()), batch, reason=reason, arn=self.invoked_arn))
        self.result(subject, len(message_ids), message_ids, reason="throttled")
        return subject

    def not_found(self, *message_ids: str, attempt: int = 1) -> Subject:
        """An attempt that finds no function."""
        subject = self._next_attempt(attempt)
        batch = BatchFacts(self.origin, message_ids)
        self.journal.write(refused("not_found", subject, event(message_ids, ()), batch, arn=self.invoked_arn))
        self.result(subject, len(message_ids), message_ids, reason="the function does not exist")
        return subject

    def ended(self, subject: Subject, *, error_type: str | None = None, payload: bytes = b"null") -> None:
        """The end of an attempt that ran."""
        error = None if error_type is None else "no address"
        self.journal.write(ended(subject, error, error_type=error_type or "", payload=payload))

    def result(self, subject: Subject, records: int, failed: Sequence[str] = (), reason: str | None = None) -> None:
        """What Lambda takes as failed."""
        self.journal.write(BatchResult(subject, self.origin, records, tuple(failed), reason))

    def deleted(self, subject: Subject, *message_ids: str, stale: Sequence[str] = ()) -> None:
        """The deletion after success."""
        whom = Subject("ship", subject.request_id)
        self.journal.write(Deleted(whom, self.origin, message_ids, reason="processed", stale=tuple(stale)))

    def deletions(self, subject: Subject, deletions: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Several of them, each with the ids whose receipts were stale."""
        for message_ids, stale in deletions:
            self.deleted(subject, *message_ids, stale=stale)

    def released(self, *message_ids: str) -> None:
        """A held batch that is given up."""
        self.journal.write(Released(SHIP, self.origin, message_ids))

    def redriven(self, message_id: str, receive_count: int) -> None:
        """What the queue does with a message that was received too often."""
        self.journal.write(Redriven(NOBODY, source=ORDERS, target=DEAD, message_id=message_id, receive_count=receive_count))

    def expired(self, message_id: str) -> None:
        """What the queue does with a message whose retention is over."""
        at = self.clock.elapsed
        self.journal.write(MessageExpired(NOBODY, source=ORDERS, message_id=message_id, body="", expired_after_seconds=at))

    def succeeds(self, *message_ids: str, attempt: int = 1, bodies: Sequence[str] = ()) -> None:
        """A whole attempt that takes no time."""
        subject = self.started(*message_ids, attempt=attempt, bodies=bodies)
        self.ended(subject)
        self.result(subject, len(message_ids))
        self.deleted(subject, *message_ids)

    def fails(self, *message_ids: str, attempt: int = 1, bodies: Sequence[str] = ()) -> None:
        """A whole attempt that takes no time and ends in an error."""
        subject = self.started(*message_ids, attempt=attempt, bodies=bodies)
        self.ended(subject, error_type="ValueError")
        self.result(subject, len(message_ids), message_ids, reason="the function failed")

    def _next_attempt(self, attempt: int) -> Subject:
        self._attempts += 1
        return Subject("ship", f"try-{self._attempts}", attempt)


def poison_journal(clock: VirtualClock, attempts: int) -> Journal:
    """A message that comes again every 30 seconds."""
    mapping = MappingStory(clock)
    for number in range(1, attempts + 1):
        mapping.at(30 * number)
        mapping.polled("m1")
        subject = mapping.started("m1", attempt=number)
        mapping.ended(subject, error_type="ValueError")
        mapping.result(subject, 1, ("m1",))
    return mapping.journal


def event(message_ids: Sequence[str], bodies: Sequence[str]) -> bytes:
    """An event with a record for each message; its body is its id unless given."""
    given = bodies or message_ids
    records = [{"messageId": name, "body": body} for name, body in zip(message_ids, given, strict=True)]
    return json.dumps({"Records": records}).encode()
