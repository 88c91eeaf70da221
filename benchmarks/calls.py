"""What one call of boto3 costs, against the same call in bare `mock_aws`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from measuring import Row, seconds_of
from sides import FORMER, MOCK_AWS, Comparison, compared, opened

Send = Callable[[int], object]
"""A call, with the number of calls before it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is measured, and the limit of its ratio."""

    service: str
    name: str
    prepare: Callable[[Any], Send]
    """Creates what the call needs with a client of the service, and returns the call."""
    ratio: float
    calls: int = 100
    against: str = MOCK_AWS

    def seconds(self, side: str) -> float:
        """Returns the CPU seconds of one call."""
        import boto3

        with opened(side):
            send = self.prepare(boto3.client(self.service, region_name="us-east-1"))
            for number in range(3):
                send(number)
            return seconds_of(lambda: [send(number) for number in range(3, 3 + self.calls)]) / self.calls


def measure() -> Iterator[Row]:
    """Yields the rows of all calls."""
    comparisons = [Comparison(call.name, call.against, ratio=call.ratio) for call in CALLS]
    yield from compared("calls", comparisons)


def _send_message(sqs: Any) -> Send:
    url = _queue(sqs)
    return lambda number: sqs.send_message(QueueUrl=url, MessageBody=f'{{"id": {number}}}')


def _send_message_batch(sqs: Any) -> Send:
    url = _queue(sqs)
    return lambda number: sqs.send_message_batch(QueueUrl=url, Entries=_entries(number))


def _receive_message(sqs: Any, *, messages: int, batches: int) -> Send:
    url = _queue(sqs)
    for number in range(batches):
        sqs.send_message_batch(QueueUrl=url, Entries=_entries(number))

    def receive(number: int) -> None:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=messages)["Messages"]
        if len(received) != messages:
            raise RuntimeError(f"{len(received)} messages were received instead of {messages}.")

    return receive


def _queue(sqs: Any) -> str:
    url: str = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return url


def _entries(number: int) -> list[dict[str, str]]:
    return [{"Id": str(entry), "MessageBody": f'{{"id": {number * 10 + entry}}}'} for entry in range(10)]


def _put_record(kinesis: Any) -> Send:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    return lambda number: kinesis.put_record(StreamName="clicks", Data=b'{"page": "/"}', PartitionKey=f"key {number}")


def _invoke_event(functions: Any) -> Send:
    import boto3

    role = boto3.client("iam").create_role(RoleName="charge", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions.create_function(
        FunctionName="charge", Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": zipped()}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="charge")
    return lambda number: functions.invoke(
        FunctionName="charge", InvocationType="Event", Payload=f'{{"order": {number}}}'.encode()
    )


def zipped(source: str = "def handler(event, context): return None") -> bytes:
    """Returns the archive of a function."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", source)
    return archive.getvalue()


def _put_item(dynamodb: Any) -> Send:
    _table(dynamodb, items=0)
    return lambda number: dynamodb.put_item(TableName="orders", Item=_item(number))


def _get_item(dynamodb: Any) -> Send:
    _table(dynamodb, items=50)
    return lambda number: dynamodb.get_item(TableName="orders", Key=_key(number % 50))


def _query(dynamodb: Any) -> Send:
    _table(dynamodb, items=50)
    return lambda number: dynamodb.query(
        TableName="orders",
        KeyConditionExpression="#id = :id",
        ExpressionAttributeNames={"#id": "id"},
        ExpressionAttributeValues={":id": {"S": str(number % 50)}},
    )


def _update_item(dynamodb: Any) -> Send:
    _table(dynamodb, items=50)
    return lambda number: dynamodb.update_item(
        TableName="orders",
        Key=_key(number % 50),
        UpdateExpression="SET #state = :state ADD changes :one",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": f"state {number}"}, ":one": {"N": "1"}},
    )


def _table(dynamodb: Any, *, items: int) -> None:
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(items):
        dynamodb.put_item(TableName="orders", Item=_item(number))


def _key(number: int) -> dict[str, Any]:
    return {"id": {"S": str(number)}}


def _item(number: int) -> dict[str, Any]:
    return {**_key(number), "state": {"S": "new"}, "amount": {"N": "7"}, "lines": {"L": [{"M": {"article": {"S": "book"}}}]}}


def _publish(sns: Any) -> Send:
    topic = sns.create_topic(Name="orders")["TopicArn"]
    return lambda number: sns.publish(TopicArn=topic, Message=f'{{"id": {number}}}')


def _put_events(events: Any) -> Send:
    def put(number: int) -> object:
        entry = {"Source": "shop", "DetailType": "ordered", "Detail": json.dumps({"id": number})}
        return events.put_events(Entries=[entry])

    return put


def _get_parameter(ssm: Any) -> Send:
    ssm.put_parameter(Name="/shop/limit", Value="7", Type="String")
    return lambda number: ssm.get_parameter(Name="/shop/limit")


def _get_secret_value(secrets: Any) -> Send:
    secrets.create_secret(Name="bank", SecretString="secret")
    return lambda number: secrets.get_secret_value(SecretId="bank")


def _put_object(s3: Any) -> Send:
    s3.create_bucket(Bucket="orders")
    return lambda number: s3.put_object(Bucket="orders", Key=f"{number % 50}.json", Body=b'{"id": 7}')


def _get_object(s3: Any) -> Send:
    put = _put_object(s3)
    for number in range(50):
        put(number)
    return lambda number: s3.get_object(Bucket="orders", Key=f"{number % 50}.json")["Body"].read()


_receive_one = partial(_receive_message, messages=1, batches=6)
_receive_ten = partial(_receive_message, messages=10, batches=13)

CALLS = (
    Call("sqs", "sqs.send_message", _send_message, ratio=0.085),
    Call("sqs", "sqs.send_message_batch of 10", _send_message_batch, ratio=0.015, calls=30),
    Call("sqs", "sqs.receive_message", _receive_one, ratio=0.034, calls=50),
    Call("sqs", "sqs.receive_message of 10", _receive_ten, ratio=0.006, calls=10),
    Call("kinesis", "kinesis.put_record", _put_record, ratio=0.22),
    Call("lambda", "lambda.invoke (Event)", _invoke_event, ratio=0.4, against=FORMER),
    Call("dynamodb", "dynamodb.put_item", _put_item, ratio=0.22),
    Call("dynamodb", "dynamodb.get_item", _get_item, ratio=0.22),
    Call("dynamodb", "dynamodb.query", _query, ratio=0.22),
    Call("dynamodb", "dynamodb.update_item", _update_item, ratio=0.4),
    Call("sns", "sns.publish", _publish, ratio=0.22),
    Call("events", "events.put_events", _put_events, ratio=0.22),
    Call("ssm", "ssm.get_parameter", _get_parameter, ratio=0.22),
    Call("secretsmanager", "secretsmanager.get_secret_value", _get_secret_value, ratio=0.22),
    Call("s3", "s3.put_object", _put_object, ratio=0.45),
    Call("s3", "s3.get_object", _get_object, ratio=0.45),
)
MEASUREMENTS = {call.name: call.seconds for call in CALLS}
