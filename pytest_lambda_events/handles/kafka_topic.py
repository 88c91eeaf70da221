"""The handle of a topic of Kafka."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from ..arguments import Kind, check_all, is_mapping, is_text, is_whole, json_text, shown, text_kind, whole_number_kind
from ..errors import LambdaEventsError, hides_frames
from ..sources.kafka.topics import PartitionMissing
from ..values import dataclass
from .attempts import content_of
from .misuse import reports_misuse

__tracebackhide__ = hides_frames

Json = Any
DEFAULT_SERVERS = ("kafka.example.com:9092",)
"""The server of a self-managed cluster that a test does not name."""
MOST_PARTITIONS = 100_000
"""Far more partitions than a cluster has."""


@dataclass(frozen=True)
class KafkaRecord:
    """A record of a topic."""

    partition: int
    """The number of its partition."""
    offset: int
    """Its offset in the partition."""
    key: bytes | None
    """The key, if it has one."""
    value: bytes | None
    """The value. None for a tombstone."""
    headers: list[tuple[str, bytes]]
    """The headers in their order."""
    timestamp: datetime
    """The time of the record: by default the time of `send`."""

    @property
    def json(self) -> Json:
        """The value, decoded if it is a JSON object or array. Other values are text, or bytes if they are not UTF-8."""
        return None if self.value is None else content_of(self.value)


class KafkaTopics(Protocol):
    """What a handle needs of the simulated clusters."""

    def names(self) -> list[str]:
        """Returns the names of all topics."""

    def arn_of(self, name: str) -> str | None:
        """Returns the ARN of a topic. None if it does not exist."""

    def create(
        self, name: str, partitions: int, cluster: str | None, bootstrap_servers: Sequence[str], retention_hours: float | None
    ) -> str:
        """Creates a topic. Returns its ARN."""

    def delete(self, arn: str) -> None:
        """Deletes a topic."""

    def source(self, arn: str) -> dict[str, Any]:
        """Returns the cluster and the topic as parameters of a mapping."""

    def partitions(self, arn: str) -> int:
        """Returns the number of partitions."""

    def append(
        self, arn: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]], partition: int | None,
        timestamp: int | None,
    ) -> KafkaRecord:  # fmt: skip
        """Adds a record. `timestamp` is in milliseconds since 1970. Raises `PartitionMissing` for another partition."""

    def records(self, arn: str) -> list[KafkaRecord]:
        """Returns the retained records, partition by partition."""

    def offsets(self, arn: str) -> dict[str, dict[int, int]]:
        """Returns the committed offsets by consumer group and partition."""

    def commit(self, arn: str, group_id: str, offsets: dict[int, int]) -> None:
        """Commits offsets of a consumer group."""


@reports_misuse
class KafkaTopic:
    """A topic of Kafka, on a cluster of Amazon MSK or on a self-managed one."""

    def __init__(self, topics: KafkaTopics, name: str, arn: str) -> None:
        self._topics = topics
        self.name = name
        """The name of the topic."""
        self.arn = arn
        """The ARN of the topic. That of a self-managed topic exists only in the simulation."""

    @property
    def partitions(self) -> int:
        """The number of partitions."""
        return self._topics.partitions(self.arn)

    @property
    def records(self) -> list[KafkaRecord]:
        """The retained records, partition by partition. Reading does not move the offsets of an event source mapping."""
        return self._topics.records(self.arn)

    @property
    def offsets(self) -> dict[str, dict[int, int]]:
        """The committed offsets by consumer group and partition: those of the next record to process."""
        return self._topics.offsets(self.arn)

    @property
    def event_source(self) -> dict[str, Any]:
        """The parameters of boto3's `create_event_source_mapping` that name the cluster and the topic."""
        return self._topics.source(self.arn)

    @property
    def destination(self) -> str:
        """The topic as `OnFailure` destination of boto3's `create_event_source_mapping`, such as `kafka://orders-failed`."""
        return f"kafka://{self.name}"

    def send(
        self,
        value: object = None,
        *,
        key: str | bytes | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        partition: int | None = None,
        timestamp: datetime | None = None,
    ) -> KafkaRecord:
        """Sends a record.

        Args:
            value: Bytes and text unchanged, other values as JSON. None is a tombstone: a record without a value.
            key: Text or bytes. It chooses the partition as the default partitioner of Kafka's Java client does.
            headers: Names with text or bytes.
            partition: The number of the partition. Without it and without a key, records go to all partitions in turn.
            timestamp: An aware datetime. The default is now.

        Raises:
            LambdaEventsError: An argument has a wrong type, or there is no such partition. Nothing is sent.
        """
        check_all(_SEND_KINDS, {"key": key, "headers": headers, "partition": partition})
        contents = [(name, _bytes_of("The header", content)) for name, content in headers.items()] if headers else ()
        try:
            return self._topics.append(
                self.arn, _optional_bytes("The key", key), _optional_bytes("The value", value), contents, partition,
                None if timestamp is None else _milliseconds(timestamp),
            )  # fmt: skip
        except PartitionMissing:
            assert partition is not None
            raise self._missing(partition) from None

    def commit_offsets(self, consumer_group_id: str, offsets: Mapping[int, int]) -> None:
        """Commits offsets by partition for a consumer group, as another consumer of the group does.

        An event source mapping with this `consumer_group_id` begins there, whatever its starting position is (KAF-06). Raises
        `LambdaEventsError` if the topic does not have a partition.
        """
        check_all(_COMMIT_KINDS, {"consumer_group_id": consumer_group_id, "offsets": offsets})
        missing = [partition for partition in offsets if partition >= self.partitions]
        if missing:
            raise self._missing(missing[0])
        self._topics.commit(self.arn, consumer_group_id, dict(offsets))

    def _missing(self, partition: int) -> LambdaEventsError:
        return LambdaEventsError(
            f"Topic {self.name!r} has no partition {partition}. Its partitions are 0 to {self.partitions - 1}. Pass one of "
            f"them, or create the topic with partitions={partition + 1} or more."
        )

    def delete(self) -> None:
        """Deletes the topic with its records and offsets."""
        self._topics.delete(self.arn)

    def __repr__(self) -> str:
        return f"<KafkaTopic {self.name}>"


