"""What moto's REST APIs lack: imports with extensions, deployed resources, binary media types (HTP-23, HTP-2E, HTP-70)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.models import APIGatewayBackend, Authorizer, Deployment, Resource, RestAPI
from moto.apigateway.responses import APIGatewayResponse
from moto.apigateway.utils import (
    ApigwAuthorizerIdentifier,
    ApigwDeploymentIdentifier,
    ApigwIdentifier,
    ApigwResourceIdentifier,
)

from ... import limits
from ...patching import Patch
from ..repairs import patched
from .api_definitions import ApiDefinitions
from .changes import noting_changes
from .openapi import Definition, Operation, Scheme
from .rest_apis import routes_of

_BINARY = "/binaryMediaTypes/"
_WITH_AUTHORIZER = ("CUSTOM", "COGNITO_USER_POOLS")
_MODES = ("merge", "overwrite")
_ROOT, _LONG_ID, _SHORT_ID = "./", 10, 6


@contextmanager
def rest_apis_served(definitions: ApiDefinitions) -> Iterator[None]:
    """Completes moto's REST APIs while a simulated AWS is open."""
    with patched(_patches(definitions)), noting_changes(APIGatewayBackend, definitions.changed):
        yield


def _patches(definitions: ApiDefinitions) -> Iterator[Patch]:
    for kind in (ApigwDeploymentIdentifier, ApigwAuthorizerIdentifier, ApigwResourceIdentifier):
        yield kind, "generate", _shorter(kind.generate)
    yield RestAPI, "update_integration_mocks", _answer_nothing
    yield RestAPI, "create_deployment", _deploying(RestAPI.create_deployment, definitions)
    yield RestAPI, "create_authorizer", _with_expression(RestAPI.create_authorizer)
    yield RestAPI, "apply_patch_operations", _with_read_values(RestAPI.apply_patch_operations)
    yield APIGatewayResponse, "create_rest_api", _with_given_types(APIGatewayResponse.create_rest_api)
    yield APIGatewayResponse, "put_method", _checked_method(APIGatewayResponse.put_method)
    yield APIGatewayBackend, "put_rest_api", _put_rest_api
    yield APIGatewayBackend, "import_rest_api", _import_rest_api
    yield APIGatewayBackend, "put_integration", _checked_integration(APIGatewayBackend.put_integration)


def _shorter(original: Callable[..., str]) -> Callable[..., str]:
    """Returns ids as long as those of API Gateway: six characters, and ten for the resource of the path `/` (HTP-10)."""

    def generate(identifier: ApigwIdentifier, *positional: Any, **keywords: Any) -> str:
        found = original(identifier, *positional, **keywords)
        is_root = isinstance(identifier, ApigwResourceIdentifier) and identifier.name == _ROOT
        return found if is_root or len(found) != _LONG_ID else found[:_SHORT_ID]

    return generate


def _answer_nothing(api: RestAPI, stage_name: str) -> None:
    """Replaces what lets moto answer requests to the API."""


def _deploying(original: Callable[..., Deployment], definitions: ApiDefinitions) -> Callable[..., Deployment]:
    def create_deployment(api: RestAPI, *positional: Any, **keywords: Any) -> Deployment:
        deployment = original(api, *positional, **keywords)
        definitions.deployments_of(api)[deployment.id] = routes_of(api)
        return deployment

    return create_deployment


def _with_expression(original: Callable[..., Authorizer]) -> Callable[..., Authorizer]:
    """Keeps the validation expression of an authorizer, whose name is misspelled in moto."""

    def create_authorizer(api: RestAPI, *positional: Any, **given: Any) -> Authorizer:
        authorizer = original(api, *positional, **given)
        authorizer.identity_validation_expression = given.get("identiy_validation_expression")
        return authorizer

    return create_authorizer


def _with_read_values(original: Callable[..., None]) -> Callable[..., None]:
    """Reads the media types of patch operations, which are a part of the path, and booleans, which are text."""

    def apply_patch_operations(api: RestAPI, patch_operations: list[dict[str, Any]]) -> None:
        for one in patch_operations:
            if one["path"] == "/disableExecuteApiEndpoint":
                api.disableExecuteApiEndpoint = str(one.get("value")).lower() == "true"
                continue
            if not one["path"].startswith(_BINARY):
                original(api, [one])
                continue
            media_type = one["path"].removeprefix(_BINARY).replace("~1", "/")
            kept = [known for known in api.binaryMediaTypes if known != media_type]
            added = {"add": [media_type], "replace": [one.get("value")], "remove": []}[one["op"]]
            api.binaryMediaTypes = [*kept, *added]

    return apply_patch_operations


def _with_given_types(original: Callable[[APIGatewayResponse], Any]) -> Callable[[APIGatewayResponse], Any]:
    """Stores the binary media types of a new API."""

    def create_rest_api(response: APIGatewayResponse) -> Any:
        types = response._get_param("binaryMediaTypes")
        if not types:
            return original(response)
        status, headers, body = original(response)
        api_id = json.loads(body).get("id")
        if api_id is None:
            return status, headers, body
        api = response.backend.get_rest_api(api_id)
        api.binaryMediaTypes = types
        return status, headers, json.dumps(api.to_dict())

    return create_rest_api


