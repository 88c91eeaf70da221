"""Refusals of AWS in the form in which boto3 raises them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ...service.errors import ServiceError


def client_error(client: Any, operation: str, refusal: ServiceError) -> ClientError:
    """Returns the exception that this boto3 client raises for such a response, so that `client.exceptions` match it."""
    response = {
        "Error": {"Code": refusal.code, "Message": refusal.message},
        "ResponseMetadata": {"HTTPStatusCode": refusal.status, "RetryAttempts": 0},
        "message": refusal.message,
        "Type": "User",
        **refusal.members,
    }
    kind = client.exceptions.from_code(refusal.code)
    error: ClientError = kind(response, operation)
    return error