def _optional_bytes(what: str, value: object) -> bytes | None:
    return None if value is None else _bytes_of(what, value)


def _bytes_of(what: str, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if is_text(value):
        return str(value).encode()
    return json_text(what, value, "Pass bytes, text, or a value that JSON can represent.").encode()


def _milliseconds(instant: object) -> int:
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        raise LambdaEventsError(f"timestamp={shown(instant)} is not an aware datetime. Pass one, such as lambda_events.now.")
    return round(instant.timestamp() * 1000)


def _is_content(value: object) -> bool:
    return isinstance(value, bytes) or is_text(value)


def _are_headers(value: object) -> bool:
    return is_mapping(value) and all(is_text(name) and _is_content(content) for name, content in value.items())


def _are_offsets(value: object) -> bool:
    return isinstance(value, Mapping) and all(is_whole(one) and one >= 0 for pair in value.items() for one in pair)


_SEND_KINDS: Mapping[str, Kind] = {
    "key": Kind("a key", _is_content, repr("customer-1"), "text or bytes").optional(),
    "headers": Kind("headers", _are_headers, '{"trace": "a"}', "a mapping of names to text or bytes").optional(),
    "partition": whole_number_kind(0, least=0, most=MOST_PARTITIONS).optional(),
}
_COMMIT_KINDS: Mapping[str, Kind] = {
    "consumer_group_id": text_kind("orders-readers"),
    "offsets": Kind("offsets", _are_offsets, "{0: 7}", "a mapping of partitions to offsets, 0 or more"),
}
TOPIC_KINDS: Mapping[str, Kind] = {
    "partitions": whole_number_kind(3, "partitions", least=1, most=MOST_PARTITIONS),
    "cluster": text_kind("sales").optional(),
    "bootstrap_servers": Kind(
        "servers", lambda value: isinstance(value, (list, tuple)) and bool(value) and all(map(is_text, value)),
        '["kafka.example.com:9092"]', "a list of text",
    ),
}  # fmt: skip
