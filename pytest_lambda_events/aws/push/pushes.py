"""Connects EventBridge, S3, SNS and CloudWatch Logs to their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ... import limits
from ...config import LambdaEventsConfig
from ...contexts import contextmanager
from ...simulation.simulation import Simulation
from ...values import dataclass
from ..lasting import kept, lasting
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from ...service.authorization import Authorizer
    from ...service.caller_permissions import CallerPermissions
    from ...service.control_plane.planes import ControlPlanes
    from ...service.invocations import Invocations
    from ...service.model import Configuration
    from ...service.tracing import Chains, PassedTrace
    from ...sources.pipes.pipes import Pipes
    from ...sources.push.deliveries import Pushes
    from ...sources.push.event_rules import EventBuses


@dataclass(frozen=True, slots=True)
class PushDependencies:
    """What the deliveries need. `caller` returns the function whose handler makes a call, and `client` a boto3 client."""

    planes: ControlPlanes
    simulation: Simulation
    buses: EventBuses
    invocations: Invocations
    authority: Authorizer
    permissions: CallerPermissions
    caller: Callable[[], Configuration | None]
    pushes: Pushes
    chains: Chains
    passed: PassedTrace
    client: Callable[..., Any]


Needed = Callable[[], PushDependencies]
"""Returns what the deliveries need, when a service of moto is first used."""


@contextmanager
def pushes_served(needed: Needed, config: LambdaEventsConfig) -> Iterator[None]:
    """Lets the services deliver to functions, queues and topics while a simulated AWS is open."""
    with (
        when_loaded("moto.events.models", lambda: _rules(needed(), config)),
        when_loaded("moto.s3.models", lambda: _buckets(needed())),
        when_loaded("moto.sns.models", lambda: _topics(needed())),
        # Other services of moto take the functions from this module.
        when_loaded("moto.awslambda.utils", lambda: _functions(needed())),
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

    simulation, buses, clock = lasting(needed.simulation), lasting(needed.buses), lasting(needed.simulation.clock)
    schedules = RuleSchedules(needed.simulation, needed.buses, rate_fires_at_once=config.rate_fires_at_once)
    with (
        kept("bus events", bus_events_served, buses, clock, lasting(needed.permissions)),
        kept("rules", rules_served, buses, clock),
        kept("scheduled rules", scheduled_rules_served, lasting(schedules), simulation),
        kept("rule settings", rule_settings_served, lasting(RulePermissions(needed.authority))),
        kept("replays", replays_served, simulation, buses),
    ):
        yield


@contextmanager
def _buckets(needed: PushDependencies) -> Iterator[None]:
    from ...service.errors import ServiceError
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
        needed.simulation, needed.buses, needed.invocations, needed.authority, needed.caller, needed.pushes
    )
    destinations = BucketDestinations(buckets, needed.authority, has_function)
    with (
        kept("object changes", object_changes_reported, lasting(buckets)),
        kept("bucket settings", bucket_settings_served, lasting(destinations), lasting(needed.permissions)),
    ):
        yield


@contextmanager
def _topics(needed: PushDependencies) -> Iterator[None]:
    from .topic_deliveries import TopicDeliveries
    from .topic_publishing import TopicPublisher, publishing_served
    from .topic_settings import topic_settings_served

    deliveries = TopicDeliveries(needed.simulation, needed.invocations, needed.authority, needed.pushes)
    publisher = TopicPublisher(needed.simulation, deliveries, needed.permissions)
    with kept("topic settings", topic_settings_served), kept("publishing", publishing_served, lasting(publisher)):
        yield


def _functions(needed: PushDependencies) -> AbstractContextManager[None]:
    from ...sources.push.deliveries import FunctionDeliveries
    from ..lambda_service.backend import LambdaBackends, functions_reached

    simulation = needed.simulation
    deliveries = FunctionDeliveries(needed.invocations, simulation.journal)
    return kept("functions", functions_reached, lasting(LambdaBackends(needed.planes, simulation, deliveries)))


def log_groups_served(needed: Needed, config: LambdaEventsConfig) -> AbstractContextManager[object]:
    """Lets log groups deliver to functions and streams while a simulated AWS is open."""
    return when_loaded("moto.logs.models", lambda: _log_groups(needed(), config))


def _log_groups(needed: PushDependencies, config: LambdaEventsConfig) -> AbstractContextManager[None]:
    from ...sources.push.log_deliveries import LogDeliveries
    from .log_destinations import MotoLogDestinations
    from .log_groups import LogGroups, log_groups_served

    simulation = needed.simulation
    destinations = MotoLogDestinations(simulation, needed.invocations, needed.planes, needed.authority, needed.passed)
    largest = (config.asynchronous_payload_limit, limits.LOG_RECORD_BYTES)
    deliveries = LogDeliveries(simulation, destinations, needed.chains, needed.pushes, largest)
    filters = config.subscription_filters_per_log_group
    groups = LogGroups(simulation, deliveries, destinations, needed.passed, filters)
    return kept("log groups", log_groups_served, lasting(groups))


def pipes_served(simulation: Simulation, pipes: Callable[[], Pipes]) -> AbstractContextManager[object]:
    """Lets pipes of EventBridge Pipes run while a simulated AWS is open."""

    def served() -> AbstractContextManager[None]:
        from ..refusals.checks import Refusals
        from .pipes import pipes_connected

        return kept("pipes", pipes_connected, lasting(pipes()), lasting(Refusals(simulation)))

    return when_loaded("moto.pipes.models", served)


def schedules_served(needed: Needed, config: LambdaEventsConfig) -> AbstractContextManager[object]:
    """Lets schedules of EventBridge Scheduler fire while a simulated AWS is open."""
    return when_loaded("moto.scheduler.models", lambda: _schedules(needed(), config))


def _schedules(needed: PushDependencies, config: LambdaEventsConfig) -> AbstractContextManager[None]:
    from . import schedules
    from .schedule_targets import SimulatedScheduleTargets

    simulation = needed.simulation
    targets = SimulatedScheduleTargets(simulation, needed.client, needed.invocations, needed.authority)
    served = schedules.schedules_of(simulation, targets, needed.pushes, fires_at_the_end=config.flexible_window == "end")
    return kept("schedules", schedules.schedules_served, lasting(simulation), lasting(targets), lasting(served))
