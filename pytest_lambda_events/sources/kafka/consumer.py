"""The consumer of a mapping: it reads all partitions of a topic, and commits offsets for its consumer group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...arns import parse
from ...faults.explorer import AS_USUAL, Explorer
from ...simulation.wait_signal import Signal
from ...values import dataclass
from ..mapping import EventSourceMapping, KafkaSource
from ..ports import TRIM_HORIZON, Position, Shard
from .schemas.record_schemas import ReadRecord, RecordSchemas
from .schemas.schema import SchemaRegistry
from .topics import KafkaRecord, KafkaTopic

REVERSED = "reversed"


@dataclass(eq=False, slots=True)
class FetchedRecord:
    """A record that the consumer has fetched: a `StreamRecord`. `position` is its place in the order of fetching.

    `schemas` reads it if the mapping has a schema registry.
    """

    record: KafkaRecord
    position: Position
    schemas: RecordSchemas | None = None
    cause: str | None = None
    _read: ReadRecord | None = None

    @property
    def sequence_number(self) -> str:
        """The topic, the partition and the offset, such as `orders-0:15`."""
        return self.record.identifier

    @property
    def arrived_at(self) -> int:
        """When the topic got the record."""
        return self.record.arrived_at

    @property
    def key(self) -> str:
        """The partition: order is kept within it."""
        return str(self.record.partition)

    def json(self, ending: str = "}") -> str:
        """Returns the record of the event. A mapping adds no members to it."""
        read = self.read
        return self.record.json() if read is None else read.json()

    @property
    def read(self) -> ReadRecord | None:
        """The record as its schemas decode it. None without a schema registry."""
        if self._read is None and self.schemas is not None:
            self._read = self.schemas.read(self.record)
        return self._read

    def values(self, records: Sequence[Any], added: Mapping[str, str]) -> list[dict[str, Any]] | None:
        """Returns None, since it is not quicker than decoding."""
        return None


class GroupConsumer:
    """Reads a topic as one shard: the next records of the lowest partition come first (KAF-16, KAF-18).

    Records keep the order in which they were fetched until they are committed. Records that the caller has not passed yet
    are fetched again at the next read, since records of a lower partition may have arrived meanwhile. An `explorer` chooses
    the order of the partitions.
    """

    def __init__(
        self,
        mapping: EventSourceMapping,
        source: KafkaSource,
        find: Callable[[str], KafkaTopic | None],
        find_registry: Callable[[str], SchemaRegistry | None],
        explorer: Explorer | None = None,
    ) -> None:
        self.arn = mapping.event_source_arn
        self._mapping = mapping
        self._find_registry = find_registry
        self._reading: RecordSchemas | None = None
        self._group_id = source.group_id
        self._find = find
        self._explorer = explorer
        self._function_arn = mapping.settings.function_arn
        # Whether the highest partition comes first, by the next offsets.
        self._chosen: dict[tuple[tuple[int, int], ...], bool] = {}
        self._topic: KafkaTopic | None = None
        self._initial: Callable[[KafkaTopic, int], int] = KafkaTopic.first_offset
        self._starts: dict[int, int] = {}
        # The next offset to fetch, by partition.
        self._next: dict[int, int] = {}
        self._fetched: list[FetchedRecord] = []
        # The number of the first record in `_fetched`.
        self._number = 0

    @property
    def topic(self) -> KafkaTopic | None:
        """The topic, if it exists. A topic that was created again is read as a new one."""
        found = self._find(self.arn)
        if found is not self._topic:
            self._topic, self._starts, self._next = found, {}, {}
            self._number += len(self._fetched)
            self._fetched = []
        return found

    def found(self, arn: str) -> GroupConsumer | None:
        """Returns the consumer if its topic exists."""
        return None if self.topic is None else self

    @property
    def retention_seconds(self) -> int:
        """How long the topic keeps a record."""
        return self._open.retention_seconds

    @property
    def changed(self) -> Signal:
        """Notified whenever there is a new record."""
        return self._open.changed

    @property
    def _open(self) -> KafkaTopic:
        topic = self.topic
        assert topic is not None
        return topic

    def shards(self) -> Sequence[Shard]:
        """Returns the topic as one shard."""
        return [Shard(self._open.name)]

    def is_open(self, shard_id: str) -> bool:
        """Returns whether the topic exists."""
        return self.topic is not None

    def latest(self, shard_id: str) -> Position:
        """Begins after all records that the topic has now, unless the group has committed offsets (KAF-03, KAF-06)."""
        return self._begin(KafkaTopic.end_offset)

    def before(self, shard_id: str, instant: int) -> Position:
        """Begins with the first record whose timestamp is `instant` or later, unless the group has committed offsets."""
        return self._begin(lambda topic, partition: topic.offset_at(partition, instant))

    def _begin(self, initial: Callable[[KafkaTopic, int], int]) -> Position:
        self._initial = initial
        self._starts_of(self._open)
        return TRIM_HORIZON

    def starts(self) -> Mapping[int, int] | None:
        """Returns the offsets at which reading began, by partition. None if it has not begun."""
        return self._starts or None

    def _starts_of(self, topic: KafkaTopic) -> None:
        if not self._starts:
            committed = topic.committed(self._group_id)
            for partition in range(topic.partitions):
                self._starts[partition] = committed.get(partition, self._initial(topic, partition))
            self._next = dict(self._starts)

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[FetchedRecord]:
        """Returns up to `limit` records after a position, and fetches them for that."""
        topic = self.topic
        if topic is None:
            return ()
        self._starts_of(topic)
        passed = max(after[0] + 1 - self._number, 0)
        self._release(passed)
        return self._fetch(topic, limit)

    def _release(self, passed: int) -> None:
        """Forgets the fetched records that the caller has not passed."""
        for one in reversed(self._fetched[passed:]):
            partition = one.record.partition
            self._next[partition] = min(self._next[partition], one.record.offset)
        del self._fetched[passed:]

    def _fetch(self, topic: KafkaTopic, limit: int) -> list[FetchedRecord]:
        found: list[FetchedRecord] = []
        number = self._number + len(self._fetched)
        schemas = self._schemas()
        for partition in self._order(topic):
            records = topic.records(partition, self._next[partition], limit - len(found))
            if records:
                places = enumerate(records, number + len(found))
                found += [FetchedRecord(record, (place, 0), schemas) for place, record in places]
                self._next[partition] = records[-1].offset + 1
            if len(found) == limit:
                break
        self._fetched += found
        return found

    def _order(self, topic: KafkaTopic) -> Sequence[int]:
        """Returns the partitions in the order in which their records are fetched. AWS promises none (KAF-10)."""
        partitions = range(topic.partitions)
        if self._explorer is None:
            return partitions
        place = tuple(self._next.items())
        if place not in self._chosen:
            if sum(bool(topic.records(one, self._next[one], 1)) for one in partitions) < 2:
                return partitions
            name = parse(self._function_arn).name
            self._chosen[place] = self._explorer.choose("partition order", name, "", (REVERSED,)) != AS_USUAL
        return partitions[::-1] if self._chosen[place] else partitions

    def _schemas(self) -> RecordSchemas | None:
        settings = self._mapping.in_force.schemas
        if settings is None:
            return None
        if self._reading is None or self._reading.settings != settings:
            self._reading = RecordSchemas(settings, self._find_registry)
        return self._reading

    def move_to_end(self, records: Sequence[FetchedRecord], failed: set[str]) -> list[FetchedRecord]:
        """Gives the failed records the last positions of a batch, and returns the batch in its new order (KAF-24, KAF-26)."""
        ordered = [one for one in records if one.sequence_number not in failed]
        ordered += [one for one in records if one.sequence_number in failed]
        for position, one in zip([one.position for one in records], ordered, strict=True):
            one.position = position
            # After the topic was deleted, nothing is fetched.
            if position[0] >= self._number:
                self._fetched[position[0] - self._number] = one
        return ordered

    def commit(self, position: Position) -> tuple[Mapping[int, int], int]:
        """Commits the offsets of all records up to a position (KAF-15, 26, 42).

        Returns the committed offsets by partition, and how many records were committed.
        """
        topic = self.topic
        done = self._fetched[: max(position[0] + 1 - self._number, 0)]
        self._number += len(done)
        del self._fetched[: len(done)]
        committed = {} if topic is None else topic.committed(self._group_id)
        before = sum(committed.get(partition, start) for partition, start in self._starts.items())
        for one in done:
            committed[one.record.partition] = max(committed.get(one.record.partition, 0), one.record.offset + 1)
        # A later record of a partition may be finished before an earlier one that failed.
        for one in self._fetched:
            offset = committed.get(one.record.partition)
            if offset is not None and one.record.offset < offset:
                committed[one.record.partition] = one.record.offset
        after = sum(committed.get(partition, start) for partition, start in self._starts.items())
        return committed, after - before

    def lags(self) -> tuple[int, ...]:
        """Returns the number of records of each partition that are not finished. Empty if there is no topic."""
        topic = self.topic
        if topic is None or not self._starts:
            return ()
        committed = topic.committed(self._group_id)
        return tuple(
            topic.end_offset(partition) - committed.get(partition, start) for partition, start in self._starts.items()
        )

    def expired(self) -> Iterable[tuple[str, FetchedRecord, int]]:
        """Returns the records from the start on that the topic does not keep any more, with the instant of their end."""
        topic = self.topic
        if topic is None:
            return
        for partition, start in self._starts.items():
            for record, at in topic.expired(partition, start):
                yield topic.name, FetchedRecord(record, TRIM_HORIZON), at
