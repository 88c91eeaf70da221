"""Polls one topic for one mapping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...arns import parse
from ...report.balance import ExpectedRecord
from ...simulation.clock import MICROSECONDS
from ..dependencies import PollerDependencies
from ..mapping import EventSourceMapping, KafkaSource
from ..mapping_journal import MappingJournal
from ..streams.poller import StreamPoller
from .arns import cluster_of, servers_of
from .consumer import GroupConsumer, TopicConsumer
from .share_consumer import ShareConsumer
from .source_form import KafkaForm
from .topics import KafkaRecord


def text_of_another_cluster(function_name: str, source: KafkaSource, arn: str) -> str:
    """Returns the warning about a topic that has the name of the topic of a mapping, and that is on another cluster."""
    if source.cluster_arn is None:
        wanted, option = ", ".join(source.bootstrap_servers), f"bootstrap_servers={list(source.bootstrap_servers)!r}"
    else:
        wanted, option = source.cluster_arn, f"cluster={parse(source.cluster_arn).resource.split('/')[1]!r}"
    return (
        f"The event source mapping of {function_name!r} reads topic {source.topic!r} of {wanted}, which does not exist. "
        f"The topic of this name is on {cluster_of(arn) or ', '.join(servers_of(arn))}. Create it with "
        f"lambda_events.kafka_topic({source.topic!r}, {option})."
    )


class KafkaPoller:
    """Reads a topic as a stream with one shard, whose records are those of all partitions (KAF-10, KAF-18)."""

    def __init__(self, dependencies: PollerDependencies, mapping: EventSourceMapping) -> None:
        assert mapping.kafka is not None
        self._mapping = mapping
        kind: type[TopicConsumer] = ShareConsumer if mapping.kafka.is_queue else GroupConsumer
        explorer = dependencies.invoker.planned.explorer
        self._topics = topics = dependencies.kafka_topics()
        self._consumer = consumer = kind(mapping, mapping.kafka, topics.find, dependencies.find_schema_registry, explorer)
        with_topic = replace(dependencies, stream_finders={"kafka": self._found})
        self._journal = MappingJournal(mapping, dependencies.simulation.journal)
        form = KafkaForm(mapping, mapping.kafka, consumer, self._journal)
        self._poller = StreamPoller(with_topic, mapping, form=form)
        consumer.unfinished = self._poller.unfinished

    def changed(self) -> None:
        """Adapts to the settings in force, and to whether the topic is polled."""
        self._consumer.set_active(is_active=self._mapping.is_polled)
        self._poller.changed()

    def _found(self, arn: str) -> TopicConsumer | None:
        """Returns the consumer if its topic exists. Warns if only another cluster has a topic of this name."""
        found, source = self._consumer.found(arn), self._mapping.kafka
        other = self._topics.named(source.topic) if found is None and source is not None else None
        if source is not None and other is not None:
            self._journal.warn("cluster", text_of_another_cluster(self._poller.function_name, source, other.arn))
        return found

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
