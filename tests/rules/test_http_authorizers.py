"""Lambda authorizers of REST APIs and HTTP APIs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from http_fronts import FRONTS, answer, event_of, front

from pytest_lambda_events import HttpApi, LambdaAuthorizer, LambdaEvents, LambdaEventsError, RestApi

TOKEN = {"Authorization": "secret"}
Handler = Callable[[Any, Any], Any]


def policy(event: Any, effect: str = "Allow", resource: str | None = None, **members: Any) -> dict[str, Any]:
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": resource or event.get("methodArn") or event["routeArn"],
    }
    return {"principalId": "alice", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **members}


def allow(event: Any, context: Any) -> dict[str, Any]:
    return policy(event)


def rest(lambda_events: LambdaEvents, handler: Handler = allow, **options: Any) -> RestApi:
    """A REST API with a TOKEN authorizer, unless the options have another type."""
    authorizer = LambdaAuthorizer(lambda_events.function(handler, name="check"), **{"type": "TOKEN", **options})
    return lambda_events.rest_api("shop", dict.fromkeys(["GET /orders/{id}", "POST /orders"], answer), authorizer=authorizer)


def http(lambda_events: LambdaEvents, handler: Handler, **options: Any) -> HttpApi:
    """An HTTP API with an authorizer."""
    authorizer = LambdaAuthorizer(lambda_events.function(handler, name="check"), **options)
    return lambda_events.http_api("shop", {"GET /orders/{id}": answer}, authorizer=authorizer)


def times(lambda_events: LambdaEvents) -> int:
    """How often the authorizer was invoked."""
    return len(lambda_events.functions["check"].attempts)


@pytest.mark.rule("HTP-40", "HTP-42", "HTP-43", "HTP-13")
def test_event_and_context_of_a_token_authorizer(lambda_events: LambdaEvents) -> None:
    def check(event: Any, context: Any) -> Any:
        time.sleep(0.25)
        return policy(event, context={"s": "x", "b": True, "n": 123, "f": 1.5, "z": 0})

    api = rest(lambda_events, check)

    context = event_of(api, "GET", "/orders/7", headers=TOKEN)["requestContext"]

    [attempt] = lambda_events.functions["check"].attempts
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/dev/GET/orders/7"
    assert attempt.event == {"type": "TOKEN", "methodArn": arn, "authorizationToken": "secret"}
    assert list(context)[:3] == ["resourceId", "authorizer", "resourcePath"]
    assert context["authorizer"] == {
        "principalId": "alice", "s": "x", "b": "true", "n": "123", "f": "1.5", "z": "0", "integrationLatency": 250,
    }  # fmt: skip


@pytest.mark.rule("HTP-45", "HTP-43")
@pytest.mark.scenario("HTP T22")
def test_results_of_a_token_authorizer_are_cached_for_their_ttl(lambda_events: LambdaEvents) -> None:
    def check(event: Any, context: Any) -> Any:
        time.sleep(0.1)
        return policy(event, resource="*", context={"n": 1, "b": True})

    api, seen = rest(lambda_events, check, ttl_seconds=300), []
    lambda_events.advance(100)
    for at in (100, 400, 400.1):
        lambda_events.run(until=at)
        authorizer = event_of(api, "GET", "/orders/7", headers=TOKEN)["requestContext"]["authorizer"]
        seen.append((authorizer["n"], authorizer["b"], authorizer["integrationLatency"], times(lambda_events)))

    assert seen == [("1", "true", 100, 1), ("1", "true", 0, 1), ("1", "true", 100, 2)]


@pytest.mark.rule("HTP-45")
def test_a_cached_policy_is_evaluated_for_each_method(lambda_events: LambdaEvents) -> None:
    api = rest(lambda_events)

    codes = [
        api.request(*one.split(), headers=TOKEN).status_code for one in ("GET /orders/7", "POST /orders", "GET /orders/8")
    ]

    assert (codes, times(lambda_events)) == ([200, 403, 403], 1)


@pytest.mark.rule("HTP-45")
def test_another_token_and_a_ttl_of_0_ask_again(lambda_events: LambdaEvents) -> None:
    api = rest(lambda_events, ttl_seconds=0)

    for _ in range(2):
        api.request("GET", "/orders/7", headers=TOKEN)

    assert times(lambda_events) == 2


@pytest.mark.rule("HTP-45")
def test_each_token_has_its_own_result(lambda_events: LambdaEvents) -> None:
    api = rest(lambda_events)

    for token in ("a", "b", "a"):
        api.request("GET", "/orders/7", headers={"Authorization": token})

    assert times(lambda_events) == 2


@pytest.mark.rule("HTP-41")
def test_event_of_a_request_authorizer_of_a_rest_api(lambda_events: LambdaEvents) -> None:
    sources = ["method.request.header.X-Key", "method.request.querystring.q", "context.httpMethod"]
    api = rest(lambda_events, type="REQUEST", identity_sources=sources)

    response = api.request("GET", "/orders/7?q=1", headers={"X-Key": "k"})

    [attempt] = lambda_events.functions["check"].attempts
    assert response.status_code == 200
    assert list(attempt.event) == [
        "type", "methodArn", "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext",
    ]  # fmt: skip
    assert "authorizer" not in attempt.event["requestContext"]
    assert api.request("GET", "/orders/7", headers={"X-Key": "k"}).status_code == 401


def deny(event: Any, context: Any) -> Any:
    return policy(event, "Deny")


def other(event: Any, context: Any) -> Any:
    return policy(event, resource="arn:aws:execute-api:us-east-1:123456789012:other/*")


def unauthorized(event: Any, context: Any) -> None:
    raise Exception("Unauthorized")


def raises(event: Any, context: Any) -> None:
    raise ValueError("Unauthorized, because")


def nothing(event: Any, context: Any) -> None:
    return None


def lists(event: Any, context: Any) -> Any:
    return policy(event, context={"roles": ["a"]})


def no_principal(event: Any, context: Any) -> Any:
    return {"policyDocument": policy(event)["policyDocument"]}


def sleeps(event: Any, context: Any) -> None:
    time.sleep(10)


EXPLICIT = b'{"Message":"User is not authorized to access this resource with an explicit deny"}'
IMPLICIT = b'{"Message":"User is not authorized to access this resource"}'


@pytest.mark.rule("HTP-44", "HTP-42", "HTP-2A")
@pytest.mark.scenario("HTP T24")
@pytest.mark.parametrize(
    ("handler", "status", "body"),
    [
        (deny, 403, EXPLICIT), (other, 403, IMPLICIT), (unauthorized, 401, b'{"message":"Unauthorized"}'),
        (raises, 500, b'{"message":null}'), (nothing, 500, b'{"message":null}'), (lists, 500, b'{"message":null}'),
        (no_principal, 500, b'{"message":null}'), (sleeps, 500, b'{"message":null}'),
    ],
)  # fmt: skip
def test_a_rest_api_whose_authorizer_does_not_allow(
    handler: Handler, status: int, body: bytes, lambda_events: LambdaEvents
) -> None:
    response = rest(lambda_events, handler).request("GET", "/orders/7", headers=TOKEN)

    assert (response.status_code, response.content, response.invocation) == (status, body, None)
    assert lambda_events.functions["answer"].attempts == []


@pytest.mark.rule("HTP-44")
@pytest.mark.parametrize(("headers", "status", "expected"), [({}, 401, 0), ({"Authorization": "x1"}, 401, 0), (TOKEN, 200, 1)])
def test_a_token_that_is_missing_or_does_not_match(
    headers: dict[str, str], status: int, expected: int, lambda_events: LambdaEvents
) -> None:
    api = rest(lambda_events, validation_expression="[a-z]+")

    assert (api.request("GET", "/orders/7", headers=headers).status_code, times(lambda_events)) == (status, expected)


def simple(event: Any, context: Any) -> Any:
    return {
        "isAuthorized": event["headers"]["authorization"] == "secret",
        "context": {"n": 1, "l": [{"a": None}], "claims": 2},
    }


@pytest.mark.rule("HTP-46", "HTP-47", "HTP-48", "HTP-44")
@pytest.mark.scenario("HTP T23")
def test_an_http_api_with_simple_responses(lambda_events: LambdaEvents) -> None:
    api = http(lambda_events, simple)

    context = event_of(api, "GET", "/orders/7", headers=TOKEN)["requestContext"]
    denied = api.request("GET", "/orders/7", headers={"Authorization": "other"})
    missing = api.request("GET", "/orders/7")

    assert context["authorizer"] == {"lambda": {"l": [{"a": None}], "n": 1}}
    assert list(context["authorizer"]["lambda"]) == ["l", "n"]
    assert list(context)[:3] == ["accountId", "apiId", "authorizer"]
    assert (denied.status_code, denied.content) == (403, b'{"message":"Forbidden"}')
    assert (missing.status_code, missing.content) == (401, b'{"message":"Unauthorized"}')
    assert (times(lambda_events), len(lambda_events.functions["answer"].attempts)) == (2, 1)
    [event, _] = [attempt.event for attempt in lambda_events.functions["check"].attempts]
    assert list(event) == [
        "version", "type", "routeArn", "identitySource", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext",
        "pathParameters", "stageVariables",
    ]  # fmt: skip
    assert event["routeArn"] == f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/$default/GET/orders/7"
    assert (event["identitySource"], event["type"]) == (["secret"], "REQUEST")


def returns_unauthorized(event: Any, context: Any) -> str:
    return "Unauthorized"


@pytest.mark.rule("HTP-47", "HTP-3P")
@pytest.mark.scenario("HTP T23")
@pytest.mark.parametrize(
    ("handler", "status", "body"),
    [
        (raises, 500, b'{"message":"Internal Server Error"}'), (nothing, 500, b'{"message":"Internal Server Error"}'),
        (unauthorized, 401, b'{"message":"Unauthorized"}'), (returns_unauthorized, 401, b'{"message":"Unauthorized"}'),
        (allow, 500, b'{"message":"Internal Server Error"}'),
    ],
)  # fmt: skip
def test_an_http_api_whose_authorizer_does_not_answer(
    handler: Handler, status: int, body: bytes, lambda_events: LambdaEvents
) -> None:
    response = http(lambda_events, handler).request("GET", "/orders/7", headers=TOKEN)

    assert (response.status_code, response.content, response.invocation) == (status, body, None)


@pytest.mark.rule("HTP-47", "HTP-42")
@pytest.mark.parametrize(("handler", "status"), [(allow, 200), (deny, 403), (other, 403), (lists, 200)])
def test_an_http_api_with_policies(handler: Handler, status: int, lambda_events: LambdaEvents) -> None:
    api = http(lambda_events, handler, simple_responses=False)

    assert api.request("GET", "/orders/7", headers=TOKEN).status_code == status


@pytest.mark.rule("HTP-46", "HTP-48")
def test_an_http_api_with_format_1(lambda_events: LambdaEvents) -> None:
    def check(event: Any, context: Any) -> Any:
        return policy(event, context={"n": 1})

    authorizer = LambdaAuthorizer(check, payload="1.0", simple_responses=False)
    api = lambda_events.http_api("shop", {"GET /orders": answer}, payload="1.0", authorizer=authorizer)

    context = event_of(api, "GET", "/orders", headers=TOKEN)["requestContext"]

    [attempt] = lambda_events.functions["check"].attempts
    assert context["authorizer"] == {"principalId": "alice", "n": 1}
    assert list(attempt.event)[:5] == ["version", "type", "methodArn", "identitySource", "authorizationToken"]
    assert (attempt.event["identitySource"], attempt.event["authorizationToken"]) == ("secret", "secret")


@pytest.mark.rule("HTP-45")
def test_results_of_an_http_api_are_cached_for_their_ttl(lambda_events: LambdaEvents) -> None:
    api, counts = http(lambda_events, simple, ttl_seconds=60), []

    for at in (0, 59.999, 60):
        lambda_events.run(until=at)
        api.request("GET", "/orders/7", headers=TOKEN)
        counts.append(times(lambda_events))

    assert counts == [1, 1, 2]


@pytest.mark.rule("HTP-60")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_an_authorizer_that_may_not_be_invoked(lambda_events: LambdaEvents) -> None:
    api = rest(lambda_events)
    client = lambda_events.client("lambda")
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{api.id}"
    permission = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "StatementId": "1"}
    client.add_permission(FunctionName="answer", SourceArn=f"{arn}/*", **permission)

    before = api.request("GET", "/orders/7", headers=TOKEN)
    client.add_permission(FunctionName="check", SourceArn=f"{arn}/authorizers/*", **permission)

    assert (before.status_code, before.content) == (500, b'{"message":null}')
    assert api.request("GET", "/orders/7", headers=TOKEN).status_code == 200


CLAIMS = {"jwt": {"claims": {"sub": "7"}, "scopes": None}}


@pytest.mark.rule("HTP-4A")
def test_the_claims_of_a_jwt_authorizer_come_from_the_test(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"GET /": answer}, authorizer=CLAIMS)

    default = event_of(api, "GET", "/")["requestContext"]["authorizer"]
    own = event_of(api, "GET", "/", authorizer={"jwt": {"claims": {"sub": "8"}}})["requestContext"]["authorizer"]

    assert (default, own) == (CLAIMS, {"jwt": {"claims": {"sub": "8"}}})


@pytest.mark.rule("HTP-4A")
def test_an_authorizer_that_is_not_simulated_answers_401_without_claims(lambda_events: LambdaEvents) -> None:
    lambda_events.http_api("shop", {"GET /": answer}, authorizer=CLAIMS)

    response = lambda_events.apis["shop"].request("GET", "/")

    assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.rule("HTP-4A")
def test_the_claims_of_a_cognito_authorizer_come_from_the_test(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"GET /": answer}, authorizer={"claims": {"sub": "7"}})

    assert event_of(api, "GET", "/")["requestContext"]["authorizer"] == {"claims": {"sub": "7"}}
    assert lambda_events.apis["shop"].request("GET", "/").status_code == 401


@pytest.mark.rule("HTP-4A")
@pytest.mark.parametrize("kind", FRONTS)
def test_claims_without_an_authorizer_are_refused(kind: str, lambda_events: LambdaEvents) -> None:
    endpoint = front(lambda_events, kind)

    with pytest.raises(LambdaEventsError, match=r"authorizer=\{'claims': \{\}\} has no effect: .* has no authorizer"):
        endpoint.request("GET", "/a", authorizer={"claims": {}})


@pytest.mark.rule("HTP-4A")
def test_claims_beside_a_lambda_authorizer_are_refused(lambda_events: LambdaEvents) -> None:
    def check(event: Any, context: Any) -> dict[str, Any]:
        return {"isAuthorized": True}

    api = lambda_events.http_api("shop", {"GET /": answer}, authorizer=check)

    with pytest.raises(LambdaEventsError, match="GET / of http_api shop has a Lambda authorizer, which runs"):
        api.request("GET", "/", headers={"Authorization": "a"}, authorizer={"claims": {}})
