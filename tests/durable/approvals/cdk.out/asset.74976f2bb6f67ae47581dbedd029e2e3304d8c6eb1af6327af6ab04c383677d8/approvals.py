"""Reads orders, and waits before it returns."""

from __future__ import annotations

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> list[str]:
    orders = context.step(lambda step: [record["body"] for record in event["Records"]], name="read")
    context.wait(Duration.from_minutes(5), name="rest")
    return orders
