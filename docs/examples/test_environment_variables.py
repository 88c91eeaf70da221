from __future__ import annotations

import os
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


def where(event: Any, context: Any) -> str:
    return f"{os.environ['STAGE']}/{os.environ['TABLE']}"


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("TABLE", "orders")


def test_handler_sees_the_variables_of_its_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(where, environment={"STAGE": "prod", "TABLE": "orders"})

    assert function.invoke({}).payload == "prod/orders"


def test_handler_inherits_variables_of_the_test_process(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(where, inherit_environment=["STAGE", "TAB*"])

    assert function.invoke({}).payload == "test/orders"


def test_handler_fails_without_the_variable(lambda_events: LambdaEvents) -> None:
    response = lambda_events.function(where).invoke({})

    assert response.payload["errorMessage"] == "'STAGE'"
    assert 'inherit_environment=["STAGE"]' in lambda_events.journal.timeline()
