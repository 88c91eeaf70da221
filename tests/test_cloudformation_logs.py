"""Subscription filters of a stack do what PutSubscriptionFilter does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from log_groups import LogGroupCalls, messages_of
from test_cloudformation import ROLE, function

from pytest_lambda_events import LambdaEvents, NotSimulatedError

Put = Callable[..., None]
GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "shop"}}


@pytest.fixture
def put(lambda_events: LambdaEvents) -> Put:
    """Creates the stack `shop` with a function and a log group, or updates it."""
    stacks = lambda_events.client("cloudformation")

    def put(**resources: Any) -> None:
        names = [one["StackName"] for one in stacks.list_stacks()["StackSummaries"]]
        call = stacks.update_stack if "shop" in names else stacks.create_stack
        template = {"Resources": {"Role": ROLE, "Charge": function(), "Group": GROUP, **resources}}
        call(StackName="shop", TemplateBody=json.dumps(template))

    return put


def subscribed(**properties: Any) -> dict[str, Any]:
    given = {"LogGroupName": {"Ref": "Group"}, "FilterPattern": "ERROR", "DestinationArn": {"Fn::GetAtt": ["Charge", "Arn"]}}
    return {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {**given, **properties}}


def group_of(lambda_events: LambdaEvents) -> LogGroupCalls:
    return LogGroupCalls(lambda_events, "shop")


def test_a_filter_of_a_stack_delivers(lambda_events: LambdaEvents, put: Put) -> None:
    put(Filter=subscribed())

    group_of(lambda_events).put("ERROR a", "b")
    lambda_events.run_until_idle()

    assert messages_of(lambda_events.functions["charge"]) == [["ERROR a"]]


def test_a_filter_is_changed_in_place(lambda_events: LambdaEvents, put: Put) -> None:
    put(Filter=subscribed(FilterName="errors"))
    group = group_of(lambda_events)
    [before] = group.filters()
    lambda_events.advance(60)

    put(Filter=subscribed(FilterName="errors", FilterPattern=404, Distribution="Random", EmitSystemFields=["@aws.region"]))

    [after] = group.filters()
    assert after == {**before, "filterPattern": "404", "distribution": "Random", "emitSystemFields": ["@aws.region"]}


def test_another_name_replaces_a_filter(lambda_events: LambdaEvents, put: Put) -> None:
    put(Filter=subscribed(FilterName="errors"))

    put(Filter=subscribed(FilterName="problems"))

    assert [one["filterName"] for one in group_of(lambda_events).filters()] == ["problems"]


def test_a_filter_is_deleted_with_its_resource(lambda_events: LambdaEvents, put: Put) -> None:
    put(Filter=subscribed())

    put()

    assert group_of(lambda_events).filters() == []


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize(
    "source_arn",
    [
        {"Fn::GetAtt": ["Group", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}:*"},
    ],
    ids=["GetAtt", "Sub"],
)
def test_a_filter_needs_the_permission_of_its_stack(lambda_events: LambdaEvents, put: Put, source_arn: dict[str, Any]) -> None:
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Ref": "Charge"}, "Action": "lambda:InvokeFunction", "Principal": "logs.amazonaws.com",
            "SourceArn": source_arn,
        },
    }  # fmt: skip
    put(Permission=permission, Filter={**subscribed(), "DependsOn": "Permission"})

    group_of(lambda_events).put("ERROR")
    lambda_events.run_until_idle()

    assert len(lambda_events.functions["charge"].events) == 1


@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_filter_without_a_permission_fails_the_stack(put: Put) -> None:
    with pytest.raises(ClientError, match="permission to execute your function"):
        put(Filter=subscribed())


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"FilterPattern": '"open'}, "Invalid character"),
        ({"LogGroupName": "nothing"}, "The specified log group does not exist"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/logs"}, "cannot be used with roleArn"),
    ],
)
def test_a_refusal_fails_the_stack(put: Put, properties: dict[str, str], reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        put(Filter=subscribed(**properties))


@pytest.mark.parametrize(
    "properties",
    [
        {"DestinationArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs"},
        {"ApplyOnTransformedLogs": "true"},
        {"Colour": "red"},
    ],
)
def test_what_is_not_simulated_fails_by_name(put: Put, properties: dict[str, str]) -> None:
    with pytest.raises(NotSimulatedError, match="ubscription"):
        put(Filter=subscribed(**properties))


def test_a_log_group_of_another_class_is_refused_by_name(put: Put) -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "shop", "LogGroupClass": "INFREQUENT_ACCESS"}}

    with pytest.raises(NotSimulatedError, match="INFREQUENT_ACCESS"):
        put(Group=group, Filter=subscribed())
