"""Which route of an API answers a request."""

from __future__ import annotations

from typing import Any

import pytest
from http_fronts import answer, event_of

from pytest_lambda_events import LambdaAuthorizer, LambdaEvents, LambdaEventsError
from pytest_lambda_events.errors import DoesNotExistError
from pytest_lambda_events.http.definitions import LambdaIntegration, Route
from pytest_lambda_events.http.routes import HttpRoutes, RestRoutes

INTEGRATION = LambdaIntegration("arn:aws:lambda:us-east-1:123456789012:function:f")


def routes_of(*keys: str) -> list[Route]:
    parts = [(key, *key.partition(" ")[::2]) for key in keys]
    return [Route(method if path else "ANY", path or key, INTEGRATION) for key, method, path in parts]


@pytest.mark.rule("HTP-3B", "HTP-3C")
@pytest.mark.scenario("HTP T17")
@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/p/1", "GET /p/{id}", {"id": "1"}), ("PUT", "/p/1", "ANY /p/{proxy+}", {"proxy": "1"}),
        ("GET", "/p/1/2", "ANY /p/{proxy+}", {"proxy": "1/2"}), ("GET", "/q", "$default", {}),
    ],
)  # fmt: skip
def test_routes_of_an_http_api_have_priorities(
    method: str, path: str, key: str, parameters: dict[str, str], lambda_events: LambdaEvents
) -> None:
    function = lambda_events.function(answer)
    api = lambda_events.http_api("shop", dict.fromkeys(["$default", "ANY /p/{proxy+}", "GET /p/{id}"], function))

    event = event_of(api, method, path)

    assert (event["routeKey"], event.get("pathParameters", {})) == (key, parameters)


PETS = ("$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1")


@pytest.mark.rule("HTP-3B")
@pytest.mark.parametrize("left_out", range(len(PETS)))
def test_more_exact_routes_of_an_http_api_come_first(left_out: int) -> None:
    known = PETS[: len(PETS) - left_out]

    found = HttpRoutes(routes_of(*known)).find("GET", "/pets/dog/1")

    assert found is not None
    assert found.route.key == known[-1]


@pytest.mark.rule("HTP-3B", "HTP-3C", "HTP-3D")
@pytest.mark.parametrize(
    ("keys", "method", "path", "expected"),
    [
        (("ANY /a/b", "GET /a/{x}"), "GET", "/a/b", "ANY /a/b"),
        (("GET /{a}/{b}", "GET /x/{proxy+}"), "GET", "/x/y", "GET /{a}/{b}"),
        (("ANY /a", "GET /a"), "GET", "/a", "GET /a"), (("ANY /a", "GET /a"), "POST", "/a", "ANY /a"),
        (("GET /a",), "GET", "/a/", None), (("GET /{a}",), "GET", "/", None), (("GET /{proxy+}",), "GET", "/", None),
        (("GET /",), "GET", "/", "GET /"), (("GET /a",), "GET", "/A", None), (("GET /a b",), "GET", "/a b", "GET /a b"),
    ],
)  # fmt: skip
def test_which_route_of_an_http_api_matches(keys: tuple[str, ...], method: str, path: str, expected: str | None) -> None:
    found = HttpRoutes(routes_of(*keys)).find(method, path)

    assert (None if found is None else found.route.key) == expected


@pytest.mark.rule("HTP-20", "HTP-16")
@pytest.mark.scenario("HTP T18")
def test_a_greedy_resource_needs_one_more_part(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"ANY /items/{proxy+}": answer})

    assert [api.request("GET", path).status_code for path in ("/items", "/items/")] == [403, 403]
    assert event_of(api, "GET", "/items/1/2")["pathParameters"] == {"proxy": "1/2"}


