"""Requests that are generated from an OpenAPI definition reach the function as events that Powertools' models accept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventModel,
    APIGatewayProxyEventV2Model,
    LambdaFunctionUrlModel,
)
from example_counts import examples
from hypothesis import given, settings
from openapi_requests import requests_of

from pytest_lambda_events import HttpEndpoint, LambdaEvents

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:shop"
ORDER = {
    "type": "object", "required": ["id"],
    "properties": {
        "id": {"type": "integer"}, "note": {"type": "string"}, "price": {"type": "number"}, "gift": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}  # fmt: skip
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def parameter(place: str, name: str, **schema: Any) -> dict[str, Any]:
    """Returns a parameter of an operation."""
    return {"in": place, "name": name, "schema": schema}


PATHS: dict[str, Any] = {
    "/orders": {
        "get": {
            "parameters": [
                parameter("query", "tag", type="array", items={"type": "string"}), parameter("query", "limit", type="integer"),
                parameter("header", "X-Trace", type="string"), parameter("cookie", "session", type="string"),
            ]
        },
        "post": {
            "requestBody": {
                "content": {
                    "application/json; charset=utf-8": {"schema": ORDER}, "application/xml": {}, "text/plain": {},
                    "application/x-www-form-urlencoded": {"schema": ORDER}, "application/octet-stream": {}, "image/png": {},
                }
            }
        },
    },
    "/orders/{id}": {
        "get": {"parameters": [ID]},
        "delete": {"parameters": [ID, parameter("header", "x-reason", type="string")]},
        "patch": {"parameters": [ID], "requestBody": {"content": {"application/json": {"schema": ORDER}}}},
    },
    "/files/{proxy+}": {
        "x-amazon-apigateway-any-method": {
            "parameters": [{"name": "proxy+", "in": "path", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/octet-stream": {}, "text/plain": {}}},
        }
    },
}  # fmt: skip


def definition(version: str) -> dict[str, Any]:
    """Returns the OpenAPI definition of an API whose integrations have a version of the payload."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, "payloadFormatVersion": version}
    paths = {
        path: {method: {**one, "x-amazon-apigateway-integration": integration} for method, one in item.items()}
        for path, item in PATHS.items()
    }
    return {
        "openapi": "3.0.1", "info": {"title": "shop", "version": "1"}, "paths": paths,
        "x-amazon-apigateway-binary-media-types": ["image/png"],
    }  # fmt: skip


def rest_api(lambda_events: LambdaEvents) -> HttpEndpoint:
    """Returns a REST API from the definition."""
    client = lambda_events.client("apigateway")
    api_id = client.import_rest_api(body=json.dumps(definition("1.0")).encode())["id"]
    client.create_deployment(restApiId=api_id, stageName="dev")
    return lambda_events.apis[api_id]


def http_api(version: str) -> Callable[[LambdaEvents], HttpEndpoint]:
    """Returns what returns an HTTP API from the definition."""

    def create(lambda_events: LambdaEvents) -> HttpEndpoint:
        client = lambda_events.client("apigatewayv2")
        api_id = client.import_api(Body=json.dumps(definition(version)))["ApiId"]
        client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
        return lambda_events.apis[api_id]

    return create


def function_url(lambda_events: LambdaEvents) -> HttpEndpoint:
    """Returns the URL of the function."""
    return lambda_events.functions["shop"].create_url()


OK = {"statusCode": 200, "body": "ok"}
FRONTS: dict[str, tuple[Callable[[LambdaEvents], HttpEndpoint], Any]] = {
    "REST API": (rest_api, APIGatewayProxyEventModel),
    "HTTP API 1.0": (http_api("1.0"), APIGatewayProxyEventModel),
    "HTTP API 2.0": (http_api("2.0"), APIGatewayProxyEventV2Model),
    "function URL": (function_url, LambdaFunctionUrlModel),
}


@pytest.mark.rule("HTP-10", "HTP-30", "HTP-35", "HTP-50", "HTP-70")
@pytest.mark.parametrize("front", FRONTS)
def test_powertools_accepts_the_event_of_each_request(front: str) -> None:
    create, model = FRONTS[front]

    def handler(event: Any, context: Any) -> dict[str, Any]:
        model.model_validate(event)
        return OK

    with LambdaEvents() as lambda_events:
        lambda_events.function(handler, name="shop")
        api = create(lambda_events)

        @settings(max_examples=examples(1000 // len(FRONTS)), database=None)
        @given(requests_of(definition("2.0")))
        def answers(request: dict[str, Any]) -> None:
            response = api.request(**request)

            # HTTP APIs reject paths with a percent sign that is not an escape after one decoding (HTP-0C).
            is_rejected = front.startswith("HTTP") and "%25" in request["path"] and response.status_code == 400
            assert is_rejected or (response.status_code, response.text) == (200, "ok")

        answers()
