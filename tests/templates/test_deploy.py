"""Deploys templates: what is created works as if the test had created it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, NotSimulatedError, Stack

Deploy = Callable[..., Stack]

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Events:
        A: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}
  Q: {Type: AWS::SQS::Queue}
"""
PLAIN = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: !GetAtt Role.Arn, Timeout: "20"}
  FA:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn, BatchSize: "5"}
  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
"""


@pytest.mark.scenario("TPL T1", "TPL T2")
@pytest.mark.parametrize("template", [SAM, PLAIN], ids=["sam", "cloudformation"])
def test_a_message_reaches_the_function_of_a_template(template: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(template)

    stack.queues["Q"].send("x")
    lambda_events.run_until_idle()

    assert stack.functions["F"].records_processed == 1
    assert stack["FA"] == stack.event_source_mappings["FA"]


@pytest.mark.rule("TPL-0D")
@pytest.mark.scenario("TPL T35")
def test_all_refused_resources_are_in_one_error(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    refused = "\n".join(
        f"  {name}: {{Type: {kind}}}" for name, kind in {"P": "AWS::Config::ConfigRule", "T": "AWS::IoT::TopicRule"}.items()
    )

    with pytest.raises(NotSimulatedError) as caught:
        deploy(f"{PLAIN}{refused}\n")

    assert "P (AWS::Config::ConfigRule)" in str(caught.value)
    assert "ignore=['P', 'T']" in str(caught.value)
    assert not lambda_events.queues
    assert deploy(f"{PLAIN}{refused}\n", ignore=["P", "AWS::IoT::*"]).placeholders == {
        "P": "is in ignore",
        "T": "is in ignore",
    }


@pytest.mark.rule("TPL-0E")
@pytest.mark.scenario("TPL T52")
def test_a_refusal_of_aws_leaves_nothing(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    with pytest.raises(DeployError, match=r"Resource FA \(AWS::Lambda::EventSourceMapping\): CreateEventSourceMapping failed"):
        deploy(PLAIN.replace('"5"', "20000"))

    assert not lambda_events.queues
    assert not lambda_events.functions
