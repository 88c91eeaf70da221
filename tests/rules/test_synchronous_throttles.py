"""CON-20 to 24: what a synchronous call is told when there is no unit for it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, LambdaEvents

WITHOUT_RETRIES = Config(retries={"total_max_attempts": 1})
OF_THE_FUNCTION = "ReservedFunctionConcurrentInvocationLimitExceeded"
OF_THE_ACCOUNT = "ConcurrentInvocationLimitExceeded"


def work(event: Any, context: Any) -> str:
    """Takes as many seconds as the event says, and fails if it says so."""
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")
    return "done"


def refusal_of(lambda_events: LambdaEvents, name: str = "work", **parameters: Any) -> dict[str, Any]:
    """What a client that does not retry is told."""
    with pytest.raises(ClientError) as refused:
        lambda_events.client("lambda", config=WITHOUT_RETRIES).invoke(FunctionName=name, **parameters)
    response: dict[str, Any] = dict(refused.value.response)
    return response


def provisioned(lambda_events: LambdaEvents, function: Function) -> Function:
    """A version with one unit of provisioned concurrency, ready."""
    version = function.publish_version()
    lambda_events.client("lambda").put_provisioned_concurrency_config(
        FunctionName=function.name, Qualifier=version.version, ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(60)
    return version


@pytest.mark.rule("CON-21", "CON-37")
@pytest.mark.lambda_events(concurrent_executions=1)
def test_a_call_without_free_account_concurrency_is_throttled(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(1)

    response = refusal_of(lambda_events)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert (response["Error"]["Code"], response["Reason"]) == ("TooManyRequestsException", OF_THE_ACCOUNT)


@pytest.mark.rule("CON-08")
def test_a_reservation_that_is_all_provisioned_leaves_nothing_for_latest(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=1)
    version = provisioned(lambda_events, function)

    response = refusal_of(lambda_events)

    assert (response["Error"]["Code"], response["Reason"]) == ("TooManyRequestsException", OF_THE_FUNCTION)
    assert version.invoke({}).payload == "done"


@pytest.mark.rule("CON-20")
@pytest.mark.scenario("CON C4")
def test_a_call_of_a_busy_function_is_refused_with_429(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(1)

    response = refusal_of(lambda_events)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    assert (response["Reason"], response["Type"]) == (OF_THE_FUNCTION, "User")


@pytest.mark.rule("CON-20", "CON-22")
@pytest.mark.scenario("CON C1")
def test_every_call_of_a_function_without_concurrency_is_refused(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=0)

    responses = [refusal_of(lambda_events) for _ in range(2)]

    assert [response["ResponseMetadata"]["HTTPStatusCode"] for response in responses] == [429, 429]
    assert {response["Reason"] for response in responses} == {OF_THE_FUNCTION}
    assert [attempt.outcome for attempt in function.attempts] == ["throttled", "throttled"]


@pytest.mark.rule("CON-20")
def test_a_throttled_handle_raises_immediately(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=0)

    with pytest.raises(ClientError, match="TooManyRequestsException"):
        function.invoke({})

    assert lambda_events.elapsed == 0


@pytest.mark.rule("CON-23")
@pytest.mark.parametrize("reserved", [0, 1])
def test_a_dry_run_needs_no_unit(lambda_events: LambdaEvents, reserved: int) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=reserved)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(1)

    response = lambda_events.client("lambda").invoke(FunctionName="work", InvocationType="DryRun")

    assert response["StatusCode"] == 204


@pytest.mark.rule("CON-24")
def test_a_client_retries_a_throttle_by_default(lambda_events: LambdaEvents) -> None:
    lambda_events.function(work, reserved_concurrent_executions=0)

    with pytest.raises(ClientError) as refused:
        lambda_events.client("lambda").invoke(FunctionName="work")

    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] > 0
    assert lambda_events.elapsed > 0


@pytest.mark.rule("CON-24")
def test_a_client_without_retries_raises_a_throttle_immediately(lambda_events: LambdaEvents) -> None:
    lambda_events.function(work, reserved_concurrent_executions=0)

    response = refusal_of(lambda_events)

    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert lambda_events.elapsed == 0
