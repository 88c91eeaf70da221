#!/usr/bin/env bash
# Surprises of moto when a test repeats a call that replaces a value on AWS (moto 5.2.5, boto3 1.44.8), without any other library:
#
# 1. DynamoDB TagResource with the key of a tag that exists.
#    Expected: the tag has the new value, as on AWS. Seen: ListTagsOfResource has the key twice, first with the old value.
# 2. CloudWatch Logs PutMetricFilter with the name of a filter that exists.
#    Expected: the filter has the new pattern ("Creates or updates a metric filter"). Seen: there are two filters of that
#    name, first the old one.
# 3. Kinesis CreateStream with Tags.
#    Expected: the stream has the tags. Seen: it has none.
#
# Here it matters for updates of CloudFormation stacks, and for templates: they untag first, delete the filter first, and add
# the tags with AddTagsToStream.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[dynamodb,logs,kinesis]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import boto3
import botocore
import moto
from moto import mock_aws

print("moto", moto.__version__, "botocore", botocore.__version__)
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
with mock_aws():
    dynamodb, logs, kinesis = (boto3.client(name, **keys) for name in ("dynamodb", "logs", "kinesis"))
    table = dynamodb.create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )["TableDescription"]["TableArn"]
    for value in ("first", "second"):
        dynamodb.tag_resource(ResourceArn=table, Tags=[{"Key": "team", "Value": value}])
    tags = [one["Value"] for one in dynamodb.list_tags_of_resource(ResourceArn=table)["Tags"]]
    print("1. values of one tag:", tags)

    logs.create_log_group(logGroupName="group")
    metric = [{"metricName": "errors", "metricNamespace": "shop", "metricValue": "1"}]
    for pattern in ("first", "second"):
        logs.put_metric_filter(logGroupName="group", filterName="one", filterPattern=pattern, metricTransformations=metric)
    patterns = [one["filterPattern"] for one in logs.describe_metric_filters()["metricFilters"]]
    print("2. patterns of filters with one name:", patterns)

    kinesis.create_stream(StreamName="clicks", ShardCount=1, Tags={"team": "shop"})
    tags_of_stream = kinesis.list_tags_for_stream(StreamName="clicks")["Tags"]
    print("3. tags of the stream:", tags_of_stream)
sys.exit(0 if tags == ["first", "second"] and patterns == ["first", "second"] and tags_of_stream == [] else 1)
PYTHON
