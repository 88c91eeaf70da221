"""What DynamoDB answers to calls that create, change, delete and describe tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import botocore.session
import pytest
from bare_environments import BareAws, bare_environment
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
BOTH_IMAGES = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
Json = dict[str, Any]


def key_schema(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def index(name: str, *keys: str) -> Json:
    return {"IndexName": name, "KeySchema": key_schema(*keys), "Projection": {"ProjectionType": "ALL"}}


def attributes(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


PLAIN: Json = {
    "TableName": "orders", "KeySchema": key_schema("id"), "AttributeDefinitions": attributes("id"),
    "BillingMode": "PAY_PER_REQUEST",
}  # fmt: skip
RANGED: Json = {
    **PLAIN, "KeySchema": key_schema("id", "at"), "AttributeDefinitions": attributes("id", "at", "city", "kind"),
    "GlobalSecondaryIndexes": [index("by_city", "city")], "LocalSecondaryIndexes": [index("by_kind", "id", "kind")],
}  # fmt: skip
PROVISIONED: Json = {
    **PLAIN, "BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
}  # fmt: skip


def created(environment: BareAws, parameters: Mapping[str, Any]) -> Json:
    return dict(environment.client("dynamodb").create_table(**parameters)["TableDescription"])


def described(environment: BareAws) -> Json:
    return dict(environment.client("dynamodb").describe_table(TableName="orders")["Table"])


def updated(environment: BareAws, **changes: Any) -> Json:
    return dict(environment.client("dynamodb").update_table(TableName="orders", **changes)["TableDescription"])


def index_status(description: Json) -> dict[str, str]:
    return {shown["IndexName"]: shown["IndexStatus"] for shown in description.get("GlobalSecondaryIndexes", [])}


# ---------------------------------------------------------------------- creating


def test_the_answer_to_create_table_is_that_of_aws(bare: BareAws) -> None:
    answer = created(bare, PLAIN)

    assert answer.pop("TableId").count("-") == 4
    assert answer == {
        "AttributeDefinitions": PLAIN["AttributeDefinitions"], "KeySchema": PLAIN["KeySchema"], "TableName": "orders",
        "TableStatus": "CREATING", "CreationDateTime": START, "TableSizeBytes": 0, "ItemCount": 0,
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "DeletionProtectionEnabled": False,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
    }  # fmt: skip


def test_a_provisioned_table_has_no_summary_of_its_billing_mode(bare: BareAws) -> None:
    answer = created(bare, PROVISIONED)

    assert answer["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    assert "BillingModeSummary" not in answer
    bare.simulation.advance(1)
    assert "BillingModeSummary" not in described(bare)


def test_the_answer_to_create_table_describes_indexes_that_are_being_created(bare: BareAws) -> None:
    answer = created(bare, RANGED)

    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/index"
    sizes = {"IndexSizeBytes": 0, "ItemCount": 0}
    assert answer["GlobalSecondaryIndexes"] == [
        {
            **index("by_city", "city"), **sizes, "IndexArn": f"{arn}/by_city", "IndexStatus": "CREATING",
            "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        }
    ]  # fmt: skip
    assert answer["LocalSecondaryIndexes"] == [{**index("by_kind", "id", "kind"), **sizes, "IndexArn": f"{arn}/by_kind"}]


def test_the_answer_to_create_table_names_the_stream_class_and_limits_of_the_table(bare: BareAws) -> None:
    limits = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    given = {"TableClass": "STANDARD_INFREQUENT_ACCESS", "OnDemandThroughput": limits, "StreamSpecification": BOTH_IMAGES}

    answer = created(bare, {**PLAIN, **given})

    assert answer["LatestStreamArn"] == f"{answer['TableArn']}/stream/{answer['LatestStreamLabel']}"
    assert answer["StreamSpecification"] == BOTH_IMAGES
    assert answer["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert answer["OnDemandThroughput"] == limits


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, "CREATING"), (0.999999, "CREATING"), (1, "ACTIVE")], ids=["at once", "before", "at"]
)
def test_a_table_is_being_created_until_the_delay_is_over(seconds: float, status: str, bare: BareAws) -> None:
    created(bare, RANGED)

    bare.simulation.advance(seconds)

    assert described(bare)["TableStatus"] == status
    assert index_status(described(bare)) == {"by_city": status}


def test_a_table_is_active_when_asked_next_without_a_delay() -> None:
    with bare_environment() as environment:
        assert created(environment, RANGED)["TableStatus"] == "CREATING"
        assert described(environment)["TableStatus"] == "ACTIVE"
        assert updated(environment, DeletionProtectionEnabled=True)["TableStatus"] == "UPDATING"
        assert described(environment)["TableStatus"] == "ACTIVE"


def test_an_active_table_tells_since_when_it_is_on_demand(bare: BareAws) -> None:
    table_id = created(bare, PLAIN)["TableId"]
    bare.simulation.advance(1)

    answer = described(bare)

    assert answer["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": START}
    assert answer["TableId"] == table_id
    assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & answer.keys()


def test_a_table_that_is_being_created_can_be_used_already(bare: BareAws) -> None:
    created(bare, PLAIN)
    dynamodb = bare.client("dynamodb")

    dynamodb.put_item(TableName="orders", Item={"id": {"S": "a"}})

    assert dynamodb.get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"] == {"id": {"S": "a"}}
    assert bare.elapsed == 0


def test_a_waiter_waits_in_virtual_time(bare: BareAws) -> None:
    table = boto3.resource("dynamodb").create_table(**PLAIN)
    status = table.table_status

    table.wait_until_exists()

    table.reload()
    assert (status, table.table_status, bare.elapsed) == ("CREATING", "ACTIVE", 20)


def test_a_waiter_returns_immediately_without_a_delay() -> None:
    with bare_environment() as environment:
        table = boto3.resource("dynamodb").create_table(**PLAIN)
        status = table.table_status

        table.wait_until_exists()

        table.reload()
        assert (status, table.table_status, environment.elapsed) == ("CREATING", "ACTIVE", 0)


def test_a_table_of_a_handle_or_a_stack_is_active_immediately() -> None:
    template = """{"Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "of_a_stack", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}}}}"""
    with LambdaEvents() as lambda_events:
        lambda_events.table("of_a_handle", partition_key="id")
        lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=template)

        dynamodb = lambda_events.client("dynamodb")
        names = ("of_a_handle", "of_a_stack")
        assert [dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] for name in names] == ["ACTIVE", "ACTIVE"]


