#!/usr/bin/env bash
# Two surprises of moto's CloudFormation (moto 5.2.5, boto3 1.44.8), without any other library:
#
# 1. A service that answers in JSON refuses a resource inside create_stack (here: a log group whose name is taken).
#    Expected: botocore.exceptions.ClientError with the service's message.
#    Seen: botocore.parsers.ResponseParserError, "invalid XML received", because the JSON error is sent as the answer
#    of CloudFormation, whose protocol is XML.
# 2. A role of a stack with ManagedPolicyArns.
#    Expected: list_attached_role_policies lists the policy.
#    Seen: an empty list, and no error.
#
# Exits with 1 if either behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[cloudformation,logs,iam]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

import boto3
import botocore
import moto
from botocore.parsers import ResponseParserError
from moto import mock_aws

print("moto", moto.__version__, "botocore", botocore.__version__)
GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "one"}}
POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "role",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "ManagedPolicyArns": [POLICY],
    },
}
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
    stacks, iam = boto3.client("cloudformation", **keys), boto3.client("iam", **keys)
    try:
        stacks.create_stack(StackName="a", TemplateBody=json.dumps({"Resources": {"One": GROUP, "Two": GROUP}}))
        error = None
    except Exception as raised:
        error = raised
    print("1.", type(error).__name__, str(error)[:120])
    stacks.create_stack(StackName="b", TemplateBody=json.dumps({"Resources": {"Role": ROLE}}))
    attached = iam.list_attached_role_policies(RoleName="role")["AttachedPolicies"]
    print("2.", attached)
sys.exit(0 if isinstance(error, ResponseParserError) and attached == [] else 1)
PYTHON
