"""The handle of a DynamoDB table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..arguments import Kind, check_all, mapping_kind, name_kind, shown
from ..errors import LambdaEventsError, hides_frames
from .misuse import reports_misuse

__tracebackhide__ = hides_frames

Json = Any
VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


class Tables(Protocol):
    """The operations of DynamoDB that a handle needs."""

    def names(self) -> list[str]:
        """Returns the names of all tables."""

    def has(self, name: str) -> bool:
        """Returns whether a table exists."""

    def arn(self, name: str) -> str:
        """Returns the ARN of a table."""

    def create(self, parameters: Mapping[str, Any]) -> None:
        """Creates a table that is active immediately."""

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Calls an operation of the boto3 client, with items as plain values.

        Raises `TypeError`, `ValueError` or `ArithmeticError` for an item that DynamoDB cannot store.
        """


@reports_misuse
class Table:
    """A DynamoDB table. As an event source, its stream is used."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self.name = name
        """The name of the table."""

    @property
    def arn(self) -> str:
        """The ARN of the table."""
        return self._tables.arn(self.name)

    @property
    def stream_arn(self) -> str | None:
        """The ARN of its latest stream. None if the table never had a stream."""
        described: dict[str, Any] = self._tables.call("describe_table", TableName=self.name)["Table"]
        return described.get("LatestStreamArn")

    @property
    def items(self) -> list[dict[str, Json]]:
        """The items as plain values: whole numbers as `int`, other numbers as `float`, binary values as `bytes`."""
        found: list[dict[str, Json]] = []
        start: dict[str, Any] | None = {}
        while start is not None:
            answer = self._tables.call("scan", TableName=self.name, **start)
            found += answer["Items"]
            last = answer.get("LastEvaluatedKey")
            start = {"ExclusiveStartKey": last} if last else None
        return found

    def put_item(self, item: Mapping[str, object]) -> None:
        """Puts an item of plain values.

        Raises:
            LambdaEventsError: DynamoDB cannot store a value of this type.
            ClientError: DynamoDB refuses the item.
        """
        self._write("put_item", "item", Item=item)

    def delete_item(self, key: Mapping[str, object]) -> None:
        """Deletes the item with this key, if it exists. Raises the same errors as `put_item`."""
        self._write("delete_item", "key", Key=key)

    def delete(self) -> None:
        """Deletes the table and its items."""
        self._tables.call("delete_table", TableName=self.name)

    def _write(self, operation: str, argument: str, **given: Mapping[str, object]) -> None:
        [(member, item)] = given.items()
        _ITEM.check(argument, item)
        try:
            self._tables.call(operation, TableName=self.name, **{member: dict(item)})
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            reason = _TOO_PRECISE if isinstance(error, ArithmeticError) else str(error).rstrip(".")
            raise LambdaEventsError(
                f"DynamoDB cannot store {argument}={shown(item)} in table {self.name!r}: {reason}. Pass text, "
                "numbers, bytes, booleans, None, and lists, sets and mappings of them."
            ) from None

    def __repr__(self) -> str:
        return f"<Table {self.name}>"


def stream_arn_of(table: Table) -> str:
    """Returns the ARN of the stream of a table. Raises `LambdaEventsError` if it has none."""
    stream_arn = table.stream_arn
    if stream_arn is None:
        raise LambdaEventsError(
            f"Table {table.name!r} has no stream. Create the table with "
            f'lambda_events.table("{table.name}", ..., stream_view_type="NEW_AND_OLD_IMAGES").'
        )
    return stream_arn


def table_parameters(name: str, partition_key: str, sort_key: str | None, stream_view_type: str | None) -> dict[str, Any]:
    """Returns the parameters of `CreateTable`. Raises `LambdaEventsError` for an invalid name, key or view type."""
    check_all(TABLE_KINDS, {"partition_key": partition_key, "sort_key": sort_key})
    if sort_key == partition_key:
        raise LambdaEventsError(f"sort_key={sort_key!r} is the partition key. Pass the name of another attribute.")
    keys = {"HASH": partition_key} | ({} if sort_key is None else {"RANGE": sort_key})
    parameters: dict[str, Any] = {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for kind, key in keys.items()],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys.values()],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if stream_view_type is None:
        return parameters
    if stream_view_type not in VIEW_TYPES:
        raise LambdaEventsError(
            f"stream_view_type={shown(stream_view_type)} does not exist. Pass one of: {', '.join(VIEW_TYPES)}."
        )
    return {**parameters, "StreamSpecification": {"StreamEnabled": True, "StreamViewType": stream_view_type}}


_TOO_PRECISE = "a number has more than 38 digits, or is larger or smaller than DynamoDB's numbers can be"
_ITEM = mapping_kind('{"id": "order-7"}')
TABLE_KINDS: Mapping[str, Kind] = {
    "partition_key": name_kind("id"),
    "sort_key": name_kind("created_at").optional(),
    "time_to_live": name_kind("expires_at").optional(),
}
