"""Clients of httpx and requests that send their requests to a simulated API."""

from __future__ import annotations

import asyncio
import builtins
import sys
from typing import Any

import pytest
import requests
from http_fronts import FRONTS, front

from pytest_lambda_events import LambdaEvents, LambdaEventsError


def echo(event: Any, context: Any) -> dict[str, Any]:
    path = event.get("rawPath") or event["path"]
    result = {"statusCode": 201, "body": f"{path} {event.get('body')}", "headers": {"X-A": "1"}}
    return result if "path" in event else {**result, "cookies": ["a=1", "b=2; Path=/"]}


@pytest.mark.parametrize("kind", FRONTS)
@pytest.mark.parametrize("base", ["own", "https://shop.example"])
def test_a_client_of_httpx(kind: str, base: str, lambda_events: LambdaEvents) -> None:
    httpx = pytest.importorskip("httpx")
    endpoint = front(lambda_events, kind, handler=echo)

    with httpx.Client(transport=endpoint.transport(), base_url=endpoint.url if base == "own" else base) as client:
        response = client.post("/a%20b", json={"id": 7})

    path = {"1.0": "/a b", "2.0": "/a b"}.get(kind, "/a%20b")
    assert (response.status_code, response.text, response.headers["x-a"]) == (201, f'{path} {{"id":7}}', "1")
    if kind in ("2.0", "url"):
        assert dict(response.cookies) == {"a": "1", "b": "2"}


def test_an_asynchronous_client_of_httpx(lambda_events: LambdaEvents) -> None:
    httpx = pytest.importorskip("httpx")
    api = lambda_events.http_api("shop", {"GET /orders/{id}": echo})

    async def get() -> Any:
        async with httpx.AsyncClient(transport=api.transport(), base_url=api.url) as client:
            return await client.get("/orders/7")

    response = asyncio.run(get())

    assert (response.status_code, response.text) == (201, "/orders/7 None")


@pytest.mark.parametrize("kind", FRONTS)
@pytest.mark.parametrize("base", ["own", "https://shop.example"])
def test_a_session_of_requests(kind: str, base: str, lambda_events: LambdaEvents) -> None:
    endpoint = front(lambda_events, kind, handler=echo)
    url = endpoint.url if base == "own" else base

    with requests.Session() as session:
        session.mount("https://", endpoint.adapter())
        response = session.post(f"{url}/a%20b?x=1", json={"id": 7})

    path = {"1.0": "/a b", "2.0": "/a b"}.get(kind, "/a%20b")
    assert (response.status_code, response.text, response.headers["x-a"]) == (201, f'{path} {{"id": 7}}', "1")
    if kind in ("2.0", "url"):
        assert response.cookies.get_dict() == {"a": "1", "b": "2"}


@pytest.mark.parametrize("data", [b"x", "x", iter([b"x"])], ids=["bytes", "text", "parts"])
def test_bodies_of_a_session_of_requests(data: Any, lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"POST /": echo})

    with requests.Session() as session:
        session.mount("https://", api.adapter())
        response = session.post(f"{api.url}/", data=data, headers={"content-type": "text/plain"})

    assert response.text == "/ x"


def test_a_transport_without_httpx_names_the_library(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    api = lambda_events.http_api("shop", {"GET /": echo})
    imported = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.partition(".")[0] == "httpx":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return imported(name, *arguments)

    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(LambdaEventsError, match=r"api\.transport\(\) needs httpx, which is not installed\."):
        api.transport()
