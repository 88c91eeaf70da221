"""What the tests of the plugin share."""

from __future__ import annotations

import pytest

from pytest_lambda_events import LambdaEvents


def answer(event: object, context: object) -> None:
    """A handler that does nothing."""


@pytest.fixture(scope="session", autouse=True)
def loaded_moto() -> None:
    """Load what a world loads: pytester forgets what an inner run imported first, and moto cannot be imported twice."""
    with LambdaEvents() as world:
        world.client("sqs").list_queues()
        world.client("lambda").list_functions()
        world.function(answer).invoke_async()
        world.run_until_idle()
