"""Function URLs (HTP-50 to 5G)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .. import limits
from ..arns import parse
from . import cors, payload_2
from . import function_responses as results
from .definitions import FunctionUrlDefinition
from .exchange import Exchange, Match
from .failures import Answer, Failure, Refused
from .messages import Request, Response
from .paths import decoded
from .permissions import ANYONE, CALLER, INVOKE, INVOKE_URL, Grant
from .request_headers import cookies
from .settings import FrontSettings
from .single_function import SingleFunctionFront

_TLS = {"x-amzn-tls-cipher-suite": ["TLS_AES_128_GCM_SHA256"], "x-amzn-tls-version": ["TLSv1.3"]}
_FAILED = Answer(502, "Internal Server Error", content_type="text/plain")
_FORBIDDEN = Answer(403, '{"Message":"Forbidden"}')

ANSWERS: Mapping[Failure, Answer] = {
    Failure.FUNCTION_ERROR: _FAILED,
    Failure.MALFORMED: _FAILED,
    Failure.LAMBDA_FAILED: _FAILED,
    Failure.NOT_PERMITTED: _FORBIDDEN,
    Failure.NO_FUNCTION: _FORBIDDEN,
    Failure.NOT_FOUND: _FORBIDDEN,
    Failure.TOO_LARGE: Answer(413, '{"Message":"Request Entity Too Large"}'),
}
"""The responses that Lambda makes itself, without those to throttled requests (HTP-57)."""


class FunctionUrlFront(SingleFunctionFront):
    """A function URL. Its callers need one permission, or both with the setting `urls_need_both` (HTP-5E, HTP-5F)."""

    request_limit = limits.SYNCHRONOUS_PAYLOAD_BYTES
    shares_request_id = True

    def __init__(self, definition: FunctionUrlDefinition, settings: FrontSettings) -> None:
        super().__init__(definition.function_arn)
        self._url = definition
        self._needs_both = settings.urls_need_both
        self.id = definition.url_id
        self.label = f"url {definition.function_arn.partition(':function:')[2]}"
        self.host = f"{definition.url_id}.lambda-url.{definition.region_name}.on.aws"

    def preflight(self, request: Request) -> Response | None:
        """Returns the answer to a preflight, also without a grant; None for other requests (HTP-59)."""
        if self._url.cors is None or not cors.is_preflight(request):
            return None
        grants = cors.preflight_headers(self._url.cors, request)
        return Response(200, [*grants, ("Vary", "Origin")] if grants else [])

    def match(self, request: Request) -> Match:
        """Returns the only route. Raises `Refused` if there is no such URL."""
        if not self._url.function_arn:
            raise Refused(Failure.NOT_FOUND, "there is no such function URL")
        return super().match(request)

    def grants(self, exchange: Exchange) -> Sequence[Grant]:
        """Returns what the policy of the function must allow (HTP-5E, HTP-5F)."""
        url = self._url
        principal = ANYONE if url.auth_type == "NONE" else CALLER
        grants = [Grant(principal, url.function_arn, INVOKE_URL, {"lambda:FunctionUrlAuthType": url.auth_type})]
        if self._needs_both:
            grants.append(Grant(principal, url.function_arn, INVOKE, {"lambda:InvokedViaFunctionUrl": "true"}))
        return grants

    def event(self, exchange: Exchange) -> dict[str, Any]:
        """Returns the event of the function (HTP-50 to 53)."""
        url, request = self._url, exchange.request
        headers = payload_2.received_headers(exchange)
        headers = {name: headers[name] if name in headers else _TLS[name] for name in sorted({*headers, *_TLS})}
        account_id = "anonymous"
        if exchange.caller is not None:
            account_id = parse(exchange.caller).account_id
            exchange.authorizer = {"iam": _caller(exchange.caller, account_id)}
        context = payload_2.context(
            exchange, account_id=account_id, api_id=url.url_id, host=self.host,
            path=decoded(request.path), request_id=exchange.request_id,
        )  # fmt: skip
        return payload_2.event(exchange, request.path, headers, cookies(headers.get("cookie", [])), context)

    def response(self, exchange: Exchange, payload: bytes) -> Response:
        """Returns the response that the function asks for (HTP-54, HTP-55). Raises `Malformed`."""
        result = results.parsed(payload)
        if payload_2.is_full(result):
            return payload_2.full_response(result, "application/json")
        text = result if isinstance(result, str) else _written(result)
        return Response(200, [("Content-Type", "application/json")], text.encode(errors="replace"))

    def refusal(self, refused: Refused) -> Response:
        """Returns the response that Lambda makes itself (HTP-57)."""
        if refused.failure is Failure.THROTTLED:
            answer = Answer(429, f'{{"Reason":"{refused.reason}","Type":"User","message":"Rate Exceeded."}}')
        else:
            answer = ANSWERS[refused.failure]
        return Response(answer.status_code, [("Content-Type", answer.content_type)], answer.body.encode())

    def finished(self, exchange: Exchange, response: Response) -> Response:
        """Returns a response with the headers that Lambda adds to each (HTP-02, HTP-56, HTP-59)."""
        if self._url.cors is not None and not cors.is_preflight(exchange.request):
            response = cors.added(self._url.cors, exchange.request, response)
        ids = [("x-amzn-RequestId", exchange.request_id)]
        if exchange.trace_header is not None:
            ids.append(("X-Amzn-Trace-Id", exchange.trace_header))
        return Response(response.status_code, [*exchange.with_common_headers(response), *ids], response.body)


def _caller(arn: str, account_id: str) -> dict[str, Any]:
    """Returns who signed a request (HTP-53)."""
    user_id = arn.rpartition("/")[2]
    return {
        "accessKey": "AKIAIOSFODNN7EXAMPLE", "accountId": account_id, "callerId": user_id, "cognitoIdentity": None,
        "principalOrgId": None, "userArn": arn, "userId": user_id,
    }  # fmt: skip


def _written(result: object) -> str:
    """Returns a result as the service writes it again (HTP-54)."""
    return json.dumps(result, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")
