"""FUN-40 to 46: provisioned concurrency through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import LambdaEvents

from .conftest import Refused

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
SOURCE = """
import os
print("loaded", os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"])
def handler(event, context): return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""
BROKEN = "raise ValueError('at import')"


@pytest.fixture
def charge(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    """The function `charge` with its versions 1 and 2."""
    create_function("charge", SOURCE, Publish=True)
    lambda_events.advance(1)
    aws_lambda.update_function_configuration(FunctionName="charge", Timeout=10)
    lambda_events.advance(1)
    aws_lambda.publish_version(FunctionName="charge")


def provision(aws_lambda: Any, qualifier: str, count: int = 5) -> dict[str, Any]:
    answer: dict[str, Any] = aws_lambda.put_provisioned_concurrency_config(
        FunctionName="charge", Qualifier=qualifier, ProvisionedConcurrentExecutions=count
    )
    return answer


def provisioned(aws_lambda: Any, qualifier: str) -> dict[str, Any]:
    answer: dict[str, Any] = aws_lambda.get_provisioned_concurrency_config(FunctionName="charge", Qualifier=qualifier)
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "LastModified")}


def messages_of_streams(lambda_events: LambdaEvents, count: int) -> list[str]:
    logs = lambda_events.client("logs")
    streams = logs.describe_log_streams(logGroupName="/aws/lambda/charge")["logStreams"]
    assert len(streams) == count
    return [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(logGroupName="/aws/lambda/charge", logStreamName=stream["logStreamName"])["events"]
    ]


