"""What moto's other services find in Lambda's place: their deliveries become asynchronous invocations of ours."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import moto.awslambda.responses  # before its `get_backend` is replaced: it answers what is left to moto
import moto.awslambda.utils
import moto.sns.models
from moto.sqs.models import sqs_backends

from ...errors import NotSimulatedError
from ...service.authorization import Authorizer
from ...service.control_plane.planes import ControlPlanes
from ...service.control_plane.validation import not_simulated
from ...service.errors import ServiceError
from ...service.model import Function
from ...simulation.journal import Subject
from ...simulation.simulation import Simulation

Accept = Callable[[str, bytes], object]
"""Accepts an asynchronous event for a function's ARN. Raises `ServiceError`."""
_SIGNATURE = base64.b64encode(b"signed by nobody").decode()


@contextmanager
def deliveries_routed(planes: ControlPlanes, simulation: Simulation, authority: Authorizer, accept: Accept) -> Iterator[None]:
    """While a simulated AWS is open, SNS, S3, Logs and others of moto's services reach our functions."""
    backends: dict[tuple[str, str], LambdaBackend] = {}
    motos_own = moto.awslambda.utils.get_backend

    def get_backend(account_id: str, region: str) -> Any:
        if not simulation.is_open:
            # A module that was imported during the simulated AWS may have kept this function.
            return motos_own(account_id, region)
        key = (account_id, region)
        return backends.setdefault(key, LambdaBackend(planes, simulation, authority, accept, *key))

    publish = moto.sns.models.Subscription.publish

    def published(subscription: Any, message: str, message_id: str, *positional: Any, **keywords: Any) -> None:
        if subscription.protocol != "lambda":
            publish(subscription, message, message_id, *positional, **keywords)
            return
        # moto's own event is made of constants; its filters and message structure are right, so its method runs too.
        _, _, _, region, account_id, *_ = subscription.endpoint.split(":")
        backend = get_backend(account_id, region)
        with backend.notifying(subscription, message_id, _attributes_of(positional, keywords)):
            publish(subscription, message, message_id, *positional, **keywords)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(moto.awslambda.utils, "get_backend", get_backend))
        stack.enter_context(mock.patch.object(moto.sns.models.Subscription, "publish", published))
        yield


