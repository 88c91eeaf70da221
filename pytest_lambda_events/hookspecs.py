"""Hooks that a conftest or another plugin may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .environment import LambdaEvents
    from .handles.views import Attempt


@pytest.hookspec
def pytest_lambda_events_started(lambda_events: LambdaEvents) -> None:
    """Called when a test's world is open, before the test begins."""


@pytest.hookspec
def pytest_lambda_events_ended(lambda_events: LambdaEvents) -> None:
    """Called when a test's world is about to close."""


@pytest.hookspec(firstresult=True)
def pytest_lambda_events_handler(name: str) -> Callable[..., object] | None:
    """The callable for a handler string that a test gives to `lambda_events.function`, such as one of a template.

    Stops at the first that is not None; where nobody has one, `name` is imported as `module.function`.
    """


@pytest.hookspec
def pytest_lambda_events_before_attempt(attempt: Attempt) -> None:
    """Called when a try begins, a `Batch` if it is of one; its `outcome`, `response` and `logs` are not known yet."""


@pytest.hookspec
def pytest_lambda_events_after_attempt(attempt: Attempt) -> None:
    """Called when a try has ended, also one that was throttled or found no function; all of it is known."""
