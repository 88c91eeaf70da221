#!/usr/bin/env bash
# Expected: moto's REST APIs keep the settings of boto3's calls. `binaryMediaTypes` of create_rest_api is in get_rest_api, a patch
# operation `/binaryMediaTypes/image~1png` (the form of AWS's documentation) adds `image/png`, and
# `identityValidationExpression` of create_authorizer is in get_authorizer.
# Seen: all three calls succeed. The media types are gone, the patch operation adds an empty text, and the expression is gone: moto
# passes it on under a misspelled name.
# Here: a test of an upload or of tokens would use other rules than AWS, so we store these settings ourselves.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "moto[apigateway]==5.2.5" "boto3==1.44.8"
"$folder/venv/bin/python" - <<'PYTHON'
import os

os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_DEFAULT_REGION="us-east-1")
import boto3
import moto

with moto.mock_aws():
    client = boto3.client("apigateway")
    api_id = client.create_rest_api(name="shop", binaryMediaTypes=["image/gif"])["id"]
    created = client.get_rest_api(restApiId=api_id).get("binaryMediaTypes")
    client.update_rest_api(restApiId=api_id, patchOperations=[{"op": "add", "path": "/binaryMediaTypes/image~1png"}])
    patched = client.get_rest_api(restApiId=api_id).get("binaryMediaTypes")
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
    authorizer = client.create_authorizer(
        restApiId=api_id, name="tokens", type="TOKEN", authorizerUri=uri, identityValidationExpression="^Bearer .+$",
        identitySource="method.request.header.Authorization",
    )
    expression = client.get_authorizer(restApiId=api_id, authorizerId=authorizer["id"]).get("identityValidationExpression")

print("moto", moto.__version__, "boto3", boto3.__version__)
print("binaryMediaTypes after create_rest_api:", created)
print("binaryMediaTypes after the patch operation:", patched)
print("identityValidationExpression after create_authorizer:", expression)
raise SystemExit(0 if (created, patched, expression) == ([], [""], None) else 1)
PYTHON
