from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

pytestmark = pytest.mark.lambda_events(enforce_permissions=True)


def charge(event: Any, context: Any) -> None:
    raise ValueError("card expired")


def order(event: Any, context: Any) -> str:
    try:
        boto3.client("lambda").invoke(FunctionName="charge", InvocationType="Event", Payload=b"{}")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "charging"


def test_destination_needs_permission_of_the_role(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")

    with pytest.raises(ClientError, match="does not have permissions to call SendMessage"):
        lambda_events.function(charge, on_failure=failures)


def test_record_is_lost_after_the_permission_is_removed(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": failures.arn}
    function = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=failures, role_policy=[send])
    function.update(role_policy=[])
    function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert failures.messages == []
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]
    assert f"sqs:SendMessage on resource: {failures.arn}" in lambda_events.journal.timeline()


def test_handler_invokes_only_functions_that_its_role_allows(lambda_events: LambdaEvents) -> None:
    target = lambda_events.function(charge)
    function = lambda_events.function(order)
    assert function.invoke().payload == "AccessDeniedException"

    function.update(role_policy=[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": target.arn}])
    assert function.invoke().payload == "charging"


def test_topic_needs_permission_of_the_function_policy(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    topic = boto3.client("sns").create_topic(Name="orders")["TopicArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    boto3.client("sns").publish(TopicArn=topic, Message="lost")
    boto3.client("lambda").add_permission(
        FunctionName="charge",
        StatementId="orders",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    boto3.client("sns").publish(TopicArn=topic, Message="kept")

    assert [event.payload["Records"][0]["Sns"]["Message"] for event in function.events] == ["kept"]


def test_rule_needs_permission_of_the_queue_policy(lambda_events: LambdaEvents) -> None:
    bus, orders = lambda_events.event_bus("shop"), lambda_events.queue("orders")
    bus.add_rule({"source": ["shop"]}, orders)
    bus.put_event(source="shop", detail_type="ordered", detail={"order": "lost"})
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=orders.url, Attributes={"Policy": policy})
    bus.put_event(source="shop", detail_type="ordered", detail={"order": "kept"})

    assert [message.json["detail"]["order"] for message in orders.messages] == ["kept"]
