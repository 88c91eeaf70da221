"""Functions of a template and what belongs to them: versions, aliases, permissions, layers, configurations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents, Stack

Deploy = Callable[..., Stack]

ROLE = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
"""
FUNCTION = """  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src
      Role: !GetAtt Role.Arn
"""
INERT = """      VpcConfig: {SubnetIds: [!Ref Subnet], SecurityGroupIds: [!Ref Group]}
      FileSystemConfigs:
        - {Arn: arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0, LocalMountPath: /mnt/x}
      KmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/0d5f9ee5-3a0a-4b3c-8c0a-7d9b4b0c9a11
      EphemeralStorage: {Size: "1024"}
      Architectures: [arm64]
      TracingConfig: {Mode: Active}
      LoggingConfig: {LogFormat: JSON}
      RecursiveLoop: Allow
      ReservedConcurrentExecutions: "5"
      RuntimeManagementConfig: {UpdateRuntimeOn: FunctionUpdate}
      Unheard: 1
      Tags: [{Key: team, Value: shop}]
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc}}
"""
ALIAS = """  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref F
      FunctionVersion: !GetAtt V.Version
      Name: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: "2"}
  Config:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref F, Qualifier: live, MaximumRetryAttempts: "0"}
  T: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: lambda, Endpoint: !Ref Live}]}}
  P:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Live, Action: lambda:InvokeFunction, Principal: sns.amazonaws.com, SourceArn: !Ref T}
Outputs:
  Alias: {Value: !Ref Live}
  Version: {Value: !Ref V}
"""
URL = """  Url: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt F.Arn}}
  Public:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref F
      Action: lambda:InvokeFunctionUrl
      Principal: "*"
      FunctionUrlAuthType: NONE
  Invoked:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunction, Principal: "*", InvokedViaFunctionUrl: "true"}
Outputs: {Url: {Value: !GetAtt Url.FunctionUrl}, Function: {Value: !Ref Url}}
"""
DURABLE = """      DurableConfig: {ExecutionTimeout: 3600}
  P:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunction, Principal: sns.amazonaws.com}
  Q: {Type: AWS::SQS::Queue}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn}}
"""
LAYER = """Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      {Runtime: python3.13, Handler: uses.handler, CodeUri: src, Layers: [!Ref L]}
  L:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer, CompatibleRuntimes: [python3.13]}
"""
USES_LAYER = """
def handler(event, context):
    import shared
    return [shared.NAME, shared.__file__]
"""


def answer(stack: Stack) -> Any:
    """Returns what the function answers."""
    return stack.functions["F"].invoke({}).payload


