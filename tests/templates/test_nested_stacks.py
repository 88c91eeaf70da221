"""Nested stacks: local templates that become stacks of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_lambda_events import DeployError, LambdaEvents, LambdaEventsError, NotSimulatedError, Stack, TemplateError

Deploy = Callable[..., Stack]

CHILD = """
Parameters:
  Delay: {Type: Number}
  Names: {Type: CommaDelimitedList, Default: "a,b"}
  Secret: {Type: String, NoEcho: true, Default: hidden}
Conditions: {Never: !Equals [a, b]}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay, Tags: [{Key: secret, Value: !Ref Secret}]}}
Outputs:
  Arn: {Value: !GetAtt Jobs.Arn}
  Name: {Value: !Select [1, !Ref Names]}
  Stack: {Value: !Ref AWS::StackName}
  None: {Condition: Never, Value: x}
"""
PARENT = """
Resources:
  Mails: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt N.Outputs.Name}}
  N:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested/child.yaml
      Parameters: {Delay: 7, Names: "x,y"}
Outputs:
  Arn: {Value: !GetAtt N.Outputs.Arn}
  Id: {Value: !Ref N}
  Stack: {Value: !Sub "${N.Outputs.Stack}"}
"""


@pytest.fixture(autouse=True)
def child(folder: Path) -> Path:
    """The template of the nested stack."""
    (folder / "nested").mkdir()
    path = folder / "nested" / "child.yaml"
    path.write_text(CHILD)
    return path


@pytest.mark.rule("TPL-7B")
@pytest.mark.scenario("TPL T26", "TPL T25")
def test_a_local_template_is_a_stack_of_its_own(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(PARENT)

    nested = stack.stacks["N"]
    queue = nested.queues["Jobs"]
    attributes = lambda_events.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"] == {"DelaySeconds": "7"}
    assert stack.queues["Mails"].name == "y"
    assert stack.outputs["Arn"] == queue.arn
    assert nested.name.startswith("stack-N-")
    assert len(nested.name) == len("stack-N-") + 12
    assert stack.outputs["Stack"] == nested.name
    assert stack.outputs["Id"].startswith(f"arn:aws:cloudformation:us-east-1:123456789012:stack/{nested.name}/")


@pytest.mark.rule("TPL-7B")
@pytest.mark.scenario("TPL T26")
def test_an_application_of_sam_with_a_local_location(deploy: Deploy) -> None:
    stack = deploy(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          N:
            Type: AWS::Serverless::Application
            Properties: {Location: nested/child.yaml, Parameters: {Delay: 3}}
        Outputs: {Arn: {Value: !GetAtt N.Outputs.Arn}}
        """
    )

    assert stack.outputs["Arn"] == stack.stacks["N"].queues["Jobs"].arn


@pytest.mark.rule("TPL-7B", "TPL-14")
def test_paths_in_a_nested_template_start_at_its_folder(deploy: Deploy, child: Path) -> None:
    (child.parent / "code").mkdir()
    (child.parent / "code" / "app.py").write_text("def handler(event, context): return 'nested'\n")
    child.write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: "
        "{Runtime: python3.13, Handler: app.handler, CodeUri: code}}\n"
    )

    stack = deploy("Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested/child.yaml}}}\n")

    assert stack.stacks["N"].functions["F"].invoke({}).payload == "nested"


@pytest.mark.rule("TPL-7B")
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (("Delay: 7, ", ""), TemplateError, r"Parameters: \[Delay\] must have values"),
        (("Delay: 7, ", "Delay: 7, Other: 1, "), TemplateError, r"Parameters: \[Other\] do not exist"),
        (("Delay: 7, ", "Delay: 901, "), DeployError, "CreateQueue failed"),
        (("Outputs.Arn", "Outputs.None"), TemplateError, r"does not support attribute type Outputs\.None"),
    ],
)
def test_a_wrong_nested_stack_leaves_nothing(
    change: tuple[str, str], error: type[Exception], message: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(error, match=message):
        deploy(PARENT.replace(*change))

    assert not lambda_events.queues


@pytest.mark.rule("TPL-7B", "TPL-0F")
def test_a_nested_stack_is_deleted_with_its_parent(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(PARENT)

    stack.delete()

    assert not lambda_events.queues
    assert deploy(PARENT).stacks["N"].name == stack.stacks["N"].name


@pytest.mark.rule("TPL-0D", "TPL-7B")
def test_what_nested_stacks_refuse_is_in_the_error_of_the_parent(
    deploy: Deploy, child: Path, lambda_events: LambdaEvents
) -> None:
    child.write_text(
        CHILD.replace("Outputs:", "  Pipe: {Type: AWS::IoT::TopicRule}\nOutputs:").replace(
            "Delay: {Type: Number}", "Delay: {Type: Number}\n  Url: {Type: String}"
        )
    )
    parent = PARENT.replace("Delay: 7,", "Delay: 7, Url: !Ref Other,")
    parent = parent.replace("Outputs:", "  Other: {Type: AWS::SQS::Queue}\n  Own: {Type: AWS::IoT::TopicRule}\nOutputs:")
    far = "  Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://example.com/t.json'}}\n"
    parent = parent.replace("Outputs:", f"{far}Outputs:")

    with pytest.raises(NotSimulatedError) as caught:
        deploy(parent)

    assert "ignore=['Pipe', 'Own', 'Far']" in str(caught.value)
    assert "has the template 'https://example.com/t.json', which is no local file" in str(caught.value)
    assert not lambda_events.queues
    with pytest.raises(LambdaEventsError, match=r"\['Pip'\] matches nothing in the template\. Did you mean 'Pipe'\?"):
        deploy(parent, ignore=["Pip", "Pipe", "Own", "Far"])
    stack = deploy(parent, ignore=["Pipe", "Own", "Far"])
    assert set(stack.stacks["N"].placeholders) == {"Pipe"}
