"""The invocation record of an asynchronous event: written byte for byte as AWS does, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Ending:
    """How an event ended, in plain values; a None is a part that the record lacks (DST-20, 21).

    `function_arn` has the qualifier as invoked (DST-17). Payloads are the bytes as they were sent and answered.
    """

    timestamp: datetime
    request_id: str
    function_arn: str
    condition: str
    approximate_invoke_count: int
    request_payload: bytes
    status_code: int | None = None
    executed_version: str | None = None
    function_error: str | None = None
    response_payload: bytes | None = None


def written(ending: Ending) -> bytes:
    """The record: compact JSON in AWS's order of keys, with both payloads embedded as they are (DST-15 to 27)."""
    parts = [
        b'"version":"1.0"',
        b'"timestamp":' + _compact(iso_milliseconds(ending.timestamp)),
        b'"requestContext":' + _compact(_request_context(ending)),
        b'"requestPayload":' + ending.request_payload,
    ]
    context = _response_context(ending)
    if context is not None:
        parts.append(b'"responseContext":' + _compact(context))
    if ending.response_payload:
        if is_json(ending.response_payload):
            parts.append(b'"responsePayload":' + ending.response_payload)
        else:
            parts.append(b'"deliveryError":{"statusCode":400,"errorCode":"InvalidRequestContentException"}')
    return b"{" + b",".join(parts) + b"}"


def iso_milliseconds(instant: datetime) -> str:
    """UTC in ISO 8601 with exactly three digits of a second and `Z`."""
    utc = instant.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def is_json(payload: bytes) -> bool:
    """Whether the bytes are one JSON value; `NaN` is none (DST-26)."""
    try:
        json.loads(payload, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)


def _request_context(ending: Ending) -> Mapping[str, Json]:
    return {
        "requestId": ending.request_id,
        "functionArn": ending.function_arn,
        "condition": ending.condition,
        "approximateInvokeCount": ending.approximate_invoke_count,
    }


def _response_context(ending: Ending) -> Mapping[str, Json] | None:
    if ending.status_code is None:
        return None
    context: dict[str, Json] = {"statusCode": ending.status_code}
    if ending.executed_version is not None:
        context["executedVersion"] = ending.executed_version
    if ending.function_error is not None:
        context["functionError"] = ending.function_error
    return context


def _compact(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class NotARecord(ValueError):
    """A text that is no invocation record."""


@dataclass(frozen=True)
class InvocationRecord:
    """A record as a test reads it: `text` and `json` are exactly what AWS delivers.

    A part that the record lacks is None here.
    """

    text: str
    json: dict[str, Json]
    timestamp: datetime
    request_id: str
    function_arn: str
    condition: str
    approximate_invoke_count: int
    request_payload: Json
    response_payload: Json
    status_code: int | None
    executed_version: str | None
    function_error: str | None


def read(text: str) -> InvocationRecord:
    """The record in `text`. Raises `NotARecord` for anything else."""
    try:
        content = json.loads(text)
        request = content["requestContext"]
        response = content.get("responseContext") or {}
        return InvocationRecord(
            text=text,
            json=content,
            timestamp=datetime.strptime(content["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc),
            request_id=request["requestId"],
            function_arn=request["functionArn"],
            condition=request["condition"],
            approximate_invoke_count=request["approximateInvokeCount"],
            request_payload=content["requestPayload"],
            response_payload=content.get("responsePayload"),
            status_code=response.get("statusCode"),
            executed_version=response.get("executedVersion"),
            function_error=response.get("functionError"),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotARecord(text) from None
