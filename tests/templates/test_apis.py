"""APIs and function URLs of templates answer requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, NotSimulatedError, Stack

Deploy = Callable[..., Stack]

SAM = """Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
"""
EVENTS = """      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Get: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}
        Any: {Type: HttpApi, Properties: {Path: /all, Method: ANY}}
        Rest: {Type: HttpApi}
Outputs:
  Rest: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/orders/7"}
  Http: {Value: !Sub "${ServerlessHttpApi.ApiEndpoint}/all"}
  Url: {Value: !GetAtt FUrl.FunctionUrl}
"""
ALIAS = "      AutoPublishAlias: live\n"


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers with the version of its event and the path."""
    body = {"version": event.get("version", "rest"), "path": event.get("rawPath", event.get("path")),
            "arn": context.invoked_function_arn}  # fmt: skip
    return {"statusCode": 200, "body": json.dumps(body)}


@pytest.mark.rule("HTP-70", "HTP-61")
@pytest.mark.scenario("HTP T29")
@pytest.mark.parametrize("events", [EVENTS, ALIAS + EVENTS], ids=["function", "alias"])
@pytest.mark.lambda_events(enforce_permissions=True)
def test_each_api_of_a_sam_function_answers(events: str, deploy: Deploy) -> None:
    stack = deploy(SAM + events, handlers={"F": handler})

    rest = stack.apis["ServerlessRestApi"].request("GET", "/orders/7")
    http = stack.apis["ServerlessHttpApi"].request("PUT", "/all")
    default = stack.apis["ServerlessHttpApi"].request("GET", "/other")
    url = stack.functions["F"].url.request("GET", "/x")

    assert [one.status_code for one in (rest, http, default, url)] == [200] * 4
    assert (rest.json()["version"], rest.json()["path"]) == ("rest", "/orders/7")
    assert [one.json()["version"] for one in (http, default, url)] == ["2.0"] * 3
    assert all(one.json()["arn"].endswith(":live") == (ALIAS in events) for one in (rest, http, default, url))


@pytest.mark.rule("HTP-70", "HTP-B2")
def test_the_addresses_in_outputs_answer(deploy: Deploy) -> None:
    stack = deploy(SAM + EVENTS, handlers={"F": handler})

    found = [requests.get(stack.outputs[name], timeout=5).json()["path"] for name in ("Rest", "Http", "Url")]

    assert found == ["/orders/7", "/all", "/"]


