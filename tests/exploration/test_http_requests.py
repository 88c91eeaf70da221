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
