"""Repairs the ARNs of moto's clusters of Amazon MSK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...patching import attribute_patched
from ..late_parts import when_loaded


@contextmanager
def clusters_repaired() -> Iterator[None]:
    """Gives clusters the ARNs of AWS, with ids that derive from the seed. moto's do not have the name of the cluster."""
    with when_loaded("moto.kafka.models", _repaired):
        yield


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
