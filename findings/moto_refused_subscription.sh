#!/usr/bin/env bash
# A surprise of moto's SNS (moto 5.2.5, boto3 1.44.8), without any other library:
#
# Subscribe is refused because of its filter policy (`{"a": 1}`: a value must be an array or an object).
# Expected: after the ClientError there is no subscription, as on AWS.
# Seen: the subscription is made before its attributes are read. It stays, without the filter, so the queue gets every
# message of the topic.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[sns,sqs]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import boto3
import botocore
import moto
from botocore.exceptions import ClientError
from moto import mock_aws

print("moto", moto.__version__, "botocore", botocore.__version__)
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
with mock_aws():
    sns, sqs = boto3.client("sns", **keys), boto3.client("sqs", **keys)
    topic, queue = sns.create_topic(Name="alerts")["TopicArn"], sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    refused = ""
    try:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": '{"a": 1}'})
    except ClientError as error:
        refused = error.response["Error"]["Code"]
    subscriptions = sns.list_subscriptions()["Subscriptions"]
    sns.publish(TopicArn=topic, Message="not filtered")
    received = sqs.receive_message(QueueUrl=queue).get("Messages", [])
    print("refused with", refused or "nothing", "- subscriptions:", len(subscriptions), "- messages received:", len(received))
sys.exit(0 if refused and len(subscriptions) == 1 and len(received) == 1 else 1)
PYTHON
