"""The destinations of subscription filters of CloudWatch Logs on moto: functions and Kinesis streams."""

from __future__ import annotations

import base64
from hashlib import md5

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from ...arns import parse
from ...service.authorization import Authorizer
from ...service.control_plane.planes import ControlPlanes
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...service.tracing import PassedTrace, Trace
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import NotDelivered, refused
from ...sources.push.log_events import control_message
from ...sources.push.log_filters import BY_LOG_STREAM, NO_PERMISSION, NO_STREAM, SubscriptionFilter


class MotoLogDestinations:
    """Functions and Kinesis streams as destinations of subscription filters."""

    def __init__(
        self,
        simulation: Simulation,
        functions: EventAcceptor,
        planes: ControlPlanes,
        authority: Authorizer,
        passed: PassedTrace,
    ) -> None:
        self._simulation = simulation
        self._passed = passed
        self._functions = functions
        self._planes = planes
        self._authority = authority

    def send_to_function(self, subscription: SubscriptionFilter, payload: bytes, trace: Trace) -> None:
        """Sends an event to a function. Raises `NotDelivered`."""
        try:
            self._functions.accept(subscription.destination_arn, payload, source=subscription.source, trace=trace)
        except ServiceError as refusal:
            raise refused(refusal) from None

    def send_to_stream(self, subscription: SubscriptionFilter, data: bytes, log_stream: str, trace: Trace) -> None:
        """Puts a record on a Kinesis stream. Raises `NotDelivered`.

        With the distribution `ByLogStream` the records of one log stream have the same partition key.
        """
        key = self._simulation.identifiers.hex(32)
        if subscription.distribution == BY_LOG_STREAM:
            key = md5(f"{subscription.log_group}:{log_stream}".encode(), usedforsecurity=False).hexdigest()
        with self._passed.passing(trace.header()):
            self._put(subscription, data, key)

    def refusal_of(self, subscription: SubscriptionFilter) -> str | None:
        """Returns why AWS cannot reach the destination of a new filter. A Kinesis stream receives a control message.

        AWS only checks whether a function may be invoked, so the handler does not run (LOG-05, LOG-07).
        """
        if subscription.sends_to_a_function:
            return None if self._may_invoke(subscription) else NO_PERMISSION
        timestamp = round(self._simulation.clock.now.timestamp() * 1000)
        try:
            self._put(subscription, control_message(timestamp), self._simulation.identifiers.hex(32))
        except NotDelivered:
            return NO_STREAM
        return None

    def _may_invoke(self, subscription: SubscriptionFilter) -> bool:
        try:
            self._planes.named(subscription.destination_arn)
        except ServiceError:
            return False
        return self._authority.admits(subscription.destination_arn, subscription.source) is None

    def _put(self, subscription: SubscriptionFilter, data: bytes, key: str) -> None:
        from moto.kinesis.models import kinesis_backends

        arn = parse(subscription.destination_arn)
        role_arn = subscription.role_arn or ""
        reason = self._authority.may_assume(role_arn, subscription.source)
        reason = reason or self._authority.allowed(role_arn, "kinesis:PutRecord", str(arn))
        if reason is not None:
            raise NotDelivered("AccessDeniedException", reason)
        encoded = base64.b64encode(data).decode()
        try:
            kinesis_backends[arn.account_id][arn.region_name].put_record(str(arn), arn.name, key, None, encoded)  # type: ignore[arg-type]
        except (HTTPException, ServiceException) as refusal:
            name = type(refusal).__name__
            message = getattr(refusal, "message", None) or str(refusal)
            raise NotDelivered(name, message, is_retried="ProvisionedThroughput" in name) from refusal
