"""PRM-15, PRM-1A and ESM-1A: what the function's role must be allowed to do to the queue when it is mapped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Queue

from ..conftest import Refused
from .conftest import charge_cards

pytestmark = pytest.mark.lambda_events(enforce_permissions=True)

ROLE = "arn:aws:iam::123456789012:role/lambda-events-charge"
ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
WRITES_LOGS = {"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"}


def lacks(action: str) -> dict[str, Any]:
    return {
        "code": "InvalidParameterValueException",
        "status": 400,
        "message": f"The function execution role does not have permissions to call {action} on SQS",
    }


def may(actions: list[str], queue: Queue, **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": queue.arn, **members}


def mapped(queue: Queue) -> dict[str, str]:
    return {"FunctionName": "charge", "EventSourceArn": queue.arn}


@pytest.mark.rule("PRM-15", "PRM-1B", "ESM-1A")
def test_three_actions_on_the_queue_are_enough(lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[WRITES_LOGS, may(ACTIONS, orders)])

    assert aws_lambda.create_event_source_mapping(**mapped(orders))["State"] == "Creating"


@pytest.mark.rule("PRM-15", "ESM-1A", "ESM-2D")
@pytest.mark.scenario("PRM P10")
@pytest.mark.parametrize("action", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_an_action_that_the_role_lacks_is_named_and_nothing_is_made(
    lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any, refused: Refused, action: str
) -> None:
    others = [other for other in ACTIONS if other != f"sqs:{action}"]
    lambda_events.function(charge_cards, name="charge", role_policy=[may(others, orders)])

    assert refused(aws_lambda.create_event_source_mapping, **mapped(orders)) == lacks(action)
    assert aws_lambda.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.rule("PRM-15", "ESM-1A")
@pytest.mark.scenario("PRM P10")
def test_an_action_that_the_role_is_denied_is_named(
    lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any, refused: Refused
) -> None:
    denied = may(["sqs:GetQueueAttributes"], orders, Effect="Deny")
    lambda_events.function(charge_cards, name="charge", role_policy=[may(["sqs:*"], orders), denied])

    assert refused(aws_lambda.create_event_source_mapping, **mapped(orders)) == lacks("GetQueueAttributes")


@pytest.mark.rule("PRM-15", "ESM-1A")
def test_the_first_of_several_missing_actions_is_named(
    lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[])

    assert refused(aws_lambda.create_event_source_mapping, **mapped(orders)) == lacks("ReceiveMessage")


@pytest.mark.rule("PRM-15", "ESM-1A")
@pytest.mark.scenario("PRM P11")
def test_a_queue_policy_can_deny_it(lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any, refused: Refused) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(ACTIONS, orders)])
    denied = may(["sqs:DeleteMessage"], orders, Effect="Deny", Principal={"AWS": ROLE})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    lambda_events.client("sqs").set_queue_attributes(QueueUrl=orders.url, Attributes={"Policy": policy})

    assert refused(aws_lambda.create_event_source_mapping, **mapped(orders)) == lacks("DeleteMessage")


@pytest.mark.rule("PRM-1A")
def test_the_poller_is_not_the_function(lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any, refused: Refused) -> None:
    is_the_function = {"ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:charge"}}
    function = lambda_events.function(
        charge_cards, name="charge", role_policy=[may(ACTIONS, orders, Condition=is_the_function)]
    )
    refusal = refused(aws_lambda.create_event_source_mapping, **mapped(orders))

    is_absent = {"Null": {"lambda:SourceFunctionArn": "true"}}
    function.update(role_policy=[may(ACTIONS, orders, Condition=is_absent)])

    assert refusal == lacks("ReceiveMessage")
    assert aws_lambda.create_event_source_mapping(**mapped(orders))["State"] == "Creating"


@pytest.mark.rule("PRM-15", "ESM-1A")
def test_a_function_that_a_mapping_is_pointed_at_needs_the_actions_too(
    lambda_events: LambdaEvents, orders: Queue, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(ACTIONS, orders)])
    lambda_events.function(charge_cards, name="ship", role_policy=[])
    uuid = aws_lambda.create_event_source_mapping(**mapped(orders))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, FunctionName="ship")

    assert refusal == lacks("ReceiveMessage")
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["FunctionArn"].endswith(":charge")
