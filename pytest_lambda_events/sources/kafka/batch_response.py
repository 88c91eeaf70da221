"""Reads which records of a batch failed, from a response with ReportBatchItemFailures (KAF-24, KAF-25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import batch_response
from ..batch_response import BatchResult
from .topics import KafkaRecord


def failed_offsets(response: bytes, records: Sequence[KafkaRecord], *, is_queue: bool = False) -> BatchResult:
    """Returns the records that failed: in each partition that a response names, those from its lowest offset on.

    With the consumption mode `Queue` only the named records failed, since each is acknowledged by itself (KAF-63).
    """
    identifiers = {f"{record.topic}-{record.partition}/{record.offset}": record for record in records}
    result = batch_response.batch_result(response, list(identifiers), _identifier, "a partition and an offset")
    if is_queue:
        return BatchResult(tuple(identifiers[one].identifier for one in result.failed), result.reason)
    lowest: dict[int, int] = {}
    for identifier in result.failed:
        record = identifiers[identifier]
        lowest[record.partition] = min(record.offset, lowest.get(record.partition, record.offset))
    failed = (record for record in records if record.offset >= lowest.get(record.partition, record.offset + 1))
    return BatchResult(tuple(record.identifier for record in failed), result.reason)


def _identifier(value: object) -> str | None:
    """Returns the identifier of an entry, `{"partition": "orders-0", "offset": 5}`, as text. None if it has another form."""
    if not isinstance(value, Mapping):
        return None
    partition, offset = value.get("partition"), value.get("offset")
    is_valid = isinstance(partition, str) and isinstance(offset, int) and not isinstance(offset, bool)
    return f"{partition}/{offset}" if is_valid else None
