"""Resources of every service that generated calls use, and values that name them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from dynamodb_calls import TABLES

Call = tuple[str, str, dict[str, Any]]
"""The name of a service, the name of an operation, and parameters."""
_ACCOUNT = "123456789012"
_PLACE = f"us-east-1:{_ACCOUNT}"
_QUEUES = f"https://sqs.us-east-1.amazonaws.com/{_ACCOUNT}"
ROLE = f"arn:aws:iam::{_ACCOUNT}:role/worker"
_TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})  # fmt: skip
_POLICY = json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Principal": "*"}],
})  # fmt: skip
_MACHINE = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}})


def _code() -> bytes:
    """Returns a function's code as a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), "def handler(event, context):\n    return event\n")
    return content.getvalue()


def _tables() -> Sequence[Call]:
    for_all: dict[str, Any] = {
        "GlobalSecondaryIndexes": [{
            "IndexName": "by s",
            "KeySchema": [{"AttributeName": "s", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }  # fmt: skip
    types = {"at": "N", "s": "S", "n": "N"}
    keys = {name: {"id": "HASH", **({"at": "RANGE"} if name == "ranged" else {})} for name in TABLES}
    return [
        ("dynamodb", "CreateTable", {
            "TableName": name,
            "KeySchema": [{"AttributeName": each, "KeyType": kind} for each, kind in keys[name].items()],
            "AttributeDefinitions": [
                {"AttributeName": each, "AttributeType": kind}
                for each, kind in {"id": hash_key, **types}.items() if each in ("s", "n", *keys[name])
            ],
            **for_all,
        })
        for name, hash_key in TABLES.items()
    ]  # fmt: skip


FIRST_CALLS: Sequence[Call] = (
    ("iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": _TRUST}),
    ("iam", "CreateUser", {"UserName": "ann"}),
    *(("sqs", "CreateQueue", {"QueueName": name}) for name in ("orders", "dead", "mapped")),
    ("sqs", "CreateQueue", {"QueueName": "orders.fifo", "Attributes": {"FifoQueue": "true"}}),
    ("sns", "CreateTopic", {"Name": "alerts"}),
    ("sns", "Subscribe", {
        "TopicArn": f"arn:aws:sns:{_PLACE}:alerts", "Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{_PLACE}:dead",
        "ReturnSubscriptionArn": True,
    }),
    ("kinesis", "CreateStream", {"StreamName": "clicks", "ShardCount": 2}),
    *_tables(),
    ("lambda", "CreateFunction", {
        "FunctionName": "echo", "Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": _code()},
    }),
    ("lambda", "CreateEventSourceMapping", {"FunctionName": "echo", "EventSourceArn": f"arn:aws:sqs:{_PLACE}:mapped"}),
    ("events", "CreateEventBus", {"Name": "shop"}),
    ("events", "PutRule", {"Name": "sold", "EventBusName": "shop", "EventPattern": '{"source": ["shop"]}'}),
    ("events", "PutTargets", {
        "Rule": "sold", "EventBusName": "shop", "Targets": [{"Id": "1", "Arn": f"arn:aws:sqs:{_PLACE}:dead"}],
    }),
    ("s3", "CreateBucket", {"Bucket": "archive"}),
    ("secretsmanager", "CreateSecret", {"Name": "token", "SecretString": '{"key": "value"}'}),
    ("ssm", "PutParameter", {"Name": "/shop/name", "Value": "shop", "Type": "String"}),
    ("ssm", "PutParameter", {"Name": "/shop/key", "Value": "secret", "Type": "SecureString"}),
    ("logs", "CreateLogGroup", {"logGroupName": "/shop"}),
    ("logs", "CreateLogStream", {"logGroupName": "/shop", "logStreamName": "one"}),
    ("kms", "CreateKey", {}),
    ("kms", "CreateAlias", {"AliasName": "alias/shop", "TargetKeyId": "KEY"}),
    ("stepfunctions", "CreateStateMachine", {"name": "flow", "definition": _MACHINE, "roleArn": ROLE}),
    ("firehose", "CreateDeliveryStream", {
        "DeliveryStreamName": "logs",
        "ExtendedS3DestinationConfiguration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::archive"},
    }),
)  # fmt: skip
"""Calls that create the resources, in any environment. KEY stands for the id of the last key."""

_NAMES: Mapping[str, Sequence[Any]] = {
    "QueueUrl": [f"{_QUEUES}/{name}" for name in ("orders", "orders", "orders", "orders.fifo", "dead", "mapped", "none")],
    "QueueName": ["orders", "orders.fifo", "dead", "fresh", "fresh.fifo", "a b", "none"],
    "SourceArn": [f"arn:aws:sqs:{_PLACE}:dead"],
    "TopicArn": [f"arn:aws:sns:{_PLACE}:{name}" for name in ("alerts", "alerts", "fresh", "none")],
    "sns.Name": ["alerts", "fresh", "fresh.fifo", "a b"],
    "sns.TargetArn": [f"arn:aws:sns:{_PLACE}:alerts"],
    "sns.Protocol": ["sqs", "lambda", "email", "none"],
    "sns.Endpoint": [f"arn:aws:sqs:{_PLACE}:orders", f"arn:aws:lambda:{_PLACE}:function:echo", "ann@example.com"],
    "Message": ["hello", "b\u00e4h <&>", '{"default": "text"}', "x\x00y"],
    "StreamName": ["clicks", "clicks", "clicks", "fresh", "none"],
    "kinesis.StreamARN": [f"arn:aws:kinesis:{_PLACE}:stream/{name}" for name in ("clicks", "clicks", "none")],
    "ShardId": ["shardId-000000000000", "shardId-000000000001", "shardId-000000000009"],
    "TableName": ["plain", "ranged", "plain", "ranged", "fresh", "none"],
    "AttributeName": ["id", "at", "s", "n"],
    "IndexName": ["by s", "none"],
    "Key": [{"id": {"S": "a"}}, {"id": {"S": "a"}, "at": {"N": "1"}}, {"id": {"N": "1"}}, "one", "folder/b\u00e4h one"],
    "Item": [{"id": {"S": "a"}, "at": {"N": "1"}, "b": {"B": b"\x00"}}, {"id": {"S": "b"}, "at": {"N": "2"}, "m": {"M": {}}}],
    "Statement": ['SELECT * FROM "plain"', "SELECT * FROM ranged WHERE id = 'a'", "SELECT"],
    "FunctionName": ["echo", "echo", "echo", "fresh", "none", f"arn:aws:lambda:{_PLACE}:function:echo"],
    "EventSourceArn": [f"arn:aws:sqs:{_PLACE}:orders", f"arn:aws:kinesis:{_PLACE}:stream/clicks"],
    "Role": [ROLE], "RoleArn": [ROLE], "RoleARN": [ROLE], "roleArn": [ROLE],
    "Handler": ["app.handler", "app.none"], "lambda.Runtime": ["python3.12"], "ZipFile": [_code()],
    "Payload": [b"{}", b'{"number": 1}', b"nonsense", b""],
    "Qualifier": ["$LATEST", "live", "1"], "FunctionVersion": ["$LATEST", "1"], "Name": ["live", "shop", "sold", "fresh"],
    "EventBusName": ["shop", "default", "none", "fresh"], "Rule": ["sold", "none"],
    "EventPattern": ['{"source": ["shop"]}', "{", '{"detail": {"number": [{"numeric": [">", 1]}]}}'],
    "Event": ['{"source": "shop", "detail-type": "sold", "detail": {}}', "{}"],
    "Source": ["shop"], "DetailType": ["sold"], "Detail": ['{"number": 1}', "nonsense", "{}"],
    "ScheduleExpression": ["rate(5 minutes)", "cron(0 12 * * ? *)", "never"],
    "events.Targets": [[{"Id": "1", "Arn": f"arn:aws:sqs:{_PLACE}:orders"}]],
    "events.Name": ["shop", "sold", "fresh", "default"],
    "secretsmanager.Name": ["token", "fresh", "a b!"], "SecretId": ["token", "token", "none"],
    "ssm.Name": ["/shop/name", "/shop/key", "/fresh", "none", "no way"], "Path": ["/shop", "/", "/none"],
    "logGroupName": ["/shop", "/fresh", "/none"], "logStreamName": ["one", "two", "none"],
    "kms.KeyId": ["KEY", "KEY", "alias/shop", "none"], "TargetKeyId": ["KEY"],
    "AliasName": ["alias/shop", "alias/fresh", "wrong"],
    "name": ["flow", "fresh", "run"], "definition": [_MACHINE, "{"], "input": ["{}", '{"a": 1}'],
    "stateMachineArn": [f"arn:aws:states:{_PLACE}:stateMachine:{name}" for name in ("flow", "flow", "none")],
    "DeliveryStreamName": ["logs", "fresh", "none"], "BucketARN": ["arn:aws:s3:::archive"],
    "Bucket": ["archive", "archive", "fresh-bucket", "none", "WRONG"], "CopySource": ["archive/one"],
    "Body": [b"text", b"", "text"],
    "UserName": ["ann", "bob", "none"], "RoleName": ["worker", "fresh", "none"], "AssumeRolePolicyDocument": [_TRUST, "{"],
    "PolicyName": ["one"], "PolicyDocument": [_POLICY, "{"], "Policy": [_POLICY, "{"], "AccountId": [_ACCOUNT],
    "ResourceARN": [f"arn:aws:kinesis:{_PLACE}:stream/clicks", f"arn:aws:secretsmanager:{_PLACE}:secret:token"],
    "dynamodb.ResourceArn": [f"arn:aws:dynamodb:{_PLACE}:table/plain"],
    "sns.ResourceArn": [f"arn:aws:sns:{_PLACE}:alerts"],
    "events.ResourceARN": [f"arn:aws:events:{_PLACE}:event-bus/shop", f"arn:aws:events:{_PLACE}:rule/shop/sold"],
    "Resource": [f"arn:aws:lambda:{_PLACE}:function:echo"],
    "ssm.ResourceId": ["/shop/name", "none"], "ssm.ResourceType": ["Parameter"],
    "AccountIds": [[_ACCOUNT]], "AWSAccountIds": [[_ACCOUNT]],
}  # fmt: skip
_SQS: Mapping[str, Sequence[Any]] = {
    "sqs.Attributes value": ["10", "0", "true", "-1", "none", _POLICY, json.dumps({
        "deadLetterTargetArn": f"arn:aws:sqs:{_PLACE}:dead", "maxReceiveCount": 2,
    })],
    "sqs.MaxNumberOfMessages": [1, 3, 10, 10, 11], "sqs.WaitTimeSeconds": [0, 1, 20, 21], "sqs.DelaySeconds": [0, 1, 901],
    "sqs.VisibilityTimeout": [0, 1, 30, 50_000],
    "MessageAttributeNames": [["All"], ["number"], [".*"]], "AttributeNames": [["All"]],
    "MessageSystemAttributeNames": [["All"]],
    "MessageAttributes": [
        {"number": {"DataType": "Number", "StringValue": "1"}, "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
        {"text": {"DataType": "String", "StringValue": "b\u00e4h"}}, {"odd": {"DataType": "Odd", "StringValue": "x"}},
    ],
    "MessageGroupId": ["A", "B", ""], "MessageDeduplicationId": ["1", "2", "3"],
}  # fmt: skip
GIVEN_VALUES: Mapping[str, Sequence[Any]] = {**_NAMES, **_SQS}
"""Values by the name of a member, or by service and name."""
SAME_MEMBERS: Mapping[str, str] = {
    "NextShardIterator": "ShardIterator", "StartingSequenceNumber": "SequenceNumber", "SubscriptionArns": "SubscriptionArn",
    "StreamARN": "StreamArn", "SubscribedRuleArn": "RuleArn", "LatestStreamArn": "StreamArn", "Arn": "EventSourceArn",
    "ConsumerARN": "ConsumerArn", "SecretVersionId": "VersionId", "Plaintext": "Plaintext", "MasterRegion": "Region",
}  # fmt: skip
"""Members whose values belong to a member of another name too."""
OTHER_OPERATIONS: Mapping[str, str] = {
    "secretsmanager": "CreateSecret GetSecretValue PutSecretValue UpdateSecret DescribeSecret ListSecrets DeleteSecret "
    "RestoreSecret ListSecretVersionIds BatchGetSecretValue TagResource GetRandomPassword",
    "ssm": "PutParameter GetParameter GetParameters GetParametersByPath DescribeParameters DeleteParameter DeleteParameters "
    "GetParameterHistory LabelParameterVersion AddTagsToResource ListTagsForResource",
    "stepfunctions": "CreateStateMachine DescribeStateMachine ListStateMachines StartExecution DescribeExecution "
    "ListExecutions GetExecutionHistory StopExecution UpdateStateMachine DeleteStateMachine",
    "logs": "CreateLogGroup CreateLogStream PutLogEvents GetLogEvents FilterLogEvents DescribeLogGroups DescribeLogStreams "
    "PutRetentionPolicy DeleteRetentionPolicy DeleteLogStream DeleteLogGroup StartQuery",
    "kms": "CreateKey DescribeKey ListKeys CreateAlias ListAliases Encrypt Decrypt ReEncrypt GenerateDataKey GenerateRandom "
    "GenerateDataKeyWithoutPlaintext EnableKeyRotation GetKeyRotationStatus GetKeyPolicy PutKeyPolicy DisableKey EnableKey "
    "ScheduleKeyDeletion TagResource GenerateMac VerifyMac",
    "firehose": "CreateDeliveryStream PutRecord PutRecordBatch DescribeDeliveryStream ListDeliveryStreams "
    "TagDeliveryStream ListTagsForDeliveryStream DeleteDeliveryStream",
    "s3": "CreateBucket ListBuckets HeadBucket PutObject GetObject HeadObject ListObjectsV2 CopyObject DeleteObject "
    "PutObjectTagging GetObjectTagging CreateMultipartUpload UploadPart DeleteObjects DeleteBucket GetBucketLocation",
    "cloudwatch": "PutMetricData GetMetricStatistics GetMetricData ListMetrics PutMetricAlarm DescribeAlarms DeleteAlarms",
    "sts": "GetCallerIdentity AssumeRole GetSessionToken",
    "iam": "CreateUser GetUser ListUsers CreateRole GetRole ListRoles CreateAccessKey ListAccessKeys PutRolePolicy "
    "GetRolePolicy DeleteRole DeleteUser",
}
"""The most used operations of services that this plugin does not simulate itself."""
USUAL_OPERATIONS: Mapping[str, str] = {
    "sqs": "SendMessage SendMessageBatch ReceiveMessage ReceiveMessage ReceiveMessage DeleteMessage DeleteMessageBatch "
    "ChangeMessageVisibility GetQueueAttributes",
    "kinesis": "PutRecord PutRecords GetShardIterator GetRecords GetRecords DescribeStreamSummary ListShards",
    "dynamodb": " ".join(["PutItem"] * 10),
    "dynamodbstreams": "ListStreams DescribeStream GetShardIterator GetRecords",
    "lambda": "Invoke Invoke Invoke GetFunction ListFunctions UpdateFunctionConfiguration",
    "sns": "Publish Publish PublishBatch Subscribe",
    "events": "PutEvents PutEvents PutRule PutTargets TestEventPattern",
}
"""Operations that are called more often than others. PutItem stands for any operation of items."""
SIMULATED = ("sqs", "kinesis", "dynamodb", "dynamodbstreams", "lambda", "sns", "events")
"""Services all of whose operations are called."""
