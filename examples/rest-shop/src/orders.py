"""The REST API of the shop, with the resolver of Powertools."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError
from botocore.exceptions import ClientError

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

app = APIGatewayRestResolver()
orders = boto3.resource("dynamodb").Table(os.environ["ORDERS"])


@app.post("/orders")
def create() -> Response[Any]:
    """Stores an order. A client that repeats its request with the same id gets the first answer."""
    order = app.current_event.json_body
    if not order.get("amount"):
        raise BadRequestError("an order needs an amount")
    item = {"id": order["id"], "amount": order["amount"], "state": "open"}
    try:
        orders.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    location = {"Location": f"/orders/{order['id']}"}
    return Response(201, "application/json", json.dumps(_stored(order["id"])), headers=location)


@app.get("/orders/<order_id>")
def show(order_id: str) -> dict[str, Any]:
    """Returns an order."""
    return _stored(order_id)


@app.get("/orders/<order_id>/label")
def label(order_id: str) -> Response[bytes]:
    """Returns the label of a parcel as a picture."""
    _stored(order_id)
    return Response(200, "image/png", PNG)


def _stored(order_id: str) -> dict[str, Any]:
    item = orders.get_item(Key={"id": order_id}).get("Item")
    if item is None:
        raise NotFoundError(f"there is no order {order_id}")
    return {**item, "amount": int(item["amount"])}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers a request."""
    return app.resolve(event, context)
