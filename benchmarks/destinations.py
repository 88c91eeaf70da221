"""What a failing event costs more where its record is delivered to a queue, for few and for many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from measuring import Row, interleaved, seconds_of

from pytest_lambda_events import LambdaEvents

EVENTS = 1_000
MANY = 10_000
ROUNDS = 3
LIMIT_EXTRA_MS = 1.0
LIMIT_OF_MANY = 1.3


def measure() -> Iterator[Row]:
    """The extra of a thousand, then a thousand against ten thousand."""
    _failing(EVENTS, with_queue=True)
    yield from _with_against_without()
    yield from _many_against_few()


def _with_against_without() -> Iterator[Row]:
    delivered, lost = interleaved(
        lambda: _failing(EVENTS, with_queue=True), lambda: _failing(EVENTS, with_queue=False), rounds=ROUNDS
    )
    yield Row("a record's delivery to a queue, beyond the failing event", (delivered - lost) * 1000, "ms", LIMIT_EXTRA_MS)
    yield Row(f"a failing event of {EVENTS:,} with a queue as destination", delivered * 1000, "ms")
    yield Row(f"a failing event of {EVENTS:,} without", lost * 1000, "ms")


def _many_against_few() -> Iterator[Row]:
    many, few = interleaved(lambda: _failing(MANY, with_queue=True), lambda: _failing(EVENTS, with_queue=True), rounds=ROUNDS)
    yield Row(f"a failing event with a queue of {MANY:,} / of {EVENTS:,}", many / few, "x", LIMIT_OF_MANY)
    yield Row(f"a failing event of {MANY:,} with a queue as destination", many * 1000, "ms")


def _decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


def _failing(events: int, *, with_queue: bool) -> float:
    """The seconds that each of so many events takes, accepted and given up after one attempt."""
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
        if len(failures.messages) != events * with_queue:
            raise RuntimeError("the story that was measured did not go as expected")
    return spent / events
