from __future__ import annotations

import json
import time
from typing import Any

from pytest_lambda_events import LambdaEvents

ORDERS: dict[str, Any] = {}


def accept_order(event: Any, context: Any) -> dict[str, Any]:
    order = json.loads(event["body"])
    ORDERS[order["id"]] = order
    return {"statusCode": 202, "body": json.dumps({"accepted": order["id"]})}


def show_order(event: Any, context: Any) -> dict[str, Any]:
    order = ORDERS.get(event["pathParameters"]["id"])
    return {"id": "unknown"} if order is None else order


def print_labels(event: Any, context: Any) -> dict[str, Any]:
    time.sleep(45)
    print("all labels are printed")
    return {"statusCode": 200, "body": "done"}


def check_token(event: Any, context: Any) -> dict[str, Any]:
    return {"isAuthorized": event["identitySource"] == ["secret"], "context": {"user": "alice"}}


def test_order_is_accepted_and_shown(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"POST /orders": accept_order, "GET /orders/{id}": show_order})

    accepted = api.request("POST", "/orders", json={"id": "a b"}, headers={"Idempotency-Key": "1"})
    shown = api.request("GET", "/orders/a%20b")

    assert (accepted.status_code, accepted.json()) == (202, {"accepted": "a b"})
    assert (shown.status_code, shown.json()) == (200, {"id": "a b"})


def test_api_makes_its_own_responses(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"POST /orders": accept_order})

    unknown = api.request("GET", "/orders")
    invalid = api.request("POST", "/orders", content="no JSON", headers={"Content-Type": "text/plain"})

    assert (unknown.status_code, unknown.json(), unknown.invocation) == (404, {"message": "Not Found"}, None)
    assert (invalid.status_code, invalid.json()) == (500, {"message": "Internal Server Error"})
    assert invalid.invocation is not None
    assert invalid.invocation.error_type == "JSONDecodeError"


def test_handler_runs_on_after_the_timeout_of_the_api(lambda_events: LambdaEvents) -> None:
    labels = lambda_events.function(print_labels, timeout=60)
    api = lambda_events.http_api("shop", {"POST /labels": labels})

    response = api.request("POST", "/labels")
    lambda_events.run_until_idle()

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
    assert labels.logs == ["all labels are printed"]


def test_requests_need_a_token(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"GET /orders/{id}": show_order}, authorizer=check_token)

    codes = [api.request("GET", "/orders/7", headers=headers).status_code for headers in ({}, {"Authorization": "other"})]
    response = api.request("GET", "/orders/7", headers={"Authorization": "secret"})

    assert codes == [401, 403]
    assert response.invocation is not None
    assert response.invocation.event["requestContext"]["authorizer"] == {"lambda": {"user": "alice"}}
