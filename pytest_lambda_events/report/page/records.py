"""The records in the event of a batch, each with its identifier and its data as a reader understands it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...records.batch_events import kafka_identifier, records_of
from ..json_text import parsed


class Record(NamedTuple):
    """A message or a record of a stream."""

    identifier: str
    data: str


def records_in(payload: object) -> list[Record]:
    """Returns the records of an event from a queue, a Kinesis stream or a table; none for other events.

    The batch of a pipe is a list of records.
    """
    event = parsed(payload) if isinstance(payload, (str, bytes)) else None
    return list(_read(event if isinstance(event, list) else records_of(event)))


def _read(records: Sequence[Any]) -> Iterator[Record]:
    for record in records:
        match record:
            case {"messageId": str(identifier), "body": str(body)}:
                yield Record(identifier, body)
            case {"kinesis": {"sequenceNumber": str(identifier), "data": str(data)}} | {
                "sequenceNumber": str(identifier),
                "data": str(data),
            }:
                yield Record(identifier, decoded(data))
            case {"partition": int(), "offset": int()}:
                yield Record(kafka_identifier(record) or "", decoded(record["value"]) if "value" in record else "null")
            case {"eventName": name, "dynamodb": {"SequenceNumber": str(identifier)} as change}:
                yield Record(identifier, f"{name} {_image(change)}")


def decoded(data: str) -> str:
    """Returns what is encoded as base64: as text, or in Python's notation for bytes that are no text."""
    content = base64.b64decode(data)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return repr(content)


def _image(change: Mapping[str, Any]) -> str:
    """Returns the item after a change, before it if it was deleted, or else its keys."""
    item = change.get("NewImage") or change.get("OldImage") or change.get("Keys") or {}
    return json.dumps({name: _plain(value) for name, value in item.items()}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Returns an attribute value without its type: `{"S": "a"}` is `"a"`."""
    match value:
        case {"NULL": _}:
            return None
        case {"B": str(data)}:
            return decoded(data)
        case {"BS": list(items)}:
            return [decoded(data) for data in items]
        case {"L": list(items)}:
            return [_plain(item) for item in items]
        case {"M": dict(members)}:
            return {name: _plain(member) for name, member in members.items()}
        case {"N": str(number)}:
            return json.loads(number)
        case {"NS": list(numbers)}:
            return [json.loads(number) for number in numbers]
        case dict() if len(value) == 1:
            return next(iter(value.values()))
    return value
