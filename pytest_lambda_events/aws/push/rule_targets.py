"""Hands what an EventBridge rule delivers to its target: a function, a queue, a topic or a log group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.events.models import Rule
from moto.moto_api._internal import mock_random
from moto.sns.models import sns_backends

from ...service.authorization import Authorizer
from ...service.errors import ServiceError
from ...simulation.clock import VirtualClock

Invoke = Callable[[str, bytes], object]
"""Accepts an asynchronous event for a function's ARN. Raises `ServiceError`."""


class Undeliverable(Exception):
    """A delivery that AWS does not try again (EVB-92): the error code and message for the dead-letter queue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RuleTargets:
    """Delivers by ARN. Raises `Undeliverable` if the target is gone or does not take the event."""

    def __init__(self, clock: VirtualClock, invoke: Invoke, authority: Authorizer) -> None:
        self._clock = clock
        self._invoke = invoke
        self._authority = authority

    def deliver(self, rule: Rule, target: Mapping[str, Any], content: str) -> None:
        """Delivers a text to one target of a rule."""
        arn = target["Arn"]
        service = arn.split(":")[2]
        if service == "lambda":
            self._to_function(rule, arn, content)
        elif service == "sqs":
            self.to_queue(arn, content, group=target.get("SqsParameters", {}).get("MessageGroupId"))
        elif service == "sns":
            self._to_topic(arn, content)
        elif service == "logs":
            self._to_log_group(arn, content)

    def _to_function(self, rule: Rule, arn: str, content: str) -> None:
        reason = self._authority.admits(arn, "events.amazonaws.com", rule.arn, rule.account_id)
        if reason is not None:
            raise Undeliverable("NO_PERMISSIONS", reason)
        try:
            self._invoke(arn, content.encode())
        except ServiceError as refusal:
            raise Undeliverable("NO_RESOURCE" if refusal.status == 404 else "INVALID_PARAMETER", refusal.message) from None

    def to_queue(
        self, arn: str, content: str, *, group: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Sends a text to a queue."""
        from moto.sqs.models import sqs_backends

        _, _, _, region, account, name = arn.split(":", 5)
        backend = sqs_backends[account][region]
        if name not in backend.queues:
            raise Undeliverable("NO_RESOURCE", f"queue {name} does not exist")
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()}
        try:
            backend.send_message(name, content, group_id=group, message_attributes=typed)
        except ServiceException as refusal:
            raise Undeliverable("INVALID_PARAMETER", f"queue {name} refused it: {refusal}") from refusal

    def _to_topic(self, arn: str, content: str) -> None:
        _, _, _, region, account, name = arn.split(":", 5)
        topic = sns_backends[account][region].topics.get(arn)
        if topic is None:
            raise Undeliverable("NO_RESOURCE", f"topic {name} does not exist")
        topic.publish(content)

    def _to_log_group(self, arn: str, content: str) -> None:
        from moto.logs.models import logs_backends

        _, _, _, region, account, resource = arn.split(":", 5)
        name = resource.removeprefix("log-group:").removesuffix(":*")
        backend = logs_backends[account][region]
        if name not in backend.groups:
            raise Undeliverable("NO_RESOURCE", f"log group {name} does not exist")
        stream = str(mock_random.uuid4())
        backend.create_log_stream(name, stream)
        instant = round(self._clock.now.timestamp() * 1000)
        backend.put_log_events(name, stream, [{"timestamp": instant, "message": content}])
