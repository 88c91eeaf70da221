"""A table with a stream in an environment, for the tests of `aws/dynamodb/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bare_environments import BareAws

from pytest_lambda_events.aws.dynamodb.event_source import find_stream
from pytest_lambda_events.aws.dynamodb.simulated_stream import SimulatedStream, TableRecord
from pytest_lambda_events.sources.ports import TRIM_HORIZON

Item = dict[str, Any]


class TableCalls:
    """One table with the hash key `id` and, if asked for, the range key `at`. Its client is `db`, its stream's `streams`."""

    def __init__(
        self, environment: BareAws, view_type: str | None = "NEW_AND_OLD_IMAGES", name: str = "orders", ranged: bool = False
    ) -> None:
        self.environment = environment
        self.name = name
        self.db = environment.client("dynamodb")
        self.streams = environment.client("dynamodbstreams")
        specification = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view_type}} if view_type else {}
        names = [("id", "HASH", "S"), ("at", "RANGE", "N")][: 1 + ranged]
        self.db.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": attribute, "KeyType": kind} for attribute, kind, _ in names],
            AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": kind} for attribute, _, kind in names],
            BillingMode="PAY_PER_REQUEST",
            **specification,
        )

    # ------------------------------------------------------------------ writing

    def put(self, key: str = "a", **attributes: Mapping[str, Any]) -> None:
        """Put one item."""
        self.db.put_item(TableName=self.name, Item={"id": {"S": key}, **attributes})

    def update(self, expression: str, key: str = "a", **values: Mapping[str, Any]) -> None:
        """Update one item; `values` are those of the expression, without their colons."""
        given = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
        self.db.update_item(TableName=self.name, Key={"id": {"S": key}}, UpdateExpression=expression, **given)

    def delete(self, key: str = "a") -> None:
        """Delete one item."""
        self.db.delete_item(TableName=self.name, Key={"id": {"S": key}})

    def transact(self, *writes: Mapping[str, Any]) -> None:
        """Write all or nothing; the table's name is added."""
        items = [{kind: {"TableName": self.name, **members} for kind, members in write.items()} for write in writes]
        self.db.transact_write_items(TransactItems=items)

    def batch(self, *requests: Mapping[str, Any]) -> None:
        """Write a batch."""
        self.db.batch_write_item(RequestItems={self.name: list(requests)})

    def expire_by(self, attribute: str, enabled: bool = True) -> None:
        """Set or unset TimeToLive."""
        specification = {"Enabled": enabled, "AttributeName": attribute}
        self.db.update_time_to_live(TableName=self.name, TimeToLiveSpecification=specification)

    def set_stream(self, **specification: Any) -> None:
        """Enable or disable the stream."""
        self.db.update_table(TableName=self.name, StreamSpecification=specification)

    # ------------------------------------------------------------------ reading

    @property
    def items(self) -> list[Item]:
        """All items, in order of their keys."""
        return list(self.db.scan(TableName=self.name)["Items"])

    @property
    def arn(self) -> str:
        """That of the newest stream."""
        return str(self.db.describe_table(TableName=self.name)["Table"]["LatestStreamArn"])

    @property
    def source(self) -> SimulatedStream:
        """The newest stream as pollers have it."""
        found = find_stream(self.arn)
        assert found is not None
        return found

    @property
    def records(self) -> list[TableRecord]:
        """All that pollers can read, shard after shard."""
        source = self.source
        return [record for shard in source.shards() for record in source.read(shard.shard_id, TRIM_HORIZON, 10_000)]

    @property
    def events(self) -> list[tuple[str, str]]:
        """Names and keys of all records."""
        return [(record.content["eventName"], record.content["dynamodb"]["Keys"]["id"]["S"]) for record in self.records]

    @property
    def shard_ids(self) -> list[str]:
        """Those that boto3 is told of."""
        shards = self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        return [shard["ShardId"] for shard in shards]

    def iterator(self, kind: str = "TRIM_HORIZON", shard_index: int = 0, number: str | None = None) -> str:
        """An iterator of boto3's."""
        given = {"SequenceNumber": number} if number else {}
        answer = self.streams.get_shard_iterator(
            StreamArn=self.arn, ShardId=self.shard_ids[shard_index], ShardIteratorType=kind, **given
        )
        return str(answer["ShardIterator"])

    def get(self, iterator: str | None = None, **keywords: Any) -> list[dict[str, Any]]:
        """What boto3 gets from an iterator, by default from the beginning."""
        return list(self.streams.get_records(ShardIterator=iterator or self.iterator(), **keywords)["Records"])


def code_of(error: Any) -> str:
    """The code of a refusal."""
    return str(error.value.response["Error"]["Code"])


TableMaker = Callable[..., TableCalls]
