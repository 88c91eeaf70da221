"""Checkpoints of durable executions, through the API and without the SDK."""

from __future__ import annotations

import time
from typing import Any

import pytest
from durable_protocol import DONE, WAITING, Session, refused, start, step, update, wait

from pytest_lambda_events import LambdaEvents

INVALID = "InvalidParameterValueException"
VALIDATION = "ValidationException"
MEGABYTE = 1024 * 1024


@pytest.mark.rule("DUR-40", "DUR-41", "DUR-42", "DUR-43", "DUR-50", "DUR-51")
def test_each_checkpoint_gives_the_next_token_and_the_changed_operations(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        first = session.token
        seen.append(session.checkpoint(step("START", Name="pay", SubType="Step")))
        seen.append(session.checkpoint(step("SUCCEED", Payload="1")))
        seen.append(session.token != first)
        seen.append(session.refusal(step("START", "b"), CheckpointToken=first))
        return DONE

    execution = start(lambda_events, script)

    (started,), (ended,), is_new, refusal = seen
    assert (started["Status"], ended["Status"], ended["StepDetails"]) == (
        "STARTED",
        "SUCCEEDED",
        {"Attempt": 1, "Result": "1"},
    )
    assert is_new
    assert refusal == (INVALID, "Invalid checkpoint token")
    assert (execution.status, execution.result) == ("SUCCEEDED", "done")


@pytest.mark.rule("DUR-51")
def test_one_wrong_update_refuses_all_updates_of_a_call(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        seen.append(session.refusal(step("START"), update("WAIT", "CANCEL", "w")))
        seen.append(session.state()["Operations"])
        return DONE

    execution = start(lambda_events, script)

    message = "Cannot cancel a WAIT that does not exist or has already completed."
    assert seen[0] == (INVALID, message)
    assert [operation["Type"] for operation in seen[1]] == ["EXECUTION"]
    assert "StepStarted" not in [event["EventType"] for event in execution.history]


@pytest.mark.rule("DUR-52", "DUR-5G")
def test_tokens_of_other_invocations_and_after_the_end_are_refused(lambda_events: LambdaEvents) -> None:
    sessions: list[Session] = []
    seen: list[Any] = []

    def first(session: Session) -> Any:
        sessions.append(session)
        session.checkpoint(wait(60))
        return WAITING

    def second(session: Session) -> Any:
        seen.append(sessions[0].refusal())
        sessions.append(session)
        return DONE

    start(lambda_events, first, second)
    seen.append(sessions[0].refusal())
    seen.append(refused(sessions[0].state))
    lambda_events.advance(60)
    seen.append(sessions[1].refusal())
    seen.append(refused(sessions[1].state))

    assert seen == [(INVALID, "Invalid checkpoint token")] * 5


@pytest.mark.rule("DUR-53")
@pytest.mark.parametrize(("seconds", "is_stored"), [(899, True), (900, False)])
def test_client_token_gives_the_stored_answer_for_15_minutes(
    lambda_events: LambdaEvents, seconds: int, is_stored: bool
) -> None:
    seen: list[Any] = []

    def first(session: Session) -> Any:
        token = session.token
        session.checkpoint(wait(3000), ClientToken="mine")
        seen.append((session, token, session.token))
        return WAITING

    start(lambda_events, first, timeout=900 * 4)
    lambda_events.advance(seconds - 1)
    session, token, following = seen[0]
    call = {"DurableExecutionArn": session.arn, "CheckpointToken": token, "ClientToken": "mine", "Updates": [wait(3000)]}

    if is_stored:
        assert session.client.checkpoint_durable_execution(**call)["CheckpointToken"] == following
    else:
        assert refused(lambda: session.client.checkpoint_durable_execution(**call)) == (INVALID, "Invalid checkpoint token")


@pytest.mark.rule("DUR-54", "DUR-56", "DUR-79")
def test_empty_checkpoint_shows_what_ended_meanwhile(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        session.checkpoint(wait(2), step("START", "s"), step("RETRY", "s", StepOptions={"NextAttemptDelaySeconds": 1}))
        time.sleep(1)
        seen.append([(one["Id"], one["Status"]) for one in session.checkpoint()])
        time.sleep(0.999)
        seen.append([(one["Id"], one["Status"]) for one in session.checkpoint()])
        time.sleep(0.001)
        seen.append([(one["Id"], one["Status"]) for one in session.checkpoint()])
        return DONE

    start(lambda_events, script)
    lambda_events.advance(5)

    assert seen == [[("s", "READY")], [], [("w", "SUCCEEDED")]]


@pytest.mark.rule("DUR-49", "DUR-55")
@pytest.mark.parametrize(
    ("action", "members", "status"),
    [("SUCCEED", {"Payload": '"kept"'}, "SUCCEEDED"), ("FAIL", {"Error": {"ErrorType": "Rejected"}}, "FAILED")],
)
def test_execution_update_ends_the_execution_and_answers_without_token(
    lambda_events: LambdaEvents, action: str, members: dict[str, Any], status: str
) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        token = session.token
        session.checkpoint(update("EXECUTION", action, "execution-result-1", **members))
        seen.append(session.token == token)
        seen.append(session.refusal())
        return {"Status": "SUCCEEDED", "Result": ""}

    execution = start(lambda_events, script)

    assert seen == [True, (INVALID, "Invalid checkpoint token")]
    kept = "kept" if status == "SUCCEEDED" else None
    assert (execution.status, execution.result, execution.error) == (status, kept, members.get("Error"))


ACTIONS = {
    "STEP": ("START", "SUCCEED", "FAIL", "RETRY"), "CONTEXT": ("START", "SUCCEED", "FAIL"), "WAIT": ("START", "CANCEL"),
    "CALLBACK": ("START",), "CHAINED_INVOKE": ("START",), "EXECUTION": ("SUCCEED", "FAIL"),
}  # fmt: skip
WRONG = [
    (kind, action)
    for kind, actions in ACTIONS.items()
    for action in ("START", "SUCCEED", "FAIL", "RETRY", "CANCEL")
    if action not in actions
]


@pytest.mark.rule("DUR-57")
def test_other_actions_of_a_type_are_refused(lambda_events: LambdaEvents) -> None:
    refusals: list[Any] = []

    def script(session: Session) -> Any:
        refusals.extend(session.refusal(update(kind, action)) for kind, action in WRONG)
        return DONE

    start(lambda_events, script)

    assert set(refusals) == {(INVALID, "Invalid action for the given operation type.")}
    assert len(refusals) == 30 - sum(map(len, ACTIONS.values()))


@pytest.mark.rule("DUR-58")
def test_one_call_may_start_and_end_a_step_or_a_context_but_not_more(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        session.checkpoint(step("START"), step("SUCCEED"), update("CONTEXT", "START", "c"), update("CONTEXT", "SUCCEED", "c"))
        retry = step("RETRY", "b", StepOptions={"NextAttemptDelaySeconds": 1})
        seen.append(session.refusal(step("START", "b"), retry, step("START", "b")))
        seen.append(session.refusal(step("START", "b"), step("START", "b")))
        seen.append(session.refusal(step("SUCCEED", "b"), step("START", "b")))
        seen.append(session.refusal(wait(1, "v"), update("WAIT", "CANCEL", "v")))
        return DONE

    start(lambda_events, script)

    assert set(seen) == {(INVALID, "Cannot checkpoint multiple operations with the same ID.")}


@pytest.mark.rule("DUR-59")
def test_parents_and_the_metadata_of_known_operations_are_checked(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        context = update("CONTEXT", "START", "c")
        seen.append(session.refusal(step("START", ParentId="c"), context))
        session.checkpoint(context, step("START", ParentId="c", Name="pay", SubType="Step"))
        seen.append(session.refusal(step("SUCCEED", ParentId="a")))
        seen.append(session.refusal(update("CONTEXT", "SUCCEED", "a")))
        seen.append(session.refusal(step("SUCCEED", SubType="Map")))
        seen.append(session.refusal(step("SUCCEED", Name="other")))
        session.checkpoint(update("CONTEXT", "START", "d"))
        seen.append(session.refusal(step("SUCCEED", ParentId="d")))
        end = update("EXECUTION", "SUCCEED", "e")
        seen.append(session.refusal(end, step("START", "b")))
        seen.append(session.refusal(end, update("EXECUTION", "FAIL", "f")))
        return DONE

    start(lambda_events, script)

    assert seen == [
        (INVALID, text)
        for text in (
            "Invalid parent operation id.",
            "Invalid parent operation id.",
            "Inconsistent operation type.",
            "Inconsistent operation subtype.",
            "Inconsistent operation name.",
            "Inconsistent parent operation id.",
            "EXECUTION checkpoint must be the last update.",
            "Cannot checkpoint multiple EXECUTION updates.",
        )
    ]


@pytest.mark.rule("DUR-5A", "DUR-73")
def test_updates_that_do_not_fit_the_status_are_refused(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []
    retry = step("RETRY", StepOptions={"NextAttemptDelaySeconds": 60})

    def script(session: Session) -> Any:
        session.checkpoint(step("START"))
        seen.append(session.refusal(step("START")))
        session.checkpoint(retry)
        seen.append(session.refusal(step("START")))
        seen.append(session.refusal(step("SUCCEED")))
        seen.append(session.refusal(retry))
        session.checkpoint(update("CONTEXT", "START", "c"), update("CONTEXT", "FAIL", "c"), wait(60))
        seen.append(session.refusal(update("CONTEXT", "SUCCEED", "c")))
        seen.append(session.refusal(wait(60)))
        session.checkpoint(update("WAIT", "CANCEL", "w"))
        seen.append(session.refusal(update("WAIT", "CANCEL", "w")))
        seen.append(session.refusal(step("FAIL", "n", Payload="1")))
        seen.append(session.refusal(step("SUCCEED", "n", Error={"ErrorType": "E"})))
        both = {"Payload": "1", "Error": {"ErrorType": "E"}, "StepOptions": {"NextAttemptDelaySeconds": 60}}
        seen.append(session.refusal(step("RETRY", "n", **both)))
        return DONE

    start(lambda_events, script)

    assert seen == [
        (INVALID, text)
        for text in (
            "Invalid current STEP state to start.",
            "Invalid current STEP state to start.",
            "Invalid current STEP state to close.",
            "Invalid current STEP state to re-attempt.",
            "Invalid current CONTEXT state to close.",
            "Cannot start a WAIT that already exist.",
            "Cannot cancel a WAIT that does not exist or has already completed.",
            "Cannot provide a Payload for FAIL action.",
            "Cannot provide an Error for SUCCEED action.",
            "Cannot provide both error and payload to RETRY a STEP.",
        )
    ]


@pytest.mark.rule("DUR-5B", "DUR-73")
@pytest.mark.parametrize(("action", "status"), [("SUCCEED", "SUCCEEDED"), ("FAIL", "FAILED")])
def test_step_may_end_without_a_start(lambda_events: LambdaEvents, action: str, status: str) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        seen.extend(session.checkpoint(step(action)))
        return DONE

    start(lambda_events, script)

    assert [(one["Status"], one["StepDetails"]["Attempt"]) for one in seen] == [(status, 1)]


@pytest.mark.rule("DUR-73")
def test_retry_is_pending_until_its_instant_and_then_ready(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def first(session: Session) -> Any:
        retry = step("RETRY", Error={"ErrorType": "Busy"}, StepOptions={"NextAttemptDelaySeconds": 10})
        seen.extend(session.checkpoint(step("START"), retry))
        return WAITING

    def second(session: Session) -> Any:
        seen.extend(session.operations)
        seen.extend(session.checkpoint(step("START")))
        return DONE

    execution = start(lambda_events, first, second)
    lambda_events.advance(8.999)
    assert execution.operations[0].status == "PENDING"
    lambda_events.advance(0.001)

    pending, ready, started = seen
    assert (pending["Status"], pending["StepDetails"]["Attempt"], pending["StepDetails"]["Error"]) == (
        "PENDING", 1, {"ErrorType": "Busy"},
    )  # fmt: skip
    assert (pending["StepDetails"]["NextAttemptTimestamp"] - pending["StartTimestamp"]).total_seconds() == 10
    assert ready["Status"] == "READY"
    assert "NextAttemptTimestamp" not in ready["StepDetails"]
    assert started["Status"] == "STARTED"


BOUNDS = [
    (step("START", "x" * 64), step("START", "x" * 65)),
    (step("START", "b", Name="x" * 256), step("START", "c", Name="x" * 257)),
    (step("START", "d", Name=" ~"), step("START", "e", Name="é")),
    (step("START", "f", SubType="x" * 32), step("START", "g", SubType="x" * 33)),
    (wait(31_622_400, "h"), wait(31_622_401, "i")),
    (wait(1, "j"), wait(0, "k")),
    (
        step("RETRY", "l", StepOptions={"NextAttemptDelaySeconds": 31_622_400}),
        step("RETRY", "m", StepOptions={"NextAttemptDelaySeconds": 31_622_401}),
    ),
    (
        update("CALLBACK", "START", "n", CallbackOptions={"TimeoutSeconds": 99_999_999, "HeartbeatTimeoutSeconds": 0}),
        update("CALLBACK", "START", "o", CallbackOptions={"TimeoutSeconds": 100_000_000}),
    ),
]


@pytest.mark.rule("DUR-5C")
def test_members_of_updates_have_the_bounds_of_the_model(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        for right, wrong in BOUNDS:
            session.checkpoint(right)
            seen.append(session.refusal(wrong)[0])
        seen.append(session.refusal(ClientToken="x" * 65)[0])
        session.checkpoint(ClientToken="x" * 64)
        return DONE

    start(lambda_events, script)

    assert seen == [VALIDATION] * (len(BOUNDS) + 1)


@pytest.mark.rule("DUR-5C", "DUR-C4")
def test_payload_that_is_too_long_is_refused_without_the_payload_in_the_message(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        seen.append(session.refusal(update("EXECUTION", "SUCCEED", "e", Payload="x" * (6 * MEGABYTE + 1))))
        return DONE

    start(lambda_events, script)

    violation = (
        "Value at 'updates.1.member.payload' failed to satisfy constraint: Member must have length less than or equal to"
    )
    assert seen == [(VALIDATION, f"1 validation error detected: {violation} 6291456")]
