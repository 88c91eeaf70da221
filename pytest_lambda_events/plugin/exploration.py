"""The marker `lambda_explore`: runs copies of a test with planned faults, then the test itself with the plan that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import fields
from hashlib import sha256
from inspect import signature
from typing import Any

import pytest

from ..arguments import alternatives, shown
from ..environment import LambdaEvents
from ..errors import LambdaEventsError
from ..exploration.bounds import Bounds
from ..exploration.choices import Plan, plan_of
from ..exploration.execution import Execution
from ..exploration.result import Exploration, ExploredFailure
from ..exploration.search import Search
from ..exploration.sharing import SharedOutcomes, SharingEnded
from .copies import Copies
from .explored_examples import examples_explored, is_async, refusal
from .options import parsed
from .progress import shown_progress
from .startup import (
    AROUND_CALL,
    CLOSING,
    COMPARED,
    EXECUTION,
    EXPLORE_BOUNDS,
    EXPLORE_FLAG,
    EXPLORE_MARKER,
    PASSED,
    SHARED_FOLDER,
    SUMMARY_PROPERTY,
)

MODES: Mapping[str, Mapping[str, Any] | None] = {
    "off": None,
    "quick": {},
    "deep": {"max_seconds": 300.0, "max_executions": 1_000_000, "max_faults": 3, "random_executions": 10_000},
}
"""The values of the option, with the bounds that differ from the default."""
_IS_RUNNING: pytest.StashKey[bool] = pytest.StashKey()
_REPLAYED: pytest.StashKey[Execution] = pytest.StashKey()
_LOST: pytest.StashKey[str] = pytest.StashKey()
RESULT: pytest.StashKey[Exploration] = pytest.StashKey()
_BOUNDS = tuple(one.name for one in fields(Bounds))
_KEYWORDS = (*_BOUNDS, "replay")
_SECTION = "lambda events: exploration"


@contextmanager
def explored(item: pytest.Function) -> Iterator[None]:
    """Explores a test that has the marker, before it runs itself while the context is open. Stores the result in its stash.

    Raises `LambdaEventsError` if the marker is invalid, or the test does not behave the same twice.
    """
    bounds, replay = _given(item, _mode(item.config))
    if bounds is not None:
        item.stash[AROUND_CALL] = lambda: _noted(item)
    if bounds is None:
        yield
    elif _is_of_hypothesis(item):
        with _examples_explored(item, bounds, replay):
            yield
    elif replay is not None:
        _repeat(item, replay, bounds, has_loss=True)
        item.stash[_REPLAYED] = item.stash[EXECUTION]
        yield
    else:
        _check(item, bounds)
        _explore(item, bounds)
        yield


def _explore(item: pytest.Function, bounds: Bounds) -> None:
    """Explores a test with copies of it. The test itself then repeats the plan that fails."""
    shared = _shared_outcomes(item)
    with shown_progress(item) as progress:
        copies = Copies(item, item)
        search = Search(copies, bounds, progress=progress, shared=shared)
        result = item.stash[RESULT] = search.explore()
    if shared is not None:
        shared.end()
    plan: Plan = result.failures[0].plan if result.failures else ()
    if plan:
        _repeat(item, plan, bounds, has_loss=result.failures[0].is_loss)
        if copies.usual is not None:
            from ..report.page.document import Comparison

            item.stash[COMPARED] = Comparison(*copies.usual, tuple(map(str, plan)))


def _repeat(item: pytest.Function, plan: Plan, bounds: Bounds, *, has_loss: bool) -> None:
    """Lets a test run with a plan, and fail too if it has lost data."""
    item.stash[EXECUTION] = Execution(plan, bounds)
    if has_loss:
        item.stash[CLOSING] = lambda environment: _look_for_loss(item, environment)


@contextmanager
def _noted(item: pytest.Function) -> Iterator[None]:
    """Notes that the function of a test runs. Reports that are made meanwhile are those of subtests."""
    item.stash[_IS_RUNNING] = True
    try:
        yield
    finally:
        del item.stash[_IS_RUNNING]


def _examples_explored(item: pytest.Function, bounds: Bounds, replay: Plan | None) -> AbstractContextManager[object]:
    """Explores the examples of a test. pytest-asyncio makes an async test synchronous only when it calls the function."""

    @contextmanager
    def called() -> Iterator[None]:
        with examples_explored(item, bounds, replay) as item.stash[RESULT]:
            yield

    if not is_async(item):
        return called()

    def called_later() -> AbstractContextManager[None]:
        refused = refusal(item)
        if refused:
            pytest.fail(refused, pytrace=False)
        return called()

    item.stash[AROUND_CALL] = called_later
    return nullcontext()


def _is_of_hypothesis(item: pytest.Function) -> bool:
    return bool(getattr(item.obj, "is_hypothesis_test", False))


def help_to_explore(item: pytest.Function, helper: pytest.Item) -> None:
    """Runs executions of a test that another worker explores, until that worker has the result. Does not report errors."""
    bounds, replay = _given(item, _mode(item.config))
    shared = _shared_outcomes(item, helps=True)
    if bounds is not None and replay is None and not _is_of_hypothesis(item) and shared is not None and not shared.has_ended:
        with suppress(LambdaEventsError, pytest.skip.Exception, SharingEnded):
            Search(Copies(item, helper), bounds, shared=shared).explore()


def _shared_outcomes(item: pytest.Item, *, helps: bool = False) -> SharedOutcomes | None:
    """Returns the outcomes that workers share for one test, or None if each exploration runs in one worker."""
    folder = item.config.stash.get(SHARED_FOLDER, None)
    if folder is None:
        return None
    return SharedOutcomes(folder / sha256(item.nodeid.encode("utf-8", "backslashreplace")).hexdigest()[:32], helps=helps)


def _mode(config: pytest.Config) -> Mapping[str, Any] | None:
    mode = str(config.getoption(EXPLORE_FLAG) or config.getini("lambda_events_explore"))
    if mode not in MODES:
        raise pytest.UsageError(f"lambda_events_explore={mode}: this choice does not exist. Pass off, quick or deep.")
    return MODES[mode]


def _given(item: pytest.Item, mode: Mapping[str, Any] | None) -> tuple[Bounds | None, Plan | None]:
    """Returns the bounds and the plan of ini values and markers. The closest marker wins for each keyword."""
    keywords: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(EXPLORE_MARKER))):
        if marker.args:
            raise LambdaEventsError(f"The marker lambda_explore takes keywords only, not {shown(marker.args[0])}.")
        unknown = [name for name in marker.kwargs if name not in _KEYWORDS]
        if unknown:
            known = alternatives(unknown[0], _KEYWORDS, label="Keywords")
            raise LambdaEventsError(f"The marker lambda_explore has no keyword {unknown[0]!r}. {known}")
        keywords.update(marker.kwargs)
    replay = keywords.pop("replay", None)
    if mode is None and replay is None:
        return None, None
    return Bounds(**{**_ini_bounds(item.config), **keywords, **(mode or {})}), None if replay is None else plan_of(replay)


def _ini_bounds(config: pytest.Config) -> dict[str, Any]:
    given = {}
    for name in EXPLORE_BOUNDS:
        ini = f"lambda_events_explore_{name}"
        text = config.getini(ini)
        if text is not None:
            given[name] = parsed(ini, getattr(Bounds, name), text)
    return given


def _check(item: pytest.Function, bounds: Bounds) -> None:
    if bounds.state is not None and "lambda_events" not in item.fixturenames:
        raise LambdaEventsError(
            "state needs a test that uses the fixture lambda_events. Use the fixture, or do not pass state."
        )
    if "subtests" in item.fixturenames and "subtests" not in signature(item.obj).parameters:
        raise LambdaEventsError(
            "The marker lambda_explore does not work if another fixture uses the fixture subtests, because each subtest of "
            "each execution would be reported. Use subtests in the test itself."
        )


def warn_of_unmet(item: pytest.Item) -> None:
    """Warns if a fault of the marker's `replay` did not happen: then the test passes whatever the handler does."""
    execution = item.stash.get(_REPLAYED, None)
    unmet = [] if execution is None else [choice for choice in execution.plan if choice not in execution.met]
    if unmet:
        item.warn(
            pytest.PytestWarning(
                f"The marker lambda_explore(replay=...) plans a fault that did not happen: {unmet[0]}. The test did not "
                "reach this point. Explore the test again and copy the new text, or remove the marker."
            )
        )


