#!/usr/bin/env bash
# Surprises of moto's SQS with the JSON protocol (moto 5.2.5, boto3 1.44.8), without any other library:
#
# 1. A message whose text has `<RequestId>id-of-the-caller</RequestId>` in it, for example an error of AWS that is forwarded.
#    Expected: the receiver gets the text that was sent.
#    Seen: moto writes its own request id over the one in the text, because it edits the whole body of a response.
# 2. A message whose text has `&Action=GetQueueAttributes&` in it, for example a URL.
#    Expected: SendMessage.
#    Seen: the JSON body is read as a query string, and the operation in the text is called instead. SendMessage answers with
#    success and without MessageId, and there is no message.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[sqs]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import boto3
import botocore
import moto
from moto import mock_aws

print("moto", moto.__version__, "botocore", botocore.__version__)
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
forwarded, link = "<RequestId>id-of-the-caller</RequestId>", "shop?a=1&Action=GetQueueAttributes&b=2"
with mock_aws():
    sqs = boto3.client("sqs", **keys)
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=forwarded)
    received = sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]
    answer = sqs.send_message(QueueUrl=queue, MessageBody=link)
    rest = sqs.receive_message(QueueUrl=queue).get("Messages", [])
    print("sent", forwarded, "- received", received)
    print("MessageId of the second message:", answer.get("MessageId"), "- messages received:", len(rest))
is_rewritten = received != forwarded and received.startswith("<RequestId>")
sys.exit(0 if is_rewritten and "MessageId" not in answer and not rest else 1)
PYTHON
