"""The events of Lambda authorizers (HTP-40, HTP-41, HTP-46)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def token(method_arn: str, given: str) -> dict[str, Any]:
    """Returns the event of a TOKEN authorizer (HTP-40)."""
    return {"type": "TOKEN", "methodArn": method_arn, "authorizationToken": given}


def request(method_arn: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the event of a REQUEST authorizer of a REST API, from the event of the function (HTP-41)."""
    return {"type": "REQUEST", "methodArn": method_arn, **_without_body(event)}


def format_1(method_arn: str, event: Mapping[str, Any], identity: Sequence[str]) -> dict[str, Any]:
    """Returns the event of an authorizer of an HTTP API in format 1.0 (HTP-46)."""
    source = ",".join(identity)
    first = {"version": "1.0", "type": "REQUEST", "methodArn": method_arn}
    return {**first, "identitySource": source, "authorizationToken": source, **_without_body(event)}


def format_2(route_arn: str, event: Mapping[str, Any], identity: Sequence[str]) -> dict[str, Any]:
    """Returns the event of an authorizer of an HTTP API in format 2.0. It always has `stageVariables` (HTP-46)."""
    first = {"version": "2.0", "type": "REQUEST", "routeArn": route_arn, "identitySource": list(identity)}
    return {**first, **_without_body(event), "stageVariables": event.get("stageVariables", {})}


def _without_body(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("version", "body", "isBase64Encoded")}
