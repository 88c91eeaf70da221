"""EventBridge as destinations need it: events reach the targets of the rules that match, and a test can see them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from moto.events.models import EventsBackend, Rule
from moto.sns.models import sns_backends

from ..errors import NotSimulatedError
from ..service.errors import ServiceError
from ..service.permissions_port import Authority

Invoke = Callable[[str, bytes], object]
"""Accepts an asynchronous event for a function's ARN."""


class Buses:
    """What was put on each event bus, by its ARN, in order; moto keeps none of it."""

    def __init__(self) -> None:
        self.events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)


@contextmanager
def rules_served(buses: Buses, invoke: Invoke, authority: Authority) -> Iterator[None]:
    """Let rules serve functions and topics too, and never when they are disabled."""
    put, send = EventsBackend.put_events, Rule.send_to_targets

    def put_events(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        entries = put(backend, events)
        for event, entry in zip(events, entries, strict=True):
            if "EventId" in entry:
                bus = backend.describe_event_bus(backend._normalize_event_bus_arn(event.get("EventBusName")))
                buses.events[bus.arn].append(_delivered(backend, event, entry["EventId"]))
        return entries

    def send_to_targets(rule: Rule, original_event: Any, transform_input: bool = True) -> None:
        if rule.state == "DISABLED" or not rule.event_pattern.matches_event(original_event):
            return
        ours = [target for target in rule.targets if _is_ours(target)]
        for target in ours:
            _serve(rule, target, _input_of(target, original_event), invoke, authority)
        with mock.patch.object(rule, "targets", [target for target in rule.targets if target not in ours]):
            send(rule, original_event, transform_input)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(EventsBackend, "put_events", put_events))
        stack.enter_context(mock.patch.object(Rule, "send_to_targets", send_to_targets))
        yield


def _delivered(backend: EventsBackend, event: dict[str, Any], event_id: str) -> dict[str, Any]:
    return {
        "version": "0", "id": event_id, "detail-type": event["DetailType"], "source": event["Source"],
        "account": backend.account_id, "time": _iso(event.get("Time")), "region": backend.region_name,
        "resources": event.get("Resources", []), "detail": json.loads(event["Detail"]),
    }  # fmt: skip


def _is_ours(target: dict[str, Any]) -> bool:
    """Targets that moto cannot serve, and queues, whose plain input moto can only serve with an extra library."""
    return target["Arn"].split(":")[2] in ("lambda", "sns", "sqs") and "InputTransformer" not in target


def _input_of(target: dict[str, Any], event: Any) -> bytes:
    if "Input" in target:
        return str(target["Input"]).encode()
    if "InputPath" in target and target["InputPath"] != "$":
        raise NotSimulatedError(f"InputPath {target['InputPath']!r} of an EventBridge target is not simulated.")
    shown = {key: value for key, value in event.items() if key not in ("ingestion-time", "replay-name", "event-bus-name")}
    shown["time"] = _iso(event.get("time"))
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode()


def _iso(time: Any) -> str:
    """EventBridge counts whole seconds."""
    instant = datetime.fromtimestamp(float(time), timezone.utc) if time is not None else datetime.now(timezone.utc)
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _serve(rule: Rule, target: dict[str, Any], content: bytes, invoke: Invoke, authority: Authority) -> None:
    from moto.sqs.models import sqs_backends

    arn = target["Arn"]
    _, _, service, region, account, name = arn.split(":", 5)
    if service == "lambda":
        reason = authority.admits(arn, "events.amazonaws.com", rule.arn, rule.account_id)
        if reason is not None:
            _dead_letter(rule, target, content, reason)
            return
        try:
            invoke(arn, content)
        except ServiceError:
            # What EventBridge cannot hand over never shows at the sender.
            return
    elif service == "sns" and arn in sns_backends[account][region].topics:
        sns_backends[account][region].topics[arn].publish(content.decode())
    elif service == "sqs" and name in sqs_backends[account][region].queues:
        group = target.get("SqsParameters", {}).get("MessageGroupId")
        sqs_backends[account][region].send_message(name, content.decode(), group_id=group)


def _dead_letter(rule: Rule, target: dict[str, Any], content: bytes, reason: str) -> None:
    """What a rule may not hand over goes to the target's dead-letter queue, if there is one (PRM-11)."""
    from moto.sqs.models import sqs_backends

    queue_arn = target.get("DeadLetterConfig", {}).get("Arn")
    if queue_arn is None:
        return
    _, _, _, region, account, name = queue_arn.split(":", 5)
    told = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": reason, "RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"]}
    attributes = {key: {"DataType": "String", "StringValue": value} for key, value in told.items()}
    if name in sqs_backends[account][region].queues:
        sqs_backends[account][region].send_message(name, content.decode(), message_attributes=attributes)
