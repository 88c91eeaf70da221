"""What a service refuses while CloudFormation makes a resource is told in the service's own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

TABLE = {
    "TableName": "one", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST",
}  # fmt: skip
ROLE = {"RoleName": "one", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
TAKEN = {
    "AWS::Kinesis::Stream": ({"Name": "one", "ShardCount": 1}, "one"),
    "AWS::DynamoDB::Table": (TABLE, "Table already exists: one"),
    "AWS::Logs::LogGroup": ({"LogGroupName": "one"}, "The specified log group already exists"),
    "AWS::Events::EventBus": ({"Name": "one"}, "Event bus one already exists"),
    "AWS::SSM::Parameter": ({"Name": "one", "Type": "String", "Value": "a"}, "The parameter already exists"),
    "AWS::IAM::Role": (ROLE, "Role with name one already exists"),
    "AWS::S3::Bucket": ({"BucketName": "one"}, "bucket"),
}


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


def failure(stacks: Any, resources: dict[str, Any], call: str = "create_stack") -> str:
    with pytest.raises(ClientError) as caught:
        getattr(stacks, call)(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    return str(error["Message"])


@pytest.mark.parametrize("resource_type", TAKEN)
def test_a_name_that_is_taken_fails_the_stack_in_the_services_words(stacks: Any, resource_type: str) -> None:
    properties, words = TAKEN[resource_type]
    resource = {"Type": resource_type, "Properties": properties}

    message = failure(stacks, {"First": resource, "Second": resource})

    assert message.startswith("Resource handler returned message: ")
    assert words in message
    assert f"(Service: {resource_type.split('::')[1]}, Status Code: " in message


def test_an_update_fails_in_the_services_words(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"First": table("first")}}))
    lambda_events.client("dynamodb").create_table(**TABLE)

    message = failure(stacks, {"First": table("first"), "Second": table("one")}, "update_stack")

    assert message == (
        "Resource handler returned message: Table already exists: one "
        "(Service: DynamoDB, Status Code: 400, Error Code: ResourceInUseException)"
    )


def table(name: str) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {**TABLE, "TableName": name}}
