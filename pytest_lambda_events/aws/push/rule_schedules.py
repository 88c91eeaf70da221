"""Scheduled EventBridge rules on moto: checks their expressions, and follows their states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule

from ...contexts import contextmanager
from ...errors import NotSimulatedError, hides_frames
from ...patching import attributes_patched
from ...simulation.simulation import Simulation
from ...sources.push.schedules.cron_fields import CronUnclear
from ...sources.push.schedules.expressions import ExpressionInvalid, rule_expression
from ...sources.push.schedules.rule_schedules import RuleSchedules

__tracebackhide__ = hides_frames

_ANY_TEXT = re.compile("")


@contextmanager
def scheduled_rules_served(schedules: RuleSchedules, simulation: Simulation) -> Iterator[None]:
    """Lets rules with a schedule fire while a simulated AWS is open."""
    put_rule, delete_rule = EventsBackend.put_rule, EventsBackend.delete_rule
    enable_rule, disable_rule = EventsBackend.enable_rule, EventsBackend.disable_rule

    def rule_put(backend: EventsBackend, name: str, *arguments: Any, **keywords: Any) -> Rule:
        if backend._normalize_event_bus_arn(keywords.get("event_bus_arn")) == "default":
            _check(keywords.get("scheduled_expression"), simulation)
        rule = put_rule(backend, name, *arguments, **keywords)
        follow(backend, name)
        return rule

    def rule_deleted(backend: EventsBackend, name: str, event_bus_arn: str | None) -> None:
        delete_rule(backend, name, event_bus_arn)
        follow(backend, name)

    def rule_enabled(backend: EventsBackend, name: str, event_bus_arn: str | None) -> bool:
        found = enable_rule(backend, name, event_bus_arn)
        follow(backend, name)
        return found

    def rule_disabled(backend: EventsBackend, name: str, event_bus_arn: str | None) -> bool:
        found = disable_rule(backend, name, event_bus_arn)
        follow(backend, name)
        return found

    def follow(backend: EventsBackend, name: str) -> None:
        """Sets or removes the schedule of a rule. Only rules of the default bus have one."""
        bus = backend.event_buses["default"]
        rule = bus.rules.get(name)
        if rule is not None and rule.scheduled_expression and rule.state != "DISABLED":
            schedules.set(rule.arn, rule.scheduled_expression)
        else:
            schedules.remove(f"{bus.arn.removesuffix('event-bus/default')}rule/{name}")

    with attributes_patched(
        (EventsBackend, "_CRON_REGEX", _ANY_TEXT),
        (EventsBackend, "put_rule", rule_put),
        (EventsBackend, "delete_rule", rule_deleted),
        (EventsBackend, "enable_rule", rule_enabled),
        (EventsBackend, "disable_rule", rule_disabled),
    ):
        yield


def _check(expression: str | None, simulation: Simulation) -> None:
    """Raises AWS's refusal of an invalid expression (EVB-52)."""
    if not expression:
        return
    try:
        rule_expression(expression)
    except ExpressionInvalid:
        raise ValidationException("Parameter ScheduleExpression is not valid.") from None
    except CronUnclear as unclear:
        raise simulation.record_misuse(f"ScheduleExpression={expression!r}: {unclear}", NotSimulatedError) from None
