"""What the SDK does when an API call of an execution fails: the execution ends, or Lambda invokes the function again."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from durable_starts import sdk

from pytest_lambda_events import LambdaEvents

CHECKPOINT_ERROR = "aws_durable_execution_sdk_python.exceptions.CheckpointError"
RETRY_SECONDS = 5


def api_error(code: str, status: int, message: str = "not now") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "CheckpointDurableExecution")


class Unreliable:
    """A client whose first checkpoint fails."""

    def __init__(self, error: Exception) -> None:
        self._errors = [error]

    def checkpoint_durable_execution(self, **parameters: Any) -> Any:
        if self._errors:
            raise self._errors.pop()
        return boto3.client("lambda").checkpoint_durable_execution(**parameters)

    def get_durable_execution_state(self, **parameters: Any) -> Any:
        return boto3.client("lambda").get_durable_execution_state(**parameters)


def run(lambda_events: LambdaEvents, error: Exception) -> Any:
    """Runs an execution of one step whose first checkpoint fails."""

    def code(event: Any, context: Any) -> Any:
        return context.step(lambda step: "paid", name="pay")

    charge = sdk.durable_execution(code, boto3_client=Unreliable(error))
    execution = lambda_events.function(charge, name="charge", durable_execution_timeout=60).start_execution()
    lambda_events.run_until_idle()
    return execution


@pytest.mark.rule("DUR-66")
@pytest.mark.parametrize(
    "error",
    [
        api_error("ValidationException", 400),
        api_error("AccessDeniedException", 403),
        api_error("InvalidParameterValueException", 400, "Another text: Invalid checkpoint token"),
        api_error("KMSAccessDeniedException", 502),
    ],
    ids=["400", "403", "another 400", "KMS"],
)
def test_final_error_of_a_checkpoint_ends_the_execution(lambda_events: LambdaEvents, error: ClientError) -> None:
    execution = run(lambda_events, error)

    assert execution.status == "FAILED"
    assert execution.error == {"ErrorType": CHECKPOINT_ERROR, "ErrorMessage": str(error)}
    assert (len(lambda_events.functions["charge"].attempts), lambda_events.elapsed) == (1, 0)


@pytest.mark.rule("DUR-66", "DUR-52", "DUR-61")
@pytest.mark.parametrize(
    "error",
    [
        api_error("TooManyRequestsException", 429),
        api_error("InvalidParameterValueException", 400, "Invalid checkpoint token: it was used before"),
        api_error("ServiceException", 500),
        api_error("EC2ThrottledException", 502),
        EndpointConnectionError(endpoint_url="https://lambda.example.com"),
    ],
    ids=["429", "token", "500", "502", "network"],
)
def test_other_error_of_a_checkpoint_lets_lambda_invoke_the_function_again(
    lambda_events: LambdaEvents, error: Exception
) -> None:
    execution = run(lambda_events, error)

    assert (execution.status, execution.result) == ("SUCCEEDED", "paid")
    assert (len(lambda_events.functions["charge"].attempts), lambda_events.elapsed) == (2, RETRY_SECONDS)
