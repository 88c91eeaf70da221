"""A stack that cannot be made is refused with one clear message, and leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, NotSimulatedError

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "orders", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST",
    },
}  # fmt: skip
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "orders",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        },
    },
}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "FunctionName": "work", "Handler": "index.handler", "Runtime": "python3.13", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): pass"},
    },
}  # fmt: skip
MAPPING = {
    "Type": "AWS::Lambda::EventSourceMapping",
    "Properties": {"FunctionName": {"Ref": "Work"}, "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}},
}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "photos"}}
MADE = {
    "Orders": QUEUE, "Table": TABLE, "Role": ROLE, "Work": FUNCTION, "Mapping": MAPPING, "Photos": BUCKET,
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
    "Clicks": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "clicks", "ShardCount": 1}},
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "orders"}},
}  # fmt: skip
OUTPUTS = {"Url": {"Value": {"Ref": "Orders"}, "Export": {"Name": "orders-url"}}}

LAST = {
    "a service refuses it": (
        {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "bad", "VisibilityTimeout": 100_000}},
        ClientError, "Invalid value for the parameter VisibilityTimeout",
    ),
    "it would deliver what is not simulated": (
        {
            "Type": "AWS::SNS::Topic",
            "Properties": {"Subscription": [{"Protocol": "https", "Endpoint": "https://shop.example"}]},
        },
        NotSimulatedError, "HTTP",
    ),
    "moto fails": (
        {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-1"}},
        NotSimulatedError, r"Resource Last \(AWS::EC2::Subnet\) of a stack is not simulated: moto, .*KeyError",
    ),
    "boto3 refuses it": (
        {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 0}},
        ClientError, "Invalid value for parameter ShardCount, value: 0, valid min value: 1",
    ),
}  # fmt: skip


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


def what_there_is(lambda_events: LambdaEvents) -> list[Any]:
    client = lambda_events.client
    return [
        [*lambda_events.queues, *lambda_events.tables, *lambda_events.functions, *lambda_events.event_source_mappings],
        [*lambda_events.topics, *lambda_events.streams, *lambda_events.buckets],
        client("iam").list_roles()["Roles"], client("logs").describe_log_groups()["logGroups"],
        client("cloudformation").list_stacks()["StackSummaries"], client("cloudformation").list_exports()["Exports"],
    ]  # fmt: skip


@pytest.mark.rule("TPL-I2")
@pytest.mark.parametrize("name", LAST)
def test_a_stack_that_fails_at_its_last_resource_leaves_nothing(lambda_events: LambdaEvents, stacks: Any, name: str) -> None:
    last, kind, told = LAST[name]
    before = what_there_is(lambda_events)
    resources = {**MADE, "Last": {**last, "DependsOn": list(MADE)}}

    with pytest.raises(kind, match=told):
        stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources, "Outputs": OUTPUTS}))

    assert what_there_is(lambda_events) == before
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": MADE, "Outputs": OUTPUTS}))
    assert list(lambda_events.queues) == ["orders"]


def test_a_change_set_that_fails_leaves_no_resources(lambda_events: LambdaEvents, stacks: Any) -> None:
    last = {**LAST["a service refuses it"][0], "DependsOn": "Orders"}
    body = json.dumps({"Resources": {"Orders": QUEUE, "Last": last}})
    stacks.create_change_set(StackName="shop", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=body)

    with pytest.raises(ClientError, match="VisibilityTimeout"):
        stacks.execute_change_set(StackName="shop", ChangeSetName="first")

    assert not lambda_events.queues


def test_an_update_that_fails_adds_nothing_and_can_be_repeated(lambda_events: LambdaEvents, stacks: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"Orders": QUEUE}}))
    last = {**LAST["a service refuses it"][0], "DependsOn": "Table"}
    resources = {"Orders": QUEUE, "Table": TABLE}

    with pytest.raises(ClientError, match="VisibilityTimeout"):
        stacks.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {**resources, "Last": last}}))

    assert not lambda_events.tables
    [stack] = stacks.describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    stacks.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))
    assert list(lambda_events.tables) == ["orders"]


REFUSED = {
    "{": r"Template format error: JSON not well-formed\. \(",
    "a: [": r"Template format error: YAML not well-formed\. \(",
    "hello": "Template format error: unsupported structure",
    "{}": "Template format error: At least one Resources member must be defined",
    json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Nope"}}}}}): (
        r"Unresolved resource dependencies \[Nope\] in the Resources block of the template"
    ),
    json.dumps({"Resources": {"Orders": {**QUEUE, "DependsOn": ["Nope"]}}}): r"dependencies \[Nope\] in the Resources",
    json.dumps({"Resources": {"Orders": QUEUE}, "Outputs": {"Url": {"Value": {"Fn::Sub": "${Nope.Arn}"}}}}): (
        r"dependencies \[Nope\] in the Outputs"
    ),
    json.dumps({"Resources": {"Orders": QUEUE}, "Outputs": {"Urls": {"Value": [{"Ref": "Orders"}]}}}): (
        "The Value field of every Outputs member must evaluate to a String"
    ),
    json.dumps({"Resources": {name: {**QUEUE, "DependsOn": other} for name, other in ("AB", "BC", "CB")}}): (
        r"Circular dependency between resources: \[B, C\]"
    ),
}


@pytest.mark.parametrize("body", REFUSED)
def test_a_template_that_cloudformation_refuses_is_refused_in_its_words(
    stacks: Any, lambda_events: LambdaEvents, body: str
) -> None:
    with pytest.raises(ClientError, match=REFUSED[body]) as caught:
        stacks.create_stack(StackName="shop", TemplateBody=body)

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert stacks.list_stacks()["StackSummaries"] == []
    assert not lambda_events.queues


def test_references_of_every_kind_are_known(lambda_events: LambdaEvents, stacks: Any) -> None:
    name = {"Fn::Sub": ["${AWS::StackName}-${Stage}-${own}-${!literal}", {"own": "mine"}]}
    template = {
        "Parameters": {"Stage": {"Type": "String", "Default": "test"}},
        "Conditions": {"Never": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
        "Resources": {
            "Other": {"Type": "AWS::SQS::Queue", "Condition": "Never"},
            "Topic": {
                "Type": "AWS::SNS::Topic", "DependsOn": "Orders",
                "Properties": {"DisplayName": {"Fn::If": ["Never", {"Ref": "Other"}, {"Ref": "AWS::NoValue"}]}},
            },
            "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "name", "Value": name}]}},
        },
    }  # fmt: skip

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))

    [queue] = lambda_events.queues.values()
    tags = lambda_events.client("sqs").list_queue_tags(QueueUrl=queue.url)["Tags"]
    assert tags["name"].startswith("shop-test-mine-")


def test_a_type_of_sam_is_refused_with_what_to_do(stacks: Any) -> None:
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Work": {"Type": "AWS::Serverless::Function"}}}

    with pytest.raises(NotSimulatedError, match=r"^AWS::Serverless::Function in CloudFormation .* aws-sam-translator"):
        stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))
