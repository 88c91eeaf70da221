"""Web frameworks behind each front, with the adapters that projects use."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from http_fronts import front

from pytest_lambda_events import HttpEndpoint, LambdaEvents

# Mangum asks for the loop of the process. A handler has none at first, as on AWS; from Python 3.12 asyncio warns of that.
pytestmark = pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")
PNG = b"\x89PNG\xff"


@pytest.fixture(autouse=True)
def loop_of_the_test() -> Iterator[None]:
    """Closes the event loop that the constructor of Mangum needs. Otherwise it stays open until another test replaces it.

    Requests get a loop of the handler's process, which stays open. Python warns of that when it collects the loop: do so here.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "unclosed", ResourceWarning)
        gc.collect()


def fastapi_handler() -> Any:
    fastapi = pytest.importorskip("fastapi")
    mangum = pytest.importorskip("mangum")
    app = fastapi.FastAPI()

    async def show(order_id: str, request: Any, x: int = 0) -> Any:
        return {"id": order_id, "x": x, "cookie": request.cookies.get("s"), "url": str(request.url)}

    async def create(order: dict[str, int]) -> Any:
        response = fastapi.responses.JSONResponse(order, 201)
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    async def upload(request: Any) -> Any:
        return fastapi.Response(await request.body(), media_type="image/png")

    for one in (show, upload):
        one.__annotations__["request"] = fastapi.Request
    app.add_api_route("/orders/{order_id}", show)
    app.add_api_route("/orders", create, methods=["POST"])
    app.add_api_route("/uploads", upload, methods=["POST"])
    return mangum.Mangum(app, lifespan="off", api_gateway_base_path="/dev")


def flask_app() -> Any:
    flask = pytest.importorskip("flask")
    app = flask.Flask("shop")

    def show(order_id: str) -> Any:
        request = flask.request
        return {"id": order_id, "x": int(request.args.get("x", 0)), "cookie": request.cookies.get("s"), "url": request.url}

    def create() -> Any:
        response = flask.jsonify(flask.request.json)
        response.status_code = 201
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    def upload() -> Any:
        return flask.Response(flask.request.data, mimetype="image/png")

    app.add_url_rule("/orders/<order_id>", view_func=show)
    app.add_url_rule("/orders", view_func=create, methods=["POST"])
    app.add_url_rule("/uploads", view_func=upload, methods=["POST"])
    return app


def flask_handler() -> Any:
    return pytest.importorskip("apig_wsgi").make_lambda_handler(flask_app(), binary_support=True)


HANDLERS = {"fastapi": fastapi_handler, "flask": flask_handler}
KINDS = ["rest", "1.0", "2.0", "url"]


def served(lambda_events: LambdaEvents, framework: str, kind: str) -> HttpEndpoint:
    adapted = HANDLERS[framework]()

    def handler(event: Any, context: Any) -> Any:
        return adapted(event, context)

    return front(lambda_events, kind, handler=handler)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("framework", HANDLERS)
def test_an_application_gets_path_query_and_cookies(framework: str, kind: str, lambda_events: LambdaEvents) -> None:
    endpoint = served(lambda_events, framework, kind)

    response = endpoint.request("GET", "/orders/7?x=1", cookies={"s": "abc"})

    found = response.json()
    assert response.status_code == 200
    assert {name: found[name] for name in ("id", "x", "cookie")} == {"id": "7", "x": 1, "cookie": "abc"}
    assert found["url"].endswith("/orders/7?x=1")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("framework", HANDLERS)
def test_an_application_gets_json_and_sets_cookies(framework: str, kind: str, lambda_events: LambdaEvents) -> None:
    response = served(lambda_events, framework, kind).request("POST", "/orders", json={"id": 7})

    assert (response.status_code, response.json(), response.cookies) == (201, {"id": 7}, {"a": "1", "b": "2"})


