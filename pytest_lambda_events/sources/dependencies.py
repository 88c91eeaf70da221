"""What pollers use: the simulation, the function's side of Lambda, the event sources, and the options of the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from ..config import LambdaEventsConfig
from ..service.async_queue import Functions
from ..service.authorization import AllowAll, Authorizer
from ..service.destinations import DestinationSender
from ..service.errors import ServiceError
from ..service.invoker import Invoker
from ..service.model import Target
from ..simulation.simulation import Simulation
from ..simulation.wait_signal import Signal
from ..values import dataclass
from .mapping import Settings, service_of
from .ports import FindQueue, FindStream, Stream

if TYPE_CHECKING:
    from .kafka.schemas.schema import SchemaRegistry
    from .kafka.topics import KafkaTopics


@dataclass(frozen=True, slots=True)
class PollerDependencies:
    """The collaborators of all pollers.

    Args:
        check_invocable: Raises an error for a function that cannot run here.
        stream_finders: Find the streams of a service: `kinesis` and `dynamodb`.
        kafka_topics: Returns the topics of all clusters of Kafka.
        has_cluster: Whether a cluster of Amazon MSK exists.
        find_schema_registry: Returns the schema registry of a `SchemaRegistryURI`, if it exists now.
        access_changed: Notified when a missing or forbidden source or function may have become available.
    """

    config: LambdaEventsConfig
    simulation: Simulation
    invoker: Invoker
    functions: Functions
    authorizer: Authorizer
    destinations: DestinationSender
    check_invocable: Callable[[Target], None]
    find_queue: FindQueue
    stream_finders: Mapping[str, FindStream]
    kafka_topics: Callable[[], KafkaTopics]
    has_cluster: Callable[[str], bool]
    find_schema_registry: Callable[[str], SchemaRegistry | None]
    access_changed: Signal = field(default_factory=Signal)
    allows_all: bool = field(init=False)
    """Whether permissions are not enforced."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "allows_all", isinstance(self.authorizer, AllowAll))

    def find_stream(self, arn: str) -> Stream | None:
        """Returns the stream of an ARN, if it exists now."""
        return self.stream_finders[service_of(arn)](arn)

    def named(self, settings: Settings) -> Target | None:
        """Returns the function of a mapping, for an alias its main version. None if it does not exist (ESM-56)."""
        return _found(self.functions.named, settings)

    def resolved(self, settings: Settings) -> Target | None:
        """Returns what an invocation runs now; an alias chooses by its weights. None if it does not exist (ESM-56)."""
        return _found(self.functions.resolve, settings)

    def refusal(self, settings: Settings, action: str, source_arn: str) -> str | None:
        """Returns why the role of the mapping may not do an action; None if it may, or if the function does not exist."""
        if self.allows_all:
            return None
        role_arn = self.role_arn(settings)
        return None if role_arn is None else self.authorizer.allowed(role_arn, action, source_arn)

    def role_arn(self, settings: Settings) -> str | None:
        """Returns the role that reads the source of a mapping; None if it is that of a function that does not exist."""
        if settings.role_arn is not None:
            return settings.role_arn
        target = self.named(settings)
        return None if target is None else target.configuration.role


def _found(find: Callable[[str, str | None], Target], settings: Settings) -> Target | None:
    if settings.is_of_a_pipe:
        return None
    try:
        return find(settings.function_arn, None)
    except ServiceError:
        return None
