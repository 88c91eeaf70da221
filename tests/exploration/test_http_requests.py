"""Clients of APIs that repeat a request because its response was lost."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, explore, replay


class Shop:
    """Charges for orders, with or without an idempotency key."""

    def __init__(self, *, is_idempotent: bool) -> None:
        self.charges: list[str] = []
        self._is_idempotent = is_idempotent

    def charge(self, event: Any, context: Any) -> dict[str, Any]:
        key = event["headers"]["idempotency-key"]
        if self._is_idempotent:
            try:
                boto3.client("dynamodb").put_item(
                    TableName="keys", Item={"id": {"S": key}}, ConditionExpression="attribute_not_exists(id)"
                )
            except ClientError:
                return {"statusCode": 200}
        self.charges.append(json.loads(event["body"])["id"])
        return {"statusCode": 202}


def requested(lambda_events: LambdaEvents, shop: Shop, method: str) -> None:
    lambda_events.table("keys", partition_key="id")
    api = lambda_events.http_api("shop", {f"{method} /orders": lambda_events.function(shop.charge)})
    api.request(method, "/orders", json={"id": "7"}, headers={"Idempotency-Key": "a"})


def once(lambda_events: LambdaEvents) -> None:
    shop = Shop(is_idempotent=False)
    requested(lambda_events, shop, "POST")
    assert shop.charges in ([], ["7"])


def test_an_exploration_repeats_a_request_whose_response_is_lost() -> None:
    [failure] = explore(once, max_faults=1, crash=False, timeouts=False).failures

    assert [str(choice) for choice in failure.plan] == [
        "the response to the request POST /orders to charge is lost, and the client repeats it"
    ]
    with pytest.raises(AssertionError):
        replay(once, failure.replay)


@pytest.mark.parametrize(("method", "is_idempotent"), [("POST", True), ("GET", False)])
def test_an_idempotent_handler_and_a_request_that_reads_pass(method: str, is_idempotent: bool) -> None:
    def scenario(lambda_events: LambdaEvents) -> None:
        shop = Shop(is_idempotent=is_idempotent)
        requested(lambda_events, shop, method)
        assert shop.charges in ([], ["7"])

    assert explore(scenario, max_faults=1, crash=False, timeouts=False, errors=False).failures == []


def test_the_second_response_reaches_the_client_and_the_timeline_names_the_duplicate() -> None:
    seen: list[tuple[int, str]] = []

    def scenario(lambda_events: LambdaEvents) -> None:
        numbers = iter((201, 202))

        def count(event: Any, context: Any) -> dict[str, Any]:
            return {"statusCode": next(numbers)}

        api = lambda_events.http_api("shop", {"POST /": count})
        seen.append((api.request("POST", "/").status_code, lambda_events.journal.timeline()))

    replay(scenario, "v1;request/count/POST %2F/1/lost answer")

    [(status, timeline)] = seen
    assert status == 202
    assert timeline.splitlines()[1].endswith('returned {"statusCode": 202} (planned duplicate request)   POST /: 202')


class CheckingShop(Shop):
    """Looks for the key first, so a second request is no problem when the first one has ended."""

    def charge(self, event: Any, context: Any) -> dict[str, Any]:
        key = {"id": {"S": event["headers"]["idempotency-key"]}}
        client = boto3.client("dynamodb")
        if "Item" not in client.get_item(TableName="keys", Key=key):
            client.put_item(TableName="keys", Item={**key, "requests": {"S": event["requestContext"]["requestId"]}})
            self.charges.append(json.loads(event["body"])["id"])
        return {"statusCode": 202}


def checked(lambda_events: LambdaEvents) -> None:
    shop = CheckingShop(is_idempotent=False)
    requested(lambda_events, shop, "POST")
    assert shop.charges in ([], ["7"])


def test_an_exploration_repeats_a_request_while_the_function_runs() -> None:
    [failure] = explore(checked, max_faults=1, crash=False, timeouts=False, errors=False).failures

    assert [str(choice) for choice in failure.plan] == [
        "charge pauses before its call of dynamodb.PutItem keys, and the client sends its HTTP request again meanwhile"
    ]
    with pytest.raises(AssertionError):
        replay(checked, failure.replay)


def test_two_requests_have_their_own_ids_and_the_client_gets_the_first_response() -> None:
    seen: list[Any] = []

    def scenario(lambda_events: LambdaEvents) -> None:
        numbers = iter((201, 202))
        client = lambda_events.client("dynamodb")
        lambda_events.table("orders", partition_key="id")

        def count(event: Any, context: Any) -> dict[str, Any]:
            number = next(numbers)
            client.put_item(TableName="orders", Item={"id": {"S": "7"}})
            seen.append((event["requestContext"]["requestId"], context.aws_request_id, number))
            return {"statusCode": number}

        api = lambda_events.http_api("shop", {"POST /": count})
        seen.append(api.request("POST", "/").status_code)

    replay(scenario, "v1;redelivery/count/dynamodb.PutItem orders/1/requested again")

    (*second, at_second), (*first, at_first), status = seen
    assert (at_first, at_second, status) == (201, 202, 201)
    assert len({*first, *second}) == 4
