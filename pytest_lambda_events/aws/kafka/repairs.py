"""Repairs the ARNs of moto's clusters of Amazon MSK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ...patching import attribute_patched
from ..lasting import kept
from ..late_parts import when_loaded


def clusters_repaired() -> AbstractContextManager[object]:
    """Gives clusters the ARNs of AWS, with ids that derive from the seed. moto's do not have the name of the cluster."""
    return when_loaded("moto.kafka.models", lambda: kept("clusters", _repaired))


@contextmanager
def _repaired() -> Iterator[None]:
    from moto.kafka.models import FakeKafkaCluster
    from moto.moto_api._internal import mock_random

    def generate_arn(cluster: Any) -> str:
        cluster.cluster_id = str(mock_random.uuid4())
        number = "1" if cluster.cluster_type == "PROVISIONED" else "s1"
        place = f"arn:aws:kafka:{cluster.region_name}:{cluster.account_id}"
        return f"{place}:cluster/{cluster.cluster_name}/{cluster.cluster_id}-{number}"

    with attribute_patched(FakeKafkaCluster, "_generate_arn", generate_arn):
        yield
