"""Accounts, users and roles of callers are the same as without fast calls."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from both_ways import answers_of, both_ways, make, with_queue
from botocore.handlers import disable_signing
from moto.core import set_initial_no_auth_action_count

from pytest_lambda_events import LambdaEvents


def user_keys() -> dict[str, str]:
    """Returns arguments of clients of an IAM user that may list queues and tables."""
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "sts:*"], "Resource": "*"}]}'
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "sns", "kinesis", "s3", "lambda", "events", "sts"])
def test_the_last_use_of_the_key_of_a_user_is_the_same(service: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        keys, iam = user_keys(), boto3.client("iam")
        before = iam.get_access_key_last_used(AccessKeyId=keys["aws_access_key_id"])
        env.advance(100)
        answers_of(make(service, region_name="eu-west-1", **keys))
        return before, iam.get_access_key_last_used(AccessKeyId=keys["aws_access_key_id"])

    both_ways(scenario)


def test_a_key_is_not_used_if_signing_is_disabled() -> None:
    def scenario(env: LambdaEvents) -> Any:
        keys, iam = user_keys(), boto3.client("iam")
        client = make("sqs", **keys)
        client.meta.events.register("choose-signer.sqs.*", disable_signing)
        client.list_queues()
        return iam.get_access_key_last_used(AccessKeyId=keys["aws_access_key_id"])

    answer, _ = both_ways(scenario)

    assert answer["AccessKeyLastUsed"]["ServiceName"] == "N/A"


def test_clients_of_an_assumed_role_are_that_role() -> None:
    def scenario(env: LambdaEvents) -> Any:
        iam, sts = boto3.client("iam"), boto3.client("sts")
        role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        env.advance(10)
        given = sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }  # fmt: skip
        identity = make("sts", **keys).get_caller_identity()
        return identity, with_queue(make("sqs", **keys)), iam.get_role(RoleName="worker")["Role"].get("RoleLastUsed")

    (identity, _, _), _ = both_ways(scenario)

    assert identity["Arn"].endswith("assumed-role/worker/one")


def test_checks_of_permissions_of_moto_are_the_same() -> None:
    def scenario(env: LambdaEvents) -> Any:
        keys = user_keys()
        clients = [make(service, **keys) for service in ("sqs", "dynamodb", "sns")]
        return set_initial_no_auth_action_count(0)(lambda: [answers_of(client) for client in clients])()

    (_, denied, _), _ = both_ways(scenario)

    assert "AccessDenied" in denied[1]


def test_a_count_of_calls_that_need_no_permission_is_the_same() -> None:
    def scenario(env: LambdaEvents) -> Any:
        keys = user_keys()
        client = make("dynamodb", **keys)
        client.list_tables()
        return set_initial_no_auth_action_count(2)(lambda: [answers_of(client) for _ in range(4)])()

    both_ways(scenario)


def test_a_handler_calls_in_the_account_of_the_environment() -> None:
    def handler(event: Any, context: Any) -> Any:
        return boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]

    url, fast = both_ways(lambda env: env.function(handler, name="worker").invoke().payload, account_id="999999999999")

    assert url == "https://sqs.us-east-1.amazonaws.com/999999999999/orders"
    assert fast == ["CreateQueue"]


def test_the_account_of_moto_can_change_in_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        first = with_queue(client)
        with monkeypatch.context() as patch:
            patch.setenv("MOTO_ACCOUNT_ID", "111111111111")
            second = with_queue(client)
        return first, second

    (_, (created, _)), _ = both_ways(scenario)

    assert created["QueueUrl"].endswith("/111111111111/orders")
