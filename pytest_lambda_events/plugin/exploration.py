"""The marker `lambda_explore`: runs copies of a test with planned faults, then the test itself with the plan that fails."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields
from hashlib import sha256
from typing import Any

import pytest

from ..arguments import alternatives, shown
from ..environment import LambdaEvents
from ..errors import LambdaEventsError
from ..exploration.bounds import Bounds
from ..exploration.choices import Plan, plan_of
from ..exploration.execution import Execution
from ..exploration.outcomes import Verdict
from ..exploration.result import Exploration, ExploredFailure
from ..exploration.scenarios import Judge
from ..exploration.search import Search
from ..exploration.sharing import SharedOutcomes, SharingEnded
from ..opened import observation
from .options import parsed
from .startup import EXECUTION, EXPLORE_BOUNDS, EXPLORE_FLAG, EXPLORE_MARKER, IS_COPY, SHARED_FOLDER, environment_of

MODES: Mapping[str, Mapping[str, Any] | None] = {
    "off": None,
    "quick": {},
    "deep": {"max_seconds": 300.0, "max_executions": 1_000_000, "max_faults": 3, "random_executions": 10_000},
}
"""The values of the option, with the bounds that differ from the default."""
RESULT: pytest.StashKey[Exploration] = pytest.StashKey()
_BOUNDS = tuple(one.name for one in fields(Bounds))
_KEYWORDS = (*_BOUNDS, "replay")
_SECTION = "lambda events: exploration"
_REAL_TERMINAL_SECONDS = 0.5


def explore(item: pytest.Item) -> None:
    """Explores a test that has the marker. Stores the result, and the execution of the test itself, in its stash.

    Raises `LambdaEventsError` if the marker is invalid, or the test does not behave the same twice.
    """
    mode = _mode(item.config)
    bounds, replay = _given(item, mode)
    if bounds is None:
        return
    if replay is not None:
        item.stash[EXECUTION] = Execution(replay, bounds)
        return
    _check(item)
    shared = _shared_outcomes(item)
    with _progress(item) as progress:
        search = Search(Copies(item, item), bounds, progress=progress, shared=shared)
        result = item.stash[RESULT] = search.explore()
    if shared is not None:
        shared.end()
    item.user_properties.append(("lambda_events_exploration", result.summary()))
    plan: Plan = result.failures[0].plan if result.failures else ()
    if plan:
        item.stash[EXECUTION] = Execution(plan, bounds)


def help_to_explore(item: pytest.Item, helper: pytest.Item) -> None:
    """Runs executions of a test that another worker explores, until that worker has the result. Does not report errors."""
    bounds, replay = _given(item, _mode(item.config))
    shared = _shared_outcomes(item, helps=True)
    if bounds is not None and replay is None and shared is not None and not shared.has_ended:
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


def _check(item: pytest.Item) -> None:
    if not isinstance(item, pytest.Function) or hasattr(item, "_testcase") or _is_unittest(item):
        raise LambdaEventsError("The marker lambda_explore needs a test function, not a method of unittest.TestCase.")
    if getattr(item.obj, "is_hypothesis_test", False):
        raise LambdaEventsError(
            "The marker lambda_explore does not work on a test of Hypothesis. Call pytest_lambda_events.explore(scenario) in "
            "the test instead."
        )


def _is_unittest(item: pytest.Item) -> bool:
    unittest = sys.modules.get("unittest")
    return unittest is not None and item.getparent(pytest.Class) is not None and issubclass(
        item.getparent(pytest.Class).obj, unittest.TestCase  # type: ignore[union-attr]
    )  # fmt: skip


class Copies:
    """Runs a copy of a test for each execution, with fresh fixtures of function scope. `next_item` runs after them."""

    def __init__(self, item: pytest.Item, next_item: pytest.Item) -> None:
        assert isinstance(item, pytest.Function)
        self._item = item
        self._next_item = next_item
        self._judge = Judge()

    def __call__(self, execution: Execution) -> Verdict:
        """Runs one copy: setup, call and teardown."""
        copy = copy_of(self._item)
        copy.stash[IS_COPY] = True
        copy.stash[EXECUTION] = execution
        current = observation()
        before: Any = current.observer
        # The observer of the copy is of the class of the observer of the test.
        current.observer = type(before)(copy)
        try:
            return self._run(copy, execution)
        finally:
            current.observer = before

    def _run(self, copy: pytest.Function, execution: Execution) -> Verdict:
        left: BaseException | None = None
        try:
            verdict = self._verdict(copy, execution)
        finally:
            left = _phase(copy, "teardown", lambda: copy.ihook.pytest_runtest_teardown(item=copy, nextitem=self._next_item))
        return verdict if left is None or verdict.error is not None else Verdict(left)

    def _verdict(self, copy: pytest.Function, execution: Execution) -> Verdict:
        error = _phase(copy, "setup", lambda: copy.ihook.pytest_runtest_setup(item=copy))
        if error is not None:
            return Verdict(error)
        _, environment = environment_of(copy)
        if environment is not None:
            execution.watch(environment, copy.funcargs)
        error = _phase(copy, "call", lambda: copy.ihook.pytest_runtest_call(item=copy))
        owner, environment = environment_of(copy)
        if environment is None or not environment.is_open or owner is not copy:
            needed = LambdaEventsError("The marker lambda_explore needs a test that uses the fixture lambda_events.")
            return Verdict(error or needed)
        return self._judge(environment, execution, error)


def _phase(copy: pytest.Function, when: Any, run: Callable[[], None]) -> BaseException | None:
    """Runs one phase of a copy. Returns its error. A skip is none, and neither is a call of `pytest.xfail`.

    A test with the marker `xfail` has errors as usual. The test itself then repeats one of them as its expected failure.
    """
    call = pytest.CallInfo.from_call(run, when=when, reraise=(pytest.exit.Exception, KeyboardInterrupt))
    report = copy.ihook.pytest_runtest_makereport(item=copy, call=call)
    if report.skipped and call.excinfo is not None and isinstance(call.excinfo.value, pytest.skip.Exception):
        raise call.excinfo.value
    error = None if call.excinfo is None else call.excinfo.value
    return None if report.passed or isinstance(error, pytest.xfail.Exception) else error


def copy_of(item: pytest.Function) -> pytest.Function:
    """Returns a new item of the same test, with its own fixtures."""
    parent: Any = item.parent
    collected = parent.ihook.pytest_pycollect_makeitem(
        collector=parent, name=item.originalname, obj=inspect.getattr_static(parent.obj, item.originalname)
    )
    found = collected if isinstance(collected, list) else [collected]
    copy = next(one for one in found if one.name == item.name)
    assert isinstance(copy, pytest.Function)
    copy.own_markers[:] = item.own_markers
    return copy


@contextmanager
def _progress(item: pytest.Item) -> Iterator[Callable[[Exploration], None] | None]:
    """Yields what shows the progress on a terminal. It is None if nobody would see it."""
    reporter: Any = item.config.pluginmanager.get_plugin("terminalreporter")
    capture = item.config.pluginmanager.get_plugin("capturemanager")
    is_seen = reporter is not None and getattr(reporter, "isatty", False) and not hasattr(item.config, "workerinput")
    if not is_seen or capture is None:
        yield None
        return
    from ..simulation.threads import real_monotonic

    writer = reporter._tw
    last = real_monotonic()

    def show(result: Exploration) -> None:
        nonlocal last
        if real_monotonic() - last >= _REAL_TERMINAL_SECONDS:
            last = real_monotonic()
            with capture.global_and_fixture_disabled():
                writer.write(f"\r{item.name}: {result.executions} executions, {result.failed} failed", flush=True)

    try:
        yield show
    finally:
        with capture.global_and_fixture_disabled():
            writer.write("\r" + " " * (len(item.name) + 45) + "\r", flush=True)


def check_loss(item: pytest.Item, environment: LambdaEvents | None) -> None:
    """Fails the test if the plan that is repeated loses data."""
    failure = _failure(item)
    if failure is None or not failure.is_loss or environment is None or not environment.is_open:
        return
    lost = ""
    try:
        environment.assert_no_data_lost()
    except AssertionError as error:
        lost = str(error)
    if lost:
        pytest.fail(lost, pytrace=False)


def _failure(item: pytest.Item) -> ExploredFailure | None:
    result = item.stash.get(RESULT, None)
    return result.failures[0] if result is not None and result.failures else None


def complete(item: pytest.Item, report: pytest.TestReport) -> None:
    """Adds to the report of an explored test what was found. A failure that does not repeat fails the test too."""
    result = item.stash.get(RESULT, None)
    if result is None or report.when != "call":
        return
    report.duration += result.seconds
    failure = _failure(item)
    text = result.summary()
    if failure is not None and not failure.plan:
        text = "The test fails without planned faults, so it was not explored."
        if report.passed:
            report.outcome, report.longrepr = "failed", str(failure.error)
    elif failure is not None:
        if report.passed:
            report.outcome = "failed"
            report.longrepr = (
                f"{failure}\n\nThis failed in the exploration, but not when it was repeated. The test does not behave the "
                "same in two executions with the same choices. Reset state that outlives a test, such as global variables."
            )
        others = "\n\n".join(f"Another failure, with {one}" for one in result.failures[1:])
        text = "\n".join(filter(None, [
            f"Execution {failure.execution} of {result.executions} failed, with {failure}",
            f"To repeat it: @pytest.mark.lambda_explore(replay={failure.replay!r})", others, text,
        ]))  # fmt: skip
    report.sections.append((_SECTION, text))
