"""Polls one topic for one mapping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...report.balance import ExpectedRecord
from ...simulation.clock import MICROSECONDS
from ..dependencies import PollerDependencies
from ..mapping import EventSourceMapping
from ..mapping_journal import MappingJournal
from ..streams.poller import StreamPoller
from .consumer import GroupConsumer, TopicConsumer
from .share_consumer import ShareConsumer
from .source_form import KafkaForm
from .topics import KafkaRecord


class KafkaPoller:
    """Reads a topic as a stream with one shard, whose records are those of all partitions (KAF-10, KAF-18)."""

    def __init__(self, dependencies: PollerDependencies, mapping: EventSourceMapping) -> None:
        assert mapping.kafka is not None
        self._mapping = mapping
        kind: type[TopicConsumer] = ShareConsumer if mapping.kafka.is_queue else GroupConsumer
        explorer = dependencies.invoker.planned.explorer
        self._consumer = consumer = kind(
            mapping, mapping.kafka, dependencies.kafka_topics().find, dependencies.find_schema_registry, explorer
        )
        with_topic = replace(dependencies, stream_finders={"kafka": consumer.found})
        form = KafkaForm(mapping, mapping.kafka, consumer, MappingJournal(mapping, dependencies.simulation.journal))
        self._poller = StreamPoller(with_topic, mapping, form=form)
        consumer.unfinished = self._poller.unfinished

    def changed(self) -> None:
        """Adapts to the settings in force, and to whether the topic is polled."""
        self._consumer.set_active(is_active=self._mapping.is_polled)
        self._poller.changed()

    def end(self) -> None:
        """Stops polling, since the mapping was deleted."""
        self._poller.end()
        self._consumer.set_active(is_active=False)

    def expected_records(self) -> Iterator[ExpectedRecord]:
        """Returns the records that the mapping has processed or still has to process, expired ones included."""
        unfinished = {record.sequence_number for _, record in self._poller.unfinished()}
        for record, at in self._consumer.expired_records():
            is_held = record.identifier in unfinished
            yield self._expected(record, None if is_held else at / MICROSECONDS)
        for record in self._consumer.expected():
            yield self._expected(record, None)

    def _expected(self, record: KafkaRecord, gone_after_seconds: float | None) -> ExpectedRecord:
        return ExpectedRecord(
            self._mapping.uuid, self._poller.function_name, self._mapping.event_source_arn, record.topic,
            record.identifier, 0, record.json, gone_after_seconds,
        )  # fmt: skip
