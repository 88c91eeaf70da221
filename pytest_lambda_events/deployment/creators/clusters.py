"""Clusters of Amazon MSK. Topics are created by the test, since no resource of CloudFormation is a topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..making import Making
from .created_type import CreatedType

_ARN = "{answer[ClusterArn]}"
_UNDO = ("DeleteCluster", {"ClusterArn": _ARN})


def _serverless(making: Making) -> dict[str, Any]:
    given = {name: making.get(name) for name in ("VpcConfigs", "ClientAuthentication")}
    return {"Serverless": {name: value for name, value in given.items() if value is not None}}


CLUSTERS: Mapping[str, CreatedType] = {
    "AWS::MSK::Cluster": CreatedType(
        "kafka", "CreateCluster", name="ClusterName", ref=_ARN, attributes={"Arn": _ARN},
        not_applied=("CurrentVersion", "Rebalancing", "ZookeeperAccess"), no_attribute=("CurrentVersion",), undo=_UNDO,
    ),
    "AWS::MSK::ServerlessCluster": CreatedType(
        "kafka", "CreateClusterV2", name="ClusterName", ref=_ARN, attributes={"Arn": _ARN},
        elsewhere=("VpcConfigs", "ClientAuthentication"), before=_serverless, undo=_UNDO,
    ),
}  # fmt: skip
"""The types of Amazon MSK."""
