"""The responses that APIs, function URLs and target groups make themselves."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
import requests
from http_fronts import FRONTS, answer, front

from pytest_lambda_events import HttpApi, HttpEndpoint, LambdaEvents, NotSimulatedError, RestApi

SIX_MB = 6 * 1024 * 1024
TOO_LONG = b'{"message":"Request Too Long"}'
TOO_LARGE = b'{"message":"Request Entity Too Large"}'


def raises(event: Any, context: Any) -> None:
    raise ValueError("no")


@pytest.mark.rule("HTP-2A", "HTP-3P", "HTP-57", "HTP-82")
@pytest.mark.scenario("HTP T12")
@pytest.mark.parametrize(
    ("kind", "status", "body", "content_type"),
    [
        ("rest", 502, b'{"message": "Internal server error"}', "application/json"),
        ("1.0", 500, b'{"message":"Internal Server Error"}', "application/json"),
        ("2.0", 500, b'{"message":"Internal Server Error"}', "application/json"),
        ("url", 502, b"Internal Server Error", "text/plain"),
        ("alb", 502, b"", None),
    ],
)
def test_a_handler_that_raises(
    kind: str, status: int, body: bytes, content_type: str | None, lambda_events: LambdaEvents
) -> None:
    response = front(lambda_events, kind, handler=raises).request("GET", "/a")

    assert (response.status_code, response.content, response.headers.get("content-type")) == (status, body, content_type)
    assert response.invocation is not None
    assert response.invocation.error_type == "ValueError"


def sleeps(event: Any, context: Any) -> dict[str, Any]:
    time.sleep(40)
    boto3.client("s3").put_object(Bucket="effects", Key="done")
    return {"statusCode": 200, "body": ""}


@pytest.mark.rule("HTP-04", "HTP-05", "HTP-2A", "HTP-3P", "HTP-58")
@pytest.mark.scenario("HTP T13", "HTP T14")
@pytest.mark.parametrize(
    ("kind", "status", "body", "seconds"),
    [
        ("rest", 504, b'{"message": "Endpoint request timed out"}', 29),
        ("1.0", 503, b'{"message":"Service Unavailable"}', 30),
        ("2.0", 503, b'{"message":"Service Unavailable"}', 30),
        ("url", 200, b"", 40),
        ("alb", 200, b"", 40),
    ],
)
def test_the_timeout_of_an_api_ends_the_request_and_not_the_handler(
    kind: str, status: int, body: bytes, seconds: int, lambda_events: LambdaEvents
) -> None:
    bucket = lambda_events.bucket("effects")
    endpoint = front(lambda_events, kind, handler=sleeps, timeout=60)

    response = endpoint.request("GET", "/a")
    elapsed = lambda_events.elapsed
    lambda_events.run_until_idle()

    assert (response.status_code, response.content, elapsed) == (status, body, seconds)
    assert (lambda_events.elapsed, bucket.keys) == (40, ["done"])
    assert response.invocation is not None
    assert response.invocation.outcome == "success"


@pytest.mark.rule("HTP-05", "HTP-2A")
@pytest.mark.parametrize(("seconds", "status"), [(28.999, 200), (29, 200), (29.001, 504)])
def test_a_response_at_the_timeout_is_in_time(seconds: float, status: int, lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> dict[str, int]:
        time.sleep(seconds)
        return {"statusCode": 200}

    assert front(lambda_events, "rest", handler=handler, timeout=60).request("GET", "/a").status_code == status


@pytest.mark.rule("HTP-2A", "HTP-3P")
@pytest.mark.parametrize(("kind", "status"), [("rest", 504), ("2.0", 503)])
def test_the_timeout_of_an_integration_can_be_shorter(kind: str, status: int, lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(sleeps, timeout=60)
    lambda_events.bucket("effects")
    create: Any = lambda_events.rest_api if kind == "rest" else lambda_events.http_api

    response = create("shop", {"GET /": function}, timeout_in_millis=1500).request("GET", "/")

    assert (response.status_code, lambda_events.elapsed) == (status, 1.5)


@pytest.mark.rule("HTP-2A", "HTP-3P", "HTP-57")
@pytest.mark.parametrize(("kind", "status"), [("rest", 502), ("2.0", 500), ("url", 502), ("alb", 502)])
def test_a_function_that_times_out_itself(kind: str, status: int, lambda_events: LambdaEvents) -> None:
    lambda_events.bucket("effects")

    response = front(lambda_events, kind, handler=sleeps, timeout=3).request("GET", "/a")

    assert (response.status_code, lambda_events.elapsed) == (status, 3)


THROTTLED = {
    "rest": (500, b'{"message": "Internal server error"}'),
    "1.0": (503, b'{"message":"Service Unavailable"}'),
    "2.0": (503, b'{"message":"Service Unavailable"}'),
    "url": (
        429, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}',
    ),
    "alb": (502, b""),
}  # fmt: skip


@pytest.mark.rule("HTP-2A", "HTP-3P", "HTP-57")
@pytest.mark.scenario("HTP T15")
@pytest.mark.parametrize("kind", FRONTS)
def test_a_throttled_function(kind: str, lambda_events: LambdaEvents) -> None:
    response = front(lambda_events, kind, reserved_concurrent_executions=0).request("GET", "/a")

    assert (response.status_code, response.content, response.invocation) == (*THROTTLED[kind], None)
    [function] = lambda_events.functions.values()
    assert [attempt.outcome for attempt in function.attempts] == ["throttled"]
    assert lambda_events.metrics.sum("Throttles", function) == 1


@pytest.mark.rule("HTP-57")
def test_a_url_shows_the_reason_of_a_throttle(lambda_events: LambdaEvents) -> None:
    url = front(lambda_events, "url")
    lambda_events.functions["function-url"].throttle(reason="CallerRateLimitExceeded")

    response = url.request("GET", "/a")

    assert (response.status_code, response.json()["Reason"]) == (429, "CallerRateLimitExceeded")


@pytest.mark.rule("HTP-2A", "HTP-3P", "HTP-57")
@pytest.mark.parametrize(("kind", "status"), [("rest", 500), ("1.0", 500), ("2.0", 500), ("url", 502), ("alb", 502)])
def test_a_planned_error_of_lambda_itself(kind: str, status: int, lambda_events: LambdaEvents) -> None:
    endpoint = front(lambda_events, kind)
    [function] = lambda_events.functions.values()
    function.fail("service_error")

    response = endpoint.request("GET", "/a")

    assert (response.status_code, response.invocation) == (status, None)


@pytest.mark.rule("HTP-2A", "HTP-3D", "HTP-3P")
@pytest.mark.scenario("HTP T16")
def test_a_path_without_a_route(lambda_events: LambdaEvents) -> None:
    rest, http = front(lambda_events, "rest", "GET /orders"), front(lambda_events, "2.0", "GET /orders")

    for path, method in (("/other", "GET"), ("/orders", "POST")):
        of_rest, of_http = rest.request(method, path), http.request(method, path)
        assert (of_rest.status_code, of_rest.content) == (403, b'{"message":"Missing Authentication Token"}')
        assert of_rest.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
        assert (of_http.status_code, of_http.content) == (404, b'{"message":"Not Found"}')
        assert of_rest.invocation is of_http.invocation is None


@pytest.mark.rule("HTP-2A", "HTP-3A", "HTP-23")
def test_an_unknown_stage(lambda_events: LambdaEvents) -> None:
    rest = lambda_events.rest_api("old", {"GET /orders": answer}, stage="dev")
    http = lambda_events.http_api("new", {"GET /orders": "answer"}, stage="dev")

    of_rest, of_http = (_below_root(api, "GET", "/prod/orders") for api in (rest, http))

    assert (of_rest[0], of_rest[1]) == (403, b'{"message":"Forbidden"}')
    assert (of_http[0], of_http[1]) == (404, b'{"message":"Not Found"}')


def _below_root(api: HttpEndpoint, method: str, path: str) -> tuple[int, bytes]:
    """Sends a request to a path of the host, and not below the stage."""
    httpx = pytest.importorskip("httpx")

    with httpx.Client(transport=api.transport()) as client:
        response = client.request(method, f"{api.url.rpartition('/')[0]}{path}")
    return response.status_code, response.content


@pytest.mark.rule("HTP-2A", "HTP-57")
@pytest.mark.parametrize(("kind", "body"), [("rest", b'{"message":"Forbidden"}'), ("url", b'{"Message":"Forbidden"}')])
def test_a_deleted_api_or_url(kind: str, body: bytes, lambda_events: LambdaEvents) -> None:
    endpoint: Any = front(lambda_events, kind)
    endpoint.delete()

    response = endpoint.request("GET", "/a")

    assert (response.status_code, response.content) == (403, body)


@pytest.mark.rule("HTP-2A", "HTP-3P", "HTP-57")
@pytest.mark.parametrize(("kind", "status"), [("rest", 500), ("1.0", 500), ("2.0", 500), ("alb", 502)])
def test_a_deleted_function(kind: str, status: int, lambda_events: LambdaEvents) -> None:
    endpoint = front(lambda_events, kind)
    [function] = lambda_events.functions.values()
    function.delete()

    assert endpoint.request("GET", "/a").status_code == status


@pytest.mark.rule("HTP-2A", "HTP-3P", "HTP-57", "HTP-82")
@pytest.mark.scenario("HTP T26")
@pytest.mark.parametrize(
    ("kind", "size", "body"),
    [
        ("rest", SIX_MB + 1024, TOO_LONG), ("rest", 10 * 1024 * 1024 + 1, TOO_LONG), ("1.0", SIX_MB + 1024, TOO_LARGE),
        ("2.0", SIX_MB + 1024, TOO_LARGE), ("url", SIX_MB + 1024, b'{"Message":"Request Entity Too Large"}'),
        ("alb", 1024 * 1024 + 1, b""),
    ],
)  # fmt: skip
def test_a_request_that_is_too_large(kind: str, size: int, body: bytes, lambda_events: LambdaEvents) -> None:
    response = front(lambda_events, kind).request("POST", "/a", content="x" * size, headers={"content-type": "text/plain"})

    assert (response.status_code, response.content, response.invocation) == (413, body, None)


@pytest.mark.rule("HTP-2C")
def test_a_response_over_6_mb_is_a_function_error(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> dict[str, Any]:
        return {"statusCode": 200, "body": "x" * (SIX_MB + 1000)}

    response = front(lambda_events, "rest", handler=handler).request("GET", "/a")

    assert (response.status_code, response.json()) == (502, {"message": "Internal server error"})


@pytest.mark.rule("HTP-2A", "HTP-3P")
@pytest.mark.parametrize("kind", ["rest", "2.0"])
def test_a_stage_limits_requests(kind: str, lambda_events: LambdaEvents) -> None:
    api: Any = front(lambda_events, kind)
    if kind == "rest":
        lambda_events.client("apigateway").update_stage(
            restApiId=api.id, stageName="dev",
            patchOperations=[
                {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"},
                {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "2"},
            ],
        )  # fmt: skip
    else:
        lambda_events.client("apigatewayv2").update_stage(
            ApiId=api.id, StageName="$default",
            DefaultRouteSettings={"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 2},
        )  # fmt: skip

    responses = [api.request("GET", "/a") for _ in range(3)]
    lambda_events.advance(0.999)
    responses.append(api.request("GET", "/a"))
    lambda_events.advance(0.001)
    responses.append(api.request("GET", "/a"))

    assert [response.status_code for response in responses] == [200, 200, 429, 429, 200]
    assert responses[2].content == b'{"message":"Too Many Requests"}'


@pytest.mark.rule("HTP-2B")
def test_gateway_responses_can_have_another_status_and_more_headers(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"GET /orders": answer})
    client = lambda_events.client("apigateway")
    client.put_gateway_response(
        restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )  # fmt: skip
    client.create_deployment(restApiId=api.id, stageName="dev")

    response = api.request("GET", "/other")

    assert (response.status_code, response.json()) == (404, {"message": "Missing Authentication Token"})
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.rule("HTP-60", "HTP-62", "HTP-5E", "HTP-82")
@pytest.mark.scenario("HTP T25")
@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize(("kind", "status"), [("rest", 500), ("1.0", 500), ("2.0", 500), ("url", 403), ("alb", 502)])
def test_a_function_that_may_not_be_invoked(kind: str, status: int, lambda_events: LambdaEvents) -> None:
    response = front(lambda_events, kind).request("GET", "/a")

    assert (response.status_code, response.invocation) == (status, None)
    denied = [entry for entry in lambda_events.journal if entry.kind == "denied"]
    assert [entry.function_name for entry in denied] == [f"function-{kind}".replace(".", "-")]
    assert "because no resource-based policy allows the lambda:InvokeFunction" in denied[0].detail["reason"]


@pytest.mark.rule("HTP-60", "HTP-61")
@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize(
    ("kind", "route", "path", "pattern", "is_allowed"),
    [
        ("rest", "GET /orders/{id}", "/orders/7", "dev/GET/orders/*", True),
        ("rest", "GET /orders/{id}", "/orders/7", "*/GET/orders/*", True),
        ("rest", "GET /orders/{id}", "/orders/7", "*/*/orders/{id}", True),
        ("rest", "GET /orders/{id}", "/orders/7", "*/*/orders/7", False),
        ("rest", "ANY /orders/{proxy+}", "/orders/7/8", "*/*/orders/*", True),
        ("rest", "GET /orders/{id}", "/orders/7", "prod/GET/orders/*", False),
        ("rest", "GET /orders/{id}", "/orders/7", "dev/POST/orders/*", False),
        ("2.0", "GET /orders/{id}", "/orders/7", "*/GET/orders/*", True),
        ("2.0", "GET /orders/{id}", "/orders/7", "*/*/orders/{id}", True),
        ("2.0", "GET /orders/{id}", "/orders/7", "$default/GET/orders/7", False),
        ("2.0", "GET /orders", "/orders", "*/POST/orders", False),
        ("2.0", "$default", "/orders", "$default/*", True),
        ("2.0", "$default", "/orders", "$default/$default", True),
        ("2.0", "$default", "/orders", "*/GET/orders", False),
    ],
)
def test_the_policy_of_the_function_names_stage_method_and_path(
    kind: str, route: str, path: str, pattern: str, is_allowed: bool, lambda_events: LambdaEvents
) -> None:
    api: Any = front(lambda_events, kind, route)
    [function] = lambda_events.functions.values()
    lambda_events.client("lambda").add_permission(
        FunctionName=function.name, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/{pattern}",
    )  # fmt: skip

    assert api.request("GET", path).status_code == (200 if is_allowed else 500)


@pytest.mark.rule("HTP-5E", "HTP-5F")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_public_url_needs_the_first_of_two_statements(lambda_events: LambdaEvents) -> None:
    url, client = front(lambda_events, "url"), lambda_events.client("lambda")
    statement = {"FunctionName": "function-url", "Principal": "*"}
    client.add_permission(
        **statement, StatementId="2", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True
    )  # fmt: skip
    before = url.request("GET", "/")
    client.add_permission(**statement, StatementId="1", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")

    assert (before.status_code, before.content) == (403, b'{"Message":"Forbidden"}')
    assert url.request("GET", "/").status_code == 200


@pytest.mark.rule("HTP-5G")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_url_with_iam_needs_a_caller_who_may_call_it(lambda_events: LambdaEvents) -> None:
    url = lambda_events.function(answer).create_url(auth_type="AWS_IAM")
    iam = lambda_events.client("iam")
    role = iam.create_role(RoleName="shop", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    unsigned, before = url.request("GET", "/"), url.request("GET", "/", caller=role)
    document = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": "*"}]}'
    )
    iam.put_role_policy(RoleName="shop", PolicyName="call", PolicyDocument=document)

    assert [unsigned.status_code, before.status_code, url.request("GET", "/", caller=role).status_code] == [403, 403, 200]


@pytest.mark.rule("HTP-60")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_an_integration_with_a_role_needs_no_statement(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(answer)
    client, iam = lambda_events.client("apigatewayv2"), lambda_events.client("iam")
    role = iam.create_role(RoleName="api", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    api_id = client.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    made = client.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function.arn, PayloadFormatVersion="2.0", CredentialsArn=role
    )
    client.create_route(ApiId=api_id, RouteKey="GET /", Target=f"integrations/{made['IntegrationId']}")
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    api = lambda_events.apis["shop"]

    before = api.request("GET", "/").status_code
    statement = f'{{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "{function.arn}"}}'
    document = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    iam.put_role_policy(RoleName="api", PolicyName="invoke", PolicyDocument=document)

    assert (before, api.request("GET", "/").status_code) == (500, 200)


@pytest.mark.rule("HTP-A0")
def test_a_route_with_an_integration_that_is_not_simulated_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    client = lambda_events.client("apigatewayv2")
    api_id = client.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    made = client.create_integration(
        ApiId=api_id, IntegrationType="HTTP_PROXY", IntegrationUri="https://example.com", IntegrationMethod="GET",
        PayloadFormatVersion="1.0",
    )  # fmt: skip
    client.create_route(ApiId=api_id, RouteKey="GET /", Target=f"integrations/{made['IntegrationId']}")
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    with pytest.raises(NotSimulatedError, match="the integration HTTP_PROXY of GET / is not simulated"):
        lambda_events.apis["shop"].request("GET", "/")


@pytest.mark.rule("HTP-2K")
def test_an_api_whose_endpoint_is_turned_off_answers_itself(lambda_events: LambdaEvents) -> None:
    rest, http = front(lambda_events, "rest"), front(lambda_events, "2.0")
    assert isinstance(rest, RestApi)
    assert isinstance(http, HttpApi)
    operation = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}
    lambda_events.client("apigateway").update_rest_api(restApiId=rest.id, patchOperations=[operation])
    cors = {"AllowOrigins": ["*"]}
    lambda_events.client("apigatewayv2").update_api(ApiId=http.id, DisableExecuteApiEndpoint=True, CorsConfiguration=cors)

    answers = [rest.request("GET", "/a"), lambda_events.apis["2.0"].request("GET", "/a")]
    preflight = http.request("OPTIONS", "/a", headers={"origin": "https://a", "access-control-request-method": "GET"})

    assert [(one.status_code, one.json(), one.invocation) for one in answers] == [
        (403, {"message": "Forbidden"}, None), (404, {"message": "Not Found"}, None),
    ]  # fmt: skip
    assert (answers[0].headers["x-amzn-errortype"], preflight.status_code) == ("ForbiddenException", 404)
    assert requests.get(f"{http.url}/a", timeout=5).status_code == 404
    assert "its endpoint is turned off" in lambda_events.journal.timeline()
