"""What the tests of the plugin share."""

from __future__ import annotations

import importlib

import pytest

from pytest_lambda_events import LambdaEvents


def answer(event: object, context: object) -> None:
    """A handler that does nothing."""


@pytest.fixture(scope="session", autouse=True)
def loaded_before() -> None:
    """Load what inner runs load, since pytester forgets it after each: moto cannot be imported twice, others are slow."""
    importlib.import_module("hypothesis")
    with LambdaEvents() as world:
        world.client("sqs").list_queues()
        world.client("lambda").list_functions()
        world.function(answer).invoke_async()
        world.run_until_idle()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """pytest's own, sparing inner runs the warning of pytest-asyncio about an option that they do not set."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-o asyncio_default_fixture_loop_scope=function")
    return pytester
