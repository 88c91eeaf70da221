"""What all fronts have in common, and the front of each definition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .authorizers import Decision
from .definitions import (
    Definition,
    Definitions,
    FunctionUrlDefinition,
    HttpApiDefinition,
    LambdaAuthorizer,
    LambdaIntegration,
    RestApiDefinition,
    Throttle,
)
from .exchange import Exchange, Match
from .failures import Refused
from .function_url import FunctionUrlFront
from .http_api import HttpApiFront
from .messages import Request, Response
from .permissions import Grant
from .rest_api import RestApiFront
from .settings import FrontSettings
from .target_group import TargetGroupFront

_HOST = re.compile(r"(\w+)\.(execute-api|lambda-url)\.([\w-]+)\.(?:amazonaws\.com|on\.aws)")


class Front(Protocol):
    """An API, a function URL or a target group in front of functions.

    `id` is unique among all fronts. `label` is its kind and name. `request_limit` is the largest body in bytes. With
    `shares_request_id` the invocation has the same request id as the request (HTP-02).
    """

    id: str
    label: str
    host: str
    request_limit: int
    shares_request_id: bool

    def preflight(self, request: Request) -> Response | None:
        """Returns the answer to a preflight; None if the request is none, or if the front does not answer preflights."""

    def match(self, request: Request) -> Match:
        """Returns the stage and the route of a request. Raises `Refused`."""

    def throttle(self, match: Match) -> Throttle | None:
        """Returns the limit of requests for a route; None if there is none."""

    def timeout_seconds(self, integration: LambdaIntegration) -> float | None:
        """Returns how long the front waits for the function; None if it waits as long as the function runs."""

    def grants(self, exchange: Exchange) -> Sequence[Grant]:
        """Returns what the policy of the function must allow: all of them."""

    def event(self, exchange: Exchange) -> dict[str, Any]:
        """Returns the event of the function."""

    def response(self, exchange: Exchange, payload: bytes) -> Response:
        """Returns the response that the result of the function asks for. Raises `Malformed`."""

    def refusal(self, refused: Refused) -> Response:
        """Returns the response that the front makes itself."""

    def finished(self, exchange: Exchange, response: Response) -> Response:
        """Returns a response with the headers that the front adds."""


class AuthorizingFront(Front, Protocol):
    """A front whose routes can have Lambda authorizers."""

    def authorizer_grant(self, authorizer: LambdaAuthorizer) -> Grant:
        """Returns what the policy of the authorizer's function must allow."""

    def method_arn(self, exchange: Exchange) -> str:
        """Returns the ARN that an authorizer decides about."""

    def authorizer_event(
        self, exchange: Exchange, authorizer: LambdaAuthorizer, identity: tuple[str, ...]
    ) -> Mapping[str, Any]:
        """Returns the event of the authorizer."""

    def decision(self, authorizer: LambdaAuthorizer, payload: bytes) -> Decision:
        """Returns what the result of the authorizer decides. Raises `Refused`."""

    def authorizer_context(self, exchange: Exchange, decision: Decision, latency_milliseconds: int) -> Mapping[str, Any]:
        """Returns what the function sees of the decision."""


def front_of(definition: Definition, settings: FrontSettings) -> Front:
    """Returns the front of a definition."""
    if isinstance(definition, HttpApiDefinition):
        return HttpApiFront(definition, settings)
    if isinstance(definition, RestApiDefinition):
        return RestApiFront(definition)
    if isinstance(definition, FunctionUrlDefinition):
        return FunctionUrlFront(definition, settings)
    return TargetGroupFront(definition)


def definition_at(host: str, definitions: Definitions) -> Definition | None:
    """Returns the API or function URL with a host name; None if the name is not that of an API or function URL.

    An API that does not exist is a REST API without stages, and a URL that does not exist has no function.
    """
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return None
    identifier, service, region_name = found.groups()
    if service == "lambda-url":
        return definitions.function_url(identifier) or FunctionUrlDefinition(identifier, "", "", region_name)
    known = definitions.http_api(identifier) or definitions.rest_api(identifier)
    return known or RestApiDefinition(identifier, identifier, "", region_name, {})
