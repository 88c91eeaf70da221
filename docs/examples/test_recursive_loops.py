from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents, Queue


def drain(event: Any, context: Any) -> None:
    """Processes one part of a job and sends the remaining parts to the same queue."""
    job = json.loads(event["Records"][0]["body"])
    if job["parts"] > 1:
        rest = {**job, "parts": job["parts"] - 1}
        boto3.client("sqs").send_message(QueueUrl=job["queue"], MessageBody=json.dumps(rest), DelaySeconds=10)


@pytest.fixture
def jobs(lambda_events: LambdaEvents) -> Queue:
    dead_letters = lambda_events.queue("jobs-dlq")
    return lambda_events.queue("jobs", dead_letter_queue=dead_letters, max_receive_count=3)


@pytest.mark.parametrize(("parts", "invocations", "dead"), [(16, 16, []), (20, 16, [4])], ids=["16 parts", "20 parts"])
def test_recursive_loop_stops_after_16_invocations(
    lambda_events: LambdaEvents, jobs: Queue, parts: int, invocations: int, dead: list[int]
) -> None:
    function = lambda_events.function(drain)
    function.add_event_source(jobs, batch_size=1)

    jobs.send({"parts": parts, "queue": jobs.url})
    lambda_events.run_until_idle()

    assert len(function.attempts) == 16
    assert [message.json["parts"] for message in lambda_events.queues["jobs-dlq"].messages] == dead
    assert lambda_events.metrics.values("RecursiveInvocationsDropped", function) == [1] * len(dead)


def test_allowed_recursive_loop_is_not_stopped(lambda_events: LambdaEvents, jobs: Queue) -> None:
    function = lambda_events.function(drain)
    function.add_event_source(jobs, batch_size=1)
    lambda_events.client("lambda").put_function_recursion_config(FunctionName="drain", RecursiveLoop="Allow")

    jobs.send({"parts": 20, "queue": jobs.url})
    lambda_events.run_until_idle()

    assert len(function.attempts) == 20
