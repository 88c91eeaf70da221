"""Event source mappings in moto's CloudFormation are those of the API."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, NotSimulatedError

INLINE = "def handler(event, context): return 'charged'"
REPORT = ["ReportBatchItemFailures"]
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"RoleName": "role", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


def function(name: str) -> dict[str, Any]:
    properties = {
        "FunctionName": name, "Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": INLINE},
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }  # fmt: skip
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def queue(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


CLICKS = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "clicks", "ShardCount": 1}}
ITEMS = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "items", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    },
}  # fmt: skip
DEAD = "arn:aws:sqs:us-east-1:123456789012:orders"


def stream_mapping(**properties: Any) -> dict[str, Any]:
    """A mapping of the stream `clicks` to the function `charge`, from its oldest record on, unless told otherwise."""
    clicks = {"Fn::GetAtt": ["Clicks", "Arn"]}
    return mapping(**{"EventSourceArn": clicks, "StartingPosition": "TRIM_HORIZON", **properties})


def mapping(**properties: Any) -> dict[str, Any]:
    """A mapping of the queue `orders` to the function `charge` unless told otherwise."""
    given = {"FunctionName": {"Ref": "Charge"}, "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}, **properties}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": given}


def template(*, outputs: dict[str, Any] | None = None, **mappings: Any) -> str:
    resources = {
        "Role": ROLE, "Charge": function("charge"), "Ship": function("ship"), "Orders": queue("orders"),
        "Refunds": queue("refunds"), **mappings,
    }  # fmt: skip
    return json.dumps({"Resources": resources, "Outputs": outputs or {}})


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


@pytest.fixture
def aws_lambda(lambda_events: LambdaEvents) -> Any:
    """Lambda."""
    return lambda_events.client("lambda")


def mappings_of(aws_lambda: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = aws_lambda.list_event_source_mappings()["EventSourceMappings"]
    return listed


def test_a_stacks_mapping_has_the_settings_of_its_template(stacks: Any, aws_lambda: Any) -> None:
    settings = {
        "BatchSize": "20", "MaximumBatchingWindowInSeconds": "5", "FunctionResponseTypes": REPORT, "Enabled": "false",
        "ScalingConfig": {"MaximumConcurrency": "7"}, "FilterCriteria": {"Filters": [{"Pattern": '{"body":["a"]}'}]},
    }  # fmt: skip

    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping(**settings)))

    [made] = mappings_of(aws_lambda)
    assert made["FunctionArn"].endswith(":function:charge")
    assert made["EventSourceArn"].endswith(":orders")
    assert {name: made[name] for name in (*(settings.keys() - {"Enabled"}), "State")} == {
        "BatchSize": 20,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": REPORT,
        "ScalingConfig": {"MaximumConcurrency": 7},
        "FilterCriteria": {"Filters": [{"Pattern": '{"body":["a"]}'}]},
        "State": "Disabled",
    }


def test_a_stacks_mapping_feeds_its_function(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping()))

    lambda_events.queues["orders"].send("an order")
    lambda_events.run_until_idle()

    assert [batch.data for batch in lambda_events.functions["charge"].batches] == [["an order"]]


def test_a_mapping_is_referred_to_by_its_uuid_and_its_arn(stacks: Any, aws_lambda: Any) -> None:
    outputs = {
        "Ref": {"Value": {"Ref": "Mapping"}},
        "Id": {"Value": {"Fn::GetAtt": ["Mapping", "Id"]}},
        "Arn": {"Value": {"Fn::GetAtt": ["Mapping", "EventSourceMappingArn"]}},
    }

    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping(), outputs=outputs))

    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    [made] = mappings_of(aws_lambda)
    assert {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]} == {
        "Ref": made["UUID"],
        "Id": made["UUID"],
        "Arn": made["EventSourceMappingArn"],
    }


def test_a_changed_mapping_stays_and_what_is_left_out_goes_back(stacks: Any, aws_lambda: Any) -> None:
    before = {
        "BatchSize": 5, "FunctionResponseTypes": REPORT, "ScalingConfig": {"MaximumConcurrency": 7}, "Enabled": False,
        "FilterCriteria": {"Filters": [{"Pattern": '{"body":["a"]}'}]}, "MetricsConfig": {"Metrics": ["EventCount"]},
    }  # fmt: skip
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping(**before)))
    [made] = mappings_of(aws_lambda)

    stacks.update_stack(
        StackName="shop", TemplateBody=template(Mapping=mapping(BatchSize=6, FunctionName={"Ref": "Ship"}))
    )  # fmt: skip

    [changed] = mappings_of(aws_lambda)
    assert changed["UUID"] == made["UUID"]
    assert changed["FunctionArn"].endswith(":function:ship")
    assert (changed["BatchSize"], changed["FunctionResponseTypes"], changed["State"]) == (6, [], "Enabled")
    assert changed.keys().isdisjoint({"ScalingConfig", "FilterCriteria", "MetricsConfig"})


def test_another_source_makes_another_mapping(stacks: Any, aws_lambda: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping()))
    [before] = mappings_of(aws_lambda)
    refunds = {"Fn::GetAtt": ["Refunds", "Arn"]}

    stacks.update_stack(StackName="shop", TemplateBody=template(Mapping=mapping(EventSourceArn=refunds)))

    [after] = mappings_of(aws_lambda)
    assert after["EventSourceArn"].endswith(":refunds")
    assert after["UUID"] != before["UUID"]


def test_a_stacks_mapping_has_the_tags_of_its_template(stacks: Any, aws_lambda: Any) -> None:
    first = [{"Key": "team", "Value": "payments"}, {"Key": "stage", "Value": "test"}]
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping(Tags=first)))
    [made] = mappings_of(aws_lambda)
    tags = aws_lambda.list_tags(Resource=made["EventSourceMappingArn"])["Tags"]

    stacks.update_stack(
        StackName="shop", TemplateBody=template(Mapping=mapping(Tags=[{"Key": "team", "Value": "orders"}]))
    )  # fmt: skip

    assert tags == {"team": "payments", "stage": "test"}
    assert aws_lambda.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {"team": "orders"}


def test_a_mapping_that_leaves_the_template_is_deleted(stacks: Any, aws_lambda: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping()))

    stacks.update_stack(StackName="shop", TemplateBody=template())

    assert mappings_of(aws_lambda) == []


def test_a_deleted_stack_takes_its_mappings_along(stacks: Any, aws_lambda: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping()))

    stacks.delete_stack(StackName="shop")

    assert mappings_of(aws_lambda) == []


def test_a_mapping_that_is_gone_already_does_not_keep_its_stack(stacks: Any, aws_lambda: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping()))
    aws_lambda.delete_event_source_mapping(UUID=mappings_of(aws_lambda)[0]["UUID"])

    stacks.delete_stack(StackName="shop")

    assert stacks.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []


def test_filters_of_a_stacks_mapping_may_lie_under_a_key(stacks: Any, lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    key = lambda_events.client("kms").create_key()["KeyMetadata"]["Arn"]
    filters = {"Filters": [{"Pattern": '{"body":["a"]}'}]}

    stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping(KmsKeyArn=key, FilterCriteria=filters)))

    assert mappings_of(aws_lambda)[0]["KMSKeyArn"] == key


def test_a_mapping_that_lambda_refuses_fails_the_stack(stacks: Any) -> None:
    with pytest.raises(ClientError, match="Maximum batch window in seconds must be greater than 0"):
        stacks.create_stack(StackName="shop", TemplateBody=template(Mapping=mapping(BatchSize=11)))


def test_a_property_that_is_not_simulated_is_refused_by_name(stacks: Any) -> None:
    with pytest.raises(NotSimulatedError, match=r"^DocumentDBEventSourceConfig of CreateEventSourceMapping is not simulated"):
        stacks.create_stack(
            StackName="shop", TemplateBody=template(Mapping=mapping(DocumentDBEventSourceConfig={"DatabaseName": "orders"}))
        )


# ------------------------------------------------------------------ streams


@pytest.mark.rule("ESM-70", "ESM-81", "KIN-12")
def test_a_stacks_mapping_of_a_stream_has_the_settings_of_its_template(stacks: Any, aws_lambda: Any) -> None:
    settings = {
        "BatchSize": "20", "MaximumBatchingWindowInSeconds": "5", "ParallelizationFactor": "2", "MaximumRetryAttempts": "3",
        "MaximumRecordAgeInSeconds": "60", "TumblingWindowInSeconds": "0", "BisectBatchOnFunctionError": "true",
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Orders", "Arn"]}}},
        "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "1767225600",
    }  # fmt: skip

    stacks.create_stack(
        StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping(**settings))
    )  # fmt: skip

    [made] = mappings_of(aws_lambda)
    assert made["EventSourceArn"] == "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    assert {name: made[name] for name in settings} == {
        "BatchSize": 20,
        "MaximumBatchingWindowInSeconds": 5,
        "ParallelizationFactor": 2,
        "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 60,
        "TumblingWindowInSeconds": 0,
        "BisectBatchOnFunctionError": True,
        "DestinationConfig": {"OnFailure": {"Destination": DEAD}},
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": datetime(2026, 1, 1, tzinfo=timezone.utc),
    }


@pytest.mark.rule("DDB-01", "DDB-10")
def test_a_stack_can_map_the_stream_of_its_table(stacks: Any, lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    changes = {"Fn::GetAtt": ["Items", "StreamArn"]}

    stacks.create_stack(
        StackName="shop", TemplateBody=template(Items=ITEMS, Mapping=stream_mapping(EventSourceArn=changes))
    )  # fmt: skip

    [made] = mappings_of(aws_lambda)
    table = lambda_events.client("dynamodb").describe_table(TableName="items")["Table"]
    assert (made["EventSourceArn"], made["BatchSize"]) == (table["LatestStreamArn"], 100)


@pytest.mark.rule("ESM-70", "KIN-79")
@pytest.mark.parametrize(
    "after", [{}, {"DestinationConfig": {}}, {"DestinationConfig": {"OnFailure": {}}}], ids=["out", "empty", "without target"]
)
def test_settings_of_a_stream_mapping_that_the_template_no_longer_has_get_their_defaults(
    stacks: Any, aws_lambda: Any, after: dict[str, Any]
) -> None:
    before = {
        "BatchSize": 20, "MaximumBatchingWindowInSeconds": 5, "ParallelizationFactor": 2, "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": True, "FunctionResponseTypes": REPORT,
        "DestinationConfig": {"OnFailure": {"Destination": DEAD}},
    }  # fmt: skip
    stacks.create_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping(**before)))
    [made] = mappings_of(aws_lambda)

    stacks.update_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping(**after)))

    [changed] = mappings_of(aws_lambda)
    assert changed["UUID"] == made["UUID"]
    assert {name: changed[name] for name in before} == {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "FunctionResponseTypes": [],
        "DestinationConfig": {"OnFailure": {}},
    }


@pytest.mark.rule("ESM-70", "KIN-8C")
def test_a_tumbling_window_that_leaves_the_template_is_gone(stacks: Any, aws_lambda: Any) -> None:
    before = stream_mapping(TumblingWindowInSeconds="10")
    stacks.create_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=before))
    [made] = mappings_of(aws_lambda)

    stacks.update_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping()))

    assert (made["TumblingWindowInSeconds"], mappings_of(aws_lambda)[0]["TumblingWindowInSeconds"]) == (10, 0)


@pytest.mark.rule("ESM-70", "KIN-17")
@pytest.mark.parametrize(
    "position",
    [{"StartingPosition": "LATEST"}, {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1767225599}],
    ids=["end", "timestamp"],
)
def test_another_starting_position_makes_another_mapping(stacks: Any, aws_lambda: Any, position: dict[str, Any]) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping()))
    [before] = mappings_of(aws_lambda)
    other = stream_mapping(FunctionName={"Ref": "Ship"}, **position)

    stacks.update_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=other))

    [after] = mappings_of(aws_lambda)
    assert after["UUID"] != before["UUID"]
    assert after["StartingPosition"] == position["StartingPosition"]


@pytest.mark.rule("ESM-41", "ESM-70")
def test_another_starting_position_for_the_same_function_is_a_duplicate_as_long_as_the_first_mapping_lives(
    stacks: Any, aws_lambda: Any
) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping()))
    [before] = mappings_of(aws_lambda)
    other = stream_mapping(StartingPosition="LATEST")

    with pytest.raises(ClientError, match="provided mapping already exists"):
        stacks.update_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=other))

    [after] = mappings_of(aws_lambda)
    assert (after["UUID"], after["StartingPosition"]) == (before["UUID"], "TRIM_HORIZON")


@pytest.mark.rule("ESM-70")
def test_the_same_timestamp_in_other_words_keeps_the_mapping(stacks: Any, aws_lambda: Any) -> None:
    at = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "1767225600"}
    stacks.create_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping(**at)))
    [before] = mappings_of(aws_lambda)
    same = {**at, "StartingPositionTimestamp": 1767225600.0, "BatchSize": 5}

    stacks.update_stack(StackName="shop", TemplateBody=template(Clicks=CLICKS, Mapping=stream_mapping(**same)))

    [after] = mappings_of(aws_lambda)
    assert (after["UUID"], after["BatchSize"]) == (before["UUID"], 5)
