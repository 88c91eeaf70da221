"""Branches of durable executions that sleep, wait, invoke and fail. They run on the virtual clock, in the test's thread."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from counting import calls_of

from pytest_lambda_events import LambdaEvents, explore

sdk: Any = pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")
config: Any = pytest.importorskip("aws_durable_execution_sdk_python.config", reason="the SDK needs Python 3.11")
Branch = Callable[[Any], object]
DAY = 86_400
KINDS = ("crash", "timeouts", "duplicates", "throttles", "lost_acknowledgements", "errors", "order")
ONLY_CRASHES: dict[str, Any] = {kind: kind == "crash" for kind in KINDS}


def execution_of(lambda_events: LambdaEvents, body: Callable[[Any, Any], object], *, timeout: int = 60) -> Any:
    """Runs an execution until nothing is left to do."""
    handler = sdk.durable_execution(body)
    function = lambda_events.function(handler, name="saga", timeout=timeout, durable_execution_timeout=30 * DAY)
    execution = function.start_execution({})
    lambda_events.run_until_idle()
    return execution


def slept(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def sleeping(name: str, seconds: float) -> Branch:
    """Returns a branch with one step, which sleeps."""
    return lambda context: context.step(lambda step: slept(seconds), name=name)


def waiting(name: str, seconds: int) -> Branch:
    """Returns a branch that waits, and then does a step."""

    def branch(context: Any) -> object:
        context.wait(config.Duration.from_seconds(seconds), name=name)
        return context.step(lambda step: name, name=f"after {name}")

    return branch


def in_parallel(*branches: Branch) -> Callable[[Any, Any], object]:
    return lambda event, context: context.parallel(branches, name="all").get_results()


def ends(execution: Any) -> dict[str, float]:
    """Returns when each operation succeeded, in seconds after its start."""
    start = execution.history[0]["EventTimestamp"]
    events = [event for event in execution.history if event["EventType"].endswith("Succeeded") and event.get("Name")]
    return {event["Name"]: (event["EventTimestamp"] - start).total_seconds() for event in events}


def invocations(execution: Any) -> int:
    return [event["EventType"] for event in execution.history].count("InvocationCompleted")


@pytest.mark.rule("DUR-D0", "DUR-8H")
def test_sleeps_and_waits_of_branches_overlap_in_one_invocation(lambda_events: LambdaEvents) -> None:
    execution = execution_of(lambda_events, in_parallel(sleeping("work", 1.6), waiting("second", 1), sleeping("short", 0.5)))

    assert (execution.status, execution.result) == ("SUCCEEDED", [1.6, "second", 0.5])
    assert (invocations(execution), lambda_events.elapsed) == (1, 1.6)
    times = ends(execution)
    assert [times[name] for name in ("short", "after second", "work", "all")] == [0.5, 1, 1.6, 1.6]


@pytest.mark.rule("DUR-79", "DUR-8H")
def test_the_invocation_ends_while_all_branches_wait(lambda_events: LambdaEvents) -> None:
    execution = execution_of(lambda_events, in_parallel(waiting("minute", 60), waiting("day", DAY), sleeping("work", 5)))

    times = ends(execution)
    assert (times["after minute"], times["after day"], times["work"]) == (60, DAY, 5)
    assert (execution.status, invocations(execution)) == ("SUCCEEDED", 3)


@pytest.mark.rule("DUR-61", "DUR-64")
def test_an_invocation_that_times_out_in_a_branch_is_repeated(lambda_events: LambdaEvents) -> None:
    seconds = [100.0, 1.0]

    def slow_once(context: Any) -> object:
        return context.step(lambda step: slept(seconds.pop(0)), name="slow")

    execution = execution_of(lambda_events, in_parallel(sleeping("quick", 2), slow_once), timeout=10)

    completed = [event for event in execution.history if event["EventType"] == "InvocationCompleted"]
    assert (execution.status, execution.result) == ("SUCCEEDED", [2, 1])
    assert len(completed) == 2
    assert "Sandbox.Timedout" in str(completed[0])


@pytest.mark.rule("DUR-65")
def test_a_process_exit_in_a_step_that_runs_at_most_once_is_a_failed_attempt(lambda_events: LambdaEvents) -> None:
    once = config.StepConfig(step_semantics=config.StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=no_retry)

    def paying(context: Any) -> object:
        return context.step(lambda step: os._exit(3), name="pay", config=once)

    execution = execution_of(lambda_events, in_parallel(paying, sleeping("work", 2)))

    types = [event["EventType"] for event in execution.history if event.get("Name") == "pay"]
    assert types == ["StepStarted", "StepFailed"]
    assert invocations(execution) == 2


def no_retry(error: Exception, attempt: int) -> Any:
    from aws_durable_execution_sdk_python.retries import RetryDecision

    return RetryDecision.no_retry()


def test_an_exploration_ends_the_process_at_each_checkpoint() -> None:
    def scenario(env: LambdaEvents) -> None:
        handler = sdk.durable_execution(in_parallel(sleeping("work", 50), waiting("minute", 60)))
        function = env.function(handler, name="saga", timeout=100, durable_execution_timeout=DAY)
        execution = function.start_execution({})
        env.advance(600)
        assert (execution.status, execution.result) == ("SUCCEEDED", [50, "minute"])

    result = explore(scenario, max_faults=1, **ONLY_CRASHES)

    assert result.failures == []
    assert result.coverage["crash"] > 10


SCENARIO = """
import sys
sys.path[:0] = [{tests!r}, {durable!r}]
from test_branches import execution_of, in_parallel, sleeping, waiting
from pytest_lambda_events import LambdaEvents

with LambdaEvents() as env:
    branches = [*[sleeping(f"s{{n}}", n % 3) for n in range(9)], waiting("w", 1), waiting("v", 90)]
    print(execution_of(env, in_parallel(*branches)).history)
    for entry in env.journal:
        print(repr(entry))
"""


def test_every_process_has_the_same_journal() -> None:
    folder = Path(__file__).parent
    code = SCENARIO.format(tests=str(folder.parent), durable=str(folder))

    journals = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }

    assert len(journals) == 1
    assert "ExecutionSucceeded" in journals.pop()


@pytest.mark.lambda_events(fast_calls=True)
def test_an_execution_of_ten_steps_and_three_waits_costs_few_calls_through_its_handle(lambda_events: LambdaEvents) -> None:
    def ten_steps(event: Any, context: Any) -> int:
        total = 0
        for number in range(10):
            total += context.step(lambda step, number=number: number, name=f"step {number}")
            if number in (2, 5, 8):
                context.wait(config.Duration.from_days(1), name=f"wait {number}")
        return total

    execution_of(lambda_events, ten_steps)
    function = lambda_events.functions["saga"]

    def run() -> None:
        assert function.start_execution({}).status == "RUNNING"
        lambda_events.run_until_idle()

    # The first one fills caches of the process, which other tests may have emptied.
    run()

    # 54,000 alone. Libraries that other tests have loaded make it more expensive.
    assert calls_of(run) < 66_000
