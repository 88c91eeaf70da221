"""Takes orders: charges the card once per order, and then publishes the order to the warehouse."""

from __future__ import annotations

import json
import os
from typing import Any

import bank
import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="orders")

# Made at import, as AWS advises: a warm environment keeps its connections.
REGION = os.environ.get("AWS_REGION", "us-east-1")
sns = boto3.client("sns", region_name=REGION)
payments = DynamoDBPersistenceLayer("payments", boto3_client=boto3.client("dynamodb", region_name=REGION))
once_a_day = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=24 * 60 * 60)


@idempotent_function(data_keyword_argument="order", persistence_store=payments, config=once_a_day)
def charge(order: dict[str, Any]) -> dict[str, str]:
    """Charge the order's card. A second call for the same order within a day returns the first one's receipt."""
    return {"receipt": bank.charge(order["card"], order["amount"])}


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point: one order, `{"id": 7, "card": "4242", "amount": 1999}`."""
    once_a_day.register_lambda_context(context)
    logger.info("taking an order", order=event["id"])
    receipt = charge(order=event)["receipt"]
    announcement = json.dumps({"order": event["id"], "receipt": receipt})
    sns.publish(TopicArn=os.environ["WAREHOUSE_TOPIC"], Message=announcement)
    return {"order": event["id"], "receipt": receipt}
