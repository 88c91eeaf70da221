"""Clients of every kind, and what boto3 builds on them, see the same as without fast calls."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any

import boto3
import botocore.session
import pytest
from both_ways import answers_of, both_ways, make, with_queue
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from pytest_lambda_events import LambdaEvents

UNSIGNED_CONFIG = Config(signature_version=UNSIGNED)
SERVICES = (
    "sqs",
    "sns",
    "dynamodb",
    "kinesis",
    "kms",
    "ssm",
    "secretsmanager",
    "events",
    "logs",
    "lambda",
    "iam",
    "sts",
    "s3",
)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_clients_of_all_regions_have_the_same_responses(service: str, region: str) -> None:
    both_ways(lambda env: answers_of(make(service, region_name=region)))


@pytest.mark.parametrize("service", SERVICES)
def test_unsigned_clients_have_the_same_responses(service: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = make(service, region_name="eu-west-1", config=UNSIGNED_CONFIG)
        return answers_of(client)

    _, fast = both_ways(scenario)

    assert fast == []


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint_url": "http://localhost:4566"},
        {"endpoint_url": "https://sqs.eu-west-1.amazonaws.com"},
        {"endpoint_url": "https://example.com/path"},
        {"config": Config(use_fips_endpoint=True)},
        {"config": Config(use_dualstack_endpoint=True)},
        {"config": Config(inject_host_prefix=False)},
        {"config": Config(user_agent_extra="mine", tcp_keepalive=True)},
        {"config": Config(signature_version="v4")},
        {"config": Config(retries={"total_max_attempts": 1})},
        {"region_name": "eu-central-1"},
        {"use_ssl": False},
    ],
    ids=[
        "own URL", "URL of the service", "URL with a path", "FIPS", "dual stack", "no host prefix", "user agent", "signature",
        "one attempt", "Region", "no TLS",
    ],
)  # fmt: skip
def test_clients_with_other_settings_have_the_same_queues(options: dict[str, Any]) -> None:
    both_ways(lambda env: with_queue(make("sqs", **options)))


@pytest.mark.parametrize("version", ["v4a", "v2", "v3", "v4-query", "s3", "bearer", "none"])
def test_clients_with_other_signatures_have_the_same_outcome(version: str) -> None:
    def scenario(env: LambdaEvents) -> Any:
        return [answers_of(make(name, config=Config(signature_version=version))) for name in ("sqs", "sns", "dynamodb", "s3")]

    both_ways(scenario)


def test_an_account_in_the_host_makes_no_difference() -> None:
    def scenario(env: LambdaEvents) -> Any:
        session = boto3.Session("FOOBARKEY", "FOOBARSECRET", aws_account_id="123456789012", region_name="us-east-1")
        client: Any = session.client("dynamodb", config=Config(account_id_endpoint_mode="preferred"))
        env.table("items", partition_key="id")
        return client.put_item(TableName="items", Item={"id": {"S": "a"}}), client.list_tables()

    both_ways(scenario)


def test_paginators_have_the_same_pages() -> None:
    def scenario(env: LambdaEvents) -> Any:
        table = env.table("items", partition_key="id")
        for number in range(7):
            table.put_item({"id": str(number)})
        pages: list[Any] = []
        dynamodb, sns = make("dynamodb"), make("sns")
        for page in dynamodb.get_paginator("scan").paginate(TableName="items", PaginationConfig={"PageSize": 3}):
            pages.append(page)
        found = dynamodb.get_paginator("query").paginate(
            TableName="items", KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": "1"}}
        )
        pages.append(found.build_full_result())
        for number in range(3):
            sns.create_topic(Name=f"topic-{number}")
        return [*pages, sns.get_paginator("list_topics").paginate().build_full_result()]

    pages, fast = both_ways(scenario)

    assert [page["Count"] for page in pages[:3]] == [3, 3, 1]
    assert fast.count("Scan") == 3


def test_waiters_wait_for_the_same_virtual_time() -> None:
    def scenario(env: LambdaEvents) -> Any:
        dynamodb, kinesis = make("dynamodb"), make("kinesis")
        keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
        types = [{"AttributeName": "id", "AttributeType": "S"}]
        dynamodb.create_table(TableName="items", AttributeDefinitions=types, **keys)
        dynamodb.get_waiter("table_exists").wait(TableName="items")
        seconds = [env.elapsed]
        with pytest.raises(WaiterError) as failed:
            dynamodb.get_waiter("table_exists").wait(TableName="none", WaiterConfig={"Delay": 3, "MaxAttempts": 4})
        seconds.append(env.elapsed)
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
        return [*seconds, env.elapsed], str(failed.value), failed.value.last_response

    (seconds, _, _), fast = both_ways(scenario, table_state_change_seconds=30)

    assert seconds[1] - seconds[0] == 9
    assert fast.count("DescribeTable") > 4


def test_resources_have_the_same_attributes_and_items() -> None:
    def scenario(env: LambdaEvents) -> Any:
        sqs, dynamodb, sns, s3 = (boto3.resource(name) for name in ("sqs", "dynamodb", "sns", "s3"))
        queue = sqs.create_queue(QueueName="orders")
        queue.send_message(MessageBody="one", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
        (message,) = queue.receive_messages(MessageAttributeNames=["All"])
        env.table("items", partition_key="id")
        table = dynamodb.Table("items")
        with table.batch_writer() as batch:
            for number in range(30):
                batch.put_item(
                    Item={"id": str(number), "price": Decimal("1.5"), "tags": {"a"}, "raw": b"\x00", "deep": [{"x": 1}]}
                )
        item = table.get_item(Key={"id": "7"})["Item"]
        topic = sns.create_topic(Name="alerts")
        topic.publish(Message="hello")
        env.bucket("archive")
        s3.Object("archive", "key").put(Body=b"content")
        read = s3.Object("archive", "key").get()["Body"].read()
        return (
            message.body, message.message_attributes, message.md5_of_body, item, topic.attributes, queue.attributes, read,
            sorted(found["id"] for found in table.scan()["Items"]), [each.arn for each in sns.topics.all()],
        )  # fmt: skip

    seen, fast = both_ways(scenario)

    assert seen[3]["price"] == Decimal("1.5")
    assert seen[6] == b"content"
    assert "BatchWriteItem" in fast


def test_checksums_of_messages_are_the_same() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        url = client.create_queue(QueueName="orders")["QueueUrl"]
        attributes: Any = {
            "n": {"DataType": "Number", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"\xff\x00"},
        }
        sent = client.send_message(QueueUrl=url, MessageBody="b\u00e4h", MessageAttributes=attributes)
        batch = client.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": "1", "MessageBody": "one", "MessageAttributes": attributes}, {"Id": "2", "MessageBody": ""}],
        )
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return sent, batch, received

    (sent, _, received), fast = both_ways(scenario)

    assert sent["MD5OfMessageBody"] == hashlib.md5("b\u00e4h".encode(), usedforsecurity=False).hexdigest()
    assert received["Messages"][0]["MessageAttributes"]["b"]["BinaryValue"] == b"\xff\x00"
    assert len(fast) == 4


@pytest.mark.parametrize("blob", [b"", b"\x00\xff\xfe", b"text", bytearray(b"array"), "text"], ids=repr)
def test_blobs_are_the_same(blob: Any) -> None:
    def scenario(env: LambdaEvents) -> Any:
        dynamodb, kinesis, lambda_client = boto3.client("dynamodb"), boto3.client("kinesis"), boto3.client("lambda")
        env.table("items", partition_key="id")
        env.stream("clicks")
        env.function(lambda event, context: event, name="echo")
        seen: list[Any] = []
        item: Any = {"id": {"S": "a"}, "blob": {"B": blob}, "blobs": {"BS": [b"1", b"2"]}}
        seen.append(answers(lambda: dynamodb.put_item(TableName="items", Item=item)))
        seen.append(dynamodb.get_item(TableName="items", Key={"id": {"S": "a"}}))
        seen.append(answers(lambda: kinesis.put_record(StreamName="clicks", Data=blob, PartitionKey="a")))
        arguments: Any = {"StreamName": "clicks", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**arguments)["ShardIterator"]
        seen.append(kinesis.get_records(ShardIterator=iterator))
        seen.append(answers(lambda: lambda_client.invoke(FunctionName="echo", Payload=blob)))
        return seen

    both_ways(scenario)


def answers(call: Any) -> Any:
    """Returns what a call returns or raises."""
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error)


def test_text_of_a_message_is_not_read_as_an_operation() -> None:
    text = "a&Action=DeleteQueue&QueueName=none&MessageBody=other"

    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        url = client.create_queue(QueueName="orders")["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody=text)
        boto3.client("secretsmanager").create_secret(Name="token", SecretString=text)
        return client.receive_message(QueueUrl=url)["Messages"][0]["Body"]

    body, _ = both_ways(scenario)

    assert body == text


def test_a_parser_of_times_of_a_session_is_used() -> None:
    def scenario(env: LambdaEvents) -> Any:
        session: Any = botocore.session.get_session()
        client = session.create_client("dynamodb", region_name="us-east-1")
        env.table("items", partition_key="id")
        seen = [client.describe_table(TableName="items")]
        session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda value: f"time {value}")
        seen.append(client.describe_table(TableName="items"))
        return seen

    (first, second), _ = both_ways(scenario)

    assert isinstance(first["Table"]["CreationDateTime"], datetime)
    assert second["Table"]["CreationDateTime"].startswith("time ")


def test_a_response_belongs_to_the_caller() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("dynamodb")
        env.table("items", partition_key="id")
        item: Any = {"id": {"S": "a"}, "list": {"L": [{"N": "1"}]}, "map": {"M": {"x": {"S": "y"}}}}
        client.put_item(TableName="items", Item=item)
        item["list"]["L"].append({"N": "2"})
        first = client.get_item(TableName="items", Key={"id": {"S": "a"}})["Item"]
        first["list"]["L"].clear()
        first["map"]["M"]["x"]["S"] = "changed"
        described: Any = client.describe_table(TableName="items")["Table"]
        described["KeySchema"].clear()
        return client.get_item(TableName="items", Key={"id": {"S": "a"}}), client.describe_table(TableName="items")

    (read, described), _ = both_ways(scenario)

    assert read["Item"] == {"id": {"S": "a"}, "list": {"L": [{"N": "1"}]}, "map": {"M": {"x": {"S": "y"}}}}
    assert described["Table"]["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]


def test_calls_of_a_handler_have_the_same_journal() -> None:
    def handler(event: Any, context: Any) -> Any:
        client = boto3.client("sqs")
        url = client.create_queue(QueueName="orders")["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody="one")
        with pytest.raises(ClientError):
            client.get_queue_url(QueueName="none")
        boto3.client("sns").list_topics()
        return client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"]

    both_ways(lambda env: env.function(handler, name="worker", timeout=60).invoke().payload)


def test_presigned_urls_are_the_same() -> None:
    def scenario(env: LambdaEvents) -> Any:
        sqs, s3 = boto3.client("sqs"), boto3.client("s3")
        sqs.list_queues()
        return (
            sqs.generate_presigned_url("get_queue_url", Params={"QueueName": "orders"}),
            s3.generate_presigned_url("get_object", Params={"Bucket": "archive", "Key": "key"}),
        )

    both_ways(scenario)


@pytest.mark.parametrize("name", ["make_request", "_send", "_do_get_response", "create_request"])
def test_a_patched_method_of_the_endpoint_of_a_client_is_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client: Any = boto3.client("sqs")
        client.list_queues()
        calls: list[str] = []
        original = getattr(client._endpoint, name)

        def patched(*arguments: Any, **keywords: Any) -> Any:
            calls.append(name)
            return original(*arguments, **keywords)

        with monkeypatch.context() as patch:
            patch.setattr(client._endpoint, name, patched)
            client.list_queues()
        client.list_queues()
        return calls

    calls, fast = both_ways(scenario)

    assert calls == [name]
    assert len(fast) in (2, 3)