def test_each_table_has_an_id_of_its_own(bare: BareAws) -> None:
    first = created(bare, PLAIN)["TableId"]
    bare.client("dynamodb").delete_table(TableName="orders")

    assert created(bare, PLAIN)["TableId"] != first


# ---------------------------------------------------------------------- updating


def test_the_response_of_update_table_has_the_status_updating(bare: BareAws) -> None:
    created(bare, PLAIN)
    bare.simulation.advance(10)

    answer = updated(bare, StreamSpecification=BOTH_IMAGES)

    assert answer["TableStatus"] == described(bare)["TableStatus"] == "UPDATING"
    assert answer["StreamSpecification"] == BOTH_IMAGES
    bare.simulation.advance(1)
    assert described(bare)["TableStatus"] == "ACTIVE"


def test_indexes_have_the_status_of_their_own_change(bare: BareAws) -> None:
    throughput = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    names = ("kept", "changed", "dropped")
    indexes = [{**index(name, "city"), **throughput} for name in names]
    created(bare, {**PROVISIONED, "AttributeDefinitions": attributes("id", "city"), "GlobalSecondaryIndexes": indexes})
    bare.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "a"}, "city": {"S": "Turin"}})
    bare.simulation.advance(1)
    changes: list[Json] = [
        {"Create": {**index("made", "city"), **throughput}},
        {"Update": {"IndexName": "changed", "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 1}}},
        {"Delete": {"IndexName": "dropped"}},
    ]

    answer = updated(bare, GlobalSecondaryIndexUpdates=changes)

    expected = {"kept": "ACTIVE", "changed": "UPDATING", "made": "CREATING", "dropped": "DELETING"}
    assert index_status(answer) == index_status(described(bare)) == expected
    bare.simulation.advance(1)
    assert index_status(described(bare)) == {"kept": "ACTIVE", "changed": "ACTIVE", "made": "ACTIVE"}
    assert {shown["ItemCount"] for shown in described(bare)["GlobalSecondaryIndexes"]} == {1}


def test_a_table_that_becomes_on_demand_tells_since_when(bare: BareAws) -> None:
    created(bare, PROVISIONED)
    bare.simulation.advance(60)

    answer = updated(bare, BillingMode="PAY_PER_REQUEST")

    since = {"LastUpdateToPayPerRequestDateTime": START + timedelta(seconds=60)}
    assert answer["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST", **since}
    assert answer["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    back = updated(bare, BillingMode="PROVISIONED", ProvisionedThroughput=PROVISIONED["ProvisionedThroughput"])
    assert back["BillingModeSummary"] == {"BillingMode": "PROVISIONED", **since}
    assert back["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 2, "WriteCapacityUnits": 3}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({}, "ValidationException", "At least one of ProvisionedThroughput"),
        ({"BillingMode": "PROVISIONED"}, "ValidationException", "must both be specified when BillingMode is PROVISIONED"),
        ({"ProvisionedThroughput": PROVISIONED["ProvisionedThroughput"]}, "ValidationException", "can be specified when"),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "none"}}]},
            "ResourceNotFoundException",
            "Requested resource not found",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Create": index("by_city", "city")}]},
            "ValidationException",
            "Attempting to create an index which already exists",
        ),
        (
            {"DeletionProtectionEnabled": True, "StreamSpecification": {"StreamEnabled": False}},
            "ValidationException",
            "Table already has a disabled stream",
        ),
    ],
    ids=["nothing", "no throughput", "throughput on demand", "no index", "an index twice", "no stream"],
)
def test_an_update_that_is_refused_changes_nothing(changes: Json, code: str, message: str, bare: BareAws) -> None:
    created(bare, RANGED)
    bare.simulation.advance(1)
    before = described(bare)

    with pytest.raises(ClientError, match=message) as raised:
        updated(bare, **changes)

    assert raised.value.response["Error"]["Code"] == code
    assert described(bare) == before


