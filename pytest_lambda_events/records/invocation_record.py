"""The invocation record: written byte for byte as AWS does for an asynchronous event, and read back, of batches too."""

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
class BatchInfo:
    """Which records of a stream a record is about. Of a window's final call, which has none, only the shard (KIN-E7)."""

    shard_id: str
    """The shard."""
    stream_arn: str
    """The stream."""
    batch_size: int | None
    """How many records."""
    start_sequence_number: str | None
    """Of the first record."""
    end_sequence_number: str | None
    """Of the last record."""


_BATCH_INFOS = ("KinesisBatchInfo", "DDBStreamBatchInfo")
"""Where a record of a batch says what it is about (DDB-50)."""


@dataclass(frozen=True)
class InvocationRecord:
    """A record as a test reads it: `text` and `json` are exactly what AWS delivers.

    A part that the record lacks is None here. That of a batch of a stream has a `batch_info`, and `request_payload`, the
    batch's event, in a bucket only (KIN-72).
    """

    text: str
    """The record as AWS delivers it."""
    json: dict[str, Json]
    """The same, decoded."""
    timestamp: datetime
    """When the event ended, in milliseconds."""
    request_id: str
    """Of the invocation that was given up on, or that succeeded."""
    function_arn: str
    """With the qualifier as invoked."""
    condition: str
    """Why it was delivered: `Success`, `RetriesExhausted`, `EventAgeExceeded`, `ZeroReservedConcurrency`, and of batches
    `RetryAttemptsExhausted` or `RecordAgeExceeded`."""
    approximate_invoke_count: int
    """How often it was tried, as AWS counts."""
    request_payload: Json
    """The event, decoded."""
    response_payload: Json
    """What the function answered, decoded."""
    status_code: int | None
    """200, or what refused the invocation."""
    executed_version: str | None
    """`$LATEST` or a number."""
    function_error: str | None
    """`Unhandled` where the handler failed."""
    batch_info: BatchInfo | None
    """Of a batch of a stream; None for an event."""


def read(text: str) -> InvocationRecord:
    """The record in `text`. Raises `NotARecord` for anything else."""
    try:
        content = json.loads(text)
        request = content["requestContext"]
        response = content.get("responseContext") or {}
        batch_info = _batch_info(content)
        return InvocationRecord(
            text=text,
            json=content,
            timestamp=datetime.strptime(content["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc),
            request_id=request["requestId"],
            function_arn=request["functionArn"],
            condition=request["condition"],
            approximate_invoke_count=request["approximateInvokeCount"],
            request_payload=content["requestPayload"] if batch_info is None else _event_of(content),
            response_payload=content.get("responsePayload"),
            status_code=response.get("statusCode"),
            executed_version=response.get("executedVersion"),
            function_error=response.get("functionError"),
            batch_info=batch_info,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotARecord(text) from None


def _batch_info(content: Mapping[str, Json]) -> BatchInfo | None:
    info = next((content[key] for key in _BATCH_INFOS if key in content), None)
    if info is None:
        return None
    return BatchInfo(
        info["shardId"], info["streamArn"], info.get("batchSize"), info.get("startSequenceNumber"),
        info.get("endSequenceNumber"),
    )  # fmt: skip


def _event_of(content: Mapping[str, Json]) -> Json:
    """The event of a batch, which only the object in a bucket has, as text (KIN-E6)."""
    payload = content.get("payload")
    return None if payload is None else json.loads(payload)
