"""DLQ-01 to 08 and DLQ-41: which dead-letter queue is in force, through boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents

from .conftest import Refused

SOURCE = "def handler(event, context): raise Exception('boom')"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:dead"
TOPIC = "arn:aws:sns:us-east-1:123456789012:dead"


def decline(event: Any, context: Any) -> None:
    raise Exception("boom")


@pytest.fixture
def charge(lambda_events: LambdaEvents) -> Function:
    """The function `charge`, uploaded."""
    create_function("charge", SOURCE)
    lambda_events.advance(1)
    return lambda_events.functions["charge"]


def configure(aws_lambda: Any, config: dict[str, str]) -> Any:
    """Change the dead-letter queue of `charge`; what the answer says of it."""
    answer = aws_lambda.update_function_configuration(FunctionName="charge", DeadLetterConfig=config)
    return answer.get("DeadLetterConfig")


# ------------------------------------------------------------------ what can be one


@pytest.mark.rule("DLQ-01")
@pytest.mark.parametrize("target", [QUEUE, TOPIC], ids=["queue", "topic"])
def test_a_queue_or_a_topic_can_be_given_at_creation(aws_lambda: Any, target: str) -> None:
    create_function("charge", SOURCE, DeadLetterConfig={"TargetArn": target})

    assert aws_lambda.get_function_configuration(FunctionName="charge")["DeadLetterConfig"] == {"TargetArn": target}


@pytest.mark.rule("DLQ-01")
def test_functions_may_share_a_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    functions = [
        lambda_events.function(decline, name=name, dead_letter_queue=dead, maximum_retry_attempts=0) for name in ("a", "b")
    ]

    events = [function.invoke_async() for function in functions]
    lambda_events.run_until_idle()

    assert [letter.request_id for letter in dead.dead_letters] == [event.request_id for event in events]


OTHER_SERVICE = "The service specified by the TargetArn is not supported for dead letter configuration."
OTHER_REGION = (
    "The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with."
)


@pytest.mark.rule("DLQ-02", "DLQ-03")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (f"{QUEUE}.fifo", "FIFO SQS queue is not supported for dead letter configuration"),
        (f"{TOPIC}.fifo", "FIFO SNS topic is not supported for dead letter configuration"),
        ("arn:aws:lambda:us-east-1:123456789012:function:audit", OTHER_SERVICE),
        ("arn:aws:events:us-east-1:123456789012:event-bus/dead", OTHER_SERVICE),
        ("arn:aws:s3:::dead", OTHER_SERVICE),
        (QUEUE.replace("us-east-1", "eu-west-1"), OTHER_REGION),
        (TOPIC.replace("us-east-1", "eu-west-1"), OTHER_REGION),
    ],
    ids=["SQS FIFO", "SNS FIFO", "Lambda", "EventBridge", "S3", "queue elsewhere", "topic elsewhere"],
)
def test_an_invalid_dead_letter_queue_is_refused(
    charge: Function, aws_lambda: Any, refused: Refused, target: str, reason: str
) -> None:
    charge.update(dead_letter_queue=QUEUE)

    refusal = refused(configure, aws_lambda=aws_lambda, config={"TargetArn": target})

    assert refusal == {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": f"Invalid dead letter queue ARN: {reason}",
    }
    shown = aws_lambda.get_function_configuration(FunctionName="charge")
    assert shown["DeadLetterConfig"] == {"TargetArn": QUEUE}


@pytest.mark.rule("DLQ-02")
def test_a_function_that_would_have_a_fifo_queue_is_not_made(aws_lambda: Any, refused: Refused) -> None:
    refusal = refused(
        create_function, name="charge", source=SOURCE, DeadLetterConfig={"TargetArn": f"{QUEUE}.fifo"}
    )  # fmt: skip

    assert refusal["message"].startswith("Invalid dead letter queue ARN: FIFO SQS queue")
    assert aws_lambda.list_functions()["Functions"] == []


# ------------------------------------------------------------------ keeping and removing


@pytest.mark.rule("DLQ-05")
@pytest.mark.scenario("DLQ Q10")
def test_only_the_empty_arn_removes_the_queue(lambda_events: LambdaEvents, charge: Function, aws_lambda: Any) -> None:
    dead = lambda_events.queue("dead")
    charge.update(dead_letter_queue=dead, maximum_retry_attempts=0)

    kept = configure(aws_lambda, {})
    charge.invoke_async("first")
    lambda_events.run_until_idle()
    lambda_events.advance(1)
    removed = configure(aws_lambda, {"TargetArn": ""})
    charge.invoke_async("second")
    lambda_events.run_until_idle()

    assert (kept, removed) == ({"TargetArn": dead.arn}, None)
    assert [letter.json for letter in dead.dead_letters] == ["first"]


@pytest.mark.rule("DLQ-05")
def test_an_update_that_leaves_it_out_keeps_the_queue(charge: Function, aws_lambda: Any, lambda_events: LambdaEvents) -> None:
    configure(aws_lambda, {"TargetArn": QUEUE})
    lambda_events.advance(1)

    answer = aws_lambda.update_function_configuration(FunctionName="charge", Timeout=5)

    assert answer["DeadLetterConfig"] == {"TargetArn": QUEUE}


@pytest.mark.rule("DLQ-05")
def test_the_handle_removes_the_queue_with_none(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    function = lambda_events.function(decline, dead_letter_queue=dead, maximum_retry_attempts=0)

    function.update(dead_letter_queue=None)
    function.invoke_async()
    lambda_events.run_until_idle()

    assert dead.messages == []


# ------------------------------------------------------------------ versions


@pytest.mark.rule("DLQ-06", "DLQ-08")
@pytest.mark.scenario("DLQ Q6")
@pytest.mark.parametrize(
    ("qualifier", "found"),
    [(None, ([], ["letter"])), ("1", (["letter"], [])), ("live", (["letter"], []))],
    ids=["unqualified", "version", "alias"],
)
def test_a_published_version_keeps_its_queue(
    lambda_events: LambdaEvents, qualifier: str | None, found: tuple[list[str], list[str]]
) -> None:
    first, second = lambda_events.queue("first"), lambda_events.queue("second")
    function = lambda_events.function(decline, dead_letter_queue=first)
    version = function.publish_version()
    live = function.create_alias("live", function_version="1")
    function.update(dead_letter_queue=second)
    invoked = {None: function, "1": version, "live": live}[qualifier]
    invoked.update(maximum_retry_attempts=0)

    invoked.invoke_async("letter")
    lambda_events.run_until_idle()

    assert tuple([letter.json for letter in queue.dead_letters] for queue in (first, second)) == found


@pytest.mark.rule("DLQ-06")
def test_a_version_reports_the_queue_that_it_was_published_with(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(decline, dead_letter_queue=QUEUE)
    function.publish_version()

    function.update(dead_letter_queue=None)

    shown = lambda_events.client("lambda").get_function_configuration(FunctionName="decline", Qualifier="1")
    assert shown["DeadLetterConfig"] == {"TargetArn": QUEUE}


Change = Callable[[Function, Any], None]


@pytest.mark.rule("DLQ-07", "DLQ-08")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda function, second: None, (1, 0)),
        (lambda function, second: function.update(dead_letter_queue=second), (0, 1)),
        (lambda function, second: function.update(dead_letter_queue=None), (0, 0)),
    ],
    ids=["none", "another", "removed"],
)
def test_an_unqualified_event_goes_to_the_queue_in_force_when_it_ends(
    lambda_events: LambdaEvents, change: Change, found: tuple[int, int]
) -> None:
    first, second = lambda_events.queue("first"), lambda_events.queue("second")
    function = lambda_events.function(decline, dead_letter_queue=first)
    function.invoke_async()
    lambda_events.advance(179)

    change(function, second)
    lambda_events.run_until_idle()

    assert (len(first.messages), len(second.messages)) == found


@pytest.mark.rule("DLQ-08")
def test_an_event_of_an_alias_goes_to_the_queue_of_the_version_that_ran_last(lambda_events: LambdaEvents) -> None:
    first, second = lambda_events.queue("first"), lambda_events.queue("second")
    function = lambda_events.function(decline, dead_letter_queue=first)
    live = function.create_alias("live", function_version=function.publish_version().version)
    function.update(dead_letter_queue=second)
    other = function.publish_version()
    live.invoke_async()
    lambda_events.advance(100)

    live.update(function_version=other.version)
    lambda_events.run_until_idle()

    assert (len(first.messages), len(second.messages)) == (0, 1)


# ------------------------------------------------------------------ reading it


def test_a_letter_can_be_sent_to_its_function_again(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    charge = lambda_events.function(decline, name="charge", dead_letter_queue=dead)
    charge.invoke_async({"order": 7})
    lambda_events.run_until_idle()
    charge.update(handler=lambda event, context: event["order"])

    [message] = lambda_events.client("sqs").receive_message(QueueUrl=dead.url)["Messages"]
    again = charge.invoke_async(message["Body"].encode())
    lambda_events.run_until_idle()

    assert (again.condition, again.attempts[0].response) == ("Success", 7)
    assert json.loads(message["Body"]) == {"order": 7}
