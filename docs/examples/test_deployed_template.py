from __future__ import annotations

from pytest_lambda_events import LambdaEvents


def test_an_order_is_charged(lambda_events: LambdaEvents) -> None:
    stack = lambda_events.deploy("examples/sam-shop/template.yaml", parameters={"Stage": "test"})

    stack.queues["Orders"].send({"id": "A-1", "amount": 20})
    lambda_events.run_until_idle()

    assert [item["id"] for item in stack.tables["Payments"].items] == ["A-1"]
