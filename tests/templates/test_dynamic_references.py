"""Dynamic references: values of Systems Manager and Secrets Manager in the properties of resources."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, Stack, TemplateError

Deploy = Callable[..., Stack]

FUNCTION = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src
      Role: !GetAtt Role.Arn
      Environment:
        Variables:
"""


@pytest.fixture(autouse=True)
def stored(lambda_events: LambdaEvents) -> None:
    """Parameters and secrets."""
    ssm, secrets = lambda_events.client("ssm"), lambda_events.client("secretsmanager")
    ssm.put_parameter(Name="/table", Value="first", Type="String")
    ssm.put_parameter(Name="/table", Value="second", Type="String", Overwrite=True)
    ssm.put_parameter(Name="/list", Value="a,b", Type="StringList")
    ssm.put_parameter(Name="/secret", Value="hidden", Type="SecureString")
    created = secrets.create_secret(Name="s", SecretString='{"pw": "open sesame", "port": 5432, "tls": true}')
    secrets.put_secret_value(SecretId="s", SecretString='{"pw": "changed"}', VersionStages=["AWSCURRENT"])
    secrets.create_secret(Name="plain", SecretString="text")
    ssm.put_parameter(Name="arn", Value=created["ARN"], Type="String")


def _variables(deploy: Deploy, *values: str, **keywords: Any) -> list[str]:
    """Returns the environment variables that a handler sees."""
    variables = "\n".join(f"V{index}: {value}" for index, value in enumerate(values))
    stack = deploy(FUNCTION + indent(variables, " " * 10), **keywords)
    seen = stack.functions["F"].invoke({}).payload["variables"]
    return [seen[f"V{index}"] for index in range(len(values))]


@pytest.mark.rule("TPL-70")
@pytest.mark.scenario("TPL T22")
@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("{{resolve:ssm:/table}}", "second"),
        ("{{resolve:ssm:/table:1}}", "first"),
        ("{{resolve:ssm:/list:1}}", "a,b"),
        ("x-{{resolve:ssm:/table}}-{{resolve:ssm:/table:1}}", "x-second-first"),
        ("{{resolve:secretsmanager:s:SecretString:pw}}", "changed"),
        ("{{resolve:secretsmanager:s:SecretString:pw:AWSPREVIOUS}}", "open sesame"),
        ("{{resolve:secretsmanager:s:SecretString:port:AWSPREVIOUS:}}", "5432"),
        ("{{resolve:secretsmanager:s:SecretString:tls:AWSPREVIOUS:}}", "true"),
        ("{{resolve:secretsmanager:s:SecretString:pw::}}", "changed"),
        ("{{resolve:secretsmanager:s}}", '{"pw": "changed"}'),
        ("{{resolve:secretsmanager:plain:SecretString:::}}", "text"),
        ("{{resolve:secretsmanager:plain::}}", "text"),
    ],
)
def test_a_reference_has_the_stored_value(reference: str, value: str, deploy: Deploy) -> None:
    assert _variables(deploy, f'"{reference}"') == [value]


@pytest.mark.rule("TPL-70", "TPL-71")
def test_references_are_resolved_after_functions(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    parameters = "Parameters: {Name: {Type: String, Default: table}, Whole: {Type: String, Default: '{{resolve:ssm:/table}}'}}"
    arn = lambda_events.client("secretsmanager").describe_secret(SecretId="s")["ARN"]
    secret = f'!Join ["", ["{{{{resolve:secretsmanager:", "{arn}", ":SecretString:pw::}}}}"]]'
    template = f"{parameters}\n{FUNCTION}          FIRST: !Sub '{{{{resolve:ssm:/${{Name}}}}}}'\n"
    template += f"          SECOND: {secret}\n          THIRD: !Ref Whole\n"

    seen = deploy(template).functions["F"].invoke({}).payload["variables"]

    assert (seen["FIRST"], seen["SECOND"], seen["THIRD"]) == ("second", "changed", "second")


@pytest.mark.rule("TPL-70")
def test_references_in_outputs_stay_text(deploy: Deploy) -> None:
    text = "{{resolve:ssm:/table}}"

    stack = deploy(f"{FUNCTION}          NAME: x\nOutputs: {{O: {{Value: '{text}'}}}}\n")

    assert stack.outputs == {"O": text}


@pytest.mark.rule("TPL-70", "TPL-72")
@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("{{resolve:ssm:/none}}", r"Environment/Variables/V0: Parameters: \[ssm:/none\] cannot be found"),
        ("{{resolve:ssm:/table:9}}", "cannot be found"),
        ("{{resolve:ssm:/secret}}", "has the type SecureString"),
        ("{{resolve:ssm-secure:/secret}}", r"supported in: \[AWS::Lambda::Function/Properties/Environment/Variables/V0\]"),
        ("{{resolve:secretsmanager:none}}", "Secrets Manager can't find the specified secret"),
        ("{{resolve:secretsmanager:s:SecretString:none}}", "Could not find a value associated with JSONKey"),
        ("{{resolve:secretsmanager:plain:SecretString:pw}}", "Could not parse SecretString JSON"),
    ],
)
def test_a_reference_without_a_value_undoes_the_stack(
    reference: str, message: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(DeployError, match=message):
        _variables(deploy, f'"{reference}"')

    assert lambda_events.client("iam").list_roles()["Roles"] == []


@pytest.mark.rule("TPL-70")
@pytest.mark.parametrize(
    "reference",
    [
        "{{resolve:ssm}}",
        "{{resolve:ssm:/table:latest}}",
        "{{resolve:ssm:/table:1:2}}",
        "{{resolve:secretsmanager:s:SecretBinary}}",
        "{{resolve:secretsmanager:s:SecretString:pw:AWSCURRENT:1}}",
        "{{resolve:s3:x}}",
    ],
)
def test_a_reference_with_a_wrong_form_is_refused(reference: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match="Incorrect format is used in the following reference"):
        _variables(deploy, f'"{reference}"')


@pytest.mark.rule("TPL-72")
def test_references_of_placeholders_are_not_read(deploy: Deploy) -> None:
    stack = deploy(
        """
        Resources:
          B: {Type: AWS::AmazonMQ::Broker, Properties: {Password: "{{resolve:secretsmanager:none}}"}}
        """
    )

    assert list(stack.placeholders) == ["B"]
