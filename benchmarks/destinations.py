"""What the delivery of its record to a queue adds to a failing event, for few events and for many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from measuring import Row, expect, paired, seconds_of
from sides import MILLISECONDS

from pytest_lambda_events import LambdaEvents

EVENTS = 1_000
MANY = 10_000
ROUNDS = 3
LIMIT_EXTRA_MS = 1.0
LIMIT_OF_MANY = 1.3


def measure() -> Iterator[Row]:
    """Yields what the delivery of a record adds, then many events against few."""
    _failing(EVENTS, with_queue=True)
    yield from _with_against_without()
    yield from _many_against_few()


def _with_against_without() -> Iterator[Row]:
    pairs = paired(lambda: _failing(EVENTS, with_queue=True), lambda: _failing(EVENTS, with_queue=False), rounds=ROUNDS)
    yield pairs.difference(
        "a failing event with a queue as destination - without", "ms", scale=MILLISECONDS, limit=LIMIT_EXTRA_MS
    )


def _many_against_few() -> Iterator[Row]:
    pairs = paired(lambda: _failing(MANY, with_queue=True), lambda: _failing(EVENTS, with_queue=True), rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} failing events with a queue as destination / of {EVENTS:,}", limit=LIMIT_OF_MANY)


def _decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


def _failing(events: int, *, with_queue: bool) -> float:
    """Returns the seconds of an event that is discarded after one attempt."""
    with LambdaEvents() as environment:
        failures = environment.queue("failures")
        function = environment.function(
            _decline, name="decline", maximum_retry_attempts=0, on_failure=failures if with_queue else None
        )

        def run_all() -> None:
            for _ in range(events):
                function.invoke_async()
            environment.run_until_idle()

        spent = seconds_of(run_all)
        expect(len(failures.messages) == events * with_queue)
    return spent / events
