#!/usr/bin/env bash
# A surprise of moto (moto 5.2.5, boto3 1.44.8), without any other library:
#
# A client with a dual-stack endpoint lists its queues inside mock_aws.
# Expected: moto answers, as it does for a client with the usual endpoint.
# Seen: moto knows the host names that end in amazonaws.com, and passes the request for sqs.us-east-1.api.aws on. botocore
# opens a connection to send it. For a service that moto does not have and whose only endpoint is of this kind, such as
# Amazon Q Business, the same happens without any setting.
#
# Where it matters: pytest_lambda_events/aws/network/endpoints.py resolves the endpoint of each client as for a plain client, and
# aws/network/api_calls.py lets nothing be sent.
#
# This script lets no connection be opened: it counts the attempts. Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "moto[sqs]==5.2.5" "boto3==1.44.8" "botocore==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import socket
import sys

import boto3
import botocore
import moto
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

attempts = []


def refuse(host, *arguments, **keywords):
    attempts.append(host)
    raise OSError("no connection in this script")


socket.getaddrinfo = refuse
print("moto", moto.__version__, "botocore", botocore.__version__)
keys = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
once = {"total_max_attempts": 1}
with mock_aws():
    usual = boto3.client("sqs", **keys).list_queues()["ResponseMetadata"]["HTTPStatusCode"]
    for service, operation, setting in (("sqs", "list_queues", True), ("qbusiness", "list_applications", False)):
        client = boto3.client(service, config=Config(use_dualstack_endpoint=setting or None, retries=once), **keys)
        try:
            getattr(client, operation)()
        except EndpointConnectionError as error:
            print(service, "-", error)
print("usual endpoint: status", usual, "- hosts that were looked up:", attempts)
sys.exit(0 if usual == 200 and attempts == ["sqs.us-east-1.api.aws", "qbusiness.us-east-1.api.aws"] else 1)
PYTHON
