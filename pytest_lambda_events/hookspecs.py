"""Hooks that a conftest or another plugin may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .environment import LambdaEvents
    from .handles.attempts import Attempt


@pytest.hookspec
def pytest_lambda_events_started(lambda_events: LambdaEvents) -> None:
    """Called when the environment of the fixture `lambda_events` is open, before fixtures that use it and before the test.

    It may make functions, queues and all else that a test may make.
    """


@pytest.hookspec
def pytest_lambda_events_ended(lambda_events: LambdaEvents) -> None:
    """Called when the environment of the fixture `lambda_events` is about to close, after the test, passed or not."""


@pytest.hookspec(firstresult=True)
def pytest_lambda_events_handler(name: str) -> Callable[..., object] | None:
    """The callable for a handler string that a test gives to `lambda_events.function` or `Function.update`.

    Stops at the first that is not None; where nobody has one, `name` is imported as `module.function`.

    Also called for a function with `PackageType="Image"`, with the first item of its command, or without a command with
    the URI of the image. There the callable runs in place of the image; where nobody has one, the function is refused.
    """


@pytest.hookspec
def pytest_lambda_events_before_attempt(attempt: Attempt) -> None:
    """Called when a try begins, also one that will be refused; a `Batch` if it is of one.

    Its `outcome`, `response` and `logs` are not known yet. It may read and send, but must not advance time.
    What it raises fails the test.
    """


@pytest.hookspec
def pytest_lambda_events_after_attempt(attempt: Attempt) -> None:
    """Called when a try has ended, also one that was throttled or found no function; all of it is known.

    Batches have `batch_item_failures` too, but their messages are not deleted yet. It may read and send, but must not
    advance time. What it raises fails the test.
    """
