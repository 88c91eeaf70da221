"""How template files are read: JSON, YAML 1.1, the short tags of CloudFormation, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack, TemplateError

from .values import template_of, value_of

Deploy = Callable[..., Stack]

QUEUE = "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n"


@pytest.mark.rule("TPL-11")
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("yes", "true"),
        ("On", "true"),
        ("no", "false"),
        ("off", "false"),
        ("'yes'", "yes"),
        ("0123", "83"),
        ("1:30", "90"),
        ("1e3", "1e3"),
        ("012345678901", "012345678901"),
        ("1.50", "1.5"),
        ("0x10", "16"),
    ],
)
def test_scalars_have_the_types_of_yaml_1_1(written: str, value: str, deploy: Deploy) -> None:
    assert value_of(deploy, f"!Sub ['${{x}}', {{x: {written}}}]") == value


@pytest.mark.rule("TPL-11")
@pytest.mark.scenario("TPL T24")
def test_a_date_in_a_policy_stays_a_text(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    deploy(
        """
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: worker
              AssumeRolePolicyDocument:
                Version: 2012-10-17
                Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
        """
    )

    role = lambda_events.client("iam").get_role(RoleName="worker")["Role"]
    assert role["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"


@pytest.mark.rule("TPL-11")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{QUEUE}  Q: {{Type: AWS::SQS::Queue}}\n", "has the key 'Q' twice in one map; the second is in line 3"),
        ('{"Resources": {"Q": {"Type": "A", "Type": "B"}}}', "has the key 'Type' twice in one map"),
        ("Resources: [Q]\n", "Resources is a list. It must be a map"),
        ("[Q]\n", "is a list. A template is a map with the key Resources"),
        ("Resources: {Q: [\n", "is not valid YAML or JSON"),
        ("Resources:\n  ? [Q]\n  : {}\n", r"has the key \['Q'\] in line 2"),
        ("Outputs: {}\n", "At least one Resources member must be defined"),
        ("Resources: {Q: {Properties: {}}}\n", r"\[/Resources/Q\] must be a map with the key Type"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: [1]}}\n", "Properties.*must be a map"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, DependsOn: {A: B}}}\n", "DependsOn.*must be a logical id"),
        (f"{QUEUE}Outputs: {{O: x}}\n", "Output O must be a map with the key Value"),
        (f"{QUEUE}Outputs: {{O: {{Value: x, Export: {{}}}}}}\n", "Export of Output O must be a map with the key Name"),
        (f"{QUEUE}Outputs: x\n", "Outputs is a str. It must be a map"),
        ("", "is empty"),
        ("Transform: AWS::Serverless-2016-10-31\nResources: [Q]\n", "Resources is a list. It must be a map"),
        (f"Transform: AWS::Serverless-2016-10-31\nGlobals: [1]\n{QUEUE}", "'Globals' section is invalid"),
        (f"Parameters: [1]\n{QUEUE}", "Parameters is a list"),
    ],
)
def test_a_wrong_file_is_refused(text: str, message: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=message):
        deploy(text)


@pytest.mark.rule("TPL-10")
@pytest.mark.parametrize("tag", ["!!binary aGk=", "!!set {a}", "!!omap [a: 1]", "!!pairs [a: 1]", "!!timestamp 2012-10-17"])
def test_types_that_cloudformation_does_not_know_are_refused(tag: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=f"has the YAML type {tag.split()[0]} in line"):
        value_of(deploy, tag)


@pytest.mark.rule("TPL-10")
def test_anchors_aliases_and_merges_are_accepted(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(
        """
        Resources:
          A: {Type: AWS::SQS::Queue, Properties: &shared {DelaySeconds: 3, VisibilityTimeout: 9}}
          B: {Type: AWS::SQS::Queue, Properties: *shared}
          C: {Type: AWS::SQS::Queue, Properties: {<<: *shared, DelaySeconds: 4}}
        """
    )

    def attributes(name: str) -> tuple[str, str]:
        client, url = lambda_events.client("sqs"), stack.queues[name].url
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return found["DelaySeconds"], found["VisibilityTimeout"]

    assert [attributes(name) for name in "ABC"] == [("3", "9"), ("3", "9"), ("4", "9")]


@pytest.mark.rule("TPL-10", "TPL-8F")
def test_functions_that_share_their_properties_by_an_alias_both_have_their_code(deploy: Deploy) -> None:
    stack = deploy(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          A: {Type: AWS::Serverless::Function, Properties: &shared {Runtime: python3.13, Handler: app.handler, CodeUri: src}}
          B: {Type: AWS::Serverless::Function, Properties: *shared}
        """
    )

    assert stack.functions["A"].invoke(1).payload["event"] == 1
    assert stack.functions["B"].invoke(2).payload["event"] == 2


@pytest.mark.rule("TPL-10")
def test_an_alias_that_contains_itself_is_refused(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match="an alias of YAML that contains itself"):
        value_of(deploy, "&x [*x]")


