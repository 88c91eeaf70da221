"""EventBridge: events reach the targets of the rules that match, or their dead-letter queues, and a test can see them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from moto.events.exceptions import InvalidEventPatternException, ResourceNotFoundException, ValidationException
from moto.events.models import EventBus, EventPattern, EventsBackend, Rule, events_backends

from ...simulation.journal import Subject
from ...simulation.simulation import Simulation
from ...sources.filtering import patterns
from ..refusals.checks import Refusals
from .rule_targets import RuleTargets, Undeliverable

Event = Mapping[str, Any]
"""An event as targets get it."""
_TEMPORARY = ("ingestion-time", "event-bus-name")
"""Members that moto adds and no target sees."""


class Buses:
    """What was put on each event bus, by its ARN, in order; moto keeps none of it."""

    def __init__(self) -> None:
        self.events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)


class Rules:
    """The rules of all event buses: match events and deliver them."""

    def __init__(self, simulation: Simulation, buses: Buses, targets: RuleTargets) -> None:
        self._simulation = simulation
        self._buses = buses
        self._targets = targets
        self._patterns: dict[str, patterns.Pattern] = {}

    def put(self, bus: EventBus, event: Event, *, hops: int = 0) -> None:
        """Puts an event on a bus."""
        self._buses.events[bus.arn].append(dict(event))
        for rule in list(bus.rules.values()):
            self.match(rule, event, hops=hops)

    def match(self, rule: Rule, event: Event, *, hops: int = 0) -> None:
        """Delivers an event to the targets of a rule, if the rule is enabled and its pattern matches.

        A rule that has a schedule and no pattern matches no event (EVB-49).
        """
        text = rule.event_pattern._raw_pattern
        if rule.state == "DISABLED" or not text or not self._pattern(text).matches(event):
            return
        for target in list(rule.targets):
            self._deliver(rule, target, event, hops)

    def _pattern(self, text: str) -> patterns.Pattern:
        if text not in self._patterns:
            self._patterns[text] = patterns.compile(text)
        return self._patterns[text]

    def _deliver(self, rule: Rule, target: Mapping[str, Any], event: Event, hops: int) -> None:
        if rule.managed_by is not None:
            archives = events_backends[rule.account_id][rule.region_name].archives.values()
            for archive in archives:
                if archive.rule is rule:
                    archive.events.append(event)  # type: ignore[arg-type]
            return
        content = str(target["Input"]) if target.get("Input") else _compact(event)
        try:
            if ":event-bus/" in target["Arn"]:
                self._forward(target["Arn"], event, hops)
            else:
                self._targets.deliver(rule, target, content)
        except Undeliverable as failure:
            self._dead_letter(rule, target, content, failure)

    def _forward(self, bus_arn: str, event: Event, hops: int) -> None:
        """To another bus of the account and Region, which keeps the event as it is; but no further (EVB-76)."""
        if hops:
            raise Undeliverable("THIRD_ACCOUNT_HOP_DETECTED", "the event has come from another event bus already")
        _, _, _, region, account, resource = bus_arn.split(":", 5)
        bus = events_backends[account][region].event_buses.get(resource.partition("/")[2])
        if bus is None:
            self.warn(f"A rule sent an event to the event bus {bus_arn}, which does not exist: the event is dropped.")
        else:
            self.put(bus, event, hops=hops + 1)

    def _dead_letter(self, rule: Rule, target: Mapping[str, Any], content: str, failure: Undeliverable) -> None:
        """What cannot be delivered goes to the target's dead-letter queue at once, if there is one (EVB-92, EVB-95)."""
        queue_arn = target.get("DeadLetterConfig", {}).get("Arn")
        what = f"Rule {rule.name!r} could not deliver an event to {target['Arn']}: {failure.message}."
        if queue_arn is None:
            if failure.code != "NO_PERMISSIONS":
                self.warn(f"{what} The target has no DeadLetterConfig, so the event is lost.")
            return
        told = {
            "ERROR_CODE": failure.code, "ERROR_MESSAGE": failure.message,
            "RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"],
        }  # fmt: skip
        try:
            self._targets.to_queue(queue_arn, content, attributes=told)
        except Undeliverable as second:
            self.warn(f"{what} Its dead-letter queue does not take the event either: {second.message}. The event is lost.")

    def warn(self, message: str) -> None:
        """Writes a warning into the journal."""
        self._simulation.journal.write("warning", Subject(), message=message)


