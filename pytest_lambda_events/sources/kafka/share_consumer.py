"""The consumer of a mapping with the consumption mode `Queue`: it reads through a share group of Kafka (KAF-61 to 63)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ... import limits
from ..ports import Position, Shard
from .consumer import TopicConsumer
from .topics import KafkaRecord, KafkaTopic, Place, ShareGroup


class ShareConsumer(TopicConsumer):
    """Delivers records of all partitions, and acknowledges each by itself."""

    _failed: set[Place]
    """The places of records that failed, until the batch is finished."""

    def shards(self) -> Sequence[Shard]:
        """Returns the topic as one shard. The group begins at the first call."""
        self._group(self._open)
        return super().shards()

    def _topic_changed(self, topic: KafkaTopic | None) -> None:
        self._failed = set()
        if topic is not None:
            topic.consumers.setdefault(self._group_id, []).append(self)

    def _group(self, topic: KafkaTopic) -> ShareGroup:
        found = topic.share_groups.get(self._group_id)
        if found is None:
            found = topic.share_groups[self._group_id] = ShareGroup(topic, topic.committed(self._group_id))
        return found

    def _take(self, topic: KafkaTopic, limit: int) -> list[KafkaRecord]:
        group = self._group(topic)
        return group.take(topic, limit, self._order(topic, range(topic.partitions), group.next))

    def _give_back(self, topic: KafkaTopic, record: KafkaRecord) -> None:
        self._group(topic).available.appendleft(record)

    def release(self, records: Iterable[KafkaRecord]) -> list[KafkaRecord]:
        """Lets the broker deliver records again. Returns those that were delivered too often (KAF-62, KAF-63)."""
        topic = self.topic
        if topic is None:
            return []
        group, dropped = self._group(topic), []
        for record in records:
            place = record.partition, record.offset
            group.failures[place] += 1
            if group.failures[place] >= limits.KAFKA_DELIVERIES:
                dropped.append(record)
            else:
                self._failed.add(place)
        return dropped

    def commit(self, position: Position) -> tuple[Mapping[int, int], int]:
        """Acknowledges the records up to a position, except released ones."""
        topic = self.topic
        done = self._done(position)
        if topic is None:
            return {}, 0
        group, count = self._group(topic), 0
        for one in done:
            place = one.record.partition, one.record.offset
            if place in self._failed:
                self._failed.discard(place)
                group.available.append(one.record)
            else:
                group.acknowledge(one.record, self)
                count += 1
        committed = topic.committed(self._group_id)
        committed.update(group.offsets())
        return committed, count

    def lags(self) -> tuple[int, ...]:
        """Returns the number of records of each partition that are not finished. Empty if there is no topic."""
        topic = self.topic
        if topic is None:
            return ()
        group = self._group(topic)
        waiting = Counter(partition for partition, _ in group.outstanding)
        return tuple(topic.end_offset(one) - group.next[one] + waiting[one] for one in range(topic.partitions))

    def expected(self) -> Iterable[KafkaRecord]:
        """Returns the retained records that this consumer has finished. The first one of the group has unfinished ones too."""
        topic = self.topic
        if topic is None:
            return
        group, first = self._group(topic), topic.consumers[self._group_id][0]
        for partition, start in group.starts.items():
            for record in topic.records(partition, start):
                if group.finished_by.get((partition, record.offset), first) is self:
                    yield record

    def expired_records(self) -> Iterable[tuple[KafkaRecord, int]]:
        """Returns such records that the topic does not keep any more, with the instant of their end."""
        topic = self.topic
        if topic is None:
            return
        group, first = self._group(topic), topic.consumers[self._group_id][0]
        for partition, start in group.starts.items():
            for record, at in topic.expired(partition, start):
                if group.finished_by.get((partition, record.offset), first) is self:
                    yield record, at
