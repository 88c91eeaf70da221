"""The ARNs of topics and clusters.

A topic of Amazon MSK has an ARN in AWS. A topic of a self-managed cluster has none: inside the simulation it has an ARN of the
same form, with its servers instead of the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...arns import parse

SELF_MANAGED = "self-managed"
TOPIC_SCHEME = "kafka://"
"""The beginning of a destination that is a topic (KAF-30)."""


def topic_arn(cluster_arn: str, topic: str) -> str:
    """Returns the ARN of a topic of a cluster of Amazon MSK."""
    arn = parse(cluster_arn)
    path = arn.resource.partition("/")[2]
    return f"arn:{arn.partition}:kafka:{arn.region_name}:{arn.account_id}:topic/{path}/{topic}"


def self_managed_topic_arn(region_name: str, account_id: str, servers: Sequence[str], topic: str) -> str:
    """Returns how the simulation names a topic of a self-managed cluster."""
    return f"arn:aws:kafka:{region_name}:{account_id}:topic/{SELF_MANAGED}/{','.join(servers)}/{topic}"


def servers_of(arn: str) -> tuple[str, ...]:
    """Returns the servers of a topic of a self-managed cluster; none for a topic of Amazon MSK."""
    parts = parse(arn).resource.split("/")
    return tuple(parts[2].split(",")) if parts[1] == SELF_MANAGED else ()


def destination_topic(destination: str | None) -> str | None:
    """Returns the name of the topic in a destination such as `kafka://failed-orders`. None for other destinations."""
    return destination[len(TOPIC_SCHEME) :] if destination is not None and destination.startswith(TOPIC_SCHEME) else None


def topic_beside(arn: str, topic: str) -> str:
    """Returns the ARN of another topic of the same cluster."""
    return f"{arn.rpartition('/')[0]}/{topic}"


def bootstrap_servers(cluster_arn: str) -> tuple[str, ...]:
    """Returns the servers of a cluster of Amazon MSK, which depend only on its ARN."""
    arn = parse(cluster_arn)
    parts = arn.resource.split("/")
    end = f"{parts[1].lower()}.{parts[-1][:6]}.c1.kafka.{arn.region_name}.amazonaws.com:9092"
    return f"b-1.{end}", f"b-2.{end}"


def cluster_of(arn: str) -> str | None:
    """Returns the ARN of the cluster of a topic of Amazon MSK; None for a self-managed cluster."""
    found = parse(arn)
    parts = found.resource.split("/")[1:-1]
    if parts[0] == SELF_MANAGED:
        return None
    return f"arn:{found.partition}:kafka:{found.region_name}:{found.account_id}:cluster/{'/'.join(parts)}"


def is_same_topic(arn: str, other: str) -> bool:
    """Returns whether two ARNs name the same topic. Self-managed clusters are the same if they have a server in common."""
    if arn == other:
        return True
    if parse(other).service != "kafka" or parse(arn).name != parse(other).name:
        return False
    return bool(set(servers_of(arn)) & set(servers_of(other)))
