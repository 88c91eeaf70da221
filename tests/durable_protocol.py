"""Durable functions without the SDK: handlers that call the Lambda API themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from pytest_lambda_events import DurableExecution, LambdaEvents

Members = dict[str, Any]
DONE = {"Status": "SUCCEEDED", "Result": '"done"'}
WAITING = {"Status": "PENDING"}


class Session:
    """One invocation of a durable function. It keeps the newest checkpoint token."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self.arn: str = event["DurableExecutionArn"]
        self.token: str = event["CheckpointToken"]
        self.client: Any = boto3.client("lambda", config=Config(parameter_validation=False))

    @property
    def operations(self) -> Sequence[Members]:
        """Returns the operations of the event, without that of the execution."""
        operations: Sequence[Members] = self.event["InitialExecutionState"]["Operations"]
        return operations[1:]

    def checkpoint(self, *updates: Members, **parameters: Any) -> Sequence[Members]:
        """Sends updates. Returns the operations of the answer."""
        answer = self.client.checkpoint_durable_execution(
            **{"DurableExecutionArn": self.arn, "CheckpointToken": self.token, "Updates": list(updates), **parameters}
        )
        self.token = answer.get("CheckpointToken", self.token)
        operations: Sequence[Members] = answer["NewExecutionState"].get("Operations", [])
        return operations

    def refusal(self, *updates: Members, **parameters: Any) -> tuple[str, str]:
        """Sends updates that are refused. Returns the code and the message."""
        return refused(lambda: self.checkpoint(*updates, **parameters))

    def state(self, **parameters: Any) -> Members:
        """Returns one page of the state."""
        answer: Members = self.client.get_durable_execution_state(
            **{"DurableExecutionArn": self.arn, "CheckpointToken": self.token, **parameters}
        )
        return answer


def refused(call: Callable[[], object]) -> tuple[str, str]:
    """Returns the code and the message of the error that a call of boto3 raises."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("the call was not refused")


def start(lambda_events: LambdaEvents, *scripts: Callable[[Session], object], timeout: int = 3600) -> DurableExecution:
    """Starts an execution whose invocations run one script each, the last one again and again. Time moves by 1 second."""
    rest = list(scripts)

    def handler(event: Any, context: Any) -> Any:
        script = rest.pop(0) if len(rest) > 1 else rest[0]
        return script(Session(event))

    function = lambda_events.function(handler, name="raw", durable_execution_timeout=timeout)
    execution = function.start_execution({"order": 7})
    lambda_events.advance(1)
    return execution


def update(kind: str, action: str, operation_id: str = "a", **members: Any) -> Members:
    """Returns an update."""
    return {"Id": operation_id, "Type": kind, "Action": action, **members}


def step(action: str, operation_id: str = "a", **members: Any) -> Members:
    """Returns an update of a step."""
    return update("STEP", action, operation_id, **members)


def wait(seconds: int, operation_id: str = "w") -> Members:
    """Returns an update that starts a wait."""
    return update("WAIT", "START", operation_id, WaitOptions={"WaitSeconds": seconds})
