"""Hooks that a conftest or another plugin may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .environment import LambdaEvents


@pytest.hookspec
def pytest_lambda_events_started(lambda_events: LambdaEvents) -> None:
    """Called when a test's world is open, before the test begins."""


@pytest.hookspec
def pytest_lambda_events_ended(lambda_events: LambdaEvents) -> None:
    """Called when a test's world is about to close."""
