"""One execution of an explored test: carries out a plan, and records the points at which something else could happen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import LambdaEventsError
from ..faults.explorer import AS_USUAL
from ..faults.named_functions import named_functions
from ..values import dataclass
from .bounds import Bounds, allowed_of, flags_of
from .choices import INPUT, Choice, Plan, Point
from .states import Unchanged, snapshots

if TYPE_CHECKING:
    from ..environment import LambdaEvents

_EARLIER = ("crash before", "timeout before")
_NOTHING: tuple[str, tuple[str, ...]] = ("", ())
"""No attempt, and no resources."""
MOST_POINTS = 100_000
"""An execution with more points does not become idle."""


class NeverIdleError(LambdaEventsError):
    """An execution goes on without end."""


@dataclass(frozen=True)
class Open:
    """A point that an execution came to, and the alternatives that exist there. `touches` are the resources of a call.

    `repeated` are the alternatives that make no difference, because the same choice after the call before this one is equal.
    """

    point: Point
    alternatives: tuple[str, ...]
    attempt: str = ""
    touches: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


Parts = tuple[str, str, str, int]
"""The values of a `Point`."""


_Reached = tuple[Parts, tuple[str, ...], str, tuple[str, ...], tuple[str, ...]]
"""The values of an `Open`, with those of its point. Most executions need no `Open` of a point, which is slow to create."""


class Execution:
    """Chooses by a plan.

    `points` has each point that was reached, in order. `met` are the choices that happened. `inputs` are the inputs that the
    test marks.
    """

    def __init__(self, plan: Plan, bounds: Bounds, *, most_points: int = MOST_POINTS) -> None:
        self.plan = plan
        self._reached: list[_Reached] = []
        self.met: list[Choice] = []
        self.inputs: list[Point] = []
        self._planned = {_parts(choice.point): choice for choice in plan}
        self.functions = named_functions(bounds.crash_around)
        self._bounds = bounds
        self._flags = flags_of(bounds)
        self._most_points = most_points
        self._counts: dict[tuple[str, str, str], int] = {}
        self._users: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        self._touching = _NOTHING
        self._unchanged: Unchanged | None = None

    def watch(self, environment: LambdaEvents, values: Mapping[str, Any]) -> None:
        """Compares states while the test runs, if it has a function for the state of its test doubles.

        `values` are those of fixtures, for the parameters of the function. Raises `LambdaEventsError` if one has no value.
        """
        if self._bounds.state is not None:
            self._unchanged = Unchanged(snapshots(self._bounds.state, environment, values))

    def choose(self, kind: str, function_name: str, what: str, alternatives: Sequence[str]) -> str:
        """Returns what the plan chooses at this point. Without a choice everything happens as usual."""
        key = (kind, function_name, what)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        parts = (kind, function_name, what, count)
        chosen = self._chosen(parts, alternatives)
        if chosen != AS_USUAL:
            self.met.append(Choice(Point(*parts), chosen))
        elif len(self._reached) >= self._most_points:
            raise NeverIdleError(
                f"This execution reached {self._most_points:,} points, far more than without planned faults. It does not end."
            )
        is_call = kind == "call"
        repeated = _EARLIER if is_call and self._unchanged is not None and self._is_unchanged(self._unchanged, chosen) else ()
        allowed = allowed_of(kind, tuple(alternatives), self._flags)
        if allowed:
            attempt, touches = self._touching if is_call or kind == "overlap" else _NOTHING
            self._reached.append((parts, allowed, attempt, touches, repeated))
        if kind == INPUT:
            self.inputs.append(Point(*parts))
        return chosen

    def _is_unchanged(self, unchanged: Unchanged, chosen: str) -> bool:
        return unchanged.called(self._touching[0], is_usual=chosen == AS_USUAL)

    @property
    def points(self) -> list[Open]:
        """Returns each point that was reached, in order."""
        return [_open(one) for one in self._reached]

    def _chosen(self, parts: Parts, alternatives: Sequence[str]) -> str:
        planned = self._planned.get(parts)
        return AS_USUAL if planned is None or planned.alternative not in alternatives else planned.alternative

    def touched(self, attempt: str, resources: Sequence[str], *, changes: bool) -> None:
        """Remembers that an attempt uses resources."""
        self._touching = (attempt, tuple(resources))
        for resource in resources:
            users = self._users[resource]
            users[attempt] = users.get(attempt, False) or changes

    def is_shared(self, one: Open) -> bool:
        """Returns whether another attempt uses a resource of a call too, and one of them changes it.

        Otherwise the order of the calls makes no difference for AWS (partial-order reduction).
        """
        return not one.touches or any(self._is_used_by_others(own, one.attempt) for own in one.touches)

    def _is_used_by_others(self, own: str, attempt: str) -> bool:
        changed = False
        others = False
        for resource, users in self._users.items():
            # A call whose item is unknown is about the whole table.
            if resource == own or resource.startswith(own) or own.startswith(resource):
                others = others or any(other != attempt for other in users)
                changed = changed or any(users.values())
        return others and changed

    def after(self, choices: Plan) -> list[Open]:
        """Returns the points that come after the last of these choices."""
        chosen = {_parts(choice.point) for choice in choices}
        last = max((index for index, (parts, *_) in enumerate(self._reached) if parts in chosen), default=-1)
        return [_open(one) for one in self._reached[last + 1 :]]


def _open(reached: _Reached) -> Open:
    parts, alternatives, attempt, touches, repeated = reached
    return Open(Point(*parts), alternatives, attempt, touches, repeated)


def _parts(point: Point) -> Parts:
    return point.kind, point.function_name, point.what, point.occurrence
