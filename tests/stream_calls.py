"""Kinesis through boto3, in short."""

from __future__ import annotations

from typing import Any

from bare_environments import BareAws

from pytest_lambda_events.aws.kinesis.event_source import Consumer, find_stream
from pytest_lambda_events.aws.kinesis.simulated_stream import SimulatedStream

FIRST, SECOND, THIRD, FOURTH = (f"shardId-{index:012}" for index in range(4))
MIDDLE = 2**127
"""The first hash key of the upper half."""


class StreamCalls:
    """The calls of one stream."""

    def __init__(self, environment: BareAws, shard_count: int = 1, name: str = "clicks") -> None:
        self.name = name
        self.kinesis = environment.client("kinesis")
        self.kinesis.create_stream(StreamName=name, ShardCount=shard_count)

    @property
    def arn(self) -> str:
        """The stream's ARN."""
        return str(self.summary()["StreamARN"])

    @property
    def source(self) -> SimulatedStream:
        """The stream as pollers have it."""
        found = find_stream(self.arn)
        assert isinstance(found, SimulatedStream)
        return found

    def consumer(self, name: str = "reader") -> Consumer:
        """A new consumer as pollers have it."""
        found = find_stream(self.register(name)["ConsumerARN"])
        assert isinstance(found, Consumer)
        return found

    def register(self, name: str = "reader") -> dict[str, Any]:
        """The answer that creates a consumer."""
        return dict(self.kinesis.register_stream_consumer(StreamARN=self.arn, ConsumerName=name)["Consumer"])

    def summary(self) -> dict[str, Any]:
        """What the stream is."""
        return dict(self.kinesis.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"])

    def put(self, data: bytes | str = "hello", key: str = "key", hash_key: int | None = None) -> tuple[str, str]:
        """The sequence number and the shard of a new record."""
        explicit = {} if hash_key is None else {"ExplicitHashKey": str(hash_key)}
        answer = self.kinesis.put_record(
            StreamName=self.name, PartitionKey=key, Data=data.encode() if isinstance(data, str) else data, **explicit
        )
        return answer["SequenceNumber"], answer["ShardId"]

    def iterator(self, kind: str = "TRIM_HORIZON", shard_id: str = FIRST, **more: Any) -> str:
        """A shard iterator."""
        answer = self.kinesis.get_shard_iterator(
            StreamName=self.name, ShardId=shard_id, ShardIteratorType=kind, **more
        )  # fmt: skip
        return str(answer["ShardIterator"])

    def get(self, iterator: str, **more: Any) -> dict[str, Any]:
        """The answer of one GetRecords."""
        return dict(self.kinesis.get_records(ShardIterator=iterator, **more))

    def data(self, kind: str = "TRIM_HORIZON", shard_id: str = FIRST, **more: Any) -> list[str]:
        """What is read from a place on."""
        return [record["Data"].decode() for record in self.get(self.iterator(kind, shard_id, **more))["Records"]]

    def split(self, shard_id: str = FIRST, at: int = MIDDLE) -> None:
        """Split a shard."""
        self.kinesis.split_shard(StreamName=self.name, ShardToSplit=shard_id, NewStartingHashKey=str(at))

    def merge(self, one: str = FIRST, other: str = SECOND) -> None:
        """Merge two shards."""
        self.kinesis.merge_shards(StreamName=self.name, ShardToMerge=one, AdjacentShardToMerge=other)

    def update(self, count: int) -> None:
        """Change how many shards there are."""
        self.kinesis.update_shard_count(StreamName=self.name, TargetShardCount=count, ScalingType="UNIFORM_SCALING")

    def retain(self, hours: int) -> None:
        """Change how long records are kept."""
        existing = self.summary()["RetentionPeriodHours"]
        change = "increase" if hours >= existing else "decrease"
        getattr(self.kinesis, f"{change}_stream_retention_period")(StreamName=self.name, RetentionPeriodHours=hours)

    def shards(self) -> list[dict[str, Any]]:
        """What ListShards gives."""
        return list(self.kinesis.list_shards(StreamName=self.name)["Shards"])
