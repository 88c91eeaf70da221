"""Connects what EventBridge, S3, SNS and CloudWatch Logs push to functions and queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...service.authorization import Authorizer
from ...service.control_plane.planes import ControlPlanes
from ...simulation.simulation import Simulation
from ..lambda_service.backend import deliveries_routed
from ..refusals.checks import Refusals
from .bucket_notifications import BucketNotifications, buckets_served
from .event_rules import Buses, Rules, rules_served
from .fifo_topics import fifo_topics_served
from .rule_targets import RuleTargets
from .topic_deliveries import topics_served


@contextmanager
def pushes_served(
    planes: ControlPlanes, simulation: Simulation, authority: Authorizer, buses: Buses, accept: Callable[[str, bytes], Any]
) -> Iterator[None]:
    """While a simulated AWS is open, its services deliver. `accept` takes an asynchronous event for a function's ARN."""
    rules = Rules(simulation, buses, RuleTargets(simulation.clock, accept, authority))
    with (
        rules_served(rules, Refusals(simulation)),
        buckets_served(BucketNotifications(simulation, rules)),
        topics_served(simulation),
        fifo_topics_served(simulation),
        deliveries_routed(planes, simulation, authority, accept),
    ):
        yield
