"""Puts changes of the status of durable executions on the default event bus (DUR-C2)."""

from __future__ import annotations

import sys

from ...arns import parse
from ...service.durable.execution import Execution
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import Pushes
from ...sources.push.durable_status import status_event
from ...sources.push.event_rules import EventBuses


class StatusChanges:
    """Sends one event for each change."""

    def __init__(self, simulation: Simulation, buses: EventBuses, pushes: Pushes) -> None:
        self._simulation = simulation
        self._buses = buses
        self._pushes = pushes

    def send(self, execution: Execution) -> None:
        """Puts the event of the current status on the default bus of the function's account and region."""
        arn = parse(execution.arn)
        bus_arn = f"arn:{arn.partition}:events:{arn.region_name}:{arn.account_id}:event-bus/default"
        event = status_event(execution, self._simulation.identifiers.uuid(), self._simulation.clock.at)
        if "moto.events.models" not in sys.modules:
            # Without it there are no rules, and it is slow to load.
            self._buses.events[bus_arn].append(event)
            return
        with self._pushes.without_lineage():
            self._buses.put(bus_arn, event, is_of_lambda=True)
