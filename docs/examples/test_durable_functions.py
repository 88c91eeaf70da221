from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from pytest_lambda_events import LambdaEvents


@durable_execution
def approve(order: dict[str, Any], context: DurableContext) -> str:
    context.step(lambda step: print("reserved"), name="reserve")
    decision = context.create_callback(name="approval").result()
    context.wait(Duration.from_hours(1), name="packing")
    context.step(lambda step: print("shipped"), name="ship")
    return f"order {order['id']}: {decision}"


def test_an_approval_is_waited_for_two_days(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(approve, durable_execution_timeout=timedelta(days=7))

    execution = function.start_execution({"id": 7}, name="order-7")
    lambda_events.advance(timedelta(days=2))
    execution.complete_callback("approval", "approved")
    lambda_events.run_until_idle()

    assert (execution.status, execution.result) == ("SUCCEEDED", "order 7: approved")
    assert [step.name for step in execution.steps] == ["reserve", "approval", "ship"]
    assert lambda_events.elapsed == timedelta(days=2, hours=1).total_seconds()


def test_an_invocation_that_is_killed_goes_on_at_its_last_checkpoint(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(approve, durable_execution_timeout=timedelta(days=7))
    function.fail("out_of_memory", attempts=[2])

    execution = function.start_execution({"id": 7})
    lambda_events.run_until_idle()
    execution.complete_callback("approval", "approved")
    lambda_events.run_until_idle()

    assert execution.status == "SUCCEEDED"
    assert function.logs.count("reserved") == 1
