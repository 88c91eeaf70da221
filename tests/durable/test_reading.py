"""What the API shows of durable executions: GetDurableExecution, the history, and lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from durable_protocol import DONE, WAITING, Session, start, step, update, wait

from pytest_lambda_events import LambdaEvents

ERROR = {"ErrorMessage": "no", "ErrorType": "Rejected"}


def history(arn: str, **parameters: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = boto3.client("lambda").get_durable_execution_history(
        **{"DurableExecutionArn": arn, **parameters}
    )["Events"]
    return events


@pytest.mark.rule("DUR-B0", "DUR-B1")
def test_execution_is_described_while_it_runs_and_after_its_end(lambda_events: LambdaEvents) -> None:
    client = boto3.client("lambda")

    def first(session: Session) -> Any:
        session.checkpoint(wait(60))
        return WAITING

    execution = start(lambda_events, first, lambda session: DONE, timeout=600)
    running = client.get_durable_execution(DurableExecutionArn=execution.arn)
    lambda_events.advance(60)
    ended = client.get_durable_execution(DurableExecutionArn=execution.arn)
    bare = client.get_durable_execution(DurableExecutionArn=execution.arn, IncludeExecutionData=False)

    began = running["StartTimestamp"]
    assert (running["Status"], running["InputPayload"]) == ("RUNNING", '{"order": 7}')
    assert running["ExpectedExecutionTimeoutTimestamp"] - began == timedelta(seconds=600)
    assert not {"EndTimestamp", "Result", "Error"} & running.keys()
    assert ended.keys() - {"ResponseMetadata"} == {
        "DurableExecutionArn", "DurableExecutionName", "FunctionArn", "InputPayload", "Result", "StartTimestamp", "Status",
        "EndTimestamp", "Version", "TraceHeader", "ExecutionDataIncluded", "DurableConfig",
    }  # fmt: skip
    assert (ended["Status"], ended["Result"], ended["EndTimestamp"] - began) == ("SUCCEEDED", '"done"', timedelta(seconds=60))
    assert ended["FunctionArn"].endswith(":function:raw:$LATEST")
    assert not {"InputPayload", "Result"} & bare.keys()
    assert bare["ExecutionDataIncluded"] is False


@pytest.mark.rule("DUR-B1", "DUR-BB", "DUR-B4")
def test_stopped_execution_shows_its_error(lambda_events: LambdaEvents) -> None:
    def script(session: Session) -> Any:
        session.checkpoint(wait(60))
        return WAITING

    execution = start(lambda_events, script)
    execution.stop(message="no", error_type="Rejected")

    assert (execution.status, execution.error) == ("STOPPED", ERROR)
    last = execution.history[-1]
    assert (last["EventType"], last["Name"]) == ("ExecutionStopped", execution.name)
    assert last["ExecutionStoppedDetails"] == {"Error": {"Payload": ERROR, "Truncated": False}}


@pytest.mark.rule("DUR-B2")
def test_executions_are_listed_by_function_with_filters(lambda_events: LambdaEvents) -> None:
    client = boto3.client("lambda")
    first = start(lambda_events, lambda session: {"Status": "FAILED", "Error": ERROR})
    function = lambda_events.functions["raw"]
    second = function.start_execution({}, name="named")
    lambda_events.advance(1)

    def listed(**parameters: Any) -> list[str]:
        answer = client.list_durable_executions_by_function(FunctionName="raw", **parameters)
        return [one["DurableExecutionArn"] for one in answer["DurableExecutions"]]

    assert listed() == [second.arn, first.arn]
    assert listed(ReverseOrder=True) == [first.arn, second.arn]
    assert listed(DurableExecutionName="named") == [second.arn]
    assert (listed(Statuses=["FAILED"]), listed(Statuses=["RUNNING"])) == ([second.arn, first.arn], [])
    assert listed(MaxItems=1) == [second.arn]
    began = client.get_durable_execution(DurableExecutionArn=second.arn)["StartTimestamp"]
    assert listed(StartedAfter=began - timedelta(seconds=1)) == [second.arn]
    assert listed(StartedBefore=began) == [first.arn]
    entry = client.list_durable_executions_by_function(FunctionName="raw")["DurableExecutions"][0]
    assert list(entry) == [
        "DurableExecutionArn", "DurableExecutionName", "FunctionArn", "Status", "StartTimestamp", "EndTimestamp",
    ]  # fmt: skip


@pytest.mark.rule("DUR-B3")
def test_history_is_read_in_pages_and_in_reverse(lambda_events: LambdaEvents) -> None:
    def script(session: Session) -> Any:
        session.checkpoint(*(step("SUCCEED", f"s{number}") for number in range(110)))
        return DONE

    execution = start(lambda_events, script)
    client = boto3.client("lambda")

    first = client.get_durable_execution_history(DurableExecutionArn=execution.arn)
    rest = history(execution.arn, Marker=first["NextMarker"])
    assert [event["EventId"] for event in [*first["Events"], *rest]] == list(range(1, 114))
    assert len(first["Events"]) == 100
    assert [event["EventId"] for event in history(execution.arn, ReverseOrder=True, MaxItems=3)] == [113, 112, 111]


@pytest.mark.rule("DUR-B3", "DUR-B4", "DUR-B5", "DUR-B6", "DUR-B7", "DUR-B8")
def test_history_has_the_form_of_the_recording(lambda_events: LambdaEvents) -> None:
    def first(session: Session) -> Any:
        retry = step("RETRY", "s", Error=ERROR, StepOptions={"NextAttemptDelaySeconds": 1})
        session.checkpoint(step("START", "s", Name="pay", SubType="Step"), retry)
        return WAITING

    def second(session: Session) -> Any:
        session.checkpoint(step("START", "s"))
        session.checkpoint(step("FAIL", "s", Error=ERROR), step("SUCCEED", "t", Payload="1"), wait(60))
        return WAITING

    def third(session: Session) -> Any:
        session.checkpoint(
            update(
                "CALLBACK", "START", "c", Name="ask", CallbackOptions={"TimeoutSeconds": 180, "HeartbeatTimeoutSeconds": 60}
            )
        )
        return WAITING

    execution = start(lambda_events, first, second, third, lambda session: DONE)
    lambda_events.advance(70)
    execution.complete_callback("ask", "yes")
    lambda_events.advance(1)
    events = history(execution.arn)

    failure = {"Payload": ERROR, "Truncated": False}
    shown = [(event["EventType"], event[f"{event['EventType']}Details"]) for event in events]
    details = [(kind, {k: v for k, v in value.items() if not isinstance(v, datetime) and k not in ("RequestId", "CallbackId")})
               for kind, value in shown]  # fmt: skip
    assert details == [
        ("ExecutionStarted", {"Input": {"Payload": '{"order": 7}', "Truncated": False}, "ExecutionTimeout": 3600}),
        ("StepStarted", {}),
        ("StepFailed", {"Error": failure, "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 1}}),
        ("InvocationCompleted", {}),
        ("StepStarted", {}),
        ("StepFailed", {"Error": failure, "RetryDetails": {"CurrentAttempt": 2}}),
        ("StepSucceeded", {"Result": {"Payload": "1", "Truncated": False}, "RetryDetails": {"CurrentAttempt": 1}}),
        ("WaitStarted", {"Duration": 60}),
        ("InvocationCompleted", {}),
        ("WaitSucceeded", {"Duration": 60}),
        ("CallbackStarted", {"HeartbeatTimeout": 60, "Timeout": 180}),
        ("InvocationCompleted", {}),
        ("CallbackSucceeded", {"Result": {"Payload": "yes", "Truncated": False}}),
        ("InvocationCompleted", {}),
        ("ExecutionSucceeded", {"Result": {"Payload": '"done"', "Truncated": False}}),
    ]
    assert [event["EventId"] for event in events] == list(range(1, 16))
    assert list(events[1]) == [
        "EventType", "SubType", "EventId", "Id", "Name", "EventTimestamp", "StepStartedDetails",
    ]  # fmt: skip
    assert not {"Id", "Name"} & events[3].keys()
    assert (events[0]["Id"], events[0]["Name"]) == (events[-1]["Id"], events[-1]["Name"]) == (
        execution.arn.split("/")[-1], execution.name,
    )  # fmt: skip
    assert events[-2]["EventTimestamp"] == events[-1]["EventTimestamp"]
    assert events[1]["EventTimestamp"] == events[2]["EventTimestamp"]
    completed = events[3]["InvocationCompletedDetails"]
    assert list(completed) == ["StartTimestamp", "EndTimestamp", "RequestId"]
    bare = history(execution.arn, IncludeExecutionData=False)
    assert "Payload" not in bare[0]["ExecutionStartedDetails"]["Input"]
    assert "Payload" not in bare[2]["StepFailedDetails"]["Error"]
