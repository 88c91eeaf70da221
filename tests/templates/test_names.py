"""Physical names that are generated, and values that are made up for resources that are not created."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack, TemplateError
from pytest_lambda_events.templates.names import generated_name

Deploy = Callable[..., Stack]


@pytest.mark.rule("TPL-82")
@pytest.mark.parametrize(
    ("stack_name", "logical_id", "limit", "start"),
    [
        ("stack", "Jobs", 64, "stack-Jobs-"),
        ("s" * 60, "Jobs", 64, "s" * 46 + "-Jobs-"),
        ("stack", "J" * 46, 64, "stac-" + "J" * 46 + "-"),
        ("stack", "J" * 50, 64, "s-" + "J" * 49 + "-"),
        ("stack", "J" * 51, 64, "stack-" + "J" * 45 + "-"),
        ("s" * 128, "J" * 255, 64, "s" * 25 + "-" + "J" * 25 + "-"),
        ("s" * 128, "J" * 255, 80, "s" * 33 + "-" + "J" * 33 + "-"),
    ],
)
def test_a_generated_name_fits_its_limit(stack_name: str, logical_id: str, limit: int, start: str) -> None:
    name = generated_name(stack_name, logical_id, limit)
    stack, own, suffix = name.split("-")

    assert len(name) <= limit
    assert len(stack) >= 1
    assert len(own) >= 1
    assert stack_name.startswith(stack)
    assert logical_id.startswith(own)
    assert re.fullmatch("[A-Z0-9]{12}", suffix)
    assert name.startswith(start)


@pytest.mark.rule("TPL-82")
def test_names_that_are_cut_differ() -> None:
    names = {generated_name("s" * 100, "J" * 100 + end, 64) for end in "abc"}

    assert len(names) == 3


@pytest.mark.rule("TPL-82", "TPL-83")
@pytest.mark.scenario("TPL T28")
def test_names_are_equal_in_every_environment(folder: Any) -> None:
    types = {
        "Queue": "AWS::SQS::Queue",
        "Topic": "AWS::SNS::Topic",
        "Bucket": "AWS::S3::Bucket",
        "Stream": "AWS::Kinesis::Stream",
        "Group": "AWS::Logs::LogGroup",
    }
    resources = {name: {"Type": kind} for name, kind in types.items()}
    (folder / "template.json").write_text(json.dumps({"Resources": resources}))

    names = []
    for _ in range(2):
        with LambdaEvents() as environment:
            stack = environment.deploy(folder, name="Shop")
            names.append({one.logical_id: one.name for one in stack.report})

    assert names[0] == names[1]
    assert all(name.lower().startswith(f"shop-{logical_id.lower()}-") for logical_id, name in names[0].items())
    assert names[0]["Bucket"] == names[0]["Bucket"].lower()


@pytest.mark.rule("TPL-82")
@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        ("AWS::SQS::Queue", 80),
        ("AWS::SNS::Topic", 256),
        ("AWS::S3::Bucket", 63),
        ("AWS::Kinesis::Stream", 128),
        ("AWS::Events::Rule", 64),
        ("AWS::IAM::Role", 64),
    ],
)
def test_services_accept_the_names_of_long_logical_ids(kind: str, limit: int, deploy: Deploy) -> None:
    properties = {
        "AWS::Events::Rule": {"EventPattern": {"source": ["x"]}},
        "AWS::IAM::Role": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }.get(kind, {})
    logical_id = "Resource" * 31

    stack = deploy(json.dumps({"Resources": {logical_id: {"Type": kind, "Properties": properties}}}), name="S" * 100)

    assert len(stack.report[0].name) == limit


@pytest.mark.rule("TPL-83")
@pytest.mark.scenario("TPL T27")
@pytest.mark.parametrize(("kind", "setting"), [("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")])
@pytest.mark.parametrize("value", ["true", "'true'"])
def test_a_fifo_resource_without_a_name_gets_the_ending(kind: str, setting: str, value: str, deploy: Deploy) -> None:
    stack = deploy(
        f"""
        Resources: {{X: {{Type: {kind}, Properties: {{{setting}: {value}}}}}}}
        Outputs: {{O: {{Value: !Ref X}}}}
        """
    )

    assert stack.outputs["O"].endswith(".fifo")


MADE_UP = """
Resources:
  Net: {Type: AWS::EC2::VPC}
  Part: {Type: AWS::EC2::Subnet}
  Group: {Type: AWS::EC2::SecurityGroup}
  Api: {Type: AWS::ApiGateway::RestApi}
  Db: {Type: AWS::RDS::DBCluster}
  Cache: {Type: AWS::ElastiCache::ReplicationGroup}
  Domain: {Type: AWS::OpenSearchService::Domain}
  Own: {Type: Custom::Lookup, Properties: {ServiceToken: x}}
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
  Signing: {Type: AWS::Lambda::CodeSigningConfig}
  Jobs: {Type: AWS::Batch::JobQueue}
Outputs:
  Value: {Value: VALUE}
