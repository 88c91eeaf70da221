"""APIs that boto3 creates, as requests find them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.http.definitions import (
    Cors,
    FunctionUrlDefinition,
    GatewayResponse,
    HttpApiDefinition,
    LambdaAuthorizer,
    LambdaIntegration,
    MockIntegration,
    OtherIntegration,
    RestApiDefinition,
    Route,
    Throttle,
    UncheckedAuthorizer,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:shop"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
Refused = Callable[..., str]


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Returns the code and the message with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


@pytest.fixture
def http(lambda_events: LambdaEvents) -> Any:
    """The client of HTTP APIs."""
    return lambda_events.client("apigatewayv2")


@pytest.fixture
def rest(lambda_events: LambdaEvents) -> Any:
    """The client of REST APIs."""
    return lambda_events.client("apigateway")


@pytest.fixture
def http_api(lambda_events: LambdaEvents) -> Callable[[str], HttpApiDefinition]:
    """Returns what returns the definition of an HTTP API."""

    def find(api_id: str) -> HttpApiDefinition:
        found = lambda_events._open_wiring.apis.http_api(api_id)
        assert found is not None
        return found

    return find


@pytest.fixture
def rest_api(lambda_events: LambdaEvents) -> Callable[[str], RestApiDefinition]:
    """Returns what returns the definition of a REST API."""

    def find(api_id: str) -> RestApiDefinition:
        found = lambda_events._open_wiring.apis.rest_api(api_id)
        assert found is not None
        return found

    return find


def routed(http: Any, key: str = "GET /orders/{id}", integration: Mapping[str, Any] | None = None, **route: Any) -> str:
    """Returns the id of an HTTP API with one route."""
    api_id: str = http.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    settings = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
    made = http.create_integration(ApiId=api_id, **(settings if integration is None else integration))
    http.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{made['IntegrationId']}", **route)
    return api_id


@pytest.mark.rule("HTP-B0")
def test_an_http_api_with_a_target_has_a_default_stage_and_route(
    http: Any, http_api: Callable[[str], HttpApiDefinition]
) -> None:
    api_id = http.create_api(Name="shop", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]

    api = http_api(api_id)

    assert api.name == "shop"
    assert api.stages["$default"].routes == (Route("ANY", "$default", LambdaIntegration(FUNCTION)),)


def test_the_id_of_an_http_api_has_ten_lower_case_letters_and_digits(http: Any) -> None:
    api = http.create_api(Name="shop", ProtocolType="HTTP", Tags={"team": "a"})
    body = json.dumps({"openapi": "3.0.1", "info": {"title": "x", "version": "1"}, "paths": {}})
    ids = [api["ApiId"], http.import_api(Body=body)["ApiId"]]

    assert all(re.fullmatch("[a-z0-9]{10}", one) for one in ids)
    assert api["ApiEndpoint"] == f"https://{ids[0]}.execute-api.us-east-1.amazonaws.com"
    assert http.get_api(ApiId=ids[0])["Tags"] == {"team": "a"}
    assert http.get_tags(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{ids[0]}")["Tags"] == {"team": "a"}


def test_the_route_key_of_a_target_can_be_given(http: Any, http_api: Callable[[str], HttpApiDefinition]) -> None:
    api_id = http.create_api(Name="shop", ProtocolType="HTTP", Target=FUNCTION, RouteKey="POST /orders")["ApiId"]

    [route] = http_api(api_id).stages["$default"].routes

    assert route.key == "POST /orders"


@pytest.mark.rule("HTP-3E")
def test_a_stage_with_auto_deploy_has_the_current_routes(http: Any, http_api: Callable[[str], HttpApiDefinition]) -> None:
    api_id = routed(http)
    http.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True, StageVariables={"colour": "red"})

    before = http_api(api_id)
    made = http.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=URI, PayloadFormatVersion="1.0", TimeoutInMillis=50,
        CredentialsArn="arn:aws:iam::123456789012:role/api",
    )  # fmt: skip
    http.create_route(ApiId=api_id, RouteKey="$default", Target=f"integrations/{made['IntegrationId']}")

    stage = http_api(api_id).stages["$default"]
    assert [route.key for route in before.stages["$default"].routes] == ["GET /orders/{id}"]
    assert stage.routes[1].integration == LambdaIntegration(FUNCTION, "1.0", 50, "arn:aws:iam::123456789012:role/api")
    assert stage.variables == {"colour": "red"}


@pytest.mark.rule("HTP-3E")
def test_a_stage_without_auto_deploy_has_the_routes_of_its_deployment(
    http: Any, http_api: Callable[[str], HttpApiDefinition]
) -> None:
    api_id = routed(http)
    http.create_stage(ApiId=api_id, StageName="dev")
    without = http_api(api_id).stages["dev"].routes
    first = http.create_deployment(ApiId=api_id, StageName="dev", Description="first")["DeploymentId"]
    http.delete_route(ApiId=api_id, RouteId=http.get_routes(ApiId=api_id)["Items"][0]["RouteId"])
    second = http.create_deployment(ApiId=api_id)["DeploymentId"]

    deployed = http_api(api_id).stages["dev"].routes
    http.update_stage(ApiId=api_id, StageName="dev", DeploymentId=second)

    assert (len(without), len(deployed), len(http_api(api_id).stages["dev"].routes)) == (0, 1, 0)
    assert [one["DeploymentId"] for one in http.get_deployments(ApiId=api_id)["Items"]] == [first, second]
    assert http.get_deployment(ApiId=api_id, DeploymentId=first)["Description"] == "first"


def test_a_deployment_can_be_deleted_if_no_stage_uses_it(http: Any) -> None:
    api_id = routed(http)
    http.create_stage(ApiId=api_id, StageName="dev")
    used = http.create_deployment(ApiId=api_id, StageName="dev")["DeploymentId"]
    other = http.create_deployment(ApiId=api_id)["DeploymentId"]

    http.delete_deployment(ApiId=api_id, DeploymentId=other)

    assert refusal(http.delete_deployment, ApiId=api_id, DeploymentId=used)[0] == "BadRequestException"
    assert refusal(http.get_deployment, ApiId=api_id, DeploymentId=other)[0] == "NotFoundException"


def test_a_definition_is_the_same_object_until_something_changes(
    http: Any, http_api: Callable[[str], HttpApiDefinition]
) -> None:
    api_id = routed(http)

    found = http_api(api_id)
    http.get_api(ApiId=api_id)
    unchanged = http_api(api_id)
    http.update_api(ApiId=api_id, Name="other")

    assert unchanged is found
    assert http_api(api_id).name == "other"


@pytest.mark.rule("HTP-3Q", "HTP-3T")
def test_cors_of_an_http_api(http: Any, http_api: Callable[[str], HttpApiDefinition]) -> None:
    cors = {"AllowOrigins": ["https://a"], "AllowMethods": ["*"], "AllowHeaders": ["x-a"], "MaxAge": 5}
    api_id = http.create_api(Name="shop", ProtocolType="HTTP", CorsConfiguration=cors)["ApiId"]

    found = http_api(api_id).cors
    http.delete_cors_configuration(ApiId=api_id)

    assert found == Cors(("https://a",), ("*",), ("x-a",), max_age=5)
    assert http_api(api_id).cors is None


@pytest.mark.rule("HTP-3T")
@pytest.mark.parametrize("name", ["AllowOrigins", "AllowMethods", "AllowHeaders"])
def test_cors_with_credentials_and_a_wildcard_is_refused(http: Any, name: str) -> None:
    cors = {"AllowCredentials": True, name: ["*"]}
    api_id = http.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    created = refusal(http.create_api, Name="other", ProtocolType="HTTP", CorsConfiguration=cors)
    changed = refusal(http.update_api, ApiId=api_id, CorsConfiguration=cors)

    assert (created[0], changed[0]) == ("BadRequestException", "BadRequestException")
    assert len(http.get_apis()["Items"]) == 1


def test_throttling_of_a_stage(http: Any, http_api: Callable[[str], HttpApiDefinition]) -> None:
    api_id = routed(http)
    http.create_stage(
        ApiId=api_id, StageName="$default", AutoDeploy=True,
        DefaultRouteSettings={"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 5},
        RouteSettings={"GET /orders/{id}": {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 2}},
    )  # fmt: skip

    stage = http_api(api_id).stages["$default"]

    assert stage.throttle == Throttle(10, 5)
    assert stage.route_throttles == {"GET /orders/{id}": Throttle(1, 2)}


@pytest.mark.rule("HTP-A0")
@pytest.mark.parametrize(
    ("integration", "kind"),
    [
        ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a.example", "IntegrationMethod": "GET"}, "HTTP_PROXY"),
        ({"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage", "PayloadFormatVersion": "1.0"},
         "SQS-SendMessage"),
    ],
)  # fmt: skip
def test_an_integration_that_is_not_simulated_is_known_as_such(
    http: Any, http_api: Callable[[str], HttpApiDefinition], integration: dict[str, Any], kind: str
) -> None:
    api_id = routed(http, integration=integration)
    http.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    [route] = http_api(api_id).stages["$default"].routes

    assert route.integration == OtherIntegration(kind, integration.get("IntegrationUri", ""))


@pytest.mark.rule("HTP-38", "HTP-3P")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"PayloadFormatVersion": None}, "PayloadFormatVersion is a required parameter"),
        ({"TimeoutInMillis": 30_001}, "Timeout should be between 50 ms and 30000 ms"),
        ({"PayloadFormatVersion": "3.0"}, "PayloadFormatVersion 3.0 is not supported"),
    ],
)
def test_wrong_integrations_are_refused(http: Any, changed: dict[str, Any], message: str) -> None:
    settings = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0", **changed}
    api_id = http.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    code, text = refusal(
        http.create_integration, ApiId=api_id, **{name: value for name, value in settings.items() if value is not None}
    )

    assert code == "BadRequestException"
    assert message in text


@pytest.mark.rule("HTP-3P")
def test_a_wrong_change_of_an_integration_is_refused(http: Any) -> None:
    api_id = routed(http)
    [integration] = http.get_integrations(ApiId=api_id)["Items"]
    place = {"ApiId": api_id, "IntegrationId": integration["IntegrationId"]}

    code, _ = refusal(http.update_integration, **place, TimeoutInMillis=30_001)
    http.update_integration(**place, TimeoutInMillis=30_000)

    assert code == "BadRequestException"
    assert http.get_integration(**place)["TimeoutInMillis"] == 30_000


@pytest.mark.rule("HTP-3C")
@pytest.mark.parametrize("key", ["get /orders", "GET orders", "/orders", "FETCH /orders", "GET  /orders", "GET /{proxy+}/a"])
def test_a_route_key_has_a_method_and_a_path(http: Any, key: str) -> None:
    api_id = routed(http)
    [route] = http.get_routes(ApiId=api_id)["Items"]

    created = refusal(http.create_route, ApiId=api_id, RouteKey=key)
    changed = refusal(http.update_route, ApiId=api_id, RouteId=route["RouteId"], RouteKey=key)

    assert created == changed
    assert created[0] == "BadRequestException"
    assert 'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"' in created[1]


def test_a_changed_route_keeps_its_key_or_gets_a_free_one(http: Any) -> None:
    api_id = routed(http)
    other = http.create_route(ApiId=api_id, RouteKey="$default")["RouteId"]

    code, _ = refusal(http.update_route, ApiId=api_id, RouteId=other, RouteKey="GET /orders/{id}")
    kept = http.update_route(ApiId=api_id, RouteId=other, RouteKey="$default")["RouteKey"]

    assert (code, kept) == ("ConflictException", "$default")


def test_a_route_key_can_be_used_once(http: Any) -> None:
    api_id = routed(http)

    code, message = refusal(http.create_route, ApiId=api_id, RouteKey="GET /orders/{id}")

    assert (code, message) == ("ConflictException", "Route with key GET /orders/{id} already exists for this API")


AUTHORIZER = {
    "Name": "tokens", "AuthorizerType": "REQUEST", "AuthorizerUri": URI, "AuthorizerPayloadFormatVersion": "2.0",
    "IdentitySource": ["$request.header.authorization"],
}  # fmt: skip


@pytest.mark.rule("HTP-46", "HTP-47")
def test_a_lambda_authorizer_of_an_http_api(http: Any, http_api: Callable[[str], HttpApiDefinition]) -> None:
    api_id = routed(http)
    http.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    settings = {**AUTHORIZER, "EnableSimpleResponses": True, "AuthorizerResultTtlInSeconds": 60}
    authorizer_id = http.create_authorizer(ApiId=api_id, **settings)["AuthorizerId"]
    [route] = http.get_routes(ApiId=api_id)["Items"]
    http.update_route(ApiId=api_id, RouteId=route["RouteId"], AuthorizationType="CUSTOM", AuthorizerId=authorizer_id)

    [found] = http_api(api_id).stages["$default"].routes

    assert found.authorizer == LambdaAuthorizer(
        authorizer_id, FUNCTION, "REQUEST", "2.0", ("$request.header.authorization",), 60, has_simple_responses=True
    )
    assert [one["AuthorizerId"] for one in http.get_authorizers(ApiId=api_id)["Items"]] == [authorizer_id]


@pytest.mark.rule("HTP-4A")
@pytest.mark.parametrize("kind", ["JWT", "AWS_IAM"])
def test_other_authorizers_are_not_checked(http: Any, http_api: Callable[[str], HttpApiDefinition], kind: str) -> None:
    api_id = routed(http, AuthorizationType=kind)
    http.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    [route] = http_api(api_id).stages["$default"].routes

    assert isinstance(route.authorizer, UncheckedAuthorizer)
    assert route.authorizer.kind == kind


@pytest.mark.rule("HTP-49")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"AuthorizerPayloadFormatVersion": None},
         "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"),
        ({"AuthorizerPayloadFormatVersion": "3.0"}, "AuthorizerPayloadFormatVersion 3.0 is not supported"),
        ({"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
         'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".'),
        ({"AuthorizerResultTtlInSeconds": 3601},
         "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."),
        ({"AuthorizerResultTtlInSeconds": 1, "IdentitySource": []},
         "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"),
        ({"AuthorizerType": "TOKEN"}, "Invalid authorizer type. Only JWT authorizer type is supported on HTTP protocol Apis."),
    ],
)  # fmt: skip
def test_wrong_authorizers_are_refused(http: Any, changed: dict[str, Any], message: str) -> None:
    settings = {name: value for name, value in {**AUTHORIZER, **changed}.items() if value is not None}
    api_id = http.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    refused = refusal(http.create_authorizer, ApiId=api_id, **settings)

    assert refused == ("BadRequestException", message)


def test_an_authorizer_with_the_longest_ttl_is_created(http: Any) -> None:
    api_id = http.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]

    made = http.create_authorizer(ApiId=api_id, **AUTHORIZER, AuthorizerResultTtlInSeconds=3600)

    assert made["AuthorizerResultTtlInSeconds"] == 3600


OPENAPI = {
    "openapi": "3.0.1",
    "info": {"title": "shop", "version": "7"},
    "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "allowMethods": ["GET"]},
    "paths": {
        "/orders": {
            "parameters": [],
            "get": {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/shop"}},
            "post": {
                "security": [{"tokens": []}],
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy", "httpMethod": "POST", "uri": URI, "payloadFormatVersion": 2.0, "timeoutInMillis": 100,
                },
            },
        },
        "/{proxy+}": {
            "x-amazon-apigateway-any-method": {
                "security": [{"users": ["read"]}],
                "x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": FUNCTION, "payloadFormatVersion": "1.0"},
            }
        },
        "$default": {
            "x-amazon-apigateway-any-method": {
                "isDefaultRoute": True,
                "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "ANY", "uri": "https://shop.example"},
            }
        },
    },
    "components": {
        "x-amazon-apigateway-integrations": {
            "shop": {"type": "AWS_PROXY", "httpMethod": "POST", "uri": URI, "payloadFormatVersion": "2.0"}
        },
        "securitySchemes": {
            "tokens": {
                "type": "apiKey", "name": "Authorization", "in": "header",
                "x-amazon-apigateway-authorizer": {
                    "type": "request", "authorizerUri": URI, "authorizerPayloadFormatVersion": 2.0,
                    "enableSimpleResponses": True, "identitySource": "$request.header.a, $request.header.b",
                    "authorizerResultTtlInSeconds": 30,
                },
            },
            "users": {
                "type": "oauth2",
                "x-amazon-apigateway-authorizer": {"type": "jwt", "identitySource": "$request.header.authorization"},
            },
        },
    },
}  # fmt: skip


@pytest.mark.rule("HTP-70")
@pytest.mark.parametrize("how", ["import", "reimport", "yaml"])
def test_an_http_api_from_an_openapi_definition(http: Any, http_api: Callable[[str], HttpApiDefinition], how: str) -> None:
    import yaml

    body = yaml.safe_dump(OPENAPI, sort_keys=False) if how == "yaml" else json.dumps(OPENAPI)
    if how == "reimport":
        api_id = routed(http)
        http.reimport_api(ApiId=api_id, Body=body)
    else:
        api_id = http.import_api(Body=body)["ApiId"]
    http.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    api = http_api(api_id)

    routes = {route.key: route for route in api.stages["$default"].routes}
    assert (api.name, api.cors) == ("shop", Cors(("*",), ("GET",)))
    assert list(routes) == ["GET /orders", "POST /orders", "ANY /{proxy+}", "$default"]
    assert routes["GET /orders"].integration == LambdaIntegration(FUNCTION)
    assert routes["POST /orders"].integration == LambdaIntegration(FUNCTION, timeout_milliseconds=100)
    assert routes["ANY /{proxy+}"].integration == LambdaIntegration(FUNCTION, "1.0")
    assert routes["$default"].integration == OtherIntegration("HTTP_PROXY", "https://shop.example")
    assert routes["ANY /{proxy+}"].authorizer == UncheckedAuthorizer("JWT")
    authorizer = routes["POST /orders"].authorizer
    assert isinstance(authorizer, LambdaAuthorizer)
    assert authorizer.identity_sources == ("$request.header.a", "$request.header.b")
    assert (authorizer.ttl_seconds, authorizer.has_simple_responses) == (30, True)


def resource(rest: Any, api: Mapping[str, Any], part: str, **method: Any) -> str:
    """Returns the id of a new resource with a GET method that is a function."""
    made: str = rest.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart=part)["id"]
    settings = {"restApiId": api["id"], "resourceId": made, "httpMethod": "GET"}
    rest.put_method(**settings, **{"authorizationType": "NONE", **method})
    rest.put_integration(**settings, type="AWS_PROXY", integrationHttpMethod="POST", uri=URI)
    return made


@pytest.mark.rule("HTP-23", "HTP-B0")
def test_only_deployed_resources_of_a_rest_api_answer(rest: Any, rest_api: Callable[[str], RestApiDefinition]) -> None:
    api = rest.create_rest_api(name="shop")
    orders = resource(rest, api, "orders")
    deployment_id = rest.create_deployment(restApiId=api["id"], stageName="dev")["id"]
    resource(rest, api, "{id}")

    stage = rest_api(api["id"]).stages["dev"]
    rest.create_deployment(restApiId=api["id"], stageName="dev")

    integration = LambdaIntegration(FUNCTION, "1.0", 29_000)
    assert stage.routes == (Route("GET", "/orders", integration, resource_id=orders),)
    assert stage.deployment_id == deployment_id
    assert [route.key for route in rest_api(api["id"]).stages["dev"].routes] == ["GET /orders", "GET /{id}"]


@pytest.mark.rule("HTP-2A")
def test_the_timeout_of_an_integration_of_a_rest_api_is_at_least_50_ms(
    rest: Any, rest_api: Callable[[str], RestApiDefinition]
) -> None:
    api = rest.create_rest_api(name="shop")
    orders = resource(rest, api, "orders")
    settings = {
        "restApiId": api["id"], "resourceId": orders, "httpMethod": "GET", "type": "AWS_PROXY", "uri": URI,
        "integrationHttpMethod": "POST",
    }  # fmt: skip

    code, message = refusal(rest.put_integration, **settings, timeoutInMillis=49)
    rest.put_integration(**settings, timeoutInMillis=50)
    rest.create_deployment(restApiId=api["id"], stageName="dev")

    [route] = rest_api(api["id"]).stages["dev"].routes
    assert (code, message) == ("BadRequestException", "Timeout should be between 50 ms and 29000 ms")
    assert route.integration == LambdaIntegration(FUNCTION, "1.0", 50)


@pytest.mark.rule("HTP-2J")
def test_variables_and_throttling_of_a_stage_of_a_rest_api(rest: Any, rest_api: Callable[[str], RestApiDefinition]) -> None:
    api = rest.create_rest_api(name="shop")
    resource(rest, api, "orders")
    deployment_id = rest.create_deployment(restApiId=api["id"])["id"]
    rest.create_stage(restApiId=api["id"], stageName="dev", deploymentId=deployment_id, variables={"colour": "red"})
    changes = {"/*/*/throttling/rateLimit": "10", "/*/*/throttling/burstLimit": "5", "/~1orders/GET/throttling/rateLimit": "1"}
    patches = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    rest.update_stage(restApiId=api["id"], stageName="dev", patchOperations=patches)

    stage = rest_api(api["id"]).stages["dev"]

    assert stage.variables == {"colour": "red"}
    assert stage.throttle == Throttle(10, 5)
    assert stage.route_throttles["GET /orders"].rate == 1


@pytest.mark.rule("HTP-2E")
def test_binary_media_types_of_a_rest_api(rest: Any, rest_api: Callable[[str], RestApiDefinition]) -> None:
    api = rest.create_rest_api(name="shop", binaryMediaTypes=["image/png"])
    rest.update_rest_api(restApiId=api["id"], patchOperations=[{"op": "add", "path": "/binaryMediaTypes/image~1jpeg"}])
    both = rest_api(api["id"]).binary_media_types
    rest.update_rest_api(restApiId=api["id"], patchOperations=[{"op": "remove", "path": "/binaryMediaTypes/image~1png"}])

    assert (api["binaryMediaTypes"], both) == (["image/png"], ("image/png", "image/jpeg"))
    assert rest_api(api["id"]).binary_media_types == ("image/jpeg",)


@pytest.mark.rule("HTP-2H", "HTP-2I")
def test_a_mock_integration_has_a_static_response(rest: Any, rest_api: Callable[[str], RestApiDefinition]) -> None:
    api = rest.create_rest_api(name="shop")
    method = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "OPTIONS"}
    rest.put_method(**method, authorizationType="NONE")
    rest.put_integration(**method, type="MOCK", requestTemplates={"application/json": "{statusCode: 204}"})
    headers = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    rest.put_integration_response(**method, statusCode="204", responseParameters=headers)
    rest.create_deployment(restApiId=api["id"], stageName="dev")

    [route] = rest_api(api["id"]).stages["dev"].routes

    assert route.integration == MockIntegration(204, {"Access-Control-Allow-Origin": "*"})


@pytest.mark.rule("HTP-2I", "HTP-A0")
@pytest.mark.parametrize("template", ["$input.body", '#set($origin = "x") #end'])
def test_a_mock_integration_with_another_template_is_not_simulated(
    rest: Any, rest_api: Callable[[str], RestApiDefinition], template: str
) -> None:
    api = rest.create_rest_api(name="shop")
    method = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "OPTIONS"}
    rest.put_method(**method, authorizationType="NONE")
    rest.put_integration(**method, type="MOCK")
    rest.put_integration_response(**method, statusCode="200", responseTemplates={"application/json": template})
    rest.create_deployment(restApiId=api["id"], stageName="dev")

    [route] = rest_api(api["id"]).stages["dev"].routes

    assert route.integration == OtherIntegration("MOCK with a mapping template")


@pytest.mark.rule("HTP-2B")
def test_a_gateway_response_of_a_rest_api(rest: Any, rest_api: Callable[[str], RestApiDefinition]) -> None:
    api = rest.create_rest_api(name="shop")
    headers = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    rest.put_gateway_response(
        restApiId=api["id"], responseType="THROTTLED", statusCode="418", responseParameters=headers,
        responseTemplates={"application/json": '{"message":$context.error.messageString}'},
    )  # fmt: skip

    found = rest_api(api["id"]).gateway_responses

    assert found == {"THROTTLED": GatewayResponse(418, {"Access-Control-Allow-Origin": "*"})}


@pytest.mark.rule("HTP-40", "HTP-44")
def test_a_token_authorizer_of_a_rest_api(rest: Any, rest_api: Callable[[str], RestApiDefinition]) -> None:
    api = rest.create_rest_api(name="shop")
    made = rest.create_authorizer(
        restApiId=api["id"], name="tokens", type="TOKEN", authorizerUri=URI, identityValidationExpression="a.*",
        identitySource="method.request.header.Authorization",
    )  # fmt: skip
    resource(rest, api, "orders", authorizationType="CUSTOM", authorizerId=made["id"])
    rest.create_deployment(restApiId=api["id"], stageName="dev")

    [route] = rest_api(api["id"]).stages["dev"].routes

    assert route.authorizer == LambdaAuthorizer(
        made["id"], FUNCTION, "TOKEN", "1.0", ("method.request.header.Authorization",), 300, validation_expression="a.*"
    )


@pytest.mark.parametrize("kind", ["CUSTOM", "COGNITO_USER_POOLS"])
@pytest.mark.parametrize("authorizer", [{}, {"authorizerId": "none"}], ids=["none", "unknown"])
def test_a_method_with_an_unknown_authorizer_is_refused(rest: Any, kind: str, authorizer: dict[str, str]) -> None:
    api_id = rest.create_rest_api(name="shop")["id"]
    [root] = rest.get_resources(restApiId=api_id)["items"]

    code, message = refusal(
        rest.put_method, restApiId=api_id, resourceId=root["id"], httpMethod="GET", authorizationType=kind, **authorizer
    )

    assert (code, message.partition(".")[0]) == ("BadRequestException", "Invalid authorizer ID specified")


def test_an_api_without_its_own_endpoint_is_known_as_disabled(
    rest: Any, http: Any, rest_api: Callable[[str], RestApiDefinition], http_api: Callable[[str], HttpApiDefinition]
) -> None:
    api_id = rest.create_rest_api(name="shop", disableExecuteApiEndpoint=True)["id"]
    other_id = http.create_api(Name="other", ProtocolType="HTTP", DisableExecuteApiEndpoint=True)["ApiId"]

    before = rest_api(api_id).is_disabled, http_api(other_id).is_disabled
    operation = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "false"}
    rest.update_rest_api(restApiId=api_id, patchOperations=[operation])
    http.update_api(ApiId=other_id, DisableExecuteApiEndpoint=False)

    assert (before, rest_api(api_id).is_disabled, http_api(other_id).is_disabled) == ((True, True), False, False)


SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "shop", "description": "Sells."},
    "x-amazon-apigateway-binary-media-types": ["image/*"],
    "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.X-A": "'b'"}}},
    "paths": {
        "/orders/{id}": {
            "get": {
                "security": [{"tokens": []}],
                "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": URI},
            },
            "options": {
                "x-amazon-apigateway-integration": {
                    "type": "mock", "requestTemplates": {"application/json": '{\n  "statusCode" : 200\n}\n'},
                    "responses": {
                        "default": {
                            "statusCode": "200", "responseTemplates": {"application/json": "{}\n"},
                            "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
                        }
                    },
                }
            },
        },
        "/{proxy+}": {
            "x-amazon-apigateway-any-method": {
                "security": [{"key": []}, {"users": []}],
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy", "httpMethod": "POST", "uri": URI, "timeoutInMillis": 5000,
                },
            }
        },
        "/queue": {
            "post": {
                "x-amazon-apigateway-integration": {
                    "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sqs:path/1/q",
                }
            }
        },
    },
    "securityDefinitions": {
        "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "tokens": {
            "type": "apiKey", "name": "X-Token", "in": "header", "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI, "authorizerResultTtlInSeconds": 0},
        },
        "users": {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:aws:cognito-idp:x:1:y"]},
        },
    },
}  # fmt: skip


@pytest.mark.rule("HTP-70")
@pytest.mark.parametrize("how", ["import", "merge", "overwrite"])
def test_a_rest_api_from_an_openapi_definition(rest: Any, rest_api: Callable[[str], RestApiDefinition], how: str) -> None:
    body = json.dumps(SWAGGER).encode()
    if how == "import":
        api = rest.import_rest_api(body=body)
    else:
        api = rest.create_rest_api(name="old")
        resource(rest, api, "old")
        rest.put_rest_api(restApiId=api["id"], body=body, mode=how)
    rest.create_deployment(restApiId=api["id"], stageName="dev")

    found = rest_api(api["id"])

    routes = {route.key: route for route in found.stages["dev"].routes}
    old = ["GET /old"] if how == "merge" else []
    assert list(routes) == [*old, "GET /orders/{id}", "OPTIONS /orders/{id}", "ANY /{proxy+}", "POST /queue"]
    assert (found.name, found.binary_media_types) == ("shop", ("image/*",))
    assert found.gateway_responses == {"DEFAULT_4XX": GatewayResponse(None, {"X-A": "b"})}
    assert routes["OPTIONS /orders/{id}"].integration == MockIntegration(200, {"Access-Control-Allow-Origin": "*"}, "{}\n")
    assert routes["ANY /{proxy+}"].integration == LambdaIntegration(FUNCTION, "1.0", 5000)
    assert routes["ANY /{proxy+}"].authorizer == UncheckedAuthorizer("COGNITO_USER_POOLS")
    assert routes["POST /queue"].integration == OtherIntegration("AWS", "arn:aws:apigateway:us-east-1:sqs:path/1/q")
    authorizer = routes["GET /orders/{id}"].authorizer
    assert isinstance(authorizer, LambdaAuthorizer)
    assert (authorizer.kind, authorizer.identity_sources) == ("TOKEN", ("method.request.header.X-Token",))
    assert authorizer.ttl_seconds == 0


@pytest.mark.rule("HTP-5B", "HTP-B0")
def test_the_url_of_an_alias_is_found_by_its_id(lambda_events: LambdaEvents) -> None:
    lambda_events.function(lambda event, context: None, name="shop")
    client = lambda_events.client("lambda")
    client.publish_version(FunctionName="shop")
    client.create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    url = client.create_function_url_config(
        FunctionName="shop", Qualifier="live", AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"], "AllowCredentials": True}
    )["FunctionUrl"]
    definitions = lambda_events._open_wiring.apis
    url_id = url.removeprefix("https://").partition(".")[0]

    found = definitions.function_url(url_id)
    again = definitions.function_url(url_id)
    client.delete_function_url_config(FunctionName="shop", Qualifier="live")

    assert found == FunctionUrlDefinition(
        url_id, f"{FUNCTION}:live", "123456789012", "us-east-1", "AWS_IAM", Cors(("*",), allow_credentials=True)
    )
    assert again is found
    assert definitions.function_url(url_id) is None
