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


def test_code_that_loads_times_out_and_so_does_the_handler(code: Path) -> None:
    result = explored(code, crash=False, timeouts=True)

    assert result.coverage == {"timeout": 6}
    assert result.failures == []


@pytest.mark.rule("RUN-11")
@pytest.mark.parametrize(
    ("plan", "messages", "attempts"),
    [
        ("init/f/sqs.SendMessage loads/1/timeout before", ["load", "run"], [("returned", 10.0)]),
        ("init/f/sqs.SendMessage loads/1/timeout after", ["load", "load", "run"], [("returned", 10.0)]),
        (
            "init/f/sqs.SendMessage loads/1/timeout after;init/f/sqs.SendMessage loads/2/timeout before",
            ["load", "load", "run"],
            [("Sandbox.Timedout", 13.0), ("returned", 73.0)],
        ),
        (
            "init/f/sqs.SendMessage loads/1/timeout before;call/f/sqs.SendMessage loads/1/timeout before",
            ["load", "load", "run"],
            [("Sandbox.Timedout", 13.0), ("returned", 73.0)],
        ),
    ],
)
def test_the_timeout_of_the_function_begins_after_the_init_phase(
    code: Path, plan: str, messages: list[str], attempts: list[tuple[str, float]]
) -> None:
    """The function's timeout is 3 seconds."""
    found: list[Any] = []

    def scenario(env: LambdaEvents) -> None:
        queue = env.queue("loads")
        env.function("app.handler", code_uri=code, name="f").invoke_async({})
        env.run_until_idle()
        ended = [one for one in env.journal if isinstance(one, Ended)]
        found.append([message.body for message in queue.messages])
        found.append([(one.error_type or "returned", one.after_seconds) for one in ended])

    replay(scenario, f"v1;{plan}")

    assert found == [sorted(messages), attempts]


AHEAD = {"provisioned concurrency": False, "SnapStart": True}


def ready(env: LambdaEvents, code: Path, *, has_snapshots: bool) -> tuple[Any, Any]:
    """Returns a queue that notes what ran, and a version whose code was loaded ahead of invocations."""
    queue = env.queue("loads")
    function = env.function("app.handler", code_uri=code, name="f", snap_start=has_snapshots)
    version = function.publish_version()
    if not has_snapshots:
        env.client("lambda").put_provisioned_concurrency_config(
            FunctionName="f", Qualifier=str(version.qualifier), ProvisionedConcurrentExecutions=1
        )
    env.advance(600)
    return queue, version


@pytest.mark.rule("FUN-41", "FUN-42")
@pytest.mark.parametrize("has_snapshots", AHEAD.values(), ids=AHEAD)
@pytest.mark.parametrize(
    ("plan", "loads"),
    [("", 1), (BEFORE, 1), (AFTER, 2), (AT_END, 2), (f"{AFTER};{TWICE}", 3), (AFTER.replace("crash after", "lost answer"), 2)],
)
def test_code_that_loads_ahead_of_invocations_is_loaded_once_more(
    code: Path, plan: str, loads: int, has_snapshots: bool
) -> None:
    found: list[Any] = []

    def scenario(env: LambdaEvents) -> None:
        queue, version = ready(env, code, has_snapshots=has_snapshots)
        found.append([message.body for message in queue.messages])
        version.invoke({})
        found.append([message.body for message in queue.messages][-1])
        [attempt] = version.attempts
        found.append(attempt.is_cold_start)

    replay(scenario, f"v1;{plan}")

    assert found == [["load"] * loads, "run", has_snapshots]


@pytest.mark.parametrize("has_snapshots", AHEAD.values(), ids=AHEAD)
def test_each_start_ahead_of_invocations_is_explored(code: Path, has_snapshots: bool) -> None:
    """Before GetQueueUrl, before and after SendMessage, and at the end. A failed call would make the deployment fail."""

    def scenario(env: LambdaEvents) -> None:
        ready(env, code, has_snapshots=has_snapshots)

    result = explore(scenario, **{**ONLY_CRASHES, "timeouts": True, "errors": True})

    assert result.failures == []
    assert result.coverage == {"crash": 4, "lost": 1}
