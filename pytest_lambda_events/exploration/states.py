"""Recognizes that nothing has changed between two AWS calls of an attempt, so that its process need not end at both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from inspect import signature
from typing import TYPE_CHECKING, Any

from ..arguments import alternatives
from ..errors import LambdaEventsError

if TYPE_CHECKING:
    from ..environment import LambdaEvents

Snapshot = tuple[int, object]
"""The number of journal entries, and all else that is compared."""


def snapshots(state: Callable[..., object], environment: LambdaEvents, values: Mapping[str, Any]) -> Callable[[], Snapshot]:
    """Returns what takes snapshots of a running test.

    `state` returns the state of its test doubles. It is called with those of `values` that its parameters name. Raises
    `LambdaEventsError` if a parameter has no value.
    """
    names = list(signature(state).parameters)
    unknown = [name for name in names if name not in values]
    if unknown:
        raise LambdaEventsError(
            f"state has the parameter {unknown[0]!r}, which has no value. {alternatives(unknown[0], values, label='Values')}"
        )
    given = {name: values[name] for name in names}
    return lambda: (len(environment.journal), (environment.elapsed, deepcopy(state(**given))))


class Unchanged:
    """Compares the state before each call with the state after the call before it, of the same attempt.

    The journal has an entry for each call. Every other entry shows that something else happened in between.
    """

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._calls = 0
        self._expected: dict[str, object] = {}

    def called(self, attempt: str, *, is_usual: bool) -> bool:
        """Returns whether nothing has changed since the call before this one. The effect of that call does not count.

        `is_usual` is False if something is planned for this call, so that its effect is not the usual one.
        """
        entries, rest = self._snapshot()
        now = entries - self._calls, rest
        is_same = self._expected.get(attempt) == now
        self._calls += 1
        # Calls of other attempts in between count as a change.
        self._expected.clear()
        if is_usual:
            self._expected[attempt] = now
        return is_same
