"""The parameters of mappings whose source is Kafka, in the order in which AWS checks them (KAF-01 to 0C, ESM-2A)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...arns import parse
from ...service.api_response import Parameters
from ...service.control_plane.members import refusal
from ...service.control_plane.region import Region
from ...service.errors import ServiceError, invalid_parameter
from ..kafka.arns import bootstrap_servers, self_managed_topic_arn, topic_arn
from ..mapping import KafkaSource, SchemaSettings, Settings, service_of

_SERVERS = "KAFKA_BOOTSTRAP_SERVERS"
_MOST_SERVERS = 10
_HOST_PART = r"[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9]"
_SERVER = re.compile(rf"(({_HOST_PART})\.)*({_HOST_PART}):[0-9]{{1,5}}")
"""The pattern of servers in the model of the API."""
_LONGEST_SERVER = 300
_OF_KAFKA = (
    "Topics", "SelfManagedEventSource", "SourceAccessConfigurations", "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig", "Queues",
)  # fmt: skip


def is_kafka(parameters: Parameters) -> bool:
    """Returns whether a call names a cluster of Kafka."""
    arn = parameters.get("EventSourceArn")
    if arn is None:
        return parameters.get("SelfManagedEventSource") is not None
    return service_of(arn) == "kafka"


def refuse_members(operation: str, parameters: Parameters) -> None:
    """Raises `NotSimulatedError` for members of Kafka and of brokers in a call about another source."""
    for member in _OF_KAFKA:
        if parameters.get(member):
            raise refusal(operation, member)


def checked(parameters: Parameters, region: Region) -> tuple[str, KafkaSource]:
    """Returns the ARN of the topic and the source of a new mapping. The group is empty if the call does not name it."""
    cluster_arn = parameters.get("EventSourceArn")
    if (parameters.get("SelfManagedEventSource") or {}).get("Endpoints") == {}:
        raise ServiceError(
            "ValidationException",
            "1 validation error detected: Value '{}' at 'selfManagedEventSource.endpoints' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        )
    topics = parameters.get("Topics")
    if not topics:
        raise invalid_parameter("Required 'topics' parameter is missing.")
    access = tuple(parameters.get("SourceAccessConfigurations") or ())
    self_managed = parameters.get("SelfManagedEventSource")
    if cluster_arn is None and not access:
        raise invalid_parameter("Required 'sourceAccessConfigurations' parameter is missing.")
    if cluster_arn is not None and self_managed is not None:
        raise _unsupported("selfManagedEventSource")
    if cluster_arn is not None and parameters.get("StartingPosition") == "AT_TIMESTAMP":
        _check_timestamp(parameters)
    if parameters.get("Queues"):
        raise _unsupported("queues")
    config = _config(parameters, "Amazon" if cluster_arn is not None else "Self")
    group_id = config.get("ConsumerGroupId", "")
    if cluster_arn is not None:
        if not parse(cluster_arn).resource.startswith("cluster/"):
            raise invalid_parameter(f"Unrecognized event source. {cluster_arn} is not the ARN of a cluster.")
        source = KafkaSource(topics[0], group_id, bootstrap_servers(cluster_arn), cluster_arn, access)
        return topic_arn(cluster_arn, topics[0]), source
    servers = _servers(self_managed or {})
    is_queue = config.get("ConsumptionMode") == "Queue"
    if is_queue:
        _check_queue_mode(parameters)
    source = KafkaSource(topics[0], group_id, servers, access=access, is_queue=is_queue)
    return self_managed_topic_arn(region.name, region.account_id, servers, topics[0]), source


def _check_queue_mode(parameters: Parameters) -> None:
    """Raises 400 for members that a share group does not have (KAF-61). The texts are ours."""
    for member in ("StartingPosition", "StartingPositionTimestamp"):
        if parameters.get(member) is not None:
            raise invalid_parameter(f"{member} is not supported with ConsumptionMode Queue.")


def with_schemas(settings: Settings, source: KafkaSource, parameters: Parameters) -> Settings:
    """Returns settings with the schema registry of a call. An empty SchemaRegistryConfig removes it (KAF-66).

    Raises:
        ServiceError: Members are missing, or the call changes the consumer group or the mode (KAF-05, 60). The texts are ours.
    """
    config = _config(parameters, "Self" if source.cluster_arn is None else "Amazon")
    if source.group_id and config.get("ConsumerGroupId", source.group_id) != source.group_id:
        raise invalid_parameter("The ConsumerGroupId of an event source mapping is immutable.")
    if config.get("ConsumptionMode") is not None and (config["ConsumptionMode"] == "Queue") != source.is_queue:
        raise invalid_parameter("The ConsumptionMode of an event source mapping is immutable.")
    given = config.get("SchemaRegistryConfig")
    if given is None:
        return settings
    if not any(given.values()):
        return replace(settings, schemas=None)
    for member in ("SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"):
        if not given.get(member):
            raise invalid_parameter(f"{member} of SchemaRegistryConfig is missing.")
    attributes = tuple(one["Attribute"] for one in given["SchemaValidationConfigs"])
    access = tuple(given.get("AccessConfigs") or ())
    schemas = SchemaSettings(given["SchemaRegistryURI"], given["EventRecordFormat"], attributes, access)
    return replace(settings, schemas=schemas)


def _check_timestamp(parameters: Parameters) -> None:
    if parameters.get("StartingPositionTimestamp") is None:
        raise invalid_parameter(
            "When the starting position is 'AT_TIMESTAMP', a starting position timestamp must be provided."
        )


def _config(parameters: Parameters, kind: str) -> Mapping[str, Any]:
    """Returns the settings of one kind of clusters. The refusal of those of the other kind has the form of ESM-29."""
    managed, own = parameters.get("AmazonManagedKafkaEventSourceConfig"), parameters.get("SelfManagedKafkaEventSourceConfig")
    if kind == "Amazon" and own:
        raise _unsupported("selfManagedKafkaEventSourceConfig")
    if kind == "Self" and managed:
        raise _unsupported("amazonManagedKafkaEventSourceConfig")
    found: Mapping[str, Any] = managed or own or {}
    return found


def _servers(self_managed: Mapping[str, Mapping[str, list[str]]]) -> tuple[str, ...]:
    """Returns the servers of a self-managed cluster. The texts of the refusals are ours (KAF-01)."""
    servers = tuple((self_managed.get("Endpoints") or {}).get(_SERVERS) or ())
    if not 1 <= len(servers) <= _MOST_SERVERS:
        raise invalid_parameter(f"{_SERVERS} must have 1 to {_MOST_SERVERS} servers.")
    for server in servers:
        if not _SERVER.fullmatch(server) or len(server) > _LONGEST_SERVER:
            raise invalid_parameter(f"The server {server} does not have the form host:port.")
    return servers


def _unsupported(member: str) -> ServiceError:
    return invalid_parameter(f"Unsupported '{member}' parameter for given event source mapping type.")
