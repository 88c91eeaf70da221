"""Deploys templates: what is created works as if the test had created it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, LambdaEventsError, NotSimulatedError, Stack

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


@pytest.mark.rule("TPL-0H")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("FAA", "Did you mean 'FA'? Resources in the template: Role, F, FA, Q."),
        ("AWS::Lambda::Functions", "Did you mean 'AWS::Lambda::Function'? Types in the template: "),
        ("AWS::IoT::*", "Types in the template: "),
        ("Q.Visibility", "Did you mean 'Q.VisibilityTimeout'? Properties in the template: Q.VisibilityTimeout."),
        ("AWS::SQS::Queue.FifoQueue", "Properties in the template: AWS::SQS::Queue.VisibilityTimeout."),
        ("TPL-W00", "Did you mean 'TPL-W0'? Rules of warnings: "),
        ("Q.SQS-70", "Did you mean 'SQS-70'? Rules of warnings: "),
        ("QQ.TPL-W0", "Did you mean 'Q'? Resources in the template: "),
    ],
)
def test_a_name_in_ignore_that_fits_nothing_is_refused(
    name: str, hint: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(LambdaEventsError) as caught:
        deploy(PLAIN, ignore=["TPL-W0", name])

    assert str(caught.value).startswith(f"ignore=[{name!r}] matches nothing in the template. ")
    assert hint in str(caught.value)
    assert not lambda_events.queues


@pytest.mark.rule("TPL-0H", "TPL-W0")
def test_names_in_ignore_may_fit_resources_of_false_conditions_and_rules_without_warnings(deploy: Deploy) -> None:
    template = f"""
Conditions:
  Never: !Equals [a, b]
{PLAIN}
  Later:
    Type: AWS::Pipes::Pipe
    Condition: Never
    Properties: {{Name: later}}
"""

    stack = deploy(template, ignore=["Later", "AWS::Pipes::*", "Later.Name", "AWS::Pipes::Pipe.N*", "Q.TPL-W4", "SQS-70"])

    assert [one.treatment for one in stack.report if one.logical_id == "Later"] == ["left out"]


@pytest.mark.rule("TPL-0H")
@pytest.mark.parametrize("ignore", [3, [None], ["Q", 3]])
def test_ignore_takes_names_only(ignore: object, deploy: Deploy) -> None:
    with pytest.raises(LambdaEventsError, match=r"is not a list of names\. Pass such as ignore=\[\"Orders\"\]\."):
        deploy(PLAIN, ignore=ignore)


def test_a_single_text_in_ignore_is_one_name(deploy: Deploy) -> None:
    assert deploy(PLAIN, ignore="FA").placeholders == {"FA": "is in ignore"}


@pytest.mark.rule("TPL-0E")
@pytest.mark.scenario("TPL T52")
def test_a_refusal_of_aws_leaves_nothing(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    with pytest.raises(DeployError, match=r"Resource FA \(AWS::Lambda::EventSourceMapping\): CreateEventSourceMapping failed"):
        deploy(PLAIN.replace('"5"', "20000"))

    assert not lambda_events.queues
    assert not lambda_events.functions
