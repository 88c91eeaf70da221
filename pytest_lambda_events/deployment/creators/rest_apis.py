"""REST APIs: `AWS::ApiGateway` (HTP-70)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...templates.texts import as_text, json_text
from ..created import Created, Made
from ..making import Making
from .api_bodies import BODY, body_of
from .changes import differs, gone_and_new
from .created_type import CreatedType, Values

_SERVICE = "apigateway"
_INERT = (
    "ApiKeySourceType", "CloneFrom", "EndpointAccessMode", "EndpointConfiguration", "FailOnWarnings",
    "MinimumCompressionSize", "Mode", "Parameters", "Policy", "SecurityPolicy", "Tags",
)  # fmt: skip
_CHECKS = ("ApiKeyRequired", "RequestModels", "RequestParameters", "RequestValidatorId")
_METHOD = ("RestApiId", "ResourceId", "HttpMethod")
_DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
_NOT_IN_INTEGRATION = ("IntegrationResponses", "IntegrationHttpMethod", "CacheKeyParameters", "CacheNamespace")


def _create_api(making: Making) -> Made:
    """Creates a REST API from its properties, and from its OpenAPI definition."""
    body = body_of(making) or {}
    title = (body.get("info") or {}).get("title")
    answer = making.call(
        _SERVICE, "CreateRestApi",
        {
            "name": making.get("Name") or title or making.logical_id, "description": making.get("Description"),
            "disableExecuteApiEndpoint": making.get("DisableExecuteApiEndpoint"),
        },
    )  # fmt: skip
    api_id, root_id = answer["id"], answer["rootResourceId"]
    making.undo(_SERVICE, "DeleteRestApi", {"restApiId": api_id})
    if body:
        _import(making, api_id, body)
    _set_binary_types(making, api_id, (), making.get("BinaryMediaTypes"))
    return Made(api_id, {"RestApiId": api_id, "RootResourceId": root_id}, api_id)


def _set_binary_types(making: Making, api_id: str, before: Iterable[str] | None, types: Iterable[str] | None) -> None:
    gone, new = gone_and_new(before, types)
    for op, changed in (("remove", gone), ("add", new)):
        # Templates may have the slash as ~1 already.
        paths = [f"/binaryMediaTypes/{one.replace('/', '~1')}" for one in changed]
        _patch(making, "UpdateRestApi", {"restApiId": api_id}, ((path, None) for path in paths), op)


def _change_api(making: Making, before: Created) -> Made:
    """Changes the settings of a REST API, and imports its definition again."""
    api_id, body = str(before.made.ref), body_of(making)
    if body is not None and differs(making, before, *BODY):
        _import(making, api_id, body)
    settings = {"Name": "/name", "Description": "/description", "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint"}
    changes = [(path, making.get(name)) for name, path in settings.items() if differs(making, before, name)]
    _patch(making, "UpdateRestApi", {"restApiId": api_id}, _texts(making, changes), "replace")
    _set_binary_types(making, api_id, before.properties.get("BinaryMediaTypes"), making.get("BinaryMediaTypes"))
    return before.made


def _texts(making: Making, changes: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yields the values of patch operations as texts, without those that are None."""
    yield from ((path, as_text(value, making.where)) for path, value in changes if value is not None)


def _change_authorizer(making: Making, before: Created) -> Made:
    names = ("Name", "Type", "AuthorizerUri", "AuthorizerCredentials", "AuthorizerResultTtlInSeconds", "IdentitySource",
             "IdentityValidationExpression", "AuthType")  # fmt: skip
    changes = [(f"/{name[:1].lower()}{name[1:]}", making.get(name)) for name in names if differs(making, before, name)]
    key = {"restApiId": making["RestApiId"], "authorizerId": before.made.ref}
    _patch(making, "UpdateAuthorizer", key, _texts(making, changes), "replace")
    return before.made


def _change_stage(making: Making, before: Created) -> Made:
    """Changes the deployment, the variables and the limits of a stage."""
    key = {"restApiId": making["RestApiId"], "stageName": before.made.ref}
    old, new = before.properties.get("Variables") or {}, making.get("Variables") or {}
    changes = [("/deploymentId", making.get("DeploymentId")), *((f"/variables/{name}", value) for name, value in new.items())]
    _patch(making, "UpdateStage", key, _texts(making, changes), "replace")
    _patch(making, "UpdateStage", key, ((f"/variables/{name}", None) for name in old if name not in new), "remove")
    _patch(making, "UpdateStage", key, _throttles(making, making.get("MethodSettings") or ()), "replace")
    return before.made


def _import(making: Making, api_id: str, body: Mapping[str, Any]) -> None:
    text = json_text(body).encode()
    making.call(_SERVICE, "PutRestApi", {"restApiId": api_id, "mode": "overwrite", "body": text})
    if making.get("Name"):
        making.call(
            _SERVICE, "UpdateRestApi",
            {"restApiId": api_id, "patchOperations": [{"op": "replace", "path": "/name", "value": making["Name"]}]},
        )  # fmt: skip


def _patch(
    making: Making, operation: str, key: Mapping[str, Any], changes: Iterable[tuple[str, str | None]], op: str = "add"
) -> None:
    """Changes a resource by patch operations."""
    patches = [{"op": op, "path": path, **({} if value is None else {"value": value})} for path, value in changes]
    if patches:
        making.call(_SERVICE, operation, {**key, "patchOperations": patches})


