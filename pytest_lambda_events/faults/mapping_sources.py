"""The event source in an event source mapping of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arns import parse


def source_of(mapping: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the service of a source, as in its ARN, and its name. The source of a mapping with topics is a topic."""
    if mapping.get("Topics"):
        return "kafka", mapping["Topics"][0]
    source = parse(mapping["EventSourceArn"])
    return source.service, source.name
