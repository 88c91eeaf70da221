"""The handlers of a shop, one for each source of events. Their settings are in the template."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

sqs = boto3.client("sqs")
s3 = boto3.client("s3")
sns = boto3.client("sns")
payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS"])


def charge(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stores a payment for each order in the queue. An order without an amount stays in the queue."""
    failures = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order["amount"] > 0:
            payments.put_item(Item={"id": order["id"], "amount": order["amount"]})
        else:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def announce(event: dict[str, Any], context: object) -> None:
    """Publishes each new payment in the stream of the table."""
    for record in event["Records"]:
        payment = record["dynamodb"]["NewImage"]
        sns.publish(TopicArn=os.environ["NEWS"], Message=f"{payment['id']['S']} is paid")


def read_upload(event: dict[str, Any], context: object) -> None:
    """Sends an order to the queue for each line `id,amount` of an uploaded file."""
    for record in event["Records"]:
        place = record["s3"]
        content = s3.get_object(Bucket=place["bucket"]["name"], Key=place["object"]["key"])["Body"].read().decode()
        for line in content.splitlines():
            number, amount = line.split(",")
            sqs.send_message(QueueUrl=os.environ["ORDERS"], MessageBody=json.dumps({"id": number, "amount": int(amount)}))


def greet(event: dict[str, Any], context: object) -> list[str]:
    """Returns the messages of the topic."""
    return [record["Sns"]["Message"] for record in event["Records"]]


def audit(event: dict[str, Any], context: object) -> str:
    """Returns the type of an event of the bus."""
    return str(event["detail-type"])


def report(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers a request to the API with the ids of all payments."""
    return {"statusCode": 200, "body": json.dumps(sorted(item["id"] for item in payments.scan()["Items"]))}


def clean_up(event: dict[str, Any], context: object) -> int:
    """Deletes all payments, once a day."""
    items = payments.scan()["Items"]
    for item in items:
        payments.delete_item(Key={"id": item["id"]})
    return len(items)


def count_clicks(event: dict[str, Any], context: object) -> int:
    """Returns the number of clicks in a batch of the stream."""
    return len(event["Records"])
