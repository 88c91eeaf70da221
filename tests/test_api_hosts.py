"""HTTP clients send requests to the hosts of APIs and function URLs. Nothing reaches the network."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import urllib3

from pytest_lambda_events import LambdaEvents, NotSimulatedError


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails each connection to the network."""

    def connect(*arguments: object) -> None:
        raise AssertionError("this test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", connect)


def echo(event: Any, context: Any) -> dict[str, Any]:
    """Answers with what it received."""
    shown = {"path": event["rawPath"], "body": event.get("body"), "agent": event["headers"].get("user-agent", "")}
    return {"statusCode": 201, "headers": {"content-type": "application/json"}, "body": json.dumps(shown)}


def with_http_client(url: str, body: bytes) -> tuple[int, bytes]:
    """Sends with the standard library's client of connections."""
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(str(parts.hostname))
    connection.request("POST", parts.path, body, {"Content-Type": "text/plain"})
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def with_urllib(url: str, body: bytes) -> tuple[int, bytes]:
    """Sends with the standard library."""
    request = urllib.request.Request(url, body, {"Content-Type": "text/plain"})
    with urllib.request.urlopen(request) as response:
        return response.status, response.read()


def with_urllib3(url: str, body: bytes) -> tuple[int, bytes]:
    """Sends with urllib3."""
    with urllib3.PoolManager() as pool:
        response = pool.request("POST", url, body=body, headers={"Content-Type": "text/plain"})
        return response.status, response.data


def with_requests(url: str, body: bytes) -> tuple[int, bytes]:
    """Sends with requests."""
    response = requests.post(url, body, headers={"Content-Type": "text/plain"}, timeout=5)
    return response.status_code, response.content


def with_httpx(url: str, body: bytes) -> tuple[int, bytes]:
    """Sends with httpx."""
    httpx: Any = pytest.importorskip("httpx")
    response = httpx.post(url, content=body, headers={"Content-Type": "text/plain"})
    return response.status_code, response.content


def with_asynchronous_httpx(url: str, body: bytes) -> tuple[int, bytes]:
    """Sends with a client of httpx in an event loop."""
    httpx: Any = pytest.importorskip("httpx")

    async def send() -> tuple[int, bytes]:
        async with httpx.AsyncClient() as client:
            response = await client.post(url, content=body, headers={"Content-Type": "text/plain"})
            return response.status_code, response.content

    return asyncio.run(send())


CLIENTS = {
    "http.client": with_http_client, "urllib": with_urllib, "urllib3": with_urllib3, "requests": with_requests,
    "httpx": with_httpx, "asynchronous httpx": with_asynchronous_httpx,
}  # fmt: skip


@pytest.mark.rule("HTP-B2")
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("front", ["API", "function URL"])
def test_a_client_of_any_library_gets_the_response(lambda_events: LambdaEvents, client: str, front: str) -> None:
    function = lambda_events.function(echo)
    endpoint = lambda_events.http_api("shop", {"$default": function}) if front == "API" else function.create_url()

    status, content = CLIENTS[client](f"{endpoint.url}/orders/7", b"seven")

    shown = json.loads(content)
    assert (status, shown["path"], shown["body"]) == (201, "/orders/7", "seven")
    assert len(function.attempts) == 1


@pytest.mark.rule("HTP-B2")
def test_one_connection_sends_several_requests(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"$default": echo})

    with requests.Session() as session:
        found = [session.get(f"{api.url}/{number}", timeout=5).json()["path"] for number in range(3)]

    assert found == ["/0", "/1", "/2"]


@pytest.mark.rule("HTP-B2", "HTP-05")
def test_a_handler_calls_another_function_by_its_api(lambda_events: LambdaEvents) -> None:
    urls: list[str] = []

    def slow(event: Any, context: Any) -> str:
        time.sleep(2)
        return "done"

    def caller(event: Any, context: Any) -> list[Any]:
        begun = time.time()
        response = requests.get(urls[0], timeout=5)
        return [response.text, time.time() - begun]

    urls.append(lambda_events.http_api("shop", {"GET /slow": slow}).url + "/slow")

    found = lambda_events.function(caller).invoke().payload

    assert found == ["done", 2]


@pytest.mark.rule("HTP-2A", "HTP-57", "HTP-B2")
@pytest.mark.parametrize("front", ["API", "function URL"])
def test_a_deleted_api_answers_403(lambda_events: LambdaEvents, front: str) -> None:
    function = lambda_events.function(echo)
    endpoint: Any = lambda_events.http_api("shop", {"$default": function}) if front == "API" else function.create_url()
    before = requests.get(endpoint.url, timeout=5).status_code
    endpoint.delete()

    response = requests.get(endpoint.url, timeout=5)

    message = {"API": '{"message":"Forbidden"}', "function URL": '{"Message":"Forbidden"}'}[front]
    assert (before, response.status_code, response.text) == (201, 403, message)


@pytest.mark.rule("HTP-B2")
@pytest.mark.parametrize("host", ["abcdefghij.execute-api.eu-west-1.amazonaws.com", "abc.lambda-url.eu-west-1.on.aws"])
def test_an_api_of_somebody_else_is_refused_by_name(lambda_events: LambdaEvents, host: str) -> None:
    with pytest.raises(NotSimulatedError, match=rf"^A connection to {re.escape(host)} is not simulated"):
        requests.get(f"https://{host}/dev/orders", timeout=5)


@pytest.mark.rule("HTP-B2")
def test_the_refusal_of_an_unknown_api_names_those_of_the_test(lambda_events: LambdaEvents) -> None:
    lambda_events.http_api("shop", {"GET /": echo})

    with pytest.raises(NotSimulatedError, match=r"no API or function URL of this test has this host.*APIs: shop\."):
        urllib.request.urlopen("https://abcdefghij.execute-api.us-east-1.amazonaws.com/orders", timeout=5)


@pytest.mark.rule("HTP-5G")
def test_a_signed_request_may_use_a_url_with_iam(lambda_events: LambdaEvents) -> None:
    url = lambda_events.function(echo).create_url(auth_type="AWS_IAM").url

    unsigned = requests.get(url, timeout=5)
    signed = requests.get(url, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/..."}, timeout=5)

    assert (unsigned.status_code, signed.status_code) == (403, 201)


@pytest.mark.rule("HTP-A0")
def test_a_request_to_another_integration_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    client = lambda_events.client("apigatewayv2")
    api = client.create_api(Name="shop", ProtocolType="HTTP", Target="https://shop.example")

    with pytest.raises(NotSimulatedError, match=r"the integration HTTP_PROXY of \$default is not simulated"):
        lambda_events.apis[api["ApiId"]].request("GET", "/")


def test_a_request_with_aiohttp_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    aiohttp = pytest.importorskip("aiohttp")
    api = lambda_events.http_api("shop", {"GET /orders": echo})

    async def get(url: str) -> None:
        async with aiohttp.ClientSession() as session, session.get(url):
            pass

    for url in (f"{api.url}/orders", "https://0123456789.execute-api.us-east-1.amazonaws.com/orders"):
        with pytest.raises(NotSimulatedError, match="Use requests, urllib3 or httpx, send the request with"):
            asyncio.run(get(url))


def test_other_hosts_of_aws_are_still_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(NotSimulatedError, match=r"A connection to example\.cloudfront-x\.on\.aws is not simulated"):
        urllib.request.urlopen("https://example.cloudfront-x.on.aws/")
