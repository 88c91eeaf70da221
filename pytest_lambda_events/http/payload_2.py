"""Payload format 2.0 of HTTP APIs, which function URLs share (HTP-30 to 3M, HTP-50 to 55)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import function_responses as results
from . import query
from .bodies import as_base64, as_text, is_text
from .exchange import Exchange
from .messages import Response
from .request_headers import first_value, grouped, received, with_content_length


def received_headers(exchange: Exchange) -> dict[str, list[str]]:
    """Returns the values of each header by its name in lower case, sorted (HTP-31)."""
    return grouped(with_content_length(received(exchange.request, exchange.trace_root), exchange.request.body), str.lower)


def context(exchange: Exchange, *, account_id: str, api_id: str, host: str, path: str, request_id: str) -> dict[str, Any]:
    """Returns the request context."""
    request, match = exchange.request, exchange.matched
    authorizer = {} if exchange.authorizer is None else {"authorizer": exchange.authorizer}
    return {
        "accountId": account_id,
        "apiId": api_id,
        **authorizer,
        "domainName": host,
        "domainPrefix": api_id,
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": first_value(request.headers, "user-agent") or "",
        },
        "requestId": request_id,
        "routeKey": match.route.key,
        "stage": match.stage.name,
        "time": exchange.time,
        "timeEpoch": exchange.time_epoch,
    }


def event(
    exchange: Exchange,
    raw_path: str,
    headers: Mapping[str, Sequence[str]],
    cookies: Sequence[str],
    request_context: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns the event. What is absent has no key (HTP-0H, HTP-30)."""
    request, match = exchange.request, exchange.matched
    made: dict[str, Any] = {
        "version": "2.0", "routeKey": match.route.key, "rawPath": raw_path, "rawQueryString": request.query,
    }  # fmt: skip
    if cookies:
        made["cookies"] = cookies
    made["headers"] = query.joined_values(headers)
    if request.query:
        made["queryStringParameters"] = query.joined_values(query.decoded(request.query))
    made["requestContext"] = request_context
    if match.parameters:
        made["pathParameters"] = match.parameters
    if match.stage.variables:
        made["stageVariables"] = match.stage.variables
    is_base64 = bool(request.body) and not is_text(first_value(request.headers, "content-type"))
    if request.body:
        made["body"] = as_base64(request.body) if is_base64 else as_text(request.body)
    made["isBase64Encoded"] = is_base64
    return made


def is_full(result: object) -> bool:
    """Returns whether a result is a full response. All others are inferred ones (HTP-3F)."""
    return isinstance(result, Mapping) and "statusCode" in result


def full_response(result: Mapping[str, Any], content_type: str, read_body: results.ReadBody = results.text_of) -> Response:
    """Returns a full response, with a default content type (HTP-3H to 3M, HTP-55). Raises `Malformed`."""
    status = results.status_of(result["statusCode"])
    headers = results.with_content_type(results.headers_of(result.get("headers")), content_type)
    cookies = result.get("cookies")
    if isinstance(cookies, list):
        headers += [("set-cookie", cookie if isinstance(cookie, str) else json.dumps(cookie)) for cookie in cookies]
    text = read_body(result.get("body"))
    is_base64 = results.flag_of(result.get("isBase64Encoded"))
    return Response(status, headers, results.body_of(text, is_base64=is_base64))


def response(payload: bytes, read_body: results.ReadBody) -> Response:
    """Returns the response of an HTTP API: a full one, or the result itself as the body (HTP-3F, HTP-3G)."""
    result = results.parsed(payload)
    if is_full(result):
        return full_response(result, "text/plain; charset=utf-8", read_body)
    body = result.encode(errors="replace") if isinstance(result, str) else payload
    return Response(200, [("content-type", "application/json")], body)