@pytest.mark.rule("FUN-40", "FUN-42")
@pytest.mark.scenario("FUN F7")
def test_environments_are_made_ready_ahead(charge: None, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    answer = provision(aws_lambda, "1")
    at_first = provisioned(aws_lambda, "1")
    lambda_events.advance(1)
    ready = provisioned(aws_lambda, "1")

    requested = {"RequestedProvisionedConcurrentExecutions": 5}
    none_yet = {"AllocatedProvisionedConcurrentExecutions": 0, "AvailableProvisionedConcurrentExecutions": 0}
    all_of_them = {"AllocatedProvisionedConcurrentExecutions": 5, "AvailableProvisionedConcurrentExecutions": 5}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert at_first == {**requested, **none_yet, "Status": "IN_PROGRESS"}
    assert ready == {**requested, **all_of_them, "Status": "READY"}
    printed = [message for message in messages_of_streams(lambda_events, 5) if message.startswith("loaded")]
    assert printed == ["loaded provisioned-concurrency\n"] * 5


@pytest.mark.rule("FUN-40")
def test_provisioned_concurrency_is_not_ready_before_its_time(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    provision(aws_lambda, "1")

    lambda_events.advance(0.999999)

    assert provisioned(aws_lambda, "1")["Status"] == "IN_PROGRESS"


@pytest.mark.rule("FUN-42")
@pytest.mark.parametrize(
    ("qualifier", "initialization"),
    [("1", b'"provisioned-concurrency"'), ("2", b'"on-demand"'), ("$LATEST", b'"on-demand"')],
    ids=["provisioned", "another version", "$LATEST"],
)
def test_the_handler_sees_how_its_environment_was_made(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents, qualifier: str, initialization: bytes
) -> None:
    provision(aws_lambda, "1", 1)
    lambda_events.advance(1)

    answer = aws_lambda.invoke(FunctionName="charge", Qualifier=qualifier)

    assert answer["Payload"].read() == initialization


@pytest.mark.rule("FUN-42")
@pytest.mark.parametrize("qualifier", ["live", "1"])
def test_an_alias_uses_its_own_or_its_versions_environments(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents, qualifier: str
) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    provision(aws_lambda, qualifier, 1)
    lambda_events.advance(1)

    answer = aws_lambda.invoke(FunctionName="charge", Qualifier="live")

    assert answer["Payload"].read() == b'"provisioned-concurrency"'


@pytest.mark.rule("FUN-41")
@pytest.mark.scenario("FUN F8")
def test_initialization_stops_after_six_attempts(aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    create_function("charge", BROKEN, Publish=True)
    lambda_events.advance(1)
    provision(aws_lambda, "1", 1)

    lambda_events.advance(5.999999)
    before = provisioned(aws_lambda, "1")["Status"]
    lambda_events.advance(0.000001)

    assert before == "IN_PROGRESS"
    assert provisioned(aws_lambda, "1") == {
        "RequestedProvisionedConcurrentExecutions": 1,
        "AllocatedProvisionedConcurrentExecutions": 0,
        "AvailableProvisionedConcurrentExecutions": 0,
        "Status": "FAILED",
        "StatusReason": "FUNCTION_ERROR_INIT_FAILURE",
    }
    errors = [message for message in messages_of_streams(lambda_events, 6) if "ValueError: at import" in message]
    assert len(errors) == 6


@pytest.mark.rule("FUN-43")
def test_latest_has_no_provisioned_concurrency(charge: None, aws_lambda: Any, refused: Refused) -> None:
    put = refused(provision, aws_lambda=aws_lambda, qualifier="$LATEST")
    get = refused(provisioned, aws_lambda=aws_lambda, qualifier="$LATEST")
    delete = refused(aws_lambda.delete_provisioned_concurrency_config, FunctionName="charge", Qualifier="$LATEST")

    assert [one["code"] for one in (put, get, delete)] == ["InvalidParameterValueException"] * 3
    assert [one["message"] for one in (put, get, delete)] == [
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
        "The function resource provided must be an alias or a published version.",
        "The function resource provided must be an alias or a published version.",
    ]


@pytest.mark.rule("FUN-43", "FUN-21")
@pytest.mark.parametrize(
    ("name", "qualifier", "code", "message"),
    [
        ("charge", "3", "ResourceNotFoundException", f"Function not found: {ARN}:3"),
        ("nobody", "3", "ResourceNotFoundException", f"Function not found: {ARN.replace('charge', 'nobody')}:3"),
        ("charge", "live", "ResourceNotFoundException", f"Cannot find alias arn: {ARN}:live"),
        ("nobody", "live", "ResourceNotFoundException", f"Cannot find alias arn: {ARN.replace('charge', 'nobody')}:live"),
        ("charge", "1", "ProvisionedConcurrencyConfigNotFoundException",
         "No Provisioned Concurrency Config found for this function"),
    ],
    ids=["version", "function", "alias", "alias of no function", "configuration"],
)  # fmt: skip
def test_reading_a_missing_configuration_is_refused(
    charge: None, aws_lambda: Any, refused: Refused, name: str, qualifier: str, code: str, message: str
) -> None:
    refusal = refused(aws_lambda.get_provisioned_concurrency_config, FunctionName=name, Qualifier=qualifier)

    assert refusal == {"code": code, "status": 404, "message": message}


@pytest.mark.rule("FUN-43", "FUN-21")
@pytest.mark.parametrize(
    ("qualifier", "message"),
    [("live", f"Cannot find alias arn: {ARN.replace('charge', 'nobody')}:live"),
     ("3", f"Function not found: {ARN.replace('charge', 'nobody')}:3")],
)  # fmt: skip
def test_provisioning_a_missing_function_is_refused(
    charge: None, aws_lambda: Any, refused: Refused, qualifier: str, message: str
) -> None:
    refusal = refused(
        aws_lambda.put_provisioned_concurrency_config,
        FunctionName="nobody", Qualifier=qualifier, ProvisionedConcurrentExecutions=1,
    )  # fmt: skip

    assert refusal == {"code": "ResourceNotFoundException", "status": 404, "message": message}


@pytest.mark.rule("FUN-43")
def test_deleting_none_answers_204(charge: None, aws_lambda: Any) -> None:
    answer = aws_lambda.delete_provisioned_concurrency_config(FunctionName="charge", Qualifier="1")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.rule("FUN-43")
def test_a_deleted_configuration_is_not_initialized(charge: None, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    provision(aws_lambda, "1")
    aws_lambda.delete_provisioned_concurrency_config(FunctionName="charge", Qualifier="1")

    lambda_events.advance(10)

    assert lambda_events.client("logs").describe_log_groups()["logGroups"] == []


@pytest.mark.rule("FUN-43")
def test_zero_is_refused(charge: None, aws_lambda: Any, refused: Refused) -> None:
    assert refused(provision, aws_lambda=aws_lambda, qualifier="1", count=0) == {
        "code": "ValidationException",
        "status": 400,
        "message": "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1",
    }


@pytest.mark.rule("FUN-44")
@pytest.mark.parametrize(
    ("count", "message"),
    [
        (1001, "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."),
        (
            901,
            (
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
                "minimum value of [100]."
            ),
        ),
    ],
    ids=["more than there is", "less than 100 left"],
)
def test_more_than_the_concurrency_of_the_account_is_refused(
    charge: None, aws_lambda: Any, refused: Refused, count: int, message: str
) -> None:
    refusal = refused(provision, aws_lambda=aws_lambda, qualifier="1", count=count)

    assert refusal == {"code": "InvalidParameterValueException", "status": 400, "message": message}


@pytest.mark.rule("FUN-44")
@pytest.mark.lambda_events(concurrent_executions=105)
def test_provisioned_concurrency_that_leaves_100_units_is_accepted(charge: None, aws_lambda: Any) -> None:
    assert provision(aws_lambda, "1", 5)["Status"] == "IN_PROGRESS"


@pytest.mark.rule("FUN-45")
def test_a_provisioned_version_is_not_provisioned_by_its_alias_too(charge: None, aws_lambda: Any, refused: Refused) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    provision(aws_lambda, "1")

    assert refused(provision, aws_lambda=aws_lambda, qualifier="live") == {
        "code": "ResourceConflictException",
        "status": 409,
        "message": "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    }


@pytest.mark.rule("FUN-45")
def test_a_version_is_not_provisioned_beside_its_provisioned_alias(charge: None, aws_lambda: Any, refused: Refused) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    provision(aws_lambda, "live")

    refusal = refused(provision, aws_lambda=aws_lambda, qualifier="1")
    aws_lambda.delete_alias(FunctionName="charge", Name="live")

    assert refusal["message"] == "Version is pointed by a Provisioned Concurrency alias"
    assert provision(aws_lambda, "1")["Status"] == "IN_PROGRESS"


@pytest.mark.rule("FUN-45")
def test_an_alias_that_moves_initializes_its_new_version(charge: None, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    provision(aws_lambda, "live", 1)
    lambda_events.advance(1)

    aws_lambda.update_alias(FunctionName="charge", Name="live", FunctionVersion="2")
    moved = provisioned(aws_lambda, "live")["Status"]
    lambda_events.advance(1)

    answer = aws_lambda.invoke(FunctionName="charge:live")
    assert (moved, provisioned(aws_lambda, "live")["Status"]) == ("IN_PROGRESS", "READY")
    assert (answer["ExecutedVersion"], answer["Payload"].read()) == ("2", b'"provisioned-concurrency"')


@pytest.mark.rule("FUN-46")
def test_configurations_are_listed_by_arn(charge: None, aws_lambda: Any, refused: Refused) -> None:
    none = aws_lambda.list_provisioned_concurrency_configs(FunctionName="charge")
    provision(aws_lambda, "2", 2)

    some = aws_lambda.list_provisioned_concurrency_configs(FunctionName="charge")
    unknown = refused(aws_lambda.list_provisioned_concurrency_configs, FunctionName="nobody")

    assert none["ProvisionedConcurrencyConfigs"] == []
    assert [one["FunctionArn"] for one in some["ProvisionedConcurrencyConfigs"]] == [f"{ARN}:2"]
    assert unknown["message"] == f"Function not found: {ARN.replace('charge', 'nobody')}"


@pytest.mark.rule("CON-07")
def test_reserved_and_provisioned_concurrency_fit_into_each_other(charge: None, aws_lambda: Any, refused: Refused) -> None:
    provision(aws_lambda, "1", 2)

    too_few = refused(aws_lambda.put_function_concurrency, FunctionName="charge", ReservedConcurrentExecutions=1)
    aws_lambda.put_function_concurrency(FunctionName="charge", ReservedConcurrentExecutions=2)
    too_many = refused(provision, aws_lambda=aws_lambda, qualifier="2", count=1)

    assert too_few["message"] == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."
    )
    assert too_many["message"] == (
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    )


@pytest.mark.rule("FUN-50", "CON-08")
def test_unreserved_units_follow_each_change_of_reserved_and_provisioned_concurrency(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    ship = lambda_events.function(lambda event, context: None, name="ship")
    of_charge = {"FunctionName": "charge"}
    aws_lambda.create_alias(**of_charge, Name="live", FunctionVersion="2")
    changes: dict[str, Callable[[], object]] = {
        "reserve": lambda: ship.update(reserved_concurrent_executions=50),
        "provision a version": lambda: provision(aws_lambda, "1", 7),
        "provision an alias": lambda: provision(aws_lambda, "live", 5),
        "provision less": lambda: provision(aws_lambda, "1", 3),
        "reserve more than provisioned": lambda: aws_lambda.put_function_concurrency(
            **of_charge, ReservedConcurrentExecutions=20
        ),
        "delete the alias": lambda: aws_lambda.delete_alias(**of_charge, Name="live"),
        "no longer reserve": lambda: aws_lambda.delete_function_concurrency(**of_charge),
        "delete the version": lambda: aws_lambda.delete_function(**of_charge, Qualifier="1"),
        "provision the other version": lambda: provision(aws_lambda, "2", 4),
        "no longer provision": lambda: aws_lambda.delete_provisioned_concurrency_config(**of_charge, Qualifier="2"),
        "reserve nothing": lambda: ship.update(reserved_concurrent_executions=0),
        "delete the function": ship.delete,
    }

    unreserved = {name: unreserved_after(aws_lambda, change) for name, change in changes.items()}

    assert unreserved == {
        "reserve": 950,
        "provision a version": 943,
        "provision an alias": 938,
        "provision less": 942,
        "reserve more than provisioned": 930,
        "delete the alias": 930,
        "no longer reserve": 947,
        "delete the version": 950,
        "provision the other version": 946,
        "no longer provision": 950,
        "reserve nothing": 1000,
        "delete the function": 1000,
    }


def unreserved_after(aws_lambda: Any, change: Callable[[], object]) -> int:
    change()
    return int(aws_lambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"])


@pytest.mark.rule("FUN-50")
def test_a_refused_update_leaves_the_unreserved_units(aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    ship = lambda_events.function(lambda event, context: None, name="ship", reserved_concurrent_executions=50)

    with pytest.raises(ClientError):
        ship.update(reserved_concurrent_executions=100, maximum_retry_attempts=5)

    assert unreserved_after(aws_lambda, lambda: None) == 950
