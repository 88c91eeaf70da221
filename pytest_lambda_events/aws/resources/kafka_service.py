"""Topics of Kafka for handles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ... import limits
from ...arguments import alternatives
from ...arns import parse
from ...errors import DoesNotExistError
from ...handles.kafka_topic import KafkaRecord
from ...simulation.clock import MICROSECONDS
from ...sources.kafka import topics
from ...sources.kafka.arns import cluster_of, self_managed_topic_arn, servers_of, topic_arn
from ...sources.kafka.topics import KafkaTopic, KafkaTopics
from ..backends import late_backends

kafka_backends = late_backends("kafka")
_MILLISECOND = MICROSECONDS // 1000
_BROKERS = {"InstanceType": "kafka.m5.large", "ClientSubnets": ["subnet-1", "subnet-2"]}


class KafkaService:
    """The topics of one account and region."""

    def __init__(
        self, account_id: str, region_name: str, client: Callable[[str], Any], store: KafkaTopics,
        at: Callable[[int], datetime], on_change: Callable[[], None],
    ) -> None:  # fmt: skip
        self._account_id = account_id
        self._region_name = region_name
        self._client = client
        self._store = store
        self._at = at
        self._start_milliseconds = round(at(0).timestamp() * 1000)
        self._on_change = on_change

    def names(self) -> list[str]:
        """Returns the names of all topics."""
        return [topic.name for topic in self._store.topics]

    def arn_of(self, name: str) -> str | None:
        """Returns the ARN of a topic. None if it does not exist."""
        return next((topic.arn for topic in self._store.topics if topic.name == name), None)

    def create(
        self, name: str, partitions: int, cluster: str | None, bootstrap_servers: Sequence[str], retention_hours: float | None
    ) -> str:
        """Creates a topic. A cluster that does not exist is created too. Returns the ARN of the topic."""
        if cluster is None:
            arn = self_managed_topic_arn(self._region_name, self._account_id, bootstrap_servers, name)
        else:
            arn = topic_arn(self._cluster(cluster), name)
        seconds = limits.KAFKA_RETENTION_SECONDS if retention_hours is None else round(retention_hours * 3600)
        self._store.create(arn, partitions, seconds)
        self._on_change()
        return arn

    def _cluster(self, name: str) -> str:
        clusters = kafka_backends[self._account_id][self._region_name].clusters
        found = next((arn for arn, cluster in clusters.items() if cluster.cluster_name == name), None)
        if found is not None:
            return str(found)
        made = self._client("kafka").create_cluster_v2(
            ClusterName=name,
            Provisioned={"BrokerNodeGroupInfo": _BROKERS, "KafkaVersion": "3.6.0", "NumberOfBrokerNodes": 2},
        )
        return str(made["ClusterArn"])

    def delete(self, arn: str) -> None:
        """Deletes a topic."""
        self._store.delete(self._topic(arn).arn)
        self._on_change()

    def source(self, arn: str) -> dict[str, Any]:
        """Returns the cluster and the topic as parameters of a mapping."""
        topics_of = {"Topics": [self._topic(arn).name]}
        cluster_arn = cluster_of(arn)
        if cluster_arn is not None:
            return {"EventSourceArn": cluster_arn, **topics_of}
        secret = f"arn:aws:secretsmanager:{self._region_name}:{self._account_id}:secret:kafka"
        return {
            "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": list(servers_of(arn))}},
            "SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": secret}],
            **topics_of,
        }

    def partitions(self, arn: str) -> int:
        """Returns the number of partitions."""
        return self._topic(arn).partitions

    def append(
        self, arn: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]], partition: int | None,
        timestamp: int | None,
    ) -> KafkaRecord:  # fmt: skip
        """Adds a record. `timestamp` is in milliseconds since 1970. Raises `PartitionMissing`."""
        return self._shown(self._topic(arn).append(key, value, headers, partition, timestamp))

    def records(self, arn: str) -> list[KafkaRecord]:
        """Returns the retained records, partition by partition."""
        topic = self._topic(arn)
        return [self._shown(record) for number in range(topic.partitions) for record in topic.records(number, 0)]

    def offsets(self, arn: str) -> dict[str, dict[int, int]]:
        """Returns the committed offsets by consumer group and partition."""
        return {group: dict(offsets) for group, offsets in self._topic(arn).groups.items()}

    def commit(self, arn: str, group_id: str, offsets: dict[int, int]) -> None:
        """Commits offsets of a consumer group."""
        self._topic(arn).committed(group_id).update(offsets)

    def _topic(self, arn: str) -> KafkaTopic:
        found = self._store.find(arn)
        if found is None:
            name = parse(arn).name
            known = alternatives(name, self.names(), label="Kafka topics")
            raise DoesNotExistError(f"Kafka topic {name!r} does not exist, or was deleted. {known}")
        return found

    def _shown(self, record: topics.KafkaRecord) -> KafkaRecord:
        return KafkaRecord(
            partition=record.partition, offset=record.offset, key=record.key, value=record.value,
            headers=list(record.headers), timestamp=self._at((record.timestamp - self._start_milliseconds) * _MILLISECOND),
        )  # fmt: skip
