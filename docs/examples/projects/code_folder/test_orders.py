from __future__ import annotations

from unittest import mock

import pytest

from pytest_lambda_events import Function, LambdaEvents


@pytest.fixture
def billing(lambda_events: LambdaEvents) -> Function:
    lambda_events.table("invoices", partition_key="order")
    return lambda_events.function("app.handler", code_uri="src/billing", environment={"TABLE": "invoices"})


def test_two_functions_with_the_same_module_name(lambda_events: LambdaEvents, billing: Function) -> None:
    shipping = lambda_events.function("app.handler", code_uri="src/shipping")

    assert (billing.name, shipping.name) == ("billing", "shipping")
    assert [shipping.invoke({"order": order}).payload for order in ("A-1", "A-2")] == [1, 2]
    assert billing.module("app").TABLE == "invoices"


def test_patched_module_returns_a_receipt(billing: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing.module("bank"), "charge", lambda card: "receipt-1")

    assert billing.invoke({"order": "A-1", "card": "4242"}).payload == "receipt-1"


def test_bank_is_called_once(billing: Function) -> None:
    with mock.patch.object(billing.module("bank"), "charge", return_value="receipt-1") as charge:
        billing.invoke({"order": "A-1", "card": "4242"})

    charge.assert_called_once_with("4242")


def test_unpatched_bank_fails(billing: Function) -> None:
    assert billing.invoke({"order": "A-1", "card": "4242"}).function_error == "Unhandled"


def test_each_test_starts_with_new_modules(lambda_events: LambdaEvents) -> None:
    shipping = lambda_events.function("app.handler", code_uri="src/shipping")

    assert shipping.invoke({"order": "A-1"}).payload == 1