@pytest.mark.rule("HTP-20", "HTP-21", "HTP-0E")
@pytest.mark.parametrize(
    ("keys", "method", "path", "expected"),
    [
        (("ANY /{proxy+}", "GET /a/{x}", "GET /a/b"), "GET", "/a/b", "GET /a/b"),
        (("ANY /{proxy+}", "GET /a/{x}"), "GET", "/a/b", "GET /a/{x}"), (("ANY /{proxy+}", "GET /a/{x}"), "PUT", "/a/b", None),
        (("GET /a/{p+}", "GET /{x}/b"), "GET", "/a/b", "GET /a/{p+}"), (("GET /a b",), "GET", "/a%20b", "GET /a b"),
        (("GET /a", "ANY /a"), "PUT", "/a", "ANY /a"), (("GET /a/{x}",), "GET", "/a/b%2Fc", "GET /a/{x}"),
    ],
)  # fmt: skip
def test_which_resource_of_a_rest_api_matches(keys: tuple[str, ...], method: str, path: str, expected: str | None) -> None:
    found = RestRoutes(routes_of(*keys)).find(method, path)

    assert (None if found is None else found.route.key) == expected


@pytest.mark.rule("HTP-22")
def test_a_rest_api_ignores_one_slash_at_the_end(lambda_events: LambdaEvents) -> None:
    api = lambda_events.rest_api("shop", {"GET /orders": answer})

    assert event_of(api, "GET", "/orders/")["path"] == "/orders/"
    assert api.request("GET", "/orders//").status_code == 403


@pytest.mark.rule("HTP-23")
def test_a_resource_answers_after_the_next_deployment(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(answer)
    api, client = lambda_events.rest_api("shop", {"GET /a": function}), lambda_events.client("apigateway")
    [root] = [one for one in client.get_resources(restApiId=api.id)["items"] if one["path"] == "/"]
    place = {"restApiId": api.id, "resourceId": root["id"], "httpMethod": "GET"}
    client.put_method(**place, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function.arn}/invocations"
    client.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)

    before = api.request("GET", "/").status_code
    client.create_deployment(restApiId=api.id, stageName="dev")

    assert (before, api.request("GET", "/").status_code) == (403, 200)


@pytest.mark.rule("HTP-3A")
def test_the_first_part_of_a_path_is_a_stage_if_there_is_one(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"ANY /{proxy+}": answer})
    lambda_events.client("apigatewayv2").create_stage(ApiId=api.id, StageName="dev", AutoDeploy=True)

    events = [event_of(api, "GET", path) for path in ("/dev/orders", "/develop/orders")]

    assert [(event["requestContext"]["stage"], event["rawPath"], event["pathParameters"]["proxy"]) for event in events] == [
        ("dev", "/dev/orders", "orders"), ("$default", "/develop/orders", "develop/orders"),
    ]  # fmt: skip


@pytest.mark.rule("HTP-3E")
def test_a_stage_without_auto_deploy_needs_a_deployment(lambda_events: LambdaEvents) -> None:
    api, client = lambda_events.http_api("shop", {"GET /": answer}), lambda_events.client("apigatewayv2")
    client.create_stage(ApiId=api.id, StageName="prod")
    prod = "/prod/"

    before = api.request("GET", prod).status_code
    deployment = client.create_deployment(ApiId=api.id)["DeploymentId"]
    client.update_stage(ApiId=api.id, StageName="prod", DeploymentId=deployment)

    assert (before, api.request("GET", prod).status_code) == (404, 200)


@pytest.mark.rule("HTP-38", "HTP-B1")
@pytest.mark.parametrize("kind", ["rest_api", "http_api"])
def test_one_handler_for_several_routes_is_one_function(kind: str, lambda_events: LambdaEvents) -> None:
    create: Any = getattr(lambda_events, kind)

    api = create("shop", {"GET /a": answer, "POST /a": answer, "GET /b": answer})

    assert [api.request(*one.split()).status_code for one in ("GET /a", "POST /a", "GET /b")] == [200, 200, 200]
    assert list(lambda_events.functions) == ["answer"]
    assert lambda_events.apis["shop"].id == lambda_events.apis[api.id].id == api.id
    with pytest.raises(DoesNotExistError, match=r"^API 'shp' does not exist in us-east-1.*Did you mean 'shop'\? APIs: shop"):
        lambda_events.apis["shp"]


