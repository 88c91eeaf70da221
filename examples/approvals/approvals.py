"""Approves orders. It is a durable function: it waits days for a decision without running."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, WaitForCallbackConfig
from aws_durable_execution_sdk_python.exceptions import CallbackTimeoutError

dynamodb = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "us-east-1"))
sns = boto3.client("sns", region_name=os.environ.get("AWS_REGION", "us-east-1"))
APPROVAL = WaitForCallbackConfig(timeout=Duration.from_days(3))


@durable_execution
def handler(order: dict[str, Any], context: DurableContext) -> str:
    """Reserves the goods of an order, asks for approval, and ships or releases them."""
    context.step(lambda step: keep(order, "RESERVED"), name="reserve")
    status = "SHIPPED" if is_approved(order, context) else "RELEASED"
    context.step(lambda step: keep(order, status), name="finish")
    return status


def is_approved(order: dict[str, Any], context: DurableContext) -> bool:
    """Returns the decision. Without one in three days, the order is not approved."""

    def ask(callback_id: str, step: Any) -> None:
        question = {"order": order["id"], "callback": callback_id}
        sns.publish(TopicArn=os.environ["APPROVALS_TOPIC"], Message=json.dumps(question))

    try:
        return bool(context.wait_for_callback(ask, name="approval", config=APPROVAL) == "yes")
    except CallbackTimeoutError:
        return False


def keep(order: dict[str, Any], status: str) -> None:
    """Stores the status of an order."""
    dynamodb.Table(os.environ["ORDERS_TABLE"]).put_item(Item={"id": order["id"], "status": status})
