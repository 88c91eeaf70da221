from __future__ import annotations

import payments
import pytest

from pytest_lambda_events import LambdaEvents


class FakeBank:
    """Keeps the charges by their keys. A charge with a known key changes nothing, as at the real bank."""

    def __init__(self) -> None:
        self.charges: dict[str, str] = {}

    def charge(self, order: str, amount: int, key: str) -> None:
        self.charges[key] = order


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> FakeBank:
    bank = FakeBank()
    monkeypatch.setattr(payments, "bank", bank)
    return bank


@pytest.mark.lambda_explore(max_faults=1)
def test_order_is_charged_once(lambda_events: LambdaEvents, bank: FakeBank) -> None:
    lambda_events.table("payments", partition_key="id")
    orders = lambda_events.queue("orders", dead_letter_queue=lambda_events.queue("orders-dlq"), max_receive_count=5)
    lambda_events.function(payments.handler, name="charge").add_event_source(orders)

    orders.send({"id": "7", "amount": 12})
    lambda_events.run_until_idle()

    assert list(bank.charges.values()) == ["7"]
