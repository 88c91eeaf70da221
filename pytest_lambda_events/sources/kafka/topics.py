"""Topics of Kafka with their partitions, records, and the offsets of consumer groups."""

from __future__ import annotations

import json
from binascii import b2a_base64
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Protocol

from ...arns import parse
from ...simulation.clock import MICROSECONDS, VirtualClock
from ...simulation.wait_signal import Signal
from ...values import dataclass
from .arns import is_same_topic
from .partitioner import partition_of

_MILLISECOND = MICROSECONDS // 1000


@dataclass(eq=False, slots=True)
class KafkaRecord:
    """A record of a partition. Not frozen: topics have many records, and frozen ones take longer to create.

    Args:
        timestamp: In milliseconds since 1970, set by the producer.
        arrived_at: When the topic got the record, in microseconds since the clock's start.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    arrived_at: int

    @property
    def identifier(self) -> str:
        """The topic, the partition and the offset, such as `orders-0:15`."""
        return f"{self.topic}-{self.partition}:{self.offset}"

    @property
    def timestamp_text(self) -> str:
        """The timestamp as failure records have it."""
        at = datetime.fromtimestamp(self.timestamp // 1000, timezone.utc)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{self.timestamp % 1000:03}Z"

    def json(self) -> str:
        """Returns the record as events have it, without spaces (KAF-E2, KAF-E4, KAF-E5)."""
        key = "" if self.key is None else member("key", self.key)
        return self.json_with(key, "" if self.value is None else member("value", self.value))

    def json_with(self, key: str, value: str) -> str:
        """Returns the record with other members for its key and its value, which end in a comma."""
        shown = "[]"
        if self.headers:
            headers = [{name: list(content)} for name, content in self.headers]
            shown = json.dumps(headers, separators=(",", ":"), ensure_ascii=False)
        return (
            f'{{"topic":"{self.topic}","partition":{self.partition},"offset":{self.offset},"timestamp":{self.timestamp},'
            f'"timestampType":"CREATE_TIME",{key}{value}"headers":{shown}}}'
        )


def member(name: str, content: bytes | None) -> str:
    """Returns the key or the value of a record as a member of JSON that ends in a comma; empty text if it is missing."""
    return "" if content is None else f'"{name}":"{b2a_base64(content, newline=False).decode()}",'


class PartitionMissing(Exception):
    """A topic does not have the partition of a record."""


class Consumer(Protocol):
    """A consumer of a group, as topics know it."""

    @property
    def is_active(self) -> bool:
        """Whether it takes part in its group now."""


class KafkaTopic:
    """A topic. `changed` is notified after each record.

    `groups` has the committed offsets by consumer group and partition: those of the next record. `consumers` has the
    consumers of mappings by consumer group, in the order in which they began.
    """

    def __init__(self, arn: str, partitions: int, retention_seconds: int, clock: VirtualClock) -> None:
        self.arn = arn
        self.name = parse(arn).name
        self.retention_seconds = retention_seconds
        self.changed = Signal()
        self.groups: dict[str, dict[int, int]] = {}
        self.consumers: dict[str, list[Consumer]] = {}
        self.share_groups: dict[str, ShareGroup] = {}
        self._clock = clock
        self._start_milliseconds = round(clock.start.timestamp() * 1000)
        self._partitions: list[list[KafkaRecord]] = [[] for _ in range(partitions)]
        self._without_key = 0

    @property
    def partitions(self) -> int:
        """The number of partitions."""
        return len(self._partitions)

    def append(
        self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]], partition: int | None,
        timestamp: int | None,
    ) -> KafkaRecord:  # fmt: skip
        """Adds a record. Without a partition its key decides. Records without a key go to all partitions in turn.

        Raises `PartitionMissing` if there is no such partition.
        """
        if partition is None:
            partition = self._chosen(key)
        if not 0 <= partition < len(self._partitions):
            raise PartitionMissing(self.name)
        records, now = self._partitions[partition], self._clock.microseconds
        if timestamp is None:
            timestamp = self._milliseconds(now)
        record = KafkaRecord(self.name, partition, len(records), timestamp, key, value, tuple(headers), now)
        records.append(record)
        self.changed.notify(self.name)
        return record

    def _chosen(self, key: bytes | None) -> int:
        return self.next_partition() if key is None else partition_of(key, self.partitions)

    def next_partition(self) -> int:
        """Returns the partition of the next record whose key does not decide. All partitions take turns."""
        self._without_key += 1
        return (self._without_key - 1) % self.partitions

    def _milliseconds(self, instant: int) -> int:
        return self._start_milliseconds + instant // _MILLISECOND

    def first_offset(self, partition: int) -> int:
        """Returns the offset of the oldest record that the topic still keeps."""
        oldest = self._clock.microseconds - self.retention_seconds * MICROSECONDS
        return bisect_right(self._partitions[partition], oldest, key=lambda record: record.arrived_at)

    def end_offset(self, partition: int) -> int:
        """Returns the offset of the next record."""
        return len(self._partitions[partition])

    def offset_at(self, partition: int, instant: int) -> int:
        """Returns the offset of the first record whose timestamp is `instant`, in microseconds since the start, or later."""
        records, timestamp = self._partitions[partition], self._milliseconds(instant)
        return next((record.offset for record in records if record.timestamp >= timestamp), len(records))

    def records(self, partition: int, start: int, limit: int | None = None) -> Sequence[KafkaRecord]:
        """Returns the records from an offset on that the topic still keeps."""
        start = max(start, self.first_offset(partition))
        return self._partitions[partition][start : None if limit is None else start + limit]

    def expired(self, partition: int, start: int) -> Iterator[tuple[KafkaRecord, int]]:
        """Returns the records from an offset on that the topic does not keep any more, with the instant of their end."""
        for record in self._partitions[partition][start : self.first_offset(partition)]:
            yield record, record.arrived_at + self.retention_seconds * MICROSECONDS

    def assigned(self, group_id: str, consumer: Consumer) -> range:
        """Returns the partitions of a consumer: a range, as Kafka's default assignor gives (KAF-06)."""
        active = [one for one in self.consumers.get(group_id, ()) if one.is_active]
        if consumer not in active:
            return range(0)
        place, (each, more) = active.index(consumer), divmod(self.partitions, len(active))
        first = place * each + min(place, more)
        return range(first, first + each + (place < more))

    def committed(self, group_id: str) -> dict[int, int]:
        """Returns the committed offsets of a consumer group by partition, which the caller may change."""
        return self.groups.setdefault(group_id, {})


