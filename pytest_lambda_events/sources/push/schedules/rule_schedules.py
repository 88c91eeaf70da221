"""The schedules of EventBridge rules (EVB-50 to EVB-63)."""

from __future__ import annotations

from datetime import datetime

from ....arns import parse
from ....simulation.simulation import Simulation
from ..event_rules import EventBuses, bus_event
from .expressions import rule_expression
from .firings import Firings
from .timetable import Timetable


class RuleSchedules:
    """Lets scheduled rules fire on the default event bus."""

    def __init__(self, simulation: Simulation, buses: EventBuses, *, rate_fires_at_once: bool = False) -> None:
        self._simulation = simulation
        self._buses = buses
        self._firings = Firings(simulation)
        self._rate_fires_at_once = rate_fires_at_once

    def set(self, rule_arn: str, expression: str) -> None:
        """Is called when a rule with a schedule is enabled, or was changed.

        An enabled rule with the same expression keeps its firings (EVB-5E).
        """
        if self._firings.is_set(rule_arn, expression):
            return
        parsed = rule_expression(expression)
        table = Timetable(parsed, self._firings.now, fires_at_once=self._rate_fires_at_once)
        will_fire = self._firings.set(rule_arn, expression, table, expression, lambda at, _: self._fire(rule_arn, at))
        warning = getattr(parsed, "warning", "")
        if not will_fire:
            warning = "It never fires."
        if warning:
            self._buses.warn(f"The rule {parse(rule_arn).resource.partition('/')[2]!r} has {expression}: {warning}")

    def remove(self, rule_arn: str) -> None:
        """Is called when a rule has no schedule, is disabled, or is deleted."""
        self._firings.remove(rule_arn)

    def _fire(self, rule_arn: str, at: datetime) -> None:
        """Puts the scheduled event on the bus (EVB-60, EVB-61)."""
        arn = parse(rule_arn)
        event = bus_event(
            self._simulation.identifiers.uuid(), "Scheduled Event", "aws.events", arn.account_id, arn.region_name, at, {},
            [rule_arn],
        )  # fmt: skip
        bus_arn = f"arn:{arn.partition}:events:{arn.region_name}:{arn.account_id}:event-bus/default"
        self._buses.fire(bus_arn, rule_arn, event)
