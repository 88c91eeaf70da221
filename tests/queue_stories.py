"""Handlers that queues feed, and what their batches looked like. Times are virtual seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pytest_lambda_events import Function, Queue

PARTIAL = ["ReportBatchItemFailures"]
Story = list[tuple[float, list[str]]]
Handler = Callable[[Any, Any], Any]


def story(fn: Function) -> Story:
    """When each batch was tried, and the bodies that it had."""
    return [(batch.started_after_seconds, [record["body"] for record in batch.records]) for batch in fn.batches]


def starts(fn: Function) -> list[float]:
    """When each batch was tried."""
    return [batch.started_after_seconds for batch in fn.batches]


def counts(fn: Function) -> list[list[str]]:
    """The receive counts that each batch saw."""
    return [[record["attributes"]["ApproximateReceiveCount"] for record in batch.records] for batch in fn.batches]


def bodies(queue: Queue) -> list[str]:
    """What a queue holds."""
    return [message.body for message in queue.messages]


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def fail(event: Any, context: Any) -> None:
    """A handler that always fails."""
    raise ValueError("broken")


def sleep_ten(event: Any, context: Any) -> None:
    """A handler that takes ten seconds."""
    time.sleep(10)


def failing_once(bodies: set[str]) -> Handler:
    """A handler that fails on the first delivery of these bodies."""

    def handler(event: Any, context: Any) -> None:
        for record in event["Records"]:
            if record["body"] in bodies and record["attributes"]["ApproximateReceiveCount"] == "1":
                raise ValueError(record["body"])

    return handler


def reporting(*answers: set[str]) -> Handler:
    """A handler whose n-th call reports these bodies as failed; later calls report none."""
    left = list(answers)

    def handler(event: Any, context: Any) -> dict[str, Any]:
        failed = left.pop(0) if left else set()
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]} for record in event["Records"] if record["body"] in failed
            ]
        }

    return handler


def answering(answer: object) -> Handler:
    """A handler that always returns the same."""
    return lambda event, context: answer
