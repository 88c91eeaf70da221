"""The function in the URI of an integration or an authorizer."""

from __future__ import annotations

import re

_PATH = re.compile(r"arn:[\w-]+:apigateway:[\w-]+:lambda:path/[\d-]+/functions/(?P<arn>.+?)/invocations")
_ARN = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d+:function:.+")


def function_of(uri: str | None) -> str | None:
    """Returns the ARN of the function that a URI invokes, or None if it invokes none.

    The URI is `arn:aws:apigateway:...:lambda:path/2015-03-31/functions/<ARN>/invocations`, or for HTTP APIs the ARN itself.
    """
    path = _PATH.fullmatch(uri or "")
    if path is not None:
        return path["arn"]
    return uri if uri and _ARN.fullmatch(uri) else None
