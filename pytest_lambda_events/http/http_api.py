"""HTTP APIs (HTP-30 to 3U)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import authorizer_events, authorizers, cors, payload_1, payload_2
from . import function_responses as results
from .api_front import ApiFront
from .authorizers import Decision
from .definitions import (
    DEFAULT_ROUTE,
    DEFAULT_STAGE,
    HttpApiDefinition,
    LambdaAuthorizer,
    LambdaIntegration,
    PayloadVersion,
)
from .exchange import Exchange, Match
from .failures import Answer, Failure, Refused
from .messages import Request, Response
from .paths import BadEscape, decoded, decoded_once, first_part
from .permissions import Grant
from .request_headers import cookies
from .routes import HttpRoutes
from .settings import FrontSettings

_ERROR = Answer(500, '{"message":"Internal Server Error"}')
_UNAVAILABLE = Answer(503, '{"message":"Service Unavailable"}')
_NOT_FOUND = Answer(404, '{"message":"Not Found"}')
_FORBIDDEN = Answer(403, '{"message":"Forbidden"}')

ANSWERS: Mapping[Failure, Answer] = {
    Failure.FUNCTION_ERROR: _ERROR,
    Failure.MALFORMED: _ERROR,
    Failure.NOT_PERMITTED: _ERROR,
    Failure.NO_FUNCTION: _ERROR,
    Failure.THROTTLED: _UNAVAILABLE,
    Failure.LAMBDA_FAILED: _ERROR,
    Failure.TIMED_OUT: _UNAVAILABLE,
    Failure.NO_ROUTE: _NOT_FOUND,
    Failure.NO_STAGE: _NOT_FOUND,
    Failure.NOT_FOUND: _NOT_FOUND,
    Failure.BAD_ESCAPE: Answer(400, '{"message":"Bad Request"}'),
    Failure.TOO_MANY_REQUESTS: Answer(429, '{"message":"Too Many Requests"}'),
    Failure.TOO_LARGE: Answer(413, '{"message":"Request Entity Too Large"}'),
    Failure.UNAUTHORIZED: Answer(401, '{"message":"Unauthorized"}'),
    Failure.DENIED: _FORBIDDEN,
    Failure.NOT_COVERED: _FORBIDDEN,
    Failure.AUTHORIZER_FAILED: _ERROR,
}
"""The responses that an HTTP API makes (HTP-0D, HTP-3P)."""


class HttpApiFront(ApiFront):
    """An HTTP API."""

    kind = "http_api"

    def __init__(self, definition: HttpApiDefinition, settings: FrontSettings) -> None:
        super().__init__(definition)
        self._read_body = results.lenient_text_of if settings.converts_bodies else results.text_of
        self._api = definition
        self._routes = {name: HttpRoutes(stage.routes) for name, stage in definition.stages.items()}

    def preflight(self, request: Request) -> Response | None:
        """Returns the answer to a preflight, also without a route for OPTIONS; None for other requests (HTP-3Q, HTP-3R)."""
        self.check_enabled()
        if self._api.cors is None or not cors.is_preflight(request):
            return None
        return Response(204, cors.preflight_headers(self._api.cors, request))

    def match(self, request: Request) -> Match:
        """Returns the stage and the route (HTP-3A to 3D)."""
        try:
            path = decoded_once(request.path)
        except BadEscape:
            raise Refused(Failure.BAD_ESCAPE, f"a percent sign in {request.path} is not part of an escape") from None
        name, rest = first_part(path)
        stage = self._api.stages.get(name)
        if stage is None:
            name, rest, stage = DEFAULT_STAGE, path, self._api.stages.get(DEFAULT_STAGE)
        if stage is None:
            raise Refused(Failure.NO_STAGE, f"there is no stage for {path}")
        found = self._routes[name].find(request.method, rest)
        if found is None:
            raise Refused(Failure.NO_ROUTE, f"stage {name} has no route for {request.method} {rest}")
        return Match(stage, found.route, found.parameters, decoded(rest))

    def grants(self, exchange: Exchange) -> Sequence[Grant]:
        """Returns what the policy of the function must allow: `API/stage/METHOD/path`, with the path of the route (HTP-60)."""
        match = exchange.matched
        if match.route.key == DEFAULT_ROUTE:
            return [self._grant(f"{match.stage.name}/{DEFAULT_ROUTE}")]
        return [self._grant(f"{match.stage.name}/{exchange.request.method}{match.route.path}")]

    def event(self, exchange: Exchange) -> dict[str, Any]:
        """Returns the event of the function in the format of its integration."""
        integration = exchange.matched.route.integration
        assert isinstance(integration, LambdaIntegration)
        return self._event(exchange, integration.payload_version)

    def authorizer_event(self, exchange: Exchange, authorizer: LambdaAuthorizer, identity: tuple[str, ...]) -> dict[str, Any]:
        """Returns the event of a Lambda authorizer in its format (HTP-46)."""
        arn, event = self.method_arn(exchange), self._event(exchange, authorizer.payload_version)
        if authorizer.payload_version == "2.0":
            return authorizer_events.format_2(arn, event, identity)
        return authorizer_events.format_1(arn, event, identity)

    def decision(self, authorizer: LambdaAuthorizer, payload: bytes) -> Decision:
        """Returns what the authorizer decided. Raises `Refused` (HTP-47)."""
        return authorizers.decision_of(authorizer, payload, allows_lists=True)

    def authorizer_context(self, exchange: Exchange, decision: Decision, latency_milliseconds: int) -> dict[str, Any]:
        """Returns what the function sees of the decision (HTP-48)."""
        integration = exchange.matched.route.integration
        assert isinstance(integration, LambdaIntegration)
        return authorizers.http_context(decision, integration.payload_version)

    def response(self, exchange: Exchange, payload: bytes) -> Response:
        """Returns the response that the function asks for. Raises `Malformed`."""
        integration = exchange.matched.route.integration
        assert isinstance(integration, LambdaIntegration)
        read = payload_2.response if integration.payload_version == "2.0" else payload_1.response
        return read(payload, self._read_body)

    def refusal(self, refused: Refused) -> Response:
        """Returns the response that the API makes itself (HTP-3P)."""
        answer = ANSWERS[refused.failure]
        return Response(answer.status_code, [("content-type", "application/json")], answer.body.encode())

    def finished(self, exchange: Exchange, response: Response) -> Response:
        """Returns a response with the headers that the API adds to each (HTP-3N, HTP-3S)."""
        if self._api.cors is not None and not cors.is_preflight(exchange.request):
            response = cors.replaced(self._api.cors, exchange.request, response)
        name = "apigw-requestid" if exchange.is_refused else "Apigw-Requestid"
        headers = [*exchange.with_common_headers(response), (name, exchange.extended_id)]
        return Response(response.status_code, headers, response.body)

    def _event(self, exchange: Exchange, version: PayloadVersion) -> dict[str, Any]:
        api = self._api
        path = decoded(decoded_once(exchange.request.path))
        if version == "1.0":
            return payload_1.event(exchange, path, account_id=api.account_id, api_id=api.api_id, host=self.host)
        headers = payload_2.received_headers(exchange)
        context = payload_2.context(
            exchange, account_id=api.account_id, api_id=api.api_id, host=self.host, path=path,
            request_id=exchange.extended_id,
        )  # fmt: skip
        return payload_2.event(exchange, path, headers, cookies(headers.pop("cookie", [])), context)
