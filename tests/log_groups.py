"""A log group with boto3: filters, log events, and what functions received."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from pytest_lambda_events import Function, LambdaEvents

GROUP = "/shop/orders"


def data_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an event as JSON."""
    data: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    return data


class LogGroupCalls:
    """A log group with a log stream, made with boto3."""

    def __init__(self, environment: LambdaEvents, name: str = GROUP) -> None:
        self.environment = environment
        self.name = name
        self.logs = environment.client("logs")
        if not self.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
            self.logs.create_log_group(logGroupName=name)
        self.add_stream("one")

    def add_stream(self, name: str) -> None:
        self.logs.create_log_stream(logGroupName=self.name, logStreamName=name)

    def subscribe(self, destination_arn: str, pattern: str = "", name: str = "all", **others: Any) -> None:
        self.logs.put_subscription_filter(
            logGroupName=self.name, filterName=name, filterPattern=pattern, destinationArn=destination_arn, **others
        )

    def put(self, *messages: str, stream: str = "one", **others: Any) -> Any:
        timestamp = round(self.environment.now.timestamp() * 1000)
        events = [{"timestamp": timestamp + number, "message": message} for number, message in enumerate(messages)]
        return self.logs.put_log_events(logGroupName=self.name, logStreamName=stream, logEvents=events, **others)

    def filters(self, **others: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.logs.describe_subscription_filters(logGroupName=self.name, **others)[
            "subscriptionFilters"
        ]
        return found

    def ids(self) -> list[str]:
        return [event["eventId"] for event in self.logs.filter_log_events(logGroupName=self.name)["events"]]


def received(function: Function) -> list[dict[str, Any]]:
    """The data of each event of a function, in order."""
    return [data_of(event.payload) for event in function.events]


def messages_of(function: Function) -> list[list[str]]:
    """The messages of each event of a function."""
    return [[one["message"] for one in data["logEvents"]] for data in received(function)]
