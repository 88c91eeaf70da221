"""What AWS knows of an API, a function URL or a target group when a request arrives.

Each definition is a value. The one that finds definitions returns the same object as long as nothing changes, because what
follows from a definition is computed once for each object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal, Protocol, TypeAlias

from .. import limits
from ..values import dataclass

ANY = "ANY"
DEFAULT_ROUTE = "$default"
DEFAULT_STAGE = "$default"

PayloadVersion: TypeAlias = Literal["1.0", "2.0"]


@dataclass(frozen=True, slots=True)
class Cors:
    """The CORS configuration of an HTTP API or of a function URL (HTP-3Q to 3T, HTP-59)."""

    allow_origins: Sequence[str] = ()
    allow_methods: Sequence[str] = ()
    allow_headers: Sequence[str] = ()
    expose_headers: Sequence[str] = ()
    allow_credentials: bool = False
    max_age: int | None = None
    """In seconds. None if it is not configured."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """A limit of requests: `rate` for each second, and `burst` at the same time."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class LambdaIntegration:
    """A proxy integration (AWS_PROXY) with a function.

    `function_arn` has the qualifier that the API names. It may contain `${stageVariables.NAME}` (HTP-2J).
    `credentials_arn` is the role under which the API invokes; None if the policy of the function decides (HTP-60).
    """

    function_arn: str
    payload_version: PayloadVersion = "2.0"
    timeout_milliseconds: int = limits.HTTP_API_TIMEOUT_MILLISECONDS
    credentials_arn: str | None = None


@dataclass(frozen=True, slots=True)
class MockIntegration:
    """A MOCK integration of a REST API, with its static 200 response (HTP-2I).

    The response allows an origin of `origins` instead of the static one if the request has it.
    """

    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    origins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OtherIntegration:
    """An integration that is not simulated (HTP-A0): a request to it raises `NotSimulatedError`. `kind` is AWS's type, such as
    `HTTP_PROXY`.
    """

    kind: str
    uri: str = ""


Integration: TypeAlias = LambdaIntegration | MockIntegration | OtherIntegration


@dataclass(frozen=True, slots=True)
class LambdaAuthorizer:
    """A Lambda authorizer (HTP-40 to 49).

    `identity_sources` are as in boto3's call: `method.request.header.Authorization` for REST APIs, and
    `$request.header.Authorization` for HTTP APIs. `validation_expression` is None if there is none.
    """

    authorizer_id: str
    function_arn: str
    kind: Literal["TOKEN", "REQUEST"]
    payload_version: PayloadVersion = "1.0"
    identity_sources: Sequence[str] = ()
    ttl_seconds: int = limits.AUTHORIZER_TTL_SECONDS
    has_simple_responses: bool = False
    validation_expression: str | None = None
    credentials_arn: str | None = None


@dataclass(frozen=True, slots=True)
class UncheckedAuthorizer:
    """An authorizer whose check is not simulated: JWT, Cognito or IAM (HTP-4A)."""

    kind: Literal["JWT", "COGNITO_USER_POOLS", "AWS_IAM"]


Authorizer: TypeAlias = LambdaAuthorizer | UncheckedAuthorizer


@dataclass(frozen=True, slots=True)
class Route:
    """A route of an HTTP API, or a method of a resource of a REST API.

    `method` is `ANY` or an HTTP method. `path` is the template, such as `/orders/{id}`, or `$default`. `resource_id` is the id
    of the resource of a REST API.
    """

    method: str
    path: str
    integration: Integration
    authorizer: Authorizer | None = None
    resource_id: str = ""

    @property
    def key(self) -> str:
        """Returns the route key of an HTTP API: `GET /orders/{id}` or `$default`."""
        return DEFAULT_ROUTE if self.path == DEFAULT_ROUTE else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with the routes that are deployed to it (HTP-23, HTP-3E).

    `route_throttles` have priority over `throttle`. Their keys are those of `Route.key`.
    """

    name: str
    routes: Sequence[Route]
    variables: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle | None = None
    route_throttles: Mapping[str, Throttle] = field(default_factory=dict)
    deployment_id: str = ""


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """The status code and the static headers of a gateway response that the test sets (HTP-2B). None: AWS's status code."""

    status_code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RestApiDefinition:
    """A REST API. `stages` are those with a deployment. `gateway_responses` have AWS's types as keys, such as `THROTTLED`.

    `is_disabled` is whether its own endpoint is turned off (HTP-2K).
    """

    api_id: str
    name: str
    account_id: str
    region_name: str
    stages: Mapping[str, Stage]
    binary_media_types: Sequence[str] = ()
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    is_disabled: bool = False

    @property
    def id(self) -> str:
        """Returns the id, which is unique among all definitions."""
        return self.api_id


@dataclass(frozen=True, slots=True)
class HttpApiDefinition:
    """An HTTP API. `is_disabled` is whether its own endpoint is turned off (HTP-2K)."""

    api_id: str
    name: str
    account_id: str
    region_name: str
    stages: Mapping[str, Stage]
    cors: Cors | None = None
    is_disabled: bool = False

    @property
    def id(self) -> str:
        """Returns the id, which is unique among all definitions."""
        return self.api_id


@dataclass(frozen=True, slots=True)
class FunctionUrlDefinition:
    """A function URL. `function_arn` has the alias as qualifier if the URL belongs to an alias."""

    url_id: str
    function_arn: str
    account_id: str
    region_name: str
    auth_type: Literal["NONE", "AWS_IAM"] = "NONE"
    cors: Cors | None = None

    @property
    def id(self) -> str:
        """Returns the id, which is unique among all definitions."""
        return self.url_id


@dataclass(frozen=True, slots=True)
class TargetGroupDefinition:
    """A target group of an Application Load Balancer whose target is a function (HTP-80 to 82)."""

    arn: str
    function_arn: str
    region_name: str
    has_multi_value_headers: bool = False

    @property
    def id(self) -> str:
        """Returns the id, which is unique among all definitions."""
        return self.arn


Definition: TypeAlias = RestApiDefinition | HttpApiDefinition | FunctionUrlDefinition | TargetGroupDefinition


class Definitions(Protocol):
    """Finds definitions. None: there is no such API, function URL or target group."""

    def rest_api(self, api_id: str) -> RestApiDefinition | None:
        """Returns a REST API."""

    def http_api(self, api_id: str) -> HttpApiDefinition | None:
        """Returns an HTTP API."""

    def function_url(self, url_id: str) -> FunctionUrlDefinition | None:
        """Returns a function URL."""

    def target_group(self, arn: str) -> TargetGroupDefinition | None:
        """Returns a target group."""
