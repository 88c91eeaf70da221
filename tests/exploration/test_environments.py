"""Which execution environment serves an attempt."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, explore, replay

ONLY_ORDER: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False, "delays": False,
}  # fmt: skip
CODE = """
import time

seen = []


def handler(event, context):
    seen.append(event)
    time.sleep(1)
    return seen
"""
EARLIER = "v1;environment/f//1/earlier environment"
NEW = "v1;environment/f//1/new environment"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(CODE)
    return tmp_path


def third(env: LambdaEvents, function: Any) -> Any:
    """Returns the response of a third invocation, after two that ran at the same time."""
    function.invoke_async(1)
    function.invoke_async(2)
    env.run_until_idle()
    return function.invoke(3).payload


@pytest.mark.rule("ASY-44")
@pytest.mark.parametrize(("plan", "memory"), [("v1", [2, 3]), (EARLIER, [1, 3]), (NEW, [3])])
def test_each_execution_environment_has_its_own_memory(code: Path, plan: str, memory: list[int]) -> None:
    found: list[Any] = []

    replay(lambda env: found.append(third(env, env.function("app.handler", code_uri=code, name="f"))), plan)

    assert found == [memory]


def coverage(scenario: Any) -> dict[str, int]:
    """The numbers of choices about execution environments."""
    result: Exploration = explore(scenario, **ONLY_ORDER)
    assert not result.failures
    return {kind: count for kind, count in result.coverage.items() if kind in ("new", "earlier")}


def test_another_environment_is_a_choice_if_several_are_warm(code: Path) -> None:
    """The first two attempts have no choice."""

    def scenario(env: LambdaEvents) -> None:
        third(env, env.function("app.handler", code_uri=code, name="f"))

    assert coverage(scenario) == {"new": 1, "earlier": 1}


def test_the_environments_of_a_callable_are_no_choice() -> None:
    def scenario(env: LambdaEvents) -> None:
        third(env, env.function(lambda event, context: time.sleep(1), name="f"))

    assert coverage(scenario) == {}


def test_provisioned_concurrency_has_no_new_environments(code: Path) -> None:
    def scenario(env: LambdaEvents) -> None:
        version = env.function("app.handler", code_uri=code, name="f").publish_version()
        env.client("lambda").put_provisioned_concurrency_config(
            FunctionName="f", Qualifier=version.version, ProvisionedConcurrentExecutions=2
        )
        env.advance(600)
        assert third(env, version)[-1] == 3

    assert coverage(scenario) == {"earlier": 2}
