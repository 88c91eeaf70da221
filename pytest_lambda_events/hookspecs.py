"""Hooks that a conftest or another plugin can implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .environment import LambdaEvents
    from .handles.attempts import Attempt


@pytest.hookspec
def pytest_lambda_events_started(lambda_events: LambdaEvents) -> None:
    """Called when an environment is open, before fixtures that use it and before the test.

    An implementation can create functions, queues and other resources.
    """


@pytest.hookspec
def pytest_lambda_events_ended(lambda_events: LambdaEvents) -> None:
    """Called after the test, passed or failed, before its environment is closed."""


@pytest.hookspec(firstresult=True)
def pytest_lambda_events_handler(name: str) -> Callable[..., object] | None:
    """Returns the callable for a handler that a test passes as text to `lambda_events.function` or `Function.update`.

    The first result other than None is used. If all implementations return None, `name` is imported as `module.function`.

    Also called for functions with `PackageType="Image"`. `name` is then the first item of the command, or the image URI if
    there is no command. The callable runs instead of the image. If all implementations return None, the function is refused.
    """


@pytest.hookspec
def pytest_lambda_events_before_attempt(attempt: Attempt) -> None:
    """Called when an attempt starts, also if it will be refused. `attempt` is a `Batch` for an event source.

    Its `outcome`, `response` and `logs` are not available yet. An implementation can read and send, but must not move time.
    If it raises an error, the test fails.
    """


@pytest.hookspec
def pytest_lambda_events_after_attempt(attempt: Attempt) -> None:
    """Called when an attempt ended, also if it was throttled or did not find its function. `attempt` has its result.

    A `Batch` has its `batch_item_failures`, but its messages are not deleted yet. An implementation can read and send, but
    must not move time. If it raises an error, the test fails.
    """
