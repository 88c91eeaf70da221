"""Searches the plans within the bounds: all single choices first, then combinations, then plans that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from ..errors import LambdaEventsError
from ..simulation.threads import real_monotonic
from .bounds import Bounds
from .choices import INPUT, Choice, Plan
from .execution import Execution
from .many_executions import executions_repeated
from .outcomes import Job, Outcome, Verdict, place_of
from .random_execution import RandomExecution
from .result import Exploration, ExploredFailure
from .sharing import SharedOutcomes
from .shrinking import MOST_EXECUTIONS, Shrinker
from .waiting import WaitingPlans

MOST_NEXT_JOBS = 32
"""How many executions ahead another process can be."""
MORE_POINTS = 20
"""How many times as many points as the first execution an execution may reach."""

Run = Callable[[Execution], Verdict]


class NotRepeatableError(LambdaEventsError):
    """The test behaves differently in two executions with the same choices."""


class Search:
    """One exploration. `run` runs the test once."""

    def __init__(
        self,
        run: Run,
        bounds: Bounds,
        *,
        seconds: Callable[[], float] = real_monotonic,
        progress: Callable[[Exploration], None] | None = None,
        shared: SharedOutcomes | None = None,
    ) -> None:
        self.result = Exploration()
        self._run = run
        self._bounds = bounds
        self._seconds = seconds
        self._progress = progress
        self._shared = shared
        self._points = 0
        self._most_points = 0
        self._began = 0.0
        self._waiting = WaitingPlans()
        self._failing: dict[tuple[str, str], Outcome] = {}
        self._is_drawing = False
        # The failures that happen too if work only comes later.
        self._late: set[tuple[str, str]] = set()

    def explore(self) -> Exploration:
        """Runs the test without planned faults, then with each plan, until all have run or the budget is used up.

        Stops after the plans with as many choices as the first one that fails. If the test fails without planned faults, that
        is the only failure.
        """
        self._began = self._seconds()
        first = Execution((), self._bounds)
        outcome = self._counted(self._outcome(first))
        self._keep((), outcome)
        if not outcome.has_passed:
            return self._ended()
        # The first execution loads modules, so the budget begins with the second one.
        self._began = self._seconds()
        again = Execution((), self._bounds)
        if not self._outcome(again).has_passed or [one.point for one in again.points] != [one.point for one in first.points]:
            raise NotRepeatableError(
                "The test does not behave the same in two executions without planned faults, so it is not explored. State is "
                "left from the first execution, for example in a global variable of a module. Use functions with code_uri or "
                "isolated=True, or reset the state in a fixture of function scope."
            )
        self._points = len(first.points)
        if self._bounds.crash:
            called = {one.point.what for one in first.points if one.point.kind == "function"}
            self.result.uncalled = tuple(one.name for one in first.functions if one.name not in called)
        self._most_points = max(1_000, len(first.points) * MORE_POINTS)
        self._add((), outcome)
        with executions_repeated():
            self._run_plans()
            self._run_random()
            self._shrink()
        return self._ended()

    def _run_plans(self) -> None:
        while self._waiting and not self._is_used_up:
            plan = self._waiting.pop()
            if self.result.failures and len(plan) > len(self.result.failures[0].plan):
                # Failures with fewer choices explain more. The others would mostly repeat them.
                self.result.skipped += 1 + len(self._waiting)
                self._waiting.clear()
                return
            outcome = self._run_plan(plan)
            self._keep(plan, outcome)
            self._add(plan, outcome)

    def _run_random(self) -> None:
        """Runs executions that draw their choices, until one fails."""
        for number in range(self._bounds.random_executions):
            if self.result.failures:
                return
            if self._waiting or self._is_used_up:
                self.result.left = self._bounds.random_executions - number
                return
            self._is_drawing = True
            outcome = self._run_job(Job((), number))
            self._keep(outcome.met, outcome)

    def _shrink(self) -> None:
        """Leaves out choices of plans that were drawn, and inputs that the test marks."""
        failures = self.result.failures
        for index, failure in enumerate(failures):
            shrinker = Shrinker(
                failure.plan, self._failing[failure.signature], self._run_plan, self._bounds, MOST_EXECUTIONS // len(failures)
            )
            shrinker.shrink(is_drawn=self._is_drawing)
            if shrinker.plan != failure.plan:
                failure = _failure(shrinker.plan, shrinker.outcome, self.result.executions)
            failures[index] = replace(failure, is_of_late_work=failures[index].signature in self._late)
        first_of: dict[Plan, ExploredFailure] = {}
        for failure in failures:
            first_of.setdefault(_faults(failure.plan), failure)
        failures[:] = sorted(first_of.values(), key=lambda failure: len(_faults(failure.plan)))

    @property
    def _is_used_up(self) -> bool:
        is_late = self._seconds() - self._began >= self._bounds.max_seconds
        return is_late or self.result.executions >= self._bounds.max_executions

    def _ended(self) -> Exploration:
        self.result.left += len(self._waiting)
        self.result.seconds = self._seconds() - self._began
        return self.result

    def _run_plan(self, plan: Plan) -> Outcome:
        return self._run_job(Job(plan))

    def _run_job(self, job: Job) -> Outcome:
        if self._shared is None:
            return self._counted(self._done(job))
        return self._counted(self._shared.outcome(job, self._done, self._next_jobs))

    def _done(self, job: Job) -> Outcome:
        if job.draw is None:
            return self._outcome(Execution(job.plan, self._bounds, most_points=self._most_points))
        draws = Random(f"{self._bounds.seed} {job.draw}")
        return self._outcome(RandomExecution(draws, self._bounds, self._points, self._most_points))

    def _next_jobs(self, job: Job) -> Iterator[Job]:
        """Yields jobs that will probably run after this one."""
        if job.draw is None:
            return (Job(plan) for plan in self._waiting.first(MOST_NEXT_JOBS))
        last = min(job.draw + MOST_NEXT_JOBS, self._bounds.random_executions)
        return (Job((), number) for number in range(job.draw + 1, last))

    def _outcome(self, execution: Execution) -> Outcome:
        """Runs the test once."""
        verdict = self._run(execution)
        error = verdict.counted
        has_passed = error is None and verdict.error is None
        is_extended = has_passed and len(execution.met) == len(execution.plan) < self._bounds.max_faults
        following, pruned = self._following(execution) if is_extended else ((), 0)
        return Outcome(
            tuple(execution.met), error, error is not None and error is verdict.lost, has_passed, following, pruned,
            tuple(execution.inputs), place_of(error),
        )  # fmt: skip

    def _following(self, execution: Execution) -> tuple[tuple[tuple[Choice, float], ...], int]:
        """Returns the choices that can come after those of an execution, with their costs, and how many were left out."""
        following: list[tuple[Choice, float]] = []
        pruned = 0
        for place, one in enumerate(execution.after(execution.plan)):
            is_shared = execution.is_shared(one)
            if one.point.kind == "overlap" and not is_shared:
                pruned += 1
                continue
            distance = place * (_SHARED if one.touches and is_shared else 1.0)
            alternatives = [alternative for alternative in one.alternatives if alternative not in one.repeated]
            pruned += len(one.alternatives) - len(alternatives)
            following += [
                (Choice(one.point, alternative), distance * _COST.get(alternative, 2.0)) for alternative in alternatives
            ]
        return tuple(following), pruned

    def _counted(self, outcome: Outcome) -> Outcome:
        result = self.result
        result.executions += 1
        result.count(outcome.met)
        result.ignored += outcome.is_ignored
        result.failed += outcome.error is not None
        if self._progress is not None:
            self._progress(result)
        return outcome

    def _keep(self, plan: Plan, outcome: Outcome) -> None:
        """Keeps one failure of each kind: the one that explains most, of those with the fewest choices."""
        if outcome.error is None:
            return
        failure = _failure(plan, outcome, self.result.executions)
        failures = self.result.failures
        if plan and all(choice.alternative in _LATE for choice in plan):
            self._late.add(failure.signature)
        for index, known in enumerate(failures):
            if known.signature == failure.signature:
                if len(known.plan) == len(failure.plan) and _rank(failure.plan) < _rank(known.plan):
                    failures[index] = failure
                    self._failing[failure.signature] = outcome
                return
        failures.append(failure)
        self._failing[failure.signature] = outcome

    def _add(self, plan: Plan, outcome: Outcome) -> None:
        """Adds the plans that have one choice more, at a point after the others."""
        self.result.pruned += outcome.pruned
        self._waiting.add(plan, outcome.following)


def _faults(plan: Plan) -> Plan:
    return tuple(choice for choice in plan if choice.point.kind != INPUT)


def _failure(plan: Plan, outcome: Outcome, execution: int) -> ExploredFailure:
    assert outcome.error is not None
    return ExploredFailure(plan, outcome.error, execution, outcome.is_loss)


def _rank(plan: Plan) -> int:
    """Returns a number that is low for plans that name the place of the mistake."""
    return sum(_RANKS.get(choice.point.kind, 3) + (choice.alternative in _LESS_CLEAR) for choice in plan)


_RANKS = {
    "reached": 0, "function": 0, "call": 1, "init": 1, "duplicate": 1, "overlap": 1, "delete": 2, "checkpoint": 2, "push": 2,
    "request": 1, "environment": 0, "acknowledgement": 2, "handler": 3, "throttle": 4,
}  # fmt: skip
_LATE = ("throttle", "delay")
"""Alternatives after which handlers do the same as usual, but later."""
_LESS_CLEAR = ("timeout before", "timeout after", "error", "internal error", "no connection", "timeout at end")
_COST = {
    "crash after": 1.0, "crash before": 1.2, "duplicate": 1.0, "others first": 1.0, "lost delete": 1.0, "lost checkpoint": 1.0,
    "crash at end": 1.0, "throttle": 1.5, "lost answer": 1.5, "new environment": 0.5, "earlier environment": 0.5,
}  # fmt: skip
"""Alternatives with low costs find most bugs. Together with the place of a point they decide what runs first. There are few
choices of an execution environment, and each is about the state in its memory, which all its attempts share.
"""
_SHARED = 0.5
"""A factor of the costs at calls that use what another attempt changes. They find most bugs too."""
