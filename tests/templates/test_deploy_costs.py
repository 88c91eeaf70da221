"""What a deploy costs after the first one of a process: the template is neither parsed nor translated again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest import mock

import pytest
from counting import calls_of
from samtranslator.translator.translator import Translator

from pytest_lambda_events import LambdaEvents, Stack

Deploy = Callable[..., Stack]

ONE = """
  F{0}:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {{Variables: {{QUEUE: !Ref Q{0}, STAGE: !Sub "${{AWS::StackName}}-${{Stage}}"}}}}
      Events: {{A: {{Type: SQS, Properties: {{Queue: !GetAtt Q{0}.Arn}}}}}}
  Q{0}: {{Type: AWS::SQS::Queue}}
"""
HEAD = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Globals: {Function: {Runtime: python3.13, Handler: app.handler, CodeUri: src/}}
Resources:
"""
MOST_CALLS = 60_000
"""About twice the calls of Python and C that ten functions, roles, queues and mappings take."""


@pytest.fixture
def template(folder: Path) -> Path:
    """A template of ten functions, with 40 resources."""
    (folder / "template.yaml").write_text(HEAD + "".join(ONE.format(index) for index in range(10)))
    return folder / "template.yaml"


def _deployed(template: Path, region_name: str = "us-east-1", **keywords: str) -> Stack:
    with LambdaEvents(region_name=region_name) as environment:
        return environment.deploy(template, parameters=keywords)


def test_a_second_deploy_is_cheap(template: Path) -> None:
    _deployed(template)

    with LambdaEvents(fast_calls=True) as environment:
        environment.client("iam"), environment.client("sqs"), environment.client("lambda")
        calls = calls_of(lambda: environment.deploy(template))

    assert calls < MOST_CALLS


@pytest.fixture
def translations() -> Iterator[mock.Mock]:
    """Counts the translations of AWS SAM."""
    translate = Translator.translate
    with mock.patch.object(Translator, "translate", autospec=True, side_effect=translate) as counted:
        yield counted


@pytest.mark.parametrize("changed", ["nothing", "file", "parameter", "region"])
def test_a_template_is_translated_once_for_each_version_parameters_and_region(
    changed: str, template: Path, translations: mock.Mock
) -> None:
    _deployed(template)
    if changed == "file":
        template.write_text(template.read_text().replace("dev", "new"))

    _deployed(
        template,
        "eu-west-1" if changed == "region" else "us-east-1",
        **({"Stage": "prod"} if changed == "parameter" else {}),
    )

    assert translations.call_count == (1 if changed == "nothing" else 2)


def test_a_refused_template_is_refused_again(folder: Path, lambda_events: LambdaEvents) -> None:
    (folder / "template.yaml").write_text(HEAD + "  F: {Type: AWS::Serverless::Function, Properties: {Foo: 1}}\n")

    messages = []
    for _ in range(2):
        with pytest.raises(Exception, match="property Foo not defined") as caught:
            lambda_events.deploy(folder)
        messages.append(str(caught.value))

    assert messages[0] == messages[1]


def test_the_cheap_way_to_create_roles_does_what_a_client_does(folder: Path) -> None:
    (folder / "template.yaml").write_text(
        dedent(
            """
            Resources:
              R:
                Type: AWS::IAM::Role
                Properties:
                  RoleName: worker
                  Path: /team/
                  Description: Works
                  MaxSessionDuration: "7200"
                  Tags: [{Key: a, Value: b}]
                  AssumeRolePolicyDocument:
                    Version: 2012-10-17
                    Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
                  ManagedPolicyArns: ["arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"]
                  Policies:
                    - PolicyName: own
                      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}
            """
        )
    )

    quick, usual = (_role(folder, fast_calls=fast_calls) for fast_calls in (True, False))

    assert quick == usual
    assert quick[0]["MaxSessionDuration"] == 7200


def _role(folder: Path, *, fast_calls: bool) -> list[Any]:
    with LambdaEvents(fast_calls=fast_calls) as environment:
        environment.deploy(folder)
        iam = environment.client("iam")
        role = iam.get_role(RoleName="worker")["Role"]
        attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
        policy = iam.get_role_policy(RoleName="worker", PolicyName="own")["PolicyDocument"]
    return [{name: value for name, value in role.items() if name != "RoleId"}, attached, policy]


@pytest.mark.parametrize("fast_calls", [True, False])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("RoleName: worker", "EntityAlreadyExists.*Role with name worker already exists"),
        ("PermissionsBoundary: wrong-but-long-enough", "CreateRole failed.*PermissionsBoundary is invalid"),
        (
            "Policies: [{PolicyName: own, PolicyDocument: {Version: 1}}]",
            "PutRolePolicy failed.*MalformedPolicy",
        ),
        ('ManagedPolicyArns: ["arn:aws:iam::123456789012:policy/none"]', "AttachRolePolicy failed.*does not exist"),
    ],
)
def test_refusals_of_iam_have_its_own_errors(fast_calls: bool, change: str, message: str, folder: Path) -> None:
    (folder / "template.yaml").write_text(
        f"Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {{Statement: []}}\n"
        f"      {change}\n"
    )
    with LambdaEvents(fast_calls=fast_calls) as environment:
        environment.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")

        with pytest.raises(Exception, match=message):
            environment.deploy(folder)