@pytest.mark.rule("TPL-10")
@pytest.mark.parametrize("indentation", [None, 2, "\t"])
def test_json_may_be_indented_with_tabs(indentation: Any, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    content = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Join": ["-", ["a", "b"]]}}}}}
    (tmp_path / "template.json").write_text(json.dumps(content, indent=indentation), encoding="utf-8-sig")

    stack = lambda_events.deploy(tmp_path / "template.json")

    assert stack.queues["Q"].name == "a-b"


@pytest.mark.rule("TPL-12")
@pytest.mark.parametrize(
    ("short", "value"),
    [
        ("!Ref P", "x.y"),
        ("!Sub '${P}'", "x.y"),
        ("!Split [., !Ref P]", ["x", "y"]),
        ("!If [Yes, a, b]", "a"),
        ("!FindInMap [M, '1', b]", "found"),
        ("!Base64 hi", "aGk="),
        ("!GetAtt Q.QueueName", "jobs"),
        ("!GetAtt [Q, QueueName]", "jobs"),
        ("{Fn::GetAtt: Q.QueueName}", "jobs"),
        ("{Fn::GetAtt: [Q, QueueName]}", "jobs"),
        ("!GetAtt W.A.B", "W.A.B"),
    ],
)
@pytest.mark.scenario("TPL T25")
@pytest.mark.rule("TPL-13")
def test_short_tags_are_functions(short: str, value: Any, deploy: Deploy) -> None:
    template = f"""
Parameters: {{P: {{Type: String, Default: x.y}}}}
Conditions: {{Yes: !And [!Condition Also, !Not [!Equals [a, b]]], Also: !Equals [1, "1"]}}
Mappings: {{M: {{1: {{b: found}}}}}}
{QUEUE}  W: {{Type: AWS::CloudFormation::WaitConditionHandle}}
Outputs: {{Value: {{Value: {short}}}}}
"""

    assert deploy(template).outputs["Value"] == value


@pytest.mark.rule("TPL-85")
@pytest.mark.parametrize(
    ("rest", "where"),
    [
        ("Outputs: {O: {Value: }}", "/Outputs/O/Value"),
        ("Parameters: {P: {Type: String, Default: ~}}", "/Parameters/P/Default"),
        ("Conditions: {C: !Equals [a, null]}", "/Conditions/C/Fn::Equals/1"),
        ("Mappings: {M: {a: {b: }}}", "/Mappings/M/a/b"),
    ],
)
def test_null_is_refused_in_every_section(rest: str, where: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=rf"\[{where}\] 'null' values are not allowed in templates"):
        deploy(f"{QUEUE}{rest}\n")


@pytest.mark.rule("TPL-85")
@pytest.mark.parametrize("properties", ["{Tags: [{Key: a, Value: }]}", ""])
def test_null_is_refused_in_properties(properties: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"\[/Resources/Q/Properties.*\] 'null' values are not allowed"):
        deploy(f"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {properties}\n")


@pytest.mark.rule("TPL-1A")
def test_sections_and_attributes_without_effect_are_accepted(deploy: Deploy) -> None:
    stack = deploy(
        """
        AWSTemplateFormatVersion: "2010-09-09"
        Description: Text
        Metadata: {AWS::CloudFormation::Interface: {ParameterGroups: ~}}
        Hooks: {H: {Type: AWS::CodeDeploy::BlueGreen}}
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Metadata: {cfn-lint: ~}
            CreationPolicy: {ResourceSignal: {Count: 1}}
            UpdatePolicy: {UseOnlineResharding: true}
            UpdateReplacePolicy: Retain
        """
    )

    assert list(stack.queues) == ["Q"]


@pytest.mark.rule("TPL-14")
def test_the_file_is_not_changed_and_nothing_is_written(deploy: Deploy, folder: Path, lambda_events: LambdaEvents) -> None:
    template = folder / "template.yaml"
    template.write_text(QUEUE)
    before = sorted(folder.rglob("*"))

    lambda_events.deploy(template)

    assert template.read_text() == QUEUE
    assert sorted(folder.rglob("*")) == before


@pytest.mark.rule("TPL-14")
def test_a_changed_file_is_read_again(deploy: Deploy) -> None:
    assert value_of(deploy, "a1") == "a1"
    assert value_of(deploy, "b2", name="second") == "b2"
    assert value_of(deploy, "a1", name="third") == "a1"


@pytest.mark.rule("TPL-14")
def test_what_one_test_does_to_values_does_not_change_the_next(folder: Path) -> None:
    rest = "Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b'}}\nMappings: {M: {a: {b: [x]}}}"
    (folder / "template.yaml").write_text(template_of("!Ref P", rest) + "  Mapped: {Value: !FindInMap [M, a, b]}\n")
    seen = []
    for _ in range(2):
        with LambdaEvents() as environment:
            stack = environment.deploy(folder)
            seen.append(json.dumps([stack.outputs, stack.parameters]))
            stack.outputs["Value"].append("c")
            stack.outputs["Mapped"].append("y")
            stack.parameters["P"].append("d")

    assert seen[0] == seen[1]
