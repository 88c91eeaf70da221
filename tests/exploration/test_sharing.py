"""Several processes run one exploration together, and find what one process finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from exploration.shops import charged_once, charging, scenario_of, storing

from pytest_lambda_events import Bounds, Exploration
from pytest_lambda_events.exploration.execution import Execution
from pytest_lambda_events.exploration.outcomes import Job, Outcome, Verdict
from pytest_lambda_events.exploration.scenarios import ScenarioRunner
from pytest_lambda_events.exploration.search import Search
from pytest_lambda_events.exploration.sharing import SharedOutcomes, SharingEnded

BOUNDS = Bounds(max_faults=1, max_seconds=600.0, order=False, random_executions=5)
Scenario = Callable[..., None]
CHARGING = scenario_of(charging, charged_once)
STORING = scenario_of(storing, lambda db, bank: None)


class CountingRunner:
    """Runs a scenario, and counts that."""

    def __init__(self, scenario: Scenario) -> None:
        self.executions = 0
        self._run = ScenarioRunner(scenario, {})

    def __call__(self, execution: Execution) -> Verdict:
        self.executions += 1
        return self._run(execution)


def found(result: Exploration) -> object:
    """All of a result that does not depend on real time and on the process."""
    failures = [(str(one), one.execution, one.replay, one.is_loss) for one in result.failures]
    return replace(result, seconds=0.0, failures=[]), failures


@pytest.mark.parametrize("scenario", [CHARGING, STORING], ids=["fails", "passes"])
def test_a_second_process_uses_the_outcomes_of_the_first(scenario: Scenario, tmp_path: Path) -> None:
    alone = Search(ScenarioRunner(scenario, {}), BOUNDS).explore()
    first, second = CountingRunner(scenario), CountingRunner(scenario)

    results = [Search(run, BOUNDS, shared=SharedOutcomes(tmp_path)).explore() for run in (first, second)]

    assert [found(result) for result in results] == [found(alone)] * 2
    assert (first.executions, second.executions) == (alone.executions + 1, 2)


class OtherProcess:
    """Claims a job, and completes it when this process runs the next one."""

    def __init__(self, folder: Path, job: Job) -> None:
        self.ran: list[str] = []
        self._outcomes = SharedOutcomes(folder)
        self._job = job
        self._outcomes._claim(job)

    def run(self, job: Job) -> Outcome:
        """Runs a job in this process."""
        self.ran.append(job.key)
        self._outcomes._write(self._job, Outcome((), ValueError("elsewhere"), has_passed=False))
        return Outcome(())


def test_a_process_runs_the_next_execution_while_another_runs_this_one(tmp_path: Path) -> None:
    other = OtherProcess(tmp_path, Job((), 1))

    outcome = SharedOutcomes(tmp_path).outcome(Job((), 1), other.run, lambda job: iter([Job((), 2), Job((), 3)]))

    assert other.ran == ["draw 2"]
    assert (type(outcome.error).__name__, str(outcome.error)) == ("ValueError", "elsewhere")


def test_an_execution_of_a_process_that_is_gone_runs_again(tmp_path: Path) -> None:
    other = OtherProcess(tmp_path, Job((), 1))

    SharedOutcomes(tmp_path, seconds=0).outcome(Job((), 1), other.run, lambda job: iter(()))

    assert other.ran == ["draw 1"]


def test_helpers_stop_when_the_result_is_known(tmp_path: Path) -> None:
    SharedOutcomes(tmp_path).end()

    with pytest.raises(SharingEnded):
        Search(ScenarioRunner(STORING, {}), BOUNDS, shared=SharedOutcomes(tmp_path, helps=True)).explore()
