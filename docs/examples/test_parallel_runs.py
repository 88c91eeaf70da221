from __future__ import annotations

import pytest

from pytest_lambda_events import LambdaEvents


@pytest.mark.parametrize("order", [1, 2, 3])
def test_each_test_has_its_own_queue(lambda_events: LambdaEvents, order: int) -> None:
    orders = lambda_events.queue("orders")

    orders.send({"order": order})

    assert [message.json["order"] for message in orders.messages] == [order]
