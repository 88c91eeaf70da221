"""The transform AWS::LanguageExtensions: loops, further functions, and functions inside Ref and GetAtt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_lambda_events import LambdaEvents, NotSimulatedError, Stack, TemplateError

from .values import template_of, value_of

Deploy = Callable[..., Stack]

EXTENDED = "Transform: AWS::LanguageExtensions"
PARAMETERS = """
Parameters:
  Names: {Type: CommaDelimitedList, Default: "Jobs, Mails"}
  Kind: {Type: String, Default: Jobs}
"""
LOOP = f"""
{EXTENDED}
{PARAMETERS}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - "Q${{Name}}":
        Type: AWS::SQS::Queue
        Properties: {{QueueName: !Sub "${{AWS::StackName}}-${{Name}}", VisibilityTimeout: 40}}
Outputs:
  Fn::ForEach::Outputs:
    - Name
    - !Ref Names
    - "Out${{Name}}": {{Value: !GetAtt ["Q${{Name}}", QueueName]}}
  One: {{Value: !GetAtt [!Sub "Q${{Kind}}", QueueName]}}
"""


@pytest.mark.rule("TPL-49")
def test_a_loop_makes_resources_and_outputs(deploy: Deploy) -> None:
    stack = deploy(LOOP)

    assert list(stack.queues) == ["QJobs", "QMails"]
    assert stack.outputs == {"OutJobs": "stack-Jobs", "OutMails": "stack-Mails", "One": "stack-Jobs"}


@pytest.mark.rule("TPL-49")
def test_a_loop_makes_conditions_and_properties(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    template = f"""
        {EXTENDED}
        Conditions:
          Fn::ForEach::All: [Stage, [dev, prod], {{"Is${{Stage}}": !Equals [!Ref Stage, prod]}}]
        Resources:
          Dev: {{Type: AWS::SQS::Queue, Condition: Isdev}}
          Prod:
            Type: AWS::SQS::Queue
            Condition: Isprod
            Properties:
              Fn::ForEach::Settings: [Name, [Delay, ReceiveMessageWaitTime], {{"${{Name}}Seconds": "7"}}]
    """

    stack = deploy(template)

    attributes = lambda_events.client("sqs").get_queue_attributes(QueueUrl=stack.queues["Prod"].url, AttributeNames=["All"])
    assert list(stack.queues) == ["Prod"]
    assert attributes["Attributes"]["DelaySeconds"] == "7"
    assert attributes["Attributes"]["ReceiveMessageWaitTimeSeconds"] == "7"


@pytest.mark.rule("TPL-49")
def test_an_ampersand_takes_letters_and_digits_only(deploy: Deploy) -> None:
    template = f"""
        {EXTENDED}
        Resources:
          Fn::ForEach::Queues:
            - Network
            - [10.0.0.0/8, 10.1.0.0/16]
            - "Q&{{Network}}": {{Type: AWS::SQS::Queue, Properties: {{Tags: [{{Key: network, Value: "${{Network}}"}}]}}}}
    """

    assert list(deploy(template).queues) == ["Q100008", "Q1010016"]


@pytest.mark.rule("TPL-49")
def test_loops_inside_loops_know_both_identifiers(deploy: Deploy) -> None:
    template = f"""
        {EXTENDED}
        Resources:
          Fn::ForEach::Stages:
            - Stage
            - [Dev, Prod]
            - Fn::ForEach::Queues: [Name, [A, B], {{"${{Stage}}${{Name}}": {{Type: AWS::SQS::Queue}}}}]
    """

    assert list(deploy(template).queues) == ["DevA", "DevB", "ProdA", "ProdB"]


@pytest.mark.rule("TPL-49")
@pytest.mark.parametrize(
    ("loop", "message"),
    [
        ("[Name, [A], {}, 1]", "identifier, collection"),
        ("[Name, A, {'Q${Name}': {Type: AWS::SQS::Queue}}]", "the collection 'A' is not a list"),
        ("[Name, [A, B], {Q: {Type: AWS::SQS::Queue}}]", "the key 'Q' is made twice"),
        ("['a b', [A], {}]", "an identifier of letters and digits"),
        (
            "[Name, [!Ref Q], {'Q${Name}': {Type: AWS::SQS::Queue}}]",
            "Cannot reference resources in what",
        ),
    ],
)
def test_a_wrong_loop_is_refused(loop: str, message: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=message):
        deploy(f"{EXTENDED}\nResources:\n  Fn::ForEach::L: {loop}\n  Q: {{Type: AWS::SQS::Queue}}\n")


@pytest.mark.rule("TPL-49")
def test_a_loop_needs_the_transform(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"Fn::ForEach::Queues.*AWS::LanguageExtensions"):
        deploy(LOOP.replace(EXTENDED, ""))


@pytest.mark.rule("TPL-15")
def test_loops_are_written_out_before_the_translation_of_sam(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    template = """
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Resources:
          Fn::ForEach::Functions:
            - Name
            - [A, B]
            - "F${Name}":
                Type: AWS::Serverless::Function
                Properties:
                  {Runtime: python3.13, Handler: app.handler, CodeUri: src, Environment: {Variables: {NAME: !Ref Name}}}
    """

    stack = deploy(template)

    assert stack.functions["FB"].invoke({}).payload["variables"]["NAME"] == "B"
    with pytest.raises(TemplateError, match="All 'Resources' must be Objects"):
        deploy(template.replace("[AWS::LanguageExtensions, ", "["), name="other")


@pytest.mark.rule("TPL-49")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Length [a, b, c]", "3"),
        ("!Length {Ref: Names}", "2"),
        ("!ToJsonString {a: !Ref Kind, b: [1, true]}", '{"a":"Jobs","b":[1,true]}'),
        ("!FindInMap [M, none, b, {DefaultValue: !Ref Kind}]", "Jobs"),
        ("!FindInMap [M, a, none, {DefaultValue: 1}]", "1"),
        ("!FindInMap [M, a, b, {DefaultValue: 1}]", "found"),
        ("!FindInMap [!Select [0, [M]], !Join ['', [a]], b]", "found"),
        ("{Ref: !Sub '${Kind2}'}", "Jobs"),
    ],
)
def test_functions_of_the_extensions(value: str, expected: object, deploy: Deploy) -> None:
    rest = f"{EXTENDED}\n{PARAMETERS}  Kind2: {{Type: String, Default: Kind}}\nMappings: {{M: {{a: {{b: found}}}}}}"

    assert value_of(deploy, value, rest) == expected


@pytest.mark.rule("TPL-49", "TPL-44")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("!Length [a]", "Outputs/Value/Value/Fn::Length needs the transform AWS::LanguageExtensions"),
        ("!ToJsonString {a: 1}", "needs the transform AWS::LanguageExtensions"),
        ("!FindInMap [M, a, none, {DefaultValue: 1}]", "is not a list of 3 items"),
        ("!FindInMap [M, !Join ['', [a]], b]", "Fn::Join.*AWS::LanguageExtensions"),
        ("!FindInMap [!Ref Kind, a, b]", "Ref.*AWS::LanguageExtensions"),
        ("{Ref: !Sub '${Kind}'}", "is not the name of a parameter or resource"),
    ],
)
def test_functions_of_the_extensions_need_the_transform(value: str, message: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=message):
        value_of(deploy, value, f"{PARAMETERS}\nMappings: {{M: {{a: {{b: found}}}}}}")


@pytest.mark.rule("TPL-49")
def test_a_deletion_policy_may_be_a_function(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    template = f"""
        {EXTENDED}
        Parameters: {{Keep: {{Type: String, Default: Retain}}}}
        Resources:
          Q: {{Type: AWS::SQS::Queue, DeletionPolicy: !Ref Keep}}
          P: {{Type: AWS::SQS::Queue}}
    """
    stack = deploy(template)
    kept = stack.queues["Q"].name

    stack.delete()

    assert list(lambda_events.queues) == [kept]


@pytest.mark.rule("TPL-4A")
def test_other_macros_are_refused_by_name(deploy: Deploy, folder: Path) -> None:
    with pytest.raises(NotSimulatedError, match="'MyMacro'"):
        deploy(template_of("x", "Transform: MyMacro"))
    with pytest.raises(NotSimulatedError, match="Outputs/Value/Value: the macro 'MyMacro' is not simulated"):
        deploy(template_of("{Fn::Transform: {Name: MyMacro}}"))
