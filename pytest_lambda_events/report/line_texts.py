"""The words of the lines of a timeline."""

from __future__ import annotations

import json

from ..arns import name_of_arn, parse
from ..journal.attempts import Called, CallFailure, Ended
from ..journal.batches import OfMessage
from ..journal.entry import Entry
from ..journal.events import (
    Accepted,
    CallStopped,
    Delivered,
    DeliveryFailed,
    Denied,
    Discarded,
    DurableEvent,
    EventEnded,
    HttpResponded,
    Retried,
    Warned,
)
from ..journal.pushes import OfPush, PushDropped, PushFiltered, PushRetried
from .batches import Batches, source_name
from .brief import brief
from .json_text import log_data, parsed
from .line import instant

PAYLOAD_WIDTH = 48
_OF_THE_SDK = {("lambda", "CheckpointDurableExecution"), ("lambda", "GetDurableExecutionState")}
"""Calls that the SDK of durable functions makes. The entries of their effects tell what happened."""
_THROTTLES = {
    "ReservedFunctionConcurrentInvocationLimitExceeded": "reserved concurrency is used up",
    "ConcurrentInvocationLimitExceeded": "the account's concurrency is used up",
}


def ending_text(entry: Retried | EventEnded) -> str:
    if isinstance(entry, Retried):
        return f"retry at {instant(entry.due_after_seconds)}"
    if isinstance(entry, Discarded):
        return f"{entry.condition}, count {entry.invoke_count}"
    return "Success"


def target_text(arn: str) -> str:
    """Returns the ARN of a destination. A topic of Kafka is shown as mappings name it: `kafka://orders-failed`."""
    target = parse(arn)
    return f"kafka://{target.name}" if target.service == "kafka" else arn


def reason_of(entry: Entry) -> str:
    """Returns a reason. Reasons are long, so they are at the end of the line, where they do not widen a column."""
    if isinstance(entry, HttpResponded):
        return entry.reason or ""
    return entry.reason if isinstance(entry, (DeliveryFailed, Denied, PushRetried, PushDropped)) else ""


def words_of(entry: Entry, batches: Batches) -> tuple[str, str]:
    if isinstance(entry, Accepted):
        source = f" from {entry.pushed_by}" if entry.pushed_by else ""
        return "accepted", f"{_short(entry.payload)}{source}"
    if isinstance(entry, Called) and (entry.service, entry.operation) in _OF_THE_SDK:
        return "", ""
    if isinstance(entry, Called):
        target = f" {entry.target}" if entry.target else ""
        failure = f": {failure_text(entry.failure)}" if entry.failure is not None else ""
        return "called", f"{entry.service}.{entry.operation}{target}{failure}"
    if isinstance(entry, Delivered):
        return entry.route, f"to {target_text(entry.target)}"
    if isinstance(entry, DeliveryFailed):
        return entry.route, f"not delivered to {target_text(entry.target)}"
    if isinstance(entry, Denied):
        return "denied", ""
    if isinstance(entry, (PushRetried, PushDropped)):
        return push_words(entry)
    if isinstance(entry, CallStopped):
        return "refused", "a recursive loop"
    if isinstance(entry, HttpResponded):
        return "responded", response_text(entry)
    if isinstance(entry, DurableEvent):
        return ("durable", entry.text) if entry.is_told else ("", "")
    if isinstance(entry, Warned):
        return "warning", entry.message
    return batches.words(entry)


def response_text(entry: HttpResponded) -> str:
    """Returns a request and the status code of its response."""
    return f"{entry.method} {entry.path}: {entry.status_code}"


def who_of(entry: Entry) -> str:
    """Returns the function, or the source that acted itself."""
    name = entry.subject.function_name
    if name is None and isinstance(entry, OfMessage):
        return source_name(entry)
    if isinstance(entry, OfPush):
        return entry.pushed_by
    if isinstance(entry, HttpResponded):
        return entry.front
    return name or ""


def push_words(entry: OfPush) -> tuple[str, str]:
    """Returns what happened to an event for one target."""
    name = name_of_arn(entry.target)
    if isinstance(entry, PushRetried):
        return "not pushed", f"to {name}, retry at {instant(entry.due_after_seconds)}"
    if isinstance(entry, PushDropped):
        queue = f", moved to {name_of_arn(entry.dead_letter_queue)}" if entry.dead_letter_queue else ", lost"
        return "not pushed", f"to {name}{queue}"
    if isinstance(entry, PushFiltered):
        return "filtered", "no rule matched" if ":event-bus/" in entry.target else f"for {name}"
    return "pushed", f"to {name}"


def outcome_text(entry: Ended) -> str:
    if entry.error_type is None:
        return f"returned {_failures(entry.payload) or _short(entry.payload)}"
    message = message_of(entry)
    return f"{entry.error_type}: {brief(message)}" if message.strip() else entry.error_type


def message_of(ended: Ended) -> str:
    """Returns the message of an attempt's error, without the request id with which Lambda's own messages begin."""
    return (ended.error_message or "").removeprefix(f"RequestId: {ended.request_id} Error: ")


def reason_text(reason: str) -> str:
    """Returns AWS's reason for a throttle in shorter and clearer words. Other reasons are unchanged."""
    return _THROTTLES.get(reason, reason)


def failure_text(failure: CallFailure) -> str:
    """Returns the error of a failed AWS call in one line, beginning with its code."""
    message = brief(failure.message)
    note = f" ({failure.note})" if failure.note else ""
    return f"{failure.error}: {message}{note}" if message else f"{failure.error}{note}"


def _failures(payload: bytes) -> str:
    """Returns the number of failures in a response. The failed items follow in the line, so their ids are not shown."""
    if b"batchItemFailures" not in payload or len(payload) <= PAYLOAD_WIDTH:
        return ""
    try:
        answer = json.loads(payload)
    except ValueError:
        return ""
    named = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return f"{len(named)} batchItemFailures" if isinstance(named, list) and len(answer) == 1 else ""


def _short(payload: bytes) -> str:
    if payload.startswith(b'{"awslogs"'):
        payload = _log_messages(payload)
    # Only this much is shown, and payloads may have megabytes.
    text = " ".join(payload[: 16 * PAYLOAD_WIDTH].decode(errors="replace").split())
    return text if len(text) <= PAYLOAD_WIDTH else text[: PAYLOAD_WIDTH - 3] + "..."


def _log_messages(payload: bytes) -> bytes:
    """Returns the messages of an event of CloudWatch Logs as JSON, because the event itself is compressed."""
    data = log_data(parsed(payload))
    match data:
        case {"logEvents": list(events)}:
            messages = [event.get("message") for event in events if isinstance(event, dict)]
            return json.dumps(messages, ensure_ascii=False).encode(errors="replace")
    return payload
