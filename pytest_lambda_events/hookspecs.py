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
    """Called when an attempt begins, also one that will be refused; a `Batch` if it is of one.

    Its `outcome`, `response` and `logs` are not known yet. It may read and send, but must not advance time.
    What it raises fails the test.
    """


@pytest.hookspec
def pytest_lambda_events_after_attempt(attempt: Attempt) -> None:
    """Called when an attempt has ended, also one that was throttled or found no function; all of it is known.

    Batches have `batch_item_failures` too, but their messages are not deleted yet. It may read and send, but must not
    advance time. What it raises fails the test.
    """
