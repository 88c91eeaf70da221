"""Values of a template that have another type than the Lambda API has: CloudFormation converts them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from test_cloudformation import ROLE, function, template

from pytest_lambda_events import LambdaEvents

SHOWS_ENVIRONMENT = {
    "ZipFile": "import os\ndef handler(event, context): return {name: os.environ[name] for name in event}",
}


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("true", "true"),
        ("false", "false"),
        ("0", "0"),
        ("-7", "-7"),
        ("0.1", "0.1"),
        ("1.5", "1.5"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("9007199254740993", "9007199254740993"),
        ("1234567.000001", "1234567.000001"),
        ('"01"', "01"),
        ('""', ""),
    ],
)
def test_a_number_or_boolean_in_the_environment_is_its_text(
    stacks: Any, lambda_events: LambdaEvents, written: str, text: str
) -> None:
    body = template(Charge=function(Code=SHOWS_ENVIRONMENT, Environment={"Variables": {"VALUE": "?", "OTHER": "a"}}))

    stacks.create_stack(StackName="shop", TemplateBody=body.replace('"?"', written))

    assert lambda_events.functions["charge"].invoke(["VALUE"]).payload == {"VALUE": text}


def test_yaml_values_in_the_environment_are_texts(stacks: Any, lambda_events: LambdaEvents) -> None:
    properties = function(Code=SHOWS_ENVIRONMENT, Environment={"Variables": "?"})
    variables = "{DAY: 2026-01-02, DEBUG: yes, RATE: 0.25, COUNT: 3}"
    body = template(Charge=properties).replace('"?"', variables)

    stacks.create_stack(StackName="shop", TemplateBody=body)

    names = ["DAY", "DEBUG", "RATE", "COUNT"]
    found = lambda_events.functions["charge"].invoke(names).payload
    assert found == {"DAY": "2026-01-02", "DEBUG": "true", "RATE": "0.25", "COUNT": "3"}


def test_an_update_converts_the_environment_too(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(Code=SHOWS_ENVIRONMENT)))

    changed = function(Code=SHOWS_ENVIRONMENT, Environment={"Variables": {"ON": False}})
    stacks.update_stack(StackName="shop", TemplateBody=template(Charge=changed))

    assert lambda_events.functions["charge"].invoke(["ON"]).payload == {"ON": "false"}


@pytest.mark.parametrize("value", [["a"], {"a": "b"}], ids=["list", "map"])
def test_a_list_or_a_map_in_the_environment_fails_the_stack(stacks: Any, value: Any) -> None:
    body = template(Charge=function(Environment={"Variables": {"VALUE": value}}))

    with pytest.raises(ClientError) as error:
        stacks.create_stack(StackName="shop", TemplateBody=body)

    expected = "Value of property Variables must be an object with String (or simple type) properties"
    assert error.value.response["Error"] == {"Code": "ValidationError", "Message": expected, "Type": "Sender"}


def test_other_properties_are_converted_too(stacks: Any, lambda_events: LambdaEvents) -> None:
    given = {
        "Description": 5, "Timeout": "20", "EphemeralStorage": {"Size": "1024"}, "Tags": [{"Key": "paid", "Value": True}],
    }  # fmt: skip
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}
    mapping = {
        "FunctionName": {"Ref": "Charge"}, "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}, "Enabled": "False",
        "BatchSize": "7", "ScalingConfig": {"MaximumConcurrency": "3"},
    }  # fmt: skip
    body = {"Role": ROLE, "Charge": function(**given), "Orders": queue}
    body["Mapping"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": body}))

    client = lambda_events.client("lambda")
    found = client.get_function(FunctionName="charge")
    configuration = found["Configuration"]
    assert (configuration["Description"], configuration["Timeout"], found["Tags"]) == ("5", 20, {"paid": "true"})
    assert configuration["EphemeralStorage"] == {"Size": 1024}
    [made] = client.list_event_source_mappings()["EventSourceMappings"]
    assert (made["BatchSize"], made["State"], made["ScalingConfig"]) == (7, "Disabled", {"MaximumConcurrency": 3})


def test_text_instead_of_a_number_fails_the_stack(stacks: Any) -> None:
    with pytest.raises(ClientError, match="STRING_VALUE can not be converted to an Integer"):
        stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(Timeout="soon")))
