"""Connects each environment that a test or a fixture opens to the test: options, markers, hooks and reports.

This is the same for the fixture `lambda_events`, for fixtures with a wider scope, and for a `LambdaEvents()` in the test
itself, as in a `setUp` of unittest.
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
    """Observes the environments that open while one test runs."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self.nodes: list[Node] = [item]
        """The test, followed by the nodes of the fixtures that are being set up."""

    def options(self) -> Mapping[str, Any]:
        """Returns the options from the ini file, markers and flags."""
        node = self.nodes[-1]
        return options.options_of(node, options.configured(node.config, flags=False))

    def opens(self, environment: LambdaEvents) -> None:
        """Sets the hooks of the test's plugins, and the folder at which a relative `code_uri` starts."""
        node = self.nodes[-1]
        environment._hooks = faults.hooks_of(node)
        environment._root = node.config.rootpath

    def has_opened(self, environment: LambdaEvents) -> None:
        """Announces the environment to reports, plans the faults of the markers, and calls the hook."""
        node = self.nodes[-1]
        node.stash[reports.ENVIRONMENT] = environment
        faults.plan(node, environment)
        node.ihook.pytest_lambda_events_started(lambda_events=environment)

    def closes(self, environment: LambdaEvents) -> None:
        """Calls the hook."""
        self.nodes[0].ihook.pytest_lambda_events_ended(lambda_events=environment)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Observes environments while a test runs, including its fixtures."""
    current = observation()
    before, current.observer = current.observer, TestObserver(item)
    reports.begin(item)
    try:
        return (yield)
    finally:
        current.observer = before


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
        # The test has closed it, and that checked the plans.
        return
    if unmet:
        pytest.fail(unmet, pytrace=False)
