"""What an execution costs, counted in calls: little more than the same scenario in an environment that is open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def counted() -> tuple[int, int]:
    """Returns the calls of an execution, and those of the scenario in an environment that is open."""
    run = ScenarioRunner(ten_calls, {})

    def execute() -> None:
        assert run(Execution((), Bounds())).error is None

    with executions_repeated():
        execute()
        execution = min(calls_of(execute) for _ in range(4))
    with LambdaEvents() as environment:
        ten_calls(environment, suffix="-1")
        ten_calls(environment, suffix="-2")
        return execution, calls_of(lambda: ten_calls(environment, suffix="-3"))


def test_an_execution_makes_at_most_a_fifth_more_calls_than_the_scenario_in_an_open_environment() -> None:
    # In a process of its own: each library that is loaded and has to be patched makes an execution more expensive.
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run([sys.executable, __file__], capture_output=True, text=True, env=variables)

    assert run.returncode == 0, run.stderr
    execution, scenario = json.loads(run.stdout)
    assert 0 < execution < 1.2 * scenario


if __name__ == "__main__":
    print(json.dumps(counted()))
