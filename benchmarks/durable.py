"""An execution of a durable function: against AWS's own testing runner, which runs the same handler and skips its waits.

The runner does less: it has no event sources and no journal, its checkpoints do not pass through boto3, and handlers share the
process state of the test. The rows compare CPU time. The runner also waits for its threads in real time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from measuring import Row, expect, paired, seconds_of, text_of
from sides import MILLISECONDS

from pytest_lambda_events import LambdaEvents

STEPS = 10
DAYS_OF_WAITING = 3
EXECUTIONS = 20
ROUNDS = 5
LIMIT_OF_RUNNER = 2.0
LIMIT_OF_STEPS = 1.2
RUNNER = "aws-durable-execution-sdk-python-testing"


def measure() -> Iterator[Row]:
    """Yields an execution against the runner, and one of many steps against one of few. Without the SDK there are no rows."""
    try:
        import aws_durable_execution_sdk_python_testing  # noqa: F401
    except ImportError:
        return
    logging.getLogger("aws_durable_execution_sdk_python_testing").setLevel(logging.ERROR)
    handler = _handler(STEPS, DAYS_OF_WAITING)
    _simulated(handler)
    pairs = paired(partial(_simulated, handler), partial(_on_runner, handler), rounds=ROUNDS)
    what = f"a durable execution of {STEPS} steps and {DAYS_OF_WAITING} waits of a day"
    ours, theirs = (text_of(seconds * MILLISECONDS) for seconds in pairs.medians)
    yield pairs.ratio(f"{what} / on {RUNNER}", limit=LIMIT_OF_RUNNER, note=f"{ours} ms against {theirs} ms")
    pairs = paired(partial(_per_step, 100), partial(_per_step, 10), rounds=ROUNDS)
    yield pairs.ratio("one of 100 steps of a durable execution / of 10", limit=LIMIT_OF_STEPS)


def _handler(steps: int, waits: int) -> Callable[..., Any]:
    """Returns a durable handler whose waits come after an equal number of steps each."""
    from aws_durable_execution_sdk_python import durable_execution
    from aws_durable_execution_sdk_python.config import Duration

    each = -(-steps // (waits + 1))

    def handler(event: Any, context: Any) -> int:
        total = 0
        for number in range(steps):
            if number and number % each == 0:
                context.wait(Duration.from_days(1), name=f"day {number // each}")
            total += context.step(lambda step, number=number: number, name=f"step {number}")
        return total

    decorated: Callable[..., Any] = durable_execution(handler)
    return decorated


def _simulated(handler: Callable[..., Any], executions: int = EXECUTIONS) -> float:
    """Returns the seconds of one execution. Creating the environment and the function does not count."""
    with LambdaEvents() as environment:
        function = environment.function(handler, name="saga", durable_execution_timeout=timedelta(days=7))

        def run() -> None:
            for _ in range(executions):
                function.start_execution({})
                environment.run_until_idle()

        spent = seconds_of(run)
        expect({execution.status for execution in function.executions} == {"SUCCEEDED"})
    return spent / executions


def _on_runner(handler: Callable[..., Any]) -> float:
    """Returns the seconds of one execution on the runner. Creating the runner does not count."""
    from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner

    with DurableFunctionTestRunner(handler=handler) as runner:
        results: list[Any] = []
        spent = seconds_of(lambda: results.extend(runner.run(input="{}", timeout=60) for _ in range(EXECUTIONS)))
        expect({result.status.value for result in results} == {"SUCCEEDED"})
    runner._scheduler._loop.close()
    return spent / EXECUTIONS


def _per_step(steps: int) -> float:
    return _simulated(_handler(steps, 0), executions=200 // steps) / steps
