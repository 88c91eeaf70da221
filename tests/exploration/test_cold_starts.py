"""A process ends while it loads its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, explore, replay
from pytest_lambda_events.journal.attempts import Ended, Started

ONLY_CRASHES: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False, "order": False, "delays": False,
}  # fmt: skip
CODE = """
import boto3

sqs = boto3.client("sqs", region_name="us-east-1")
url = sqs.get_queue_url(QueueName="loads")["QueueUrl"]
print("loads")
sqs.send_message(QueueUrl=url, MessageBody="load")


def handler(event, context):
    sqs.send_message(QueueUrl=url, MessageBody="run")
"""
BEFORE = "init/f/sqs.SendMessage loads/1/crash before"
AFTER = "init/f/sqs.SendMessage loads/1/crash after"
AT_END = "init/f//1/crash at end"
TWICE = "init/f/sqs.SendMessage loads/2/crash after"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(CODE)
    return tmp_path


@pytest.mark.rule("RUN-13")
@pytest.mark.parametrize(
    ("plan", "messages", "attempts"),
    [
        (BEFORE, ["load", "run"], ["returned"]),
        (AFTER, ["load", "load", "run"], ["returned"]),
        (AT_END, ["load", "load", "run"], ["returned"]),
        (f"{AFTER};{TWICE}", ["load", "load", "load", "run"], ["Runtime.ExitError", "returned"]),
    ],
)
def test_code_is_loaded_once_more_in_the_same_attempt(code: Path, plan: str, messages: list[str], attempts: list[str]) -> None:
    found: list[list[str]] = []

    def scenario(env: LambdaEvents) -> None:
        queue = env.queue("loads")
        env.function("app.handler", code_uri=code, name="f").invoke_async({})
        env.run_until_idle()
        ended = [one for one in env.journal if isinstance(one, Ended)]
        found.append([message.body for message in queue.messages])
        found.append([one.error_type or "returned" for one in ended])
        assert len({one.log_stream for one in env.journal if isinstance(one, Started)}) == len(attempts)

    replay(scenario, f"v1;{plan}")

    assert found == [messages, attempts]


def explored(code: Path, **options: Any) -> Exploration:
    def scenario(env: LambdaEvents) -> None:
        env.queue("loads")
        env.function("app.handler", code_uri=code, name="f").invoke_async({})
        env.run_until_idle()

    return explore(scenario, **{**ONLY_CRASHES, **options})


def test_a_process_ends_at_each_call_of_code_that_loads(code: Path) -> None:
    """Before GetQueueUrl, before and after two calls of SendMessage, when code is loaded, and around the handler."""
    result = explored(code)

    assert result.coverage == {"crash": 8}
    assert result.failures == []


def test_code_that_loads_does_not_time_out(code: Path) -> None:
    result = explored(code, crash=False, timeouts=True)

    assert result.coverage == {"timeout": 3}
