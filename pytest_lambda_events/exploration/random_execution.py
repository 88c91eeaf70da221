"""An execution that draws what it chooses, as in probabilistic concurrency testing."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..faults.explorer import AS_USUAL
from .bounds import Bounds
from .execution import Execution, Parts


class RandomExecution(Execution):
    """Chooses at random: `met` is the plan that repeats the execution.

    Each attempt draws a priority. An attempt pauses before its calls while another one has a higher priority. At a few of its
    calls it draws again, so orders with several changes are found with a probability that does not depend on the number of
    calls. Faults are spread evenly: one more than the bound in half of the executions, and fewer in the others.
    """

    def __init__(self, draws: Random, bounds: Bounds, points: int, most_points: int) -> None:
        """`points` is the number of points of the execution without planned faults."""
        super().__init__((), bounds, most_points=most_points)
        self._draws = draws
        self._rate = (bounds.max_faults + 1) / max(1, points)
        self._faults_left = bounds.max_faults + (1 if draws.random() < 0.5 else 0)
        self._priorities: dict[str, float] = {}

    def _chosen(self, parts: Parts, alternatives: Sequence[str]) -> str:
        kind = parts[0]
        allowed = [one for one in alternatives if self._bounds.allowed(kind, one)]
        if not allowed or not self._draws_one(kind):
            return AS_USUAL
        return allowed[int(self._draws.random() * len(allowed))]

    def _draws_one(self, kind: str) -> bool:
        if kind == "overlap":
            return self._pauses(self._touching[0])
        if kind == "order":
            return self._draws.random() < 0.5
        if self._faults_left == 0 or self._draws.random() >= self._rate:
            return False
        self._faults_left -= 1
        return True

    def _pauses(self, attempt: str) -> bool:
        if attempt not in self._priorities or self._draws.random() < self._rate:
            self._priorities[attempt] = self._draws.random()
        others = [priority for other, priority in self._priorities.items() if other != attempt]
        # An attempt that has not begun has a priority too.
        return self._priorities[attempt] < max(others, default=0.5)
