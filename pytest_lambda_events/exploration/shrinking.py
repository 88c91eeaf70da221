"""Makes the plan of a failure shorter, as long as the test fails for the same reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .bounds import Bounds
from .choices import INPUT, LEFT_OUT, Choice, Plan
from .outcomes import Outcome

MOST_EXECUTIONS = 200
"""How many executions shrinking all failures of a test takes at most."""
_LEAST_HALVED = 4


class Shrinker:
    """Shrinks one plan with at most `most` executions. `run` runs a plan. `plan` and `outcome` are the shortest so far."""

    def __init__(self, plan: Plan, outcome: Outcome, run: Callable[[Plan], Outcome], bounds: Bounds, most: int) -> None:
        self.plan = plan
        self.outcome = outcome
        self._run = run
        self._bounds = bounds
        self._left = most

    def shrink(self, *, is_drawn: bool) -> None:
        """Leaves out choices of a plan that was drawn, then inputs that the test marks."""
        if is_drawn:
            self._leave_out_choices()
            self._move_choices()
        self._leave_out_inputs()

    def _leave_out_choices(self) -> None:
        """Leaves out halves, quarters and so on, then single choices, until none can be left out."""
        size = len(self.plan) // 2 if len(self.plan) >= _LEAST_HALVED else 1
        while size:
            if not self._takes_first(self._without(size)):
                size //= 2

    def _without(self, size: int) -> Iterator[Plan]:
        starts = range(0, len(self.plan), size)
        return (self.plan[:start] + self.plan[start + size :] for start in reversed(starts) if len(self.plan) > size)

    def _move_choices(self) -> None:
        """Replaces each choice by a simpler one, and moves it to the first of its points, if the test still fails then."""
        for index, choice in enumerate(self.plan):
            before, after = self.plan[:index], self.plan[index + 1 :]
            point, simpler = choice.point, choice.alternative.replace("timeout", "crash")
            if simpler != choice.alternative and self._bounds.allowed(point.kind, simpler):
                self._takes_first(iter([(*before, Choice(point, simpler), *after)]))
            alternative = self.plan[index].alternative
            earlier = (replace(point, occurrence=number) for number in range(1, point.occurrence))
            self._takes_first((*before, Choice(other, alternative), *after) for other in earlier)

    def _leave_out_inputs(self) -> None:
        """Leaves out inputs, the last first, if the test passes without them and without planned faults."""
        for point in reversed(self.outcome.inputs):
            left_out = (*(one for one in self.plan if one.point.kind == INPUT), Choice(point, LEFT_OUT))
            faults = tuple(one for one in self.plan if one.point.kind != INPUT)
            if self._left and self._counted(left_out).has_passed:
                # The points of the other inputs may come earlier then.
                moves = range(max(one.point.occurrence for one in faults) if faults else 0)
                self._takes_first(left_out + _moved(faults, by) for by in moves)

    def _takes_first(self, plans: Iterator[Plan]) -> bool:
        """Takes the first of these plans that fails for the same reason. Returns whether there is one."""
        for plan in plans:
            if not self._left:
                return False
            outcome = self._counted(plan)
            if len(outcome.met) == len(plan) and outcome.error is not None and outcome.is_like(self.outcome):
                self.plan, self.outcome = plan, outcome
                return True
        return False

    def _counted(self, plan: Plan) -> Outcome:
        self._left -= 1
        return self._run(plan)


def _moved(plan: Plan, by: int) -> Plan:
    return tuple(replace(one, point=replace(one.point, occurrence=max(1, one.point.occurrence - by))) for one in plan)
