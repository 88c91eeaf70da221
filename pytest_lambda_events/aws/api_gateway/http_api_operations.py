"""What moto's API Gateway v2 lacks: deployments, quick create, imports with extensions, and AWS's checks (HTP-49)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from moto.apigateway import urls as rest_urls
from moto.apigateway.utils import deserialize_body
from moto.apigatewayv2 import urls
from moto.apigatewayv2.exceptions import APIGatewayV2Error, BadRequestException
from moto.apigatewayv2.models import Api, ApiGatewayV2Backend
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.moto_api._internal import mock_random

from ... import limits
from ...http.definitions import DEFAULT_ROUTE, DEFAULT_STAGE
from ...patching import Patch
from ...simulation.clock import VirtualClock
from ..repairs import patched
from .api_definitions import ApiDefinitions
from .changes import noting_changes
from .function_uris import function_of
from .http_apis import routes_of
from .openapi import Definition, Operation, Scheme

_Answer = tuple[int, dict[str, str], str]
_ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 6
_API_ID_LENGTH = 10
"""API Gateway gives this length to the ids of all its APIs. moto has 8 letters for those of v2."""
_LONGEST_TTL = 3600
_ROUTE_KEY = re.compile(r"(?:ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /(?!\S*\+\}/)\S*")
"""The route keys of HTTP APIs, except `$default`. A greedy path variable is the last part (HTP-3C)."""
_STAGE_MEMBERS = {
    "autoDeploy": "auto_deploy", "description": "description", "defaultRouteSettings": "default_route_settings",
    "routeSettings": "route_settings", "stageVariables": "stage_variables", "accessLogSettings": "access_log_settings",
    "clientCertificateId": "client_certificate_id",
}  # fmt: skip
_API_SETTINGS = (
    "api_key_selection_expression", "cors_configuration", "description", "disable_schema_validation",
    "disable_execute_api_endpoint", "route_selection_expression", "version",
)  # fmt: skip
_DEPLOYMENTS = "{0}/v2/apis/(?P<api_id>[^/]+)/deployments"


@contextmanager
def http_apis_served(definitions: ApiDefinitions, operations: HttpApiOperations) -> Iterator[None]:
    """Completes moto's HTTP APIs while a simulated AWS is open."""
    with patched(operations.patches()), noting_changes(ApiGatewayV2Backend, definitions.changed):
        yield


class _ConflictException(APIGatewayV2Error):
    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)


class _NotFoundException(APIGatewayV2Error):
    code = 404

    def __init__(self, message: str) -> None:
        super().__init__("NotFoundException", message)


