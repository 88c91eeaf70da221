"""The handles of REST APIs, HTTP APIs and target groups, and how they are created."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from ..arguments import Kind, alternatives, check_all, shown
from ..errors import LambdaEventsError, hides_frames
from ..http.definitions import (
    DEFAULT_STAGE,
    Definition,
    HttpApiDefinition,
    RestApiDefinition,
    TargetGroupDefinition,
)
from ..http.messages import Request
from ..sources.http.gateway import Answered
from ..values import dataclass
from .api_arguments import (
    API_NAME,
    HTTP_AUTHORIZER,
    HTTP_ROUTES,
    HTTP_SETTINGS,
    REST_AUTHORIZER,
    REST_ROUTES,
    REST_SETTINGS,
    check_route_paths,
)
from .function import Function
from .function_url import CorsSettings, cors_parameter
from .handlers import Handler
from .http_endpoint import HttpEndpoint
from .http_services import HttpServices
from .misuse import reports_misuse

__tracebackhide__ = hides_frames

RouteTarget: TypeAlias = "Function | Handler | str"
"""A function: its handle, its name, its ARN, its handler, or the name of a handler as text."""
ArnOf: TypeAlias = Callable[[RouteTarget], str]
"""Returns the ARN of a route's function, and creates the function of a handler."""


@dataclass(frozen=True, slots=True)
class LambdaAuthorizer:
    """A Lambda authorizer of an API. None is AWS's default."""

    function: RouteTarget
    """The function: its handle, its name, its ARN or its handler."""
    identity_sources: Sequence[str] | None = None
    """What identifies the caller. The default is the header `Authorization`."""
    ttl_seconds: int | None = None
    """How long the API caches a result, in seconds."""
    type: Literal["TOKEN", "REQUEST"] = "REQUEST"
    """AWS's type. HTTP APIs have only `"REQUEST"`."""
    validation_expression: str | None = None
    """For a REST API: a pattern that tokens must match."""
    simple_responses: bool = True
    """For an HTTP API: whether the authorizer returns `{"isAuthorized": True}` instead of a policy."""
    payload: Literal["1.0", "2.0"] = "2.0"
    """For an HTTP API: the format of the authorizer's event. `"1.0"` needs `simple_responses=False`."""


ApiAuthorizer: TypeAlias = "LambdaAuthorizer | RouteTarget | Mapping[str, Any]"
"""A Lambda authorizer, or the `requestContext.authorizer` of an authorizer that is not simulated."""


class HttpApiSettings(TypedDict, total=False):
    """The settings of an HTTP API."""

    stage: str
    """The name of the stage: `"$default"`."""
    payload: Literal["1.0", "2.0"]
    """The format of the events: `"2.0"`."""
    cors: CorsSettings
    """The CORS configuration. Without it the functions answer preflights."""
    authorizer: ApiAuthorizer
    """The authorizer of all routes: a `LambdaAuthorizer`, or a function that is one. A mapping is the
    `requestContext.authorizer` of a JWT authorizer, such as `{"jwt": {"claims": {"sub": "7"}, "scopes": None}}`."""
    stage_variables: Mapping[str, str]
    """The stage variables."""
    timeout_in_millis: int
    """How long the API waits for a function, in milliseconds: 30,000."""


class RestApiSettings(TypedDict, total=False):
    """The settings of a REST API."""

    stage: str
    """The name of the stage: `"dev"`."""
    binary_media_types: Sequence[str]
    """The media types of bodies that are passed in base64."""
    authorizer: ApiAuthorizer
    """The authorizer of all methods: a `LambdaAuthorizer`, or a function that is one. A mapping is the
    `requestContext.authorizer` of a Cognito authorizer, such as `{"claims": {"sub": "7"}}`."""
    stage_variables: Mapping[str, str]
    """The stage variables."""
    timeout_in_millis: int
    """How long the API waits for a function, in milliseconds: 29,000."""


