"""Charges the card of each order with the idempotency utility of Powertools."""

from __future__ import annotations

from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function

from . import bank

payments = DynamoDBPersistenceLayer("payments", boto3_client=boto3.client("dynamodb", region_name="us-east-1"))
config = IdempotencyConfig(expires_after_seconds=24 * 60 * 60)


def wrong(event: dict[str, Any], context: Any) -> None:
    """If the process ends before Powertools completes its record, the next attempt charges again."""
    config.register_lambda_context(context)
    for record in event["Records"]:
        charge(order=record["body"])


def right(event: dict[str, Any], context: Any) -> None:
    """The bank recognizes a repeated charge by its key, so the retry is harmless."""
    config.register_lambda_context(context)
    for record in event["Records"]:
        charge_with_key(order=record["body"])


@idempotent_function(data_keyword_argument="order", persistence_store=payments, config=config)
def charge(order: str) -> None:
    """Charges an order."""
    bank.client.charge(order)


@idempotent_function(data_keyword_argument="order", persistence_store=payments, config=config)
def charge_with_key(order: str) -> None:
    """Charges an order with its key."""
    bank.client.charge(order, idempotency_key=order)
