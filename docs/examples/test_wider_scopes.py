from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents


def charge(event: Any, context: Any) -> str:
    return f"charged {event['amount']}"


@pytest.fixture(scope="module")
def function(lambda_events_module: LambdaEvents) -> Function:
    return lambda_events_module.function(charge)


@pytest.mark.parametrize("amount", [12, 13])
def test_a_charge(function: Function, amount: int) -> None:
    assert function.invoke({"amount": amount}).payload == f"charged {amount}"
