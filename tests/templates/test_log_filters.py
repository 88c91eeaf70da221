"""Subscription filters of templates deliver, also those of SAM's events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from log_groups import messages_of

from pytest_lambda_events import LambdaEvents, Stack

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
        Errors:
          Type: CloudWatchLogs
          Properties: {LogGroupName: !Ref Group, FilterPattern: ERROR}
  Group: {Type: AWS::Logs::LogGroup}
"""
PLAIN = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: "arn:aws:iam::123456789012:role/f"}
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/orders}}
  Errors:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {LogGroupName: !Ref Group, FilterPattern: ERROR, DestinationArn: !GetAtt F.Arn}
"""


@pytest.mark.parametrize("template", [SAM, PLAIN], ids=["sam", "cloudformation"])
def test_log_events_reach_the_function_of_a_template(template: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(template)

    stack.log_groups["Group"].put("ERROR no stock", "fine")
    lambda_events.run_until_idle()

    assert messages_of(stack.functions["F"]) == [["ERROR no stock"]]
    assert stack["Group"].arn == stack.log_groups["Group"].arn


@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_permission_of_sam_admits_the_log_group(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(SAM)

    stack.log_groups["Group"].put("ERROR no stock")
    lambda_events.run_until_idle()

    assert len(stack.functions["F"].events) == 1
