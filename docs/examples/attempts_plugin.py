"""Example plugin: finds handlers by logical id, creates a queue, checks for lost data, and prints each attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Attempt, Batch, LambdaEvents


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--show-attempts", action="store_true", help="print a line when an attempt starts and when it ends")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--show-attempts"):
        config.pluginmanager.register(AttemptPrinter())


def ship(event: Any, context: Any) -> str:
    return "shipped"


def charge(event: Any, context: Any) -> str:
    raise ValueError("card expired")


HANDLERS: dict[str, Callable[..., object]] = {"ShipFunction": ship, "ChargeFunction": charge}


def pytest_lambda_events_handler(name: str) -> Callable[..., object] | None:
    return HANDLERS.get(name)


def pytest_lambda_events_started(lambda_events: LambdaEvents) -> None:
    lambda_events.queue("parcels")


def pytest_lambda_events_ended(lambda_events: LambdaEvents) -> None:
    lambda_events.assert_no_data_lost()


class AttemptPrinter:
    """Prints a line when an attempt starts and when it ends. Registered only with --show-attempts."""

    def pytest_lambda_events_before_attempt(self, attempt: Attempt) -> None:
        received = f"{len(attempt.records)} records" if isinstance(attempt, Batch) else "an event"
        print(f"{attempt.started_after_seconds:g} s: {attempt.function_name} starts attempt {attempt.number} with {received}")

    def pytest_lambda_events_after_attempt(self, attempt: Attempt) -> None:
        print(f"{attempt.ended_after_seconds:g} s: {attempt.function_name} ended: {attempt.error_message or attempt.outcome}")