class HttpApiOperations:
    """The operations that replace those of moto, or that moto does not have."""

    def __init__(self, definitions: ApiDefinitions, clock: VirtualClock) -> None:
        self._definitions = definitions
        self._clock = clock
        self._deployments: WeakKeyDictionary[Api, dict[str, dict[str, Any]]] = WeakKeyDictionary()

    def patches(self) -> Iterator[Patch]:
        """Yields the patches of moto."""
        for name in (
            "import_api", "create_deployment", "get_deployments", "get_deployment", "delete_deployment", "update_stage",
            "get_authorizers",
        ):  # fmt: skip
            yield ApiGatewayV2Response, name, _as_method(getattr(self, name))
        yield ApiGatewayV2Response, "create_api", self._quick_create(ApiGatewayV2Response.create_api)
        yield ApiGatewayV2Backend, "create_api", _checked_cors(ApiGatewayV2Backend.create_api)
        yield ApiGatewayV2Backend, "update_api", _checked_cors(ApiGatewayV2Backend.update_api)
        yield ApiGatewayV2Backend, "create_authorizer", _checked_authorizer(ApiGatewayV2Backend.create_authorizer)
        for name in ("create_integration", "update_integration"):
            yield ApiGatewayV2Backend, name, _checked_integration(getattr(ApiGatewayV2Backend, name))
        for name in ("create_route", "update_route"):
            yield ApiGatewayV2Backend, name, _checked_route(getattr(ApiGatewayV2Backend, name))
        yield Api, "import_api", _import
        yield Api, "__init__", _with_long_id(Api.__init__)
        paths = {f"{_DEPLOYMENTS}{end}": ApiGatewayV2Response.dispatch for end in ("$", "/(?P<deployment_id>[^/]+)$")}
        yield urls, "url_paths", {**urls.url_paths, **paths}
        # moto finds the URLs of both services in those of REST APIs.
        yield rest_urls, "url_paths", {**rest_urls.url_paths, **paths}

    def import_api(self, response: ApiGatewayV2Response) -> _Answer:
        """Creates an API from an OpenAPI definition."""
        body = json.loads(response.body)["body"]
        backend = response.apigatewayv2_backend
        settings: dict[str, Any] = dict.fromkeys(_API_SETTINGS)
        api = backend.create_api(**{**settings, "name": "", "protocol_type": "HTTP", "tags": {}})
        backend.reimport_api(api.api_id, body, fail_on_warnings=False)
        return 201, {}, json.dumps(api.to_json())

    def create_deployment(self, response: ApiGatewayV2Response) -> _Answer:
        """Deploys the current routes, to a stage if the call names one (HTP-3E)."""
        api = response.apigatewayv2_backend.get_api(_part(response, -2))
        given = json.loads(response.body or "{}")
        stage_name = given.get("stageName")
        stage = None if stage_name is None else api.get_stage(stage_name)
        deployment_id = _identifier(_ID_LENGTH)
        shown = {
            "deploymentId": deployment_id, "deploymentStatus": "DEPLOYED", "autoDeployed": False,
            "createdDate": f"{self._clock.now:%Y-%m-%dT%H:%M:%SZ}", "description": given.get("description"),
        }  # fmt: skip
        self._deployments.setdefault(api, {})[deployment_id] = shown
        self._definitions.deployments_of(api)[deployment_id] = routes_of(api)
        if stage is not None:
            stage.config["deploymentId"] = deployment_id
        self._definitions.changed()
        return 201, {}, json.dumps(shown)

    def get_deployments(self, response: ApiGatewayV2Response) -> _Answer:
        """Returns all deployments of an API."""
        api = response.apigatewayv2_backend.get_api(_part(response, -2))
        return 200, {}, json.dumps({"items": list(self._deployments.get(api, {}).values())})

    def get_deployment(self, response: ApiGatewayV2Response) -> _Answer:
        """Returns one deployment."""
        api = response.apigatewayv2_backend.get_api(_part(response, -3))
        return 200, {}, json.dumps(self._found(api, _part(response, -1)))

    def delete_deployment(self, response: ApiGatewayV2Response) -> _Answer:
        """Deletes a deployment that no stage uses."""
        api, deployment_id = response.apigatewayv2_backend.get_api(_part(response, -3)), _part(response, -1)
        self._found(api, deployment_id)
        if any(stage.config.get("deploymentId") == deployment_id for stage in api.stages.values()):
            raise BadRequestException("Active stages pointing to this deployment must be moved or deleted")
        del self._deployments[api][deployment_id]
        del self._definitions.deployments_of(api)[deployment_id]
        return 204, {}, ""

    def update_stage(self, response: ApiGatewayV2Response) -> _Answer:
        """Changes the settings that the call has."""
        api = response.apigatewayv2_backend.get_api(_part(response, -3))
        stage = api.get_stage(unquote(_part(response, -1)))
        given = json.loads(response.body)
        deployment_id = given.get("deploymentId")
        if deployment_id is not None:
            self._found(api, deployment_id)
        for member, attribute in _STAGE_MEMBERS.items():
            if given.get(member) is not None:
                setattr(stage, attribute, given[member])
        stage.config.update(given)
        self._definitions.changed()
        return 200, {}, json.dumps(stage.to_json())

    def get_authorizers(self, response: ApiGatewayV2Response) -> _Answer:
        """Returns all authorizers of an API."""
        api = response.apigatewayv2_backend.get_api(_part(response, -2))
        return 200, {}, json.dumps({"items": [one.to_json() for one in api.authorizers.values()]})

    def _found(self, api: Api, deployment_id: str) -> dict[str, Any]:
        shown = self._deployments.get(api, {}).get(deployment_id)
        if shown is None:
            raise _NotFoundException(f"Invalid Deployment identifier specified {deployment_id}")
        return shown

    def _quick_create(self, original: Callable[[ApiGatewayV2Response], Any]) -> Callable[[ApiGatewayV2Response], Any]:
        """Creates the stage, the route and the integration of an API that names a target."""

        def create_api(response: ApiGatewayV2Response) -> Any:
            given = json.loads(response.body)
            answer = original(response)
            if given.get("target"):
                api = response.apigatewayv2_backend.get_api(json.loads(answer[2])["apiId"])
                _connect(api, given)
                self._definitions.changed()
            return answer

        return create_api


