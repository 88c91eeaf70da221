"""Payload format 1.0 of HTTP APIs (HTP-35 to 37, HTP-3O)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import function_responses as results
from .bodies import as_base64, as_text, is_text
from .exchange import Exchange
from .messages import Response
from .multi_values import maps
from .request_headers import first_value, received, with_content_length


def event(exchange: Exchange, path: str, *, account_id: str, api_id: str, host: str) -> dict[str, Any]:
    """Returns the event. `path` is decoded and contains a named stage. What is absent is null (HTP-0H, HTP-35)."""
    request, match = exchange.request, exchange.matched
    headers = with_content_length(received(request, exchange.trace_root), request.body)
    content_type = first_value(request.headers, "content-type")
    is_base64 = bool(request.body) and not is_text(content_type)
    encode = as_base64 if is_base64 else as_text
    authorizer = {} if exchange.authorizer is None else {"authorizer": exchange.authorizer}
    return {
        "version": "1.0",
        "resource": match.route.path,
        "path": path,
        "httpMethod": request.method,
        **maps(headers, request.query),
        "requestContext": {
            "accountId": account_id,
            "apiId": api_id,
            **authorizer,
            "domainName": host,
            "domainPrefix": api_id,
            "extendedRequestId": exchange.extended_id,
            "httpMethod": request.method,
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAmr": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": request.source_ip,
                "user": None,
                "userAgent": first_value(request.headers, "user-agent"),
                "userArn": None,
            },
            "path": path,
            "protocol": request.protocol,
            "requestId": exchange.extended_id,
            "requestTime": exchange.time,
            "requestTimeEpoch": exchange.time_epoch,
            "resourceId": match.route.key,
            "resourcePath": match.route.path,
            "stage": match.stage.name,
        },
        "pathParameters": match.parameters or None,
        "stageVariables": match.stage.variables or None,
        "body": encode(request.body) if request.body else None,
        "isBase64Encoded": is_base64,
    }


def response(payload: bytes, read_body: results.ReadBody) -> Response:
    """Returns the response that the function asks for (HTP-3O). Raises `Malformed`."""
    result = results.parsed(payload)
    if not isinstance(result, Mapping) or "statusCode" not in result:
        raise results.Malformed("the result has no statusCode")
    headers = [
        *results.headers_of(result.get("headers")),
        *results.multi_value_headers_of(result.get("multiValueHeaders")),
    ]
    text = read_body(result.get("body"))
    is_base64 = results.flag_of(result.get("isBase64Encoded"))
    return Response(
        results.status_of(result["statusCode"]),
        results.with_content_type(headers, "text/plain; charset=utf-8"),
        results.body_of(text, is_base64=is_base64),
    )
