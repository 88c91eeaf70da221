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


def payload(data: bytes) -> bytes:
    """Returns the event for a function as JSON: a compressed batch in base64 (LOG-10)."""
    return b'{"awslogs":{"data":"%b"}}' % base64.b64encode(data)


@dataclass(frozen=True, slots=True)
class Packed:
    """A part of a batch that is compressed, and how many log events it has."""

    data: bytes
    events: int


def packed(batch: LogBatch, size_of: Callable[[bytes], int], largest: int) -> Iterator[Packed]:
    """Yields a batch in as few parts as possible. `size_of` returns the size of compressed data as it is sent (LOG-14).

    Raises `EventTooLarge` if a part of one event is larger than `largest` bytes.
    """
    while batch.events:
        whole = Packed(compressed(batch), len(batch.events))
        part = whole if size_of(whole.data) <= largest else _first_part(batch, size_of, largest)
        yield part
        batch = replace(batch, events=batch.events[part.events :])


def _first_part(batch: LogBatch, size_of: Callable[[bytes], int], largest: int) -> Packed:
    """Returns the most events from the start that fit."""
    fitting, too_many = Packed(b"", 0), len(batch.events)
    while too_many - fitting.events > 1:
        middle = (fitting.events + too_many) // 2
        data = compressed(replace(batch, events=batch.events[:middle]))
        if size_of(data) <= largest:
            fitting = Packed(data, middle)
        else:
            too_many = middle
    if not fitting.events:
        raise EventTooLarge
    return fitting


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
