"""Runs copies of an explored test, one for each execution."""

from __future__ import annotations

import inspect
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from ..environment import LambdaEvents
from ..errors import LambdaEventsError
from ..exploration.execution import Execution
from ..exploration.outcomes import Verdict
from ..exploration.scenarios import Judges
from ..journal.entry import Entry
from ..opened import observation
from .startup import CLOSING, EXECUTION, IS_COPY, PAGES, environment_of

_NEEDED = (
    "The marker lambda_explore needs a test that uses the fixture lambda_events, or that opens LambdaEvents() itself, as in "
    "setUp."
)
_SHARED = (
    "The marker lambda_explore needs a new environment for each execution, but the environment of this test belongs to a "
    "fixture of a wider scope. Use the fixture lambda_events, or open LambdaEvents() in a fixture of function scope."
)


class Copies:
    """Runs a copy of a test for each execution, with fresh fixtures of function scope. `next_item` runs after them.

    `usual` has the journal and the elapsed seconds of the first execution, if report pages are written.
    """

    def __init__(self, item: pytest.Function, next_item: pytest.Item) -> None:
        self._item = item
        self._next_item = next_item
        self._judges = Judges()
        self.usual: tuple[Sequence[Entry], float] | None = None

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
            # The warnings of the test itself are shown. Those of each execution would repeat them.
            with warnings.catch_warnings(record=True):
                return self._run(copy, execution)
        finally:
            current.observer = before

    def _run(self, copy: pytest.Function, execution: Execution) -> Verdict:
        left: BaseException | None = None
        try:
            verdict = self._verdict(copy, execution)
        finally:
            folder: Any = copy.funcargs.get("tmp_path")
            left = _phase(copy, "teardown", lambda: copy.ihook.pytest_runtest_teardown(item=copy, nextitem=self._next_item))
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
        return verdict if left is None or verdict.error is not None else Verdict(left)

    def _verdict(self, copy: pytest.Function, execution: Execution) -> Verdict:
        error = _phase(copy, "setup", lambda: copy.ihook.pytest_runtest_setup(item=copy))
        if error is not None:
            return Verdict(error)
        owner, environment = environment_of(copy)
        if environment is not None and environment.is_open and owner is not copy:
            return Verdict(LambdaEventsError(_SHARED))
        if environment is not None:
            execution.watch(environment, copy.funcargs)
        subtests, closed = _Subtests(), self._judges.closed(execution)
        if "subtests" in copy.funcargs:
            copy.funcargs["subtests"] = subtests

        def closes(environment: LambdaEvents) -> None:
            if self.usual is None and PAGES in self._item.config.stash:
                self.usual = tuple(environment.journal), environment.elapsed
            closed.closes(environment)

        copy.stash[CLOSING] = closes
        error = _phase(copy, "call", lambda: copy.ihook.pytest_runtest_call(item=copy))
        del copy.stash[CLOSING]
        error = subtests.error or error
        owner, environment = environment_of(copy)
        if environment is not None and environment.is_open and owner is copy:
            closes(environment)
        return closed.verdict(error) or Verdict(error or LambdaEventsError(_NEEDED))


class _Subtests:
    """Replaces the fixture `subtests` in a copy, because each of its subtests would have a report.

    `error` is that of the first subtest that fails.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None

    @contextmanager
    def test(self, msg: str | None = None, **values: Any) -> Iterator[None]:
        """Runs a subtest, which ends when it fails or is skipped. The test goes on."""
        try:
            yield
        except (pytest.skip.Exception, pytest.xfail.Exception):
            pass
        except (Exception, pytest.fail.Exception) as error:
            self.error = self.error or error


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
    copy: pytest.Function
    if is_unittest(item):
        result: Any
        result = copy = type(item).from_parent(parent, name=item.name)
        # Its own method would report each subtest.
        result.addSubTest = lambda case, subtest, error: None if error is None else result.addFailure(case, error)
        copy.own_markers[:] = item.own_markers
        return copy
    collected = parent.ihook.pytest_pycollect_makeitem(
        collector=parent, name=item.originalname, obj=inspect.getattr_static(parent.obj, item.originalname)
    )
    found = collected if isinstance(collected, list) else [collected]
    copy = next(one for one in found if one.name == item.name)
    copy.own_markers[:] = item.own_markers
    return copy


def is_unittest(item: pytest.Item) -> bool:
    """Returns whether a test is a method of `unittest.TestCase`."""
    unittest = sys.modules.get("unittest")
    parent = item.getparent(pytest.Class)
    return unittest is not None and parent is not None and issubclass(parent.obj, unittest.TestCase)
