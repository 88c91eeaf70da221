"""Checks that a source exists, is in the region, and may be read by the function's role (ESM-18, 19, 1A, 22)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ... import limits
from ...arns import parse
from ...errors import LambdaEventsError
from ...service.authorization import Authorizer
from ...service.control_plane.region import Region
from ...service.errors import ServiceError, invalid_parameter
from ...service.model import Target
from ..kafka.arns import cluster_of
from ..kafka.schemas.registries import is_glue
from ..mapping import STREAM_SERVICES, Settings, service_of
from ..ports import FindQueue, FindStream, Queue
from ..streams.stream_types import CONSUMER, stream_type_of

_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""The actions of a poller on a queue, in the order in which AWS checks them (PRM-15)."""


class Access:
    """Checks the sources of the mappings of one region. `stream_finders` find the streams of a service.

    `has_cluster` is whether a cluster of Amazon MSK exists. `find_registry` finds a schema registry by its URI."""

    def __init__(
        self, region: Region, authority: Authorizer, find_queue: FindQueue, stream_finders: Mapping[str, FindStream],
        has_cluster: Callable[[str], bool], find_registry: Callable[[str], object | None],
    ) -> None:  # fmt: skip
        self._region = region
        self._authority = authority
        self._find_queue = find_queue
        self._stream_finders = stream_finders
        self._has_cluster = has_cluster
        self._find_registry = find_registry

    def check(self, source_arn: str, target: Target) -> None:
        """Raises 400 for a source in another region, a missing source, and a missing permission of the function's role."""
        if parse(source_arn).region_name != self._region.name:
            raise invalid_parameter("The event source and the function must be in the same region.")
        service = service_of(source_arn)
        if service == "kafka":
            self._check_kafka(source_arn, target)
        elif service in STREAM_SERVICES:
            self._check_stream(source_arn, target)
        else:
            self._check_queue(source_arn, target)

    def check_registry(self, settings: Settings, target: Target) -> None:
        """Raises an error for a schema registry that does not exist, or that the role may not read (KAF-66). The texts are
        ours.
        """
        uri = "" if settings.schemas is None else settings.schemas.uri
        if not uri:
            return
        if self._find_registry(uri) is None:
            if is_glue(uri):
                raise invalid_parameter(f"Cannot access schema registry {uri}. It does not exist.")
            raise LambdaEventsError(
                f"The schema registry {uri!r} does not exist in the simulation. Create it before the mapping: "
                f"lambda_events.schema_registry({uri!r})."
            )
        for action in ("glue:GetRegistry", "glue:GetSchemaVersion") if is_glue(uri) else ():
            if self._authority.allowed(target.configuration.role, action, uri) is not None:
                raise invalid_parameter(f"Cannot access schema registry {uri}. The role of the function needs {action}.")

    def _check_queue(self, arn: str, target: Target) -> None:
        queue = self._find_queue(arn)
        if queue is None:
            raise invalid_parameter(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                "SQS Error Message: The specified queue does not exist."
            )
        for action in _ACTIONS:
            if self._authority.allowed(target.configuration.role, f"sqs:{action}", arn) is not None:
                raise invalid_parameter(f"The function execution role does not have permissions to call {action} on SQS")
        _check_visibility(queue, target)

    def _check_kafka(self, topic_arn: str, target: Target) -> None:
        """Raises 400 for a cluster that the role may not describe (KAF-0C), and for a timeout over 14 minutes (KAF-08)."""
        cluster_arn = cluster_of(topic_arn)
        if cluster_arn is not None and not self._describes(target.configuration.role, cluster_arn):
            raise invalid_parameter(
                f"Cannot access cluster {cluster_arn}. Please ensure the role can perform the DescribeClusterV2 (recommended) "
                "or DescribeCluster and GetBootstrapBrokers actions on your cluster in IAM."
            )
        if target.configuration.timeout > limits.KAFKA_TIMEOUT_SECONDS:
            raise invalid_parameter(
                f"The timeout of a function with a Kafka event source must be at most {limits.KAFKA_TIMEOUT_SECONDS} seconds."
            )

    def _describes(self, role_arn: str, cluster_arn: str) -> bool:
        def allowed(*actions: str) -> bool:
            return all(self._authority.allowed(role_arn, f"kafka:{action}", cluster_arn) is None for action in actions)

        is_there = self._has_cluster(cluster_arn)
        return is_there and (allowed("DescribeClusterV2") or allowed("DescribeCluster", "GetBootstrapBrokers"))

    def _check_stream(self, arn: str, target: Target) -> None:
        if self._stream_finders[service_of(arn)](arn) is None:
            raise invalid_parameter(f"Stream not found: {arn}")
        for action, resource in stream_type_of(arn).needed(arn):
            if self._authority.allowed(target.configuration.role, action, resource) is not None:
                raise _unreadable(arn)


def _check_visibility(queue: Queue, target: Target) -> None:
    """Raises 400 for a visibility timeout that is shorter than the function's timeout (ESM-22, SQS-45)."""
    visibility, timeout = queue.visibility_timeout, target.configuration.timeout
    if visibility < timeout:
        raise invalid_parameter(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
        )


def _unreadable(arn: str) -> ServiceError:
    """Returns AWS's error. It names more actions than needed (PRM-16 to 18). The text was seen for DynamoDB only."""
    if stream_type_of(arn) is CONSUMER:
        return invalid_parameter(
            f"Cannot access event source {arn}. Please ensure the role can perform the DescribeStreamSummary, ListShards, "
            "GetShardIterator and GetRecords actions on your stream and SubscribeToShard on your consumer."
        )
    return invalid_parameter(
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, "
        "and ListStreams Actions on your stream in IAM."
    )
