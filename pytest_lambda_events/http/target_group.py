"""Target groups of an Application Load Balancer (HTP-80 to 82)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import limits
from ..arns import parse
from . import function_responses as results
from . import query
from .bodies import as_base64, as_text, is_text
from .definitions import TargetGroupDefinition
from .exchange import Exchange
from .failures import Failure, Refused
from .messages import Request, Response
from .permissions import LOAD_BALANCER, Grant
from .request_headers import first_value, grouped, received
from .single_function import SingleFunctionFront

STATUS_CODES: Mapping[Failure, int] = {Failure.TOO_LARGE: 413}
"""The status codes of the responses that the load balancer makes; 502 for all other failures (HTP-82)."""


class TargetGroupFront(SingleFunctionFront):
    """A target group whose target is a function."""

    request_limit = limits.TARGET_GROUP_BYTES
    shares_request_id = False

    def __init__(self, definition: TargetGroupDefinition) -> None:
        super().__init__(definition.function_arn)
        self._group = definition
        self.id = definition.arn
        name = parse(definition.arn).resource.split("/")[1]
        self.label = f"target_group {name}"
        self.host = f"{name}.{definition.region_name}.elb.amazonaws.com"

    def preflight(self, request: Request) -> Response | None:
        """Returns None: a target group answers no preflights."""
        return None

    def grants(self, exchange: Exchange) -> Sequence[Grant]:
        """Returns what the policy of the function must allow (HTP-82)."""
        return [Grant(LOAD_BALANCER, self._group.arn)]

    def event(self, exchange: Exchange) -> dict[str, Any]:
        """Returns the event of the function. The target group's attribute selects the maps (HTP-80)."""
        request = exchange.request
        headers = grouped(received(request, exchange.trace_root), str.lower)
        values = query.as_sent(request.query)
        is_base64 = bool(request.body) and not _is_text(request)
        maps: dict[str, Any]
        if self._group.has_multi_value_headers:
            maps = {"multiValueQueryStringParameters": values, "multiValueHeaders": headers}
        else:
            maps = {"queryStringParameters": query.last_values(values), "headers": query.last_values(headers)}
        return {
            "requestContext": {"elb": {"targetGroupArn": self._group.arn}},
            "httpMethod": request.method,
            "path": request.path,
            **maps,
            "body": as_base64(request.body) if is_base64 else as_text(request.body),
            "isBase64Encoded": is_base64,
        }

    def response(self, exchange: Exchange, payload: bytes) -> Response:
        """Returns the response that the function asks for (HTP-81). Raises `Malformed`."""
        if len(payload) > limits.TARGET_GROUP_BYTES:
            raise results.Malformed(f"the response has {len(payload)} bytes")
        result = results.parsed(payload)
        if not isinstance(result, Mapping) or not isinstance(result.get("statusCode"), int):
            raise results.Malformed("statusCode is not a whole number")
        if self._group.has_multi_value_headers:
            headers = results.multi_value_headers_of(result.get("multiValueHeaders"))
        else:
            headers = results.headers_of(result.get("headers"))
        text = results.text_of(result.get("body"))
        is_base64 = results.flag_of(result.get("isBase64Encoded"))
        return Response(results.status_of(result["statusCode"]), headers, results.body_of(text, is_base64=is_base64))

    def refusal(self, refused: Refused) -> Response:
        """Returns the response that the load balancer makes itself, without a body (HTP-82)."""
        return Response(STATUS_CODES.get(refused.failure, 502))

    def finished(self, exchange: Exchange, response: Response) -> Response:
        """Returns a response with the headers that the load balancer adds."""
        return Response(response.status_code, exchange.with_common_headers(response), response.body)


def _is_text(request: Request) -> bool:
    """Returns whether a body is text. One with a content encoding never is (HTP-0G)."""
    if first_value(request.headers, "content-encoding") is not None:
        return False
    return is_text(first_value(request.headers, "content-type"))
