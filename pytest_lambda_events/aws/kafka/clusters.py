"""Finds clusters of Amazon MSK."""

from __future__ import annotations

from ...arns import parse
from ..backends import late_backends

kafka_backends = late_backends("kafka")


def has_cluster(arn: str) -> bool:
    """Returns whether a cluster of Amazon MSK exists."""
    place = parse(arn)
    try:
        return arn in kafka_backends[place.account_id][place.region_name].clusters
    except KeyError:
        # There is no such region.
        return False
