"""DynamoDB deletes items when the clock passes the second that they name."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from bare_environments import BareAws, bare_environment
from botocore.exceptions import ClientError
from moto import mock_aws
from table_calls import TableCalls

START = 1_767_225_600
YEARS = 365 * 86_400


@pytest.fixture
def table(table: TableCalls) -> TableCalls:
    """Its items expire by `until`."""
    table.expire_by("until")
    return table


def second(after: float) -> dict[str, str]:
    """So many seconds after the clock's start."""
    return {"N": str(START + after)}


@pytest.mark.rule("DDB-E8")
@pytest.mark.scenario("DDB D16")
@pytest.mark.parametrize(("seconds", "count"), [(9.999999, 1), (10, 0), (10.000001, 0)], ids=["before", "at", "after"])
def test_an_item_is_gone_once_the_clock_passes_its_second(seconds: float, count: int, table: TableCalls) -> None:
    table.put(until=second(10))

    table.environment.simulation.advance(seconds)

    assert len(table.items) == count
    assert len(table.records) == 2 - count


@pytest.mark.rule("DDB-E7")
@pytest.mark.scenario("DDB D16")
def test_the_record_of_an_expired_item_names_dynamodb_as_its_origin(table: TableCalls) -> None:
    table.put(until=second(10))

    time.sleep(10)

    record = table.records[1].content
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert record["dynamodb"]["ApproximateCreationDateTime"] == START + 10.0
    assert record["dynamodb"]["OldImage"] == {"id": {"S": "a"}, "until": second(10)}
    assert table.get()[1]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@pytest.mark.rule("DDB-E7")
def test_other_deletions_do_not_say_who_made_them(table: TableCalls) -> None:
    table.put(until=second(10))
    table.delete()
    time.sleep(20)

    assert table.events == [("INSERT", "a"), ("REMOVE", "a")]
    assert all("userIdentity" not in record.content for record in table.records)


CHANGES: dict[str, tuple[Callable[[TableCalls], object], float | None]] = {
    "put with a later second": (lambda table: table.put(until=second(20)), 20),
    "put with an earlier second": (lambda table: table.put(until=second(5)), 5),
    "put without one": (lambda table: table.put(), None),
    "updated to a later second": (lambda table: table.update("SET #u = :u", u=second(20)), 20),
    "updated to have none": (lambda table: table.update("REMOVE #u"), None),
    "turned off": (lambda table: table.expire_by("until", enabled=False), None),
    "by another attribute": (lambda table: (table.expire_by("until", enabled=False), table.expire_by("x")), 15),
}


@pytest.mark.rule("DDB-E8")
@pytest.mark.parametrize(("change", "due"), CHANGES.values(), ids=CHANGES)
def test_expiry_follows_changes_of_the_item_and_of_the_setting(
    change: Callable[[TableCalls], object], due: float | None, table: TableCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = table.db.update_item
    monkeypatch.setattr(table, "db", Named(table.db, named))
    table.put(until=second(10), x=second(15))

    change(table)

    assert table.environment.simulation.scheduler.next_due == (None if due is None else due * 1_000_000)


@pytest.mark.parametrize(
    ("enabled", "attribute", "message"),
    [
        (True, "until", "TimeToLive is already enabled"),
        (True, "x", "TimeToLive is active on a different AttributeName: current AttributeName is until"),
        (False, "x", "TimeToLive is active on a different AttributeName: current AttributeName is until"),
    ],
)
def test_a_change_of_time_to_live_that_is_refused_changes_nothing(
    enabled: bool, attribute: str, message: str, table: TableCalls
) -> None:
    with pytest.raises(ClientError, match=message):
        table.expire_by(attribute, enabled=enabled)

    described = table.db.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}


def test_disabling_a_disabled_time_to_live_is_refused(table: TableCalls) -> None:
    table.expire_by("until", enabled=False)

    with pytest.raises(ClientError, match="TimeToLive is already disabled"):
        table.expire_by("until", enabled=False)


