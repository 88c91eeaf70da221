"""Writes the invocation record of an asynchronous event byte for byte like AWS, and reads records of events and batches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..values import dataclass

Json = Any


@dataclass(frozen=True, slots=True)
class Ending:
    """How an event ended. The record does not contain parts that are None (DST-20, 21).

    `function_arn` has the qualifier of the invocation (DST-17). Payloads are the original bytes of request and response.
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
    """Returns the record: compact JSON in AWS's order of keys, with both payloads unchanged (DST-15 to 27)."""
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
    """Returns UTC in ISO 8601 with exactly three decimals of a second and `Z`."""
    utc = instant.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def is_json(payload: bytes) -> bool:
    """Returns whether the bytes are one JSON value. `NaN` is not JSON (DST-26)."""
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
    """Raised for a text that is not an invocation record."""


@dataclass(frozen=True)
class BatchInfo:
    """The stream records that a failure record is about. For the final call of a window only shard and stream (KIN-E7)."""

    shard_id: str
    """The id of the shard."""
    stream_arn: str
    """The ARN of the stream."""
    batch_size: int | None
    """The number of records."""
    start_sequence_number: str | None
    """The sequence number of the first record."""
    end_sequence_number: str | None
    """The sequence number of the last record."""


@dataclass(frozen=True)
class KafkaBatchInfo:
    """The records of Kafka that a failure record is about (KAF-31)."""

    batch_size: int
    """The number of records."""
    event_source_arn: str | None
    """The ARN of the cluster of Amazon MSK. None for a self-managed cluster."""
    bootstrap_servers: list[str]
    """The servers of the cluster."""
    offsets: dict[str, tuple[int, int]]
    """The first and the last offset by topic and partition, such as `{"orders-0": (7, 9)}`."""


_BATCH_INFOS = ("KinesisBatchInfo", "DDBStreamBatchInfo")
"""The keys of a failure record that describe its batch (DDB-50)."""


@dataclass(frozen=True)
class InvocationRecord:
    """The record that Lambda delivers to a destination. Parts that the record does not contain are None.

    The record of a stream batch has a `batch_info`, and that of a batch of Kafka a `kafka_batch_info`. Such a record has the
    event of the batch as `request_payload` only in a bucket (KIN-72, KAF-31).
    """

    text: str
    """The record as text, exactly as AWS delivers it."""
    json: dict[str, Json]
    """The record, decoded."""
    timestamp: datetime
    """When the event ended, with milliseconds."""
    request_id: str
    """The request id of the invocation."""
    function_arn: str
    """The ARN of the function, with the qualifier of the invocation."""
    condition: str
    """Why the record was delivered: `Success`, `RetriesExhausted`, `EventAgeExceeded` or `ZeroReservedConcurrency`; for
    batches `RetryAttemptsExhausted` or `RecordAgeExceeded`; for Kafka also `MaximumPayloadSizeExceeded` or
    `SchemaValidationFailed`."""
    approximate_invoke_count: int
    """AWS's count of invocations."""
    request_payload: Json
    """The event, decoded."""
    response_payload: Json
    """The response of the function, decoded."""
    status_code: int | None
    """200, or the status with which the invocation was refused."""
    executed_version: str | None
    """`$LATEST` or a version number."""
    function_error: str | None
    """`Unhandled` if the handler failed."""
    batch_info: BatchInfo | None
    """The stream records of the batch. None for an event, and for a batch of Kafka."""
    kafka_batch_info: KafkaBatchInfo | None = None
    """The records of the batch if the source is Kafka."""


def read(text: str) -> InvocationRecord:
    """Returns the record in `text`. Raises `NotARecord` if it is not a record."""
    try:
        content = json.loads(text)
        request = content["requestContext"]
        response = content.get("responseContext") or {}
        batch_info, kafka_batch_info = _batch_info(content), _kafka_batch_info(content)
        is_of_batch = batch_info is not None or kafka_batch_info is not None
        return InvocationRecord(
            text=text,
            json=content,
            timestamp=datetime.strptime(content["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc),
            request_id=request["requestId"],
            function_arn=request["functionArn"],
            condition=request["condition"],
            approximate_invoke_count=request["approximateInvokeCount"],
            request_payload=_event_of(content) if is_of_batch else content["requestPayload"],
            response_payload=content.get("responsePayload"),
            status_code=response.get("statusCode"),
            executed_version=response.get("executedVersion"),
            function_error=response.get("functionError"),
            batch_info=batch_info,
            kafka_batch_info=kafka_batch_info,
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


def _kafka_batch_info(content: Mapping[str, Json]) -> KafkaBatchInfo | None:
    info = content.get("KafkaBatchInfo")
    if info is None:
        return None
    ranges = {
        place: (int(one["firstRecordOffset"]), int(one["lastRecordOffset"])) for place, one in info["recordsInfo"].items()
    }
    return KafkaBatchInfo(info["batchSize"], info.get("eventSourceArn"), info["bootstrapServers"].split(","), ranges)


def _event_of(content: Mapping[str, Json]) -> Json:
    """Returns the event of a batch, which only the object in a bucket contains, as text (KIN-E6)."""
    payload = content.get("payload")
    return None if payload is None else json.loads(payload)
