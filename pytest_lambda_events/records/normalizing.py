"""What differs from run to run, told the same way in each: ids as labels, instants as offsets, frames without lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ..arguments import shown
from ..config import parse_instant
from ..errors import LambdaEventsError
from ..values import dataclass
from .plain_values import opened, opened_base64, plain

Json = Any
Siblings = Collection[str]


def normalized(value: object, *, start: datetime) -> Json:
    """Returns `value` as JSON in its own order of keys, with labels for ids and offsets from `start` for times.

    Ids, times and JSON inside text are recognized by key and form, times and text also by the keys next to them. Other
    payloads do not change. Raises `LambdaEventsError` for objects that are not values.
    """
    try:
        content = plain(value)
        content = _opened(opened(content) if isinstance(content, str) else content)
    except RecursionError:
        raise LambdaEventsError(
            f"normalize takes values that are not nested in themselves, not {shown(value)}. Pass a value without the circle."
        ) from None
    labels = _Labels()
    labels.read(content)
    return _Writer(labels, start).written(content)


# ---------------------------------------------------------------------- JSON inside text

_TEXTS: Mapping[str, tuple[Siblings, Callable[[str], Json]]] = {
    "body": (("messageId", "message_id", "request_id"), opened),
    "Body": (("MessageId",), opened),
    "Message": (("TopicArn", "MessageId"), opened),
    "payload": (("requestContext", "request_id", "qualifier", "invoked_arn", "outcome"), opened),
    "Detail": (("DetailType",), opened),
    "detail": (("detail-type",), opened),
    "data": (("sequenceNumber", "sequence_number"), opened_base64),
    "Data": (("SequenceNumber",), opened_base64),
    "value": (("timestampType",), opened_base64),
}
"""Keys whose text may be JSON, with the keys next to them: one of these must be present."""


def _opened(value: Json, above: str = "") -> Json:
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _opened(_opened_text(key, item, value, above), key) for key, item in value.items()}


def _opened_text(key: str, item: Json, beside: Mapping[str, Json], above: str) -> Json:
    siblings, open_text = _TEXTS.get(key, ((), opened))
    is_log_data = (above, key) == ("awslogs", "data")
    if isinstance(item, str) and (is_log_data or any(sibling in beside for sibling in siblings)):
        return open_text(item)
    return item


# ---------------------------------------------------------------------- ids

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_IS_UUID = re.compile(_UUID)
_IS_HEX = re.compile("[0-9a-f]{32}")
_IS_NUMBER = re.compile(r"\d{15,}")
_IS_LOG_EVENT_ID = re.compile(r"\d{56}")
_IS_HANDLE = re.compile(r"[^<\s]{20,}")
_IS_SESSION = re.compile(r"(?:AWS:)?AROA[0-9A-Z]{16,}:\S+")
_IS_REQUEST = re.compile("[0-9A-Z]{16}")
_IS_SEQUENCER = re.compile("[0-9A-Fa-f]{16,18}")
_IS_MADE = re.compile("[0-9A-Za-z+/=]{32,}")


@dataclass(frozen=True, slots=True)
class _Id:
    """The form of an id and the name of its label. If it has `siblings`, one of them must be next to its key."""

    shape: re.Pattern[str]
    name: str
    siblings: Siblings = ()


_EXECUTION = (
    "ExecutionDetails", "ExecutionStartedDetails", "ExecutionSucceededDetails", "ExecutionFailedDetails",
    "ExecutionTimedOutDetails", "ExecutionStoppedDetails",
)  # fmt: skip
"""Keys next to the id and the name of a durable execution."""
_REQUEST_ID = _Id(_IS_UUID, "request-id")
_MESSAGE_ID = _Id(_IS_UUID, "message-id")
_SEQUENCE_NUMBER = _Id(_IS_NUMBER, "sequence-number")
_MAPPING_ID = _Id(_IS_UUID, "event-source-mapping-id")
_RECORD_IDS = (_MESSAGE_ID, _SEQUENCE_NUMBER)
_IDS: Mapping[str, tuple[_Id, ...]] = {
    "requestid": (_REQUEST_ID, _Id(_IS_REQUEST, "request-id", ("HostId", "requester"))),
    "awsrequestid": (_REQUEST_ID,),
    "messageid": (_MESSAGE_ID,),
    "messageids": (_MESSAGE_ID,),
    "sequencenumber": (_SEQUENCE_NUMBER,),
    "sequencenumbers": (_SEQUENCE_NUMBER,),
    "startsequencenumber": (_SEQUENCE_NUMBER,),
    "endsequencenumber": (_SEQUENCE_NUMBER,),
    "itemidentifier": _RECORD_IDS,
    "batchitemfailures": _RECORD_IDS,
    "failed": tuple(_Id(one.shape, one.name, ("event_source_mapping",)) for one in _RECORD_IDS),
    "eventsourcemapping": (_MAPPING_ID,),
    "uuid": (_Id(_IS_UUID, "event-source-mapping-id", ("EventSourceArn", "event_source_arn")),),
    "receipthandle": (_Id(_IS_HANDLE, "receipt-handle"),),
    "id": (
        _Id(_IS_UUID, "event-id", ("detail-type",)),
        _Id(_IS_LOG_EVENT_ID, "log-event-id", ("timestamp",)),
        _Id(_IS_UUID, "execution-id", _EXECUTION),
    ),
    "name": (_Id(_IS_UUID, "execution-name", _EXECUTION),),
    "eventid": (_Id(_IS_HEX, "event-id"), _Id(_IS_UUID, "event-id"), _Id(_IS_LOG_EVENT_ID, "log-event-id")),
    "senderid": (_Id(_IS_SESSION, "sender-id"),),
    "principalid": (_Id(_IS_SESSION, "principal-id"),),
    "xamzrequestid": (_Id(_IS_REQUEST, "request-id"),),
    "xamzid2": (_Id(_IS_HANDLE, "host-id"),),
    "hostid": (_Id(_IS_HANDLE, "host-id", ("RequestId",)),),
    "schemaid": (_Id(_IS_UUID, "schema-id", ("dataFormat",)),),
    "configurationid": (_Id(_IS_MADE, "configuration-id", ("s3SchemaVersion",)),),
    "sequencer": (_Id(_IS_SEQUENCER, "sequencer", ("key",)),),
    "versionid": (_Id(_IS_HANDLE, "version-id", ("key",)),),
    "signature": (_Id(_IS_HANDLE, "signature", ("SigningCertURL", "SigningCertUrl")),),
    "checkpointtoken": (_Id(_IS_HANDLE, "checkpoint-token"),),
    "callbackid": (_Id(_IS_HANDLE, "callback-id"),),
    "md5ofbody": (_Id(_IS_HEX, "md5"),),
    "md5ofmessagebody": (_Id(_IS_HEX, "md5"),),
    "md5ofmessageattributes": (_Id(_IS_HEX, "md5"),),
}
"""The ids under each key, in any spelling: `requestId`, `RequestID` and `request_id` are the same key."""
_OF_ATTRIBUTES = ("stringValue", "StringValue", "Value")
"""The keys with the value of a message attribute. The key above is its name."""
_IN_TEXT = (
    (re.compile(rf"RequestId: ({_UUID})"), "request-id"),
    (re.compile("Root=(1-[0-9a-f]{8}-[0-9a-f]{24})"), "trace-id"),
    (re.compile("Parent=([0-9a-f]{16})"), "segment-id"),
    (re.compile(rf"arn:aws[\w-]*:sns:[\w-]*:\d{{12}}:[\w.-]+:({_UUID})"), "subscription-id"),
    (re.compile(r"SimpleNotificationService-([0-9a-f]{32})\.pem"), "certificate-id"),
    (re.compile(rf"arn:aws[\w-]*:kafka:[\w-]*:\d{{12}}:cluster/[^/]+/({_UUID})-"), "cluster-id"),
    (re.compile(rf"/durable-execution/({_UUID})/"), "execution-name"),
    (re.compile(rf"/durable-execution/[^/]+/({_UUID})"), "execution-id"),
    (re.compile(r"(shardId-\d{20}-[0-9a-f]{8})"), "shard-id"),
    (re.compile(rf"^aws/lambda/({_UUID})/"), "event-source-mapping-id"),
    (re.compile(rf"^aws/lambda/.*T\d\d\.\d\d\.\d\d-({_UUID})$"), "object-id"),
    (re.compile(r"\d{4}/\d\d/\d\d/\[[^\]\s]+\]([0-9a-f]{32})"), "log-stream-id"),
)
"""Ids that AWS's own words around them tell, wherever they stand."""
_WORD = re.compile(
    rf"(?<![0-9A-Za-z])(?:shardId-\d{{20}}-[0-9a-f]{{8}}|{_UUID}|1-[0-9a-f]{{8}}-[0-9a-f]{{24}}|[0-9a-f]{{32}}|[0-9a-f]{{16}}"
    r"|\d{15,})(?![0-9A-Za-z])"
)
"""What an id may look like inside of a text."""