Place = tuple[int, int]
"""The partition and the offset of a record."""


class ShareGroup:
    """The records that a share group delivers. Its consumers share the records of each partition."""

    def __init__(self, topic: KafkaTopic, committed: Mapping[int, int]) -> None:
        # A new share group begins after the existing records, which is Kafka's default.
        self.starts = {
            partition: committed.get(partition, topic.end_offset(partition)) for partition in range(topic.partitions)
        }
        self.next = dict(self.starts)
        self.available: deque[KafkaRecord] = deque()
        """The records that were released. They are delivered before new ones."""
        self.outstanding: set[Place] = set()
        """The records that are delivered or available again, and not acknowledged."""
        self.failures: Counter[Place] = Counter()
        """How many deliveries of a record have failed."""
        self.finished_by: dict[Place, Consumer] = {}

    def take(self, topic: KafkaTopic, limit: int, order: Sequence[int]) -> list[KafkaRecord]:
        """Returns up to `limit` records: released ones, and then new ones of the partitions in `order`."""
        found: list[KafkaRecord] = []
        while self.available and len(found) < limit:
            found.append(self.available.popleft())
        for partition in order:
            if len(found) == limit:
                break
            records = topic.records(partition, self.next[partition], limit - len(found))
            if records:
                found += records
                self.next[partition] = records[-1].offset + 1
                self.outstanding.update((one.partition, one.offset) for one in records)
        return found

    def acknowledge(self, record: KafkaRecord, consumer: Consumer) -> None:
        """Finishes a record."""
        place = record.partition, record.offset
        self.outstanding.discard(place)
        self.finished_by[place] = consumer
        del self.failures[place]

    def offsets(self) -> dict[int, int]:
        """Returns the offset of the first record of each partition that is not finished."""
        found = dict(self.next)
        for partition, offset in self.outstanding:
            found[partition] = min(found[partition], offset)
        return found


class KafkaTopics:
    """The topics of all clusters of one simulated AWS, by cluster and name.

    The ARN of a topic is that of Amazon MSK. Topics of self-managed clusters have an ARN of the same form inside the
    simulation, with the servers instead of the cluster.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._topics: dict[str, KafkaTopic] = {}

    @property
    def topics(self) -> Sequence[KafkaTopic]:
        """The topics in order of creation."""
        return list(self._topics.values())

    def create(self, arn: str, partitions: int, retention_seconds: int) -> KafkaTopic:
        """Creates a topic."""
        topic = self._topics[arn] = KafkaTopic(arn, partitions, retention_seconds, self._clock)
        return topic

    def delete(self, arn: str) -> None:
        """Deletes a topic with its records and offsets. Its readers notice it."""
        topic = self._topics.pop(arn)
        topic.changed.notify(topic.name)

    def named(self, name: str) -> KafkaTopic | None:
        """Returns the topic with a name, on any cluster."""
        return next((topic for topic in self._topics.values() if topic.name == name), None)

    def find(self, arn: str) -> KafkaTopic | None:
        """Returns the topic of an ARN. One server that both clusters have is enough for a self-managed cluster."""
        found = self._topics.get(arn)
        return found or next((topic for topic in self._topics.values() if is_same_topic(arn, topic.arn)), None)
