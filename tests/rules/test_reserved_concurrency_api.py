"""CON-04 to 07 and FUN-30 to 32: reserved concurrency as the API answers it."""

from __future__ import annotations

from typing import Any

import pytest
from uploads import create_function

from .conftest import Refused

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"


@pytest.fixture
def charge(aws_lambda: Any) -> None:
    """The function `charge`."""
    create_function("charge", "def handler(event, context): pass")


def reserve(aws_lambda: Any, count: int, name: str = "charge") -> dict[str, Any]:
    answer: dict[str, Any] = aws_lambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=count)
    return answer


@pytest.mark.rule("CON-04", "FUN-30")
@pytest.mark.parametrize("count", [0, 1, 900])
def test_the_response_contains_the_reserved_concurrency(charge: None, aws_lambda: Any, count: int) -> None:
    put = reserve(aws_lambda, count)
    got = aws_lambda.get_function_concurrency(FunctionName="charge")

    assert put["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert put["ReservedConcurrentExecutions"] == count == got["ReservedConcurrentExecutions"]


@pytest.mark.rule("CON-04", "FUN-30")
def test_nothing_reserved_is_an_empty_answer(charge: None, aws_lambda: Any) -> None:
    reserve(aws_lambda, 5)

    deleted = aws_lambda.delete_function_concurrency(FunctionName="charge")

    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert aws_lambda.get_function_concurrency(FunctionName="charge").keys() == {"ResponseMetadata"}


@pytest.mark.rule("CON-05", "CON-02", "FUN-32")
@pytest.mark.scenario("FUN F6")
@pytest.mark.parametrize("count", [901, 950, 1001])
def test_100_must_stay_unreserved(charge: None, aws_lambda: Any, refused: Refused, count: int) -> None:
    assert refused(reserve, aws_lambda=aws_lambda, count=count) == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100].",
    }


@pytest.mark.rule("CON-05", "CON-02")
def test_reservations_of_other_functions_count(charge: None, aws_lambda: Any, refused: Refused) -> None:
    create_function("ship", "def handler(event, context): pass")
    reserve(aws_lambda, 800, "ship")

    refused(reserve, aws_lambda=aws_lambda, count=101)

    assert reserve(aws_lambda, 100)["ReservedConcurrentExecutions"] == 100


@pytest.mark.rule("CON-05")
def test_a_new_reservation_replaces_the_old_one(charge: None, aws_lambda: Any) -> None:
    reserve(aws_lambda, 900)

    assert reserve(aws_lambda, 899)["ReservedConcurrentExecutions"] == 899


@pytest.mark.rule("CON-06", "FUN-31")
@pytest.mark.parametrize("name", [f"{ARN}:$LATEST", f"{ARN}:1", "charge:live"])
def test_only_whole_functions_reserve(charge: None, aws_lambda: Any, refused: Refused, name: str) -> None:
    assert refused(reserve, aws_lambda=aws_lambda, count=1, name=name) == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
        "operation. Please specify either a function name or an unqualified function ARN.",
    }


@pytest.mark.rule("CON-06", "FUN-31")
@pytest.mark.parametrize("operation", ["put", "get", "delete"])
def test_an_unknown_function_is_not_found_before_the_value_is_judged(
    charge: None, aws_lambda: Any, refused: Refused, operation: str
) -> None:
    given = {"FunctionName": "nobody"} | ({"ReservedConcurrentExecutions": 5000} if operation == "put" else {})

    refusal = refused(getattr(aws_lambda, f"{operation}_function_concurrency"), **given)

    assert refusal == {
        "code": "ResourceNotFoundException",
        "status": 404,
        "message": f"Function not found: {ARN.replace('charge', 'nobody')}" + ("" if operation == "get" else ":$LATEST"),
    }