def _attributes_of(positional: Sequence[Any], keywords: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message attributes among the arguments of moto's `Subscription.publish`, where they are the second option."""
    return (positional[1] if len(positional) > 1 else keywords.get("message_attributes")) or {}


@dataclass(frozen=True, slots=True)
class Source:
    """A service that invokes a function, and for which of its resources."""

    service: str
    arn: str
    account_id: str

    @classmethod
    def log_group(cls, account_id: str, region_name: str, name: str) -> Source:
        """A log group as policies name it (PRM-13)."""
        return cls("logs.amazonaws.com", f"arn:aws:logs:{region_name}:{account_id}:log-group:{name}:*", account_id)


class DeliveredTo:
    """A function as moto's services hold it: they call `invoke`."""

    def __init__(self, function: Function, deliver: Callable[[str, bytes], None]) -> None:
        self.function_name = function.name
        self.function_arn = function.arn
        self._deliver = deliver

    def invoke(self, body: str | bytes, request_headers: object = None, response_headers: object = None) -> bytes:
        """Queue an event for it; the answer is that of `InvocationType=Event`, empty."""
        self._deliver(self.function_arn, body.encode() if isinstance(body, str) else body)
        return b""


class LambdaBackend:
    """Lambda in one account and region, as far as moto's other services use it. All else is refused by name."""

    def __init__(
        self,
        planes: ControlPlanes,
        simulation: Simulation,
        authority: Authorizer,
        accept: Accept,
        account_id: str,
        region_name: str,
    ) -> None:
        self._simulation = simulation
        self._authority = authority
        self._accept = accept
        self._plane = planes.at(account_id, region_name)
        self.account_id = account_id
        self.region_name = region_name
        self._notification: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._simulation.record_misuse(
            str(not_simulated(f"What another service does with Lambda's {name}")), NotSimulatedError
        )

    def get_function(self, function_name_or_arn: str, qualifier: str | None = None) -> DeliveredTo:
        """A function by name or ARN. Raises `ServiceError` if there is none."""
        target = self._plane.resolve(function_name_or_arn, qualifier)
        return DeliveredTo(target.function, lambda arn, payload: self._deliver_notification(target.invoked_arn, payload))

    def invoke(
        self, function_name: str, qualifier: str | None, body: str | bytes, headers: object, response_headers: object
    ) -> bytes:
        """What EventBridge and the like call: an asynchronous invocation."""
        payload = body.encode() if isinstance(body, str) else body
        if b'"ClientRequestToken"' in payload:
            raise self._simulation.record_misuse(
                str(not_simulated("The rotation of a secret by a function")), NotSimulatedError
            )
        self.deliver(self._arn(function_name, qualifier), payload)
        return b""

    def send_log_event(
        self,
        function_arn: str,
        filter_name: str,
        log_group_name: str,
        log_stream_name: str,
        log_events: Sequence[Mapping[str, Any]],
    ) -> None:
        """A subscription filter of CloudWatch Logs delivers."""
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": self.account_id,
            "logGroup": log_group_name,
            "logStream": log_stream_name,
            "subscriptionFilters": [filter_name],
            "logEvents": log_events,
        }
        packed = gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0)
        source = Source.log_group(self.account_id, self.region_name, log_group_name)
        self.deliver(function_arn, json.dumps({"awslogs": {"data": base64.b64encode(packed).decode()}}).encode(), source)

    @contextmanager
    def notifying(self, subscription: Any, message_id: str, attributes: Mapping[str, Any]) -> Iterator[None]:
        """What `send_sns_message` is about while it is called within."""
        self._notification = {
            "subscription": subscription.arn, "topic": subscription.topic.arn, "id": message_id, "attributes": attributes,
            "redrive": json.loads(subscription.attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn"),
        }  # fmt: skip
        yield

    def send_sns_message(
        self, function_name: str, message: str, subject: str | None = None, qualifier: str | None = None
    ) -> None:
        """A subscription of SNS delivers (PSH-10 to 15)."""
        about = self._notification
        region = about["topic"].split(":")[3]
        now = self._simulation.clock.now
        sns = {
            "Type": "Notification",
            "MessageId": about["id"],
            "TopicArn": about["topic"],
            "Subject": subject,
            "Message": message,
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "SignatureVersion": "1",
            "Signature": _SIGNATURE,
            "SigningCertUrl": f"https://sns.{region}.amazonaws.com/SimpleNotificationService-{'0' * 32}.pem",
            "UnsubscribeUrl": (
                f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={about['subscription']}"
            ),
            "MessageAttributes": about["attributes"],
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": about["subscription"],
            "Sns": sns,
        }
        source = Source("sns.amazonaws.com", about["topic"], about["topic"].split(":")[4])
        is_accepted = self.deliver(self._arn(function_name, qualifier), json.dumps({"Records": [record]}).encode(), source)
        if not is_accepted and about["redrive"]:
            self._redrive(about["redrive"], json.dumps(sns), about["topic"])

    def _redrive(self, queue_arn: str, body: str, topic_arn: str) -> None:
        """What SNS cannot hand over goes to the subscription's dead-letter queue, if there is one (PRM-10)."""
        _, _, _, region, account_id, name = queue_arn.split(":", 5)
        if name in sqs_backends[account_id][region].queues:
            sqs_backends[account_id][region].send_message(name, body)
            return
        message = f"The dead-letter queue {queue_arn} of a subscription of {topic_arn} does not exist: the message is lost."
        self._simulation.journal.write("warning", Subject(), message=message)

    def _deliver_notification(self, function_arn: str, payload: bytes) -> None:
        """What S3 sends names its bucket."""
        bucket = json.loads(payload).get("Records", [{}])[0].get("s3", {}).get("bucket", {}).get("arn")
        self.deliver(function_arn, payload, bucket and Source("s3.amazonaws.com", bucket, self.account_id))

    def _arn(self, function_name: str, qualifier: str | None) -> str:
        reference = self._plane.region.reference(function_name, qualifier)
        return self._plane.region.arn(reference.name, reference.qualifier)

    def deliver(self, function_arn: str, payload: bytes, source: Source | None = None) -> bool:
        """Queue an event, if the function's policy admits its source; whether it was queued.

        What Lambda refuses is journaled as a warning: the source's caller does not hear of it.
        """
        if source is not None and self._authority.admits(function_arn, source.service, source.arn, source.account_id):
            return False
        try:
            self._accept(function_arn, payload)
        except ServiceError as refusal:
            name = function_arn.rpartition(":function:")[2].partition(":")[0]
            self._simulation.journal.write(
                "warning", Subject(name), message=f"A delivery to {function_arn} was refused: {refusal.message}"
            )
            return False
        return True
