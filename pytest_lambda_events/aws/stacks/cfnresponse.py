"""The module `cfnresponse` that AWS adds to the code of a template. It reports the result of a custom resource.

Its text is written beside the code that imports it, so it belongs to the function and has no relative imports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import urllib3

from pytest_lambda_events.aws.stacks.response_urls import local_only

SUCCESS = "SUCCESS"
FAILED = "FAILED"
http = local_only(urllib3.PoolManager())


def send(
    event: Mapping[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803
    responseData: Any,  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Puts the result to the event's `ResponseURL`. A failure of that is printed and not raised, as on AWS."""
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    )
    print("Response body:")
    print(body)
    headers = {"content-type": "", "content-length": str(len(body))}
    try:
        response = http.request("PUT", event["ResponseURL"], headers=headers, body=body)
        print("Status code:", response.status)
    except Exception as error:
        print("send(..) failed executing http.request(..):", error)
