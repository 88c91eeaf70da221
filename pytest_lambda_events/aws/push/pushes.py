"""Connects EventBridge, S3, SNS and CloudWatch Logs to functions and queues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...service.control_plane.planes import ControlPlanes
from ...service.event_acceptor import EventAcceptor
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import FunctionDeliveries
from ...sources.push.event_rules import EventBuses
from ...sources.push.schedules.rule_schedules import RuleSchedules
from ..lambda_service.backend import functions_reached
from ..refusals.checks import Refusals
from .bucket_notifications import BucketNotifications, buckets_served
from .event_rules import rules_served
from .rule_schedules import scheduled_rules_served
from .topic_deliveries import TopicDeliveries
from .topic_publishing import publishing_served
from .topic_settings import topic_settings_served


@contextmanager
def pushes_served(planes: ControlPlanes, simulation: Simulation, buses: EventBuses, acceptor: EventAcceptor) -> Iterator[None]:
    """Lets the services deliver to functions, queues and topics while a simulated AWS is open."""
    deliveries = FunctionDeliveries(acceptor, simulation.journal)
    with (
        rules_served(buses, simulation.clock, Refusals(simulation)),
        scheduled_rules_served(RuleSchedules(simulation, buses), simulation),
        buckets_served(BucketNotifications(simulation, buses, acceptor)),
        topic_settings_served(),
        publishing_served(simulation, TopicDeliveries(simulation, deliveries)),
        functions_reached(planes, simulation, deliveries),
    ):
        yield
