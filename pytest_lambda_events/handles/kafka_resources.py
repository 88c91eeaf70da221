"""Creates and finds the topics of Kafka and the schema registries of an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..arguments import check_all
from ..config import LambdaEventsConfig
from .kafka_topic import TOPIC_KINDS, KafkaTopic, KafkaTopics
from .resource_map import Found, check_free
from .schema_registry import SchemaRegistries, SchemaRegistry


class KafkaResources:
    """The topics and schema registries of one account and region, as handles."""

    def __init__(self, config: LambdaEventsConfig, topics: KafkaTopics, registries: SchemaRegistries) -> None:
        self._config = config
        self._topics = topics
        self._registries = registries

    @property
    def topics(self) -> Mapping[str, KafkaTopic]:
        """Topics by name."""
        topics = self._topics

        def find(name: str) -> KafkaTopic | None:
            arn = topics.arn_of(name)
            return None if arn is None else KafkaTopic(topics, name, arn)

        return Found(self._config, "Kafka topic", topics.names, find)

    @property
    def schema_registries(self) -> Mapping[str, SchemaRegistry]:
        """Schema registries: those of Glue by name, those of Confluent by URL."""
        registries = self._registries

        def find(name: str) -> SchemaRegistry | None:
            return SchemaRegistry(registries, name) if name in registries.names() else None

        return Found(self._config, "schema registry", registries.names, find)

    def create_topic(
        self, name: str, partitions: int, cluster: str | None, bootstrap_servers: Sequence[str], retention_hours: float | None
    ) -> KafkaTopic:
        """Creates a topic."""
        given = {"partitions": partitions, "cluster": cluster, "bootstrap_servers": bootstrap_servers}
        check_all(TOPIC_KINDS, given)
        check_free("Kafka topic", name, self.topics)
        arn = self._topics.create(name, partitions, cluster, bootstrap_servers, retention_hours)
        return KafkaTopic(self._topics, name, arn)

    def create_schema_registry(self, name: str) -> SchemaRegistry:
        """Creates a schema registry, of Confluent if its name is a URL, otherwise of Glue."""
        check_free("schema registry", name, self.schema_registries)
        self._registries.create(name)
        return SchemaRegistry(self._registries, name)
