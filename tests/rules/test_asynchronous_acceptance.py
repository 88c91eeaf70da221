"""ASY-01 to 17: what `InvocationType=Event` answers at once, through boto3."""

from __future__ import annotations

import base64
import os
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import LambdaEvents

ARN = "arn:aws:lambda:us-east-1:123456789012:function"
UUID = r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"
OLD_LIMIT = 262_144
ECHO = "def handler(event, context): return event"


def give_back(event: Any, context: Any) -> Any:
    return event


def decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


def sleep_for_a_minute(event: Any, context: Any) -> None:
    time.sleep(60)


def send(lambda_events: LambdaEvents, name: str = "give_back", **parameters: Any) -> dict[str, Any]:
    client = lambda_events.client("lambda")
    response: dict[str, Any] = client.invoke(FunctionName=name, InvocationType="Event", **parameters)
    return response


def refusal_of(lambda_events: LambdaEvents, name: str = "give_back", **parameters: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        send(lambda_events, name, **parameters)
    response: dict[str, Any] = dict(refused.value.response)
    return response


@pytest.mark.rule("ASY-01")
def test_an_event_is_answered_with_202_and_nothing_else(lambda_events: LambdaEvents) -> None:
    lambda_events.function(give_back)

    response = send(lambda_events, Payload=b'{"order": 7}')

    assert (response["StatusCode"], response["ResponseMetadata"]["HTTPStatusCode"]) == (202, 202)
    assert response["Payload"].read() == b""
    assert response.keys() == {"ResponseMetadata", "StatusCode", "Payload"}


@pytest.mark.rule("ASY-02")
def test_the_headers_of_202_say_that_the_body_is_empty_and_name_a_trace(lambda_events: LambdaEvents) -> None:
    lambda_events.function(give_back)

    metadata = send(lambda_events)["ResponseMetadata"]

    headers = metadata["HTTPHeaders"]
    assert headers["x-amzn-requestid"] == metadata["RequestId"]
    assert (headers["content-length"], headers["x-amzn-remapped-content-length"]) == ("0", "0")
    assert re.fullmatch(r"root=1-[0-9a-f]{8}-[0-9a-f]{24};parent=[0-9a-f]{16};sampled=0", headers["x-amzn-trace-id"])


@pytest.mark.rule("ASY-03", "ASY-04")
def test_the_request_id_of_the_answer_is_the_contexts_in_every_attempt(lambda_events: LambdaEvents) -> None:
    seen: list[str] = []

    def record(event: Any, context: Any) -> None:
        seen.append(context.aws_request_id)
        raise ValueError("again")

    lambda_events.function(record, name="record")
    request_id = send(lambda_events, "record")["ResponseMetadata"]["RequestId"]
    lambda_events.run_until_idle()

    assert seen == [request_id] * 3
    assert re.fullmatch(UUID, request_id)


@pytest.mark.rule("ASY-03")
def test_two_events_have_two_request_ids(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)

    answered = [send(lambda_events)["ResponseMetadata"]["RequestId"] for _ in range(2)]

    assert len(set(answered)) == 2
    assert [event.request_id for event in function.events] == answered


@pytest.mark.rule("ASY-05")
@pytest.mark.parametrize(
    ("handler", "settings"),
    [(decline, {}), (sleep_for_a_minute, {"timeout": 3}), (give_back, {"reserved_concurrent_executions": 0})],
    ids=["handler error", "timeout", "zero concurrency"],
)
def test_the_caller_does_not_see_the_result_of_an_event(lambda_events: LambdaEvents, handler: Any, settings: Any) -> None:
    function = lambda_events.function(handler, **settings)

    response = send(lambda_events, function.name)
    lambda_events.run_until_idle()

    assert response["StatusCode"] == 202
    assert function.events[0].condition in ("RetriesExhausted", "ZeroReservedConcurrency")


@pytest.mark.rule("ASY-06")
@pytest.mark.parametrize(
    ("qualifier", "arn"),
    [
        ({}, f"{ARN}:missing:$LATEST"),
        ({"Qualifier": "live"}, f"{ARN}:missing:live"),
        ({"Qualifier": "7"}, f"{ARN}:missing:7"),
    ],
    ids=["unqualified", "alias", "version"],
)
def test_an_unknown_function_is_named_with_its_qualifier(
    lambda_events: LambdaEvents, qualifier: dict[str, str], arn: str
) -> None:
    response = refusal_of(lambda_events, "missing", **qualifier)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert response["Error"] == {"Code": "ResourceNotFoundException", "Message": f"Function not found: {arn}"}


@pytest.mark.rule("ASY-06")
def test_an_unknown_alias_of_a_known_function_is_refused(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)

    response = refusal_of(lambda_events, Qualifier="live")

    assert response["Error"]["Message"] == f"Function not found: {function.arn}:live"


@pytest.mark.rule("ASY-06")
def test_an_unknown_invocation_type_is_refused(lambda_events: LambdaEvents) -> None:
    lambda_events.function(give_back)

    with pytest.raises(ClientError) as refused:
        lambda_events.client("lambda").invoke(FunctionName="give_back", InvocationType="Later")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "invocationType" in refused.value.response["Error"]["Message"]


@pytest.mark.rule("ASY-07")
@pytest.mark.parametrize("seconds", [0, 0.999999], ids=["at once", "just before it is active"])
def test_a_pending_function_refuses_events(lambda_events: LambdaEvents, seconds: float) -> None:
    create_function("pending", ECHO)
    lambda_events.advance(seconds)

    response = refusal_of(lambda_events, "pending")

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert response["Error"] == {
        "Code": "ResourceConflictException",
        "Message": "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    }


@pytest.mark.rule("ASY-07")
def test_a_function_processes_events_as_soon_as_it_is_active(lambda_events: LambdaEvents) -> None:
    create_function("pending", ECHO)
    lambda_events.advance(1)

    response = send(lambda_events, "pending")

    assert response["StatusCode"] == 202


@pytest.mark.rule("ASY-13")
@pytest.mark.parametrize(
    "client_context",
    [base64.b64encode(b'{"custom": {"a": "b"}}').decode(), "no base64 at all!"],
    ids=["valid", "invalid"],
)
def test_a_client_context_does_not_reach_the_handler(lambda_events: LambdaEvents, client_context: str) -> None:
    seen: list[Any] = []
    lambda_events.function(lambda event, context: seen.append(context.client_context), name="record")

    response = send(lambda_events, "record", ClientContext=client_context)
    lambda_events.run_until_idle()

    assert (response["StatusCode"], seen) == (202, [None])


@pytest.mark.rule("ASY-14")
def test_an_event_answers_no_log(lambda_events: LambdaEvents) -> None:
    lambda_events.function(give_back)

    response = send(lambda_events, LogType="Tail")

    assert "LogResult" not in response
    assert "x-amz-log-result" not in response["ResponseMetadata"]["HTTPHeaders"]


@pytest.mark.rule("ASY-15")
def test_a_dry_run_answers_204_and_runs_nothing(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)

    response = lambda_events.client("lambda").invoke(FunctionName="give_back", InvocationType="DryRun", Payload=b"{}")
    lambda_events.run_until_idle()

    assert (response["StatusCode"], response["Payload"].read()) == (204, b"")
    assert (function.events, function.attempts) == ([], [])


@pytest.mark.rule("ASY-15")
def test_a_dry_run_of_an_unknown_function_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(ClientError) as refused:
        lambda_events.client("lambda").invoke(FunctionName="missing", InvocationType="DryRun")

    assert refused.value.response["Error"]["Message"] == f"Function not found: {ARN}:missing:$LATEST"


@pytest.mark.rule("ASY-16")
def test_the_deprecated_call_enters_the_same_queue(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(decline)

    response = lambda_events.client("lambda").invoke_async(FunctionName="decline", InvokeArgs=b'{"order": 7}')
    lambda_events.run_until_idle()

    [event] = function.events
    assert (response["Status"], response["ResponseMetadata"]["HTTPStatusCode"]) == (202, 202)
    assert response["ResponseMetadata"]["RequestId"] == event.request_id
    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    assert event.payload == {"order": 7}


@pytest.mark.rule("ASY-16")
def test_the_deprecated_call_has_the_old_limit(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)
    client = lambda_events.client("lambda")

    client.invoke_async(FunctionName="give_back", InvokeArgs=b'"' + b"x" * (OLD_LIMIT - 2) + b'"')
    with pytest.raises(ClientError) as refused:
        client.invoke_async(FunctionName="give_back", InvokeArgs=b'"' + b"x" * (OLD_LIMIT - 1) + b'"')

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert len(function.events) == 1


@pytest.mark.rule("ASY-16")
@pytest.mark.parametrize(
    ("call", "parameters", "is_same_trace"),
    [
        ("invoke", {"InvocationType": "Event", "Payload": b"{}"}, True),
        ("invoke_async", {"InvokeArgs": b"{}"}, False),
    ],
    ids=["invoke", "invoke_async"],
)
def test_only_invoke_passes_the_callers_trace_on(
    lambda_events: LambdaEvents, call: str, parameters: dict[str, Any], is_same_trace: bool
) -> None:
    roots: list[str] = []
    client = lambda_events.client("lambda")

    def note(event: Any, context: Any) -> None:
        roots.append(os.environ["_X_AMZN_TRACE_ID"].partition(";")[0])

    def front(event: Any, context: Any) -> None:
        note(event, context)
        getattr(client, call)(FunctionName="back", **parameters)

    lambda_events.function(front, name="front").invoke_async()
    lambda_events.function(note, name="back")
    lambda_events.run_until_idle()

    assert (roots[0] == roots[1]) is is_same_trace


@pytest.mark.rule("ASY-17")
def test_age_counts_from_acceptance_and_retries_do_not_move_it(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(decline, maximum_event_age_in_seconds=181)
    lambda_events.advance(1000)

    event = function.invoke_async()
    lambda_events.run_until_idle()

    assert event.accepted_after_seconds == 1000
    assert [attempt.started_after_seconds for attempt in event.attempts] == [1000, 1060, 1180]
    assert event.condition == "RetriesExhausted"


@pytest.mark.rule("ASY-01")
def test_nothing_runs_before_time_moves(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(give_back)

    send(lambda_events)
    at_first = list(function.attempts)
    lambda_events.advance(0)

    assert (at_first, len(function.attempts)) == ([], 1)
