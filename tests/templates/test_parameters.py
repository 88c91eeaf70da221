"""Parameters of templates: their texts, their constraints, lists, and values in Systems Manager."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack, TemplateError

from .values import template_of, value_of

Deploy = Callable[..., Stack]


def _value(deploy: Deploy, declared: str, *given: Any) -> Any:
    """Returns the value of the parameter `P`."""
    parameters = {"P": given[0]} if given else None
    return value_of(deploy, "!Ref P", f"Parameters: {{P: {{{declared}}}}}", parameters=parameters)


@pytest.mark.rule("TPL-20")
@pytest.mark.parametrize(
    ("declared", "given", "value"),
    [
        ("Type: String", 5, "5"),
        ("Type: String", 1.5, "1.5"),
        ("Type: String", True, "true"),
        ("Type: String", ["a", 1], "a,1"),
        ("Type: Number", 5, "5"),
        ("Type: Number", "5.0", "5.0"),
        ("Type: Number", "-1e3", "-1e3"),
        ("Type: String", "", ""),
    ],
)
def test_a_value_is_a_text(declared: str, given: Any, value: str, deploy: Deploy) -> None:
    assert _value(deploy, declared, given) == value


@pytest.mark.rule("TPL-20")
@pytest.mark.parametrize(("default", "value"), [("5", "5"), ("yes", "true"), ("1.50", "1.5"), ("2012-10-17", "2012-10-17")])
def test_a_default_is_a_text(default: str, value: str, deploy: Deploy) -> None:
    assert _value(deploy, f"Type: String, Default: {default}") == value


@pytest.mark.rule("TPL-20")
@pytest.mark.parametrize("given", [None, {"a": 1}, [["a"]]])
def test_other_values_are_refused(given: Any, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"parameters\['P'\].*is not a text, number or boolean"):
        _value(deploy, "Type: String", given)


@pytest.mark.rule("TPL-21", "TPL-29")
@pytest.mark.scenario("TPL T19")
def test_all_missing_values_are_in_one_error(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    template = """
        Parameters:
          A: {Type: String, Description: The stage}
          B: {Type: "AWS::SSM::Parameter::Value<String>"}
          C: {Type: "List<AWS::EC2::Subnet::Id>"}
          D: {Type: String, Default: ""}
        Resources: {Q: {Type: AWS::SQS::Queue}}
    """

    with pytest.raises(TemplateError) as caught:
        deploy(template)

    assert str(caught.value).splitlines() == [
        "Parameters: [A, B, C] must have values. Pass parameters={...}:",
        "  A: String The stage",
        "  B: AWS::SSM::Parameter::Value<String> (the name of a parameter in Systems Manager)",
        "  C: List<AWS::EC2::Subnet::Id>",
    ]
    assert not lambda_events.queues


@pytest.mark.rule("TPL-22")
def test_unknown_values_are_refused(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"Parameters: \[X, Y\] do not exist in the template\. It has: P"):
        value_of(deploy, "!Ref P", "Parameters: {P: {Type: String}}", parameters={"X": 1, "P": 2, "Y": 3})


@pytest.mark.rule("TPL-23")
@pytest.mark.scenario("TPL T20")
@pytest.mark.parametrize(
    ("constraint", "good", "bad", "message"),
    [
        ("AllowedValues: [dev, prod]", "prod", "Prod", "Parameter 'P' must be one of AllowedValues: dev, prod"),
        ("AllowedValues: [1, true]", "true", "yes", "Parameter 'P' must be one of AllowedValues"),
        ("AllowedPattern: '[a-z]+'", "abc", "abc1", r"Parameter 'P' must match pattern \[a-z\]\+"),
        ("MinLength: 2", "ab", "a", "MinLength is 2"),
        ("MaxLength: '2'", "ab", "abc", "MaxLength is 2"),
        (
            "AllowedPattern: '[a-z]+', ConstraintDescription: letters only",
            "a",
            "1",
            "P failed to satisfy constraint: letters only",
        ),
    ],
)
def test_texts_have_constraints(constraint: str, good: str, bad: str, message: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=message):
        _value(deploy, f"Type: String, {constraint}", bad)

    assert _value(deploy, f"Type: String, {constraint}", good) == good


@pytest.mark.rule("TPL-23")
@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("3", "2", "must be at least MinValue 3"),
        ("5.5", "5.6", "must be at most MaxValue 5.5"),
        ("4", "four", "must be a number"),
        ("4", "", "must be a number"),
        ("4", "nan", "must be a number"),
        ("4", "1_0", "must be a number"),
    ],
)
def test_numbers_have_constraints(good: str, bad: str, message: str, deploy: Deploy) -> None:
    declared = "Type: Number, MinValue: 3, MaxValue: '5.5'"

    with pytest.raises(TemplateError, match=message):
        _value(deploy, declared, bad)

    assert _value(deploy, declared, good) == good


@pytest.mark.rule("TPL-23")
def test_each_item_of_a_list_has_the_constraints(deploy: Deploy) -> None:
    declared = "Type: CommaDelimitedList, AllowedValues: [a, b]"

    with pytest.raises(TemplateError, match="must be one of AllowedValues"):
        _value(deploy, declared, "a,c")

    assert _value(deploy, declared, "a, b,a") == ["a", "b", "a"]


@pytest.mark.rule("TPL-23")
@pytest.mark.parametrize("pattern", [r"\p{Alpha}+", "[[a-z]&&[^b]]+"])
def test_a_pattern_of_java_that_python_does_not_know_gives_no_warning(pattern: str, deploy: Deploy) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert _value(deploy, f"Type: String, AllowedPattern: '{pattern}'", "a]") == "a]"


@pytest.mark.rule("TPL-0A", "TPL-23")
def test_a_value_with_no_echo_is_not_shown(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"\(the value is \*\*\*\*\)") as caught:
        _value(deploy, "Type: String, NoEcho: true, MinLength: 20", "open sesame")

    assert "open sesame" not in str(caught.value)


@pytest.mark.rule("TPL-0A")
def test_the_parameters_of_a_stack_do_not_print_secrets(deploy: Deploy) -> None:
    parameters = "Parameters: {P: {Type: String, NoEcho: true}, Q: {Type: Number, NoEcho: false, Default: 5}}"

    stack = deploy(template_of("!Ref P", parameters), parameters={"P": "open sesame"})

    assert stack.parameters == {"P": "open sesame", "Q": "5"}
    assert repr(stack.parameters) == "{'P': '****', 'Q': '5'}"


@pytest.mark.rule("TPL-24")
@pytest.mark.scenario("TPL T13")
@pytest.mark.parametrize("kind", ["CommaDelimitedList", "List<String>", "List<Number>", "List<AWS::EC2::Subnet::Id>"])
def test_lists_are_split_without_blanks(kind: str, deploy: Deploy) -> None:
    assert _value(deploy, f'Type: "{kind}", Default: "1, 2 ,3"') == ["1", "2", "3"]
    stack = deploy(
        template_of("!Select [1, !Ref P]", f'Parameters: {{P: {{Type: "{kind}"}}}}'), name="b", parameters={"P": [7, 8]}
    )
    assert stack.outputs["Value"] == "8"


@pytest.mark.rule("TPL-29")
def test_types_of_other_services_are_texts(deploy: Deploy) -> None:
    assert _value(deploy, "Type: AWS::EC2::Subnet::Id, Default: subnet-1") == "subnet-1"


@pytest.mark.rule("TPL-25")
@pytest.mark.scenario("TPL T21")
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("AWS::SSM::Parameter::Value<String>", "a,b"),
        ("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "a,b"),
        ("AWS::SSM::Parameter::Value<List<String>>", ["a", "b"]),
        ("AWS::SSM::Parameter::Value<CommaDelimitedList>", ["a", "b"]),
        ("AWS::SSM::Parameter::Name", "/x"),
    ],
)
def test_a_stored_parameter_gives_its_value(kind: str, value: Any, deploy: Deploy, lambda_events: LambdaEvents) -> None:
    lambda_events.client("ssm").put_parameter(Name="/x", Value="a,b", Type="StringList")

    assert _value(deploy, f'Type: "{kind}", Default: /x') == value


@pytest.mark.rule("TPL-25")
def test_a_changed_stored_parameter_is_read_again(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    declared = 'Type: "AWS::SSM::Parameter::Value<String>", Default: /x'
    template = template_of("!Ref P", f"Parameters: {{P: {{{declared}}}}}")
    ssm = lambda_events.client("ssm")
    ssm.put_parameter(Name="/x", Value="first", Type="String")
    assert deploy(template).outputs["Value"] == "first"

    ssm.put_parameter(Name="/x", Value="second", Type="String", Overwrite=True)

    assert deploy(template, name="second").outputs["Value"] == "second"


@pytest.mark.rule("TPL-25")
def test_a_secure_string_is_refused(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    lambda_events.client("ssm").put_parameter(Name="/x", Value="hidden", Type="SecureString")

    with pytest.raises(TemplateError, match=r"Parameters \[/x\].*have types not supported by CloudFormation"):
        _value(deploy, 'Type: "AWS::SSM::Parameter::Value<String>", Default: /x')


@pytest.mark.rule("TPL-26")
@pytest.mark.scenario("TPL T21")
def test_stored_parameters_that_do_not_exist_are_in_one_error(deploy: Deploy) -> None:
    one = 'Type: "AWS::SSM::Parameter::Value<String>"'
    parameters = f"Parameters: {{P: {{{one}, Default: /x}}, R: {{{one}, Default: /y}}}}"

    with pytest.raises(TemplateError) as caught:
        value_of(deploy, "!Ref P", parameters)

    text = str(caught.value)
    assert text.startswith("Unable to fetch parameters [/x,/y] from parameter store for this account.")
    assert "lambda_events.client(\"ssm\").put_parameter(Name='/x'" in text


@pytest.mark.rule("TPL-27")
@pytest.mark.scenario("TPL T46")
def test_the_bootstrap_version_of_cdk_needs_no_parameter(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    declared = 'Type: "AWS::SSM::Parameter::Value<String>", Default: /cdk-bootstrap/hnb659fds/version'
    template = template_of("!Ref BootstrapVersion", f"Parameters: {{BootstrapVersion: {{{declared}}}}}")
    assert deploy(template).outputs["Value"] == "21"

    name = "/cdk-bootstrap/hnb659fds/version"
    lambda_events.client("ssm").put_parameter(Name=name, Value="30", Type="String")

    assert deploy(template, name="second").outputs["Value"] == "30"


@pytest.mark.rule("TPL-28", "TPL-4B")
def test_rules_are_not_evaluated_but_listed(deploy: Deploy) -> None:
    rule = "{Assertions: [{Assert: !Contains [[a], b], AssertDescription: never}]}"

    stack = deploy(template_of("x", f"Rules: {{R: {rule}, CheckBootstrapVersion: {rule}}}"))

    assert stack.outputs == {"Value": "x"}
    assert stack.not_applied == {"Rules": ["R"]}
    assert "Rules: R" in str(stack)


@pytest.mark.rule("TPL-20")
def test_a_declaration_without_type_is_refused(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"\[/Parameters/P\] must be a map with the key Type"):
        _value(deploy, "Default: x")
