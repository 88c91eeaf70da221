"""Reads REST APIs from moto's state (HTP-20 to 2J, HTP-40 to 45)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from moto.apigateway.models import Authorizer, Integration, Method, RestAPI, Stage

from ... import limits
from ...http import definitions
from ...http.definitions import (
    GatewayResponse,
    LambdaAuthorizer,
    LambdaIntegration,
    MockIntegration,
    OtherIntegration,
    RestApiDefinition,
    Route,
    UncheckedAuthorizer,
)
from .function_uris import function_of
from .settings import throttle_of

Deployments = Mapping[str, Sequence[Route]]
"""The routes of each deployment, by its id."""

_STATIC = re.compile(r"'(.*)'", re.DOTALL)
_TEMPLATE = re.compile(r"[$#]")
_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})""")
_FIRST = (
    '#set($origin = $input.params().header.get("Origin")) #if($origin == "") '
    '#set($origin = $input.params().header.get("origin")) #end #if('
)
_LAST = ") #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end"
"""The beginning and the end of the mapping template with which CDK allows several origins. Comparisons are between them."""
_COMPARISON = re.compile(r'\$origin == "([^"]*)"')
_ALL = "*/*"


def rest_api_of(api: Any, account_id: str, region_name: str, deployments: Deployments) -> RestApiDefinition:
    """Returns the definition of a REST API."""
    stages = [_stage(stage, deployments) for stage in api.stages.values()]
    responses = {kind: _gateway_response(one) for kind, one in api.gateway_responses.items()}
    return RestApiDefinition(
        api.id, api.name, account_id, region_name, {stage.name: stage for stage in stages}, tuple(api.binaryMediaTypes),
        responses,
    )  # fmt: skip


def routes_of(api: RestAPI) -> Sequence[Route]:
    """Returns the current methods of an API that have an integration."""
    return tuple(
        Route(
            method.http_method, resource.get_path(), _integration(method.method_integration), _authorizer(api, method),
            resource.id,
        )
        for resource in api.resources.values()
        for method in resource.resource_methods.values()
        if method.method_integration is not None
    )  # fmt: skip


def static_headers(parameters: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """Returns the headers that response parameters set to a text in single quotes."""
    found = {}
    for name, value in parameters.items():
        static = _STATIC.fullmatch(str(value))
        if name.startswith(prefix) and static is not None:
            found[name.removeprefix(prefix)] = static[1]
    return found


def _stage(stage: Stage, deployments: Deployments) -> definitions.Stage:
    routes = deployments.get(stage.deployment_id or "", ())
    variables = {str(name): str(value) for name, value in stage.variables.items()}
    throttles = {_route_key(key): throttle for key, one in stage.method_settings.items() if (throttle := throttle_of(one))}
    throttle = throttles.pop(_ALL, None)
    return definitions.Stage(stage.name or "", routes, variables, throttle, throttles, stage.deployment_id or "")


def _route_key(setting: str) -> str:
    """Returns the key of a route for a method setting, which is written as `~1orders/GET` or `orders/GET`."""
    if setting == _ALL:
        return setting
    path, _, method = setting.rpartition("/")
    return f"{'ANY' if method == '*' else method} /{path.replace('~1', '/').strip('/')}"


def _gateway_response(response: Any) -> GatewayResponse:
    headers = static_headers(response.response_parameters or {}, "gatewayresponse.header.")
    return GatewayResponse(None if response.status_code is None else int(response.status_code), headers)


def _integration(integration: Integration) -> definitions.Integration:
    if integration.integration_type == "MOCK":
        return _mock(integration)
    function_arn = function_of(integration.uri)
    if integration.integration_type != "AWS_PROXY" or function_arn is None:
        return OtherIntegration(integration.integration_type, integration.uri or "")
    timeout = int(integration.timeout_in_millis or limits.REST_API_TIMEOUT_MILLISECONDS)
    return LambdaIntegration(function_arn, "1.0", timeout, integration.credentials)


def _mock(integration: Integration) -> definitions.Integration:
    """Returns a MOCK integration, if it answers the same to each request (HTP-2I)."""
    template = str((integration.request_templates or {}).get("application/json") or "")
    responses: dict[str, Any] = {str(code): one for code, one in (integration.integration_responses or {}).items()}
    status = _STATUS.search(template)
    code = status[1] if status is not None else "200"
    response = responses.get(code) or next(iter(responses.values()), None)
    if response is None:
        return MockIntegration(int(code))
    body = str((response.response_templates or {}).get("application/json") or "")
    origins = _several_origins(body)
    if origins:
        body = ""
    if _TEMPLATE.search(body):
        return OtherIntegration("MOCK with a mapping template")
    headers = static_headers(response.response_parameters or {}, "method.response.header.")
    return MockIntegration(int(response.status_code), headers, body, origins)


def _several_origins(template: str) -> Sequence[str]:
    """Returns the origins that CDK's mapping template allows. There are none in other templates."""
    text = " ".join(template.split())
    if not (text.startswith(_FIRST) and text.endswith(_LAST)):
        return ()
    found = [_COMPARISON.fullmatch(one) for one in text[len(_FIRST) : -len(_LAST)].split(" || ")]
    return tuple(one[1] for one in found if one is not None) if all(found) else ()


def _authorizer(api: RestAPI, method: Method) -> definitions.Authorizer | None:
    kind = method.authorization_type
    if kind in (None, "", "NONE"):
        return None
    if kind == "AWS_IAM":
        return UncheckedAuthorizer("AWS_IAM")
    authorizer = api.authorizers.get(method.authorizer_id or "")
    if authorizer is None or authorizer.type == "COGNITO_USER_POOLS":
        return UncheckedAuthorizer("COGNITO_USER_POOLS")
    return _lambda_authorizer(authorizer)


def _lambda_authorizer(authorizer: Authorizer) -> LambdaAuthorizer:
    sources = [one.strip() for one in (authorizer.identity_source or "").split(",") if one.strip()]
    ttl = authorizer.authorizer_result_ttl
    return LambdaAuthorizer(
        authorizer.id or "", function_of(authorizer.authorizer_uri) or "", cast("Any", authorizer.type), "1.0", tuple(sources),
        limits.AUTHORIZER_TTL_SECONDS if ttl is None else int(ttl),
        validation_expression=authorizer.identity_validation_expression or None,
        credentials_arn=authorizer.authorizer_credentials or None,
    )  # fmt: skip
