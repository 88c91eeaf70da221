"""Searches the plans within the bounds: all single choices first, then combinations."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count

from ..errors import LambdaEventsError
from ..simulation.threads import real_monotonic
from ..values import dataclass
from .bounds import Bounds
from .choices import Choice, Plan
from .execution import Execution, Open
from .garbage import garbage_collected_rarely
from .result import Exploration, ExploredFailure

MORE_POINTS = 20
"""How many times as many points as the first execution an execution may reach."""


@dataclass(frozen=True)
class Verdict:
    """How one execution ended.

    `error` is None if the test passed. `is_beyond_patience` means that messages or events were discarded after all their
    attempts, so that the assertions of the test do not count; `lost` is the error if data was lost.
    """

    error: BaseException | None = None
    lost: BaseException | None = None
    is_beyond_patience: bool = False


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
    ) -> None:
        self.result = Exploration()
        self._run = run
        self._bounds = bounds
        self._seconds = seconds
        self._progress = progress
        self._most_points = 0
        self._began = 0.0
        # The plans to run: by number of choices, cost, and order in which they were found.
        self._waiting: list[tuple[int, float, int, Plan]] = []
        self._sequence = count()

    def explore(self) -> Exploration:
        """Runs the test without planned faults, then with each plan, until all have run or the budget is used up.

        Stops after the plans with as many choices as the first one that fails. If the test fails without planned faults, that
        is the only failure.
        """
        self._began = self._seconds()
        first = self._execute(())
        if first is None:
            return self._ended()
        # The first execution loads modules, so the budget begins with the second one.
        self._began = self._seconds()
        again = self._execute(())
        if again is None or [one.point for one in again.points] != [one.point for one in first.points]:
            raise NotRepeatableError(
                "The test does not behave the same in two executions without planned faults, so it is not explored. State is "
                "left from the first execution, for example in a global variable of a module. Use functions with code_uri or "
                "isolated=True, or reset the state in a fixture of function scope."
            )
        self.result.executions -= 1
        self._most_points = max(1_000, len(first.points) * MORE_POINTS)
        self._add((), first)
        with garbage_collected_rarely():
            self._run_plans()
        return self._ended()

    def _run_plans(self) -> None:
        while self._waiting and not self._is_used_up:
            size, _, _, plan = heapq.heappop(self._waiting)
            if self.result.failures and size > len(self.result.failures[0].plan):
                # Failures with fewer choices explain more. The others would mostly repeat them.
                self.result.pruned += 1 + len(self._waiting)
                self._waiting.clear()
                return
            execution = self._execute(plan)
            if execution is not None and len(execution.met) == len(plan) < self._bounds.max_faults:
                self._add(plan, execution)

    @property
    def _is_used_up(self) -> bool:
        is_late = self._seconds() - self._began >= self._bounds.max_seconds
        return is_late or self.result.executions >= self._bounds.max_executions

    def _ended(self) -> Exploration:
        self.result.left = len(self._waiting)
        self.result.seconds = self._seconds() - self._began
        return self.result

    def _execute(self, plan: Plan) -> Execution | None:
        """Runs one plan. Returns the execution if it passed."""
        execution = Execution(plan, self._bounds, **({"most_points": self._most_points} if self._most_points else {}))
        verdict = self._run(execution)
        result = self.result
        result.executions += 1
        result.count(execution.met)
        error = verdict.lost if verdict.is_beyond_patience else verdict.error or verdict.lost
        if verdict.is_beyond_patience and verdict.error is not None and error is None:
            result.ignored += 1
        if error is not None:
            result.failed += 1
            self._failed(ExploredFailure(plan, error, result.executions, error is verdict.lost))
        if self._progress is not None:
            self._progress(result)
        return None if error is not None or verdict.error is not None else execution

    def _failed(self, failure: ExploredFailure) -> None:
        """Keeps one failure of each kind: the one that explains most, of those with the fewest choices."""
        failures = self.result.failures
        for index, known in enumerate(failures):
            if known.signature == failure.signature:
                if len(known.plan) == len(failure.plan) and _rank(failure.plan) < _rank(known.plan):
                    failures[index] = failure
                return
        failures.append(failure)

    def _add(self, plan: Plan, execution: Execution) -> None:
        """Adds the plans that have one choice more, at a point after the others."""
        for choice, cost in self._choices(execution, execution.after(plan)):
            heapq.heappush(self._waiting, (len(plan) + 1, cost, next(self._sequence), (*plan, choice)))

    def _choices(self, execution: Execution, points: list[Open]) -> Iterator[tuple[Choice, float]]:
        for place, one in enumerate(points):
            if one.point.kind == "overlap" and not execution.is_shared(one):
                self.result.pruned += 1
                continue
            for alternative in one.alternatives:
                yield Choice(one.point, alternative), place * _COST.get(alternative, 2.0)


def _rank(plan: Plan) -> int:
    """Returns a number that is low for plans that name the place of the mistake."""
    return sum(_RANKS.get(choice.point.kind, 3) + (choice.alternative in _LESS_CLEAR) for choice in plan)


_RANKS = {
    "reached": 0, "function": 0, "call": 1, "duplicate": 1, "overlap": 1, "delete": 2, "checkpoint": 2, "handler": 3,
    "throttle": 4,
}  # fmt: skip
_LESS_CLEAR = ("timeout before", "timeout after", "error", "timeout at end")
_COST = {
    "crash after": 1.0, "crash before": 1.2, "duplicate": 1.0, "others first": 1.0, "lost delete": 1.0, "lost checkpoint": 1.0,
    "crash at end": 1.0, "throttle": 1.5, "lost answer": 1.5,
}  # fmt: skip
"""Alternatives with low costs find most bugs. Together with the place of a point they decide what runs first."""
