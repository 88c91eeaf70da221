"""Tests of the shop's APIs as they are deployed: routes, permissions and the authorizer come from `template.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_lambda_events import HttpResponse, LambdaEvents, Stack

PROJECT = Path(__file__).resolve().parents[1]
TOKEN = {"Authorization": "Bearer test-token"}

# A permission that is missing in the template fails the test.
pytestmark = pytest.mark.lambda_events(enforce_permissions=True)


@pytest.fixture
def shop(lambda_events: LambdaEvents) -> Stack:
    return lambda_events.deploy(PROJECT / "template.yaml")


def order(shop: Stack, order_id: str, amount: int = 20, **headers: str) -> HttpResponse:
    json = {"id": order_id, "amount": amount}
    return shop.apis["ShopApi"].request("POST", "/orders", json=json, headers={**TOKEN, **headers})


def test_an_order_is_created_and_shown(shop: Stack) -> None:
    created = order(shop, "A-1")
    shown = shop.apis["ShopApi"].request("GET", "/orders/A-1", headers=TOKEN)

    assert (created.status_code, created.headers["Location"]) == (201, "/orders/A-1")
    assert shown.json() == {"id": "A-1", "amount": 20, "state": "open"}


def test_a_repeated_request_changes_nothing(shop: Stack) -> None:
    first = order(shop, "A-1", amount=20)
    again = order(shop, "A-1", amount=30)

    assert again.json() == first.json()


@pytest.mark.parametrize(("amount", "status"), [(20, 201), (0, 400)])
def test_an_order_needs_an_amount(shop: Stack, amount: int, status: int) -> None:
    assert order(shop, "A-1", amount).status_code == status


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("test-token", 401), ("Bearer other", 403), ("Bearer test-token", 404)]
)
def test_requests_need_a_token(shop: Stack, token: str | None, status: int) -> None:
    headers = {} if token is None else {"Authorization": token}

    response = shop.apis["ShopApi"].request("GET", "/orders/none", headers=headers)

    assert response.status_code == status


def test_a_token_is_checked_once_in_five_minutes(shop: Stack, lambda_events: LambdaEvents) -> None:
    for seconds in (0, 299, 1):
        lambda_events.advance(seconds)
        shop.apis["ShopApi"].request("GET", "/orders/none", headers=TOKEN)

    assert len(shop.functions["CheckToken"].attempts) == 2


def test_a_label_is_a_picture(shop: Stack) -> None:
    order(shop, "A-1")

    response = shop.apis["ShopApi"].request("GET", "/orders/A-1/label", headers={**TOKEN, "Accept": "image/png"})

    assert response.headers["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")


def test_a_browser_may_send_orders_from_the_shop(shop: Stack) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}

    response = shop.apis["ShopApi"].request("OPTIONS", "/orders", headers=asked)

    assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]


def test_the_payment_provider_marks_an_order_as_paid(shop: Stack) -> None:
    order(shop, "A-1")

    # The provider knows only the URL. Nothing leaves the process.
    hook = requests.post(shop.outputs["PaymentHookUrl"], data={"order": "A-1"}, timeout=5)
    found = shop.apis["SearchApi"].request("GET", "/search", params={"state": "paid"})

    assert (hook.status_code, found.json()) == (204, {"ids": ["A-1"]})


def test_a_slow_search_is_answered_by_the_api(shop: Stack, lambda_events: LambdaEvents) -> None:
    response = shop.apis["SearchApi"].request("GET", "/search")

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})
    assert lambda_events.elapsed == 2
    lambda_events.run_until_idle()
    [attempt] = shop.functions["Search"].attempts
    assert attempt.response == {"ids": []}


def test_an_error_of_a_handler_is_hidden_from_the_client(shop: Stack) -> None:
    response = shop.apis["ShopApi"].request("POST", "/orders", content="no JSON", headers=TOKEN)

    assert (response.status_code, response.json()) == (502, {"message": "Internal server error"})


def test_a_client_of_your_own_sends_requests_to_the_api(shop: Stack) -> None:
    class ShopClient:
        """The client that the web site uses."""

        def __init__(self, session: requests.Session, url: str) -> None:
            self._session, self._url = session, url

        def order(self, order_id: str) -> Any:
            response = self._session.post(f"{self._url}/orders", json={"id": order_id, "amount": 5}, headers=TOKEN, timeout=5)
            response.raise_for_status()
            return response.json()

    with requests.Session() as session:
        created = ShopClient(session, shop.outputs["ShopUrl"]).order("A-9")

    assert created["state"] == "open"