@contextmanager
def rules_served(rules: Rules, refusals: Refusals) -> Iterator[None]:
    """While a simulated AWS is open, its rules are matched and their targets served by `rules`."""
    put_events, put_rule = EventsBackend.put_events, EventsBackend.put_rule
    put_targets, enable_rule = EventsBackend.put_targets, EventsBackend.enable_rule

    def put(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [backend._normalize_event_bus_arn(event.get("EventBusName")) for event in events]
        unknown = {name: _without_rules(backend, name) for name in names if name not in backend.event_buses}
        # With no rules on the buses moto only checks the entries: they are delivered below, each to all of its rules.
        with mock.patch.object(Rule, "send_to_targets"), mock.patch.dict(backend.event_buses, unknown):
            entries = put_events(backend, events)
        for event, entry, name in zip(events, entries, names, strict=True):
            if name in unknown:
                rules.warn(f"An event was put on the event bus {name!r}, which does not exist: AWS drops it.")
            elif "EventId" in entry:
                rules.put(backend.event_buses[name], event_of(backend, event, entry["EventId"]))
        return entries

    def send_to_targets(rule: Rule, original_event: Any, transform_input: bool = True) -> None:
        shown = {key: value for key, value in original_event.items() if key not in _TEMPORARY}
        rules.match(rule, {**shown, "time": instant_text(original_event.get("time"))})

    def rule_put(backend: EventsBackend, name: str, *arguments: Any, **keywords: Any) -> Rule:
        if keywords.get("managed_by") is None:
            _check_pattern(keywords.get("event_pattern"))
            found = _rule(backend, name, keywords.get("event_bus_arn"))
            refusals.check_call("events", "PutRule", {
                "ScheduleExpression": keywords.get("scheduled_expression"), "State": keywords.get("state"),
                "Targets": found.targets if found else (),
            })  # fmt: skip
        return put_rule(backend, name, *arguments, **keywords)

    def targets_put(backend: EventsBackend, name: str, event_bus_arn: str | None, targets: Sequence[Any]) -> None:
        rule = _rule(backend, name, event_bus_arn)
        if rule is not None and rule.managed_by is None:
            for target in targets:
                _check_input(target)
            refusals.check_call("events", "PutTargets", _facts(rule, targets))
        put_targets(backend, name, event_bus_arn, list(targets))

    def rule_enabled(backend: EventsBackend, name: str, event_bus_arn: str | None) -> bool:
        rule = _rule(backend, name, event_bus_arn)
        if rule is not None:
            refusals.check_call("events", "EnableRule", {**_facts(rule, rule.targets), "State": "ENABLED"})
        return enable_rule(backend, name, event_bus_arn)

    with (
        mock.patch.object(EventsBackend, "put_events", put),
        mock.patch.object(EventsBackend, "put_rule", rule_put),
        mock.patch.object(EventsBackend, "put_targets", targets_put),
        mock.patch.object(EventsBackend, "enable_rule", rule_enabled),
        mock.patch.object(Rule, "send_to_targets", send_to_targets),
    ):
        yield


def _check_pattern(text: str | None) -> None:
    """Raises AWS's refusal of a pattern that is none (EVB-34)."""
    if not text:
        return
    try:
        patterns.compile(text)
    except patterns.PatternInvalid as error:
        with suppress(AttributeError):
            # moto knows AWS's text for some mistakes, and raises it here.
            EventPattern.load(text)
        raise InvalidEventPatternException(str(error)) from None


def _check_input(target: Mapping[str, Any]) -> None:
    """Raises AWS's refusal of a target whose constant input is not JSON (EVB-81)."""
    text = target.get("Input")
    if not text:
        return
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where = f'[Source: (String)"{text}"; line: {error.lineno}, column: {error.colno}]'
        raise ValidationException(f"JSON syntax error in input for target {target['Id']}: {where}") from None


def _without_rules(backend: EventsBackend, name: str) -> EventBus:
    """A bus that lets moto check entries for a bus that does not exist (EVB-16)."""
    made: EventBus = EventBus(backend.account_id, backend.region_name, name)  # type: ignore[abstract]
    return made


def _facts(rule: Rule, targets: Sequence[Any]) -> dict[str, Any]:
    return {
        "ScheduleExpression": rule.scheduled_expression, "State": rule.state, "RuleArn": rule.arn, "Targets": targets,
    }  # fmt: skip


def _rule(backend: EventsBackend, name: str, event_bus_arn: str | None) -> Rule | None:
    try:
        return backend._get_event_bus(backend._normalize_event_bus_arn(event_bus_arn)).rules.get(name)
    except ResourceNotFoundException:
        return None


def event_of(backend: EventsBackend, entry: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    """Returns the event that an entry of `put_events` makes, as targets get it (EVB-20)."""
    return {
        "version": "0", "id": event_id, "detail-type": entry["DetailType"], "source": entry["Source"],
        "account": backend.account_id, "time": instant_text(entry.get("Time")), "region": backend.region_name,
        "resources": entry.get("Resources", []), "detail": json.loads(entry["Detail"]),
    }  # fmt: skip


def instant_text(time: Any) -> str:
    """Returns an instant in seconds as EventBridge writes it, in whole seconds; now if there is none."""
    instant = datetime.fromtimestamp(float(time), timezone.utc) if time is not None else datetime.now(timezone.utc)
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _compact(event: Event) -> str:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)
