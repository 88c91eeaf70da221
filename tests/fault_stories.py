"""One function, fed by one source, for which faults are planned. Times are virtual seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pytest_lambda_events import Attempt, Function, LambdaEvents, PlannedFault, Queue

SOURCES = ("async", "sqs", "kinesis", "dynamodb")
STREAMS = ("kinesis", "dynamodb")
MAPPED = ("sqs", *STREAMS)
DATA = ("a", "b", "c")
RETRY = {"async": 60, "sqs": 30, "kinesis": 0.2, "dynamodb": 0.2}
"""When the attempt after a function error begins: after its end, of a queue after its receive."""
BACKOFF = {"async": [0, 1, 3], "sqs": [0, 3.5, 10.5], "kinesis": [0, 0.2, 0.6], "dynamodb": [0, 0.2, 0.6]}
"""When an attempt begins that was refused twice before."""


@dataclass
class Story:
    """What became of what `begin` put into the source. `runs` are the events that the handler itself was given."""

    fn: Function
    begin: Callable[[], Any]
    failures: Queue
    successes: Queue
    dead: Queue
    source: Any = None
    runs: list[Any] = field(default_factory=list)

    def plan(self, failure: Any, **options: Any) -> PlannedFault:
        """A failure or a throttle."""
        return self.fn.throttle(**options) if failure == "throttle" else self.fn.fail(failure, **options)

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts of the function."""
        return self.fn.attempts

    @property
    def starts(self) -> list[float]:
        """When each began."""
        return [attempt.started_after_seconds for attempt in self.attempts]

    @property
    def outcomes(self) -> list[str | None]:
        """What each came to."""
        return [attempt.outcome for attempt in self.attempts]

    @property
    def numbers(self) -> list[int]:
        """What number each had."""
        return [attempt.number for attempt in self.attempts]

    @property
    def sizes(self) -> list[int]:
        """How many records each batch had."""
        return [len(batch.records) for batch in self.fn.batches]


def story_of(environment: LambdaEvents, source: str, *, answer: Any = None, **mapping: Any) -> Story:
    """A function that returns `answer`, fed with one event or with three records. A queue hides them for 30 s."""
    failures, successes, dead = environment.queue("failures"), environment.queue("successes"), environment.queue("dead")
    runs: list[Any] = []

    def work(event: Any, context: Any) -> Any:
        runs.append(event)
        return answer

    if source == "async":
        fn = environment.function(work, on_failure=failures, on_success=successes, dead_letter_queue=dead, **mapping)
        return Story(fn, lambda: fn.invoke_async({"order": 7}), failures, successes, dead, runs=runs)
    fn = environment.function(work)
    made, begin = SETUPS[source](environment, fn, failures, dead, mapping)
    return Story(fn, begin, failures, successes, dead, made, runs)


def _queue(environment: LambdaEvents, fn: Function, failures: Queue, dead: Queue, mapping: dict[str, Any]) -> Any:
    orders = environment.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=3)
    fn.add_event_source(orders, **mapping)
    return orders, lambda: orders.send(*DATA)


def _stream(environment: LambdaEvents, fn: Function, failures: Queue, dead: Queue, mapping: dict[str, Any]) -> Any:
    clicks = environment.stream("clicks")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", on_failure=failures, **mapping)
    return clicks, lambda: clicks.put(*DATA, partition_key="alice")


def _table(environment: LambdaEvents, fn: Function, failures: Queue, dead: Queue, mapping: dict[str, Any]) -> Any:
    orders = environment.table("orders", partition_key="id", stream_view_type="KEYS_ONLY")
    fn.add_event_source(orders, starting_position="TRIM_HORIZON", on_failure=failures, **mapping)
    return orders, lambda: [orders.put_item({"id": letter}) for letter in DATA]


SETUPS: dict[str, Callable[[LambdaEvents, Function, Queue, Queue, dict[str, Any]], Any]] = {
    "sqs": _queue, "kinesis": _stream, "dynamodb": _table,
}  # fmt: skip
