"""Connects each environment that a test or a fixture opens to the test: options, markers, hooks and reports.

This is the same for the fixture `lambda_events`, for fixtures with a wider scope, and for a `LambdaEvents()` in the test
itself, as in a `setUp` of unittest. Modules that only tests with an environment need are imported when one opens.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from ..opened import observation
from .startup import (
    BEGAN,
    CLOSING,
    ENVIRONMENT,
    EXECUTION,
    EXPLORE_MARKER,
    FAULT_MARKERS,
    IS_COPY,
    NOT_RUN,
    PASSED,
    SUMMARY_PROPERTY,
    TEMPLATE_MARKER,
    environment_of,
    has_passed,
)

if TYPE_CHECKING:
    from ..environment import LambdaEvents

Node = Any
"""A test, or the class, module or session of a fixture with a wider scope."""
REFUSED: pytest.StashKey[str] = pytest.StashKey()
"""In the stash of a test: why it is not explored."""


class TestObserver:
    """Observes the environments that open while one test runs."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self.nodes: list[Node] = [item]
        """The test, followed by the nodes of the fixtures that are being set up."""

    def options(self) -> Mapping[str, Any]:
        """Returns the options from the ini file, markers and flags."""
        from . import options

        node = self.nodes[-1]
        return options.options_of(node, options.configured(node.config, flags=False))

    def opens(self, environment: LambdaEvents) -> None:
        """Sets the hooks of the test's plugins, and the folder at which a relative `code_uri` starts."""
        from . import faults

        node = self.nodes[-1]
        environment._hooks = faults.hooks_of(node)
        environment._root = node.config.rootpath
        execution = self.nodes[0].stash.get(EXECUTION, None)
        if execution is not None:
            environment._explore(execution)

    def has_opened(self, environment: LambdaEvents) -> None:
        """Announces the environment to reports, plans the faults of the markers, and calls the hook."""
        from . import faults

        node = self.nodes[-1]
        node.stash[ENVIRONMENT] = environment
        faults.plan(node, environment)
        node.ihook.pytest_lambda_events_started(lambda_events=environment)

    def closes(self, environment: LambdaEvents) -> None:
        """Calls the hook, and what looks at the environment of an explored test."""
        closing = self.nodes[0].stash.get(CLOSING, None)
        if closing is not None:
            closing(environment)
        self.nodes[0].ihook.pytest_lambda_events_ended(lambda_events=environment)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Observes environments while a test runs, including its fixtures."""
    current = observation()
    before, current.observer = current.observer, TestObserver(item)
    _begin(item)
    try:
        return (yield)
    finally:
        current.observer = before


@pytest.hookimpl(wrapper=True, trylast=True, specname="pytest_runtest_protocol")
def pytest_explored_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Explores a test that has the marker, inside of what other plugins set for a test, such as filters of warnings."""
    with ExitStack() as stack:
        if item.get_closest_marker(EXPLORE_MARKER) is not None and isinstance(item, pytest.Function):
            _explore(item, stack)
        return (yield)


def _explore(item: pytest.Function, stack: ExitStack) -> None:
    """Explores a test before it runs itself. A mistake in its marker fails the test when it is set up."""
    from ..errors import LambdaEventsError
    from . import exploration

    try:
        stack.enter_context(exploration.explored(item))
    except LambdaEventsError as error:
        item.stash[REFUSED] = str(error)
    except pytest.skip.Exception:
        # The test itself is skipped too.
        return


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails a test whose exploration was refused."""
    refused = item.stash.get(REFUSED, "")
    if refused:
        del item.stash[REFUSED]
        pytest.fail(refused, pytrace=False)


def _begin(item: pytest.Item) -> None:
    """Stores the length of the journal of a shared environment when the test begins."""
    owner, environment = environment_of(item)
    if environment is not None and not environment.is_open:
        # A fixture of an earlier test with a wider scope has opened and closed it.
        del owner.stash[ENVIRONMENT]
        environment = None
    item.stash[BEGAN] = 0 if environment is None else len(environment.journal)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Assigns an environment that a fixture opens to the node of the fixture's scope."""
    observer = observation().observer
    if not isinstance(observer, TestObserver):
        return (yield)
    observer.nodes.append(request.node)
    try:
        return (yield)
    finally:
        observer.nodes.pop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Plans the faults of a test's own markers in a shared environment, while the test runs."""
    owner, environment = environment_of(item)
    if EXECUTION in item.stash and IS_COPY not in item.stash:
        return (yield from _repeated(item))
    if environment is None or owner is item or not environment.is_open:
        return (yield)
    from . import faults

    with faults.planned_for(item, environment, owner):
        return (yield)


def _repeated(item: pytest.Item) -> Generator[None, object, object]:
    """Runs the execution that failed in an exploration, or one that the marker names. If it loses data, the test fails."""
    from . import exploration

    try:
        returned = yield
    except Exception:
        exploration.check_loss(item, environment_of(item)[1])
        raise
    exploration.check_loss(item, environment_of(item)[1])
    exploration.warn_of_unmet(item)
    return returned


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Fails a test that has a marker of a planned fault and opens no environment, or a marker of an unused template."""
    own_markers = {marker.name for marker in item.own_markers}
    if TEMPLATE_MARKER in own_markers and "lambda_stack" not in getattr(item, "fixturenames", ()) and has_passed(item):
        from . import templates

        templates.refuse_marker(item)
    if not any(map(item.get_closest_marker, FAULT_MARKERS)):
        return
    if environment_of(item)[1] is None and has_passed(item):
        from . import faults

        faults.refuse_markers(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers whether the test passed. Only passed tests are checked for planned faults that did not happen."""
    report = yield
    if report.when == "setup" and PASSED in item.stash:
        # Plugins may run a test again.
        del item.stash[PASSED]
    if report.when == "call":
        # Subtests have their own reports, before the report of the test.
        item.stash[PASSED] = report.passed and item.stash.get(PASSED, True)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the explorations that were cut short, and with `-v` all explorations of tests that passed."""
    is_verbose = terminalreporter.config.getoption("verbose") > 0
    lines = [
        f"{report.nodeid}: {value}"
        for report in terminalreporter.stats.get("passed", ())
        for name, value in report.user_properties
        if name == SUMMARY_PROPERTY and (is_verbose or NOT_RUN in value)
    ]
    if lines:
        terminalreporter.section("lambda events: explorations")
        for line in lines:
            terminalreporter.line(line)
