"""The payloads of subscription filters of CloudWatch Logs."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...service.authorization import PushSource
from ...values import dataclass

_CONTROL_OWNER = "CloudwatchLogs"
_CONTROL_TEXT = "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."


class EventTooLarge(Exception):
    """A log event does not fit into one payload."""


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Log events of one log stream that match a subscription filter. Each has an `id`, a `timestamp` and a `message`."""

    account_id: str
    region_name: str
    log_group: str
    log_stream: str
    filter_name: str
    events: Sequence[Mapping[str, Any]]

    @property
    def source(self) -> PushSource:
        """Returns the log group as the policy of a function names it."""
        return source(self.account_id, self.region_name, self.log_group)


def source(account_id: str, region_name: str, log_group: str) -> PushSource:
    """Returns a log group as the policy of a function names it (PRM-13, LOG-06)."""
    arn = f"arn:aws:logs:{region_name}:{account_id}:log-group:{log_group}:*"
    return PushSource("logs.amazonaws.com", arn, account_id, f"logs.{region_name}.amazonaws.com")


def event_id(timestamp: int, number: int) -> str:
    """Returns the id of a log event: 56 digits that grow with the time and the number of the event (LOG-11)."""
    return f"{(timestamp << 144) + number:056d}"


def compressed(batch: LogBatch) -> bytes:
    """Returns a batch as JSON, compressed with gzip (LOG-10)."""
    return _compressed("DATA_MESSAGE", batch.account_id, batch)


def control_message(timestamp: int) -> bytes:
    """Returns the message that tests a Kinesis stream when a filter is put (LOG-07)."""
    event = {"id": "", "timestamp": timestamp, "message": _CONTROL_TEXT}
    return _compressed("CONTROL_MESSAGE", _CONTROL_OWNER, LogBatch("", "", "", "", "", [event]))


def event(batch: LogBatch) -> dict[str, Any]:
    """Returns the event for a function: the compressed batch in base64."""
    return {"awslogs": {"data": base64.b64encode(compressed(batch)).decode()}}


def payload(batch: LogBatch) -> bytes:
    """Returns the event for a function as JSON."""
    return json.dumps(event(batch), separators=(",", ":")).encode()


def payloads(batch: LogBatch, encode: Callable[[LogBatch], bytes], largest: int) -> Iterator[bytes]:
    """Yields the batch as few payloads of at most `largest` bytes. Raises `EventTooLarge` (LOG-14)."""
    while batch.events:
        encoded = encode(batch)
        if len(encoded) <= largest:
            yield encoded
            return
        fitting, first = _first_part(batch, encode, largest)
        yield first
        batch = replace(batch, events=batch.events[fitting:])


def _first_part(batch: LogBatch, encode: Callable[[LogBatch], bytes], largest: int) -> tuple[int, bytes]:
    """Returns the most events from the start that fit into one payload, and the payload."""
    fitting, too_many, found = 0, len(batch.events), b""
    while too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        encoded = encode(replace(batch, events=batch.events[:middle]))
        if len(encoded) <= largest:
            fitting, found = middle, encoded
        else:
            too_many = middle
    if not fitting:
        raise EventTooLarge
    return fitting, found


def _compressed(kind: str, owner: str, batch: LogBatch) -> bytes:
    data = {
        "messageType": kind,
        "owner": owner,
        "logGroup": batch.log_group,
        "logStream": batch.log_stream,
        "subscriptionFilters": [batch.filter_name] if batch.filter_name else [],
        "logEvents": batch.events,
    }
    return gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0)
