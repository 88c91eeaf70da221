"""The failure record of a discarded stream batch, in AWS's form (KIN, DDB: invocation record)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..arns import parse
from ..values import dataclass
from .invocation_record import iso_milliseconds

RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
MAXIMUM_PAYLOAD_SIZE_EXCEEDED = "MaximumPayloadSizeExceeded"
"""The condition of a record of Kafka that is too large for an event (KAF-27)."""


@dataclass(frozen=True, slots=True)
class BatchEnding:
    """The content of the failure record of a batch.

    `status_code` is None where the function never answered (KIN-75). `batch_info_key` is `KinesisBatchInfo`,
    `DDBStreamBatchInfo` or `KafkaBatchInfo`, `batch_info` what stands there; `time_window_info` is of windows only (KIN-E7).
    `has_null_response` is whether `responseContext` is null instead of missing (KAF-27, KAF-68).
    """

    at: datetime
    request_id: str
    function_arn: str
    condition: str
    approximate_invoke_count: int
    batch_info_key: str
    batch_info: Mapping[str, Any]
    status_code: int | None = None
    executed_version: str | None = None
    function_error: str | None = None
    time_window_info: Mapping[str, Any] | None = None
    has_null_response: bool = False


def written(ending: BatchEnding, payload: bytes | None = None) -> bytes:
    """The record as JSON. With the `payload` of the event, as text, it is the object of a bucket (KIN-E6, E7)."""
    return _encoded(_content(ending, None if payload is None else payload.decode()))


def written_to_kafka(ending: BatchEnding, payload: bytes) -> bytes:
    """Returns the value of a record of a topic of Kafka. Its `payload` is the event as an object (KAF-32, KAF-33)."""
    qualified = ending.function_arn if parse(ending.function_arn).qualifier else f"{ending.function_arn}:$LATEST"
    is_exhausted = ending.condition == RETRY_ATTEMPTS_EXHAUSTED
    condition = "RetriesExhausted" if is_exhausted else ending.condition
    content = _content(replace(ending, function_arn=qualified, condition=condition))
    return _encoded({**content, "payload": json.loads(payload)})


def _content(ending: BatchEnding, payload: str | None = None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": ending.function_arn,
            "condition": ending.condition,
            "approximateInvokeCount": ending.approximate_invoke_count,
        }
    }
    if ending.status_code is not None:
        content["responseContext"] = {
            "statusCode": ending.status_code,
            "executedVersion": ending.executed_version,
            "functionError": ending.function_error,
        }
    elif ending.has_null_response:
        content["responseContext"] = None
    content["version"] = "1.0"
    if payload is not None:
        content["payload"] = payload
    content["timestamp"] = iso_milliseconds(ending.at)
    content[ending.batch_info_key] = ending.batch_info
    if ending.time_window_info is not None:
        content["timeWindowInfo"] = ending.time_window_info
    return content


def _encoded(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def written_by_pipe(ending: BatchEnding) -> bytes:
    """Returns the record that a pipe sends to its dead-letter queue. AWS does not document it: this form is a choice."""
    content = {
        "context": {"partialResourceArn": ending.function_arn, "condition": ending.condition},
        "version": "1.0",
        "timestamp": iso_milliseconds(ending.at),
        ending.batch_info_key: ending.batch_info,
    }
    return _encoded(content)