def check_loss(item: pytest.Item, environment: LambdaEvents | None) -> None:
    """Fails the test if the plan that is repeated loses data."""
    if CLOSING in item.stash and environment is not None and environment.is_open:
        _look_for_loss(item, environment)
    if item.stash.get(_LOST, ""):
        pytest.fail(item.stash[_LOST], pytrace=False)


def _look_for_loss(item: pytest.Item, environment: LambdaEvents) -> None:
    """Stores what is lost in the stash of a test, while its environment is still open."""
    try:
        environment.assert_no_data_lost()
    except AssertionError as error:
        item.stash[_LOST] = str(error)


def _failure(item: pytest.Item) -> ExploredFailure | None:
    result = item.stash.get(RESULT, None)
    return result.failures[0] if result is not None and result.failures else None


def complete(item: pytest.Function, report: pytest.TestReport) -> None:
    """Adds to the report of an explored test what was found. A failure that does not repeat fails the test too."""
    result = item.stash.get(RESULT, None)
    if result is None or not result.executions or report.when != "call":
        return
    is_of_subtest = _IS_RUNNING in item.stash or hasattr(report, "context")
    if not is_of_subtest and not _is_of_hypothesis(item):
        report.duration += result.seconds
    failure = _failure(item)
    # Subtests have their own reports, before that of the test.
    has_passed = report.passed and not is_of_subtest and item.stash.get(PASSED, True)
    text = result.summary()
    if not is_of_subtest:
        # Reports of later phases take them from the test.
        report.user_properties.append((SUMMARY_PROPERTY, text))
        item.user_properties.append((SUMMARY_PROPERTY, text))
    if failure is not None and not failure.plan:
        text = "The test fails without planned faults, so it was not explored."
        if has_passed:
            report.outcome, report.longrepr = "failed", str(failure.error)
    elif failure is not None:
        if has_passed:
            report.outcome = "failed"
            report.longrepr = (
                f"{failure}\n\nThis failed in the exploration, but not when it was repeated. The test does not behave the "
                "same in two executions with the same choices. Reset state that outlives a test, such as global variables."
            )
        others = "\n\n".join(f"Another failure, with {one}" for one in result.failures[1:])
        number = "An example" if _is_of_hypothesis(item) else f"Execution {failure.execution} of {result.executions}"
        text = "\n".join(filter(None, [
            f"{number} failed, with {failure}",
            f"To repeat it: @pytest.mark.lambda_explore(replay={failure.replay!r})", failure.advice, others, text,
        ]))  # fmt: skip
    report.sections.append((_SECTION, text))