@pytest.mark.parametrize(
    ("routes", "settings", "message"),
    [
        ({"/orders": answer}, {}, "is not a mapping of routes such as 'GET /orders/{id}'"),
        ({"GET /": answer}, {"cors": {"origins": ["*"]}}, "A CORS configuration has no setting 'origins'"),
        ({"GET /": answer}, {"stages": "dev"}, "An HTTP API has no setting 'stages'. Did you mean 'stage'?"),
        ({"GET /": answer}, {"payload": 2}, "payload=2 is not a payload format version. Pass '1.0' or '2.0'"),
        ({"GET /": "nothing"}, {}, "'nothing'"),
    ],
)
def test_invalid_arguments_create_nothing(
    routes: Any, settings: dict[str, Any], message: str, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(LambdaEventsError, match=message.replace("{", r"\{").replace("?", r"\?")):
        lambda_events.http_api("shop", routes, **settings)

    assert dict(lambda_events.apis) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"json": 1, "data": "x"}, "json= and data= exclude each other"),
        ({"json": {1, 2}}, "Cannot encode the value of json"), ({"content": 1}, "content=1 is not text or bytes"),
        ({"params": 1}, "params=1 is not a mapping, a list of pairs or text"),
    ],
)  # fmt: skip
def test_invalid_requests_are_refused(options: dict[str, Any], message: str, lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"GET /": answer})

    with pytest.raises(LambdaEventsError, match=message):
        api.request("GET", "/", **options)
    with pytest.raises(LambdaEventsError, match=r"path='orders' is not a path\. Pass text that begins with '/'"):
        api.request("GET", "orders")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"headers": {"X-Order": None}}, r"None of the header 'X-Order' is not text without line breaks, nor a number"),
        ({"headers": {"X-Order": {"id": 7}}}, r"The value \{'id': 7\} of the header 'X-Order'"),
        ({"headers": {"X-Order": "7\r\nX-Other: 8"}}, r"of the header 'X-Order' is not text without line breaks"),
        ({"headers": {"X Order": "7"}}, r"'X Order' is not the name of a header\. Use letters, digits and hyphens"),
        ({"headers": "X-Order: 7"}, r"headers='X-Order: 7' is not a mapping.*such as headers=\{\"X-Order\": \"7\"\}"),
        ({"params": {"filter": {"id": 7}}}, r"The value \{'id': 7\} of 'filter' is a mapping"),
        ({"data": [("filter", {"id": 7})]}, r"The value \{'id': 7\} of 'filter' is a mapping"),
        ({"cookies": {"session": "a; admin=1"}}, r"of the cookie 'session' is not text without semicolons"),
        ({"method": ""}, r"method='' is not an HTTP method\. Pass an HTTP method, such as method='GET'"),
        ({"method": "GET /orders"}, r"method='GET /orders' is not an HTTP method"),
        ({"authorizer": 3}, r"authorizer=3 is not a mapping with text as keys"),
        ({"caller": "alice"}, r"caller='alice' is not the ARN of a role or user"),
        ({"caller": "arn:aws:iam::123456789012:user/alice"}, r"has no effect on <HttpApi shop>: only function URLs check"),
    ],
)  # fmt: skip
def test_wrong_arguments_of_a_request_are_refused(options: dict[str, Any], message: str, lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(answer, name="show")
    api = lambda_events.http_api("shop", {"$default": function})

    with pytest.raises(LambdaEventsError, match=message):
        api.request(**{"method": "GET", "path": "/orders", **options})

    assert function.attempts == []


def test_values_of_headers_are_text_bytes_or_numbers(lambda_events: LambdaEvents) -> None:
    api = lambda_events.http_api("shop", {"$default": answer})

    invocation = api.request("GET", "/", headers={"A": 1, "B": b"b", "C": True, "D": ["x", 2.5]}).invocation

    assert invocation is not None
    assert [invocation.event["headers"][name] for name in "abcd"] == ["1", "b", "true", "x,2.5"]


@pytest.mark.parametrize("kind", ["http_api", "rest_api"])
@pytest.mark.parametrize(
    ("routes", "message"),
    [
        (["GET /{path+}/a"], r"The route 'GET /\{path\+\}/a' has the invalid part '\{path\+\}'"),
        (["GET /a-{id}"], r"has the invalid part 'a-\{id\}'\. A path variable is a whole part"),
        (["GET /{}"], r"has the invalid part '\{\}'"),
        (["GET /{id"], r"has the invalid part '\{id'"),
        (["GET /{id}/{id}"], r"The route 'GET /\{id\}/\{id\}' has a path variable twice"),
        (["GET /a/{id}", "GET /a/{key}"], r"The routes 'GET /a/\{id\}' and 'GET /a/\{key\}' match the same requests"),
    ],
)
def test_routes_that_cannot_match_are_refused(kind: str, routes: list[str], message: str, lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        getattr(lambda_events, kind)("shop", dict.fromkeys(routes, answer))

    assert (dict(lambda_events.apis), list(lambda_events.functions)) == ({}, [])


@pytest.mark.rule("HTP-22")
def test_a_slash_at_the_end_makes_another_route_of_http_apis_only(lambda_events: LambdaEvents) -> None:
    routes = dict.fromkeys(["GET /a", "GET /a/", "POST /a/", "GET /", "ANY /{path+}"], answer)

    lambda_events.http_api("shop", routes)

    with pytest.raises(LambdaEventsError, match="The routes 'GET /a' and 'GET /a/' match the same requests"):
        lambda_events.rest_api("shop", routes)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("http_api", {"stage": "a/b"}, r"stage='a/b' is not the name of a stage\. Pass '\$default', or letters"),
        ("rest_api", {"stage": "$default"}, r"stage='\$default' is not the name of a stage\. Pass letters"),
        ("http_api", {"stage_variables": {"size": 1}}, r"stage_variables=\{'size': 1\} is not a mapping of names to text"),
        ("rest_api", {"authorizer": [answer]}, r"is not an authorizer"),
    ],
)
def test_invalid_settings_of_apis_are_refused(
    kind: str, settings: dict[str, Any], message: str, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        getattr(lambda_events, kind)("shop", {"GET /": answer}, **settings)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("http_api", {"identity_sources": ["Authorization"]}, r"is not a list of identity sources.*\$request\.header"),
        (
            "rest_api",
            {"identity_sources": ["$request.header.A"]},
            r"is not a list of identity sources.*method\.request\.header",
        ),
        ("rest_api", {"identity_sources": "method.request.header.A"}, r"is not a list of identity sources"),
        ("http_api", {"ttl_seconds": -1}, r"ttl_seconds=-1 is not a whole number of seconds from 0 to 3,600"),
        ("rest_api", {"ttl_seconds": 3601}, r"ttl_seconds=3601 is not a whole number of seconds from 0 to 3,600"),
        ("http_api", {"validation_expression": "a+"}, r"validation_expression='a\+' has no effect: an HTTP API"),
        ("rest_api", {"validation_expression": "("}, r"validation_expression='\(' is not a regular expression"),
        ("rest_api", {"type": "JWT"}, r"type='JWT' is not a type of authorizers\. Pass 'TOKEN' or 'REQUEST'"),
        ("rest_api", {"payload": "1.0"}, r"payload='1\.0' has no effect: a REST API does not have"),
        ("rest_api", {"simple_responses": False}, r"simple_responses=False has no effect: a REST API"),
    ],
)
def test_invalid_settings_of_authorizers_are_refused(
    kind: str, settings: dict[str, Any], message: str, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        getattr(lambda_events, kind)("shop", {"GET /": answer}, authorizer=LambdaAuthorizer(answer, **settings))

    assert (dict(lambda_events.apis), list(lambda_events.functions)) == ({}, [])
