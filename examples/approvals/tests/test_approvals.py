"""Tests of approvals. Days pass in milliseconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


def test_an_approved_order_is_shipped(lambda_events: LambdaEvents, shop: Any) -> None:
    shop.order("A-1")
    lambda_events.advance(timedelta(days=2))
    assert shop.statuses() == {"A-1": "RESERVED"}

    shop.execution.complete_callback("approval", "yes")
    lambda_events.run_until_idle()

    assert (shop.execution.status, shop.execution.result) == ("SUCCEEDED", "SHIPPED")
    assert shop.statuses() == {"A-1": "SHIPPED"}


@pytest.mark.parametrize("days", [2, 3])
def test_an_order_without_an_approval_in_three_days_is_released(lambda_events: LambdaEvents, shop: Any, days: int) -> None:
    shop.order("A-1")
    lambda_events.advance(timedelta(days=days, seconds=1))

    assert shop.statuses() == {"A-1": "RESERVED" if days < 3 else "RELEASED"}


def test_an_invocation_that_times_out_asks_no_second_question(lambda_events: LambdaEvents, shop: Any) -> None:
    shop.approve.fail("timeout", attempts=[1])
    shop.order("A-1")
    lambda_events.advance(timedelta(minutes=5))

    assert len(shop.questions.messages) == 1
    assert [step.status for step in shop.execution.steps] == ["SUCCEEDED", "STARTED", "SUCCEEDED"]


def test_a_message_that_is_delivered_twice_starts_one_execution(lambda_events: LambdaEvents, shop: Any) -> None:
    shop.start.fail("delete", times=1)
    shop.order("A-1")
    lambda_events.advance(timedelta(hours=1))

    assert len(shop.approve.executions) == 1
    assert len(shop.questions.messages) == 1
