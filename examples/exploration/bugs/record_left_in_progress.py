"""Stores each order with the idempotency utility of Powertools."""

from __future__ import annotations

from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
records = DynamoDBPersistenceLayer("idempotency", boto3_client=dynamodb)
without_context = IdempotencyConfig(expires_after_seconds=24 * 60 * 60)
with_context = IdempotencyConfig(expires_after_seconds=24 * 60 * 60)


def wrong(event: dict[str, Any], context: Any) -> None:
    """Powertools does not know when the attempt ends. If its process ends, the order is "in progress" for a whole day."""
    for record in event["Records"]:
        store_without_context(order=record["body"])


def right(event: dict[str, Any], context: Any) -> None:
    """With the context, Powertools lets a retry go on as soon as the first attempt must have ended."""
    with_context.register_lambda_context(context)
    for record in event["Records"]:
        store_with_context(order=record["body"])


@idempotent_function(data_keyword_argument="order", persistence_store=records, config=without_context)
def store_without_context(order: str) -> None:
    """Stores an order."""
    dynamodb.put_item(TableName="stored", Item={"id": {"S": order}})


@idempotent_function(data_keyword_argument="order", persistence_store=records, config=with_context)
def store_with_context(order: str) -> None:
    """Stores an order."""
    dynamodb.put_item(TableName="stored", Item={"id": {"S": order}})