@reports_misuse
class _Api(HttpEndpoint):
    """An API of API Gateway."""

    def __init__(
        self, services: HttpServices, definition: Definition, stage: str, authorizer: Mapping[str, Any] | None
    ) -> None:
        assert isinstance(definition, (HttpApiDefinition, RestApiDefinition))
        host = f"{definition.api_id}.execute-api.{definition.region_name}.amazonaws.com"
        super().__init__(services, host, "" if stage == DEFAULT_STAGE else f"/{stage}", authorizer)
        self.id = definition.api_id
        """The id of the API."""
        self.name = definition.name
        """The name of the API."""
        self.stage = stage
        """The name of the stage to which requests go."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


@reports_misuse
class HttpApi(_Api):
    """An HTTP API."""

    def delete(self) -> None:
        """Deletes the API."""
        self._services.client("apigatewayv2").delete_api(ApiId=self.id)


@reports_misuse
class RestApi(_Api):
    """A REST API."""

    def delete(self) -> None:
        """Deletes the API."""
        self._services.client("apigateway").delete_rest_api(restApiId=self.id)


@reports_misuse
class TargetGroup(HttpEndpoint):
    """A target group of an Application Load Balancer, whose target is a function."""

    def __init__(self, services: HttpServices, name: str, definition: TargetGroupDefinition) -> None:
        super().__init__(services, f"{name}.{definition.region_name}.elb.amazonaws.com")
        self._definition = definition
        self.name = name
        """The name of the target group."""
        self.arn = definition.arn
        """The ARN of the target group."""

    def _answer(self, request: Request, authorizer: Mapping[str, Any] | None, caller: str | None) -> Answered:
        return self._services.answer(self._definition, request, authorizer, caller)

    def __repr__(self) -> str:
        return f"<TargetGroup {self.name}>"


def api_of(
    services: HttpServices, definition: Definition, stage: str | None = None, authorizer: Mapping[str, Any] | None = None
) -> HttpApi | RestApi:
    """Returns the handle of an API.

    The default stage is `$default`, or the first one. SAM creates a stage `Stage` beside the one of the template, which is
    not chosen.
    """
    assert isinstance(definition, (HttpApiDefinition, RestApiDefinition))
    names = list(definition.stages)
    if stage is None:
        own = [name for name in names if name != "Stage"] or names or [DEFAULT_STAGE]
        stage = DEFAULT_STAGE if DEFAULT_STAGE in names else own[0]
    kind = HttpApi if isinstance(definition, HttpApiDefinition) else RestApi
    return kind(services, definition, stage, authorizer)


def create_http_api(
    services: HttpServices, arn_of: ArnOf, name: str, routes: Mapping[str, RouteTarget], settings: Mapping[str, Any]
) -> HttpApi:
    """Creates an HTTP API with its routes and its stage."""
    _check(name, routes, settings, HTTP_SETTINGS, "An HTTP API", HTTP_ROUTES)
    check_route_paths(routes, ignores_last_slash=False)
    _check_authorizer(settings.get("authorizer"), HTTP_AUTHORIZER, {"validation_expression": None}, "an HTTP API")
    client = services.client("apigatewayv2")
    cors = cors_parameter(settings.get("cors"))
    arns = {key: arn_of(target) for key, target in routes.items()}
    authorization, given = _http_authorization(settings.get("authorizer"), arn_of)
    api_id = client.create_api(Name=name, ProtocolType="HTTP", **({} if cors is None else {"CorsConfiguration": cors}))[
        "ApiId"
    ]
    stage = settings.get("stage", DEFAULT_STAGE)
    timeout = {"TimeoutInMillis": settings["timeout_in_millis"]} if "timeout_in_millis" in settings else {}
    variables = {"StageVariables": dict(settings["stage_variables"])} if "stage_variables" in settings else {}
    try:
        route_settings = authorization(client, api_id)
        integrations: dict[str, str] = {}
        for key, arn in arns.items():
            if arn not in integrations:
                integrations[arn] = client.create_integration(
                    ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn,
                    PayloadFormatVersion=settings.get("payload", "2.0"), **timeout,
                )["IntegrationId"]  # fmt: skip
            client.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{integrations[arn]}", **route_settings)
        client.create_stage(ApiId=api_id, StageName=stage, AutoDeploy=True, **variables)
    except BaseException:
        client.delete_api(ApiId=api_id)
        raise
    definition = services.api(api_id)
    assert isinstance(definition, HttpApiDefinition)
    return HttpApi(services, definition, stage, given)


def create_rest_api(
    services: HttpServices, arn_of: ArnOf, name: str, routes: Mapping[str, RouteTarget], settings: Mapping[str, Any]
) -> RestApi:
    """Creates a REST API with its resources, and deploys it to its stage."""
    _check(name, routes, settings, REST_SETTINGS, "A REST API", REST_ROUTES)
    check_route_paths(routes, ignores_last_slash=True)
    _check_authorizer(settings.get("authorizer"), REST_AUTHORIZER, {"payload": "2.0", "simple_responses": True}, "a REST API")
    client = services.client("apigateway")
    arns = {key: arn_of(target) for key, target in routes.items()}
    authorization, given = _rest_authorization(settings.get("authorizer"), arn_of, client.meta.region_name)
    made = client.create_rest_api(
        name=name, binaryMediaTypes=list(settings.get("binary_media_types", ())),
        endpointConfiguration={"types": ["REGIONAL"]},
    )  # fmt: skip
    api_id, stage = made["id"], settings.get("stage", "dev")
    timeout = {"timeoutInMillis": settings["timeout_in_millis"]} if "timeout_in_millis" in settings else {}
    try:
        method_settings = authorization(client, api_id)
        [root] = client.get_resources(restApiId=api_id)["items"]
        resources = {"": root["id"]}
        for key, arn in arns.items():
            method, _, path = key.partition(" ")
            place = {"restApiId": api_id, "resourceId": _resource(client, api_id, resources, path), "httpMethod": method}
            client.put_method(**place, **method_settings)
            client.put_integration(
                **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=_uri(arn, client.meta.region_name), **timeout
            )  # fmt: skip
        client.create_deployment(restApiId=api_id, stageName=stage, variables=dict(settings.get("stage_variables", {})))
    except BaseException:
        client.delete_rest_api(restApiId=api_id)
        raise
    definition = services.api(api_id)
    assert isinstance(definition, RestApiDefinition)
    return RestApi(services, definition, stage, given)


def create_target_group(
    services: HttpServices, name: str, function_arn: str, account_id: str, region_name: str, *, multi_value_headers: bool
) -> TargetGroup:
    """Creates a target group with a function as its target."""
    identifier = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:16]
    arn = f"arn:aws:elasticloadbalancing:{region_name}:{account_id}:targetgroup/{name}/{identifier}"
    return TargetGroup(services, name, TargetGroupDefinition(arn, function_arn, region_name, multi_value_headers))


def _resource(client: Any, api_id: str, resources: dict[str, str], path: str) -> str:
    """Returns the id of the resource of a path, and creates it and its parents if necessary."""
    path = path.rstrip("/")
    if path not in resources:
        parent, _, part = path.rpartition("/")
        parent_id = _resource(client, api_id, resources, parent)
        resources[path] = client.create_resource(restApiId=api_id, parentId=parent_id, pathPart=part)["id"]
    return resources[path]


def _uri(function_arn: str, region_name: str) -> str:
    return f"arn:aws:apigateway:{region_name}:lambda:path/2015-03-31/functions/{function_arn}/invocations"


Authorization: TypeAlias = Callable[[Any, str], dict[str, Any]]
"""Creates an authorizer with a client for the API with an id. Returns the settings of its routes."""


def _none(client: Any, api_id: str) -> dict[str, Any]:
    return {}


def _http_authorization(given: Any, arn_of: ArnOf) -> tuple[Authorization, Mapping[str, Any] | None]:
    if given is None:
        return _none, None
    if isinstance(given, Mapping):
        return _jwt, given
    authorizer = given if isinstance(given, LambdaAuthorizer) else LambdaAuthorizer(given)
    arn = arn_of(authorizer.function)

    def create(client: Any, api_id: str) -> dict[str, Any]:
        made = client.create_authorizer(
            ApiId=api_id, Name="authorizer", AuthorizerType=authorizer.type, AuthorizerUri=_uri(arn, client.meta.region_name),
            AuthorizerPayloadFormatVersion=authorizer.payload, EnableSimpleResponses=authorizer.simple_responses,
            IdentitySource=list(authorizer.identity_sources or ["$request.header.Authorization"]),
            **_given({"AuthorizerResultTtlInSeconds": authorizer.ttl_seconds}),
        )  # fmt: skip
        return {"AuthorizationType": "CUSTOM", "AuthorizerId": made["AuthorizerId"]}

    return create, None


def _jwt(client: Any, api_id: str) -> dict[str, Any]:
    made = client.create_authorizer(
        ApiId=api_id, Name="authorizer", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["lambda-events"], "Issuer": "https://example.com"},
    )  # fmt: skip
    return {"AuthorizationType": "JWT", "AuthorizerId": made["AuthorizerId"]}


def _rest_authorization(given: Any, arn_of: ArnOf, region_name: str) -> tuple[Authorization, Mapping[str, Any] | None]:
    if given is None:
        return lambda client, api_id: {"authorizationType": "NONE"}, None
    if isinstance(given, Mapping):
        return _cognito, given
    authorizer = given if isinstance(given, LambdaAuthorizer) else LambdaAuthorizer(given, type="TOKEN")
    uri = _uri(arn_of(authorizer.function), region_name)

    def create(client: Any, api_id: str) -> dict[str, Any]:
        made = client.create_authorizer(
            restApiId=api_id, name="authorizer", type=authorizer.type, authorizerUri=uri,
            identitySource=",".join(authorizer.identity_sources or ["method.request.header.Authorization"]),
            **_given({"authorizerResultTtlInSeconds": authorizer.ttl_seconds}),
            **_given({"identityValidationExpression": authorizer.validation_expression}),
        )  # fmt: skip
        return {"authorizationType": "CUSTOM", "authorizerId": made["id"]}

    return create, None


def _cognito(client: Any, api_id: str) -> dict[str, Any]:
    made = client.create_authorizer(
        restApiId=api_id, name="authorizer", type="COGNITO_USER_POOLS", identitySource="method.request.header.Authorization",
        providerARNs=[f"arn:aws:cognito-idp:{client.meta.region_name}:000000000000:userpool/lambda-events"],
    )  # fmt: skip
    return {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": made["id"]}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _check(
    name: object, routes: object, settings: Mapping[str, Any], kinds: Mapping[str, Kind], what: str, routes_kind: Kind
) -> None:
    """Raises `LambdaEventsError` for invalid arguments."""
    API_NAME.check("name", name)
    routes_kind.check("routes", routes)
    unknown = sorted(settings.keys() - kinds.keys())
    if unknown:
        raise LambdaEventsError(
            f"{what} has no setting {unknown[0]!r}. {alternatives(unknown[0], tuple(kinds), label='Settings')}"
        )
    check_all(kinds, settings)


def _check_authorizer(given: object, kinds: Mapping[str, Kind], unused: Mapping[str, object], what: str) -> None:
    """Raises `LambdaEventsError` for invalid settings of a Lambda authorizer.

    `unused` are the settings that this kind of API does not have, with their defaults.
    """
    if not isinstance(given, LambdaAuthorizer):
        return
    check_all(kinds, {name: getattr(given, name) for name in kinds})
    for name, default in unused.items():
        value = getattr(given, name)
        if value != default:
            raise LambdaEventsError(f"{name}={shown(value)} has no effect: {what} does not have this setting. Leave it out.")
