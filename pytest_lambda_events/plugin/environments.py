"""Connects each environment that a test or a fixture opens with the test: options, markers, hooks and reports.

This is the same for the fixture `lambda_events`, for a fixture with a wider scope, and for a `LambdaEvents()` of the
test's own, as in a `setUp` of unittest.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from ..errors import LambdaEventsError
from ..opened import observation
from . import faults, options, reports

if TYPE_CHECKING:
    from ..environment import LambdaEvents

Node = Any
"""A test, or the class, module or session of a fixture with a wider scope."""


class TestObserver:
    """Takes part in the environments that open while one test runs."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self.nodes: list[Node] = [item]
        """The test, and behind it the nodes of the fixtures that are being set up."""

    def options(self) -> Mapping[str, Any]:
        """What ini file, markers and flags say."""
        node = self.nodes[-1]
        return options.options_of(node, options.configured(node.config, flags=False))

    def opens(self, environment: LambdaEvents) -> None:
        """Give it the hooks of the test's plugins, and the folder that a relative `code_uri` starts at."""
        node = self.nodes[-1]
        environment._hooks = faults.hooks_of(node)
        environment._root = node.config.rootpath

    def has_opened(self, environment: LambdaEvents) -> None:
        """Let reports know of it, plan the faults of the markers, and call the hook."""
        node = self.nodes[-1]
        node.stash[reports.ENVIRONMENT] = environment
        faults.plan(node, environment)
        node.ihook.pytest_lambda_events_started(lambda_events=environment)

    def closes(self, environment: LambdaEvents) -> None:
        """Call the hook."""
        self.nodes[0].ihook.pytest_lambda_events_ended(lambda_events=environment)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Observe environments for as long as a test runs, its fixtures included."""
    current = observation()
    before, current.observer = current.observer, TestObserver(item)
    reports.begin(item)
    try:
        return (yield)
    finally:
        current.observer = before


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """An environment that a fixture opens belongs to the node of the fixture's scope."""
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
    """A test's own markers plan faults in an environment that it shares with other tests, for as long as it runs."""
    owner, environment = reports.environment_of(item)
    if environment is None or owner is item or not environment.is_open:
        return (yield)
    plans = faults.plan(item, environment, below=owner)
    environment._prefer(plans)
    try:
        result = yield
        _fail_for_unmet(environment, plans)
        return result
    finally:
        for plan in plans:
            plan.is_cancelled = True


def _fail_for_unmet(environment: LambdaEvents, plans: list[Any]) -> None:
    unmet = ""
    try:
        unmet = environment._unmet_text(plans)
    except LambdaEventsError:
        # The test has closed it, which checked the plans.
        return
    if unmet:
        pytest.fail(unmet, pytrace=False)
