"""What one execution of an exploration costs, against the same scenario in one open environment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from measuring import Row, expect, paired, seconds_of, size

from pytest_lambda_events import Bounds, LambdaEvents
from pytest_lambda_events.exploration.execution import Execution
from pytest_lambda_events.exploration.many_executions import executions_repeated
from pytest_lambda_events.exploration.scenarios import ScenarioRunner

EXECUTIONS = 150
ROUNDS = 5
CALLS = 5
"""Each is a read and a write."""
RATIO = 1.2


def measure() -> Iterator[Row]:
    """Yields an execution against the scenario in an open environment, and what it costs."""
    executions = size(EXECUTIONS, 1_000)
    _explored(executions)
    pairs = paired(lambda: _explored(executions), lambda: _in_one_environment(executions), rounds=ROUNDS)
    yield pairs.ratio("an execution with 10 calls / the same scenario in one open environment", limit=RATIO)
    yield pairs.first("an execution with 10 calls", "ms", scale=1_000 / executions)


def _scenario(environment: LambdaEvents, *, suffix: str = "") -> None:
    """Ten AWS calls of a handler for one message."""
    db = environment.client("dynamodb")
    table, key = f"payments{suffix}", {"id": {"S": "7"}}

    def charge(event: Any, context: Any) -> None:
        for _ in range(CALLS):
            db.get_item(TableName=table, Key=key)
            db.put_item(TableName=table, Item=key)

    queue = environment.queue(f"orders{suffix}")
    environment.table(table, partition_key="id")
    function = environment.function(charge, name=f"charge{suffix}")
    mapping = function.add_event_source(queue)
    queue.send("7")
    environment.run_until_idle()
    expect(function.records_processed == 1)
    if suffix:
        mapping.delete()
        function.delete()
        queue.delete()
        environment.tables[table].delete()


def _explored(executions: int) -> float:
    """Returns the seconds of this number of executions without planned faults."""
    run, bounds = ScenarioRunner(_scenario, {}), Bounds()

    def run_all() -> None:
        for _ in range(executions):
            expect(run(Execution((), bounds)).error is None)

    with executions_repeated():
        return seconds_of(run_all)


def _in_one_environment(executions: int) -> float:
    """Returns the seconds of the same scenarios in one environment, which deletes its resources."""
    with LambdaEvents() as environment:
        run = partial(_scenario, environment)

        def run_all() -> None:
            for number in range(executions):
                run(suffix=f"-{number}")

        return seconds_of(run_all)
