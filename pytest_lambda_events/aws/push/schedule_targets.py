"""The targets of EventBridge Scheduler in the simulated AWS, templated and universal (SCH-20 to SCH-28)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import ClientError, ParamValidationError

from ...arns import Arn, parse
from ...errors import NotSimulatedError, hides_frames
from ...service.authorization import Authorizer
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import NotDelivered, refused
from ...sources.push.schedules.schedule import Schedule, universal_action

__tracebackhide__ = hides_frames

Call = Mapping[str, Any]


class Functions(EventAcceptor, Protocol):
    """Invokes functions."""

    def begin(self, name: str, qualifier: str | None, payload: bytes) -> None:
        """Starts a synchronous invocation whose response nobody reads. Raises `ServiceError`."""


class SimulatedScheduleTargets:
    """Calls targets with the role of the schedule. `client` returns a boto3 client."""

    def __init__(
        self, simulation: Simulation, client: Callable[..., Any], functions: Functions, authority: Authorizer
    ) -> None:
        self._simulation = simulation
        self._client = client
        self._functions = functions
        self._authority = authority

    def send(self, schedule: Schedule, text: str) -> None:
        """Calls the target of a schedule. Raises `NotDelivered`, or `NotSimulatedError` for another kind of target."""
        universal = universal_action(schedule.target["Arn"])
        if universal is not None:
            self._call_universally(schedule, universal, json.loads(text))
            return
        arn = parse(schedule.target["Arn"])
        send = {
            "lambda": self._to_function, "sqs": self._to_queue, "sns": self._to_topic, "events": self._to_bus,
            "kinesis": self._to_stream, "states": self._to_state_machine,
        }.get(arn.service)  # fmt: skip
        if send is None:
            raise self._not_simulated(schedule, f"A target of the service {arn.service!r}")
        send(schedule, arn, text)

    def send_to_queue(self, schedule: Schedule, queue_arn: str, text: str, attributes: Mapping[str, str]) -> None:
        """Sends a message to a dead-letter queue. Raises `NotDelivered`."""
        self._allow(schedule, "sqs:SendMessage", queue_arn)
        arn = parse(queue_arn)
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self._call(
            "sqs", "send_message", arn.region_name, {"QueueUrl": _url(arn), "MessageBody": text, "MessageAttributes": typed}
        )

    def _to_function(self, schedule: Schedule, arn: Arn, text: str) -> None:
        self._allow(schedule, "lambda:InvokeFunction", str(arn))
        with _failures_of_lambda():
            self._functions.accept(str(arn), text.encode(), pushed_by=schedule.label)

    def _to_queue(self, schedule: Schedule, arn: Arn, text: str) -> None:
        self._allow(schedule, "sqs:SendMessage", str(arn))
        group = schedule.target.get("SqsParameters") or {}
        self._call("sqs", "send_message", arn.region_name, {"QueueUrl": _url(arn), "MessageBody": text, **group})

    def _to_topic(self, schedule: Schedule, arn: Arn, text: str) -> None:
        self._allow(schedule, "sns:Publish", str(arn))
        self._call("sns", "publish", arn.region_name, {"TopicArn": str(arn), "Message": text})

    def _to_bus(self, schedule: Schedule, arn: Arn, text: str) -> None:
        self._allow(schedule, "events:PutEvents", str(arn))
        entry = {"EventBusName": str(arn), "Detail": text, **schedule.target["EventBridgeParameters"]}
        self._put_events(arn.region_name, {"Entries": [entry]})

    def _to_stream(self, schedule: Schedule, arn: Arn, text: str) -> None:
        self._allow(schedule, "kinesis:PutRecord", str(arn))
        record = {"StreamName": arn.name, "Data": text.encode(), **schedule.target["KinesisParameters"]}
        self._call("kinesis", "put_record", arn.region_name, record)

    def _to_state_machine(self, schedule: Schedule, arn: Arn, text: str) -> None:
        self._allow(schedule, "states:StartExecution", str(arn))
        self._call("stepfunctions", "start_execution", arn.region_name, {"stateMachineArn": str(arn), "input": text})

    def _call_universally(self, schedule: Schedule, action: tuple[str, str], parameters: Call) -> None:
        region_name = parse(schedule.arn).region_name
        if action == ("lambda", "invoke"):
            self._invoke(schedule, parameters)
        elif action == ("sqs", "sendMessage"):
            arn = _queue_arn(schedule, str(parameters.get("QueueUrl", "")))
            self._allow(schedule, "sqs:SendMessage", arn)
            self._call("sqs", "send_message", region_name, parameters)
        elif action == ("sns", "publish"):
            self._allow(schedule, "sns:Publish", str(parameters.get("TopicArn", "")))
            self._call("sns", "publish", region_name, parameters)
        elif action == ("eventbridge", "putEvents"):
            for entry in parameters.get("Entries") or ():
                self._allow(schedule, "events:PutEvents", _bus_arn(schedule, entry.get("EventBusName")))
            self._put_events(region_name, parameters)
        else:
            raise self._not_simulated(schedule, f"The universal target {':'.join(action)}")

    def _invoke(self, schedule: Schedule, parameters: Call) -> None:
        """Invokes a function through the universal target, whose `Payload` is text (SCH-25)."""
        name, qualifier = str(parameters.get("FunctionName", "")), parameters.get("Qualifier")
        own = parse(schedule.arn)
        is_arn = name.startswith("arn:")
        arn = name if is_arn else f"arn:{own.partition}:lambda:{own.region_name}:{own.account_id}:function:{name}"
        self._allow(schedule, "lambda:InvokeFunction", arn)
        payload = str(parameters.get("Payload") or "{}").encode()
        with _failures_of_lambda():
            if parameters.get("InvocationType") == "Event":
                self._functions.accept(arn, payload, qualifier=qualifier, pushed_by=schedule.label)
            else:
                self._functions.begin(arn, qualifier, payload)

    def _put_events(self, region_name: str, parameters: Call) -> None:
        answer = self._call("events", "put_events", region_name, parameters)
        for entry in answer["Entries"]:
            if "ErrorCode" in entry:
                raise NotDelivered(entry["ErrorCode"], entry["ErrorMessage"])

    def _call(self, service: str, method: str, region_name: str, parameters: Call) -> Any:
        try:
            return getattr(self._client(service, region_name=region_name), method)(**parameters)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            is_retried = error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or "Throttl" in code
            raise NotDelivered(code, message, is_retried=is_retried) from None
        except ParamValidationError as error:
            raise NotDelivered("ValidationException", str(error)) from None

    def refusal_of_role(self, schedule: Schedule) -> str | None:
        """Returns AWS's text if Scheduler may not assume the role of a schedule, else None (SCH-20)."""
        refusal = self._authority.may_assume(schedule.target["RoleArn"], schedule.as_source)
        if refusal is None:
            return None
        return "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."

    def _allow(self, schedule: Schedule, action: str, resource_arn: str) -> None:
        """Raises `NotDelivered` if the role may not do this (SCH-20)."""
        role_arn = schedule.target["RoleArn"]
        reason = self._authority.may_assume(role_arn, schedule.as_source)
        if reason is None:
            reason = self._authority.allowed(role_arn, action, resource_arn, {"aws:SourceArn": schedule.group_arn})
        if reason is not None:
            raise NotDelivered("AccessDeniedException", reason)

    def _not_simulated(self, schedule: Schedule, what: str) -> Exception:
        return self._simulation.record_misuse(
            f"{what} of a schedule is not simulated. Schedule {schedule.name!r} fired for {schedule.target['Arn']}. Give the "
            "schedule a function, a queue, a topic, an event bus or a Kinesis stream as target, or disable it in the test.",
            NotSimulatedError,
        )


@contextmanager
def _failures_of_lambda() -> Iterator[None]:
    """Converts a refusal of Lambda to a failure of the target."""
    try:
        yield
    except ServiceError as refusal:
        raise NotDelivered(refusal.code, refusal.message, is_retried=refused(refusal).is_retried) from None


def _url(arn: Arn) -> str:
    return f"https://sqs.{arn.region_name}.amazonaws.com/{arn.account_id}/{arn.resource}"


def _queue_arn(schedule: Schedule, url: str) -> str:
    own = parse(schedule.arn)
    return f"arn:{own.partition}:sqs:{own.region_name}:{own.account_id}:{url.rpartition('/')[2]}"


def _bus_arn(schedule: Schedule, name: str | None) -> str:
    if name is not None and name.startswith("arn:"):
        return name
    own = parse(schedule.arn)
    return f"arn:{own.partition}:events:{own.region_name}:{own.account_id}:event-bus/{name or 'default'}"
