"""Three ways to pass a handler of an installed package, and their effects on its modules."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from bookshop import bank, charge

from pytest_lambda_events import Function, LambdaEvents, LambdaEventsError

SRC = Path(__file__).resolve().parents[1] / "src"
ORDER = {"card": "4242", "amount": 12}


@pytest.fixture
def own_copy(lambda_events: LambdaEvents) -> Function:
    """Its package is loaded for each execution environment, with the variables of the function."""
    return lambda_events.function("bookshop.charge.handler", code_uri=SRC, environment={"STAGE": "test"})


def test_a_plain_import_shares_its_modules_with_the_test(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "charge", lambda card, amount: "receipt-1")
    monkeypatch.setattr(charge, "receipts", [])
    function = lambda_events.function(charge.handler, environment={"STAGE": "test"})

    # `STAGE` was read when this test imported the module, before there was a function.
    assert function.invoke(ORDER).payload == {"stage": "none", "receipts": ["receipt-1"]}


def test_a_function_with_a_code_folder_has_its_own_modules(own_copy: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_copy.module("bookshop.bank"), "charge", lambda card, amount: "receipt-1")

    assert own_copy.invoke(ORDER).payload == {"stage": "test", "receipts": ["receipt-1"]}
    assert own_copy.invoke(ORDER).payload == {"stage": "test", "receipts": ["receipt-1", "receipt-1"]}
    assert charge.receipts == []


def test_a_patch_that_the_handler_would_not_see_is_refused(own_copy: Function) -> None:
    with mock.patch("bookshop.bank.charge"), pytest.raises(LambdaEventsError, match=r"function\.module\(.bookshop\.bank.\)"):
        own_copy.invoke(ORDER)


def test_isolated_imports_the_package_that_python_finds(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function("bookshop.charge.handler", isolated=True, environment={"STAGE": "test"})

    with mock.patch.object(function.module("bookshop.bank"), "charge", return_value="receipt-1") as charged:
        assert function.invoke(ORDER).payload == {"stage": "test", "receipts": ["receipt-1"]}

    charged.assert_called_once_with("4242", 12)
