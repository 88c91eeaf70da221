"""What an exploration may do, and how much."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..arguments import flag_kind, shown, whole_number_kind
from ..errors import LambdaEventsError
from ..faults.named_functions import named_functions
from ..values import dataclass

SECONDS = 10.0
EXECUTIONS = 2_000


@dataclass(frozen=True)
class Bounds:
    """The bounds of an exploration. Raises `LambdaEventsError` for invalid values."""

    crash: bool = True
    """The process of a function ends at its start, before and after each AWS call, at checkpoints, and at its end."""
    timeouts: bool = True
    """A function times out before and after each AWS call, while it loads its code or waits, and at its end."""
    duplicates: bool = True
    """An event, message or batch is delivered twice: immediately, or while the first attempt still runs."""
    throttles: bool = True
    """An attempt is throttled once, or all attempts of an event, message or record are, until its source gives it up."""
    lost_acknowledgements: bool = True
    """The deletion of messages fails or the checkpoint of a stream is lost, after the function has succeeded. A service gets
    no response from a target or a destination, and delivers once more.
    """
    errors: bool = True
    """An AWS call of a function fails, or its response is lost."""
    order: bool = True
    """Attempts overlap, work that is due at the same time runs in another order, batches are divided or reversed, and attempts
    run in other execution environments.
    """
    delays: bool = True
    """An event, message, retry or schedule comes later than at its earliest time, after other work."""
    crash_around: Sequence[Callable[..., Any]] = ()
    """Functions before and after whose calls by a handler a process ends too, such as `[bank.charge]`. Attempts overlap
    there.
    """
    max_faults: int = 2
    """How many of these happen in one execution."""
    max_executions: int = EXECUTIONS
    """How many executions run."""
    max_seconds: float = SECONDS
    """How many real seconds the exploration takes."""
    random_executions: int = 0
    """How many executions with drawn choices run after all others. They have more choices than `max_faults` allows."""
    seed: int = 0
    """The seed of the drawn choices."""
    state: Callable[..., object] | None = None
    """Returns the state of the test doubles. Its parameters are names of fixtures. With it, a process does not end at two
    calls of one attempt if nothing has changed in between, so fewer executions are needed. All that handlers change outside of
    AWS must be part of the state.
    """

    def __post_init__(self) -> None:
        for name in FLAGS:
            flag_kind(True).check(name, getattr(self, name))
        named_functions(self.crash_around)
        whole_number_kind(2, "faults", least=1, most=5).check("max_faults", self.max_faults)
        whole_number_kind(100, "executions", least=1, most=10**9).check("max_executions", self.max_executions)
        whole_number_kind(100, "executions", least=0, most=10**9).check("random_executions", self.random_executions)
        whole_number_kind(7).check("seed", self.seed)
        if self.state is not None and not callable(self.state):
            raise LambdaEventsError(
                f"state={shown(self.state)} is not a function. Pass a function that returns the state of the test doubles, "
                "such as state=lambda bank: bank.charges."
            )
        seconds: object = self.max_seconds
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
            raise LambdaEventsError(
                f"max_seconds={shown(seconds)} is not a number of seconds above 0. Pass such as max_seconds=10."
            )

    def allowed(self, kind: str, alternative: str) -> bool:
        """Returns whether an alternative at a point of this kind is within the bounds."""
        return bool(allowed_of(kind, (alternative,), flags_of(self)))


def flags_of(bounds: Bounds) -> frozenset[str]:
    """Returns the flags that are on."""
    return frozenset([name for name in FLAGS if getattr(bounds, name)])


@functools.lru_cache(maxsize=1000)
def allowed_of(kind: str, alternatives: tuple[str, ...], flags: frozenset[str]) -> tuple[str, ...]:
    """Returns those alternatives at a point of this kind whose flag is on."""
    return tuple(one for one in alternatives if _FLAG_OF.get(one.split()[0], _FLAG_OF.get(kind)) in flags)


FLAGS = ("crash", "timeouts", "duplicates", "throttles", "lost_acknowledgements", "errors", "order", "delays")
_FLAG_OF: Mapping[str, str] = {
    "crash": "crash",
    "timeout": "timeouts",
    "duplicate": "duplicates",
    "redelivery": "duplicates",
    "requested": "lost_acknowledgements",
    "throttle": "throttles",
    "delay": "delays",
    "delete": "lost_acknowledgements",
    "checkpoint": "lost_acknowledgements",
    "acknowledgement": "lost_acknowledgements",
    "push": "lost_acknowledgements",
    "request": "lost_acknowledgements",
    "error": "errors",
    "call": "errors",
    "init": "errors",
    "partial": "errors",
    "split": "order",
    "reversed": "order",
    "environment": "order",
    "overlap": "order",
    "order": "order",
}
"""The flag of an alternative by its first word, or of all other alternatives of a kind of point."""