def test_a_function_has_the_url_of_its_only_alias_with_one(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(handler)
    function.publish_version()
    aliases = [function.create_alias(name, function_version="1") for name in ("live", "next")]
    first = aliases[0].create_url().url

    found = function.url.url
    aliases[1].create_url()

    assert found == first
    with pytest.raises(ClientError, match="The resource you requested does not exist"):
        _ = function.url


@pytest.mark.rule("HTP-71", "HTP-38")
def test_the_settings_of_an_event_are_those_of_the_integration(deploy: Deploy) -> None:
    settings = "Path: /all, Method: ANY, TimeoutInMillis: 1000, PayloadFormatVersion: '1.0'"
    stack = deploy(SAM + EVENTS.replace("Path: /all, Method: ANY", settings), handlers={"F": slow})

    response = stack.apis["ServerlessHttpApi"].request("GET", "/all")

    [attempt] = stack.functions["F"].attempts
    assert (response.status_code, attempt.event["version"]) == (503, "1.0")


def slow(event: Any, context: Any) -> None:
    """Takes two seconds."""
    time.sleep(2)


FULL = """Transform: AWS::Serverless-2016-10-31
Globals: {Api: {BinaryMediaTypes: [image~1png]}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        Post: {Type: Api, Properties: {Path: /orders, Method: post, RestApiId: !Ref Rest}}
        Get: {Type: HttpApi, Properties: {Path: /orders, Method: GET, ApiId: !Ref Http, PayloadFormatVersion: "1.0"}}
  Check:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: src/}
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Cors: "'https://a'"
      Variables: {colour: red}
      Auth:
        DefaultAuthorizer: Tokens
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: {Tokens: {FunctionArn: !GetAtt Check.Arn, Identity: {Header: X-Token, ReauthorizeEvery: 0}}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: dev
      CorsConfiguration: {AllowOrigins: ["https://a"], AllowMethods: [GET]}
      Auth:
        DefaultAuthorizer: Users
        EnableIamAuthorizer: false
        Authorizers: {Users: {IdentitySource: $request.header.Authorization,
          JwtConfiguration: {issuer: "https://issuer.example", audience: [shop]}}}
"""


def check(event: Any, context: Any) -> dict[str, Any]:
    """Allows the token `good`."""
    effect = "Allow" if event["authorizationToken"] == "good" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def shown(event: Any, context: Any) -> dict[str, Any]:
    """Answers with what the API adds to its event."""
    body = [event["stageVariables"], event["requestContext"].get("authorizer")]
    return {"statusCode": 200, "body": json.dumps(body)}


@pytest.mark.rule("HTP-70", "HTP-43", "HTP-2J")
def test_authorizers_and_variables_of_a_sam_api(deploy: Deploy) -> None:
    stack = deploy(FULL, handlers={"F": shown, "Check": check})
    rest, http = stack.apis["Rest"], stack.apis["Http"]

    allowed = rest.request("POST", "/orders", headers={"X-Token": "good"})
    denied = rest.request("POST", "/orders", headers={"X-Token": "bad"})
    claims = {"jwt": {"claims": {"sub": "7"}, "scopes": None}}
    user = http.request("GET", "/orders", authorizer=claims)

    assert allowed.json()[0] == {"colour": "red"}
    assert allowed.json()[1]["principalId"] == "me"
    assert (denied.status_code, http.request("GET", "/orders").status_code) == (403, 401)
    assert user.json()[1] == claims


@pytest.mark.rule("HTP-70", "HTP-2H", "HTP-2I", "HTP-3Q")
@pytest.mark.parametrize("name", ["Rest", "Http"])
def test_preflights_of_sam_apis(deploy: Deploy, name: str) -> None:
    stack = deploy(FULL)
    headers = {"Origin": "https://a", "Access-Control-Request-Method": "GET"}

    response = stack.apis[name].request("OPTIONS", "/orders", headers=headers)

    assert response.status_code == {"Rest": 200, "Http": 204}[name]
    assert response.headers["Access-Control-Allow-Origin"] == "https://a"
    assert not stack.functions["F"].attempts


PLAIN = """
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [
    {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}}}
  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: !GetAtt Role.Arn}}
  Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop, BinaryMediaTypes: [image/png]}}
  Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Rest, ParentId: !GetAtt Rest.RootResourceId,
    PathPart: "{proxy+}"}}
  Any: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Rest, ResourceId: !Ref Orders, HttpMethod: ANY,
    AuthorizationType: NONE, Integration: {Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}}
  Queue: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Rest, ResourceId: !GetAtt Rest.RootResourceId,
    HttpMethod: POST, AuthorizationType: NONE, Integration: {Type: AWS, IntegrationHttpMethod: POST,
    Uri: "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders"}}}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Rest, StageName: live,
    StageDescription: {Variables: {colour: red}, LoggingLevel: INFO}}, DependsOn: [Any, Queue]}
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: quick, ProtocolType: HTTP, Target: !GetAtt F.Arn}}
  Imported: {Type: AWS::ApiGatewayV2::Api, Properties: {BodyS3Location: api.json}}
  ImportedStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Imported, StageName: $default, AutoDeploy: true}}
"""


@pytest.fixture
def plain(deploy: Deploy, folder: Path) -> Stack:
    """A stack of CloudFormation with APIs."""
    uri = "arn:aws:lambda:us-east-1:123456789012:function:other"
    integration = {"type": "AWS_PROXY", "uri": uri, "payloadFormatVersion": "2.0", "httpMethod": "POST"}
    paths = {"/imported": {"get": {"x-amazon-apigateway-integration": integration}}}
    (folder / "api.json").write_text(json.dumps({"openapi": "3.0.1", "info": {"title": "imported"}, "paths": paths}))
    return deploy(PLAIN, handlers={"F": handler})


@pytest.mark.rule("HTP-70", "HTP-16")
def test_apis_of_cloudformation_answer(plain: Stack) -> None:
    rest = plain.apis["Rest"].request("PATCH", "/a/b")
    http = plain.apis["Http"].request("GET", "/a")

    assert (plain.apis["Rest"].stage, rest.json()["path"]) == ("live", "/a/b")
    assert http.json()["path"] == "/a"
    assert plain.not_applied["Deployment"] == ["StageDescription.LoggingLevel"]


def test_an_api_may_have_its_definition_in_a_file(plain: Stack) -> None:
    # Its function does not exist.
    assert plain.apis["Imported"].name == "imported"
    assert plain.apis["Imported"].request("GET", "/imported").status_code == 500
    assert plain.apis["Imported"].request("GET", "/other").status_code == 404


@pytest.mark.rule("HTP-A0")
def test_an_integration_that_is_not_simulated_is_refused_when_a_request_reaches_it(plain: Stack) -> None:
    with pytest.raises(NotSimulatedError, match="the integration AWS of POST / is not simulated"):
        plain.apis["Rest"].request("POST", "/")


def test_apis_have_names_and_are_deleted_with_their_stack(plain: Stack, lambda_events: LambdaEvents) -> None:
    found = plain.apis["Rest"]

    names = list(plain.apis)
    by_physical_name = plain.apis[found.id].id
    plain.delete()

    assert (names, by_physical_name) == (["Rest", "Http", "Imported"], found.id)
    assert list(lambda_events.apis) == []


@pytest.mark.rule("HTP-70", "TPL-F9")
def test_a_construct_path_of_cdk_finds_an_api(lambda_events: LambdaEvents, folder: Path) -> None:
    (folder / "template.json").write_text(json.dumps(cdk_template()))

    stack = lambda_events.deploy(folder / "template.json", handlers={"F": handler})

    assert stack.apis["Shop/Api"].request("GET", "/orders").json()["path"] == "/orders"
    assert stack.apis["Shop/Api"].request("OPTIONS", "/orders").status_code == 204
    assert requests.get(stack.outputs["ApiEndpoint4F160690"] + "orders", timeout=5).json()["path"] == "/orders"


@pytest.mark.rule("HTP-2I")
@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://a", "https://a"), ("https://b", "https://b"), ("https://c", "https://a")]
)
def test_a_preflight_of_cdk_allows_several_origins(
    lambda_events: LambdaEvents, folder: Path, origin: str, allowed: str
) -> None:
    template = cdk_template()
    integration = template["Resources"]["ApiordersOPTIONS9FB98CF6"]["Properties"]["Integration"]
    integration["IntegrationResponses"][0] |= {
        "ResponseParameters": {"method.response.header.Access-Control-Allow-Origin": "'https://a'"},
        "ResponseTemplates": {"application/json": ORIGINS},
    }
    (folder / "template.json").write_text(json.dumps(template))
    stack = lambda_events.deploy(folder / "template.json", handlers={"F": handler})

    response = stack.apis["Shop/Api"].request("OPTIONS", "/orders", headers={"Origin": origin})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == allowed


