"""Rules of EventBridge on moto: rules and targets are checked as on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ResourceNotFoundException, ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.responses import EventsHandler

from ...contexts import contextmanager
from ...patching import attributes_patched
from ...simulation.clock import VirtualClock
from ...sources.filtering import patterns
from ...sources.push import event_patterns
from ...sources.push.event_rules import EventBuses, instant_text
from ...sources.push.rule_inputs import refusal_of_input
from ...sources.push.rule_settings import refusal_of_kind
from .bus_events import instant_of
from .rule_targets import rule_of

_TEMPORARY = ("ingestion-time", "event-bus-name")
"""Members that moto adds and no target receives."""


@contextmanager
def rules_served(buses: EventBuses, clock: VirtualClock) -> Iterator[None]:
    """Lets `buses` match the rules of event buses and deliver to their targets while a simulated AWS is open."""
    put_rule, put_targets = EventsBackend.put_rule, EventsBackend.put_targets

    def send_to_targets(rule: Rule, original_event: Any, transform_input: bool = True) -> None:
        shown = {key: value for key, value in original_event.items() if key not in _TEMPORARY}
        buses.match(rule_of(rule), {**shown, "time": instant_text(instant_of(original_event.get("time"), clock))})

    def rule_put(backend: EventsBackend, name: str, *arguments: Any, **keywords: Any) -> Rule:
        if keywords.get("managed_by") is None:
            check_pattern(keywords.get("event_pattern"))
        return put_rule(backend, name, *arguments, **keywords)

    def targets_put(backend: EventsBackend, name: str, event_bus_arn: str | None, targets: Sequence[Any]) -> None:
        rule = _rule(backend, name, event_bus_arn)
        if rule is not None and rule.managed_by is None:
            bus_arn = backend._get_event_bus(backend._normalize_event_bus_arn(event_bus_arn)).arn
            for target in targets:
                _check_target(target, bus_arn)
        put_targets(backend, name, event_bus_arn, list(targets))

    with attributes_patched(
        (EventsBackend, "put_rule", rule_put),
        (EventsBackend, "put_targets", targets_put),
        (EventsHandler, "test_event_pattern", _test_event_pattern),
        (Rule, "send_to_targets", send_to_targets),
    ):
        yield


def check_pattern(text: str | None) -> None:
    """Raises AWS's refusal of an invalid pattern (EVB-34)."""
    if text:
        with _refusals_raised():
            event_patterns.compiled(text)


def _test_event_pattern(response: EventsHandler) -> str:
    """Replaces `TestEventPattern` (EVB-35)."""
    pattern, event = response._get_param("EventPattern"), response._get_param("Event")
    with _refusals_raised():
        try:
            return json.dumps({"Result": event_patterns.is_match(pattern, event)})
        except patterns.PatternInvalid:
            raise
        except ValueError:
            raise ValidationException("Parameter Event is not valid.") from None


@contextmanager
def _refusals_raised() -> Iterator[None]:
    try:
        yield
    except patterns.PatternInvalid as error:
        raise InvalidEventPatternException(error.reason) from None


def _check_target(target: Mapping[str, Any], bus_arn: str) -> None:
    """Raises AWS's refusal of a target: of what it would receive, or of settings for its service (EVB-72, EVB-80)."""
    refusal = refusal_of_input(target) or refusal_of_kind(target, bus_arn)
    if refusal is not None:
        raise ValidationException(refusal)
    text = target.get("Input")
    if not text:
        return
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where = f'[Source: (String)"{text}"; line: {error.lineno}, column: {error.colno}]'
        raise ValidationException(f"JSON syntax error in input for target {target['Id']}: {where}") from None


def _rule(backend: EventsBackend, name: str, event_bus_arn: str | None) -> Rule | None:
    try:
        return backend._get_event_bus(backend._normalize_event_bus_arn(event_bus_arn)).rules.get(name)
    except ResourceNotFoundException:
        return None
