from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from pytest_lambda_events import LambdaEvents


def audit(event: Any, context: Any) -> None:
    for record in event["Records"]:
        print(record["eventName"], record["dynamodb"]["Keys"])


def test_changes_of_an_item_arrive_in_order(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.table("orders", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES")
    function = lambda_events.function(audit)
    function.add_event_source(orders, starting_position="TRIM_HORIZON")

    orders.put_item({"id": "7", "state": "new"})
    orders.put_item({"id": "7", "state": "paid"})
    orders.put_item({"id": "7", "state": "paid"})
    orders.delete_item({"id": "7"})
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert [record["eventName"] for record in batch.records] == ["INSERT", "MODIFY", "REMOVE"]
    assert batch.data[1]["OldImage"]["state"] == {"S": "new"}
    assert batch.data[1]["NewImage"]["state"] == {"S": "paid"}


def test_writes_through_boto3_create_records(lambda_events: LambdaEvents) -> None:
    lambda_events.table("orders", partition_key="id", stream_view_type="KEYS_ONLY")
    function = lambda_events.function(audit)
    function.add_event_source(lambda_events.tables["orders"], starting_position="TRIM_HORIZON")

    lambda_events.client("dynamodb").transact_write_items(
        TransactItems=[{"Put": {"TableName": "orders", "Item": {"id": {"S": number}}}} for number in "12"]
    )
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert [data["Keys"] for data in batch.data] == [{"id": {"S": "1"}}, {"id": {"S": "2"}}]


def test_filter_on_the_new_image(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.table("orders", partition_key="id", stream_view_type="NEW_IMAGE")
    function = lambda_events.function(audit)
    paid = {"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"state": {"S": ["paid"]}}}}
    function.add_event_source(orders, starting_position="TRIM_HORIZON", filters=[paid])

    orders.put_item({"id": "7", "state": "new"})
    orders.put_item({"id": "7", "state": "paid"})
    lambda_events.run_until_idle()

    assert [record["eventName"] for batch in function.batches for record in batch.records] == ["MODIFY"]


def test_time_to_live_deletes_an_expired_item(lambda_events: LambdaEvents) -> None:
    sessions = lambda_events.table("sessions", partition_key="id", stream_view_type="OLD_IMAGE", time_to_live="ends")
    function = lambda_events.function(audit)
    by_dynamodb = {"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}
    function.add_event_source(sessions, starting_position="TRIM_HORIZON", filters=[by_dynamodb])

    sessions.put_item({"id": "s1", "ends": int(time.time()) + 3600})
    sessions.put_item({"id": "s2", "ends": int(time.time()) + 3600})
    sessions.delete_item({"id": "s2"})
    lambda_events.advance(timedelta(hours=1, seconds=1))

    [batch] = function.batches
    assert [data["Keys"] for data in batch.data] == [{"id": {"S": "s1"}}]
    assert sessions.items == []
