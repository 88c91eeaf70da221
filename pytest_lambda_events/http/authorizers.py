"""What Lambda authorizers decide, and what functions see of it (HTP-42 to 48)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .definitions import LambdaAuthorizer
from .exchange import Exchange
from .failures import Failure, Refused
from .query import decoded
from .request_headers import first_value

_SOURCE = re.compile(r"\$?(?:method\.)?(?:request\.)?(header|querystring|stageVariables|context)\.(.+)")
UNAUTHORIZED = "Unauthorized"


class Decision(NamedTuple):
    """The result of an authorizer. `is_authorized` is None if the statements of a policy decide."""

    context: Mapping[str, Any]
    is_authorized: bool | None = None
    statements: Sequence[Mapping[str, Any]] = ()
    principal_id: str | None = None


def identity_of(
    authorizer: LambdaAuthorizer, exchange: Exchange, request_context: Callable[[], Mapping[str, Any]]
) -> tuple[str, ...]:
    """Returns the values of the identity sources. Raises `Refused` if one is missing or does not match (HTP-44, HTP-47)."""
    values = [_value(source, exchange, request_context) for source in authorizer.identity_sources]
    if None in values or "" in values:
        raise Refused(Failure.UNAUTHORIZED, "an identity source is missing")
    found = tuple(value for value in values if value is not None)
    pattern = authorizer.validation_expression
    if pattern and not all(re.fullmatch(pattern, value) for value in found):
        raise Refused(Failure.UNAUTHORIZED, "the token does not match the validation expression")
    return found


def _value(source: str, exchange: Exchange, request_context: Callable[[], Mapping[str, Any]]) -> str | None:
    matched = _SOURCE.fullmatch(source.strip())
    if matched is None:
        return None
    kind, name = matched.groups()
    if kind == "header":
        return first_value(exchange.request.headers, name.lower())
    if kind == "querystring":
        values = decoded(exchange.request.query).get(name)
        return values[0] if values else None
    if kind == "stageVariables":
        return exchange.matched.stage.variables.get(name)
    value: Any = request_context()
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None else str(value)


def decision_of(authorizer: LambdaAuthorizer, payload: bytes, *, allows_lists: bool) -> Decision:
    """Returns what the result of an authorizer decides. Raises `Refused` for an invalid one.

    `allows_lists` is whether its context may contain lists and maps (HTP-42, HTP-48).
    """
    result = json.loads(payload)
    if result == UNAUTHORIZED and allows_lists:
        raise Refused(Failure.UNAUTHORIZED, "the authorizer returned Unauthorized")
    if not isinstance(result, Mapping):
        raise _invalid("it is not an object")
    context = result.get("context")
    if context is None:
        context = {}
    if not isinstance(context, Mapping):
        raise _invalid("context is not a map")
    if not allows_lists and any(isinstance(value, (list, Mapping)) for value in context.values()):
        raise _invalid("context contains a list or a map")
    if authorizer.has_simple_responses:
        if not isinstance(result.get("isAuthorized"), bool):
            raise _invalid("isAuthorized is not a boolean")
        return Decision(context, result["isAuthorized"])
    document, principal = result.get("policyDocument"), result.get("principalId")
    if not isinstance(document, Mapping) or not isinstance(principal, str):
        raise _invalid("principalId or policyDocument is missing")
    statements = document.get("Statement")
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise _invalid("policyDocument has no statements")
    return Decision(context, None, listed, principal)


def rest_context(decision: Decision, latency_milliseconds: int) -> dict[str, Any]:
    """Returns `requestContext.authorizer` of a REST API: all context values are text (HTP-43)."""
    context = {name: _as_text(value) for name, value in decision.context.items() if value is not None}
    return {"principalId": decision.principal_id, **context, "integrationLatency": latency_milliseconds}


def http_context(decision: Decision, version: str) -> dict[str, Any]:
    """Returns `requestContext.authorizer` of an HTTP API, for an integration with a payload version (HTP-48)."""
    if version == "1.0":
        principal = {} if decision.principal_id is None else {"principalId": decision.principal_id}
        return {**principal, **decision.context}
    return {"lambda": {name: decision.context[name] for name in sorted(decision.context) if name != "claims"}}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _invalid(reason: str) -> Refused:
    return Refused(Failure.AUTHORIZER_FAILED, f"the result of the authorizer is invalid: {reason}")
