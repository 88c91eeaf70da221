"""HTTP APIs: `AWS::ApiGatewayV2` (HTP-70)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...templates.texts import json_text
from ..created import Created, Made
from ..making import Making
from .api_bodies import BODY, body_of
from .changes import differs
from .created_type import CreatedType

_SERVICE = "apigatewayv2"
_SETTINGS = (
    "Name", "Description", "CorsConfiguration", "DisableExecuteApiEndpoint", "Version", "RouteKey", "CredentialsArn", "Target",
)  # fmt: skip
_INERT = (
    "ApiKeySelectionExpression", "BasePath", "DisableSchemaValidation", "FailOnWarnings", "IpAddressType",
    "RouteSelectionExpression", "Tags",
)  # fmt: skip
_WEBSOCKET = "WEBSOCKET"


def _create_api(making: Making) -> Made:
    """Creates an HTTP API from its properties, or from its OpenAPI definition."""
    settings = {name: making.get(name) for name in _SETTINGS}
    body = body_of(making)
    if body is None:
        answer = making.apply(_SERVICE, "CreateApi", {**settings, "ProtocolType": making["ProtocolType"]})
        api_id = answer["ApiId"]
    else:
        answer = making.call(_SERVICE, "ImportApi", {"Body": json_text(body)})
        api_id = answer["ApiId"]
        making.call(_SERVICE, "UpdateApi", {"ApiId": api_id, **settings})
    making.undo(_SERVICE, "DeleteApi", {"ApiId": api_id})
    attributes = {"ApiId": api_id, "ApiEndpoint": answer["ApiEndpoint"], "ExecuteApiArn": making.arn("execute-api", api_id)}
    return Made(api_id, attributes, api_id)


def _change_api(making: Making, before: Created) -> Made:
    """Changes the settings of an HTTP API, and imports its definition again."""
    key, body = {"ApiId": before.made.ref}, body_of(making)
    if body is not None and differs(making, before, *BODY):
        making.call(_SERVICE, "ReimportApi", {**key, "Body": json_text(body)})
    elif making.get("CorsConfiguration") is None and differs(making, before, "CorsConfiguration"):
        making.call(_SERVICE, "DeleteCorsConfiguration", key)
    making.call(_SERVICE, "UpdateApi", {**key, **{name: making.get(name) for name in _SETTINGS}})
    return before.made


def _is_websocket(properties: Mapping[str, Any]) -> str | None:
    """Returns why a WebSocket API is a placeholder."""
    return "WebSocket APIs are not simulated" if properties.get("ProtocolType") == _WEBSOCKET else None


def _part(operation: str, kind: str, id_name: str, **more: Any) -> CreatedType:
    """Returns how a part of an API is created, whose id is `Ref`."""
    made_id = f"{{answer[{id_name}]}}"

    def change(making: Making, before: Created) -> Made:
        making.apply(_SERVICE, f"Update{kind}", {**making.properties, id_name: before.made.ref})
        return before.made

    return CreatedType(
        _SERVICE, operation, ref=made_id, attributes={id_name: made_id}, belongs_to="ApiId", or_placeholder=True,
        change=change, fixed=("ApiId",),
        undo=(f"Delete{kind}", {"ApiId": "{given[ApiId]}", id_name: made_id}), **more,
    )  # fmt: skip


def _change_stage(making: Making, before: Created) -> Made:
    making.apply(_SERVICE, "UpdateStage", {**making.others(*_INERT_OF_STAGE), "StageName": before.made.ref})
    return before.made


_INERT_OF_STAGE = ("AccessLogSettings", "ClientCertificateId", "Tags")
HTTP_APIS: Mapping[str, CreatedType] = {
    "AWS::ApiGatewayV2::Api": CreatedType(
        _SERVICE, "CreateApi", create=_create_api, attributes={"ApiId": "", "ApiEndpoint": "", "ExecuteApiArn": ""},
        elsewhere=BODY, not_applied=_INERT, placeholder_if=_is_websocket, change=_change_api,
        fixed=("ProtocolType",),
    ),
    "AWS::ApiGatewayV2::Authorizer": _part("CreateAuthorizer", "Authorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Deployment": _part("CreateDeployment", "Deployment", "DeploymentId"),
    "AWS::ApiGatewayV2::Integration": _part("CreateIntegration", "Integration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": _part("CreateRoute", "Route", "RouteId"),
    "AWS::ApiGatewayV2::Stage": CreatedType(
        _SERVICE, "CreateStage", name="StageName", belongs_to="ApiId", or_placeholder=True,
        not_applied=_INERT_OF_STAGE, change=_change_stage, fixed=("ApiId",),
        undo=("DeleteStage", {"ApiId": "{given[ApiId]}", "StageName": "{name}"}),
    ),
}  # fmt: skip
"""HTTP APIs and their parts. Those of WebSocket APIs are placeholders."""
