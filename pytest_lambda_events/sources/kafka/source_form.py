"""The events and failure records of Kafka (KAF-E1 to E5, KAF-24 to 26, KAF-30 to 34)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...journal.batches import OffsetLag
from ..events import encoded
from ..filtering.filters import Filters
from ..mapping import EventSourceMapping, KafkaSource
from ..mapping_journal import MappingJournal
from ..ports import Position, StreamRecord
from ..streams.decisions import Outcome
from ..streams.source_form import Failure
from ..streams.stream_batch import Item, StreamBatch
from ..streams.stream_types import KAFKA
from .arns import destination_topic, topic_beside
from .batch_response import failed_offsets
from .consumer import FetchedRecord, TopicConsumer
from .share_consumer import ShareConsumer
from .topics import KafkaRecord


class KafkaForm:
    """The form of one mapping of a topic."""

    stream_type = KAFKA

    def __init__(
        self, mapping: EventSourceMapping, source: KafkaSource, consumer: TopicConsumer, journal: MappingJournal
    ) -> None:
        self._mapping = mapping
        self._journal = journal
        self._consumer = consumer
        self._source = source
        self.is_queue = source.is_queue
        self._head = encoded(event_members(source))[:-1] + b',"records":{'

    @property
    def frame_bytes(self) -> int:
        """The size of an event without records, with the lists of all partitions."""
        topic = self._consumer.topic
        count = 0 if topic is None else topic.partitions
        lists = sum(len(f'"{self._source.topic}-{partition}":[]') for partition in range(count))
        return len(self._head) + lists + len("}}")

    def payload(self, shard_id: str, batch: StreamBatch, state: Any) -> bytes:
        """Returns the event, with the partitions in ascending order."""
        lists = (
            f'"{self._source.topic}-{partition}":['.encode() + b",".join(item.encoded for item in items) + b"]"
            for partition, items in _by_partition(batch.items)
        )
        return self._head + b",".join(lists) + b"}}"

    def event(self, batch: StreamBatch) -> dict[str, Any] | None:
        """Returns None: decoding the payload is quicker."""
        return None

    @property
    def has_schemas(self) -> bool:
        """Whether the mapping has a schema registry."""
        return self._mapping.in_force.schemas is not None

    def problem(self, record: StreamRecord) -> str | None:
        """Returns why a record is not of its schema."""
        assert isinstance(record, FetchedRecord)
        return None if record.read is None else record.read.problem

    def matches(self, filters: Filters, item: Item) -> bool:
        """Returns whether a record matches; its value and key are decoded for that, with their schemas if they have any."""
        record, read = json.loads(item.encoded), _fetched(item).read
        return filters.match_kafka(record if read is None else {**record, **read.filtered()})

    def outcome(self, response: bytes, batch: StreamBatch) -> Outcome:
        """Returns the outcome of a response. Records that failed are the last ones of the batch then."""
        if not batch.settings.reports_batch_item_failures:
            return Outcome()
        records = [_record(item) for item in batch.items]
        result = failed_offsets(response, records, is_queue=self.is_queue)
        if result.reason is not None:
            return Outcome(0, result.reason)
        if not result.failed:
            return Outcome()
        batch.reorder(self._consumer.move_to_end([_fetched(item) for item in batch.items], set(result.failed)))
        return Outcome(len(batch.items) - len(result.failed))

    def batch_info(self, shard_id: str, batch: StreamBatch, times: tuple[str, ...]) -> Mapping[str, Any]:
        """Returns the source, the size, and the range of each partition. Offsets are text here."""
        members = event_members(self._source)
        del members["eventSource"]
        info = {
            "batchSize": len(batch.items),
            **members,
            "payloadSize": len(self.payload(shard_id, batch, None)),
        }
        if destination_topic(batch.settings.on_failure) is not None:
            record = _record(batch.items[0])
            return {**info, "recordInfo": {"offset": str(record.offset), "timestamp": record.timestamp_text}}
        return {
            **info,
            "recordsInfo": {
                f"{self._source.topic}-{partition}": _range(_record(items[0]), _record(items[-1]))
                for partition, items in _by_partition(batch.items)
            },
        }

    def failures(self, batch: StreamBatch, destination: str) -> Sequence[Failure]:
        """Returns one failure record, or one about each record if the destination is a topic of the cluster (KAF-32)."""
        name = destination_topic(destination)
        if name is None:
            return [Failure(batch, destination)]
        arn = topic_beside(self._mapping.event_source_arn, name)
        return [Failure(replace(batch, items=(item,)), arn, _record(item).key) for item in batch.items]

    def discarded(self, batch: StreamBatch) -> StreamBatch | None:
        """Returns the part of a batch to discard. A share group delivers the other records again (KAF-62, KAF-63)."""
        if not isinstance(self._consumer, ShareConsumer):
            return batch
        dropped = {one.identifier for one in self._consumer.release([_record(item) for item in batch.items])}
        items = tuple(item for item in batch.items if _record(item).identifier in dropped)
        return replace(batch, items=items) if items else None

    def idle(self) -> None:
        """Lets the other consumers of the group continue."""
        self._consumer.notify_group()

    def place_of(self, shard_id: str, batch: StreamBatch) -> str:
        """Returns the first topic and partition of the batch."""
        return f"{self._source.topic}-{_by_partition(batch.items)[0][0]}"

    def committed(self, shard_id: str, position: Position) -> None:
        """Commits the offsets, and keeps the last finished offset of each partition."""
        offsets, count = self._consumer.commit(position)
        for partition, offset in offsets.items():
            if offset:
                self._mapping.checkpoints[f"{self._source.topic}-{partition}"] = str(offset - 1)
        self._write_lag(count)

    def failed(self, batch: StreamBatch) -> None:
        """Measures the lag, which grows while attempts fail."""
        self._write_lag(0)

    def _write_lag(self, committed: int) -> None:
        """Writes the lag of the group (KAF-50). Without a topic there is none."""
        lags = self._consumer.lags()
        if not lags:
            return
        settings, journal = self._mapping.in_force, self._journal
        journal.write(OffsetLag(
            journal.subject, journal.origin(settings, self._source.topic), invoked_arn=settings.function_arn, lags=lags,
            committed=committed, is_measured=settings.measures_offset_lag,
        ))  # fmt: skip


def event_members(source: KafkaSource) -> dict[str, Any]:
    """Returns the members of an event before its records (KAF-E1)."""
    arn = source.cluster_arn
    kind = {"eventSource": "aws:SelfManagedKafka"} if arn is None else {"eventSource": "aws:kafka", "eventSourceArn": arn}
    return {**kind, "bootstrapServers": ",".join(source.bootstrap_servers)}


def _by_partition(items: Iterable[Item]) -> list[tuple[int, list[Item]]]:
    found: dict[int, list[Item]] = {}
    for item in items:
        found.setdefault(_record(item).partition, []).append(item)
    return sorted(found.items())


def _fetched(item: Item) -> FetchedRecord:
    assert isinstance(item.record, FetchedRecord)
    return item.record


def _record(item: Item) -> KafkaRecord:
    return _fetched(item).record


def _range(first: KafkaRecord, last: KafkaRecord) -> dict[str, str]:
    return {
        "firstRecordOffset": str(first.offset),
        "lastRecordOffset": str(last.offset),
        "firstRecordTimestamp": first.timestamp_text,
        "lastRecordTimestamp": last.timestamp_text,
    }
