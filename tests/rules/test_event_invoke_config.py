"""ASY-20 to 29, ASY-93 and DST-06 to 12: what can be configured for asynchronous invocation, through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from uploads import create_function

from pytest_lambda_events import LambdaEvents

from .conftest import Refused

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"
TOPIC = "arn:aws:sns:us-east-1:123456789012:failures"
SOURCE = "def handler(event, context): pass"


@pytest.fixture
def charge(lambda_events: LambdaEvents, aws_lambda: Any) -> None:
    """The function `charge` with its version 1 and the alias `live` of it."""
    create_function("charge", SOURCE, Publish=True)
    lambda_events.advance(1)
    aws_lambda.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")


def put(aws_lambda: Any, **given: Any) -> dict[str, Any]:
    answer = aws_lambda.put_function_event_invoke_config(**{"FunctionName": "charge", **given})
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "LastModified")}


def update(aws_lambda: Any, **given: Any) -> dict[str, Any]:
    answer = aws_lambda.update_function_event_invoke_config(**{"FunctionName": "charge", **given})
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "LastModified")}


def get(aws_lambda: Any, **given: Any) -> dict[str, Any]:
    answer = aws_lambda.get_function_event_invoke_config(**{"FunctionName": "charge", **given})
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "LastModified")}


def to(destination: str) -> dict[str, str]:
    return {"Destination": destination}


@pytest.mark.rule("ASY-20")
@pytest.mark.parametrize(
    "given",
    [{"MaximumRetryAttempts": 0}, {"MaximumRetryAttempts": 2}, {"MaximumEventAgeInSeconds": 60},
     {"MaximumEventAgeInSeconds": 21600}],
    ids=str,
)  # fmt: skip
def test_the_ends_of_the_ranges_are_accepted(charge: None, aws_lambda: Any, given: dict[str, int]) -> None:
    assert put(aws_lambda, **given).items() >= given.items()


@pytest.mark.rule("ASY-20", "ASY-21")
@pytest.mark.parametrize(
    ("member", "value", "must"),
    [
        ("MaximumRetryAttempts", 3, "have value less than or equal to 2"),
        ("MaximumRetryAttempts", -1, "have value greater than or equal to 0"),
        ("MaximumEventAgeInSeconds", 59, "have value greater than or equal to 60"),
        ("MaximumEventAgeInSeconds", 21601, "have value less than or equal to 21600"),
    ],
)
def test_a_value_beyond_its_range_is_refused(
    charge: None, aws_lambda: Any, refused: Refused, member: str, value: int, must: str
) -> None:
    assert refused(put, aws_lambda=aws_lambda, **{member: value}) == {
        "code": "ValidationException",
        "status": 400,
        "message": f"1 validation error detected: Value '{value}' at '{member[0].lower()}{member[1:]}' failed to "
        f"satisfy constraint: Member must {must}",
    }


@pytest.mark.rule("ASY-22")
def test_latest_and_no_qualifier_are_one_configuration(charge: None, aws_lambda: Any) -> None:
    put(aws_lambda, MaximumRetryAttempts=1)

    qualified = get(aws_lambda, Qualifier="$LATEST")

    assert qualified == get(aws_lambda)
    assert qualified["FunctionArn"] == f"{ARN}:$LATEST"


@pytest.mark.rule("ASY-22", "ASY-23")
def test_each_qualifier_has_a_configuration_of_its_own(charge: None, aws_lambda: Any) -> None:
    put(aws_lambda, MaximumRetryAttempts=0)
    put(aws_lambda, Qualifier="1", MaximumRetryAttempts=1)
    put(aws_lambda, Qualifier="live", MaximumRetryAttempts=2)

    found = [get(aws_lambda, Qualifier=qualifier) for qualifier in ("$LATEST", "1", "live")]

    assert [(one["FunctionArn"], one["MaximumRetryAttempts"]) for one in found] == [
        (f"{ARN}:$LATEST", 0),
        (f"{ARN}:1", 1),
        (f"{ARN}:live", 2),
    ]


@pytest.mark.rule("ASY-23")
def test_publishing_does_not_copy_the_configuration(charge: None, aws_lambda: Any, refused: Refused) -> None:
    put(aws_lambda, MaximumRetryAttempts=1)

    refusal = refused(get, aws_lambda=aws_lambda, Qualifier="1")

    assert refusal["message"] == f"The function {ARN}:1 doesn't have an EventInvokeConfig"


@pytest.mark.rule("ASY-23")
@pytest.mark.parametrize(("qualifier", "starts"), [("$LATEST", [0]), ("1", [0, 60]), ("live", [0, 60, 180])])
def test_an_event_uses_the_configuration_of_its_own_qualifier_alone(
    lambda_events: LambdaEvents, aws_lambda: Any, qualifier: str, starts: list[float]
) -> None:
    def decline(event: Any, context: Any) -> None:
        raise ValueError("declined")

    function = lambda_events.function(decline, name="charge")
    function.publish_version()
    function.create_alias("live", function_version="1")
    put(aws_lambda, MaximumRetryAttempts=0)
    put(aws_lambda, Qualifier="1", MaximumRetryAttempts=1)
    aws_lambda.invoke(FunctionName="charge", Qualifier=qualifier, InvocationType="Event")

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in function.attempts] == starts


@pytest.mark.rule("ASY-24")
def test_put_removes_what_it_leaves_out(charge: None, aws_lambda: Any) -> None:
    put(aws_lambda, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": to(QUEUE)})

    put(aws_lambda, MaximumEventAgeInSeconds=60)

    assert get(aws_lambda) == {
        "FunctionArn": f"{ARN}:$LATEST",
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }


@pytest.mark.rule("ASY-24")
def test_update_keeps_what_it_leaves_out(charge: None, aws_lambda: Any) -> None:
    put(aws_lambda, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": to(QUEUE)})

    update(aws_lambda, MaximumEventAgeInSeconds=60)

    assert get(aws_lambda) == {
        "FunctionArn": f"{ARN}:$LATEST",
        "MaximumRetryAttempts": 1,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": to(QUEUE)},
    }


@pytest.mark.rule("ASY-25")
def test_the_answer_tells_when_it_was_changed_and_both_sides(
    charge: None, aws_lambda: Any, lambda_events: LambdaEvents
) -> None:
    lambda_events.advance(0.123)

    answer = aws_lambda.put_function_event_invoke_config(FunctionName="charge", MaximumRetryAttempts=0)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["LastModified"] == lambda_events.now
    assert answer.keys() == {
        "ResponseMetadata",
        "LastModified",
        "FunctionArn",
        "MaximumRetryAttempts",
        "DestinationConfig",
    }
    assert answer["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}


@pytest.mark.rule("ASY-26")
@pytest.mark.parametrize("name", ["charge", "nobody"])
@pytest.mark.parametrize(
    "given", [{}, {"DestinationConfig": {}}, {"DestinationConfig": {"OnSuccess": {}}}], ids=["none", "{}", "empty side"]
)
def test_setting_nothing_is_refused_before_the_function_is_looked_for(
    charge: None, aws_lambda: Any, refused: Refused, name: str, given: dict[str, Any]
) -> None:
    assert refused(put, aws_lambda=aws_lambda, FunctionName=name, **given) == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": "You must specify at least one of error handling or destination setting.",
    }


@pytest.mark.rule("ASY-27")
@pytest.mark.parametrize("name", ["nobody", "charge:nobody", "charge:2"])
@pytest.mark.parametrize("operation", [put, update], ids=["put", "update"])
def test_put_and_update_need_something_to_configure(
    charge: None, aws_lambda: Any, refused: Refused, operation: Any, name: str
) -> None:
    assert refused(operation, aws_lambda=aws_lambda, FunctionName=name, MaximumRetryAttempts=1) == {
        "code": "ResourceNotFoundException", "status": 404, "message": "The function doesn't exist.",
    }  # fmt: skip


@pytest.mark.rule("ASY-27")
def test_list_needs_a_function(aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.list_function_event_invoke_configs, FunctionName="nobody")

    assert (refusal["status"], refusal["message"]) == (404, "The function doesn't exist.")


@pytest.mark.rule("ASY-27")
@pytest.mark.parametrize(
    ("name", "shown"),
    [("charge", f"{ARN}:$LATEST"), ("charge:live", f"{ARN}:live"), ("charge:nobody", f"{ARN}:nobody"),
     ("nobody", f"{ARN.replace('charge', 'nobody')}:$LATEST")],
    ids=["function", "alias", "unknown alias", "unknown function"],
)  # fmt: skip
def test_reading_or_deleting_a_missing_configuration_is_refused(
    charge: None, aws_lambda: Any, refused: Refused, name: str, shown: str
) -> None:
    refusals = [
        refused(aws_lambda.get_function_event_invoke_config, FunctionName=name),
        refused(aws_lambda.delete_function_event_invoke_config, FunctionName=name),
    ]

    message = f"The function {shown} doesn't have an EventInvokeConfig"
    assert refusals == [{"code": "ResourceNotFoundException", "status": 404, "message": message}] * 2


@pytest.mark.rule("ASY-27", "ASY-24")
def test_update_needs_a_configuration(charge: None, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(update, aws_lambda=aws_lambda, MaximumRetryAttempts=1)

    assert refusal["message"] == f"The function {ARN}:$LATEST doesn't have an EventInvokeConfig"


@pytest.mark.rule("ASY-28")
@pytest.mark.parametrize(
    "name", ["charge:live", f"{ARN}:live", "123456789012:function:charge:live"], ids=["name", "ARN", "partial ARN"]
)
def test_the_name_may_carry_the_qualifier(charge: None, aws_lambda: Any, name: str) -> None:
    assert put(aws_lambda, FunctionName=name, MaximumRetryAttempts=1)["FunctionArn"] == f"{ARN}:live"


@pytest.mark.rule("ASY-28")
def test_two_qualifiers_must_agree(charge: None, aws_lambda: Any, refused: Refused) -> None:
    agreeing = put(aws_lambda, FunctionName="charge:live", Qualifier="live", MaximumRetryAttempts=1)

    refusal = refused(put, aws_lambda=aws_lambda, FunctionName="charge:live", Qualifier="1", MaximumRetryAttempts=1)

    assert agreeing["FunctionArn"] == f"{ARN}:live"
    assert refusal == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": "The derived qualifier from the function name does not match the specified qualifier.",
    }


@pytest.mark.rule("ASY-29")
def test_deleting_one_configuration_leaves_the_others(charge: None, aws_lambda: Any) -> None:
    put(aws_lambda, MaximumRetryAttempts=0)
    put(aws_lambda, Qualifier="live", MaximumRetryAttempts=1)

    deleted = aws_lambda.delete_function_event_invoke_config(FunctionName="charge")

    listed = aws_lambda.list_function_event_invoke_configs(FunctionName="charge")["FunctionEventInvokeConfigs"]
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert [one["FunctionArn"] for one in listed] == [f"{ARN}:live"]


@pytest.mark.rule("ASY-29")
def test_lists_come_in_pages(charge: None, aws_lambda: Any) -> None:
    put(aws_lambda, MaximumRetryAttempts=0)
    put(aws_lambda, Qualifier="1", MaximumRetryAttempts=0)
    put(aws_lambda, Qualifier="live", MaximumRetryAttempts=0)
    paginator = aws_lambda.get_paginator("list_function_event_invoke_configs")

    pages = paginator.paginate(FunctionName="charge", PaginationConfig={"PageSize": 2})

    assert [len(page["FunctionEventInvokeConfigs"]) for page in pages] == [2, 1]


@pytest.mark.rule("ASY-29")
@pytest.mark.parametrize("size", [0, 51])
def test_a_page_has_1_to_50(charge: None, aws_lambda: Any, refused: Refused, size: int) -> None:
    refusal = refused(aws_lambda.list_function_event_invoke_configs, FunctionName="charge", MaxItems=size)

    assert refusal["code"] == "ValidationException"


# ------------------------------------------------------------------ destinations


@pytest.mark.rule("DST-06")
def test_a_destination_must_look_like_one(charge: None, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(put, aws_lambda=aws_lambda, DestinationConfig={"OnFailure": to("nowhere")})

    assert refusal["code"] == "ValidationException"
    assert refusal["message"].startswith(
        "1 validation error detected: Value 'nowhere' at 'destinationConfig.onFailure.destination' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: $|kafka://"
    )


@pytest.mark.rule("DST-07", "DST-08", "DST-09", "DST-10", "DST-11")
@pytest.mark.parametrize(
    ("side", "destination", "message"),
    [
        ("OnFailure", ARN.replace("charge", "nobody"), "The destination ARN {} is invalid."),
        ("OnFailure", f"{ARN.replace('charge', 'ship')}:1", "The destination ARN {} is invalid."),
        ("OnFailure", ARN, "You can't specify the function as a destination for itself."),
        ("OnSuccess", "arn:aws:dynamodb:us-east-1:123456789012:table/t",
         "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={}), onFailure=null) is invalid."),
        ("OnFailure", f"{QUEUE}.fifo", "The destination ARN {} is invalid."),
        ("OnFailure", f"{TOPIC}.fifo", "FIFO-type Amazon SNS topics aren't supported as a destination."),
        ("OnSuccess", "arn:aws:s3:::failures", "The destination ARN {} is invalid."),
    ],
    ids=["no such function", "no such version", "itself", "another service", "SQS FIFO", "SNS FIFO", "S3 on success"],
)  # fmt: skip
def test_an_invalid_destination_is_refused(
    charge: None, aws_lambda: Any, refused: Refused, side: str, destination: str, message: str
) -> None:
    create_function("ship", SOURCE)

    refusal = refused(put, aws_lambda=aws_lambda, DestinationConfig={side: to(destination)})

    assert refusal == {
        "code": "InvalidParameterValueException", "status": 400, "message": message.format(destination),
    }  # fmt: skip


@pytest.mark.rule("DST-01")
@pytest.mark.parametrize(
    "destination",
    [QUEUE, TOPIC, ARN.replace("charge", "ship"), "arn:aws:events:us-east-1:123456789012:event-bus/b",
     "arn:aws:s3:::failures"],
    ids=["SQS", "SNS", "Lambda", "EventBridge", "S3"],
)  # fmt: skip
def test_a_failure_can_go_to_five_kinds_of_destination(charge: None, aws_lambda: Any, destination: str) -> None:
    create_function("ship", SOURCE)

    answer = put(aws_lambda, DestinationConfig={"OnFailure": to(destination)})

    assert answer["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": to(destination)}


@pytest.mark.rule("DST-12")
@pytest.mark.parametrize(
    ("side", "kept"),
    [({}, to(QUEUE)), ({"OnFailure": {}}, to(QUEUE)), ({"OnFailure": to("")}, {})],
    ids=["left out", "{}", "empty text"],
)
def test_only_empty_text_clears_a_destination(
    charge: None, aws_lambda: Any, side: dict[str, Any], kept: dict[str, str]
) -> None:
    put(aws_lambda, DestinationConfig={"OnFailure": to(QUEUE)})

    answer = update(aws_lambda, MaximumRetryAttempts=0, DestinationConfig=side)

    assert answer["DestinationConfig"]["OnFailure"] == kept


# ------------------------------------------------------------------ recursion


@pytest.mark.rule("ASY-93")
def test_loops_are_terminated_unless_set_otherwise(charge: None, aws_lambda: Any) -> None:
    default = aws_lambda.get_function_recursion_config(FunctionName="charge")
    changed = aws_lambda.put_function_recursion_config(FunctionName="charge", RecursiveLoop="Allow")

    assert (default["RecursiveLoop"], changed["RecursiveLoop"]) == ("Terminate", "Allow")
    assert aws_lambda.get_function_recursion_config(FunctionName="charge")["RecursiveLoop"] == "Allow"


@pytest.mark.rule("ASY-93")
def test_a_loop_is_terminated_or_allowed(charge: None, aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(aws_lambda.put_function_recursion_config, FunctionName="charge", RecursiveLoop="Sometimes")

    assert refusal["code"] == "ValidationException"
    assert refusal["message"].endswith("failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]")
