"""Explores a test of Hypothesis: each of its examples is explored, so Hypothesis shrinks and stores examples that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest

from ..errors import LambdaEventsError, hides_frames
from ..exploration.bounds import Bounds
from ..exploration.choices import Plan
from ..exploration.execution import Execution
from ..exploration.outcomes import Verdict
from ..exploration.result import Exploration
from ..exploration.scenarios import Judges
from ..exploration.search import Search
from .startup import CLOSING, EXECUTION

__tracebackhide__ = hides_frames
_SETTINGS = "_hypothesis_internal_use_settings"
"""The attribute of a test with its settings. Hypothesis's own plugin reads and replaces it too."""


def is_async(item: pytest.Function) -> bool:
    """Returns whether the function of a test of Hypothesis is async."""
    return iscoroutinefunction(getattr(getattr(item.obj, "hypothesis", None), "inner_test", None))


def refusal(item: pytest.Function) -> str:
    """Returns why the examples of a test are not explored. Empty if they are."""
    handle = getattr(item.obj, "hypothesis", None)
    if handle is None:
        return (
            "The marker lambda_explore does not work on stateful tests of Hypothesis. Use @given on a function that takes a "
            "list of steps and opens a LambdaEvents() for each list."
        )
    if iscoroutinefunction(handle.inner_test):
        return (
            "The marker lambda_explore does not work on this async test of Hypothesis, because pytest-asyncio does not run "
            "it. Use @pytest.mark.asyncio, or @given on a function that is not async."
        )
    return ""


@contextmanager
def examples_explored(item: pytest.Function, bounds: Bounds, replay: Plan | None) -> Iterator[Exploration]:
    """Replaces the function that Hypothesis calls for each example. Yields the result of all explorations of the test.

    With `replay` each example runs with this plan only. Raises `LambdaEventsError` for stateful tests, and for async tests
    unless another plugin has made the function synchronous.
    """
    refused = refusal(item)
    if refused:
        raise LambdaEventsError(refused)
    from hypothesis import settings

    function: Any = getattr(item.obj, "__func__", item.obj)
    handle = function.hypothesis
    inner, given = handle.inner_test, getattr(function, _SETTINGS, settings.default)
    examples = _Examples(item, bounds, inner, replay)

    @wraps(inner)
    def run_example(*arguments: Any, **keywords: Any) -> None:
        examples.run(*arguments, **keywords)

    handle.inner_test = run_example
    # An exploration of an example takes longer than an example.
    setattr(function, _SETTINGS, settings(parent=given, deadline=None))
    try:
        yield examples.result
    finally:
        handle.inner_test = inner
        setattr(function, _SETTINGS, given)


class _Examples:
    """Explores examples until `max_seconds` or `max_executions` of the test are used up.

    When an example has failed, others run only without planned faults and with the plans that have failed. So Hypothesis can
    shrink the example quickly, and the same example always fails in the same way.
    """

    def __init__(self, item: pytest.Item, bounds: Bounds, inner: Callable[..., object], replay: Plan | None) -> None:
        self.result = Exploration(examples=0)
        self._item = item
        self._bounds = bounds
        self._inner = inner
        self._plans: list[Plan] = [] if replay is None else [replay]

    def run(self, *arguments: Any, **keywords: Any) -> None:
        """Runs one example. Raises its error, or that of lost data."""
        run = _Runner(self._item, lambda: self._inner(*arguments, **keywords))
        for plan in ((), *self._plans) if self._plans else ():
            error = run(Execution(plan, self._bounds)).counted
            if error is not None:
                self._note(plan)
                raise error
        if self._plans:
            return
        left = self._bounds.max_executions - self.result.executions
        seconds = self._bounds.max_seconds - self.result.seconds
        if left <= 0 or seconds <= 0:
            self.result.left += 1
            self._inner(*arguments, **keywords)
            return
        found = Search(run, replace(self._bounds, max_executions=left, max_seconds=seconds)).explore()
        self.result.add(found)
        if found.failures:
            failure = found.failures[0]
            if failure.plan:
                self._plans.append(failure.plan)
                self._note(failure.plan)
            raise failure.error

    def _note(self, plan: Plan) -> None:
        """Adds the choices to the report of the example."""
        from hypothesis import note

        if plan:
            note("\n".join(["With planned faults:", *(f"  {choice}" for choice in plan)]))


class _Runner:
    """Runs one example again and again, each time in new environments that the test opens."""

    def __init__(self, item: pytest.Item, call: Callable[[], object]) -> None:
        self._item = item
        self._call = call
        self._judges = Judges()

    def __call__(self, execution: Execution) -> Verdict:
        closed = self._judges.closed(execution)
        stash = self._item.stash
        stash[EXECUTION] = execution
        stash[CLOSING] = closed.closes
        error: BaseException | None = None
        try:
            self._call()
        except Exception as raised:
            error = raised
        finally:
            del stash[EXECUTION], stash[CLOSING]
        needed = "The marker lambda_explore needs a test of Hypothesis that opens a LambdaEvents() in each example."
        return closed.verdict(error) or Verdict(error or LambdaEventsError(needed))
