"""A process ends before and after each call of a function that the test names."""

from __future__ import annotations

import asyncio
import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

import pytest
from exploration import shop_bank
from exploration.shop_bank import charge

from pytest_lambda_events import Exploration, LambdaEvents, LambdaEventsError, explore, replay

ONLY_CRASHES: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False, "order": False,
}  # fmt: skip


def charged_by(call: Callable[[str], object]) -> Callable[[LambdaEvents], None]:
    """A scenario whose handler makes a call that charges an order, and whose order must be charged once."""

    def scenario(env: LambdaEvents) -> None:
        shop_bank.charges.clear()
        env.function(lambda event, context: call("7") and None, name="charge").invoke_async({})
        env.run_until_idle()
        assert shop_bank.charges == ["7"], f"the bank has {shop_bank.charges}"

    return scenario


def plans(result: Exploration) -> list[list[str]]:
    """The choices of each failure."""
    return [[str(choice) for choice in failure.plan] for failure in result.failures]


@pytest.mark.parametrize(
    ("function", "call", "name"),
    [
        (shop_bank.charge, lambda order: shop_bank.charge(order), "shop_bank.charge"),
        (shop_bank.charge, lambda order: charge(order), "shop_bank.charge"),
        (shop_bank.Cards.charge, lambda order: shop_bank.Cards().charge(order), "Cards.charge"),
        (shop_bank.Cards().charge, lambda order: shop_bank.Cards().charge(order), "Cards.charge"),
        (shop_bank.Cards.charge_now, lambda order: shop_bank.Cards.charge_now(order), "Cards.charge_now"),
        (
            shop_bank.charge_later,
            lambda order: asyncio.run(shop_bank.charge_later(order)),
            "shop_bank.charge_later",
        ),
    ],
)
def test_a_process_ends_after_a_named_function(function: Callable[..., Any], call: Callable[[str], object], name: str) -> None:
    scenario = charged_by(call)

    result = explore(scenario, crash_around=[function], **ONLY_CRASHES)

    assert [f"the process of charge ends after its call of {name}"] in plans(result)
    assert result.coverage == {"crash": 4}
    with pytest.raises(AssertionError, match="the bank has"):
        replay(scenario, f"v1;function/charge/{name}/1/crash after", crash_around=[function])


def test_functions_are_patched_only_while_an_exploration_runs() -> None:
    before = shop_bank.charge, vars(shop_bank.Cards)["charge"], vars(shop_bank.Cards)["charge_now"]
    inside: list[object] = []

    def scenario(env: LambdaEvents) -> None:
        inside.append(shop_bank.charge)

    explore(scenario, crash_around=[shop_bank.charge, shop_bank.Cards.charge, shop_bank.Cards.charge_now], **ONLY_CRASHES)

    assert before[0] not in inside
    assert (shop_bank.charge, vars(shop_bank.Cards)["charge"], vars(shop_bank.Cards)["charge_now"]) == before
    assert charge is before[0]


def test_a_patch_of_the_test_that_ends_later_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    original = shop_bank.charge

    def scenario(env: LambdaEvents) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shop_bank, "charge", lambda order: None)
        charged_by(lambda order: shop_bank.charge(order))(env)

    result = explore(scenario, crash_around=[original], **ONLY_CRASHES)

    assert result.failures
    assert shop_bank.charge is original


def test_attempts_overlap_at_named_functions() -> None:
    """Two orders of one customer get a discount, although only the first one should."""

    def scenario(env: LambdaEvents) -> None:
        shop_bank.charges.clear()

        def charge_or_discount(event: Any, context: Any) -> None:
            if not shop_bank.charges:
                shop_bank.charge("discount")

        for name in ("first", "second"):
            env.function(charge_or_discount, name=name).invoke_async({})
        env.run_until_idle()
        assert shop_bank.charges == ["discount"]

    result = explore(scenario, crash_around=[shop_bank.charge], **{**ONLY_CRASHES, "crash": False, "order": True})

    assert plans(result) == [["first pauses before its call of shop_bank.charge, and other attempts go on"]]


def test_the_summary_names_functions_that_no_handler_calls() -> None:
    scenario = charged_by(lambda order: shop_bank.charge(order))

    result = explore(scenario, crash_around=[shop_bank.charge, shop_bank.Cards.charge], **ONLY_CRASHES)

    assert result.uncalled == ("Cards.charge",)
    assert "No handler called Cards.charge, which crash_around names." in result.summary()


def test_isolated_functions_end_around_their_own_copy(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "__init__.py").write_text("")
    (tmp_path / "till" / "bank.py").write_text("def charge(queue, order):\n    queue.append(order)\n")
    handler = "from till.bank import charge\n\ncharges = []\n\ndef handler(event, context):\n    charge(charges, '7')\n"
    (tmp_path / "till" / "app.py").write_text(handler)
    monkeypatch.syspath_prepend(tmp_path)
    bank = importlib.import_module("till.bank")
    # Removes the modules when the test ends.
    for name in ("till", "till.bank"):
        module = sys.modules.pop(name)
        monkeypatch.setitem(sys.modules, name, module)

    def scenario(env: LambdaEvents) -> None:
        env.function("till.app.handler", name="charge", isolated=True, maximum_retry_attempts=0).invoke_async({})
        env.run_until_idle()

    result = explore(scenario, crash_around=[bank.charge], **ONLY_CRASHES)

    assert ["the process of charge ends after its call of bank.charge"] in plans(result)
    assert result.coverage == {"crash": 5}


def _local() -> None:
    """A function that a test would pass."""


class _Callable:
    def __call__(self) -> None:
        """Can be called, but is no function."""


def _numbers() -> Any:
    yield 1


def _hidden() -> Callable[[], None]:
    def _local() -> None:
        """Is not in its module."""

    return _local


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        (_local, "is not a list of functions"),
        ([_Callable()], "it is not a Python function"),
        ([functools.partial(_local)], "it is not a Python function"),
        ([_Callable], "crash_around: _Callable is not patchable, because it is not a Python function"),
        ([len], "crash_around: len is not patchable"),
        ([_numbers], "crash_around: _numbers is not patchable, because it is a generator function"),
        ([_hidden()], "_local is not patchable, because .*_hidden.<locals>._local does not lead to it"),
    ],
)
def test_a_function_that_is_not_patchable_is_refused_by_name(functions: Any, message: str) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        explore(lambda env: None, crash_around=functions)
