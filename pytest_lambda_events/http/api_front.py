"""What REST APIs and HTTP APIs have in common: stages with limits, integrations with timeouts, and authorizers."""

from __future__ import annotations

from .. import limits
from .definitions import HttpApiDefinition, LambdaAuthorizer, LambdaIntegration, RestApiDefinition, Throttle
from .exchange import Exchange, Match
from .failures import Failure, Refused
from .permissions import API_GATEWAY, Grant


class ApiFront:
    """An API of API Gateway. `kind` is the name of its kind, for the journal."""

    kind = ""
    request_limit = limits.API_REQUEST_BYTES
    shares_request_id = False

    def __init__(self, definition: RestApiDefinition | HttpApiDefinition) -> None:
        self._is_disabled = definition.is_disabled
        self.id = definition.api_id
        self.label = f"{self.kind} {definition.name}"
        self.host = f"{definition.api_id}.execute-api.{definition.region_name}.amazonaws.com"
        self._arn = f"arn:aws:execute-api:{definition.region_name}:{definition.account_id}:{definition.api_id}"

    def check_enabled(self) -> None:
        """Raises `Refused` if the endpoint of the API is turned off (HTP-2K)."""
        if self._is_disabled:
            raise Refused(
                Failure.NOT_FOUND,
                "its endpoint is turned off, and custom domain names are not simulated: leave DisableExecuteApiEndpoint out "
                'in the test, or deploy with ignore=["<API>.DisableExecuteApiEndpoint"]',
            )

    def throttle(self, match: Match) -> Throttle | None:
        """Returns the limit of requests that applies to the route; None if there is none."""
        return match.stage.route_throttles.get(match.route.key, match.stage.throttle)

    def timeout_seconds(self, integration: LambdaIntegration) -> float | None:
        """Returns how long the API waits for the function (HTP-2A, HTP-3P)."""
        return integration.timeout_milliseconds / 1000

    def authorizer_grant(self, authorizer: LambdaAuthorizer) -> Grant:
        """Returns what the policy of the authorizer's function must allow (HTP-60)."""
        return self._grant(f"authorizers/{authorizer.authorizer_id}")

    def method_arn(self, exchange: Exchange) -> str:
        """Returns the ARN that an authorizer decides about (HTP-40, HTP-46)."""
        match = exchange.matched
        return f"{self._arn}/{match.stage.name}/{exchange.request.method}{match.path}"

    def _grant(self, resource: str) -> Grant:
        return Grant(API_GATEWAY, f"{self._arn}/{resource}")
