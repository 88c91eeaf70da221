"""The intrinsic functions of CloudFormation, pseudo parameters and conditions, at their boundaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack, TemplateError

from .values import template_of, value_of

Deploy = Callable[..., Stack]

SECTIONS = """
Parameters:
  Text: {Type: String, Default: t}
  Number: {Type: Number, Default: 1}
  List: {Type: CommaDelimitedList, Default: "a, b"}
Mappings:
  W: {t: {number: 5, list: [x, y]}, us-east-1: {key: t}}
Conditions:
  Holds: !Equals [!Ref Number, "1"]
  Fails: !Not [!Condition Holds]
"""


@pytest.mark.rule("TPL-30")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::StackName", "stack"),
        ("!Ref AWS::NotificationARNs", []),
        ("!Sub '${AWS::Region}.${AWS::URLSuffix}'", "us-east-1.amazonaws.com"),
        ("!Sub 'x${AWS::NoValue}'", "x"),
    ],
)
def test_pseudo_parameters_have_the_values_of_the_environment(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, value) == expected


@pytest.mark.rule("TPL-30")
@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [("cn-north-1", "aws-cn", "amazonaws.com.cn"), ("us-gov-west-1", "aws-us-gov", "amazonaws.com")],
)
def test_partitions_belong_to_regions(region: str, partition: str, suffix: str, tmp_path: Any) -> None:
    (tmp_path / "template.yaml").write_text(template_of("!Sub '${AWS::Partition} ${AWS::URLSuffix} ${AWS::StackId}'"))
    with LambdaEvents(region_name=region) as environment:
        value = environment.deploy(tmp_path).outputs["Value"]

    assert value.startswith(f"{partition} {suffix} arn:{partition}:cloudformation:{region}:123456789012:stack/stack/")


@pytest.mark.rule("TPL-30")
def test_the_id_of_a_stack_is_equal_in_every_run(tmp_path: Any) -> None:
    (tmp_path / "template.yaml").write_text(template_of("!Ref AWS::StackId"))
    ids = []
    for name in ("one", "one", "two"):
        with LambdaEvents() as environment:
            ids.append(environment.deploy(tmp_path, name=name).outputs["Value"])

    assert ids[0] == ids[1]
    assert ids[0].rsplit("/")[-1] != ids[2].rsplit("/")[-1]


@pytest.mark.rule("TPL-41")
@pytest.mark.scenario("TPL T23")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('!Sub ["${x}-$x-$$", {x: "${AWS::Region}"}]', "${AWS::Region}-$x-$$"),
        ("!Sub '${!Literal} ${Text}'", "${Literal} t"),
        ("!Sub '${!a-b}'", "${a-b}"),
        ("!Sub '${ Text }'", "t"),
        ("!Sub '$Text $ {Text} {Text} $$'", "$Text $ {Text} {Text} $$"),
        ("!Sub ['${Text} ${W.A}', {Text: own, W.A: other}]", "own other"),
        ("!Sub ['${x}', {x: !Join ['-', !Ref List]}]", "a-b"),
        ("!Sub 'a\\nb'", "a\\nb"),
        ("!Sub ''", ""),
    ],
)
def test_sub(value: str, expected: str, deploy: Deploy) -> None:
    assert value_of(deploy, value, SECTIONS) == expected


@pytest.mark.rule("TPL-41", "TPL-42")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("!Sub '${a-b}'", "variable names in Fn::Sub syntax must contain only alphanumeric characters"),
        ("!Sub '${}'", "variable names in Fn::Sub syntax"),
        ("!Sub '${List}'", r"Outputs/Value/Value/Fn::Sub: \$\{List\}: \['a', 'b'\] is not a text"),
        ("!Sub ['${x}', {x: !Ref List}]", "is not a text, number or boolean"),
        ("!Sub [a]", "is not a list of 2 items"),
        ("!Sub [a, b]", "'b' is not a map"),
        ("!Sub {a: b}", "is not a text"),
    ],
)
def test_wrong_subs(value: str, message: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=message):
        value_of(deploy, value, SECTIONS)


@pytest.mark.rule("TPL-42")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Join ['-', [true, false, 5, 1.50, a]]", "true-false-5-1.5-a"),
        ("!Join ['', !Ref List]", "ab"),
        ("!Join [',', !Split ['-', 'a-b-']]", "a,b,"),
        ("!Join ['-', [!Ref AWS::NoValue, a, !If [Fails, b, !Ref AWS::NoValue]]]", "a"),
        ("!Join ['-', !FindInMap [W, t, list]]", "x-y"),
        ("!Join ['-', []]", ""),
        ("!Split ['|', 'a|b']", ["a", "b"]),
        ("!Split ['||', 'a||b|c']", ["a", "b|c"]),
        ("!Split [',', a]", ["a"]),
        ("!Base64 true", "dHJ1ZQ=="),
        ("{Fn::Base64: !Sub '${Text}é'}", "dMOp"),
        ("!Sub ['${a} ${b} ${c}', {a: true, b: 5, c: 1.5}]", "true 5 1.5"),
    ],
)
def test_join_split_and_base64_work_on_texts(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, value, SECTIONS) == expected


@pytest.mark.rule("TPL-42")
@pytest.mark.parametrize(
    "value", ["!Join ['-', a]", "!Join ['-', [[a]]]", "!Join [[a], [b]]", "!Join ['-']", "!Split ['', a]", "!Base64 [a]"]
)
def test_wrong_joins_and_splits(value: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match="Outputs/Value/Value/Fn::"):
        value_of(deploy, value)


@pytest.mark.rule("TPL-43")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Select [0, [a, b]]", "a"),
        ("!Select ['1', [a, b]]", "b"),
        ("!Select [!Ref Number, !Ref List]", "b"),
        ("!Select [0, [{a: 1}]]", {"a": 1}),
        ("!Select [2, !GetAZs '']", "us-east-1c"),
    ],
)
def test_select(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, value, SECTIONS) == expected


@pytest.mark.rule("TPL-43")
@pytest.mark.parametrize("index", ["2", "-1", "x", "''"])
def test_select_outside_the_list(index: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match="Template error: Fn::Select cannot select nonexistent value at index"):
        value_of(deploy, f"!Select [{index}, [a, b]]")


@pytest.mark.rule("TPL-44")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!FindInMap [W, t, number]", "5"),
        ("!FindInMap [W, !Ref Text, number]", "5"),
        ("!FindInMap [W, !FindInMap [W, !Ref AWS::Region, key], list]", ["x", "y"]),
    ],
)
def test_find_in_map_whose_name_is_also_that_of_a_resource(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, value, SECTIONS) == expected


@pytest.mark.rule("TPL-44")
@pytest.mark.parametrize(
    ("value", "path"),
    [("[W, t, none]", "W::t::none"), ("[W, none, number]", "W::none::number"), ("[None, a, b]", "None::a::b")],
)
def test_find_in_map_without_a_hit(value: str, path: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=f"Template error: Unable to get mapping for {path}"):
        value_of(deploy, f"!FindInMap {value}", SECTIONS)


@pytest.mark.rule("TPL-45")
@pytest.mark.parametrize(
    ("value", "region"), [("''", "us-east-1"), ("{Ref: AWS::Region}", "us-east-1"), ("eu-west-1", "eu-west-1")]
)
def test_regions_have_three_zones(value: str, region: str, deploy: Deploy) -> None:
    assert value_of(deploy, f"{{Fn::GetAZs: {value}}}") == [f"{region}{letter}" for letter in "abc"]


@pytest.mark.rule("TPL-46")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Cidr [10.0.0.0/16, 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ("!Cidr [10.0.0.0/16, '2', '4']", ["10.0.0.0/28", "10.0.0.16/28"]),
        ("!Cidr ['2001:db8::/56', 2, 64]", ["2001:db8::/64", "2001:db8:0:1::/64"]),
        ("!Select [255, !Cidr [10.0.0.0/16, 256, 8]]", "10.0.255.0/24"),
    ],
)
def test_cidr(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, value) == expected


@pytest.mark.rule("TPL-46")
@pytest.mark.parametrize(
    "value", ["[10.0.0.0/16, 257, 4]", "[10.0.0.0/16, 0, 8]", "[10.0.0.0/24, 3, 7]", "[10.0.0.0/24, 1, 9]", "[x, 1, 8]"]
)
def test_blocks_that_have_no_such_subnets(value: str, deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match="Outputs/Value/Value/Fn::Cidr"):
        value_of(deploy, f"!Cidr {value}")


@pytest.mark.rule("TPL-31")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{a: !Ref AWS::NoValue, b: {c: !Ref AWS::NoValue}}", {"b": {}}),
        ("[!Ref AWS::NoValue, [!Ref AWS::NoValue], 1]", [[], 1]),
        ("{a: !If [Fails, 1, !Ref AWS::NoValue], b: !If [Holds, 1, !Ref AWS::NoValue]}", {"b": 1}),
        ("!Select [0, [!Ref AWS::NoValue, a]]", "a"),
    ],
)
def test_no_value_removes_what_holds_it(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, f"!Select [0, [{value}]]", SECTIONS) == expected


@pytest.mark.rule("TPL-31")
def test_an_output_without_value_is_refused(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"Outputs/Value/Value: the value is AWS::NoValue"):
        value_of(deploy, "!If [Holds, !Ref AWS::NoValue, x]", SECTIONS)


@pytest.mark.rule("TPL-31")
@pytest.mark.scenario("TPL T16")
def test_no_value_in_properties(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(
        """
        Conditions: {No: !Equals [a, b]}
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties:
              DelaySeconds: !If [No, 7, !Ref AWS::NoValue]
              Tags: [!If [No, {Key: a, Value: b}, !Ref AWS::NoValue], {Key: c, Value: d}]
        """
    )

    client, url = lambda_events.client("sqs"), stack.queues["Q"].url
    assert client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["DelaySeconds"] == "0"
    assert client.list_queue_tags(QueueUrl=url)["Tags"] == {"c": "d"}


@pytest.mark.rule("TPL-40")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[{Ref: Text}]", ["t"]),
        ("[{Ref: Text, Other: 1}]", [{"Ref": "Text", "Other": 1}]),
        ("[{ref: Text}]", [{"ref": "Text"}]),
        ("[{Condition: Holds}]", [{"Condition": "Holds"}]),
    ],
)
def test_a_map_with_one_key_is_a_function(value: str, expected: Any, deploy: Deploy) -> None:
    assert value_of(deploy, f"!Select [0, [{value}]]", SECTIONS) == expected


@pytest.mark.rule("TPL-04", "TPL-40")
@pytest.mark.scenario("TPL T58")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{a: !Foo x}", "Resources/Q/Properties/Tags/0/a: the function Fn::Foo is not known"),
        ("{Fn::Sub: x, Other: 1}", "Resources/Q/Properties/Tags/0: the function Fn::Sub is in a map with other keys"),
        ("{a: !Equals [a, b]}", "Tags/0/a/Fn::Equals: this function may be used only in the section Conditions"),
        ("{a: !And [a, b]}", "Fn::And: this function may be used only in the section Conditions"),
        ("{a: !Or [a, b]}", "Fn::Or: this function"),
        ("{a: !Not [a]}", "Fn::Not: this function"),
        ("{a: !Contains [[a], a]}", "Fn::Contains: this function may be used only in the section Rules"),
        ("{a: !EachMemberIn [[a], [a]]}", "Fn::EachMemberIn: this function may be used only in the section Rules"),
        ("{a: !EachMemberEquals [[a], a]}", "Fn::EachMemberEquals: this"),
        ("{a: !RefAll x}", "Fn::RefAll: this"),
        ("{a: !ValueOf [a, b]}", "Fn::ValueOf: this"),
        ("{a: !ValueOfAll [a, b]}", "Fn::ValueOfAll: this"),
        ("{a: {Ref: [x]}}", r"Tags/0/a/Ref: \['x'\] is not the name of a parameter or resource"),
        ("{a: {Fn::GetAtt: x}}", r"Fn::GetAtt: 'x' is not \[logical id, attribute\]"),
        ("{a: !If [No, b]}", "is not a list of 3 items"),
        ("{a: !If [{Fn::Equals: [a, b]}, b, c]}", "is not the name of a condition"),
        ("{a: !If [None, b, c]}", "condition None is not defined in the section Conditions"),
    ],
)
@pytest.mark.rule("TPL-4B")
def test_a_wrong_function_names_its_place_and_nothing_is_made(
    value: str, message: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(TemplateError, match=message):
        deploy(
            f"Resources:\n  P: {{Type: AWS::SQS::Queue}}\n  Q: {{Type: AWS::SQS::Queue, Properties: {{Tags: [{value}]}}}}\n"
        )

    assert not lambda_events.queues


@pytest.mark.rule("TPL-47")
def test_an_export_of_another_stack(deploy: Deploy) -> None:
    producer = template_of("made", "Conditions: {No: !Equals [a, b]}")
    producer += "  Other: {Value: x, Export: {Name: !Sub '${AWS::StackName}-other'}}\n"
    producer += "  Never: {Value: x, Condition: No, Export: {Name: never}}\n"
    deploy(producer, name="producer")

    assert value_of(deploy, "!ImportValue producer-other", name="first") == "x"
    assert (
        value_of(deploy, "!ImportValue {Fn::Sub: '${AWS::StackName}-x'}", name="second", exports={"second-x": "given"})
        == "given"
    )
    with pytest.raises(TemplateError, match=r"No export named never found\. Pass exports=\{'never': \.\.\.\}.*producer-other"):
        value_of(deploy, "!ImportValue never", name="third")


@pytest.mark.rule("TPL-0A")
@pytest.mark.parametrize(("value", "output"), [("5", "5"), ("true", "true"), ("1.50", "1.5"), ("text", "text")])
def test_outputs_are_texts(value: str, output: str, deploy: Deploy) -> None:
    assert value_of(deploy, value) == output


@pytest.mark.rule("TPL-48")
def test_an_output_of_another_stack_needs_no_export(deploy: Deploy) -> None:
    deploy(template_of("made"), name="producer")
    function = "{Fn::GetStackOutput: {StackName: producer, OutputName: Value, Region: !Ref AWS::Region}}"

    assert value_of(deploy, function, name="first") == "made"
    given = "{Fn::GetStackOutput: {StackName: other, OutputName: Value, RoleArn: x}}"
    assert value_of(deploy, given, name="second", exports={"other.Value": 5}) == "5"
    with pytest.raises(TemplateError, match=r"other\.Value"):
        value_of(deploy, given, name="third")
    with pytest.raises(TemplateError, match="OutputName is missing"):
        value_of(deploy, "{Fn::GetStackOutput: {StackName: producer}}", name="fourth")
