"""Permissions of topics: the policies of functions and queues, and of the caller that publishes (PSH-71 to 73, PSH-77)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, LambdaEvents, Queue, Topic

pytestmark = pytest.mark.lambda_events(enforce_permissions=True)


def admitting(lambda_events: LambdaEvents, name: str, source_arn: str) -> Queue:
    """A queue to which SNS may send from a topic."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:us-east-1:123456789012:{name}", "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }  # fmt: skip
    return lambda_events.queue(name, policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def reasons(lambda_events: LambdaEvents) -> list[str]:
    return [entry.detail["reason"].partition(" because")[0] for entry in lambda_events.journal if entry.kind == "denied"]


@pytest.mark.rule("PSH-71", "PSH-16")
def test_a_function_that_does_not_admit_the_topic_is_not_tried_again(lambda_events: LambdaEvents, topic: Topic) -> None:
    lost = admitting(lambda_events, "lost", topic.arn)
    function: Function = lambda_events.function(lambda event, context: None, name="listen")
    topic.subscribe(function, dead_letter_queue=lost)

    topic.publish("m")
    lambda_events.run_until_idle()

    assert (function.events, lambda_events.elapsed) == ([], 0)
    assert [message.json["Message"] for message in lost.messages] == ["m"]


@pytest.mark.rule("PSH-72")
@pytest.mark.parametrize("is_raw", [False, True], ids=["wrapped", "raw"])
def test_a_queue_must_admit_the_topic(lambda_events: LambdaEvents, topic: Topic, *, is_raw: bool) -> None:
    admits = admitting(lambda_events, "admits", topic.arn)
    other = admitting(lambda_events, "other", f"{topic.arn}-2")
    closed = lambda_events.queue("closed")
    for queue in (admits, other, closed):
        topic.subscribe(queue, raw_message_delivery=is_raw)

    topic.publish("m")
    lambda_events.run_until_idle()

    assert [len(queue.messages) for queue in (admits, other, closed)] == [1, 0, 0]
    assert reasons(lambda_events) == [
        f"sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: {queue.arn}"
        for queue in (other, closed)
    ]
    assert lambda_events.elapsed == 0


@pytest.mark.rule("PSH-72", "PSH-73")
@pytest.mark.parametrize("is_admitted", [True, False])
def test_the_dead_letter_queue_must_admit_the_topic_too(
    lambda_events: LambdaEvents, topic: Topic, *, is_admitted: bool
) -> None:
    closed = lambda_events.queue("closed")
    lost = admitting(lambda_events, "lost", topic.arn if is_admitted else f"{topic.arn}-2")
    topic.subscribe(closed, dead_letter_queue=lost)

    topic.publish("m")

    assert len(lost.messages) == is_admitted
    [dropped] = [entry for entry in lambda_events.journal if entry.kind == "push_dropped"]
    assert dropped.detail["dead_letter_queue"] == (lost.arn if is_admitted else None)


@pytest.mark.rule("PSH-72")
def test_a_policy_that_is_set_later_takes_effect_immediately(lambda_events: LambdaEvents, topic: Topic) -> None:
    queue = lambda_events.queue("inbox")
    topic.subscribe(queue)
    topic.publish("lost")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": queue.arn}

    lambda_events.client("sqs").set_queue_attributes(
        QueueUrl=queue.url, Attributes={"Policy": json.dumps({"Statement": [statement]})}
    )
    topic.publish("kept")

    assert [message.json["Message"] for message in queue.messages] == ["kept"]


@pytest.mark.rule("PSH-77")
@pytest.mark.parametrize("operation", ["publish", "publish_batch"])
@pytest.mark.parametrize(("resource", "code"), [("orders", None), ("returns", "AuthorizationError")])
def test_the_role_of_a_handler_must_allow_it_to_publish(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, operation: str, resource: str, code: str | None
) -> None:
    message: dict[str, Any] = {"Message": "m"}
    members = message if operation == "publish" else {"PublishBatchRequestEntries": [{"Id": "1", **message}]}

    def publish(event: Any, context: Any) -> dict[str, Any] | None:
        try:
            getattr(sns, operation)(TopicArn=topic.arn, **members)
        except ClientError as refused:
            return {**refused.response["Error"], "status": refused.response["ResponseMetadata"]["HTTPStatusCode"]}
        return None

    allowed = topic.arn.replace("orders", resource)
    role_policy = [{"Effect": "Allow", "Action": "sns:Publish", "Resource": allowed}]
    answer = lambda_events.function(publish, role_policy=role_policy).invoke().payload

    assert len(topic.messages) == (code is None)
    if code is not None:
        assert (answer["Code"], answer["status"]) == (code, 403)
        assert f"is not authorized to perform: sns:Publish on resource: {topic.arn}" in answer["Message"]


@pytest.mark.rule("PSH-77")
def test_the_test_itself_may_publish(topic: Topic) -> None:
    topic.publish("m")

    assert len(topic.messages) == 1
