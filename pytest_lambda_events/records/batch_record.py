"""The failure record of a discarded stream batch, in AWS's form (KIN, DDB: invocation record)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..values import dataclass
from .invocation_record import iso_milliseconds

MAXIMUM_PAYLOAD_SIZE_EXCEEDED = "MaximumPayloadSizeExceeded"
"""The condition of a record of Kafka that is too large for an event. Its record has a null `responseContext` (KAF-27)."""


@dataclass(frozen=True, slots=True)
class BatchEnding:
    """The content of the failure record of a batch.

    `status_code` is None where the function never answered (KIN-75). `batch_info_key` is `KinesisBatchInfo`,
    `DDBStreamBatchInfo` or `KafkaBatchInfo`, `batch_info` what stands there; `time_window_info` is of windows only (KIN-E7).
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


def written(ending: BatchEnding, payload: bytes | None = None) -> bytes:
    """The record as JSON. With the `payload` of the event, as text, it is the object of a bucket (KIN-E6, E7)."""
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
    elif ending.condition == MAXIMUM_PAYLOAD_SIZE_EXCEEDED:
        content["responseContext"] = None
    content["version"] = "1.0"
    if payload is not None:
        content["payload"] = payload.decode()
    content["timestamp"] = iso_milliseconds(ending.at)
    content[ending.batch_info_key] = ending.batch_info
    if ending.time_window_info is not None:
        content["timeWindowInfo"] = ending.time_window_info
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def written_by_pipe(ending: BatchEnding) -> bytes:
    """Returns the record that a pipe sends to its dead-letter queue. AWS does not document it: this form is a choice."""
    content = {
        "context": {"partialResourceArn": ending.function_arn, "condition": ending.condition},
        "version": "1.0",
        "timestamp": iso_milliseconds(ending.at),
        ending.batch_info_key: ending.batch_info,
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
