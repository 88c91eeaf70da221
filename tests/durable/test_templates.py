"""Durable functions of SAM templates, as AWS's patterns of serverless applications write them."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from durable_starts import sdk

from pytest_lambda_events import LambdaEvents

assert sdk
HANDLER = """
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event, context):
    got = context.step(lambda step: len(event.get("Records", ())), name="count")
    context.wait(Duration(seconds=5), name="rest")
    return got
"""
PIPELINE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 960}
  Pipeline:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: pipeline
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Timeout: 60
      AutoPublishAlias: prod
      DurableConfig: {ExecutionTimeout: 10, RetentionPeriodInDays: 1}
      Events:
        Orders:
          Type: SQS
          Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 5}
"""
SCHEDULED = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Cron:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: cron
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      AutoPublishAlias: live
      DurableConfig: {ExecutionTimeout: 900, RetentionPeriodInDays: 7}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: cron(* * * * ? *)
      FlexibleTimeWindow: {Mode: 'OFF'}
      Target: {Arn: !Ref Cron.Alias, RoleArn: !GetAtt Role.Arn}
  Event:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: one, Arn: !Ref Cron.Alias}]
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Cron.Alias
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Event.Arn
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(HANDLER)
    return tmp_path


@pytest.mark.rule("DUR-01", "DUR-18", "DUR-30")
def test_a_queue_of_a_sam_template_starts_executions_of_the_published_alias(lambda_events: LambdaEvents, folder: Path) -> None:
    (folder / "template.yaml").write_text(PIPELINE)
    stack = lambda_events.deploy(folder / "template.yaml")

    stack.queues["Orders"].send("7")
    lambda_events.run_until_idle()

    [execution] = lambda_events.functions["pipeline"].executions
    assert (execution.status, execution.result, "pipeline:1/" in execution.arn) == ("SUCCEEDED", 1, True)
    config = boto3.client("lambda").get_function_configuration(FunctionName="pipeline", Qualifier="prod")
    assert config["DurableConfig"] == {"RetentionPeriodInDays": 1, "ExecutionTimeout": 10}


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.rule("DUR-07", "DUR-35")
def test_schedules_and_rules_of_a_sam_template_start_executions_of_the_alias(
    lambda_events: LambdaEvents, folder: Path
) -> None:
    managed = "    Policies: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy]\n"
    invoke = """      Policies:
        - PolicyName: invoke
          PolicyDocument:
            Version: '2012-10-17'
            Statement: [{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !Ref Cron.Alias}]
"""
    text = SCHEDULED.replace("      AutoPublishAlias", f"  {managed}      AutoPublishAlias", 1)
    text = text.replace("  Schedule:\n", f"{invoke}  Schedule:\n", 1)
    (folder / "template.yaml").write_text(text)
    stack = lambda_events.deploy(folder / "template.yaml")

    boto3.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "x", "Detail": "{}"}])
    lambda_events.advance(125)

    executions = lambda_events.functions["cron"].executions
    assert [one.status for one in executions] == ["SUCCEEDED"] * len(executions)
    assert len(executions) == 3
    lost = [warning for warning in stack.warnings if "TPL-W4" in str(warning)]
    assert [
        "when its durable execution fails. Durable functions have no destinations. Add DeadLetterConfig." in str(warning)
        for warning in lost
    ] == [True]


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.rule("DUR-01", "DUR-07", "DUR-30")
def test_an_assembly_of_cdk_creates_a_durable_function_with_its_alias_and_permissions(lambda_events: LambdaEvents) -> None:
    stack = lambda_events.deploy(Path(__file__).parent / "approvals" / "cdk.out")

    stack.queues["Orders"].send("7")
    lambda_events.run_until_idle()

    function = stack.functions["Approve"]
    [execution] = function.executions
    assert (execution.status, execution.result, f"{function.name}:1/" in execution.arn) == ("SUCCEEDED", ["7"], True)
    assert [operation.name for operation in execution.operations] == ["read", "rest"]
    assert lambda_events.elapsed >= 300
    assert stack.queues["Orders"].messages == []
    config = boto3.client("lambda").get_function_configuration(FunctionName=function.name, Qualifier="live")
    assert config["DurableConfig"] == {"RetentionPeriodInDays": 7, "ExecutionTimeout": 600}
    assert stack.warnings == []
