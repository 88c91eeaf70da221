"""The rows of API Gateway in the tables of deliveries (HTP-A0)."""

from __future__ import annotations

from .conditions import always, has_text, maps_a_gateway_response, maps_parameters, requires_keys, sets
from .rows import Delivered, NotDelivered

_ANSWERS = "On AWS it changes what the API answers; here it would change nothing."
_REFUSES = "On AWS it refuses requests; here it refuses none."

DELIVERED: tuple[Delivered, ...] = (
    Delivered(
        "apigateway",
        ("PutIntegration", "CreateAuthorizer", "UpdateAuthorizer", "PutRestApi", "ImportRestApi"),
        "REST APIs invoke functions for requests (`AWS_PROXY`), and Lambda authorizers before that. `MOCK` integrations "
        "answer their static response. A request to another integration raises `NotSimulatedError`.",
    ),
    Delivered(
        "apigatewayv2",
        (
            "CreateApi",
            "ImportApi",
            "ReimportApi",
            "CreateIntegration",
            "UpdateIntegration",
            "CreateAuthorizer",
            "UpdateAuthorizer",
        ),
        "HTTP APIs invoke functions for requests (`AWS_PROXY`), and Lambda authorizers before that. A request to another "
        "integration raises `NotSimulatedError`.",
    ),
)

REFUSED: tuple[NotDelivered, ...] = (
    NotDelivered(
        "apigatewayv2", ("CreateApi",), "A WebSocket API", "Invoke the function with the event of a connection.",
        lambda parameters: parameters.get("ProtocolType") == "WEBSOCKET",
    ),
    NotDelivered(
        "apigateway", ("CreateDomainName", "CreateBasePathMapping"), "A custom domain name of an API",
        "Send requests to the API itself.", always, effect=_ANSWERS,
    ),
    NotDelivered(
        "apigatewayv2", ("CreateDomainName", "CreateApiMapping"), "A custom domain name of an API",
        "Send requests to the API itself.", always, effect=_ANSWERS,
    ),
    NotDelivered(
        "apigateway", ("CreateRestApi", "UpdateRestApi"), "The resource policy of a REST API",
        "Leave the policy out in the test.", sets("policy"), effect=_ANSWERS,
    ),
    NotDelivered(
        "apigateway", ("CreateDeployment", "CreateStage", "UpdateStage"), "A canary of a stage",
        "Create a stage for each version.", sets("canarySettings"), effect=_ANSWERS,
    ),
    NotDelivered(
        "apigateway", ("CreateDeployment", "CreateStage", "UpdateStage"), "The cache of a stage",
        "Leave cacheClusterEnabled out.", sets("cacheClusterEnabled"), effect=_ANSWERS,
    ),
    NotDelivered(
        "apigateway", ("CreateRestApi",), "A copy of a REST API", "Create its resources, or import its OpenAPI definition.",
        sets("cloneFrom"), effect=_ANSWERS,
    ),
    NotDelivered(
        "apigatewayv2", ("CreateIntegration", "UpdateIntegration"), "A parameter mapping of an HTTP API",
        "Leave RequestParameters and ResponseParameters out in the test.", maps_parameters, effect=_ANSWERS,
    ),
    NotDelivered(
        "apigatewaymanagementapi", ("PostToConnection",), "A message to a client of a WebSocket API",
        "Replace the call in the test, for example with botocore.stub.Stubber.", always,
    ),
    NotDelivered(
        "apigateway", ("PutIntegration",), "A streamed response of an API", "Leave responseTransferMode out in the test.",
        has_text("STREAM"), effect=_ANSWERS,
    ),
    NotDelivered(
        "apigateway", ("CreateUsagePlan",), "A usage plan of API keys", "Leave the usage plan out in the test.", always,
        resources=("AWS::ApiGateway::UsagePlan",), effect=_REFUSES,
    ),
    NotDelivered(
        "apigateway", ("PutGatewayResponse",), "The template of a gateway response", "Set statusCode and headers only.",
        maps_a_gateway_response, effect=_ANSWERS,
    ),
)  # fmt: skip

WARNED: tuple[NotDelivered, ...] = (
    NotDelivered(
        "apigateway", ("PutMethod",), "The check of API keys by an API", "Requests need no key here.",
        requires_keys, effect=_REFUSES,
    ),
    NotDelivered(
        "apigateway", ("CreateRequestValidator",), "The validation of requests by an API",
        "Validate requests in the function.", always, effect=_REFUSES,
    ),
)  # fmt: skip