def _connect(api: Api, given: Mapping[str, Any]) -> None:
    is_function = function_of(given["target"]) is not None
    integration = api.create_integration(
        connection_type="INTERNET", description="", integration_uri=given["target"],
        integration_method="POST" if is_function else "ANY", integration_type="AWS_PROXY" if is_function else "HTTP_PROXY",
        payload_format_version="2.0" if is_function else "1.0", credentials_arn=given.get("credentialsArn"),
    )  # fmt: skip
    api.create_route(
        api_key_required=False, authorization_scopes=[], route_key=given.get("routeKey") or DEFAULT_ROUTE,
        target=f"integrations/{integration.id}", authorization_type="NONE",
    )  # fmt: skip
    api.create_stage({"stageName": DEFAULT_STAGE, "autoDeploy": True})


def _as_method(operation: Callable[[ApiGatewayV2Response], _Answer]) -> Callable[[ApiGatewayV2Response], _Answer]:
    return lambda response: operation(response)


def _part(response: ApiGatewayV2Response, index: int) -> str:
    return str(response.path.rstrip("/").split("/")[index])


def _with_long_id(create: Callable[..., None]) -> Callable[..., None]:
    """Returns moto's constructor of an API, whose id is as long as on AWS."""

    def created(api: Api, *positional: Any, tags: Any, **given: Any) -> None:
        create(api, *positional, tags={}, **given)
        short, api.api_id = api.api_id, _identifier(_API_ID_LENGTH)
        api.api_endpoint, api.arn = (text.replace(short, api.api_id) for text in (api.api_endpoint, api.arn))
        api.backend.tag_resource(api.arn, tags)

    return created


def _identifier(length: int) -> str:
    return "".join(mock_random.choice(_ID_CHARACTERS) for _ in range(length))


