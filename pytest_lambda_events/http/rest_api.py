"""REST APIs with proxy integrations (HTP-10 to 2J)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import authorizer_events, authorizers
from . import function_responses as results
from .api_front import ApiFront
from .authorizers import Decision
from .bodies import as_base64, as_text, is_binary
from .definitions import LambdaAuthorizer, MockIntegration, RestApiDefinition, Stage
from .exchange import Exchange, Match
from .failures import Answer, Failure, Refused
from .messages import Request, Response
from .multi_values import maps
from .paths import first_part
from .permissions import Grant
from .request_headers import first_value, received
from .routes import RestRoutes

_KEYS = frozenset({"statusCode", "body", "headers", "multiValueHeaders", "isBase64Encoded", "cookies", "base64Encoded"})
_REMAPPED = frozenset({"connection", "date", "transfer-encoding", "content-length", "server"})

_INTERNAL = '{"message": "Internal server error"}'
_SERVER_ERROR = "InternalServerErrorException"
_FAILED = Answer(502, _INTERNAL, _SERVER_ERROR)
_CONFIGURATION = Answer(500, _INTERNAL, _SERVER_ERROR, "API_CONFIGURATION_ERROR")
_FORBIDDEN = Answer(403, '{"message":"Forbidden"}', "ForbiddenException")

ANSWERS: Mapping[Failure, Answer] = {
    Failure.FUNCTION_ERROR: _FAILED,
    Failure.MALFORMED: _FAILED,
    Failure.NOT_PERMITTED: _CONFIGURATION,
    Failure.NO_FUNCTION: _CONFIGURATION,
    Failure.THROTTLED: _CONFIGURATION,
    Failure.LAMBDA_FAILED: _CONFIGURATION,
    Failure.TIMED_OUT: Answer(504, '{"message": "Endpoint request timed out"}', _SERVER_ERROR, "INTEGRATION_TIMEOUT"),
    Failure.NO_ROUTE: Answer(
        403, '{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException",
        "MISSING_AUTHENTICATION_TOKEN",
    ),
    Failure.NO_STAGE: _FORBIDDEN,
    Failure.NOT_FOUND: _FORBIDDEN,
    Failure.TOO_MANY_REQUESTS: Answer(429, '{"message":"Too Many Requests"}', "TooManyRequestsException", "THROTTLED"),
    Failure.TOO_LARGE: Answer(413, '{"message":"Request Too Long"}', "RequestTooLargeException", "REQUEST_TOO_LARGE"),
    Failure.UNAUTHORIZED: Answer(401, '{"message":"Unauthorized"}', "UnauthorizedException", "UNAUTHORIZED"),
    Failure.DENIED: Answer(
        403, '{"Message":"User is not authorized to access this resource with an explicit deny"}', "AccessDeniedException",
        "ACCESS_DENIED",
    ),
    Failure.NOT_COVERED: Answer(
        403, '{"Message":"User is not authorized to access this resource"}', "AccessDeniedException", "ACCESS_DENIED",
    ),
    Failure.AUTHORIZER_FAILED: Answer(
        500, '{"message":null}', "AuthorizerConfigurationException", "AUTHORIZER_CONFIGURATION_ERROR",
    ),
}  # fmt: skip
"""The responses that a REST API makes (HTP-2A, HTP-44)."""


class RestApiFront(ApiFront):
    """A REST API."""

    kind = "rest_api"

    def __init__(self, definition: RestApiDefinition) -> None:
        super().__init__(definition)
        self._api = definition
        self._routes = {name: RestRoutes(stage.routes) for name, stage in definition.stages.items()}

    def preflight(self, request: Request) -> Response | None:
        """Returns None: a REST API answers preflights like other requests (HTP-2H)."""
        return None

    def match(self, request: Request) -> Match:
        """Returns the method of the resource. The first part of the path is the stage (HTP-23)."""
        self.check_enabled()
        name, path = first_part(request.path)
        stage = self._api.stages.get(name)
        if stage is None:
            raise Refused(Failure.NO_STAGE, f"there is no stage {name!r}")
        found = self._routes[name].find(request.method, path)
        if found is None:
            raise Refused(Failure.NO_ROUTE, f"stage {name} has no {request.method} {path}")
        return Match(stage, found.route, found.parameters, path)

    def grants(self, exchange: Exchange) -> Sequence[Grant]:
        """Returns what the policy of the function must allow: `API/stage/METHOD/path`, with the resource path (HTP-60)."""
        match = exchange.matched
        return [self._grant(f"{match.stage.name}/{exchange.request.method}{match.route.path}")]

    def event(self, exchange: Exchange) -> dict[str, Any]:
        """Returns the event of the function (HTP-10 to 1A)."""
        request, match = exchange.request, exchange.matched
        received_headers = received(request, exchange.trace_root)
        headers = [(name, value) for name, value in received_headers if name.lower() != "content-length"]
        content_type = first_value(request.headers, "content-type")
        is_base64 = bool(request.body) and is_binary(content_type, self._api.binary_media_types)
        encode = as_base64 if is_base64 else as_text
        return {
            "resource": match.route.path,
            "path": match.path,
            "httpMethod": request.method,
            **maps(headers, request.query),
            "pathParameters": match.parameters or None,
            "stageVariables": match.stage.variables or None,
            "requestContext": self._context(exchange, match.stage),
            "body": encode(request.body) if request.body else None,
            "isBase64Encoded": is_base64,
        }

    def authorizer_event(self, exchange: Exchange, authorizer: LambdaAuthorizer, identity: tuple[str, ...]) -> dict[str, Any]:
        """Returns the event of a Lambda authorizer (HTP-40, HTP-41)."""
        arn = self.method_arn(exchange)
        if authorizer.kind == "TOKEN":
            return authorizer_events.token(arn, identity[0])
        return authorizer_events.request(arn, self.event(exchange))

    def decision(self, authorizer: LambdaAuthorizer, payload: bytes) -> Decision:
        """Returns what the authorizer decided. Raises `Refused` (HTP-42)."""
        return authorizers.decision_of(authorizer, payload, allows_lists=False)

    def authorizer_context(self, exchange: Exchange, decision: Decision, latency_milliseconds: int) -> dict[str, Any]:
        """Returns what the function sees of the decision (HTP-43)."""
        return authorizers.rest_context(decision, latency_milliseconds)

    def response(self, exchange: Exchange, payload: bytes) -> Response:
        """Returns the response that the function asks for (HTP-24 to 29). Raises `Malformed`."""
        result = results.parsed(payload)
        if not isinstance(result, Mapping):
            raise results.Malformed("the result is not an object")
        unknown = result.keys() - _KEYS
        if unknown:
            raise results.Malformed(f"the result has the key {min(unknown)!r}")
        status = 200 if result.get("statusCode") is None else results.status_of(result["statusCode"])
        headers = _merged(
            results.headers_of(result.get("headers")), results.multi_value_headers_of(result.get("multiValueHeaders"))
        )
        text = results.text_of(result.get("body"))
        is_base64 = results.flag_of(result.get("isBase64Encoded")) and self._decodes(exchange.request, headers)
        headers = [(_remapped(name), value) for name, value in headers]
        return Response(
            status, results.with_content_type(headers, "application/json"), results.body_of(text, is_base64=is_base64)
        )

    def refusal(self, refused: Refused) -> Response:
        """Returns the response that the API makes itself (HTP-2A, HTP-2B)."""
        answer = ANSWERS[refused.failure]
        kinds = (answer.response_type, "DEFAULT_4XX" if answer.status_code < 500 else "DEFAULT_5XX")
        own = next((self._api.gateway_responses[kind] for kind in kinds if kind in self._api.gateway_responses), None)
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", answer.error_type)]
        if own is None:
            return Response(answer.status_code, headers, answer.body.encode())
        status = answer.status_code if own.status_code is None else own.status_code
        return Response(status, [*headers, *own.headers.items()], answer.body.encode())

    def finished(self, exchange: Exchange, response: Response) -> Response:
        """Returns a response with the headers that the API adds to each (HTP-17, HTP-2D)."""
        ids = [("x-amzn-RequestId", exchange.request_id), ("x-amz-apigw-id", exchange.extended_id)]
        if exchange.trace_header is not None:
            ids.append(("X-Amzn-Trace-Id", exchange.trace_header))
        return Response(response.status_code, [*exchange.with_common_headers(response), *ids], response.body)

    def _decodes(self, request: Request, headers: list[tuple[str, str]]) -> bool:
        """Returns whether a body in base64 becomes bytes: by the first type in `Accept`, else by its own type (HTP-2F)."""
        accept = first_value(request.headers, "accept")
        wanted = first_value(headers, "content-type") if accept is None else accept.partition(",")[0]
        return is_binary(wanted, self._api.binary_media_types)

    def _context(self, exchange: Exchange, stage: Stage) -> dict[str, Any]:
        request, route = exchange.request, exchange.matched.route
        authorizer = {} if exchange.authorizer is None else {"authorizer": exchange.authorizer}
        return {
            "resourceId": route.resource_id,
            **authorizer,
            "resourcePath": route.path,
            "httpMethod": request.method,
            "extendedRequestId": exchange.extended_id,
            "requestTime": exchange.time,
            "path": request.path,
            "accountId": self._api.account_id,
            "protocol": request.protocol,
            "stage": stage.name,
            "domainPrefix": self._api.api_id,
            "requestTimeEpoch": exchange.time_epoch,
            "requestId": exchange.request_id,
            "identity": {
                "cognitoIdentityPoolId": None,
                "accountId": None,
                "cognitoIdentityId": None,
                "caller": None,
                "sourceIp": request.source_ip,
                "principalOrgId": None,
                "accessKey": None,
                "cognitoAuthenticationType": None,
                "cognitoAuthenticationProvider": None,
                "userArn": None,
                "userAgent": first_value(request.headers, "user-agent"),
                "user": None,
            },
            "domainName": self.host,
            "deploymentId": stage.deployment_id,
            "apiId": self._api.api_id,
        }


_ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def mock_response(integration: MockIntegration, request: Request) -> Response:
    """Returns the response of a MOCK integration (HTP-2I)."""
    static, origin = integration.headers, first_value(request.headers, "origin")
    if origin is not None and origin in integration.origins:
        static = {**static, _ALLOW_ORIGIN: origin}
    headers = results.with_content_type(list(static.items()), "application/json")
    return Response(integration.status_code, headers, integration.body.encode())


def _merged(single: list[tuple[str, str]], multi: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns the headers of both maps. A pair that is in both appears once (HTP-29)."""
    pairs = {(name.lower(), value) for name, value in multi}
    return [*(pair for pair in single if (pair[0].lower(), pair[1]) not in pairs), *multi]


def _remapped(name: str) -> str:
    """Returns the name under which the client receives a header of the function (HTP-2D)."""
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name
