"""`explore`: explores a function of an environment, without pytest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..arguments import alternatives, shown
from ..config import LambdaEventsOptions, option_names
from ..environment import LambdaEvents
from ..errors import LambdaEventsError
from ..faults.failures import THROTTLE_ALWAYS
from ..report.balance import BalanceSheet
from .bounds import Bounds
from .choices import plan_of
from .execution import Execution
from .outcomes import Verdict
from .patience import is_used_up, most_failures
from .result import Exploration
from .search import Search

if TYPE_CHECKING:
    from typing_extensions import Unpack

Scenario = Callable[[LambdaEvents], object]
_BOUNDS = tuple(one.name for one in fields(Bounds) if one.name != "seed")
"""The options of a search that are no options of its environments."""


class ExploreOptions(LambdaEventsOptions, total=False):
    """The keywords of `explore`: the bounds, which are the fields of `Bounds`, and the options of the environments."""

    crash: bool
    timeouts: bool
    duplicates: bool
    throttles: bool
    lost_acknowledgements: bool
    errors: bool
    order: bool
    delays: bool
    crash_around: Sequence[Callable[..., Any]]
    max_faults: int
    max_executions: int
    max_seconds: float
    random_executions: int
    state: Callable[..., object] | None


def explore(scenario: Callable[[LambdaEvents], object], **options: Unpack[ExploreOptions]) -> Exploration:
    """Runs `scenario` many times, each time in a new environment with other failures, duplicates and orders.

    Args:
        scenario: Is called with an open environment. It fails by raising an error.
        options: What may happen and how much, with the defaults of `Bounds`, and the options of the environments.

    Raises:
        LambdaEventsError: An option is invalid, or the scenario does not behave the same in two executions.
    """
    given: dict[str, Any] = dict(options)
    _check_scenario(scenario)
    unknown = [name for name in given if name not in (*_BOUNDS, *option_names())]
    if unknown:
        known = alternatives(unknown[0], (*_BOUNDS, *option_names()), label="Options")
        raise LambdaEventsError(f"explore has no option {unknown[0]!r}. {known}")
    # The seed of the environments is the seed of the search too.
    seed = {"seed": given["seed"]} if "seed" in given else {}
    bounds = Bounds(**seed, **{name: given.pop(name) for name in _BOUNDS if name in given})
    return Search(ScenarioRunner(scenario, given), bounds).explore()


def replay(
    scenario: Callable[[LambdaEvents], object],
    plan: str,
    *,
    crash_around: Sequence[Callable[..., Any]] = (),
    **options: Unpack[LambdaEventsOptions],
) -> None:
    """Runs `scenario` once with the plan of `ExploredFailure.replay`. Raises the error with which it fails.

    Pass the `crash_around` of the exploration too.

    Raises:
        LambdaEventsError: The plan is invalid.
    """
    _check_scenario(scenario)
    verdict = ScenarioRunner(scenario, options)(Execution(plan_of(plan), Bounds(crash_around=crash_around)))
    if verdict.counted is not None:
        raise verdict.counted


def _check_scenario(scenario: object) -> None:
    if not callable(scenario):
        raise LambdaEventsError(
            f"scenario={shown(scenario)} is not a function. Pass a function that takes an environment, such as "
            "explore(order_is_charged_once)."
        )


class ScenarioRunner:
    """Runs a scenario in one execution after the other."""

    def __init__(self, scenario: Scenario, options: Any) -> None:
        self._scenario = scenario
        # A planned fault of the scenario that does not happen is no error.
        self._options = {**options, "assert_all_faults_met": False}
        self._judge = Judge()

    def __call__(self, execution: Execution) -> Verdict:
        """Runs the scenario once."""
        environment = LambdaEvents(**self._options)
        with environment._explored_by(execution):
            execution.watch(environment, {"lambda_events": environment})
            error: BaseException | None = None
            try:
                self._scenario(environment)
            except Exception as raised:
                error = raised
            return self._judge(environment, execution, error)


class Judges:
    """Decide how executions ended that open several environments, one after the other."""

    def __init__(self) -> None:
        self._judges: list[Judge] = []

    def closed(self, execution: Execution) -> ClosedEnvironments:
        """Returns what judges the environments of an execution."""
        return ClosedEnvironments(execution, self._at)

    def _at(self, place: int) -> Judge:
        while len(self._judges) <= place:
            self._judges.append(Judge())
        return self._judges[place]


class ClosedEnvironments:
    """Judges the environments that one execution opens and closes."""

    def __init__(self, execution: Execution, judge_at: Callable[[int], Judge]) -> None:
        self._execution = execution
        self._judge_at = judge_at
        self._verdicts: list[Verdict] = []

    def closes(self, environment: LambdaEvents) -> None:
        """Judges an environment that is about to be closed, by comparison with the one at its place of the first execution."""
        self._verdicts.append(self._judge_at(len(self._verdicts))(environment, self._execution, None))

    def verdict(self, error: BaseException | None) -> Verdict | None:
        """Returns how the execution ended, with the error of the test, or None if there was no environment."""
        if not self._verdicts:
            return None
        lost = next((one.lost for one in self._verdicts if one.lost is not None), None)
        return Verdict(error, lost, any(one.is_beyond_patience for one in self._verdicts))


class Judge:
    """Decides how executions ended, by comparison with the first one, which has no planned faults."""

    def __init__(self) -> None:
        self._usual: BalanceSheet | None = None
        self._failures = 0

    def __call__(self, environment: LambdaEvents, execution: Execution, error: BaseException | None) -> Verdict:
        """Returns how an execution ended, while its environment is still open."""
        sheet = environment.balance_sheet()
        if self._usual is None and not execution.plan:
            self._usual = sheet
            self._failures = most_failures(environment.journal)
            return Verdict(error)
        usual = self._usual
        is_beyond = any(one.alternative == THROTTLE_ALWAYS for one in execution.met) or (
            usual is not None
            and (sheet.dead > usual.dead or sheet.at_destination > usual.at_destination)
            and is_used_up(environment.journal, len(execution.met) + self._failures)
        )
        lost: BaseException | None = None
        if usual is None or sheet.lost > usual.lost:
            try:
                environment.assert_no_data_lost()
            except AssertionError as raised:
                lost = raised
        return Verdict(error, lost, is_beyond)
