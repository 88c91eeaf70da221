#!/usr/bin/env bash
# A surprise of moto's S3 and EventBridge (moto 5.2.5, boto3 1.44.8), without any other library:
#
# A rule matches calls of CreateBucket that CloudTrail records: `{"source": ["aws.s3"], "detail-type": ["AWS API Call via
# CloudTrail"], "detail": {"eventName": ["CreateBucket"]}}`. Its target is a state machine (a function is alike).
# Expected: a new bucket causes nothing, or an event of the type `AWS API Call via CloudTrail` at the current time.
# Seen: the target receives an event of the type `Object Created` from November 2021, with a constant id, which the rule itself
# does not match. moto compares only `source` and `eventName`.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[events,s3,stepfunctions]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

import boto3
import botocore
import moto
from moto import mock_aws

print("moto", moto.__version__, "botocore", botocore.__version__)
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
pattern = {
    "source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": ["CreateBucket"]},
}  # fmt: skip
with mock_aws():
    events, states = boto3.client("events", **keys), boto3.client("stepfunctions", **keys)
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    role = "arn:aws:iam::123456789012:role/events"
    machine = states.create_state_machine(name="new-bucket", definition=definition, roleArn=role)["stateMachineArn"]
    events.put_rule(Name="new-bucket", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="new-bucket", Targets=[{"Id": "1", "Arn": machine, "RoleArn": role}])
    boto3.client("s3", **keys).create_bucket(Bucket="uploads")
    executions = states.list_executions(stateMachineArn=machine)["executions"]
    received = [json.loads(states.describe_execution(executionArn=one["executionArn"])["input"]) for one in executions]
print("events:", [(one["detail-type"], one["time"], one["id"]) for one in received])
is_as_described = [(one["detail-type"], one["time"]) for one in received] == [("Object Created", "2021-11-12T00:00:00Z")]
sys.exit(0 if is_as_described else 1)
PYTHON