class _Labels:
    """The labels of one call: an id has the same one wherever it stands, and each name counts from 1."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def read(self, value: Json, key: str = "", beside: Siblings = ()) -> None:
        """Number the ids of a value in order of appearance."""
        if isinstance(value, dict):
            for name, item in value.items():
                self.read(item, key if name in _OF_ATTRIBUTES else name, value)
        elif isinstance(value, list):
            for item in value:
                self.read(item, key, beside)
        elif isinstance(value, str):
            self._read_text(value, key, beside)

    def _read_text(self, text: str, key: str, beside: Siblings) -> None:
        for one in _IDS.get(re.sub("[-_]", "", key).lower(), ()):
            fits = not one.siblings or any(sibling in beside for sibling in one.siblings)
            if fits and one.shape.fullmatch(text):
                self._add(text, one.name)
        for pattern, name in _IN_TEXT:
            for match in pattern.finditer(text):
                self._add(match[1], name)

    def _add(self, found: str, name: str) -> None:
        if found not in self._labels:
            self._counts[name] += 1
            self._labels[found] = f"<{name}-{self._counts[name]}>"

    def put_in(self, text: str) -> str:
        """Returns the text with labels instead of ids."""
        if text in self._labels:
            return self._labels[text]
        return _WORD.sub(lambda match: self._labels.get(match[0], match[0]), text)


# ---------------------------------------------------------------------- instants and frames

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
_INSTANTS: Mapping[str, Siblings] = {
    "timestamp": ("requestContext", "KinesisBatchInfo", "DDBStreamBatchInfo", "KafkaBatchInfo"),
    "firstRecordTimestamp": ("firstRecordOffset",),
    "lastRecordTimestamp": ("lastRecordOffset",),
    "Timestamp": ("TopicArn", "MessageId"),
    "time": ("detail-type",),
    "Time": ("HostId",),
    "eventTime": ("eventName",),
    "approximateArrivalOfFirstRecord": ("streamArn",),
    "approximateArrivalOfLastRecord": ("streamArn",),
    "startTimestamp": ("durableExecutionArn",),
    "endTimestamp": ("durableExecutionArn",),
    "start": ("end",),
    "end": ("start",),
}
"""Keys with ISO 8601 text, and the keys next to them. `start` and `end` count under `window` only."""
_MILLISECONDS: Mapping[str, Siblings] = {
    "SentTimestamp": ("ApproximateReceiveCount", "SenderId"),
    "ApproximateFirstReceiveTimestamp": ("ApproximateReceiveCount", "SenderId"),
}
"""Keys with epoch milliseconds as text, from SQS."""
_SECONDS: Mapping[str, Siblings] = {
    "approximateArrivalTimestamp": ("partitionKey",),
    "ApproximateCreationDateTime": ("SequenceNumber", "Keys"),
}
"""Keys with epoch seconds as a number, from streams."""
_OF_OPERATIONS = ("StartTimestamp", "EndTimestamp", "NextAttemptTimestamp", "ScheduledEndTimestamp")
"""Keys with epoch milliseconds as a number, from the events of durable functions (DUR-41)."""
_FRAME = re.compile(r'[ \t]*File "(?:[^"\n]*[/\\])?([^"\n/\\]*)", line \d+, in (<?[^\s<>]+>?)(?:\n {4,}[^\n]*)*(?:\n\Z)?')
_OBJECT_KEY = re.compile(r"^(aws/lambda/.*/)\d{4}/\d\d/\d\d/(\d{4}-\d\d-\d\dT)(\d\d)\.(\d\d)\.(\d\d)-")
_TABLE_STREAM = re.compile(r"(:table/[\w.-]+/stream/)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})")
_CONSUMER = re.compile(r"(:stream/[\w.-]+/consumer/[\w.-]+:)(\d{10})(?!\d)")
_BROKER = re.compile(r"\b(b-\d+\.[\w-]+\.)[0-9a-f]{6}(\.c\d+\.kafka\.)")
_LOG_STREAM = re.compile(r"\d{4}/\d\d/\d\d/(?=\[[^\]\s]+\](?:[0-9a-f]{32}|<))")


class _Writer:
    """Copies a value with labels and offsets."""

    def __init__(self, labels: _Labels, start: datetime) -> None:
        self._labels = labels
        self._start = start

    def written(self, value: Json, key: str = "", above: str = "", beside: Siblings = ()) -> Json:
        if isinstance(value, dict):
            return {self._text(name): self.written(item, name, key, value) for name, item in value.items()}
        if isinstance(value, list):
            return [self.written(item, key, above, ()) for item in value]
        if isinstance(value, datetime):
            return self._offset(value)
        instant = _instant(value, key, above, beside)
        if instant is not None:
            return self._offset(instant)
        return self._text(value) if isinstance(value, str) else value

    def _offset(self, instant: datetime) -> str:
        aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=timezone.utc)
        microseconds = (aware - self._start) // timedelta(microseconds=1)
        digits = 6 if microseconds % 1_000 else 3
        return f"<T{microseconds / 1_000_000:+.{digits}f}s>"

    def _text(self, text: str) -> str:
        # Dates before ids: a part of an object key could look like an id.
        text = _OBJECT_KEY.sub(self._object_key, text)
        text = _TABLE_STREAM.sub(lambda match: match[1] + self._told(f"{match[2]}Z", match[2]), text)
        text = _CONSUMER.sub(lambda match: match[1] + self._offset(_epoch(int(match[2]) * 1_000)), text)
        text = _BROKER.sub(r"\1<cluster>\2", text)
        text = _LOG_STREAM.sub("<date>/", text)
        text = _FRAME.sub(lambda match: f"<{match[1]} in {match[2]}>", text)
        return self._labels.put_in(text)

    def _object_key(self, match: re.Match[str]) -> str:
        prefix, date, hour, minute, second = match.groups()
        return f"{prefix}<date>/{self._told(f'{date}{hour}:{minute}:{second}Z', f'{date}{hour}.{minute}.{second}')}-"

    def _told(self, iso: str, otherwise: str) -> str:
        instant = _parsed(iso)
        return otherwise if instant is None else self._offset(instant)


def _instant(value: Json, key: str, above: str, beside: Siblings) -> datetime | None:
    """Returns the time that a value contains, by its key, its form and the keys next to it. None if it is not a time."""
    if isinstance(value, str):
        if _stands(key, _INSTANTS, beside) and (key not in ("start", "end") or above == "window"):
            return _parsed(value)
        if (above, key) == ("recordInfo", "timestamp"):
            return _parsed(value)
        if _stands(key, _MILLISECONDS, beside) and re.fullmatch(r"\d{12,13}", value):
            return _epoch(int(value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if _stands(key, _SECONDS, beside):
            return _epoch(round(value * 1_000)) if 0 < value < 1e11 else None
        if key in _OF_OPERATIONS and isinstance(value, int):
            return _epoch(value) if 1e11 < value < 1e14 else None
        if key == "timestamp" and isinstance(value, int) and (_is_log_event(beside) or "timestampType" in beside):
            return _epoch(value) if 0 < value < 1e14 else None
    return None


def _is_log_event(beside: Siblings) -> bool:
    """Returns whether the keys are those of an event in the payload of a subscription filter."""
    event_id = beside.get("id") if isinstance(beside, Mapping) else None
    return isinstance(event_id, str) and _IS_LOG_EVENT_ID.fullmatch(event_id) is not None


def _stands(key: str, table: Mapping[str, Siblings], beside: Siblings) -> bool:
    return any(sibling in beside for sibling in table.get(key, ()))


def _epoch(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=milliseconds)


def _parsed(text: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        return parse_instant(text)
    except LambdaEventsError:
        return None
