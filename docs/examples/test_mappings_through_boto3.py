from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        "Ship": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "ship",
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "def handler(event, context): return len(event['Records'])"},
            },
        },
        "OrdersToShip": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "FunctionName": {"Ref": "Ship"},
                "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]},
                "BatchSize": 5,
            },
        },
    }
}


def ship(event: Any, context: Any) -> None: ...


def test_mapping_created_with_boto3(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    made = lambda_events.client("lambda").create_event_source_mapping(FunctionName="ship", EventSourceArn=orders.arn)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert (made["State"], made["BatchSize"]) == ("Creating", 10)
    assert lambda_events.event_source_mappings[made["UUID"]].state == "Enabled"
    assert [batch.data for batch in function.batches] == [[{"id": 1}]]


def test_mapping_created_with_cloudformation(lambda_events: LambdaEvents) -> None:
    lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(TEMPLATE))

    lambda_events.queues["orders"].send(*range(7))
    lambda_events.run_until_idle()

    assert [batch.response for batch in lambda_events.functions["ship"].batches] == [5, 2]


def test_invalid_mapping_raises_the_error_of_aws(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    function = lambda_events.function(ship, timeout=60)

    with pytest.raises(ClientError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"):
        function.add_event_source(orders)


@pytest.mark.lambda_events(event_source_mapping_transition_seconds=5)
def test_mapping_is_enabled_after_five_seconds(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    lambda_events.client("lambda").create_event_source_mapping(FunctionName="ship", EventSourceArn=orders.arn)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in function.batches] == [5]