class Named:
    """The client, with the name of the attribute in update expressions: `until` is a word of DynamoDB's."""

    def __init__(self, client: Any, update_item: Callable[..., Any]) -> None:
        self._client = client
        self._update_item = update_item

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **keywords: Any) -> Any:
        return self._update_item(ExpressionAttributeNames={"#u": "until"}, **keywords)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (second(-1), 0), (second(0), 0), (second(-5 * YEARS), 0), (second(-5 * YEARS - 1), 1), ({"S": str(START)}, 1),
        ({"N": "1767225600000"}, 1), ({"L": [{"N": "1"}]}, 1),
    ],
    ids=["past", "now", "five years ago", "earlier", "text", "milliseconds", "list"],
)  # fmt: skip
def test_an_item_with_a_past_time_expires_immediately_if_the_time_is_valid(
    value: dict[str, Any], count: int, table: TableCalls
) -> None:
    table.put(until=value)

    table.environment.simulation.advance(0)

    assert len(table.items) == count


def test_items_expire_in_the_order_of_their_seconds(table: TableCalls) -> None:
    for key, after in [("c", 30), ("a", 10), ("b", 20)]:
        table.put(key, until=second(after))

    time.sleep(60)

    assert table.events[3:] == [("REMOVE", "a"), ("REMOVE", "b"), ("REMOVE", "c")]


def test_items_that_were_there_before_the_setting_expire(bare: BareAws) -> None:
    table = TableCalls(bare, ranged=True)
    table.put(at={"N": "1"}, until=second(10))

    table.expire_by("until")
    time.sleep(10)

    assert table.items == []


def test_a_table_without_a_stream_loses_its_expired_items(bare: BareAws) -> None:
    table = TableCalls(bare, view_type=None)
    table.expire_by("until")
    table.put(until=second(10))

    time.sleep(10)

    assert table.items == []


@pytest.mark.rule("DDB-E8")
def test_expiry_is_background_work(table: TableCalls) -> None:
    table.put(until=second(10))

    assert table.environment.simulation.scheduler.is_idle
    assert [timer.pending.detail["table"] for timer in table.environment.simulation.scheduler.pending()] == ["orders"]


def test_nothing_expires_of_a_table_that_is_deleted(table: TableCalls) -> None:
    table.put(until=second(10))

    table.db.delete_table(TableName="orders")

    assert table.environment.simulation.scheduler.next_due is None


def test_an_item_that_a_failed_transaction_put_back_expires(table: TableCalls) -> None:
    table.put(until=second(10))
    with pytest.raises(table.db.exceptions.TransactionCanceledException):
        table.transact(
            {"Delete": {"Key": {"id": {"S": "a"}}}},
            {"ConditionCheck": {"Key": {"id": {"S": "d"}}, "ConditionExpression": "attribute_exists(id)"}},
        )

    time.sleep(10)

    assert table.items == []


def test_items_that_moto_held_before_the_environment_expire() -> None:
    with mock_aws():
        with bare_environment() as environment:
            TableCalls(environment).expire_by("until")
            environment.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "a"}, "until": second(10)})
        with bare_environment() as environment:
            time.sleep(10)
            count = environment.client("dynamodb").scan(TableName="orders")["Count"]

    assert count == 0


@pytest.mark.parametrize(("enabled", "count"), [(True, 0), (False, 1)], ids=["enabled", "disabled"])
def test_the_table_of_a_stack_expires_items_as_in_its_template(enabled: bool, count: int, bare: BareAws) -> None:
    properties = {
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": "until"},
    }
    template = {"Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}}
    bare.client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(template))
    client = bare.client("dynamodb")
    client.put_item(TableName="orders", Item={"id": {"S": "a"}, "until": second(10)})

    time.sleep(10)

    assert client.scan(TableName="orders")["Count"] == count
    assert "LatestStreamArn" in client.describe_table(TableName="orders")["Table"]
