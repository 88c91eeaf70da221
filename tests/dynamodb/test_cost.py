"""What operations on a table and its stream cost, counted in calls: the same however many records and items there are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from bare_environments import BareAws
from counting import calls_of
from moto.dynamodb.models import dynamodb_backends
from table_calls import TableCalls

from pytest_lambda_events.sources.ports import TRIM_HORIZON

SMALL, LARGE = 100, 3_000


class Sized:
    """A table with so many items, all of which will expire, and a record for each."""

    def __init__(self, bare: BareAws, name: str, depth: int) -> None:
        calls = TableCalls(bare, name=name)
        calls.expire_by("until")
        self.backend: Any = dynamodb_backends["123456789012"]["us-east-1"]
        self.name = name
        for number in range(depth):
            self.put(f"item {number:05d}", number)
        self.source = calls.source
        [shard] = self.source.shards()
        self.shard_id = shard.shard_id
        self.middle = (self.source.read(self.shard_id, TRIM_HORIZON, depth)[depth // 2]).position
        self.database = calls.db
        self.client, self.iterator = calls.streams, calls.iterator("LATEST")

    def put(self, key: str, seconds: int) -> None:
        """Put one item that expires."""
        until = {"N": str(1_767_300_000 + seconds)}
        self.backend.put_item(self.name, {"id": {"S": key}, "until": until}, overwrite=True)

    def update(self) -> None:
        """Update one item."""
        self.backend.update_item(self.name, {"id": {"S": "item 00050"}}, "SET x=:x", {}, {":x": {"N": "1"}})

    def transact(self) -> None:
        """Put one item in a transaction."""
        item = {"id": {"S": "new"}, "until": {"N": "1"}}
        self.backend.transact_write_items([{"Put": {"TableName": self.name, "Item": item}}])

    def delete(self) -> None:
        """Delete one item."""
        self.backend.delete_item(self.name, {"id": {"S": "item 00050"}})

    def query(self) -> None:
        """Read the items of one partition."""
        condition = {"KeyConditionExpression": "id=:id", "ExpressionAttributeValues": {":id": {"S": "item 00050"}}}
        assert self.database.query(TableName=self.name, **condition)["Count"] == 1


ACTIONS: dict[str, Callable[[Sized], object]] = {
    "put": lambda sized: sized.put("new", 10),
    "update": Sized.update,
    "transact": Sized.transact,
    "delete": Sized.delete,
    "query": Sized.query,
    "read the first": lambda sized: sized.source.read(sized.shard_id, TRIM_HORIZON, 10),
    "read from the middle": lambda sized: sized.source.read(sized.shard_id, sized.middle, 10),
    "read nothing": lambda sized: sized.source.read(sized.shard_id, sized.source.latest(sized.shard_id), 10),
    "get nothing": lambda sized: sized.client.get_records(ShardIterator=sized.iterator),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_operation_costs_the_same_in_a_long_stream(action: Callable[[Sized], object], bare: BareAws) -> None:
    small, large = Sized(bare, "small", SMALL), Sized(bare, "large", LARGE)
    action(Sized(bare, "first", SMALL))

    few, many = calls_of(lambda: action(small)), calls_of(lambda: action(large))

    assert many <= few + 4 * math.log2(LARGE)