ORIGINS = """#set($origin = $input.params().header.get("Origin"))
#if($origin == "")
  #set($origin = $input.params().header.get("origin"))
#end
#if($origin == "https://b" || $origin == "https://d")
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""


def cdk_template() -> dict[str, Any]:
    """Returns what CDK writes for a RestApi with a method and a preflight."""
    api = {"Ref": "ApiF70053CD"}
    uri = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"},
           ":lambda:path/2015-03-31/functions/", {"Fn::GetAtt": ["F", "Arn"]}, "/invocations"]  # fmt: skip
    place = {"RestApiId": api, "ResourceId": {"Ref": "Apiorders80FAC1F2"}, "AuthorizationType": "NONE"}
    origin = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Statement": [
                            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
                        ]
                    }
                },
            },
            "F": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.13", "Handler": "app.handler", "Code": {"S3Bucket": "a", "S3Key": "b"},
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                },
            },
            "ApiF70053CD": {
                "Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api"},
                "Metadata": {"aws:cdk:path": "Shop/Api/Resource"},
            },
            "ApiDeploymentB17BE62D": {
                "Type": "AWS::ApiGateway::Deployment", "Properties": {"Description": "made by CDK", "RestApiId": api},
                "DependsOn": ["ApiordersOPTIONS9FB98CF6", "ApiordersGET9B1B3C0D", "Apiorders80FAC1F2"],
            },
            "ApiDeploymentStageprod3EB9684E": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"DeploymentId": {"Ref": "ApiDeploymentB17BE62D"}, "RestApiId": api, "StageName": "prod"},
            },
            "Apiorders80FAC1F2": {
                "Type": "AWS::ApiGateway::Resource",
                "Properties": {
                    "ParentId": {"Fn::GetAtt": ["ApiF70053CD", "RootResourceId"]}, "PathPart": "orders", "RestApiId": api,
                },
            },
            "ApiordersGET9B1B3C0D": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    **place, "HttpMethod": "GET",
                    "Integration": {"IntegrationHttpMethod": "POST", "Type": "AWS_PROXY", "Uri": {"Fn::Join": ["", uri]}},
                },
            },
            "ApiordersOPTIONS9FB98CF6": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    **place, "HttpMethod": "OPTIONS",
                    "Integration": {
                        "IntegrationResponses": [{"ResponseParameters": origin, "StatusCode": "204"}],
                        "RequestTemplates": {"application/json": "{ statusCode: 204 }"}, "Type": "MOCK",
                    },
                    "MethodResponses": [{"ResponseParameters": dict.fromkeys(origin, True), "StatusCode": "204"}],
                },
            },
        },
        "Outputs": {
            "ApiEndpoint4F160690": {
                "Value": {
                    "Fn::Join": [
                        "",
                        ["https://", api, ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/",
                         {"Ref": "ApiDeploymentStageprod3EB9684E"}, "/"],
                    ]
                }
            }
        },
    }  # fmt: skip


SERVERLESS = """
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [
    {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}}}
  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: !GetAtt Role.Arn}}
  ApiGatewayRestApi: {Type: AWS::ApiGateway::RestApi, Properties: {Name: dev-shop, EndpointConfiguration: {Types: [EDGE]},
    Policy: ""}}
  ApiGatewayResourceOrders: {Type: AWS::ApiGateway::Resource, Properties: {ParentId: !GetAtt ApiGatewayRestApi.RootResourceId,
    PathPart: orders, RestApiId: !Ref ApiGatewayRestApi}}
  ApiGatewayMethodOrdersGet: {Type: AWS::ApiGateway::Method, Properties: {HttpMethod: GET, RequestParameters: {},
    ResourceId: !Ref ApiGatewayResourceOrders, RestApiId: !Ref ApiGatewayRestApi, ApiKeyRequired: false,
    AuthorizationType: NONE, MethodResponses: [], Integration: {IntegrationHttpMethod: POST, Type: AWS_PROXY, Uri: !Sub
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}}
  ApiGatewayMethodOrdersPost: {Type: AWS::ApiGateway::Method, Properties: {HttpMethod: POST, ApiKeyRequired: true,
    ResourceId: !Ref ApiGatewayResourceOrders, RestApiId: !Ref ApiGatewayRestApi, AuthorizationType: NONE,
    Integration: {IntegrationHttpMethod: POST, Type: AWS_PROXY, Uri: !Sub
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}}}
  ApiGatewayDeployment1700000000000: {Type: AWS::ApiGateway::Deployment, Properties: {StageName: dev,
    RestApiId: !Ref ApiGatewayRestApi}, DependsOn: [ApiGatewayMethodOrdersGet, ApiGatewayMethodOrdersPost]}
  HttpApi: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: dev-shop, ProtocolType: HTTP}}
  HttpApiStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref HttpApi, StageName: $default, AutoDeploy: true,
    DefaultRouteSettings: {DetailedMetricsEnabled: false}}}
  HttpApiIntegration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref HttpApi, IntegrationType: AWS_PROXY,
    IntegrationUri: !GetAtt F.Arn, PayloadFormatVersion: "2.0", TimeoutInMillis: 30000}}
  HttpApiRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref HttpApi, RouteKey: GET /orders,
    Target: !Join ["/", [integrations, !Ref HttpApiIntegration]]}}
