"""Connects EventBridge, S3, SNS and CloudWatch Logs to their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from ... import limits
from ...config import LambdaEventsConfig
from ...service.authorization import Authorizer
from ...service.caller_permissions import CallerPermissions
from ...service.control_plane.planes import ControlPlanes
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...service.invocations import Invocations
from ...service.model import Configuration
from ...service.tracing import Chains, PassedTrace
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import FunctionDeliveries, Pushes
from ...sources.push.event_rules import EventBuses
from ...values import dataclass
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from ...sources.pipes.pipes import Pipes


@dataclass(frozen=True, slots=True)
class PushDependencies:
    """What the deliveries need. `caller` returns the function whose handler makes a call."""

    planes: ControlPlanes
    simulation: Simulation
    buses: EventBuses
    acceptor: EventAcceptor
    authority: Authorizer
    permissions: CallerPermissions
    caller: Callable[[], Configuration | None]
    pushes: Pushes


@contextmanager
def pushes_served(needed: PushDependencies, config: LambdaEventsConfig) -> Iterator[None]:
    """Lets the services deliver to functions, queues and topics while a simulated AWS is open."""
    simulation = needed.simulation
    deliveries = FunctionDeliveries(needed.acceptor, simulation.journal)
    with (
        when_loaded("moto.events.models", lambda: _rules(needed, config)),
        when_loaded("moto.s3.models", lambda: _buckets(needed)),
        when_loaded("moto.sns.models", lambda: _topics(needed)),
        # Other services of moto take the functions from this module.
        when_loaded("moto.awslambda.utils", lambda: _functions(needed.planes, simulation, deliveries)),
    ):
        yield


@contextmanager
def _rules(needed: PushDependencies, config: LambdaEventsConfig) -> Iterator[None]:
    from ...sources.push.rule_permissions import RulePermissions
    from ...sources.push.schedules.rule_schedules import RuleSchedules
    from .bus_events import bus_events_served
    from .event_rules import rules_served
    from .replays import replays_served
    from .rule_schedules import scheduled_rules_served
    from .rule_settings import rule_settings_served

    simulation, buses = needed.simulation, needed.buses
    schedules = RuleSchedules(simulation, buses, rate_fires_at_once=config.rate_fires_at_once)
    with (
        bus_events_served(buses, simulation.clock, needed.permissions),
        rules_served(buses, simulation.clock),
        scheduled_rules_served(schedules, simulation),
        rule_settings_served(RulePermissions(needed.authority)),
        replays_served(simulation, buses),
    ):
        yield


@contextmanager
def _buckets(needed: PushDependencies) -> Iterator[None]:
    from .bucket_notifications import BucketNotifications
    from .bucket_settings import BucketDestinations, bucket_settings_served
    from .object_changes import object_changes_reported

    def has_function(arn: str) -> bool:
        try:
            needed.planes.named(arn)
        except ServiceError:
            return False
        return True

    buckets = BucketNotifications(
        needed.simulation, needed.buses, needed.acceptor, needed.authority, needed.caller, needed.pushes
    )
    with (
        object_changes_reported(buckets),
        bucket_settings_served(BucketDestinations(buckets, needed.authority, has_function), needed.permissions),
    ):
        yield


@contextmanager
def _topics(needed: PushDependencies) -> Iterator[None]:
    from .topic_deliveries import TopicDeliveries
    from .topic_publishing import publishing_served
    from .topic_settings import topic_settings_served

    deliveries = TopicDeliveries(needed.simulation, needed.acceptor, needed.authority, needed.pushes)
    with topic_settings_served(), publishing_served(needed.simulation, deliveries, needed.permissions):
        yield


def _functions(planes: ControlPlanes, simulation: Simulation, deliveries: FunctionDeliveries) -> AbstractContextManager[None]:
    from ..lambda_service.backend import functions_reached

    return functions_reached(planes, simulation, deliveries)


def log_groups_served(
    needed: PushDependencies, config: LambdaEventsConfig, chains: Chains, passed: PassedTrace
) -> AbstractContextManager[None]:
    """Lets log groups deliver to functions and streams while a simulated AWS is open."""

    def served() -> AbstractContextManager[None]:
        from ...sources.push.log_deliveries import LogDeliveries
        from .log_destinations import MotoLogDestinations
        from .log_groups import LogGroups, log_groups_served

        simulation = needed.simulation
        destinations = MotoLogDestinations(simulation, needed.acceptor, needed.planes, needed.authority, passed)
        largest = (config.asynchronous_payload_limit, limits.LOG_RECORD_BYTES)
        deliveries = LogDeliveries(simulation, destinations, chains, needed.pushes, largest)
        return log_groups_served(
            LogGroups(simulation, deliveries, destinations, passed, config.subscription_filters_per_log_group)
        )

    return when_loaded("moto.logs.models", served)


def pipes_served(simulation: Simulation, pipes: Callable[[], Pipes]) -> AbstractContextManager[None]:
    """Lets pipes of EventBridge Pipes run while a simulated AWS is open."""

    def served() -> AbstractContextManager[None]:
        from ..refusals.checks import Refusals
        from .pipes import pipes_connected

        return pipes_connected(pipes(), Refusals(simulation))

    return when_loaded("moto.pipes.models", served)


def schedules_served(
    simulation: Simulation,
    client: Callable[..., Any],
    invocations: Invocations,
    authority: Authorizer,
    pushes: Pushes,
    config: LambdaEventsConfig,
) -> AbstractContextManager[None]:
    """Lets schedules of EventBridge Scheduler fire while a simulated AWS is open. `client` returns a boto3 client."""

    def served() -> AbstractContextManager[None]:
        from . import schedules
        from .schedule_targets import SimulatedScheduleTargets

        targets = SimulatedScheduleTargets(simulation, client, invocations, authority)
        return schedules.schedules_served(simulation, targets, pushes, fires_at_the_end=config.flexible_window == "end")

    return when_loaded("moto.scheduler.models", served)
