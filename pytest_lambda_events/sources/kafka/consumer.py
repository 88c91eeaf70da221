"""The consumer of a mapping: it reads all partitions of a topic, and commits offsets for its consumer group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...arns import parse
from ...faults.explorer import AS_USUAL, Explorer
from ...simulation.wait_signal import Signal
from ...values import dataclass
from ..mapping import EventSourceMapping, KafkaSource
from ..ports import TRIM_HORIZON, Position, Shard, StreamRecord
from .schemas.record_schemas import ReadRecord, RecordSchemas
from .schemas.schema import SchemaRegistry
from .topics import KafkaRecord, KafkaTopic

REVERSED = "reversed"


@dataclass(eq=False, slots=True)
class FetchedRecord:
    """A record that the consumer has fetched: a `StreamRecord`. `position` is its place in the order of fetching.

    `sequence_number` has the topic, the partition and the offset, such as `orders-0:15`. `schemas` reads the record if the
    mapping has a schema registry.
    """

    record: KafkaRecord
    position: Position
    sequence_number: str
    schemas: RecordSchemas | None = None
    cause: str | None = None
    _read: ReadRecord | None = None

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
        read = None if self.schemas is None else self.read
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


class TopicConsumer:
    """Reads a topic as one shard: the next records of the lowest partition come first (KAF-16, KAF-18).

    Records keep the order in which they were fetched until they are committed. Records that the caller has not passed yet
    are fetched again at the next read, since records of a lower partition may have arrived meanwhile. An `explorer` chooses
    the order of the partitions. The base of consumers of both modes.
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
        self.is_active = False
        self.unfinished: Callable[[], Iterable[tuple[str, StreamRecord]]] = lambda: ()
        """Returns the records that are read and not finished."""
        self._group_id = source.group_id
        self._find = find
        self._explorer = explorer
        self._function_arn = mapping.settings.function_arn
        # Whether the highest partition comes first, by the next offsets.
        self._chosen: dict[tuple[tuple[int, int], ...], bool] = {}
        self._topic: KafkaTopic | None = None
        self._fetched: list[FetchedRecord] = []
        # The number of the first record in `_fetched`.
        self._number = 0

    @property
    def topic(self) -> KafkaTopic | None:
        """The topic, if it exists. A topic that was created again is read as a new one."""
        found = self._find(self.arn)
        if found is not self._topic:
            self._topic = found
            self._number += len(self._fetched)
            self._fetched = []
            self._topic_changed(found)
        return found

    def _topic_changed(self, topic: KafkaTopic | None) -> None:
        """The topic was created, or deleted."""

    def set_active(self, *, is_active: bool) -> None:
        """Begins or ends to take part in the group."""
        if self.is_active != is_active:
            self.is_active = is_active
            self.notify_group()

    def notify_group(self) -> None:
        """Lets the other consumers of the group look at the topic again."""
        topic = self.topic
        if topic is not None and len(topic.consumers.get(self._group_id, ())) > 1:
            topic.changed.notify(topic.name)

    def found(self, arn: str) -> TopicConsumer | None:
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
        return TRIM_HORIZON

    def before(self, shard_id: str, instant: int) -> Position:
        """Begins with the first record whose timestamp is `instant` or later, unless the group has committed offsets."""
        return TRIM_HORIZON

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[FetchedRecord]:
        """Returns up to `limit` records after a position, and fetches them for that."""
        topic = self.topic
        if topic is None:
            return ()
        passed = max(after[0] + 1 - self._number, 0)
        # Records that the caller has not passed are fetched again.
        for one in reversed(self._fetched[passed:]):
            self._give_back(topic, one.record)
        del self._fetched[passed:]
        number = self._number + len(self._fetched)
        schemas = self._schemas()
        places = enumerate(self._take(topic, limit), number)
        found = [FetchedRecord(record, (place, 0), record.identifier, schemas) for place, record in places]
        self._fetched += found
        return found

    def _order(self, topic: KafkaTopic, partitions: Sequence[int], following: Mapping[int, int]) -> Sequence[int]:
        """Returns the partitions in the order in which their records are fetched. AWS promises none (KAF-10).

        `following` has the next offsets.
        """
        if self._explorer is None:
            return partitions
        place = tuple((one, following[one]) for one in partitions)
        if place not in self._chosen:
            if sum(bool(topic.records(one, following[one], 1)) for one in partitions) < 2:
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

    def _take(self, topic: KafkaTopic, limit: int) -> list[KafkaRecord]:
        """Returns up to `limit` records, and does not return them again."""
        raise NotImplementedError

    def _give_back(self, topic: KafkaTopic, record: KafkaRecord) -> None:
        """Lets `_take` return a record again."""
        raise NotImplementedError

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
        """Commits all records up to a position.

        Returns the committed offsets by partition, and how many records were committed.
        """
        raise NotImplementedError

    def lags(self) -> tuple[int, ...]:
        """Returns the number of records of each partition that are not finished. Empty if there is no topic."""
        raise NotImplementedError

    def expected(self) -> Iterable[KafkaRecord]:
        """Returns the retained records that the consumer has processed or still has to process."""
        raise NotImplementedError

    def expired_records(self) -> Iterable[tuple[KafkaRecord, int]]:
        """Returns the records from the start on that the topic does not keep any more, with the instant of their end."""
        raise NotImplementedError

    def expired(self) -> Iterable[tuple[str, FetchedRecord, int]]:
        """Returns nothing: the records of all consumers are expected by `KafkaPoller`."""
        return ()

    def _done(self, position: Position) -> list[FetchedRecord]:
        """Removes and returns the fetched records up to a position."""
        done = self._fetched[: max(position[0] + 1 - self._number, 0)]
        self._number += len(done)
        del self._fetched[: len(done)]
        return done


