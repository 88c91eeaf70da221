"""The OpenAPI definitions of APIs in templates (HTP-70)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...templates.files import parsed_value, read_template
from ..making import Making

BODY = ("Body", "BodyS3Location")
"""The properties that have the definition of an API."""


def body_of(making: Making) -> Mapping[str, Any] | None:
    """Returns the OpenAPI definition of an API, or None if it has none.

    `BodyS3Location` may be a path in the project, as SAM writes `DefinitionUri`.
    """
    body, location = making.get("Body"), making.get("BodyS3Location")
    if body is None and isinstance(location, str) and not location.startswith("s3://"):
        body = read_template(making.stack.source.folder / location)
    elif body is None and location is not None:
        body = _stored(making, location)
    if isinstance(body, str):
        body = parsed_value(body, f"{making.where}/Body")
    return body if isinstance(body, Mapping) else None


def _stored(making: Making, location: Any) -> Any:
    """Returns the definition in a bucket, or None if the bucket does not have it."""
    if isinstance(location, str):
        bucket, _, key = location.removeprefix("s3://").partition("/")
    else:
        bucket, key = str(location["Bucket"]), str(location["Key"])
    s3 = making.stack.client("s3")
    try:
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        making.not_applied(["BodyS3Location"])
        return None
    return parsed_value(text, f"{making.where}/BodyS3Location")
