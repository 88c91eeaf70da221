"""Conditions, references between resources, and the order in which resources are created."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_lambda_events import LambdaEvents, Stack, TemplateError

from .values import value_of

Deploy = Callable[..., Stack]

PARAMETERS = "Parameters: {Text: {Type: String, Default: 'true'}, Number: {Type: Number, Default: 1}}"
MAPPINGS = "Mappings: {M: {us-east-1: {key: x}}}"


def _holds(deploy: Deploy, condition: str, others: str = "") -> bool:
    """Returns whether a condition holds."""
    rest = f"{PARAMETERS}\n{MAPPINGS}\nConditions:\n  C: {condition}\n{others}"
    return bool(value_of(deploy, "!If [C, 'yes', 'no']", rest) == "yes")


@pytest.mark.rule("TPL-50")
@pytest.mark.scenario("TPL T14")
@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("!Equals [!Ref Number, '1']", True),
        ("!Equals [!Ref Number, 1]", True),
        ("!Equals [!Ref Number, 1.0]", False),
        ("!Equals [!Ref Text, true]", True),
        ("!Equals [!Ref Text, 'True']", False),
        ("!Equals [!Ref AWS::Region, us-east-1]", True),
        ("!Equals [!FindInMap [M, !Ref AWS::Region, key], x]", True),
        ("!Equals [!Join ['', [a, !Ref Number]], a1]", True),
        ("!Not [!Equals [a, b]]", True),
        ("!And [!Equals [a, a], !Equals [a, b]]", False),
        ("!Or [!Equals [a, a], !Equals [a, b]]", True),
        (f"!And [{', '.join(['!Equals [a, a]'] * 10)}]", True),
        ("!Or [!Not [!And [!Equals [a, a], !Equals [b, b]]], !Equals [a, b]]", False),
    ],
)
def test_a_condition_compares_texts(condition: str, holds: bool, deploy: Deploy) -> None:
    assert _holds(deploy, condition) is holds


@pytest.mark.rule("TPL-50")
@pytest.mark.scenario("TPL T15")
@pytest.mark.parametrize("written", ["{Condition: B}", "!Condition B", "!And [!Condition B, {Condition: B}]"])
def test_a_condition_may_name_another_one(written: str, deploy: Deploy) -> None:
    stack = deploy(
        f"""
        Conditions: {{A: {written}, B: !Equals [a, a]}}
        Resources: {{Q: {{Type: AWS::SQS::Queue, Condition: A}}}}
        """
    )

    assert list(stack.queues) == ["Q"]


@pytest.mark.rule("TPL-50")
@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("!Equals [a]", "Conditions/C/Fn::Equals"),
        ("!Equals [[a], b]", "is not a text, number or boolean"),
        ("!Not [!Equals [a, b], !Equals [a, b]]", "Conditions/C/Fn::Not"),
        ("!And [!Equals [a, a]]", "Fn::And and Fn::Or 2 to 10"),
        (f"!Or [{', '.join(['!Equals [a, a]'] * 11)}]", "Fn::And and Fn::Or 2 to 10"),
        ("yes", "Conditions/C: True is not a condition"),
        ("!Condition None", "condition None is not defined in the section Conditions"),
        ("!Condition C", "Circular dependency between conditions: C -> C"),
        ("!Condition D", "Circular dependency between conditions: C -> D -> C"),
        ("!Equals [!Ref W, a]", r"Template format error: Unresolved dependencies \[W\]\. Cannot reference resources"),
        ("!Equals [!GetAtt W.Arn, a]", r"Unresolved dependencies \[W\]"),
        ("!Equals [!ImportValue x, a]", "Cannot use Fn::ImportValue in Conditions"),
        ("!Equals [{Fn::GetStackOutput: {StackName: a, OutputName: b}}, a]", "Cannot use Fn::GetStackOutput in Conditions"),
    ],
)
def test_a_wrong_condition_is_refused(condition: str, message: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=message):
        _holds(deploy, condition, "  D: !Condition C\n" if condition == "!Condition D" else "")


@pytest.mark.rule("TPL-51")
def test_a_false_condition_leaves_out_resources_and_outputs(deploy: Deploy) -> None:
    stack = deploy(
        """
        Conditions: {No: !Equals [a, b], Yes: !Equals [a, a]}
        Resources:
          A: {Type: AWS::SQS::Queue, Condition: No, Properties: {QueueName: !Ref None}}
          B: {Type: AWS::SQS::Queue, Condition: Yes, DependsOn: A}
        Outputs:
          OfA: {Condition: No, Value: !Ref A}
          OfB: {Condition: Yes, Value: !GetAtt B.QueueName}
        """
    )

    assert list(stack.queues) == ["B"]
    assert list(stack.outputs) == ["OfB"]
    assert [one.treatment for one in stack.report] == ["left out", "simulated"]


@pytest.mark.rule("TPL-19")
@pytest.mark.scenario("TPL T17")
@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("!Ref A", "A"),
        ("!GetAtt A.Arn", "A"),
        ("!Sub '${A}'", "A"),
        ("!Sub '${A.Arn}'", "A"),
        ("!Sub ['${x}', {x: !Ref A}]", "A"),
        ("!Join ['', [!Ref A]]", "A"),
        ("!If [No, x, !Ref A]", "A"),
        ("!Ref None", "None"),
    ],
)
def test_a_reference_to_what_is_not_made_is_unresolved(
    reference: str, name: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    resources = f"""
        Conditions: {{No: !Equals [a, b]}}
        Resources:
          A: {{Type: AWS::SQS::Queue, Condition: No}}
          B: {{Type: AWS::SQS::Queue}}
          C: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {reference}}}}}
    """

    with pytest.raises(TemplateError) as caught:
        deploy(resources)

    assert str(caught.value) == (
        f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
    )
    assert not lambda_events.queues


@pytest.mark.rule("TPL-19", "TPL-32", "TPL-1B")
def test_all_unresolved_names_of_a_block_are_in_one_error(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"dependencies \[One, AWS::Stack, Two\] in the Resources block of the template"):
        deploy(
            """
            Resources:
              A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${One}-${AWS::Stack}-${AWS::Region}"}}
              B: {Type: AWS::SQS::Queue, DependsOn: [A, Two]}
            """
        )
    with pytest.raises(TemplateError, match=r"dependencies \[One\] in the Outputs block of the template"):
        value_of(deploy, "!GetAtt One.Arn")


@pytest.mark.rule("TPL-51")
@pytest.mark.scenario("TPL T18")
def test_references_in_a_branch_that_is_not_taken_do_not_count(deploy: Deploy) -> None:
    stack = deploy(
        """
        Conditions: {No: !Equals [a, b]}
        Resources:
          A: {Type: AWS::SQS::Queue, Condition: No}
          B: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [No, !GetAtt A.QueueName, other]}}
        Outputs:
          O: {Value: !If [No, !Ref A, !If [No, !Ref None, x]]}
        """
    )

    assert stack.queues["B"].name == "other"
    assert stack.outputs == {"O": "x"}


@pytest.mark.rule("TPL-1B")
def test_a_dependency_on_what_is_left_out_counts_for_nothing(deploy: Deploy) -> None:
    stack = deploy(
        """
        Conditions: {No: !Equals [a, b]}
        Resources:
          A: {Type: AWS::SQS::Queue, Condition: No, DependsOn: B}
          B: {Type: AWS::SQS::Queue, DependsOn: A}
        """
    )

    assert list(stack.queues) == ["B"]


@pytest.mark.rule("TPL-18")
@pytest.mark.scenario("TPL T29")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Properties: {QueueName: !Sub '${B.QueueName}x'}", "DependsOn: A"),
        ("DependsOn: [B]", "Properties: {Tags: [{Key: a, Value: !GetAtt A.Arn}]}"),
        ("Properties: {Tags: [{Key: a, Value: !Ref B}]}", "Properties: {Tags: [{Key: a, Value: !Sub ['${x}', {x: !Ref A}]}]}"),
    ],
)
def test_resources_that_need_each_other(first: str, second: str, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    with pytest.raises(TemplateError) as caught:
        deploy(
            f"""
            Resources:
              Before: {{Type: AWS::SQS::Queue}}
              A: {{Type: AWS::SQS::Queue, {first}}}
              B: {{Type: AWS::SQS::Queue, {second}}}
              After: {{Type: AWS::SQS::Queue, DependsOn: B}}
            """
        )

    assert str(caught.value) == "Circular dependency between resources: [A, B]"
    assert not lambda_events.queues


@pytest.mark.rule("TPL-18")
@pytest.mark.parametrize("needs", ["DependsOn: A", "Properties: {Tags: [{Key: a, Value: !GetAtt A.Arn}]}"])
def test_a_resource_that_needs_itself(needs: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"Circular dependency between resources: \[A\]"):
        deploy(f"Resources: {{A: {{Type: AWS::SQS::Queue, {needs}}}}}\n")


@pytest.mark.rule("TPL-16", "TPL-17")
def test_resources_are_created_after_what_they_need_and_else_in_template_order(deploy: Deploy) -> None:
    stack = deploy(
        """
        Resources:
          A: {Type: AWS::SQS::Queue, DependsOn: [E]}
          B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${D.QueueName}-b"}}
          C: {Type: AWS::SQS::Queue, DependsOn: B}
          D: {Type: AWS::SQS::Queue, Properties: {QueueName: d}}
          E: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: !Ref D}]}}
        """
    )

    assert [stack.queues[name].name.split("-")[0] for name in "ABCDE"] == ["stack", "d", "stack", "d", "stack"]
    assert list(stack._deployment.made) == ["D", "B", "C", "E", "A"]  # type: ignore[union-attr]


@pytest.mark.rule("TPL-17")
def test_a_permission_is_created_as_soon_as_its_function_exists(deploy: Deploy) -> None:
    stack = deploy(
        """
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties: {Runtime: python3.13, Handler: app.handler, Code: src, Role: !GetAtt R.Arn}
          R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}}
          Q: {Type: AWS::SQS::Queue, DependsOn: F}
          P:
            Type: AWS::Lambda::Permission
            Properties: {FunctionName: !Ref F, Action: lambda:InvokeFunction, Principal: s3.amazonaws.com}
        """
    )

    assert list(stack._deployment.made) == ["R", "F", "P", "Q"]  # type: ignore[union-attr]
