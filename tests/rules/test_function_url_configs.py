"""The operations on function URLs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, NotSimulatedError


def handler(event: Any, context: Any) -> None:
    """Does nothing."""


@pytest.fixture
def client(lambda_events: LambdaEvents) -> Any:
    """The client of Lambda, with the function `shop` and its alias `live`."""
    lambda_events.function(handler, name="shop")
    client = lambda_events.client("lambda")
    client.publish_version(FunctionName="shop")
    client.create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    return client


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Returns the code and the message with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


@pytest.mark.rule("HTP-5B")
def test_a_url_has_the_form_of_aws(client: Any) -> None:
    made = client.create_function_url_config(FunctionName="shop", AuthType="NONE")

    assert re.fullmatch(r"https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/", made["FunctionUrl"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", made["CreationTime"])
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:shop"
    assert (made["AuthType"], made["InvokeMode"]) == ("NONE", "BUFFERED")
    assert "Cors" not in made
    assert "LastModifiedTime" not in made


@pytest.mark.rule("HTP-5B")
def test_a_function_and_each_alias_have_one_url(client: Any) -> None:
    own = client.create_function_url_config(FunctionName="shop", AuthType="NONE")
    of_alias = client.create_function_url_config(FunctionName="shop", Qualifier="live", AuthType="AWS_IAM")

    listed = client.list_function_url_configs(FunctionName="shop")["FunctionUrlConfigs"]

    code, message = refusal(client.create_function_url_config, FunctionName="shop", AuthType="NONE")
    assert [one["FunctionUrl"] for one in listed] == [own["FunctionUrl"], of_alias["FunctionUrl"]]
    assert of_alias["FunctionArn"].endswith(":function:shop:live")
    assert code == "ResourceConflictException"
    assert "FunctionUrlConfig exists for this Lambda function" in message


@pytest.mark.rule("HTP-5B")
@pytest.mark.parametrize("qualifier", ["$LATEST", "1"])
def test_only_an_alias_can_be_the_qualifier_of_a_url(client: Any, qualifier: str) -> None:
    code, message = refusal(client.create_function_url_config, FunctionName="shop", Qualifier=qualifier, AuthType="NONE")

    assert code == "ValidationException"
    assert f"Value '{qualifier}' at 'qualifier' failed to satisfy constraint" in message


def test_an_update_keeps_what_it_leaves_out(client: Any, lambda_events: LambdaEvents) -> None:
    made = client.create_function_url_config(FunctionName="shop", AuthType="NONE", Cors={"AllowOrigins": ["https://a"]})
    lambda_events.advance(1)

    changed = client.update_function_url_config(FunctionName="shop", AuthType="AWS_IAM")

    found = client.get_function_url_config(FunctionName="shop")
    assert changed["FunctionUrl"] == found["FunctionUrl"] == made["FunctionUrl"]
    assert (found["AuthType"], found["Cors"]) == ("AWS_IAM", {"AllowOrigins": ["https://a"]})
    assert found["CreationTime"] == made["CreationTime"] < found["LastModifiedTime"]


def test_an_empty_cors_removes_the_configuration(client: Any) -> None:
    client.create_function_url_config(FunctionName="shop", AuthType="NONE", Cors={"AllowOrigins": ["https://a"]})

    changed = client.update_function_url_config(FunctionName="shop", Cors={})

    assert "Cors" not in changed


@pytest.mark.parametrize("how", ["url", "alias"])
def test_a_deleted_url_does_not_exist(client: Any, how: str) -> None:
    client.create_function_url_config(FunctionName="shop", Qualifier="live", AuthType="NONE")
    if how == "url":
        client.delete_function_url_config(FunctionName="shop", Qualifier="live")
    else:
        client.delete_alias(FunctionName="shop", Name="live")
        client.create_alias(FunctionName="shop", Name="live", FunctionVersion="1")

    found = refusal(client.get_function_url_config, FunctionName="shop", Qualifier="live")

    assert found == ("ResourceNotFoundException", "The resource you requested does not exist.")


def test_an_alias_that_does_not_exist_has_no_url(client: Any) -> None:
    code, message = refusal(client.create_function_url_config, FunctionName="shop", Qualifier="next", AuthType="NONE")

    assert code == "ResourceNotFoundException"
    assert message.endswith(":function:shop:next")


@pytest.mark.rule("HTP-5A")
@pytest.mark.parametrize(
    ("cors", "refused"),
    [
        ({"MaxAge": 86_400}, None),
        ({"MaxAge": 86_401}, "cors.maxAge"),
        ({"AllowOrigins": ["https://a"] * 100}, None),
        ({"AllowOrigins": ["https://a"] * 101}, "cors.allowOrigins"),
        ({"AllowMethods": ["DELETE"] * 6}, None),
        ({"AllowMethods": ["GET"] * 7}, "cors.allowMethods"),
        ({"AllowMethods": ["OPTIONS"]}, "cors.allowMethods"),
        ({"AllowHeaders": ["x"] * 101}, "cors.allowHeaders"),
        ({"ExposeHeaders": ["x"] * 101}, "cors.exposeHeaders"),
    ],
)
def test_cors_has_the_limits_of_aws(client: Any, cors: dict[str, Any], refused: str | None) -> None:
    if refused is None:
        assert client.create_function_url_config(FunctionName="shop", AuthType="NONE", Cors=cors)["Cors"] == cors
        return

    code, message = refusal(client.create_function_url_config, FunctionName="shop", AuthType="NONE", Cors=cors)

    assert code == "ValidationException"
    assert f"at '{refused}' failed to satisfy constraint" in message


@pytest.mark.rule("HTP-5D")
@pytest.mark.parametrize("operation", ["create_function_url_config", "update_function_url_config"])
def test_streamed_responses_are_refused_by_name(client: Any, operation: str) -> None:
    if operation.startswith("update"):
        client.create_function_url_config(FunctionName="shop", AuthType="NONE")

    with pytest.raises(NotSimulatedError, match=r"InvokeMode RESPONSE_STREAM of .*FunctionUrlConfig is not simulated"):
        getattr(client, operation)(FunctionName="shop", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
