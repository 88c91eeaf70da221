"""Stacks of boto3 create and change APIs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:shop"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
Resources = Mapping[str, Any]
Deploy = Callable[[Resources], None]


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers with the path and the variables of the stage."""
    body = [event.get("rawPath", event.get("path")), event.get("stageVariables"), event.get("version")]
    return {"statusCode": 200, "body": json.dumps(body)}


@pytest.fixture
def deploy(lambda_events: LambdaEvents) -> Deploy:
    """Creates a stack with resources at the first call, and updates it at the second."""
    lambda_events.function(handler, name="shop")
    stacks = lambda_events.client("cloudformation")
    calls = iter((stacks.create_stack, stacks.update_stack))

    def deployed(resources: Resources) -> None:
        next(calls)(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))

    return deployed


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """Returns a resource of API Gateway."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def definition(*paths: str) -> dict[str, Any]:
    """Returns a Swagger definition with a GET method for each path."""
    method = {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": URI}}}
    return {"swagger": "2.0", "info": {"title": "shop"}, "paths": dict.fromkeys(paths, method)}


def from_definition(paths: tuple[str, ...], deployment: str, types: list[str], **variables: str) -> Resources:
    """Returns a REST API with a definition, its deployment and its stage."""
    api = {"RestApiId": {"Ref": "Api"}}
    return {
        "Api": resource("ApiGateway::RestApi", Name="shop", Body=definition(*paths), BinaryMediaTypes=types),
        deployment: resource("ApiGateway::Deployment", **api),
        "Stage": resource(
            "ApiGateway::Stage", **api, StageName="dev", DeploymentId={"Ref": deployment}, Variables=variables
        ),
    }  # fmt: skip


@pytest.mark.rule("HTP-70", "HTP-23", "HTP-2J")
def test_a_rest_api_gets_a_new_definition_and_deployment(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    deploy(from_definition(("/a",), "First", ["image/png"], colour="red", size="1"))
    api = lambda_events.apis["shop"]
    before = [api.request("GET", path).status_code for path in ("/a", "/b")]

    deploy(from_definition(("/b",), "Second", ["image/gif"], colour="blue"))

    changed = lambda_events.client("apigateway").get_rest_api(restApiId=lambda_events.apis["shop"].id)
    assert before == [200, 403]
    assert api.request("GET", "/a").status_code == 403
    assert api.request("GET", "/b").json() == ["/b", {"colour": "blue"}, None]
    assert changed["binaryMediaTypes"] == ["image/gif"]


def methods(method: str, deployment: str, **stage: Any) -> Resources:
    """Returns a REST API with one method that has an authorizer, its deployment and its stage."""
    api = {"RestApiId": {"Ref": "Api"}}
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": URI}
    return {
        "Api": resource("ApiGateway::RestApi", Name="shop"),
        "Busy": resource("ApiGateway::GatewayResponse", **api, ResponseType="THROTTLED", StatusCode=stage.pop("busy")),
        "Tokens": resource(
            "ApiGateway::Authorizer", **api, Name="tokens", Type="TOKEN", AuthorizerUri=URI,
            IdentitySource=f"method.request.header.{stage.pop('header')}",
        ),
        "Orders": resource(
            "ApiGateway::Resource", **api, ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]}, PathPart="orders"
        ),
        "Method": resource(
            "ApiGateway::Method", **api, ResourceId={"Ref": "Orders"}, HttpMethod="GET", Integration=integration,
            AuthorizationType=method, **({"AuthorizerId": {"Ref": "Tokens"}} if method == "CUSTOM" else {}),
        ),
        deployment: {**resource("ApiGateway::Deployment", **api), "DependsOn": ["Method"]},
        "Stage": resource("ApiGateway::Stage", **api, StageName="dev", DeploymentId={"Ref": deployment}, **stage),
    }  # fmt: skip


@pytest.mark.rule("HTP-23", "HTP-44", "HTP-2B")
def test_the_parts_of_a_rest_api_change(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    limit = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
    deploy(methods("CUSTOM", "First", header="X-A", busy=429))
    api = lambda_events.apis["shop"]
    before = api.request("GET", "/orders").status_code

    deploy(methods("NONE", "Second", header="X-B", busy=418, MethodSettings=[limit]))

    client = lambda_events.client("apigateway")
    [authorizer] = client.get_authorizers(restApiId=lambda_events.apis["shop"].id)["items"]
    assert before == 401
    assert [api.request("GET", "/orders").status_code for _ in range(2)] == [200, 418]
    assert authorizer["identitySource"] == "method.request.header.X-B"


def http(version: str, key: str, name: str, **api: Any) -> Resources:
    """Returns an HTTP API with one route and its stage."""
    of_api = {"ApiId": {"Ref": "Api"}}
    return {
        "Api": resource("ApiGatewayV2::Api", Name=name, ProtocolType="HTTP", **api),
        "Integration": resource(
            "ApiGatewayV2::Integration", **of_api, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION,
            PayloadFormatVersion=version,
        ),
        "Route": resource(
            "ApiGatewayV2::Route", **of_api, RouteKey=key, Target={"Fn::Sub": "integrations/${Integration}"}
        ),
        "Stage": resource(
            "ApiGatewayV2::Stage", **of_api, StageName="$default", AutoDeploy=True, StageVariables={"version": version}
        ),
    }  # fmt: skip


@pytest.mark.rule("HTP-70", "HTP-3Q")
def test_an_http_api_and_its_parts_change(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    origin = {"Origin": "https://a"}
    deploy(http("2.0", "GET /a", "shop", CorsConfiguration={"AllowOrigins": ["*"]}))
    api = lambda_events.apis["shop"]
    before = api.request("GET", "/a", headers=origin)

    deploy(http("1.0", "GET /b", "other"))

    after = api.request("GET", "/b", headers=origin)
    assert (before.json(), before.headers["Access-Control-Allow-Origin"]) == (["/a", {"version": "2.0"}, "2.0"], "*")
    assert (after.json(), "Access-Control-Allow-Origin" in after.headers) == (["/b", {"version": "1.0"}, "1.0"], False)
    assert api.request("GET", "/a").status_code == 404
    assert lambda_events.apis["other"].id == api.url.partition("//")[2].partition(".")[0]


def test_an_http_api_gets_a_new_definition(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    def imported(path: str) -> Resources:
        route = {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": URI, "payloadFormatVersion": "2.0"}}}
        document = {"openapi": "3.0.1", "info": {"title": "shop"}, "paths": {path: route}}
        stage = resource("ApiGatewayV2::Stage", ApiId={"Ref": "Api"}, StageName="$default", AutoDeploy=True)
        return {"Api": resource("ApiGatewayV2::Api", Body=document), "Stage": stage}

    deploy(imported("/a"))
    api = lambda_events.apis["shop"]

    deploy(imported("/b"))

    assert [api.request("GET", path).status_code for path in ("/a", "/b")] == [404, 200]


def test_a_deleted_stack_leaves_no_api(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    deploy(http("2.0", "GET /a", "shop"))

    lambda_events.client("cloudformation").delete_stack(StackName="shop")

    assert list(lambda_events.apis) == []