class GroupConsumer(TopicConsumer):
    """Reads with the offsets of a consumer group. Consumers of the same group divide the partitions (KAF-06)."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        source: KafkaSource,
        find: Callable[[str], KafkaTopic | None],
        find_registry: Callable[[str], SchemaRegistry | None],
        explorer: Explorer | None = None,
    ) -> None:
        super().__init__(mapping, source, find, find_registry, explorer)
        self._initial: Callable[[KafkaTopic, int], int] = KafkaTopic.first_offset
        self._starts: dict[int, int] = {}
        # The next offset to fetch, by partition.
        self._next: dict[int, int] = {}
        # The ranges of offsets that this consumer reads, by partition. The last one may be without an end.
        self._ranges: dict[int, list[tuple[int, int | None]]] = {}

    def _topic_changed(self, topic: KafkaTopic | None) -> None:
        self._starts, self._next, self._ranges = {}, {}, {}
        if topic is not None:
            topic.consumers.setdefault(self._group_id, []).append(self)

    def latest(self, shard_id: str) -> Position:
        """Begins after all records that the topic has now, unless the group has committed offsets (KAF-03, KAF-06)."""
        return self._begin(KafkaTopic.end_offset)

    def before(self, shard_id: str, instant: int) -> Position:
        """Begins with the first record whose timestamp is `instant` or later, unless the group has committed offsets."""
        return self._begin(lambda topic, partition: topic.offset_at(partition, instant))

    def _begin(self, initial: Callable[[KafkaTopic, int], int]) -> Position:
        self._initial = initial
        self._begin_at(self._open)
        return TRIM_HORIZON

    def _begin_at(self, topic: KafkaTopic) -> None:
        if not self._starts:
            committed = topic.committed(self._group_id)
            for partition in range(topic.partitions):
                self._starts[partition] = committed.get(partition, self._initial(topic, partition))

    def _take(self, topic: KafkaTopic, limit: int) -> list[KafkaRecord]:
        self._begin_at(topic)
        found: list[KafkaRecord] = []
        for partition in self._order(topic, self._partitions(topic), self._next):
            records = topic.records(partition, self._next[partition], limit - len(found))
            if records:
                found += records
                self._next[partition] = records[-1].offset + 1
            if len(found) == limit:
                break
        return found

    def _give_back(self, topic: KafkaTopic, record: KafkaRecord) -> None:
        self._next[record.partition] = min(self._next[record.partition], record.offset)

    def _partitions(self, topic: KafkaTopic) -> Sequence[int]:
        """Returns the partitions to read. One that another consumer of the group still works on is left out."""
        consumers = topic.consumers[self._group_id]
        if len(consumers) == 1 and len(self._ranges) == topic.partitions:
            return range(topic.partitions)
        others = [one for one in consumers if one is not self and isinstance(one, TopicConsumer)]
        held = {record.key for one in others for _, record in one.unfinished()}
        mine = [one for one in topic.assigned(self._group_id, self) if str(one) not in held]
        for partition in mine:
            self._acquire(topic, partition, others)
        return mine

    def _acquire(self, topic: KafkaTopic, partition: int, others: Iterable[TopicConsumer]) -> None:
        """Continues with the offset that the group has committed, after the records that this consumer still works on."""
        ranges = self._ranges.setdefault(partition, [])
        if ranges and ranges[-1][1] is None:
            return
        fetched = [one.record.offset + 1 for one in self._fetched if one.record.partition == partition]
        start = max(topic.committed(self._group_id).get(partition, self._starts[partition]), *fetched, 0)
        self._next[partition] = start
        ranges.append((start, None))
        for one in others:
            if isinstance(one, GroupConsumer):
                one.lose(partition, start)

    def lose(self, partition: int, offset: int) -> None:
        """Another consumer of the group reads a partition from an offset on."""
        ranges = self._ranges.get(partition)
        if ranges and ranges[-1][1] is None:
            ranges[-1] = (ranges[-1][0], offset)

    def expected(self) -> Iterable[KafkaRecord]:
        """Returns the retained records of the ranges that the consumer reads."""
        topic = self.topic
        if topic is None:
            return
        for partition, first, end in self._read_ranges(topic):
            for record in topic.records(partition, first):
                if end is None or record.offset < end:
                    yield record

    def _read_ranges(self, topic: KafkaTopic) -> Iterable[tuple[int, int, int | None]]:
        """Returns partitions with the first offset and the end of a range. Before the first read they are those assigned."""
        if self._ranges:
            return [(one, first, end) for one, ranges in sorted(self._ranges.items()) for first, end in ranges]
        is_alone = len(topic.consumers[self._group_id]) == 1
        mine = range(topic.partitions) if is_alone else topic.assigned(self._group_id, self)
        return [(one, start, None) for one, start in self._starts.items() if one in mine]

    def commit(self, position: Position) -> tuple[Mapping[int, int], int]:
        """Commits the offsets of all records up to a position (KAF-15, 26, 42).

        Returns the committed offsets by partition, and how many records were committed.
        """
        topic = self.topic
        done = self._done(position)
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

    def expired_records(self) -> Iterable[tuple[KafkaRecord, int]]:
        """Returns the records from the start on that the topic does not keep any more, with the instant of their end."""
        topic = self.topic
        if topic is None:
            return
        for partition, first, end in self._read_ranges(topic):
            for record, at in topic.expired(partition, first):
                if end is None or record.offset < end:
                    yield record, at
