"""The records of the event of a batch."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any


def records_of(event: Any) -> Sequence[Any]:
    """Returns the records of an event; none for other events. Those of Kafka are listed by topic and partition."""
    if not isinstance(event, Mapping):
        return ()
    records = event.get("Records")
    if records is None and isinstance(event.get("records"), Mapping):
        records = list(chain.from_iterable(event["records"].values()))
    return records if isinstance(records, list) else ()


def kafka_identifier(record: Mapping[str, Any]) -> str | None:
    """Returns the topic, the partition and the offset of a record of Kafka, such as `orders-0:15`; None for another record."""
    if "offset" not in record or "partition" not in record:
        return None
    return f"{record['topic']}-{record['partition']}:{record['offset']}"


def is_tombstone(record: Mapping[str, Any]) -> bool:
    """Returns whether it is a record of Kafka without a value."""
    return "value" not in record and kafka_identifier(record) is not None


def kafka_value(record: Mapping[str, Any]) -> bytes | None:
    """Returns the value of a record of Kafka; None for a tombstone."""
    return base64.b64decode(record["value"]) if "value" in record else None
