"""Journals of event source mappings of streams, written by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.journal import Subject

UUID = "c1d2"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:index"
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
CONSUMER = f"{CLICKS}/consumer/fast:1767225600"
ORDERS = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
ORDERS_STREAM = f"{ORDERS}/stream/2026-01-01T00:00:00.000"
FAILURES = "arn:aws:sqs:us-east-1:123456789012:failures"
SHARD = "shardId-000000000000"


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
        self._write("polled", Subject("index"), sequence_numbers=numbers)

    def filtered(self, *numbers: str, records: Sequence[Any] | None = None) -> None:
        """Records that match no filter."""
        shown = [kinesis_record(number) for number in numbers[:3]] if records is None else records
        self._write("filtered", Subject("index"), sequence_numbers=numbers, first_records=tuple(map(json.dumps, shown)))

    def expired(self, *numbers: str) -> None:
        """Records whose retention is over."""
        self._write("expired", Subject("index"), sequence_numbers=numbers)

    def started(
        self, *numbers: str, request: str = "batch", attempt: int = 1, records: Sequence[Any] | None = None
    ) -> Subject:
        """An attempt that runs."""
        subject = Subject("index", request, attempt)
        shown = [kinesis_record(number) for number in numbers] if records is None else list(records)
        self._write(
            "started", subject, sequence_numbers=numbers, payload=json.dumps({"Records": shown}).encode(),
            invoked_arn=self.invoked_arn, executed_version="$LATEST", is_cold_start=False,
        )  # fmt: skip
        return subject

    def throttled(self, *numbers: str, request: str = "batch", attempt: int = 1) -> None:
        """An attempt that does not run."""
        subject = Subject("index", request, attempt)
        self._write(
            "throttled", subject, sequence_numbers=numbers, payload=b'{"Records": []}', invoked_arn=self.invoked_arn,
            executed_version="$LATEST", reason="ConcurrentInvocationLimitExceeded",
        )  # fmt: skip
        self.judged(subject, numbers, numbers, reason="ConcurrentInvocationLimitExceeded")

    def refused(self, number: str, *, attempt: int = 1) -> None:
        """An attempt whose event is too large to be sent."""
        reason = "the event has 7000000 bytes, and Lambda takes 6291456"
        self.judged(Subject("index", "batch", attempt), (number,), (number,), reason=reason)

    def ended(self, subject: Subject, *, error_type: str | None = None) -> None:
        """The end of an attempt that ran."""
        self.journal.write(
            "ended", subject, outcome="function_error" if error_type else "success", payload=b"null",
            error_type=error_type, error_message=error_type and "broken", executed_version="$LATEST", logs=(),
        )  # fmt: skip

    def judged(
        self,
        subject: Subject,
        numbers: Sequence[str],
        failed: Sequence[str] = (),
        reason: str | None = None,
        age: float | None = None,
    ) -> None:
        """What Lambda takes as failed."""
        self._write(
            "judged", subject, records=len(numbers), failed=tuple(failed), reason=reason, iterator_age_ms=age
        )  # fmt: skip

    def checkpointed(self, *numbers: str, request: str = "batch", places: Sequence[int] = ()) -> None:
        """Records that are done; `places` are theirs in their aggregates."""
        of_aggregates = {"places": tuple(places)} if places else {}
        self._write("checkpointed", Subject("index", request), sequence_numbers=numbers, **of_aggregates)

    def given_up(
        self, *numbers: str, condition: str = "RetryAttemptsExhausted", count: int = 1, counted_as: str | None = "dropped"
    ) -> None:
        """Records that are discarded."""
        self._write(
            "given_up", Subject("index", "batch"), sequence_numbers=numbers, condition=condition, invoke_count=count,
            destination=None, counted_as=counted_as,
        )  # fmt: skip

    def delivery(self, kind: str) -> None:
        """The fate of a record at the destination."""
        self._write(kind, Subject("index", "batch"), route="on_failure", target=FAILURES, reason="", invoked_arn=FUNCTION)

    def succeeds(self, *numbers: str, request: str = "batch", age: float = 0) -> None:
        """A whole attempt that takes no time."""
        subject = self.started(*numbers, request=request)
        self.ended(subject)
        self.judged(subject, numbers, age=age)
        self.checkpointed(*numbers, request=request)

    def fails(self, *numbers: str, attempt: int = 1, age: float = 0) -> None:
        """A whole attempt that takes no time and ends in an error."""
        subject = self.started(*numbers, attempt=attempt)
        self.ended(subject, error_type="ValueError")
        self.judged(subject, numbers, numbers, reason="ValueError: broken", age=age)

    def _write(self, kind: str, subject: Subject, **detail: Any) -> None:
        self.journal.write(
            kind, subject, event_source_mapping=UUID, source=self.source, counts=self.counts, shard_id=self.shard_id, **detail
        )


def kinesis_record(number: str, data: bytes = b"click") -> dict[str, Any]:
    """A record of an event, as far as views read it."""
    return {"kinesis": {"sequenceNumber": number, "data": base64.b64encode(data).decode()}}
