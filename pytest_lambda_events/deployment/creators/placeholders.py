"""Placeholders whose values follow from their properties (TPL-80, G2). Nothing is created."""

from __future__ import annotations

import string
from collections.abc import Mapping

from ...templates.names import generated_suffix
from ..created import Made
from ..making import Making
from .created_type import CreatedType

_ID = string.ascii_lowercase + string.digits
_ID_LENGTH, _URL_LENGTH = 10, 32


def _id(making: Making, *parts: str, length: int = _ID_LENGTH) -> str:
    return generated_suffix(making.stack.place.stack_name, making.logical_id, *parts, length=length, characters=_ID)


def _url(making: Making) -> Made:
    """Returns a function URL. `Ref` is the ARN of the function."""
    target = str(making["TargetFunctionArn"])
    arn = target if target.startswith("arn:") else making.arn("lambda", f"function:{target}")
    host = f"{_id(making, length=_URL_LENGTH)}.lambda-url.{making.stack.place.region}.on.aws"
    return Made(arn, {"FunctionUrl": f"https://{host}/", "FunctionArn": arn})


def _api(making: Making) -> Made:
    """Returns an HTTP or WebSocket API with its address."""
    api_id, region = _id(making), making.stack.place.region
    scheme = "wss" if making.get("ProtocolType") == "WEBSOCKET" else "https"
    endpoint = f"{scheme}://{api_id}.execute-api.{region}.amazonaws.com"
    return Made(api_id, {"ApiId": api_id, "ApiEndpoint": endpoint, "ExecuteApiArn": making.arn("execute-api", api_id)})


def _stage(making: Making) -> Made:
    """Returns a stage. `Ref` is its name."""
    return Made(str(making.get("StageName") or making.logical_id))


def _attachment(making: Making) -> Made:
    """Returns the attachment of a secret to a database. `Ref` is the secret's ARN."""
    secret = str(making["SecretId"])
    return Made(secret, {"Id": secret})


PLACEHOLDERS: Mapping[str, CreatedType] = {
    "AWS::Lambda::Url": CreatedType("lambda", "CreateFunctionUrlConfig", create=_url, reads=("TargetFunctionArn",)),
    "AWS::ApiGateway::Stage": CreatedType("apigateway", "CreateStage", create=_stage, reads=("StageName",)),
    "AWS::ApiGatewayV2::Api": CreatedType("apigatewayv2", "CreateApi", create=_api, reads=("ProtocolType",)),
    "AWS::ApiGatewayV2::Stage": CreatedType("apigatewayv2", "CreateStage", create=_stage, reads=("StageName",)),
    "AWS::SecretsManager::SecretTargetAttachment": CreatedType(
        "secretsmanager", "UpdateSecret", create=_attachment, reads=("SecretId",)
    ),
}
"""Types that are not created, and whose values are computed. Other attributes are made up."""
