"""Targets that a key of the customer's encrypts: the key must be usable, and the role must be allowed to use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Bucket, LambdaEvents, Queue, Topic

Target = Queue | Topic | Bucket


def failing(event: Any, context: Any) -> None:
    raise ValueError("card expired")


def queue(env: LambdaEvents, key_id: str) -> Queue:
    failures = env.queue("failures")
    env.client("sqs").set_queue_attributes(QueueUrl=failures.url, Attributes={"KmsMasterKeyId": key_id})
    return failures


def topic(env: LambdaEvents, key_id: str) -> Topic:
    failures = env.topic("failures")
    env.client("sns").set_topic_attributes(TopicArn=failures.arn, AttributeName="KmsMasterKeyId", AttributeValue=key_id)
    return failures


def bucket(env: LambdaEvents, key_id: str) -> Bucket:
    failures = env.bucket("failures")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_id}}
    env.client("s3").put_bucket_encryption(Bucket="failures", ServerSideEncryptionConfiguration={"Rules": [rule]})
    return failures


ENCRYPTED: dict[str, Callable[[LambdaEvents, str], Target]] = {"SQS": queue, "SNS": topic, "S3": bucket}
SENDING = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "S3": "s3:*"}


def reasons(env: LambdaEvents) -> list[str]:
    return [entry.detail["reason"] for entry in env.journal if entry.kind == "delivery_failed"]


@pytest.mark.rule("DST-55", "PRM-27")
@pytest.mark.parametrize("kind", ENCRYPTED)
def test_a_record_reaches_a_target_whose_key_is_usable(lambda_events: LambdaEvents, kind: str) -> None:
    key = lambda_events.client("kms").create_key()["KeyMetadata"]
    target = ENCRYPTED[kind](lambda_events, key["KeyId"])

    lambda_events.function(failing, maximum_retry_attempts=0, on_failure=target).invoke_async()
    lambda_events.run_until_idle()

    assert len(target.invocation_records) == 1


@pytest.mark.rule("DST-55", "DST-50")
@pytest.mark.parametrize("kind", ENCRYPTED)
def test_a_record_is_lost_where_the_key_is_disabled(lambda_events: LambdaEvents, kind: str) -> None:
    kms = lambda_events.client("kms")
    key = kms.create_key()["KeyMetadata"]
    target = ENCRYPTED[kind](lambda_events, key["Arn"])
    fn = lambda_events.function(failing, maximum_retry_attempts=0, on_failure=target)

    kms.disable_key(KeyId=key["KeyId"])
    fn.invoke_async()
    lambda_events.run_until_idle()

    assert target.invocation_records == []
    assert reasons(lambda_events) == [f"the key {key['Arn']} of {target.arn} is Disabled"]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", fn) == [1]


@pytest.mark.rule("DLQ-33", "DLQ-30")
def test_a_letter_is_lost_where_the_key_does_not_exist(lambda_events: LambdaEvents) -> None:
    dead = queue(lambda_events, "alias/nowhere")
    fn = lambda_events.function(failing, maximum_retry_attempts=0, dead_letter_queue=dead)

    fn.invoke_async()
    lambda_events.run_until_idle()

    assert dead.messages == []
    assert reasons(lambda_events) == [f"the key alias/nowhere of {dead.arn} does not exist"]
    assert lambda_events.metrics.values("DeadLetterErrors", fn) == [1]


@pytest.mark.rule("DST-55")
def test_a_key_that_aws_manages_needs_no_permission(lambda_events: LambdaEvents) -> None:
    failures = queue(lambda_events, "alias/aws/sqs")

    lambda_events.function(failing, maximum_retry_attempts=0, on_failure=failures).invoke_async()
    lambda_events.run_until_idle()

    assert len(failures.invocation_records) == 1


@pytest.mark.rule("DST-55", "DLQ-33", "PRM-27")
@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        (["kms:GenerateDataKey", "kms:Decrypt"], None),
        (["kms:Decrypt"], "kms:GenerateDataKey"),
        (["kms:GenerateDataKey"], "kms:Decrypt"),
    ],
    ids=["both", "no GenerateDataKey", "no Decrypt"],
)
def test_the_role_must_be_allowed_to_use_the_key(lambda_events: LambdaEvents, actions: list[str], missing: str | None) -> None:
    key = lambda_events.client("kms").create_key()["KeyMetadata"]
    failures = queue(lambda_events, key["KeyId"])
    role_policy = [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": failures.arn},
        {"Effect": "Allow", "Action": actions, "Resource": key["Arn"]},
    ]
    fn = lambda_events.function(failing, maximum_retry_attempts=0, on_failure=failures, role_policy=role_policy)

    fn.invoke_async()
    lambda_events.run_until_idle()

    assert len(failures.messages) == (missing is None)
    assert [missing in reason for reason in reasons(lambda_events) if missing] == [True] * (missing is not None)


@pytest.mark.rule("DST-55", "PRM-27")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_keys_own_policy_can_deny_it(lambda_events: LambdaEvents) -> None:
    kms = lambda_events.client("kms")
    key = kms.create_key()["KeyMetadata"]
    failures = queue(lambda_events, key["KeyId"])
    role_policy = [{"Effect": "Allow", "Action": ["sqs:SendMessage", "kms:*"], "Resource": "*"}]
    fn = lambda_events.function(failing, maximum_retry_attempts=0, on_failure=failures, role_policy=role_policy)

    deny = {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
    kms.put_key_policy(
        KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    fn.invoke_async()
    lambda_events.run_until_idle()

    assert failures.messages == []
    assert "kms:Decrypt" in reasons(lambda_events)[0]
