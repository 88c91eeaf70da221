from __future__ import annotations

import pytest

from pytest_lambda_events import LambdaEvents, Stack

pytestmark = pytest.mark.lambda_template("template.yaml")


def test_order_without_address_does_not_affect_other_orders(lambda_stack: Stack, lambda_events: LambdaEvents) -> None:
    lambda_stack.queues["Orders"].send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    assert [parcel.json["order"] for parcel in lambda_stack.queues["Parcels"].messages] == [1]
    assert [order.json["id"] for order in lambda_stack.queues["DeadOrders"].messages] == [2]
