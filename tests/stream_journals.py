"""Journals of event source mappings of streams."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from entries import ended, refused, started

from pytest_lambda_events.journal.batches import (
    BatchResult,
    Checkpointed,
    CountedAs,
    GivenUp,
    Polled,
    RecordsExpired,
    RecordsFiltered,
)
from pytest_lambda_events.journal.entry import BatchFacts, Origin, Subject
from pytest_lambda_events.journal.events import Delivered, DeliveryFailed
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock

UUID = "c1d2"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:index"
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
CONSUMER = f"{CLICKS}/consumer/fast:1767225600"
ORDERS = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
ORDERS_STREAM = f"{ORDERS}/stream/2026-01-01T00:00:00.000"
FAILURES = "arn:aws:sqs:us-east-1:123456789012:failures"
SHARD = "shardId-000000000000"


INDEX = Subject("index")


class StreamStory:
    """Writes what a poller of a shard of a stream for function `index` would write, at the clock's instant."""

    def __init__(self, clock: VirtualClock, source: str = CLICKS, *, counts: bool = True, invoked_arn: str = FUNCTION) -> None:
        self.clock = clock
        self.journal = Journal(clock)
        self.source = source
        self.counts = counts
        self.invoked_arn = invoked_arn
        self.shard_id = SHARD

    def at(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.move_to(round(seconds * 1_000_000))

    def polled(self, *numbers: str) -> None:
        """A read."""
        self.journal.write(Polled(INDEX, self.origin, numbers))

    def filtered(self, *numbers: str, records: Sequence[Any] | None = None) -> None:
        """Records that match no filter."""
        shown = [kinesis_record(number) for number in numbers[:3]] if records is None else records
        self.journal.write(RecordsFiltered(INDEX, self.origin, numbers, tuple(map(json.dumps, shown))))

    def expired(self, *numbers: str) -> None:
        """Records whose retention is over."""
        self.journal.write(RecordsExpired(INDEX, self.origin, numbers))

    def started(
        self, *numbers: str, request: str = "batch", attempt: int = 1, records: Sequence[Any] | None = None
    ) -> Subject:
        """An attempt that runs."""
        subject = Subject("index", request, attempt)
        shown = [kinesis_record(number) for number in numbers] if records is None else list(records)
        payload, batch = json.dumps({"Records": shown}).encode(), BatchFacts(self.origin, numbers)
        self.journal.write(started(subject, payload, batch, arn=self.invoked_arn))
        return subject

    def throttled(self, *numbers: str, request: str = "batch", attempt: int = 1) -> None:
        """An attempt that does not run."""
        subject = Subject("index", request, attempt)
        reason, batch = "ConcurrentInvocationLimitExceeded", BatchFacts(self.origin, numbers)
        self.journal.write(refused("throttled", subject, b'{"Records": []}', batch, reason=reason, arn=self.invoked_arn))
        self.result(subject, numbers, numbers, reason="ConcurrentInvocationLimitExceeded")

    def refused(self, number: str, *, attempt: int = 1) -> None:
        """An attempt whose event is too large to be sent."""
        reason = "the event has 7000000 bytes, and the limit is 6291456"
        self.result(Subject("index", "batch", attempt), (number,), (number,), reason=reason)

    def ended(self, subject: Subject, *, error_type: str | None = None) -> None:
        """The end of an attempt that ran."""
        error = None if error_type is None else "broken"
        self.journal.write(ended(subject, error, error_type=error_type or ""))

    def result(
        self,
        subject: Subject,
        numbers: Sequence[str],
        failed: Sequence[str] = (),
        reason: str | None = None,
        age: float | None = None,
    ) -> None:
        """What Lambda takes as failed."""
        self.journal.write(BatchResult(subject, self.origin, len(numbers), tuple(failed), reason, age))

    def checkpointed(self, *numbers: str, request: str = "batch", places: Sequence[int] = ()) -> None:
        """Records that are done; `places` are theirs in their aggregates."""
        self.journal.write(
            Checkpointed(Subject("index", request), self.origin, numbers, places=tuple(places) if places else None)
        )

    def given_up(
        self,
        *numbers: str,
        condition: str = "RetryAttemptsExhausted",
        count: int = 1,
        counted_as: CountedAs | None = "dropped",
    ) -> None:
        """Records that are discarded."""
        self.journal.write(GivenUp(
            Subject("index", "batch"), self.origin, numbers, condition=condition, invoke_count=count,
            destination=None, counted_as=counted_as,
        ))  # fmt: skip

    def delivery(self, kind: str) -> None:
        """The fate of a record at the destination."""
        subject = Subject("index", "batch")
        if kind == "delivered":
            self.journal.write(Delivered(subject, "on_failure", FAILURES, b"", self.origin, FUNCTION))
        else:
            self.journal.write(DeliveryFailed(subject, "on_failure", FAILURES, "", self.origin, FUNCTION))

    def succeeds(self, *numbers: str, request: str = "batch", age: float = 0) -> None:
        """A whole attempt that takes no time."""
        subject = self.started(*numbers, request=request)
        self.ended(subject)
        self.result(subject, numbers, age=age)
        self.checkpointed(*numbers, request=request)

    def fails(self, *numbers: str, attempt: int = 1, age: float = 0) -> None:
        """A whole attempt that takes no time and ends in an error."""
        subject = self.started(*numbers, attempt=attempt)
        self.ended(subject, error_type="ValueError")
        self.result(subject, numbers, numbers, reason="ValueError: broken", age=age)

    @property
    def origin(self) -> Origin:
        """What all its entries say of the mapping."""
        return Origin(UUID, self.source, self.counts, self.shard_id)


def kinesis_record(number: str, data: bytes = b"click") -> dict[str, Any]:
    """A record of an event, as far as views read it."""
    return {"kinesis": {"sequenceNumber": number, "data": base64.b64encode(data).decode()}}
