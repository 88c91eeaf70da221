"""How the records of a mapping become events, and how its responses and failure records name them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ...values import dataclass
from ..events import FRAME_BYTES
from ..filtering.filters import Filters
from ..mapping import EventSourceMapping
from ..ports import Position, StreamRecord
from . import decisions
from .decisions import Outcome
from .stream_batch import Item, StreamBatch
from .stream_types import StreamType, stream_type_of


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure record about a discarded batch, or about one of its records.

    Args:
        batch: What was discarded.
        target_arn: The ARN of the destination.
        key: The key of a record of a topic of Kafka.
    """

    batch: StreamBatch
    target_arn: str
    key: bytes | None = None


class SourceForm(Protocol):
    """What differs between the sources that `StreamPoller` reads: streams with shards, and topics of Kafka."""

    @property
    def stream_type(self) -> StreamType:
        """What all sources of the type have in common."""

    @property
    def is_queue(self) -> bool:
        """Whether the source delivers failed records again, each by itself (KAF-63)."""

    @property
    def frame_bytes(self) -> int:
        """The size of an event without records, if it has no tumbling window."""

    def payload(self, shard_id: str, batch: StreamBatch, state: Any) -> bytes:
        """Returns the event of a batch as JSON. `state` is that of its tumbling window."""

    def event(self, batch: StreamBatch) -> dict[str, Any] | None:
        """Returns the decoded payload as a new object. None if it takes longer to create it than to decode the payload."""

    @property
    def has_schemas(self) -> bool:
        """Whether `problem` may find a problem of a record."""

    def problem(self, record: StreamRecord) -> str | None:
        """Returns why a record is not of its schema. None if it is, or if it has none (KAF-66)."""

    def matches(self, filters: Filters, item: Item) -> bool:
        """Returns whether a record matches the filters."""

    def outcome(self, response: bytes, batch: StreamBatch) -> Outcome:
        """Returns the outcome of a response without an error. It may move records that failed to the end of the batch."""

    def batch_info(self, shard_id: str, batch: StreamBatch, times: tuple[str, ...]) -> Mapping[str, Any]:
        """Returns how failure records describe a batch. `times` are the arrivals of its first and last record, if any."""

    def discarded(self, batch: StreamBatch) -> StreamBatch | None:
        """Returns the part to discard of a batch without further retries. None if the source delivers all records again."""

    def idle(self) -> None:
        """All batches of a worker are finished, or dropped."""

    def failures(self, batch: StreamBatch, destination: str) -> Sequence[Failure]:
        """Returns the failure records to send about a discarded batch."""

    def place_of(self, shard_id: str, batch: StreamBatch) -> str:
        """Returns the shard or partition in the key of an object with a failure record (KIN-79, KAF-34)."""

    def failed(self, batch: StreamBatch) -> None:
        """An attempt failed, or did not begin."""

    def committed(self, shard_id: str, position: Position) -> None:
        """Keeps the position up to which all records are finished."""


class ShardForm:
    """The form of Kinesis and DynamoDB streams."""

    frame_bytes = FRAME_BYTES
    has_schemas = False
    is_queue = False

    def __init__(self, mapping: EventSourceMapping) -> None:
        self._mapping = mapping
        self.stream_type = stream_type_of(mapping.event_source_arn)

    def payload(self, shard_id: str, batch: StreamBatch, state: Any) -> bytes:
        """Returns the event with `Records`, and with the members of a window."""
        return batch.payload(shard_id, self._mapping.event_source_arn, state)

    def event(self, batch: StreamBatch) -> dict[str, Any] | None:
        """Returns the decoded payload, if records of the stream can create it quickly."""
        return batch.event()

    def problem(self, record: StreamRecord) -> str | None:
        """Returns None."""
        return None

    def matches(self, filters: Filters, item: Item) -> bool:
        """Returns whether a record matches; data of Kinesis is decoded for that."""
        record = json.loads(item.encoded)
        if self.stream_type.service == "kinesis":
            return filters.match_kinesis(record)
        return filters.match_dynamodb(record)

    def outcome(self, response: bytes, batch: StreamBatch) -> Outcome:
        """Returns the outcome of a response with sequence numbers."""
        return decisions.outcome_of(response, batch.sequence_numbers, batch.settings)

    def batch_info(self, shard_id: str, batch: StreamBatch, times: tuple[str, ...]) -> Mapping[str, Any]:
        """Returns the shard and the range of sequence numbers. The final call for a window has no records (KIN-E7)."""
        stream_arn = self._mapping.event_source_arn
        if not times:
            return {"shardId": shard_id, "streamArn": stream_arn}
        return {
            "shardId": shard_id,
            "startSequenceNumber": batch.sequence_numbers[0],
            "endSequenceNumber": batch.sequence_numbers[-1],
            "approximateArrivalOfFirstRecord": times[0],
            "approximateArrivalOfLastRecord": times[1],
            "batchSize": len(batch.items),
            "streamArn": stream_arn,
        }

    def discarded(self, batch: StreamBatch) -> StreamBatch | None:
        """Returns the whole batch."""
        return batch

    def idle(self) -> None:
        """Does nothing."""

    def failures(self, batch: StreamBatch, destination: str) -> Sequence[Failure]:
        """Returns one failure record."""
        return [Failure(batch, destination)]

    def place_of(self, shard_id: str, batch: StreamBatch) -> str:
        """Returns the shard."""
        return shard_id

    def failed(self, batch: StreamBatch) -> None:
        """Does nothing."""

    def committed(self, shard_id: str, position: Position) -> None:
        """Keeps the last sequence number of the shard."""
        if position[0] >= 0:
            self._mapping.checkpoints[shard_id] = str(position[0])