"""


USAGE_PLAN = f"""{SERVERLESS}
  Plan: {{Type: AWS::ApiGateway::UsagePlan, Properties: {{ApiStages: [{{ApiId: !Ref ApiGatewayRestApi, Stage: dev}}]}}}}
  Key: {{Type: AWS::ApiGateway::ApiKey, Properties: {{Enabled: true}}}}
  KeyOfPlan: {{Type: AWS::ApiGateway::UsagePlanKey,
    Properties: {{KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}}}
"""


@pytest.mark.rule("HTP-A0", "TPL-0D", "TPL-F0")
def test_a_usage_plan_is_refused_by_name_unless_it_is_ignored(deploy: Deploy) -> None:
    with pytest.raises(NotSimulatedError) as refusal:
        deploy(USAGE_PLAN, handlers={"F": handler})
    stack = deploy(USAGE_PLAN, handlers={"F": handler}, ignore=["Plan"])

    assert str(refusal.value) == (
        "The template has resources whose effects are not simulated:\n"
        "  Plan (AWS::ApiGateway::UsagePlan) limits the requests of each API key\n"
        "Deploy the rest with ignore=['Plan']."
    )
    assert stack.apis["ApiGatewayRestApi"].request("POST", "/orders").status_code == 200
    reasons = {one.logical_id: one.reason for one in stack.report if one.logical_id in ("Plan", "Key", "KeyOfPlan")}
    assert reasons == dict.fromkeys(("Key", "KeyOfPlan"), "requests need no API key here") | {"Plan": "is in ignore"}


@pytest.mark.rule("HTP-70")
def test_apis_of_the_serverless_framework_answer(deploy: Deploy) -> None:
    stack = deploy(SERVERLESS, handlers={"F": handler})

    found = [stack.apis[name].request("GET", "/orders").json()["path"] for name in ("ApiGatewayRestApi", "HttpApi")]

    assert (found, stack.apis["ApiGatewayRestApi"].stage) == (["/orders", "/orders"], "dev")
    assert stack.not_applied == {
        "ApiGatewayRestApi": ["EndpointConfiguration", "Policy"], "ApiGatewayMethodOrdersPost": ["ApiKeyRequired"],
    }  # fmt: skip


@pytest.mark.rule("HTP-2K", "TPL-F9")
@pytest.mark.parametrize(("ignore", "statuses"), [((), [403, 404]), (("*.DisableExecuteApiEndpoint",), [200, 200])])
def test_an_api_behind_a_domain_name_answers_if_the_test_ignores_that(
    ignore: tuple[str, ...], statuses: list[int], deploy: Deploy
) -> None:
    template = SERVERLESS.replace("Policy: ", "DisableExecuteApiEndpoint: true, Policy: ").replace(
        "ProtocolType: HTTP", "ProtocolType: HTTP, DisableExecuteApiEndpoint: true"
    )

    stack = deploy(template, handlers={"F": handler}, ignore=ignore)

    found = [stack.apis[name].request("GET", "/orders").status_code for name in ("ApiGatewayRestApi", "HttpApi")]
    assert found == statuses
    assert ("DisableExecuteApiEndpoint" in stack.not_applied.get("HttpApi", ())) is bool(ignore)
