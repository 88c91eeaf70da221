#!/usr/bin/env bash
# A surprise of moto's CloudWatch Logs (moto 5.2.5, boto3 1.44.8), without any other library:
#
# A subscription filter with the pattern `ERROR` sends log events to a Kinesis stream. FilterLogEvents gets the pattern
# `?ERROR ?WARN`. A log group has two filters, and one of them is put again.
# Expected: only matching log events are delivered and found, and the filter is replaced, as on AWS.
# Seen: every log event is delivered, every log event is found, and the second put is a LimitExceededException.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[logs,kinesis]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import gzip
import json
import sys
import time

import boto3
import botocore
import moto
from botocore.exceptions import ClientError
from moto import mock_aws

print("moto", moto.__version__, "botocore", botocore.__version__)
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
with mock_aws():
    logs, kinesis = boto3.client("logs", **keys), boto3.client("kinesis", **keys)
    kinesis.create_stream(StreamName="out", ShardCount=1)
    stream = kinesis.describe_stream(StreamName="out")["StreamDescription"]
    logs.create_log_group(logGroupName="shop")
    logs.create_log_stream(logGroupName="shop", logStreamName="one")
    wanted = {"logGroupName": "shop", "filterPattern": "ERROR", "destinationArn": stream["StreamARN"],
              "roleArn": "arn:aws:iam::123456789012:role/logs"}
    logs.put_subscription_filter(filterName="errors", **wanted)
    event = {"timestamp": int(time.time() * 1000), "message": "all is fine"}
    logs.put_log_events(logGroupName="shop", logStreamName="one", logEvents=[event])
    shard = stream["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName="out", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    delivered = [one["message"] for record in records for one in json.loads(gzip.decompress(record["Data"]))["logEvents"]]
    found = [one["message"] for one in logs.filter_log_events(logGroupName="shop", filterPattern="?ERROR ?WARN")["events"]]
    logs.put_subscription_filter(filterName="more", **wanted)
    refused = ""
    try:
        logs.put_subscription_filter(filterName="errors", **wanted)
    except ClientError as error:
        refused = error.response["Error"]["Code"]
    print("delivered:", delivered, "found:", found, "second put:", refused or "accepted")
sys.exit(0 if delivered == found == ["all is fine"] and refused == "LimitExceededException" else 1)
PYTHON
