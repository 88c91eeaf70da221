"""Connects EventBridge, S3, SNS and CloudWatch Logs to functions and queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ...service.authorization import Authorizer
from ...service.caller_permissions import CallerPermissions
from ...service.control_plane.planes import ControlPlanes
from ...service.event_acceptor import EventAcceptor
from ...service.invocations import Invocations
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import FunctionDeliveries, Pushes
from ...sources.push.event_rules import EventBuses
from ..late_parts import when_loaded


@contextmanager
def pushes_served(
    planes: ControlPlanes,
    simulation: Simulation,
    buses: EventBuses,
    acceptor: EventAcceptor,
    authority: Authorizer,
    permissions: CallerPermissions,
) -> Iterator[None]:
    """Lets the services deliver to functions, queues and topics while a simulated AWS is open."""
    deliveries = FunctionDeliveries(acceptor, simulation.journal)
    with (
        when_loaded("moto.events.models", lambda: _rules(simulation, buses, authority, permissions)),
        when_loaded("moto.s3.models", lambda: _buckets(simulation, buses, acceptor)),
        when_loaded("moto.sns.models", lambda: _topics(simulation, acceptor)),
        # Other services of moto take the functions from this module.
        when_loaded("moto.awslambda.utils", lambda: _functions(planes, simulation, deliveries)),
    ):
        yield


@contextmanager
def _rules(simulation: Simulation, buses: EventBuses, authority: Authorizer, permissions: CallerPermissions) -> Iterator[None]:
    from ...sources.push.rule_permissions import RulePermissions
    from ...sources.push.schedules.rule_schedules import RuleSchedules
    from ..refusals.checks import Refusals
    from .bus_events import bus_events_served
    from .event_rules import rules_served
    from .replays import replays_served
    from .rule_schedules import scheduled_rules_served
    from .rule_settings import rule_settings_served

    with (
        bus_events_served(buses, simulation.clock, permissions),
        rules_served(buses, simulation.clock, Refusals(simulation)),
        scheduled_rules_served(RuleSchedules(simulation, buses), simulation),
        rule_settings_served(RulePermissions(authority)),
        replays_served(simulation, buses),
    ):
        yield


def _buckets(simulation: Simulation, buses: EventBuses, acceptor: EventAcceptor) -> AbstractContextManager[None]:
    from .bucket_notifications import BucketNotifications, buckets_served

    return buckets_served(BucketNotifications(simulation, buses, acceptor))


@contextmanager
def _topics(simulation: Simulation, acceptor: EventAcceptor) -> Iterator[None]:
    from .topic_deliveries import TopicDeliveries
    from .topic_publishing import publishing_served
    from .topic_settings import topic_settings_served

    with topic_settings_served(), publishing_served(simulation, TopicDeliveries(simulation, acceptor)):
        yield


def _functions(planes: ControlPlanes, simulation: Simulation, deliveries: FunctionDeliveries) -> AbstractContextManager[None]:
    from ..lambda_service.backend import functions_reached

    return functions_reached(planes, simulation, deliveries)


def schedules_served(
    simulation: Simulation,
    client: Callable[..., Any],
    invocations: Invocations,
    authority: Authorizer,
    pushes: Pushes,
) -> AbstractContextManager[None]:
    """Lets schedules of EventBridge Scheduler fire while a simulated AWS is open. `client` returns a boto3 client."""

    def served() -> AbstractContextManager[None]:
        from . import schedules
        from .schedule_targets import SimulatedScheduleTargets

        targets = SimulatedScheduleTargets(simulation, client, invocations, authority)
        return schedules.schedules_served(simulation, targets, pushes)

    return when_loaded("moto.scheduler.models", served)
