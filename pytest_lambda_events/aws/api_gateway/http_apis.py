"""Reads HTTP APIs from moto's state (HTP-3A to 3U, HTP-46 to 48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from moto.apigatewayv2.models import Api, Authorizer, Stage

from ...http import definitions
from ...http.definitions import (
    ANY,
    DEFAULT_ROUTE,
    HttpApiDefinition,
    LambdaAuthorizer,
    LambdaIntegration,
    OtherIntegration,
    PayloadVersion,
    Route,
    UncheckedAuthorizer,
)
from .function_uris import function_of
from .settings import cors_of, throttle_of

Deployments = Mapping[str, Sequence[Route]]
"""The routes of each deployment, by its id."""


def http_api_of(api: Any, account_id: str, region_name: str, deployments: Deployments) -> HttpApiDefinition:
    """Returns the definition of an HTTP API."""
    routes = routes_of(api)
    stages = [_stage(stage, routes if stage.auto_deploy else _deployed(stage, deployments)) for stage in api.stages.values()]
    return HttpApiDefinition(
        api.api_id, api.name, account_id, region_name, {stage.name: stage for stage in stages}, cors_of(api.cors_configuration)
    )


def routes_of(api: Api) -> Sequence[Route]:
    """Returns the current routes of an API that have an integration."""
    found = []
    for route in cast("Mapping[str, Any]", api.routes).values():
        integration = api.integrations.get((route.target or "").rpartition("/")[2])
        if integration is not None:
            method, _, path = route.route_key.partition(" ")
            authorizer = _authorizer(api, route)
            if not path:
                method, path = ANY, DEFAULT_ROUTE
            found.append(Route(method, path, _integration(integration), authorizer))
    return tuple(found)


def _stage(stage: Any, routes: Sequence[Route]) -> definitions.Stage:
    throttles = {key: throttle for key, one in stage.route_settings.items() if (throttle := throttle_of(one)) is not None}
    variables = {str(name): str(value) for name, value in (stage.stage_variables or {}).items()}
    deployment_id = stage.config.get("deploymentId") or ""
    return definitions.Stage(
        stage.name, routes, variables, throttle_of(stage.default_route_settings), throttles, deployment_id
    )


def _deployed(stage: Stage, deployments: Deployments) -> Sequence[Route]:
    return deployments.get(stage.config.get("deploymentId") or "", ())


def _integration(integration: Any) -> definitions.Integration:
    function_arn = function_of(integration.integration_uri)
    if integration.integration_type != "AWS_PROXY" or integration.integration_subtype or function_arn is None:
        kind = integration.integration_subtype or integration.integration_type
        return OtherIntegration(kind, integration.integration_uri or "")
    return LambdaIntegration(
        function_arn, cast("PayloadVersion", integration.payload_format_version or "1.0"), integration.timeout_in_millis,
        integration.credentials_arn,
    )  # fmt: skip


def _authorizer(api: Api, route: Any) -> definitions.Authorizer | None:
    if route.authorization_type in (None, "", "NONE"):
        return None
    if route.authorization_type == "AWS_IAM":
        return UncheckedAuthorizer("AWS_IAM")
    authorizer = api.authorizers.get(route.authorizer_id or "")
    if authorizer is None or authorizer.authorizer_type == "JWT":
        return UncheckedAuthorizer("JWT")
    return _lambda_authorizer(authorizer)


def _lambda_authorizer(authorizer: Authorizer) -> LambdaAuthorizer:
    sources: Any = authorizer.identity_source or ()
    return LambdaAuthorizer(
        authorizer.id, function_of(authorizer.authorizer_uri) or "", "REQUEST",
        cast("PayloadVersion", authorizer.auth_payload_format_version or "2.0"),
        tuple(sources), int(authorizer.auth_result_ttl or 0), has_simple_responses=bool(authorizer.enable_simple_response),
        credentials_arn=authorizer.auth_creds_arn,
    )  # fmt: skip
