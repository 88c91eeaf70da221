from __future__ import annotations

import json
import os
from typing import Any

import boto3

from pytest_lambda_events import LambdaEvents

sqs = boto3.client("sqs", region_name="us-east-1")


def ship(event: Any, context: Any) -> dict[str, list[dict[str, str]]]:
    failures = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order["address"] is None:
            failures.append({"itemIdentifier": record["messageId"]})
        else:
            sqs.send_message(QueueUrl=os.environ["PARCELS"], MessageBody=json.dumps({"order": order["id"]}))
    return {"batchItemFailures": failures}


def test_an_order_without_an_address_holds_up_no_other(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("orders-dead")
    orders = lambda_events.queue("orders", visibility_timeout=60, dead_letter_queue=dead, max_receive_count=3)
    parcels = lambda_events.queue("parcels")
    function = lambda_events.function(ship, timeout=10, environment={"PARCELS": parcels.url})
    function.add_event_source(orders, function_response_types=["ReportBatchItemFailures"])

    orders.send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    assert [parcel.json["order"] for parcel in parcels.messages] == [1]
    assert [order.json["id"] for order in dead.messages] == [2]
