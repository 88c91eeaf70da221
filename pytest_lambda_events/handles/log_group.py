"""The handle of a log group of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..arguments import Kind, check_all, name_kind, text_kind
from ..arns import parse
from ..errors import LambdaEventsError, hides_frames
from .function import Function
from .misuse import reports_misuse
from .queue import text_of
from .stream import Stream
from .targets import check_target

__tracebackhide__ = hides_frames


class Services(Protocol):
    """The services that this handle needs."""

    def client(self, service_name: str) -> Any:
        """Returns a boto3 client."""

    def timestamp(self) -> int:
        """Returns the virtual time in milliseconds since the epoch."""


@reports_misuse
class LogGroup:
    """A log group of CloudWatch Logs."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """The name of the log group, such as `/aws/lambda/charge`."""
        self.arn = arn
        """The ARN of the log group."""

    @property
    def messages(self) -> list[str]:
        """The messages of all log events, in order of time. A line of a function ends in a newline."""
        pages = self._services.client("logs").get_paginator("filter_log_events").paginate(
            logGroupName=self.name, interleaved=True
        )  # fmt: skip
        return [event["message"] for page in pages for event in page["events"]]

    def put(self, *messages: object, log_stream: str = "test") -> None:
        """Puts log events at the virtual time: text unchanged, all other values as JSON. Creates a missing log stream.

        Raises:
            LambdaEventsError: JSON cannot represent a message, or `log_stream` is not a name. Nothing is put.
            ClientError: CloudWatch Logs refuses the log events.
        """
        _LOG_STREAM.check("log_stream", log_stream)
        texts = [text_of(message, "The message") for message in messages]
        if "" in texts:
            raise LambdaEventsError("The message '' is empty, which CloudWatch Logs refuses. Pass text that is not empty.")
        logs, timestamp = self._services.client("logs"), self._services.timestamp()
        place = {"logGroupName": self.name, "logStreamName": log_stream}
        streams = logs.describe_log_streams(logGroupName=self.name, logStreamNamePrefix=log_stream)["logStreams"]
        if not any(stream["logStreamName"] == log_stream for stream in streams):
            logs.create_log_stream(**place)
        if texts:
            logs.put_log_events(**place, logEvents=[{"timestamp": timestamp, "message": text} for text in texts])

    def subscribe(
        self, target: Function | Stream, *, filter_pattern: str = "", name: str | None = None, role: str | None = None
    ) -> None:
        """Adds a subscription filter: a function or a Kinesis stream receives the log events that are put from now on.

        Args:
            target: The function or the stream. A stream also receives a control message (LOG-07).
            filter_pattern: Only log events that match it are delivered: terms (`ERROR -Exiting`), JSON
                (`{ $.level = "ERROR" }`) or fields (`[ip, ..., status = 5*]`). The default matches all log events.
            name: The name of the filter, by default `filter-1` and so on. A filter with this name is replaced.
            role: The ARN of the role for a stream. It matters with `enforce_permissions`.

        Raises:
            LambdaEventsError: The target is another resource, or an argument has a wrong type.
            ClientError: CloudWatch Logs refuses the filter, for example because its pattern is invalid.
        """
        check_target(target, Function, Stream)
        check_all(_SUBSCRIBE_KINDS, {"filter_pattern": filter_pattern, "name": name, "role": role})
        logs = self._services.client("logs")
        if name is None:
            found = logs.describe_subscription_filters(logGroupName=self.name)["subscriptionFilters"]
            taken = {one["filterName"] for one in found}
            name = next(one for number in range(1, len(taken) + 2) if (one := f"filter-{number}") not in taken)
        roles = {} if role is None else {"roleArn": role}
        if isinstance(target, Stream) and role is None:
            roles = {"roleArn": f"arn:aws:iam::{parse(self.arn).account_id}:role/lambda-events"}
        logs.put_subscription_filter(
            logGroupName=self.name, filterName=name, filterPattern=filter_pattern, destinationArn=target.arn, **roles
        )

    def delete(self) -> None:
        """Deletes the log group with its log events and subscription filters."""
        self._services.client("logs").delete_log_group(logGroupName=self.name)

    def __repr__(self) -> str:
        return f"<LogGroup {self.name}>"


_LOG_STREAM = name_kind("test")
_SUBSCRIBE_KINDS: Mapping[str, Kind] = {
    "filter_pattern": text_kind("ERROR"),
    "name": name_kind("errors").optional(),
    "role": text_kind("arn:aws:iam::123456789012:role/logs", "the ARN of a role").optional(),
}
