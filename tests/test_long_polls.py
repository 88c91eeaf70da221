"""Long polls of handlers in a whole environment."""

from __future__ import annotations

import os
import time
from typing import Any

from pytest_lambda_events import LambdaEvents


def test_a_handler_whose_long_poll_runs_into_the_timeout_leaves_the_environment_usable(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    environment = dict(os.environ)

    def poll(event: Any, context: Any) -> None:
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)

    response = lambda_events.function(poll, timeout=3, environment={"PLACE": "poll"}).invoke()
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    assert (response.payload["errorType"], lambda_events.elapsed) == ("Sandbox.Timedout", 3)
    assert dict(os.environ) == environment
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_each_handler_keeps_its_environment_while_another_one_polls(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    seen: list[tuple[str, float]] = []

    def poll(event: Any, context: Any) -> None:
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)
        seen.append((os.environ["PLACE"], lambda_events.elapsed))

    def sleep(event: Any, context: Any) -> None:
        time.sleep(1)
        seen.append((os.environ["PLACE"], lambda_events.elapsed))

    poller = lambda_events.function(poll, timeout=10, environment={"PLACE": "poll"})
    sleeper = lambda_events.function(sleep, timeout=10, environment={"PLACE": "sleep"})
    for function in (poller, sleeper, poller):
        function.invoke_async()
    lambda_events.run_until_idle()

    assert seen == [("sleep", 1), ("poll", 5), ("poll", 5)]
    assert "PLACE" not in os.environ
