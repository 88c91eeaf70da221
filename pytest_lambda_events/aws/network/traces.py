"""Passes the trace header of a call on to the messages and events that it sends, as AWS's services do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...contexts import contextmanager
from ...patching import attribute_patched
from ...service.tracing import PassedTrace, header_of_entry, without_lineage
from ..lasting import kept, lasting
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from moto.events.models import EventsBackend
    from moto.sqs.models import SQSBackend

ATTRIBUTE = "AWSTraceHeader"
"""The system attribute of a message of SQS that contains the header."""
Headers = Any
"""The headers of a request, in a mapping of botocore or of Python."""
_HEADER = "X-Amzn-Trace-Id"
_SENDS = {
    "sqs": ("SendMessage", "SendMessageBatch"), "sns": ("Publish", "PublishBatch"), "eventbridge": ("PutEvents",),
    "cloudwatch-logs": ("PutLogEvents",), "kinesis": ("PutRecord", "PutRecords"),
    "dynamodb": (
        "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement",
        "BatchExecuteStatement", "ExecuteTransaction",
    ),
}  # fmt: skip
"""The calls that pass their trace header on to what they send, by botocore's id of a service.

None of them waits: during a wait other work would run.
"""


def header_of(service: str, operation: str, headers: Headers) -> str | None:
    """Returns the trace header that a call passes on to what it sends, if it has one and its service does that.

    botocore adds it in a handler. Any call of S3 may change an object. DynamoDB Streams and Kinesis pass nothing on: their
    records only remember the header, so that loops are noticed.
    """
    if service != "s3" and operation not in _SENDS.get(service, ()):
        return None
    value: Any = headers.get(_HEADER)
    return unquote(value.decode() if isinstance(value, bytes) else value) if value else None


@contextmanager
def traces_passed_on(passed: PassedTrace, new_root: Callable[[], str]) -> Iterator[None]:
    """Adds the trace of the call that sends them to messages of SQS and events of EventBridge. Kept patches use `new_root`."""
    with (
        when_loaded("moto.sqs.models", lambda: kept("traces in messages", _traces_in_messages, lasting(passed))),
        when_loaded("moto.events.models", lambda: kept("traces in events", _traces_in_events, lasting(passed), new_root)),
    ):
        yield


@contextmanager
def _traces_in_messages(passed: PassedTrace) -> Iterator[None]:
    from moto.sqs.models import SQSBackend

    send = SQSBackend.send_message

    def send_message(
        backend: SQSBackend, queue_name: str, message_body: str, message_attributes: Any = None,
        delay_seconds: Any = None, deduplication_id: Any = None, group_id: Any = None, system_attributes: Any = None,
        **others: Any,
    ) -> Any:  # fmt: skip
        """An attribute that the sender sets has priority over the header."""
        if passed.header is not None and ATTRIBUTE not in (system_attributes or {}):
            header = {"DataType": "String", "StringValue": passed.header}
            system_attributes = {**(system_attributes or {}), ATTRIBUTE: header}
        return send(
            backend, queue_name, message_body, message_attributes, delay_seconds, deduplication_id, group_id,
            system_attributes, **others,
        )  # fmt: skip

    with attribute_patched(SQSBackend, "send_message", send_message):
        yield


@contextmanager
def _traces_in_events(passed: PassedTrace, new_root: Callable[[], str]) -> Iterator[None]:
    from moto.events.models import EventsBackend

    put = EventsBackend.put_events

    def put_events(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each entry has its own header, else that of the call, both without lineage (EVB-1B)."""
        called = None if passed.header is None else without_lineage(passed.header)
        if not any("TraceHeader" in event for event in events):
            with passed.passing(called):
                return put(backend, events)
        entries = []
        for event in events:
            own = event.get("TraceHeader")
            with passed.passing(called if own is None else header_of_entry(own, new_root)):
                entries += put(backend, [event])
        return entries

    with attribute_patched(EventsBackend, "put_events", put_events):
        yield
