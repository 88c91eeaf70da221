"""`AWS::Pipes::Pipe` in stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pipe_stories import ROLE, described, refusal, succeed

from pytest_lambda_events import LambdaEvents

ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
FILTER = {"FilterCriteria": {"Filters": [{"Pattern": '{"body":{"keep":[true]}}'}]}}


def body(**properties: Any) -> str:
    """Returns a template with a queue and a pipe that reads it."""
    pipe = {"Name": "orders-pipe", "RoleArn": ROLE, "Source": {"Fn::GetAtt": ["Orders", "Arn"]}, **properties}
    resources = {
        "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        "Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
    }
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Pipe", "Arn"]}}, "Name": {"Value": {"Ref": "Pipe"}}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def send(lambda_events: LambdaEvents, *messages: Any) -> None:
    """Sends messages to the queue of the stack, and lets them be processed."""
    lambda_events.queues["orders"].send(*messages)
    lambda_events.run_until_idle()


def test_a_stack_has_a_pipe(lambda_events: LambdaEvents) -> None:
    fn, cloudformation = lambda_events.function(succeed), lambda_events.client("cloudformation")
    source = {"SqsQueueParameters": {"BatchSize": "5", "MaximumBatchingWindowInSeconds": "10"}, **FILTER}

    cloudformation.create_stack(
        StackName="shop",
        TemplateBody=body(
            Target=fn.arn, SourceParameters=source, TargetParameters={"InputTemplate": '{"id": <$.body.id>}'},
            Tags={"team": "shop"},
        ),
    )  # fmt: skip
    send(lambda_events, {"id": 1, "keep": True}, {"id": 2, "keep": False})

    outputs = cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["Outputs"]
    found = described(lambda_events)
    assert {one["OutputKey"]: one["OutputValue"] for one in outputs} == {"Arn": found["Arn"], "Name": "orders-pipe"}
    assert (found["Source"], found["Tags"]) == (ORDERS, {"team": "shop"})
    assert [(attempt.event, attempt.started_after_seconds) for attempt in fn.attempts] == [([{"id": 1}], 10)]


@pytest.mark.rule("PIP-0C")
def test_a_stack_has_a_pipe_with_a_log_configuration(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)
    log = {"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/pipes/orders"}

    lambda_events.client("cloudformation").create_stack(
        StackName="shop",
        TemplateBody=body(Target=fn.arn, LogConfiguration={"Level": "ERROR", "CloudwatchLogsLogDestination": log}),
    )
    send(lambda_events, {"id": 1})

    assert len(fn.attempts) == 1
    assert [entry.function_name for entry in lambda_events.journal.warnings] == ["pipes orders-pipe"]


def test_an_update_of_a_stack_changes_the_pipe(lambda_events: LambdaEvents) -> None:
    first, second = lambda_events.function(succeed, name="first"), lambda_events.function(succeed, name="second")
    cloudformation = lambda_events.client("cloudformation")
    before = body(
        Target=first.arn, Enrichment=first.arn, SourceParameters=FILTER, TargetParameters={"InputTemplate": '{"a": 1}'}
    )
    cloudformation.create_stack(StackName="shop", TemplateBody=before)

    cloudformation.update_stack(StackName="shop", TemplateBody=body(Target=second.arn))
    send(lambda_events, {"keep": False})

    assert (first.attempts, [event["body"] for attempt in second.attempts for event in attempt.event]) == (
        [], ['{"keep": false}'],
    )  # fmt: skip


@pytest.mark.parametrize("state", ["RUNNING", "STOPPED"])
def test_a_stack_sets_the_state_of_a_pipe(lambda_events: LambdaEvents, state: str) -> None:
    fn = lambda_events.function(succeed)

    lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=body(Target=fn.arn, DesiredState=state))
    send(lambda_events, "m1")

    assert (described(lambda_events)["CurrentState"], len(fn.attempts)) == (state, 1 if state == "RUNNING" else 0)


def test_a_deleted_stack_has_no_pipe(lambda_events: LambdaEvents) -> None:
    fn, cloudformation = lambda_events.function(succeed), lambda_events.client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=body(Target=fn.arn))

    cloudformation.delete_stack(StackName="shop")

    assert lambda_events.client("pipes").list_pipes()["Pipes"] == []


def test_an_invalid_pipe_fails_its_stack(lambda_events: LambdaEvents) -> None:
    template = body(Target="arn:aws:kinesis:us-east-1:123456789012:stream/clicks")

    found = refusal(lambda: lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=template))

    assert "PartitionKey is required" in found[2]
    assert lambda_events.client("pipes").list_pipes()["Pipes"] == []
