"""The AWS services for handles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ...config import LambdaEventsConfig
from ...handles.closing import while_open
from ...simulation.simulation import Simulation
from ..simulated_aws import SimulatedAws

if TYPE_CHECKING:
    from ...sources.kafka.producing import Producers
    from ...sources.kafka.schemas.registries import SchemaRegistries
    from ...sources.kafka.topics import KafkaTopics
    from ...sources.push.event_rules import EventBuses
    from .kafka_service import KafkaService
    from .queues import MotoQueues
    from .schema_service import SchemaService
    from .stream_services import DynamoDBService, KinesisService
    from .target_services import TargetServices

T = TypeVar("T")


class Services:
    """The services of one account and region. They refuse to work after the environment is closed.

    `on_source_change` is called when an event source that handles change was created or deleted.

    Their modules load services of moto, which are slow to load. So they are imported when they are first used.
    """

    def __init__(
        self, config: LambdaEventsConfig, simulation: Simulation, aws: SimulatedAws, buses: Callable[[], EventBuses],
        on_source_change: Callable[[], None],
    ) -> None:  # fmt: skip
        self._place = (config.account_id, config.region_name)
        self._simulation = simulation
        self._aws = aws
        self._buses = buses
        self._on_source_change = on_source_change

    def client(self, service_name: str, **boto3_keywords: Any) -> Any:
        """Returns a boto3 client of this simulated AWS."""
        self._simulation.check_open()
        return self._aws.client(service_name, **boto3_keywords)

    @property
    def queues(self) -> MotoQueues:
        """Returns SQS."""
        from .queues import MotoQueues

        return self._while_open(MotoQueues(*self._place, self.client, self._simulation.clock))

    @property
    def targets(self) -> TargetServices:
        """Returns SNS, EventBridge, S3 and CloudWatch Logs."""
        from .target_services import TargetServices

        return self._while_open(TargetServices(*self._place, self.client, self._buses(), self._simulation))

    @property
    def streams(self) -> KinesisService:
        """Returns Kinesis."""
        from .stream_services import KinesisService

        return self._while_open(KinesisService(*self._place, self.client, self._simulation.clock.at))

    @property
    def tables(self) -> DynamoDBService:
        """Returns DynamoDB."""
        from .stream_services import DynamoDBService

        return self._while_open(DynamoDBService(*self._place, self.client))

    @cached_property
    def kafka_topics(self) -> KafkaTopics:
        """Returns the topics of all clusters of Kafka, in all accounts and regions."""
        from ...sources.kafka.topics import KafkaTopics

        return KafkaTopics(self._simulation.clock)

    @cached_property
    def producers(self) -> Producers:
        """Returns the producers of Kafka."""
        from ...sources.kafka.producing import Producers

        return Producers(self._simulation, lambda: self.kafka_topics)

    @cached_property
    def schema_registries(self) -> SchemaRegistries:
        """Returns the schema registries of Kafka, in all accounts and regions."""
        from ...sources.kafka.schemas.registries import SchemaRegistries
        from ..kafka.glue_registry import find_registry

        return SchemaRegistries(find_registry)

    @property
    def kafka(self) -> KafkaService:
        """Returns Kafka."""
        from .kafka_service import KafkaService

        clock = self._simulation.clock
        return self._while_open(KafkaService(*self._place, self.client, self.kafka_topics, clock.at, self._on_source_change))

    @property
    def schemas(self) -> SchemaService:
        """Returns the schema registries of Kafka."""
        from .schema_service import SchemaService

        return self._while_open(SchemaService(*self._place, self.client, self.schema_registries))

    def _while_open(self, service: T) -> T:
        return while_open(service, self._simulation.check_open, {"arn", "url", "uri"})
