"""Checks for bugs in moto's DynamoDB. They run with moto itself: a repair is left out if a release does not need it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal import mock_random

ACCOUNT = "000000000000"
REGION = "us-east-1"
KEY = {"id": {"S": "a"}}
PAST = 1_735_689_600
"""A time that every clock has passed, but not long ago."""
MORE = {":more": {"N": "1"}}


class Moto:
    """DynamoDB with the current classes of moto, and with a separate backend.

    `let_expire` gives it the time to delete expired items.
    """

    def __init__(self, let_expire: Callable[[], object] = lambda: None) -> None:
        self.let_expire = let_expire
        self.backend: Any = DynamoDBBackend(REGION, ACCOUNT)

    def table(self) -> Any:
        """Returns a new table with a stream, the last one of the backend."""
        name = f"t{len(self.backend.tables)}"
        return self.backend.create_table(
            name, [{"AttributeName": "id", "KeyType": "HASH"}], None, [{"AttributeName": "id", "AttributeType": "S"}],
            None, None, {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}, "PAY_PER_REQUEST", None, [], False, None,
        )  # fmt: skip

    def put(self, table: Any, **attributes: Mapping[str, str]) -> None:
        """Puts the item."""
        self.backend.put_item(table.name, {**KEY, **attributes}, overwrite=True)

    def update(self, table: Any, expression: str) -> None:
        """Updates the item."""
        self.backend.update_item(table.name, KEY, expression, {}, MORE)

    def item(self, table: Any) -> Any:
        """Returns the item, if it exists."""
        return self.backend.get_item(table.name, KEY)


class _Asked(DynamoHandler):
    """A request that did not come over HTTP."""

    private: DynamoDBBackend

    @property
    def dynamodb_backend(self) -> DynamoDBBackend:
        return self.private


@contextmanager
def moto_alone() -> Iterator[Moto]:
    """Yields moto with a separate backend. Nothing is left afterwards, and its random numbers are restored."""
    before = mock_random.getstate()
    try:
        yield Moto()
    finally:
        mock_random.setstate(before)


def reports_no_changes(moto: Moto) -> bool:
    """Returns whether streams do not report new records, and are not read as on AWS."""
    return not hasattr(DynamoDBBackend, "simulated_tables")


def records_what_changes_nothing(moto: Moto) -> bool:
    """Returns whether putting the same item twice creates two records (DDB-08)."""
    table = moto.table()
    moto.put(table)
    moto.put(table)
    return len(table.stream_shard.items) > 1


def inserts_twice(moto: Moto) -> bool:
    """Returns whether an update that creates its item creates two records."""
    table = moto.table()
    moto.update(table, "SET x=:more")
    return len(table.stream_shard.items) > 1


def keeps_a_part_of_a_failed_update(moto: Moto) -> bool:
    """Returns whether an update that adds a number to a text keeps the changes before the error."""
    table = moto.table()
    moto.put(table, x={"S": "text"})
    with suppress(JsonRESTError):
        moto.update(table, "SET y=:more ADD x :more")
    return "y" in moto.item(table).attrs


def replaces_tables_after_a_failed_transaction(moto: Moto) -> bool:
    """Returns whether a failed transaction leaves a copy of the table."""
    table = moto.table()
    check = {"TableName": table.name, "Key": KEY, "ConditionExpression": "attribute_exists(id)"}
    with suppress(JsonRESTError):
        moto.backend.transact_write_items([{"ConditionCheck": check}])
    return moto.backend.tables[table.name] is not table


def writes_an_item_twice_in_a_batch(moto: Moto) -> bool:
    """Returns whether a batch may put one item twice."""
    table = moto.table()
    puts = [{"PutRequest": {"Item": {**KEY, "x": {"N": number}}}} for number in "12"]
    response = _Asked()
    response.private = moto.backend
    response.body = {"RequestItems": {table.name: puts}}
    try:
        response.batch_write_item()
    except JsonRESTError:
        return False
    return True


def answers_that_a_new_table_is_active(moto: Moto) -> bool:
    """Returns whether the response of `CreateTable` has status ACTIVE, or indexes that the table does not have."""
    response = _Asked()
    response.private = moto.backend
    response.body = {
        "TableName": "new", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }  # fmt: skip
    answer: Any = response.create_table()
    # Older releases return it as text here.
    members = json.loads(answer) if isinstance(answer, str) else answer.result
    description = members["TableDescription"]
    return description["TableStatus"] != "CREATING" or "LocalSecondaryIndexes" in description


def fails_with_errors_of_python(moto: Moto) -> bool:
    """Returns whether the deletion of a missing index raises a `ValueError`."""
    response = _Asked()
    response.private = moto.backend
    response.body = {"TableName": moto.table().name, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "none"}}]}
    try:
        response.update_table()
    except JsonRESTError:
        return False
    except ValueError:
        return True
    return True


def writes_again_by_the_same_token(moto: Moto) -> bool:
    """Returns whether a repeated transaction with the same token is executed again."""
    table = moto.table()
    response = _Asked()
    response.private = moto.backend
    add = {"UpdateExpression": "ADD n :more", "ExpressionAttributeValues": MORE}
    for _ in range(2):
        update = {"TableName": table.name, "Key": dict(KEY), **add}
        response.body = {"TransactItems": [{"Update": update}], "ClientRequestToken": "t"}
        response.transact_write_items()
    return str(moto.item(table).attrs["n"].value) != "1"


def inserts_over_an_item(moto: Moto) -> bool:
    """Returns whether an INSERT of PartiQL replaces an existing item, and ignores parameters."""
    table = moto.table()
    moto.put(table)
    response = _Asked()
    response.private = moto.backend
    response.body = {"Statement": f"INSERT INTO {table.name} VALUE {{'id': ?}}", "Parameters": [KEY["id"]]}
    try:
        response.execute_statement()
    except JsonRESTError as refusal:
        return "DuplicateItem" not in str(refusal.error_type)
    except Exception:
        return True
    return True


def keeps_expired(moto: Moto) -> bool:
    """Returns whether an item still exists after its expiry."""
    table = moto.table()
    moto.backend.update_time_to_live(table.name, {"Enabled": True, "AttributeName": "until"})
    moto.put(table, until={"N": str(PAST)})
    moto.let_expire()
    return moto.item(table) is not None
