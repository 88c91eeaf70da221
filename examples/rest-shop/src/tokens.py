"""The Lambda authorizer of the REST API."""

from __future__ import annotations

import os
from typing import Any


def check(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Allows all methods of the API to requests with the right token."""
    if not event["authorizationToken"].startswith("Bearer "):
        raise Exception("Unauthorized")
    effect = "Allow" if event["authorizationToken"] == f"Bearer {os.environ['TOKEN']}" else "Deny"
    api, stage, *_ = event["methodArn"].split("/")
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {"principalId": "client", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