"""


ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012"


@pytest.mark.rule("TPL-F4", "TPL-81")
@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("!Ref Net", r"vpc-[0-9a-f]{17}"),
        ("!Ref Part", r"subnet-[0-9a-f]{17}"),
        ("!Ref Group", r"sg-[0-9a-f]{17}"),
        ("!Ref Api", r"[a-z0-9]{10}"),
        ("!Ref Db", r"stack-Db-[A-Z0-9]{12}"),
        ("!GetAtt Db.DBClusterArn", r"arn:aws:rds:us-east-1:123456789012:dbcluster/stack-Db-[A-Z0-9]{12}"),
        ("!GetAtt Cache.PrimaryEndPoint.Port", "5432"),
        ("!Ref Targets", rf"{ELB}:targetgroup/stack-Targets-[A-Z0-9]{{12}}/[0-9a-f]{{17}}"),
        ("!GetAtt Targets.TargetGroupArn", rf"{ELB}:targetgroup/stack-Targets-[A-Z0-9]{{12}}/[0-9a-f]{{17}}"),
        ("!Ref Signing", r"arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-[0-9a-f]{17}"),
        ("!Ref Jobs", r"arn:aws:batch:us-east-1:123456789012:job-queue/stack-Jobs-[A-Z0-9]{12}"),
        ("!GetAtt Domain.DomainEndpoint", r"stack-domain-[a-z0-9]{12}\.invalid"),
        ("!GetAtt Own.CallbackUrl", r"https://stack-own-[a-z0-9]{12}\.invalid"),
        ("!GetAtt Own.Other.Thing", r"Own\.Other\.Thing"),
        ("!Select [7, !GetAtt Net.Ipv6CidrBlocks]", r"Net\.Ipv6CidrBlocks-7"),
        ("!Select [9, !GetAtt Net.Ipv6CidrBlocks]", r"Net\.Ipv6CidrBlocks-7"),
        ("!Join [',', !GetAtt Own.Names]", ",".join(rf"Own\.Names-{index}" for index in range(8))),
        ("!Select [3, !Split ['/', !GetAtt Db.Endpoint]]", r"stack-db-[a-z0-9]{12}\.invalid"),
        ("!Select [1, !Cidr [!GetAtt Net.CidrBlock, 4, 8]]", r"Net\.CidrBlock-1"),
        ("!Sub '${Db}:${Db.Endpoint.Port}'", r"stack-Db-[A-Z0-9]{12}:5432"),
    ],
)
def test_values_are_made_up_for_what_is_not_created(value: str, pattern: str, deploy: Deploy) -> None:
    made_up = deploy(MADE_UP.replace("VALUE", value)).outputs["Value"]

    assert re.fullmatch(pattern, made_up)


@pytest.mark.rule("TPL-F4")
def test_the_arn_of_a_target_group_is_accepted_by_lambda(deploy: Deploy) -> None:
    stack = deploy(
        """
        Resources:
          Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup}
          F:
            Type: AWS::Lambda::Function
            Properties:
              {Code: {ZipFile: ""}, Handler: index.handler, Runtime: python3.13, Role: "arn:aws:iam::123456789012:role/r"}
          P:
            Type: AWS::Lambda::Permission
            Properties:
              {Action: lambda:InvokeFunction, Principal: elasticloadbalancing.amazonaws.com, FunctionName: !Ref F,
               SourceArn: !Ref Targets}
        """
    )

    assert [one.logical_id for one in stack.report if one.treatment == "simulated"] == ["F", "P"]


@pytest.mark.rule("TPL-F4")
def test_a_made_up_value_in_a_list_valued_place_is_a_list(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(
        """
        Resources:
          Own: {Type: Custom::Network, Properties: {ServiceToken: x}}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              {AlarmName: a, MetricName: m, Namespace: n, Period: 60, EvaluationPeriods: 1, Threshold: 1, Statistic: Sum,
               ComparisonOperator: GreaterThanThreshold, AlarmActions: !GetAtt Own.Topics}
        """
    )

    [alarm] = lambda_events.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert stack.placeholders.keys() == {"Own"}
    assert alarm["AlarmActions"] == [f"Own.Topics-{index}" for index in range(8)]


@pytest.mark.rule("TPL-81")
def test_an_attribute_that_a_created_resource_does_not_have(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    with pytest.raises(TemplateError) as caught:
        deploy(
            """
            Resources:
              Q: {Type: AWS::SQS::Queue}
              P: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: !GetAtt Q.Url}]}}
            """
        )

    text = "Template error: resource Q does not support attribute type Url in Fn::GetAtt"
    assert str(caught.value).startswith(text)
    assert not lambda_events.queues


@pytest.mark.rule("TPL-F4")
def test_made_up_values_are_equal_in_every_stack_of_the_same_name(folder: Any) -> None:
    (folder / "template.yaml").write_text(MADE_UP.replace("VALUE", "!Ref Net"))
    values = []
    for name in ("a", "a", "b"):
        with LambdaEvents() as environment:
            values.append(environment.deploy(folder, name=name).outputs["Value"])

    assert values[0] == values[1] != values[2]


@pytest.mark.rule("TPL-01", "TPL-09")
def test_a_stack_has_the_handles_of_the_environment_in_template_order(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    queues = ["Second", "First", "Third"]
    stack = deploy(json.dumps({"Resources": {name: {"Type": "AWS::SQS::Queue"} for name in queues}}))

    assert list(stack.queues) == queues
    stack.queues["First"].send("x")
    assert [one.body for one in lambda_events.queues[stack.queues["First"].name].messages] == ["x"]
    assert lambda_events.client("cloudformation").list_stacks()["StackSummaries"] == []
