"""PRM-19, PRM-1A and PRM-1B for queues: what becomes of a mapping when its permissions change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from queue_stories import bodies, counts, sleep_ten, starts, succeed

from pytest_lambda_events import LambdaEvents, Queue

pytestmark = pytest.mark.lambda_events(enforce_permissions=True)

ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
WRITES_LOGS = {
    "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/succeed:*",
}  # fmt: skip


def may(queue: Queue, *actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": queue.arn}


@pytest.mark.rule("PRM-1B")
def test_three_actions_and_writing_logs_are_enough_to_deliver(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(succeed, role_policy=[may(orders, *ACTIONS), WRITES_LOGS])
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0]
    assert bodies(orders) == []


@pytest.mark.rule("PRM-1A")
def test_the_poller_delivers_by_what_is_allowed_only_to_lambda_itself(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    allowed = {**may(orders, *ACTIONS), "Condition": {"Null": {"lambda:SourceFunctionArn": "true"}}}
    fn = lambda_events.function(succeed, role_policy=[allowed])
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0]
    assert bodies(orders) == []


@pytest.mark.rule("PRM-19")
def test_a_permission_that_is_lost_stops_delivery_and_nothing_else(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(succeed, role_policy=[may(orders, *ACTIONS)])
    mapping = fn.add_event_source(orders)

    fn.update(role_policy=[may(orders, *ACTIONS), may(orders, "sqs:ReceiveMessage", effect="Deny")])
    orders.send("m1")
    lambda_events.advance(600)

    assert mapping.state == "Enabled"
    assert fn.batches == []
    assert [message.approximate_receive_count for message in orders.visible_messages] == [0]


@pytest.mark.rule("PRM-19")
def test_delivery_goes_on_when_the_permission_is_back(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(succeed, role_policy=[may(orders, *ACTIONS)])
    fn.add_event_source(orders)
    fn.update(role_policy=[may(orders, "sqs:DeleteMessage")])
    orders.send("m1")
    lambda_events.advance(600)

    fn.update(role_policy=[may(orders, *ACTIONS)])
    lambda_events.run_until_idle()

    assert starts(fn) == [600]
    assert counts(fn) == [["1"]]
    assert bodies(orders) == []


@pytest.mark.rule("PRM-19")
def test_a_role_that_is_given_the_permission_back_through_iam_is_noticed(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(succeed, role_policy=[may(orders, *ACTIONS)])
    fn.add_event_source(orders)
    iam = lambda_events.client("iam")
    [name] = iam.list_role_policies(RoleName="lambda-events-succeed")["PolicyNames"]
    document = iam.get_role_policy(RoleName="lambda-events-succeed", PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName="lambda-events-succeed", PolicyName=name)
    orders.send("m1")
    lambda_events.advance(60)

    iam.put_role_policy(RoleName="lambda-events-succeed", PolicyName=name, PolicyDocument=json.dumps(document))
    lambda_events.run_until_idle()

    assert starts(fn) == [60]


@pytest.mark.rule("PRM-19", "SQS-41")
def test_messages_that_may_no_longer_be_deleted_are_delivered_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(sleep_ten, timeout=20, role_policy=[may(orders, *ACTIONS)])
    fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(5)

    fn.update(role_policy=[may(orders, "sqs:ReceiveMessage", "sqs:GetQueueAttributes")])
    lambda_events.advance(30)
    fn.update(role_policy=[may(orders, *ACTIONS)])
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 30]
    assert bodies(orders) == []
    assert fn.records_processed == 1


def test_the_timeline_shows_that_deleting_was_denied(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(succeed, role_policy=[may(orders, *ACTIONS)])
    fn.add_event_source(orders)
    fn.update(role_policy=[may(orders, "sqs:ReceiveMessage", "sqs:GetQueueAttributes")])

    orders.send("m1")
    lambda_events.advance(0)

    assert lambda_events.journal.timeline(fn).endswith('message-id-1 "m1" not deleted: sqs:DeleteMessage is denied')