def _checked_authorizer(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_authorizer(backend: ApiGatewayV2Backend, api_id: str, *positional: Any, **given: Any) -> Any:
        if backend.get_api(api_id).protocol_type == "HTTP":
            check_authorizer(given)
        return original(backend, api_id, *positional, **given)

    return create_authorizer


def check_authorizer(given: Mapping[str, Any]) -> None:
    """Raises 400 for an authorizer that AWS refuses for an HTTP API (HTP-49)."""
    kind, version = given["authorizer_type"], given["auth_payload_format_version"]
    if kind not in ("JWT", "REQUEST"):
        raise BadRequestException("Invalid authorizer type. Only JWT authorizer type is supported on HTTP protocol Apis.")
    ttl = given["auth_result_ttl"]
    if kind == "JWT":
        return
    if not version:
        raise BadRequestException("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if version not in ("1.0", "2.0"):
        raise BadRequestException(f"AuthorizerPayloadFormatVersion {version} is not supported")
    if given["enable_simple_response"] and version != "2.0":
        raise BadRequestException('EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".')
    if ttl is not None and not 0 <= int(ttl) <= _LONGEST_TTL:
        raise BadRequestException(
            f"Authorizer result TTL outside allowable range. TTL must be between 0 and {_LONGEST_TTL} seconds."
        )
    if ttl and not given["identity_source"]:
        raise BadRequestException("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")


def _checked_integration(original: Callable[..., Any]) -> Callable[..., Any]:
    def with_integration(backend: ApiGatewayV2Backend, api_id: str, **given: Any) -> Any:
        if backend.get_api(api_id).protocol_type == "HTTP":
            _check_integration(given)
        return original(backend, api_id=api_id, **given)

    return with_integration


def _check_integration(given: Mapping[str, Any]) -> None:
    is_proxy = given["integration_type"] == "AWS_PROXY" and not given.get("integration_subtype")
    version = given.get("payload_format_version")
    if is_proxy and "integration_id" not in given and not version:
        raise BadRequestException("PayloadFormatVersion is a required parameter for AWS_PROXY integration")
    if version and version not in ("1.0", "2.0"):
        raise BadRequestException(f"PayloadFormatVersion {version} is not supported")
    least, most = limits.SHORTEST_INTEGRATION_TIMEOUT_MILLISECONDS, limits.HTTP_API_TIMEOUT_MILLISECONDS
    if not least <= int(given.get("timeout_in_millis") or most) <= most:
        raise BadRequestException(f"Timeout should be between {least} ms and {most} ms")


def _checked_route(original: Callable[..., Any]) -> Callable[..., Any]:
    def with_route(backend: ApiGatewayV2Backend, api_id: str, **given: Any) -> Any:
        _check_route(backend.get_api(api_id), given["route_key"], given.get("route_id"))
        return original(backend, api_id=api_id, **given)

    return with_route


def _check_route(api: Api, key: str | None, route_id: str | None) -> None:
    """Raises 400 or 409 for the key of a new or changed route. `route_id` is None for a new one."""
    if key is None:
        return
    if api.protocol_type == "HTTP" and key != DEFAULT_ROUTE and _ROUTE_KEY.fullmatch(key) is None:
        raise BadRequestException(
            "The provided route key is not formatted properly for HTTP protocol. "
            'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    routes = cast("Mapping[str, Any]", api.routes).values()
    if any(route.route_key == key and route.route_id != route_id for route in routes):
        raise _ConflictException(f"Route with key {key} already exists for this API")


def _checked_cors(original: Callable[..., Any]) -> Callable[..., Any]:
    def with_cors(backend: ApiGatewayV2Backend, *positional: Any, **given: Any) -> Any:
        _check_cors(given.get("cors_configuration") or {})
        return original(backend, *positional, **given)

    return with_cors


def _check_cors(cors: Mapping[str, Any]) -> None:
    """Raises 400 for credentials with `*` (HTP-3T)."""
    if cors.get("allowCredentials") and any("*" in (cors.get(name) or ()) for name in _WITH_CREDENTIALS):
        raise BadRequestException("Allow-Credentials is not supported with the wildcard * in origins, methods or headers")


_WITH_CREDENTIALS = ("allowOrigins", "allowMethods", "allowHeaders")


def _import(api: Api, body: str, fail_on_warnings: bool) -> None:
    """Replaces moto's import: with authorizers, default routes, CORS and the settings of integrations (HTP-70)."""
    definition = Definition(deserialize_body(body))
    api.routes.clear()
    api.integrations.clear()
    api.authorizers.clear()
    ids = {scheme.name: _create_authorizer(api, scheme) for scheme in definition.schemes()}
    for operation in definition.operations():
        _create_route(api, operation, ids)
    api.name = definition.title or api.name
    api.version = definition.version or api.version
    api.description = definition.description or api.description
    if definition.cors is not None:
        _check_cors(definition.cors)
        api.cors_configuration = cast("Any", definition.cors)


def _create_authorizer(api: Api, scheme: Scheme) -> str:
    settings = scheme.settings
    source = settings.get("identitySource")
    sources = [one.strip() for one in source.split(",")] if isinstance(source, str) else source
    given = {
        "auth_creds_arn": settings.get("authorizerCredentials"),
        "auth_payload_format_version": _version(settings.get("authorizerPayloadFormatVersion")),
        "auth_result_ttl": settings.get("authorizerResultTtlInSeconds"),
        "authorizer_type": str(settings.get("type")).upper(), "authorizer_uri": settings.get("authorizerUri"),
        "enable_simple_response": settings.get("enableSimpleResponses"), "identity_source": sources,
        "identity_validation_expr": settings.get("identityValidationExpression"),
        "jwt_config": settings.get("jwtConfiguration"), "name": scheme.name,
    }  # fmt: skip
    check_authorizer(given)
    return str(api.create_authorizer(**cast("Any", given)).id)


def _create_route(api: Api, operation: Operation, authorizers: Mapping[str, str]) -> None:
    written = operation.integration
    if written is None:
        return
    integration = api.create_integration(
        connection_type=written.get("connectionType") or "INTERNET", description=str(written.get("description") or ""),
        integration_method=cast("Any", written.get("httpMethod")), integration_type=str(written.get("type")).upper(),
        integration_uri=cast("Any", written.get("uri")), credentials_arn=written.get("credentials"),
        payload_format_version=_version(written.get("payloadFormatVersion")),
        integration_subtype=written.get("subtype"), timeout_in_millis=written.get("timeoutInMillis"),
        connection_id=written.get("connectionId"),
    )  # fmt: skip
    key = DEFAULT_ROUTE if operation.is_default else f"{operation.method} {operation.path}"
    authorizer_id = None if operation.authorizer is None else authorizers.get(operation.authorizer)
    api.create_route(
        api_key_required=False, authorization_scopes=list(operation.scopes), route_key=key,
        target=f"integrations/{integration.id}", authorization_type=operation.authorization_type, authorizer_id=authorizer_id,
    )  # fmt: skip


def _version(written: Any) -> str | None:
    """Returns a version of the payload as text. YAML reads 2.0 as a number."""
    return None if written is None else str(written)
