"""What Lambda delivers to durable functions, and what it keeps of their executions."""

from __future__ import annotations

from typing import Any

import boto3
from durable_protocol import WAITING, Session, step, update

from pytest_lambda_events import DurableExecution, LambdaEvents

from .pages import Golden, Page

ERROR = {"ErrorType": "Timeout", "ErrorMessage": "the bank does not answer"}


def _order(event: Any, context: Any) -> Any:
    """Charges a card with one retry, waits a day, asks for approval, and ends. It sends what the SDK of AWS sends."""
    session = Session(event)
    states = {operation["Name"]: operation["Status"] for operation in session.operations}
    if "charge" not in states:
        retry = {"NextAttemptDelaySeconds": 5}
        session.checkpoint(
            _named(step("START", "1", SubType="Step"), "charge"),
            _named(step("RETRY", "1", SubType="Step", Error=ERROR, StepOptions=retry), "charge"),
        )
        return WAITING
    if "packing" not in states:
        session.checkpoint(_named(step("START", "1", SubType="Step"), "charge"))
        session.checkpoint(_named(step("SUCCEED", "1", SubType="Step", Payload='"charged"'), "charge"))
        wait = update("WAIT", "START", "2", SubType="Wait", WaitOptions={"WaitSeconds": 86_400})
        session.checkpoint(_named(wait, "packing"))
        return WAITING
    if "approval" not in states:
        options = {"TimeoutSeconds": 180, "HeartbeatTimeoutSeconds": 60}
        session.checkpoint(_named(update("CALLBACK", "START", "3", SubType="Callback", CallbackOptions=options), "approval"))
        return WAITING
    if states["approval"] == "SUCCEEDED":
        return {"Status": "SUCCEEDED", "Result": '"shipped"'}
    return {"Status": "FAILED", "Error": session.operations[-1]["CallbackDetails"]["Error"]}


def _named(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {**members, "Name": name}


def _started(environment: LambdaEvents, **settings: Any) -> DurableExecution:
    """Starts an execution, and lets it wait for the callback."""
    function = environment.function(_order, name="order", durable_execution_timeout=864_000, **settings)
    execution = function.start_execution({"order": 7}, name="order-7")
    environment.advance(86_405)
    return execution


def _first_event(environment: LambdaEvents) -> object:
    _started(environment)
    return environment.functions["order"].attempts[0].event


def _third_event(environment: LambdaEvents) -> object:
    _started(environment)
    return environment.functions["order"].attempts[2].event


def _history(environment: LambdaEvents) -> object:
    execution = _started(environment)
    execution.complete_callback("approval", "approved")
    environment.run_until_idle()
    return execution.history


def _history_of_a_timeout(environment: LambdaEvents) -> object:
    execution = _started(environment)
    environment.run_until_idle()
    return execution.history[-3:]


def _described(environment: LambdaEvents) -> object:
    execution = _started(environment)
    execution.complete_callback("approval", "approved")
    environment.run_until_idle()
    answer = boto3.client("lambda").get_durable_execution(DurableExecutionArn=execution.arn)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _status_change(environment: LambdaEvents) -> object:
    changes = environment.queue("changes")
    pattern = {"detail-type": ["Durable Execution Status Change"], "detail": {"status": ["STOPPED"]}}
    environment.event_buses["default"].add_rule(pattern, target=changes)
    _started(environment).stop(message="the order was cancelled", error_type="Cancelled")
    environment.run_until_idle()
    [message] = changes.messages
    return message.json


def _dead_letter(environment: LambdaEvents) -> object:
    failures = environment.queue("failures")
    execution = _started(environment, dead_letter_queue=failures)
    execution.fail_callback("approval", message="too expensive", error_type="Rejected")
    environment.run_until_idle()
    [message] = failures.messages
    return {"body": message.json, "message_attributes": message.message_attributes}


DURABLE = Page(
    "Durable executions",
    "What Lambda sends to a durable function, and what it keeps of an execution. The function charges a card with one retry, "
    "waits for a day, and asks for approval. The rules are DUR-40 to 44, B0 to BB, C2 and 39.",
    [
        Golden("The event of the first invocation", "The SDK reads it, and gives the input to the handler.", _first_event),
        Golden("The event of a later invocation", "It has the operations, and the ids of those that changed.", _third_event),
        Golden("The history of an execution", "", _history),
        Golden("The end of the history after a missing heartbeat", "", _history_of_a_timeout),
        Golden("An execution that succeeded", "What `GetDurableExecution` returns.", _described),
        Golden("A change of the status on the event bus", "", _status_change),
        Golden("The dead letter of an execution that failed", "", _dead_letter),
    ],
)
