"""What an execution costs, counted in calls: little more than the same scenario in an environment that is open."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from counting import calls_of

from pytest_lambda_events import Bounds, LambdaEvents
from pytest_lambda_events.exploration.execution import Execution
from pytest_lambda_events.exploration.many_executions import executions_repeated
from pytest_lambda_events.exploration.scenarios import ScenarioRunner


def ten_calls(environment: LambdaEvents, suffix: str = "") -> None:
    db = environment.client("dynamodb")
    table, key = f"payments{suffix}", {"id": {"S": "7"}}

    def charge(event: Any, context: Any) -> None:
        for _ in range(5):
            db.get_item(TableName=table, Key=key)
            db.put_item(TableName=table, Item=key)

    queue = environment.queue(f"orders{suffix}")
    environment.table(table, partition_key="id")
    function = environment.function(charge, name=f"charge{suffix}")
    mapping = function.add_event_source(queue)
    queue.send("7")
    environment.run_until_idle()
    # A test that runs again in an open environment has to delete what it has created.
    if suffix:
        mapping.delete()
        function.delete()
        queue.delete()
        environment.tables[table].delete()


def of_execution() -> int:
    """Returns the calls of an execution."""
    run = ScenarioRunner(ten_calls, {})

    def execute() -> None:
        assert run(Execution((), Bounds())).error is None

    with executions_repeated():
        execute()
        return min(calls_of(execute) for _ in range(4))


def of_scenario() -> int:
    """Returns the calls of the scenario in an environment that is open."""
    with LambdaEvents() as environment:
        ten_calls(environment, suffix="-1")
        ten_calls(environment, suffix="-2")
        return calls_of(lambda: ten_calls(environment, suffix="-3"))


def of_environment() -> int:
    """Returns the calls that open and close an environment."""
    return min(calls_of(open_and_close) for _ in range(4))


def of_environment_after_an_import() -> int:
    """Returns the calls that open and close an environment if one module was imported since the last environment."""
    open_and_close()
    sys.modules["a_new_module"] = ModuleType("a_new_module")
    return calls_of(open_and_close)


def open_and_close() -> None:
    with LambdaEvents():
        """Nothing happens in it."""


LIBRARIES = (
    "confluent_kafka", "kafka", "pydantic", "aws_lambda_powertools.utilities.parser.models",
    "aws_durable_execution_sdk_python.execution", "aws_durable_execution_sdk_python.concurrency.executor",
)  # fmt: skip


def counted() -> dict[str, int]:
    """Returns calls before and after the libraries are loaded that an environment patches."""
    counts = {"environment": of_environment(), "environment after an import": of_environment_after_an_import()}
    counts |= {"execution": of_execution(), "scenario": of_scenario(), "environment with services": of_environment()}
    for name in LIBRARIES:
        importlib.import_module(name)
    return {**counts, "execution with libraries": of_execution(), "environment with libraries": of_environment()}


@pytest.fixture(scope="module")
def calls() -> dict[str, int]:
    """What `counted` returns, in a process of its own: other tests load other libraries."""
    for name in LIBRARIES:
        pytest.importorskip(name)
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run([sys.executable, __file__], capture_output=True, text=True, env=variables)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


def test_an_execution_makes_at_most_a_ninth_more_calls_than_the_scenario_in_an_open_environment(
    calls: dict[str, int],
) -> None:
    assert 0 < calls["execution"] < 10 / 9 * calls["scenario"]


def test_libraries_that_are_patched_add_few_calls_to_an_execution(calls: dict[str, int]) -> None:
    # Up to 2,000 if each execution looks at the libraries again.
    assert calls["execution with libraries"] - calls["execution"] < 200


def test_libraries_that_are_patched_add_few_calls_to_an_environment(calls: dict[str, int]) -> None:
    # Up to 2,200 if each environment looks at the libraries again.
    assert calls["environment with libraries"] - calls["environment with services"] < 700


def test_environment_does_not_look_at_each_module_after_an_import(calls: dict[str, int]) -> None:
    # There are about 1,000 modules.
    assert calls["environment after an import"] - calls["environment"] < 100


def test_environment_makes_few_calls(calls: dict[str, int]) -> None:
    assert calls["environment"] < 2_700


def test_repairs_of_the_services_of_a_message_and_a_table_make_few_calls(calls: dict[str, int]) -> None:
    assert calls["environment with services"] - calls["environment"] < 1_800


if __name__ == "__main__":
    print(json.dumps(counted()))