@pytest.mark.rule("TPL-G0", "TPL-F8", "TPL-84")
@pytest.mark.scenario("TPL T36")
def test_settings_that_change_nothing_are_shown_and_reported(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(ROLE + FUNCTION + INERT)

    client, name = lambda_events.client("lambda"), stack.functions["F"].name
    shown = client.get_function_configuration(FunctionName=name)
    assert answer(stack)["event"] == {}
    assert shown["VpcConfig"]["SubnetIds"][0].startswith("subnet-")
    assert shown["EphemeralStorage"] == {"Size": 1024}
    assert shown["KMSKeyArn"].endswith("0d5f9ee5-3a0a-4b3c-8c0a-7d9b4b0c9a11")
    assert client.get_function(FunctionName=name)["Tags"] == {"team": "shop"}
    assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 5
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    assert client.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "FunctionUpdate"
    assert set(stack.not_applied["F"]) == {
        "VpcConfig", "FileSystemConfigs", "KmsKeyArn", "EphemeralStorage", "Architectures", "Unheard",
    }  # fmt: skip


@pytest.mark.rule("TPL-92", "TPL-80", "TPL-F5")
@pytest.mark.scenario("TPL T4")
def test_a_topic_invokes_an_alias_with_its_own_retries(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(ROLE + FUNCTION + ALIAS, handlers={"F": fails})

    stack.topics["T"].publish("x")
    lambda_events.run_until_idle()

    [attempt] = stack.functions["F"].attempts
    assert attempt.executed_version == "1"
    assert stack.outputs["Alias"].endswith(":live")
    assert stack.outputs["Version"].endswith(":1")
    client = lambda_events.client("lambda")
    provisioned = client.get_provisioned_concurrency_config(FunctionName=stack.functions["F"].name, Qualifier="live")
    assert provisioned["RequestedProvisionedConcurrentExecutions"] == 2


def fails(event: object, context: object) -> None:
    """Raises an error."""
    raise ValueError("no")


@pytest.mark.rule("TPL-G2")
def test_permissions_of_function_urls_are_kept_and_allow_no_service(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(ROLE + FUNCTION + URL)

    policy = lambda_events.client("lambda").get_policy(FunctionName=stack.functions["F"].name)["Policy"]
    conditions = {one["Sid"]: one["Condition"] for one in json.loads(policy)["Statement"]}
    assert conditions == {
        "Public": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        "Invoked": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    }
    assert re.fullmatch(r"https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/", stack.outputs["Url"])
    assert stack.outputs["Function"] == stack.functions["F"].arn
    assert (stack.placeholders, stack.not_delivered) == ({}, [])


@pytest.mark.rule("TPL-G2", "HTP-5D")
def test_a_url_with_streamed_responses_is_a_placeholder(deploy: Deploy) -> None:
    stack = deploy(ROLE + FUNCTION + URL.replace("AuthType: NONE,", "AuthType: NONE, InvokeMode: RESPONSE_STREAM,"))

    assert stack.placeholders == {"Url": "streamed responses are not simulated"}
    assert re.fullmatch(r"https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/", stack.outputs["Url"])
    assert stack.not_delivered == ["Url Url -> F"]


@pytest.mark.rule("TPL-G1", "DUR-01", "DUR-02")
def test_a_durable_function_of_a_template_is_durable(deploy: Deploy) -> None:
    stack = deploy(ROLE + FUNCTION + DURABLE)

    answer = boto3.client("lambda").get_function_configuration(FunctionName=stack.functions["F"].name)
    assert answer["DurableConfig"] == {"RetentionPeriodInDays": 14, "ExecutionTimeout": 3600}


@pytest.mark.rule("TPL-06", "TPL-F9")
def test_what_belongs_to_an_ignored_function_is_ignored_too(deploy: Deploy) -> None:
    stack = deploy(ROLE + FUNCTION + DURABLE, ignore=["F"])

    reason = "belongs to the function F, which is in ignore"
    assert stack.placeholders == {"F": "is in ignore", "P": reason, "M": reason}


@pytest.mark.rule("TPL-AD", "TPL-8A")
@pytest.mark.scenario("TPL T38")
def test_a_layer_of_the_template_is_on_the_path(deploy: Deploy, folder: Path) -> None:
    (folder / "layer" / "python").mkdir(parents=True)
    shared = folder / "layer" / "python" / "shared.py"
    shared.write_text("NAME = 'layer'")
    (folder / "src" / "uses.py").write_text(USES_LAYER)

    assert answer(deploy(LAYER)) == ["layer", str(shared)]


@pytest.mark.rule("TPL-AD")
def test_a_layer_that_sam_builds_has_its_modules_in_its_source_folder(deploy: Deploy, folder: Path) -> None:
    (folder / "layer").mkdir()
    (folder / "layer" / "shared.py").write_text("NAME = 'source'")
    (folder / "src" / "uses.py").write_text(USES_LAYER)

    stack = deploy(LAYER + "    Metadata: {BuildMethod: python3.13}\n")

    assert answer(stack) == ["source", str(folder / "layer" / "shared.py")]


@pytest.mark.rule("TPL-AE")
@pytest.mark.scenario("TPL T39")
def test_a_layer_of_another_account_has_no_content(deploy: Deploy) -> None:
    layers = "      Layers: ['arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313:7']\n"

    assert answer(deploy(ROLE + FUNCTION + layers))["event"] == {}


def test_a_missing_layer_is_reported(deploy: Deploy, folder: Path) -> None:
    (folder / "src" / "uses.py").write_text("def handler(event, context):\n    return 1\n")

    stack = deploy(LAYER)

    assert answer(stack) == 1
    assert any(one.type == "AWS::Lambda::LayerVersion" and "does not exist" in one.reason for one in stack.report)


@pytest.mark.rule("TPL-AC")
@pytest.mark.parametrize(
    ("runtime", "shown", "why"),
    [
        ("python3.7", "python3.", "AWS does not create functions with python3.7 any more"),
        ("nodejs22.x", "nodejs22.x", "the runtime nodejs22.x is not Python"),
        ("nodejs12.x", "nodejs2", "the runtime nodejs12.x is not Python"),
    ],
)
def test_other_runtimes_are_reported(runtime: str, shown: str, why: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(ROLE + FUNCTION.replace("python3.13", runtime))

    configuration = lambda_events.client("lambda").get_function_configuration(FunctionName=stack.functions["F"].name)
    assert stack.runtime["F"] == why
    assert configuration["Runtime"].startswith(shown)


@pytest.mark.rule("TPL-AC")
@pytest.mark.scenario("TPL T37")
def test_a_callable_replaces_a_function_that_is_not_python(deploy: Deploy) -> None:
    stack = deploy(ROLE + FUNCTION.replace("python3.13", "nodejs22.x"), handlers={"F": lambda event, context: "ok"})

    assert answer(stack) == "ok"
    assert stack.runtime == {"F": "runs the code of handlers instead of nodejs22.x"}


@pytest.mark.rule("TPL-AB")
def test_an_image_runs_a_callable(deploy: Deploy) -> None:
    stack = deploy(
        """
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties:
              PackageType: Image
              Code: {ImageUri: 123456789012.dkr.ecr.us-east-1.amazonaws.com/orders:1}
              ImageConfig: {Command: [app.handler]}
              Role: arn:aws:iam::123456789012:role/x
        """,
        handlers={"F": lambda event, context: "ok"},
    )

    assert answer(stack) == "ok"


@pytest.mark.rule("TPL-AA")
@pytest.mark.scenario("TPL T53")
def test_missing_code_fails_at_the_first_invocation(deploy: Deploy) -> None:
    stack = deploy(ROLE + FUNCTION.replace("Code: src", "Code: elsewhere"))

    assert "does not exist" in stack.runtime["F"]
    failed = stack.functions["F"].invoke({})
    assert "handlers={'F': ...}" in failed.payload["errorMessage"]