@pytest.mark.parametrize("kind", ["1.0", "2.0", "url"])
@pytest.mark.parametrize("framework", HANDLERS)
def test_an_application_gets_and_returns_bytes(framework: str, kind: str, lambda_events: LambdaEvents) -> None:
    endpoint = served(lambda_events, framework, kind)

    response = endpoint.request("POST", "/uploads", content=PNG, headers={"content-type": "image/png"})

    assert (response.content, response.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.parametrize("framework", HANDLERS)
def test_bytes_behind_a_rest_api_need_binary_media_types(framework: str, lambda_events: LambdaEvents) -> None:
    adapted = HANDLERS[framework]()

    def handler(event: Any, context: Any) -> Any:
        return adapted(event, context)

    routes = {"ANY /{proxy+}": lambda_events.function(handler)}
    with_types = lambda_events.rest_api("with", routes, binary_media_types=["image/png"])
    without = lambda_events.rest_api("without", routes)
    options: Any = {"content": PNG, "headers": {"content-type": "image/png", "accept": "image/png"}}

    assert with_types.request("POST", "/uploads", **options).content == PNG
    assert without.request("POST", "/uploads", **options).content != PNG


@pytest.mark.parametrize("framework", HANDLERS)
def test_an_application_behind_a_target_group(framework: str, lambda_events: LambdaEvents) -> None:
    response = served(lambda_events, framework, "alb").request("GET", "/orders/7?x=1")

    assert (response.status_code, response.json()["id"]) == (200, "7")


@pytest.mark.parametrize("kind", ["rest", "1.0", "alb"])
def test_an_application_behind_aws_wsgi_reads_payload_1_0(kind: str, lambda_events: LambdaEvents) -> None:
    aws_wsgi, app = pytest.importorskip("awsgi"), flask_app()

    def handler(event: Any, context: Any) -> Any:
        return aws_wsgi.response(app, event, context)

    endpoint = front(lambda_events, kind, handler=handler)
    shown = endpoint.request("GET", "/orders/7?x=1", cookies={"s": "abc"})
    created = endpoint.request("POST", "/orders", json={"id": 7})

    found = {name: shown.json()[name] for name in ("id", "x", "cookie")}
    assert (shown.status_code, found) == (200, {"id": "7", "x": 1, "cookie": "abc"})
    # aws-wsgi returns one value of each header, so the first cookie is lost on AWS too.
    assert (created.status_code, created.json(), created.cookies) == (201, {"id": 7}, {"b": "2"})


def test_an_application_behind_aws_wsgi_fails_with_payload_2_0(lambda_events: LambdaEvents) -> None:
    aws_wsgi, app = pytest.importorskip("awsgi"), flask_app()

    def handler(event: Any, context: Any) -> Any:
        return aws_wsgi.response(app, event, context)

    response = front(lambda_events, "2.0", handler=handler).request("GET", "/orders/7")

    assert response.status_code == 500
    assert response.invocation is not None
    assert response.invocation.error_type == "KeyError"


def test_a_chalice_application_behind_a_rest_api(lambda_events: LambdaEvents) -> None:
    chalice = pytest.importorskip("chalice", reason="Chalice is not installed, as with the oldest dependencies")
    # Chalice gives the logger of the application's name a level for the whole process.
    app = chalice.Chalice("shop", configure_logs=False)

    def show(order_id: str) -> Any:
        return {"id": order_id, "x": app.current_request.query_params["x"]}

    def create() -> Any:
        return chalice.Response(app.current_request.json_body, {"X-A": "1"}, 201)

    app.route("/orders/{order_id}")(show)
    app.route("/orders", methods=["POST"])(create)

    def handler(event: Any, context: Any) -> Any:
        return app(event, context)

    api = lambda_events.rest_api("shop", {"GET /orders/{order_id}": handler, "POST /orders": handler})

    shown, created = api.request("GET", "/orders/7?x=1"), api.request("POST", "/orders", json={"id": 7})

    assert (shown.status_code, shown.json()) == (200, {"id": "7", "x": "1"})
    assert (created.status_code, created.json(), created.headers["x-a"]) == (201, {"id": 7}, "1")