def _checks(making: Making) -> dict[str, Any]:
    """Notes the checks of requests, which are not simulated. Some frameworks write them also where they are off."""
    making.has_no_effect(name for name in _CHECKS if str(making.get(name) or "").lower() not in ("", "false"))
    return {"authorizationType": making.get("AuthorizationType") or "NONE"}


def _integrate(making: Making, values: Values) -> None:
    """Creates the integration of a method, and its responses."""
    key = {name[:1].lower() + name[1:]: making[name] for name in _METHOD}
    written: Mapping[str, Any] = making.get("Integration") or {}
    if not written:
        return
    settings = {name: value for name, value in written.items() if name not in _NOT_IN_INTEGRATION}
    method = written.get("IntegrationHttpMethod")
    making.apply(_SERVICE, "PutIntegration", {**key, **settings, "integrationHttpMethod": method})
    for response in written.get("IntegrationResponses") or ():
        making.call(_SERVICE, "PutIntegrationResponse", {**key, **response})


def _configure_stage(making: Making, values: Values) -> None:
    """Limits the requests of a stage."""
    key = {"restApiId": making["RestApiId"], "stageName": values["name"]}
    _patch(making, "UpdateStage", key, _throttles(making, making.get("MethodSettings") or ()), "replace")


def _throttles(making: Making, settings: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yields the patch operations of the settings that limit requests."""
    names = {"ThrottlingRateLimit": "throttling/rateLimit", "ThrottlingBurstLimit": "throttling/burstLimit"}
    for one in settings:
        path = as_text(one.get("ResourcePath") or "/*", making.where)
        place = path if path == "/*" else f"/{path.replace('~', '~0').replace('/', '~1')}"
        for name, part in names.items():
            if one.get(name) is not None:
                yield f"{place}/{one.get('HttpMethod') or '*'}/{part}", as_text(one[name], making.where)


def _variables(making: Making) -> dict[str, Any]:
    """Returns the variables of a stage that a deployment creates."""
    described: Mapping[str, Any] = making.get("StageDescription") or {}
    others = [name for name in described if name not in ("Variables", "Description")]
    making.not_applied(f"StageDescription.{name}" for name in others)
    return {"variables": described.get("Variables")}


def _templates(making: Making) -> dict[str, Any]:
    """Leaves out the templates of a gateway response. AWS's own template changes nothing."""
    templates: Mapping[str, Any] = making.get("ResponseTemplates") or {}
    if any("".join(str(one).split()) != _DEFAULT_TEMPLATE for one in templates.values()):
        making.not_applied(["ResponseTemplates"])
    return {}


def _part(operation: str, ref: str, **more: Any) -> CreatedType:
    """Returns how a part of an API is created."""
    return CreatedType(_SERVICE, operation, ref=ref, belongs_to="RestApiId", or_placeholder=True, **more)


_ID = "{answer[id]}"
_API = {"restApiId": "{given[RestApiId]}"}
REST_APIS: Mapping[str, CreatedType] = {
    "AWS::ApiGateway::RestApi": CreatedType(
        _SERVICE, "CreateRestApi", create=_create_api, attributes={"RestApiId": "", "RootResourceId": ""}, elsewhere=BODY,
        not_applied=_INERT, change=_change_api,
    ),
    "AWS::ApiGateway::Authorizer": _part(
        "CreateAuthorizer", _ID, attributes={"AuthorizerId": _ID}, change=_change_authorizer, fixed=("RestApiId",),
        undo=("DeleteAuthorizer", {**_API, "authorizerId": _ID}),
    ),
    "AWS::ApiGateway::Deployment": _part(
        "CreateDeployment", _ID, attributes={"DeploymentId": _ID}, elsewhere=("StageDescription",), before=_variables,
        not_applied=("DeploymentCanarySettings",), undo=("DeleteDeployment", {**_API, "deploymentId": _ID}),
    ),
    "AWS::ApiGateway::GatewayResponse": _part(
        "PutGatewayResponse", "{name}", attributes={"Id": "{name}"}, elsewhere=("ResponseTemplates",), before=_templates,
        is_put=True, fixed=("RestApiId", "ResponseType"),
        undo=("DeleteGatewayResponse", {**_API, "responseType": "{given[ResponseType]}"}),
    ),
    "AWS::ApiGateway::Method": _part(
        "PutMethod", "{name}", elsewhere=("Integration", "MethodResponses", *_CHECKS), before=_checks, after=_integrate,
        is_put=True, fixed=_METHOD,
        undo=("DeleteMethod",
              {**_API, "resourceId": "{given[ResourceId]}", "httpMethod": "{given[HttpMethod]}"}),
    ),
    "AWS::ApiGateway::Resource": _part(
        "CreateResource", _ID, attributes={"ResourceId": _ID},
        undo=("DeleteResource", {**_API, "resourceId": _ID}),
    ),
    "AWS::ApiGateway::Stage": _part(
        "CreateStage", "{name}", name="StageName", elsewhere=("MethodSettings",), after=_configure_stage,
        change=_change_stage, fixed=("RestApiId",),
        not_applied=("AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "ClientCertificateId",
                     "DocumentationVersion", "Tags", "TracingEnabled"),
        undo=("DeleteStage", {**_API, "stageName": "{name}"}),
    ),
}  # fmt: skip
"""REST APIs and their parts."""
