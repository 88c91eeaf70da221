"""Functions as a deployment makes them: uploaded code, a role, all through boto3."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import boto3

TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def zipped(source: str | Mapping[str, str]) -> bytes:
    """A zip file with `source` as its `app.py`, or with all the files given by name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in ({"app.py": source} if isinstance(source, str) else source).items():
            file.writestr(name, text)
    return archive.getvalue()


def create_function(name: str, source: str | Mapping[str, str], **configuration: Any) -> None:
    """A function whose handler is `handler` of `source` unless told otherwise, with a role of its own."""
    role = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    defaults = {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": role,
        "Code": {"ZipFile": zipped(source)},
    }
    boto3.client("lambda").create_function(**{**defaults, **configuration})
