"""Handlers by the names that a template gives them, a queue in each world, a line for each try, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Attempt, Batch, LambdaEvents


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--show-tries", action="store_true", help="print a line when a try begins, and one when it has ended")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--show-tries"):
        config.pluginmanager.register(ShownTries())


def ship(event: Any, context: Any) -> str:
    return "shipped"


def charge(event: Any, context: Any) -> str:
    raise ValueError("card expired")


HANDLERS: dict[str, Callable[..., object]] = {"ShipFunction": ship, "ChargeFunction": charge}


def pytest_lambda_events_handler(name: str) -> Callable[..., object] | None:
    return HANDLERS.get(name)


def pytest_lambda_events_started(lambda_events: LambdaEvents) -> None:
    lambda_events.queue("letters")


def pytest_lambda_events_ended(lambda_events: LambdaEvents) -> None:
    lambda_events.assert_no_data_lost()


class ShownTries:
    """A line when a try begins, and one when it has ended: registered only where it is wanted, else it costs nothing."""

    def pytest_lambda_events_before_attempt(self, attempt: Attempt) -> None:
        what = f"{len(attempt.records)} records" if isinstance(attempt, Batch) else "an event"
        print(f"{attempt.started_after_seconds:g} s: {attempt.function_name} begins try {attempt.number} with {what}")

    def pytest_lambda_events_after_attempt(self, attempt: Attempt) -> None:
        print(f"{attempt.ended_after_seconds:g} s: {attempt.function_name}, {attempt.error_message or attempt.outcome}")
