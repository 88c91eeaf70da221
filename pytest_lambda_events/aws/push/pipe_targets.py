"""The targets of pipes that are not functions, called with boto3's batch operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from ...arns import Arn, parse
from ...simulation.simulation import Simulation
from ...sources.pipes.items import parameter
from ...sources.pipes.pipe import Pipe
from ...sources.pipes.runs import Outgoing
from ...sources.push.deliveries import NotDelivered

Failures = Sequence[tuple[int, str]]


class SimulatedPipeTargets:
    """Sends batches. `client` returns a boto3 client."""

    def __init__(self, simulation: Simulation, client: Callable[..., Any]) -> None:
        self._simulation = simulation
        self._client = client

    def send(self, pipe: Pipe, events: Sequence[Outgoing]) -> Failures:
        """Sends a batch to the target of a pipe. Returns the places of the events that it refused, each with a reason.

        Raises `NotDelivered` if it received none.
        """
        arn = parse(pipe.target_arn)
        send = {
            "sqs": self._to_queue, "sns": self._to_topic, "events": self._to_bus, "kinesis": self._to_stream,
            "logs": self._to_log_group,
        }[arn.service]  # fmt: skip
        return send(arn, pipe, events)

    def _to_queue(self, arn: Arn, pipe: Pipe, events: Sequence[Outgoing]) -> Failures:
        url = f"https://sqs.{arn.region_name}.amazonaws.com/{arn.account_id}/{arn.resource}"
        names = ("MessageGroupId", "MessageDeduplicationId")
        given = {name: pipe.target_parameters[name] for name in names if pipe.target_parameters.get(name)}
        entries = [
            {"Id": str(place), "MessageBody": one.text, **{name: parameter(value, one.item) for name, value in given.items()}}
            for place, one in enumerate(events)
        ]
        answer = self._call("sqs", "send_message_batch", arn, {"QueueUrl": url, "Entries": entries})
        return [(int(one["Id"]), f"{one['Code']}: {one.get('Message', '')}") for one in answer.get("Failed") or ()]

    def _to_topic(self, arn: Arn, pipe: Pipe, events: Sequence[Outgoing]) -> Failures:
        entries = [{"Id": str(place), "Message": one.text} for place, one in enumerate(events)]
        answer = self._call("sns", "publish_batch", arn, {"TopicArn": str(arn), "PublishBatchRequestEntries": entries})
        return [(int(one["Id"]), f"{one['Code']}: {one.get('Message', '')}") for one in answer.get("Failed") or ()]

    def _to_bus(self, arn: Arn, pipe: Pipe, events: Sequence[Outgoing]) -> Failures:
        answer = self._call("events", "put_events", arn, {"Entries": [_entry(pipe, one) for one in events]})
        return [
            (place, f"{one['ErrorCode']}: {one.get('ErrorMessage', '')}")
            for place, one in enumerate(answer["Entries"])
            if "ErrorCode" in one
        ]

    def _to_stream(self, arn: Arn, pipe: Pipe, events: Sequence[Outgoing]) -> Failures:
        key = pipe.target_parameters["PartitionKey"]
        records = [{"Data": one.text.encode(), "PartitionKey": parameter(key, one.item)} for one in events]
        self._call("kinesis", "put_records", arn, {"StreamARN": str(arn), "Records": records})
        return ()

    def _to_log_group(self, arn: Arn, pipe: Pipe, events: Sequence[Outgoing]) -> Failures:
        """Writes log events. A log stream that does not exist is created."""
        by_stream: dict[str, list[dict[str, Any]]] = {}
        for one in events:
            stream = parameter(pipe.target_parameters.get("LogStreamName") or pipe.name, one.item)
            at = self._milliseconds(pipe.target_parameters.get("Timestamp"), one)
            by_stream.setdefault(stream, []).append({"timestamp": at, "message": one.text})
        for stream, log_events in by_stream.items():
            place = {"logGroupName": arn.name, "logStreamName": stream}
            try:
                self._call("logs", "create_log_stream", arn, place)
            except NotDelivered as failure:
                if failure.code != "ResourceAlreadyExistsException":
                    raise
            ordered = sorted(log_events, key=lambda one: int(one["timestamp"]))
            answer = self._call("logs", "put_log_events", arn, {**place, "logEvents": ordered})
            if answer.get("rejectedLogEventsInfo"):
                raise NotDelivered("InvalidParameterException", f"log group {arn.name} refused the time of a log event")
        return ()

    def _milliseconds(self, path: str | None, event: Outgoing) -> int:
        given = parameter(path, event.item) if path else ""
        return int(given) if given.isdecimal() else round(self._simulation.clock.now.timestamp() * 1000)

    def _call(self, service: str, method: str, arn: Arn, parameters: Mapping[str, Any]) -> Any:
        try:
            return getattr(self._client(service, region_name=arn.region_name), method)(**parameters)
        except ClientError as error:
            found = error.response["Error"]
            raise NotDelivered(found["Code"], found.get("Message", "")) from None
        except ParamValidationError as error:
            raise NotDelivered("ValidationException", str(error)) from None


def _entry(pipe: Pipe, event: Outgoing) -> dict[str, Any]:
    """Returns the entry of `PutEvents`. Its detail is the event of the pipe."""
    given = pipe.target_parameters
    entry = {
        "EventBusName": pipe.target_arn,
        "Source": parameter(given.get("Source") or f"Pipe {pipe.name}", event.item),
        "DetailType": parameter(given.get("DetailType") or f"Event from aws:{pipe.source_service}", event.item),
        "Detail": event.text,
        "Resources": [parameter(one, event.item) for one in given.get("Resources") or ()],
    }
    time = parameter(given["Time"], event.item) if given.get("Time") else ""
    return {**entry, "Time": _instant(time)} if time else entry


def _instant(text: str) -> datetime:
    """Returns the instant of a text: ISO 8601, or milliseconds since the epoch. Raises `NotDelivered`."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text) / 1000, timezone.utc)
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise NotDelivered("ValidationException", f"{text!r} is not a timestamp") from None
