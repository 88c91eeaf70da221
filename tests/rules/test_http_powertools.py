"""The resolvers of Powertools for AWS Lambda (Python) behind each front."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    CORSConfig,
    LambdaFunctionUrlResolver,
    Response,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie
from http_fronts import front
from pydantic import BaseModel

from pytest_lambda_events import HttpEndpoint, LambdaEvents

RESOLVERS: dict[str, Any] = {
    "rest": APIGatewayRestResolver, "2.0": APIGatewayHttpResolver, "url": LambdaFunctionUrlResolver, "alb": ALBResolver,
}  # fmt: skip
KINDS = list(RESOLVERS)


class Order(BaseModel):
    id: int
    note: str = ""


def app_of(kind: str, **options: Any) -> Any:
    app = RESOLVERS[kind](**options)

    def show(order_id: str) -> Any:
        cookies = [Cookie("a", "1"), Cookie("b", "2")]
        if order_id == "missing":
            raise NotFoundError("no such order")
        if order_id == "cookies":
            return Response(200, "text/plain", "x", cookies=cookies)
        if order_id == "bytes":
            return Response(200, "image/png", b"\x89PNG")
        if order_id == "none":
            return None
        event = app.current_event
        return {"id": order_id, "x": event.query_string_parameters, "p": event.headers.get("x-P")}

    def create() -> Any:
        return app.current_event.json_body, 201

    app.get("/orders/<order_id>")(show)
    app.post("/orders")(create)
    return app


def served(lambda_events: LambdaEvents, kind: str, app: Any) -> HttpEndpoint:
    def handler(event: Any, context: Any) -> Any:
        return app.resolve(event, context)

    return front(lambda_events, kind, handler=handler)


@pytest.mark.rule("HTP-90", "HTP-93", "HTP-96")
@pytest.mark.scenario("HTP T27")
@pytest.mark.parametrize(
    ("kind", "order_id", "x"),
    [
        ("rest", "a%20b", {"x": "2", "e": ""}), ("2.0", "a b", {"x": "1,2", "e": ""}), ("url", "a%20b", {"x": "1,2", "e": ""}),
        ("alb", "a%20b", {"x": "2", "e": ""}),
    ],
)  # fmt: skip
def test_a_resolver_reads_the_event_of_its_front(
    kind: str, order_id: str, x: dict[str, str], lambda_events: LambdaEvents
) -> None:
    response = served(lambda_events, kind, app_of(kind)).request("GET", "/orders/a%20b?x=1&x=2&e=", headers={"X-P": "p"})

    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == {"id": order_id, "x": x, "p": "p"}


@pytest.mark.rule("HTP-90", "HTP-95")
@pytest.mark.scenario("HTP T27")
@pytest.mark.parametrize("kind", ["rest", "2.0", "url"])
def test_cookies_of_a_resolver_are_separate_headers(kind: str, lambda_events: LambdaEvents) -> None:
    response = served(lambda_events, kind, app_of(kind)).request("GET", "/orders/cookies")

    assert response.headers.get_list("set-cookie") == ["a=1; Secure", "b=2; Secure"]


@pytest.mark.rule("HTP-90")
def test_a_target_group_in_single_mode_gets_the_last_cookie(lambda_events: LambdaEvents) -> None:
    endpoint = served(lambda_events, "alb", app_of("alb"))

    with pytest.warns(UserWarning, match="Can't encode more than one cookie"):
        response = endpoint.request("GET", "/orders/cookies")

    assert response.headers.get_list("set-cookie") == ["b=2; Secure"]


@pytest.mark.rule("HTP-90")
def test_a_target_group_in_multi_value_mode_gets_all_cookies(lambda_events: LambdaEvents) -> None:
    app = app_of("alb")

    def handler(event: Any, context: Any) -> Any:
        return app.resolve(event, context)

    group = lambda_events.target_group("targets", handler, multi_value_headers=True)

    assert group.request("GET", "/orders/cookies").headers.get_list("set-cookie") == ["a=1; Secure", "b=2; Secure"]


@pytest.mark.rule("HTP-93", "HTP-95")
@pytest.mark.parametrize("kind", KINDS)
def test_json_body_of_a_resolver_decodes_every_body(kind: str, lambda_events: LambdaEvents) -> None:
    endpoint = served(lambda_events, kind, app_of(kind))

    responses = [endpoint.request("POST", "/orders", json={"id": 7}), endpoint.request("POST", "/orders", content='{"id": 7}')]

    assert [(one.status_code, one.json()) for one in responses] == [(201, {"id": 7})] * 2


@pytest.mark.rule("HTP-92", "HTP-91")
@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_route_of_a_resolver(kind: str, lambda_events: LambdaEvents) -> None:
    response = served(lambda_events, kind, app_of(kind)).request("GET", "/unknown")

    assert (response.status_code, response.json()) == (404, {"statusCode": 404, "message": "Not found"})
    assert response.invocation is not None


@pytest.mark.rule("HTP-93", "HTP-2F")
@pytest.mark.parametrize(
    ("kind", "body"), [("rest", b"iVBORw=="), ("2.0", b"\x89PNG"), ("url", b"\x89PNG"), ("alb", b"\x89PNG")]
)
def test_bytes_of_a_resolver(kind: str, body: bytes, lambda_events: LambdaEvents) -> None:
    assert served(lambda_events, kind, app_of(kind)).request("GET", "/orders/bytes").content == body


@pytest.mark.rule("HTP-93")
@pytest.mark.parametrize(("kind", "body"), [("rest", "null"), ("2.0", "null"), ("url", "null"), ("alb", "")])
def test_none_of_a_resolver(kind: str, body: str, lambda_events: LambdaEvents) -> None:
    assert served(lambda_events, kind, app_of(kind)).request("GET", "/orders/none").text == body


@pytest.mark.rule("HTP-91")
@pytest.mark.scenario("HTP T28")
def test_the_resolver_of_http_apis_fails_with_format_1(lambda_events: LambdaEvents) -> None:
    response = served(lambda_events, "1.0", app_of("2.0")).request("GET", "/orders/7")

    assert response.invocation is not None
    assert (response.status_code, response.invocation.error_type) == (500, "KeyError")
    assert response.invocation.error_message == "'http'"


@pytest.mark.rule("HTP-91")
@pytest.mark.parametrize(
    ("kind", "payload", "options", "status"),
    [
        ("2.0", "2.0", {}, 200), ("rest", "1.0", {}, 404), ("rest", "1.0", {"strip_prefixes": ["/dev"]}, 200),
    ],
)  # fmt: skip
def test_the_name_of_a_stage_in_the_path(
    kind: str, payload: Any, options: dict[str, Any], status: int, lambda_events: LambdaEvents
) -> None:
    app = app_of(kind, **options)

    def handler(event: Any, context: Any) -> Any:
        return app.resolve(event, context)

    api = lambda_events.http_api("shop", {"ANY /{proxy+}": handler}, payload=payload, stage="dev")

    assert api.request("GET", "/orders/7").status_code == status


@pytest.mark.rule("HTP-94")
def test_cors_of_a_resolver_behind_an_http_api_and_a_url_with_cors(lambda_events: LambdaEvents) -> None:
    app, of_url = (app_of(kind, cors=CORSConfig("https://own")) for kind in ("2.0", "url"))

    def handler(event: Any, context: Any) -> Any:
        return app.resolve(event, context)

    def url_handler(event: Any, context: Any) -> Any:
        return of_url.resolve(event, context)

    origin = {"Origin": "https://own"}
    preflight = {**origin, "Access-Control-Request-Method": "GET"}
    without = lambda_events.http_api("without", {"ANY /{proxy+}": handler})
    with_cors = lambda_events.http_api("with", {"ANY /{proxy+}": "handler"}, cors={"allow_origins": ["https://own"]})
    url = lambda_events.function(url_handler).create_url(cors={"allow_origins": ["https://own"]})

    answers = [api.request("OPTIONS", "/orders/7", headers=preflight) for api in (without, with_cors)]
    found = [api.request("GET", "/orders/7", headers=origin).headers for api in (with_cors, url)]

    assert [(one.status_code, one.invocation is None) for one in answers] == [(204, False), (204, True)]
    assert [one.get_list("access-control-allow-origin") for one in found] == [["https://own"], ["https://own"] * 2]


@pytest.mark.rule("HTP-90")
@pytest.mark.parametrize("kind", KINDS)
def test_validation_of_a_resolver(kind: str, lambda_events: LambdaEvents) -> None:
    app = RESOLVERS[kind](enable_validation=True)

    def create(order: Order) -> Order:
        return order

    app.post("/orders")(create)
    endpoint = served(lambda_events, kind, app)

    valid = endpoint.request("POST", "/orders", json={"id": 7})
    invalid = endpoint.request("POST", "/orders", json={"id": "x"})

    assert (valid.status_code, valid.json()) == (200, {"id": 7, "note": ""})
    assert (invalid.status_code, invalid.json()["detail"][0]["loc"]) == (422, ["body", "id"])