# ---------------------------------------------------------------------- deleting


def test_the_response_of_delete_table_has_the_status_deleting(bare: BareAws) -> None:
    table_id = created(bare, PLAIN)["TableId"]

    answer = bare.client("dynamodb").delete_table(TableName="orders")["TableDescription"]

    assert answer == {
        "TableName": "orders", "TableStatus": "DELETING", "TableSizeBytes": 0, "ItemCount": 0, "TableId": table_id,
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders", "DeletionProtectionEnabled": False,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": START},
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
    }  # fmt: skip
    with pytest.raises(ClientError, match="Requested resource not found: Table: orders not found"):
        described(bare)


# ---------------------------------------------------------------------- form


def members_unknown_to_botocore(value: Any, shape: Any, path: str = "") -> list[str]:
    """What an answer has and its shape in botocore's model does not."""
    if shape.type_name == "structure":
        unknown = [f"{path}.{name}" for name in value if name not in shape.members]
        known = [name for name in value if name in shape.members]
        return unknown + [
            found
            for name in known
            for found in members_unknown_to_botocore(value[name], shape.members[name], f"{path}.{name}")
        ]
    if shape.type_name == "list":
        return [found for element in value for found in members_unknown_to_botocore(element, shape.member, f"{path}[]")]
    return []


def test_the_answers_have_only_members_of_botocores_model(bare: BareAws) -> None:
    raw: dict[str, Json] = {}

    def keep(http_response: Any, parsed: Json, model: Any, **others: Any) -> None:
        raw[model.name] = json.loads(http_response.content)

    dynamodb = boto3.client("dynamodb")
    dynamodb.meta.events.register("after-call.dynamodb", keep)
    dynamodb.create_table(**{**RANGED, "StreamSpecification": BOTH_IMAGES, "TableClass": "STANDARD"})
    dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_city"}}])
    dynamodb.describe_table(TableName="orders")
    dynamodb.delete_table(TableName="orders")

    service = botocore.session.get_session().get_service_model("dynamodb")
    assert set(raw) == {"CreateTable", "UpdateTable", "DescribeTable", "DeleteTable"}
    for name, answer in raw.items():
        assert members_unknown_to_botocore(answer, service.operation_model(name).output_shape) == []
