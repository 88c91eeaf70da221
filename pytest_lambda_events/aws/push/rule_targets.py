"""The targets of EventBridge rules on moto: a function, a queue, a topic or a log group."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from moto.core.exceptions import ServiceException
from moto.moto_api._internal import mock_random

from ...arns import Arn, parse
from ...errors import NotSimulatedError, hides_frames
from ...service.authorization import Authorizer
from ...service.destinations import DeliveryFailed
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...simulation.simulation import Simulation
from ...sources.push.archives import ArchivedEvent
from ...sources.push.deliveries import NotDelivered, refused
from ...sources.push.event_rules import DeadLetter, Event, EventRule, RuleTarget
from ...sources.push.rule_inputs import log_event, partition_key
from ...sources.push.rule_permissions import RulePermissions
from ..backends import backend_of, late_backends
from ..lambda_service.keys import key_of
from ..refusals.checks import Refusals
from ..refusals.conditions import kind_of_target

__tracebackhide__ = hides_frames

if TYPE_CHECKING:
    from moto.events.models import Rule

events_backends = late_backends("events")
sns_backends = late_backends("sns")


class MotoRuleTargets:
    """Delivers by ARN."""

    def __init__(self, simulation: Simulation, acceptor: EventAcceptor, authority: Authorizer) -> None:
        self._simulation = simulation
        self._refusals = Refusals(simulation)
        self._acceptor = acceptor
        self._permissions = RulePermissions(authority)
        self._values: dict[Rule, EventRule] = {}
        """The rules of moto as values, as long as they do not change."""

    def rules_of(self, bus_arn: str) -> Sequence[EventRule] | None:
        """Returns the rules of an event bus; None if the bus does not exist."""
        arn = parse(bus_arn)
        backend = backend_of(events_backends.loaded(), arn.account_id, arn.region_name)
        bus = backend.event_buses.get(arn.resource.removeprefix("event-bus/"))
        return None if bus is None else [self._value_of(rule) for rule in bus.rules.values()]

    def _value_of(self, rule: Rule) -> EventRule:
        value = self._values.get(rule)
        if value is None or not _is_current(value, rule):
            value = self._values[rule] = rule_of(rule)
        return value

    def check(self, rule: EventRule, target: RuleTarget) -> None:
        """Raises `NotDelivered` if EventBridge may not deliver to a target (EVB-72)."""
        self._permissions.check(rule, target)

    def send(self, rule: EventRule, target: RuleTarget, text: str, event: Event) -> None:
        """Sends a text to one target of a rule.

        Raises `NotDelivered` if the target does not exist or does not accept it, and `NotSimulatedError` for another kind of
        target.
        """
        arn = parse(target["Arn"])
        if arn.service == "lambda":
            self._to_function(rule, target, text)
        elif arn.service == "sqs":
            _check_key(arn)
            self._to_queue(arn, text, {}, group=target.get("SqsParameters", {}).get("MessageGroupId"))
        elif arn.service == "sns":
            _check_key(arn)
            self._to_topic(arn, text)
        elif arn.service == "kinesis":
            path = target.get("KinesisParameters", {}).get("PartitionKeyPath")
            self._to_stream(arn, text, partition_key(path, event, f"{event['id']}_{mock_random.uuid4()}"))
        elif arn.service == "logs":
            self._to_log_group(arn, *log_event(text, event, is_transformed="InputTransformer" in target))
        elif arn.service == "states":
            self._to_state_machine(arn, text)
        else:
            raise self._not_simulated(rule, target["Arn"])

    def send_to_queue(self, rule: EventRule, letter: DeadLetter, text: str) -> None:
        """Sends a text to a dead-letter queue. Raises `NotDelivered` (EVB-97)."""
        self._permissions.check_dead_letter_queue(rule, letter.queue_arn)
        arn = parse(letter.queue_arn)
        _check_key(arn)
        self._to_queue(arn, text, letter.attributes)

    def _to_function(self, rule: EventRule, target: RuleTarget, text: str) -> None:
        """Queues an event. The role of a target is used instead of the policy of the function."""
        source = None if "RoleArn" in target else rule.source
        try:
            self._acceptor.accept(target["Arn"], text.encode(), source=source, pushed_by=rule.source.label)
        except ServiceError as refusal:
            raise refused(refusal) from None

    def _to_queue(self, arn: Arn, text: str, attributes: Mapping[str, str], *, group: str | None = None) -> None:
        from moto.sqs.models import sqs_backends

        backend = sqs_backends[arn.account_id][arn.region_name]
        if arn.name not in backend.queues:
            raise NotDelivered("NO_RESOURCE", f"queue {arn.name} does not exist")
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
        try:
            backend.send_message(arn.name, text, group_id=group, message_attributes=typed)
        except ServiceException as refusal:
            raise NotDelivered("INVALID_PARAMETER", f"queue {arn.name} refused it: {refusal}") from refusal

    def _to_topic(self, arn: Arn, text: str) -> None:
        topic = sns_backends[arn.account_id][arn.region_name].topics.get(str(arn))
        if topic is None:
            raise NotDelivered("NO_RESOURCE", f"topic {arn.name} does not exist")
        topic.publish(text)

    def _to_stream(self, arn: Arn, text: str, key: str) -> None:
        from moto.kinesis.models import kinesis_backends

        data = base64.b64encode(text.encode()).decode()
        try:
            kinesis_backends[arn.account_id][arn.region_name].put_record(str(arn), arn.name, key, None, data)  # type: ignore[arg-type]
        except ServiceException as refusal:
            is_missing = "NotFound" in type(refusal).__name__
            raise NotDelivered("NO_RESOURCE" if is_missing else "INVALID_PARAMETER", str(refusal)) from refusal

    def _to_state_machine(self, arn: Arn, text: str) -> None:
        """Starts an execution, which moto does not run. A state machine that delivers something is refused by name."""
        from moto.stepfunctions.exceptions import StateMachineDoesNotExist
        from moto.stepfunctions.models import stepfunctions_backends

        self._refusals.check_call("stepfunctions", "StartExecution", {"stateMachineArn": str(arn), "input": text})
        backend = stepfunctions_backends[arn.account_id][arn.region_name]
        try:
            backend.start_execution(str(arn), "", text)
        except StateMachineDoesNotExist as refusal:
            raise NotDelivered("NO_RESOURCE", f"state machine {arn.name} does not exist") from refusal

    def _not_simulated(self, rule: EventRule, target_arn: str) -> Exception:
        return self._simulation.record_misuse(
            f"A target of the kind {kind_of_target(target_arn)!r} is not simulated. Rule {rule.name!r} matched an event for "
            f"{target_arn}. Send the event to a function or queue, and do the work of the other service in the test.",
            NotSimulatedError,
        )

    def _to_log_group(self, arn: Arn, timestamp: int, message: str) -> None:
        from moto.logs.models import logs_backends

        backend = logs_backends[arn.account_id][arn.region_name]
        if arn.name not in backend.groups:
            raise NotDelivered("NO_RESOURCE", f"log group {arn.name} does not exist")
        stream = str(mock_random.uuid4())
        backend.create_log_stream(arn.name, stream)
        _, rejected = backend.put_log_events(arn.name, stream, [{"timestamp": timestamp, "message": message}])
        if rejected:
            raise NotDelivered("INVALID_PARAMETER", f"log group {arn.name} refused the time of the event: {timestamp} ms")


def _check_key(arn: Arn) -> None:
    """Raises `NotDelivered` if KMS encrypts a queue or a topic with a key that is not usable (EVB-92, EVB-94)."""
    try:
        key_of(str(arn), arn.account_id, arn.region_name)
    except DeliveryFailed as failure:
        raise NotDelivered("NO_RESOURCE", str(failure)) from None


def _is_current(value: EventRule, rule: Rule) -> bool:
    """Returns whether a rule of moto is unchanged. moto does not change a target: it replaces the target."""
    is_enabled, pattern = rule.state != "DISABLED", rule.event_pattern._raw_pattern or ""
    return value.is_enabled == is_enabled and value.pattern == pattern and value.targets == tuple(rule.targets)


def rule_of(rule: Rule) -> EventRule:
    """Returns a rule of moto as a value."""
    return EventRule(
        rule.name, rule.arn, rule.account_id,
        is_enabled=rule.state != "DISABLED", pattern=rule.event_pattern._raw_pattern or "",
        targets=tuple(rule.targets), archive=None if rule.managed_by is None else _archive_of(rule),
    )  # fmt: skip


def _archive_of(rule: Rule) -> Callable[[Event, datetime], None]:
    """Returns the function that stores an event in the archives of a rule of moto."""

    def archive(event: Event, now: datetime) -> None:
        for one in events_backends[rule.account_id][rule.region_name].archives.values():
            if one.rule is rule:
                one.events.append(ArchivedEvent(now, event))

    return archive
