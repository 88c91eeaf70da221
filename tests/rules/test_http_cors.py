"""CORS of HTTP APIs and function URLs."""

from __future__ import annotations

from typing import Any

import pytest
from http_fronts import answer

from pytest_lambda_events import CorsSettings, HttpApi, LambdaEvents

A = "https://a"
PREFLIGHT = {"Origin": A, "Access-Control-Request-Method": "GET"}
CORS: CorsSettings = {
    "allow_origins": [A], "allow_methods": ["GET", "POST"], "allow_headers": ["x-a"], "expose_headers": ["x-b"],
    "max_age": 300, "allow_credentials": True,
}  # fmt: skip
GRANTS = {
    "access-control-allow-origin": A, "access-control-allow-methods": "GET,POST", "access-control-allow-headers": "x-a",
    "access-control-max-age": "300", "access-control-allow-credentials": "true",
}  # fmt: skip


def own_headers(event: Any, context: Any) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {
            "Access-Control-Allow-Origin": "x", "Access-Control-Allow-Methods": "PUT", "Access-Control-Expose-Headers": "x-c",
            "Access-Control-Allow-Credentials": "false",
        },
    }  # fmt: skip


def cors_headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


def http_api(lambda_events: LambdaEvents, **cors: Any) -> HttpApi:
    return lambda_events.http_api("shop", {"GET /": own_headers}, cors=cors or CORS)  # type: ignore[arg-type]


@pytest.mark.rule("HTP-3Q", "HTP-3R", "HTP-3S")
@pytest.mark.scenario("HTP T19")
def test_an_http_api_answers_preflights_and_replaces_the_headers_of_functions(lambda_events: LambdaEvents) -> None:
    api = http_api(lambda_events, allow_origins=[A])

    preflight, response = api.request("OPTIONS", "/", headers=PREFLIGHT), api.request("GET", "/", headers={"Origin": A})

    assert (preflight.status_code, preflight.content, preflight.invocation) == (204, b"", None)
    assert cors_headers(preflight) == {"access-control-allow-origin": A}
    assert cors_headers(response) == {"access-control-allow-origin": A}
    assert len(lambda_events.functions["own_headers"].attempts) == 1


@pytest.mark.rule("HTP-3R", "HTP-3S")
def test_all_settings_of_an_http_api(lambda_events: LambdaEvents) -> None:
    api = http_api(lambda_events)

    assert cors_headers(api.request("OPTIONS", "/", headers=PREFLIGHT)) == GRANTS
    assert cors_headers(api.request("GET", "/", headers={"Origin": A})) == {
        "access-control-allow-origin": A, "access-control-allow-credentials": "true", "access-control-expose-headers": "x-b",
    }  # fmt: skip
    assert cors_headers(api.request("GET", "/")) == {}


@pytest.mark.rule("HTP-3R", "HTP-3S", "HTP-3T")
@pytest.mark.parametrize(
    ("allowed", "origin", "granted"),
    [
        ([A], A, A), ([A], "https://b", None), (["*"], "https://b", "*"), (["https://*"], "https://b", "https://b"),
        (["https://*"], "http://b", None), (["http://*"], "http://b", "http://b"), ([A], "https://a:1", None),
    ],
)  # fmt: skip
def test_allowed_origins(allowed: list[str], origin: str, granted: str | None, lambda_events: LambdaEvents) -> None:
    api = http_api(lambda_events, allow_origins=allowed)

    preflight = api.request("OPTIONS", "/", headers={**PREFLIGHT, "Origin": origin})
    response = api.request("GET", "/", headers={"Origin": origin})

    assert (preflight.status_code, preflight.headers.get("access-control-allow-origin")) == (204, granted)
    assert response.headers.get("access-control-allow-origin") == granted


@pytest.mark.rule("HTP-3Q", "HTP-3U")
def test_options_is_an_ordinary_method_unless_it_is_a_preflight(lambda_events: LambdaEvents) -> None:
    without = lambda_events.http_api("without", {"ANY /": answer})
    with_cors = lambda_events.http_api("with", {"ANY /": "answer"}, cors=CORS)

    requests = [(without, PREFLIGHT), (with_cors, {"Origin": A}), (with_cors, {"Access-Control-Request-Method": "GET"})]
    assert [api.request("OPTIONS", "/", headers=headers).invocation is not None for api, headers in requests] == [True] * 3


@pytest.mark.rule("HTP-3S")
def test_the_own_responses_of_an_http_api_have_cors_headers_too(lambda_events: LambdaEvents) -> None:
    response = http_api(lambda_events, allow_origins=[A]).request("GET", "/other", headers={"Origin": A})

    assert (response.status_code, cors_headers(response)) == (404, {"access-control-allow-origin": A})


@pytest.mark.rule("HTP-59")
@pytest.mark.scenario("HTP T20")
def test_a_url_adds_its_headers_to_those_of_the_function(lambda_events: LambdaEvents) -> None:
    url = lambda_events.function(own_headers).create_url(cors=CORS)

    headers = url.request("GET", "/", headers={"Origin": A}).headers

    assert headers.get_list("access-control-allow-origin") == ["x", A]
    assert headers.get_list("access-control-allow-credentials") == ["false", "true"]
    assert headers.get_list("access-control-expose-headers") == ["x-c,x-b"]
    assert headers.get_list("access-control-allow-methods") == ["PUT"]
    assert headers["vary"] == "Origin"


@pytest.mark.rule("HTP-59")
def test_a_url_answers_preflights_also_without_a_grant(lambda_events: LambdaEvents) -> None:
    url = lambda_events.function(own_headers).create_url(cors=CORS)

    allowed, refused = (url.request("OPTIONS", "/", headers={**PREFLIGHT, "Origin": one}) for one in (A, "https://b"))

    assert [(one.status_code, one.content, one.invocation) for one in (allowed, refused)] == [(200, b"", None)] * 2
    assert cors_headers(allowed) == GRANTS
    assert cors_headers(refused) == {}


@pytest.mark.rule("HTP-59")
def test_a_url_without_cors_passes_preflights_to_the_function(lambda_events: LambdaEvents) -> None:
    response = lambda_events.function(own_headers).create_url().request("OPTIONS", "/", headers=PREFLIGHT)

    assert response.invocation is not None
    assert response.headers.get_list("access-control-allow-origin") == ["x"]