def _checked_method(original: Callable[[APIGatewayResponse], Any]) -> Callable[[APIGatewayResponse], Any]:
    def put_method(response: APIGatewayResponse) -> Any:
        api = response.backend.get_rest_api(response.path.split("/")[2])
        needs_one = response._get_param("authorizationType") in _WITH_AUTHORIZER
        if needs_one and response._get_param("authorizerId") not in api.authorizers:
            raise BadRequestException(
                "Invalid authorizer ID specified. "
                "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
            )
        return original(response)

    return put_method


def _checked_integration(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_integration(backend: APIGatewayBackend, *positional: Any, **given: Any) -> Any:
        timeout, least = given.get("timeout_in_millis"), limits.SHORTEST_INTEGRATION_TIMEOUT_MILLISECONDS
        if timeout is not None and int(timeout) < least:
            raise BadRequestException(f"Timeout should be between {least} ms and {limits.REST_API_TIMEOUT_MILLISECONDS} ms")
        return original(backend, *positional, **given)

    return put_integration


def _import_rest_api(backend: APIGatewayBackend, api_doc: dict[str, Any], fail_on_warnings: bool) -> RestAPI:
    """Creates a REST API from an OpenAPI definition."""
    definition = Definition(api_doc)
    if definition.title is None:
        raise BadRequestException("Unable to create API: The title of the API is missing")
    api = backend.create_rest_api(definition.title, definition.description)
    return backend.put_rest_api(api.id, api_doc, fail_on_warnings)


def _put_rest_api(
    backend: APIGatewayBackend, function_id: str, api_doc: dict[str, Any], fail_on_warnings: bool, mode: str = "merge"
) -> RestAPI:
    """Replaces moto's import, which has neither Swagger 2.0 nor authorizers."""
    if mode not in _MODES:
        raise BadRequestException('Enumeration value of OpenAPI import mode must be "overwrite" or "merge".')
    api, definition = backend.get_rest_api(function_id), Definition(api_doc)
    if mode == "overwrite":
        for resource_id in [one.id for one in api.resources.values() if one.parent_id]:
            del api.resources[resource_id]
        api.default.resource_methods.clear()
        api.authorizers.clear()
    ids = {scheme.name: _create_authorizer(backend, api, scheme) for scheme in definition.schemes()}
    for path in definition.paths:
        _resource(api, path)
    for operation in definition.operations():
        _put_method(backend, api, operation, ids)
    if definition.binary_media_types is not None:
        api.binaryMediaTypes = list(definition.binary_media_types)
    for kind, written in definition.gateway_responses.items():
        code = written.get("statusCode")
        api.put_gateway_response(
            kind, cast("Any", None if code is None else int(code)), dict(written.get("responseParameters") or {}),
            dict(written.get("responseTemplates") or {}),
        )  # fmt: skip
    api.name = definition.title or api.name
    api.description = definition.description or api.description
    return api


def _resource(api: RestAPI, path: str) -> Resource:
    """Returns the resource of a path. Resources that do not exist are created."""
    resource = api.default
    for part in filter(None, path.split("/")):
        children = (one for one in api.resources.values() if one.parent_id == resource.id and one.path_part == part)
        resource = next(children, None) or api.add_child(part, resource.id)
    return resource


def _create_authorizer(backend: APIGatewayBackend, api: RestAPI, scheme: Scheme) -> str:
    settings = scheme.settings
    kind = str(settings.get("type")).upper()
    sources = settings.get("identitySource") or (f"method.request.header.{scheme.header}" if kind == "TOKEN" else None)
    known = next((one for one in api.authorizers.values() if one.name == scheme.name), None)
    made = backend.create_authorizer(
        api.id, scheme.name, kind, provider_arns=settings.get("providerARNs"), auth_type=None,
        authorizer_uri=settings.get("authorizerUri"), authorizer_credentials=settings.get("authorizerCredentials"),
        identity_source=sources, identiy_validation_expression=settings.get("identityValidationExpression"),
        authorizer_result_ttl=settings.get("authorizerResultTtlInSeconds", limits.AUTHORIZER_TTL_SECONDS),
    )  # fmt: skip
    if known is not None:
        # Methods that are not in the definition keep their authorizer.
        del api.authorizers[str(made.id)]
        made.id = known.id
        api.authorizers[str(made.id)] = made
    return str(made.id)


def _put_method(backend: APIGatewayBackend, api: RestAPI, operation: Operation, authorizers: Mapping[str, str]) -> None:
    resource = _resource(api, operation.path)
    authorizer_id = None if operation.authorizer is None else authorizers.get(operation.authorizer)
    resource.add_method(
        operation.method, operation.authorization_type, operation.needs_key, authorizer_id=authorizer_id,
        authorization_scopes=list(operation.scopes) or None,
    )  # fmt: skip
    written = operation.integration
    if written is None:
        return
    arguments = backend._build_integration_args({**written, "type": str(written.get("type")).upper()})
    integration = resource.add_integration(operation.method, **cast("Any", arguments))
    for one in backend._build_integration_responses_args(dict(written)):
        integration.create_integration_response(**one)
