"""The sizes of what a durable execution writes, each at its limit. The handlers call the Lambda API themselves."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from durable_protocol import DONE, WAITING, Session, refused, start, step, update

from pytest_lambda_events import LambdaEvents, NotSimulatedError, limits

MEGABYTE = 1024 * 1024
ERROR_TOO_LARGE = ("InvalidParameterValueException", "Error object size must be less than or equal to 1048576 bytes.")
CHILD_TOO_LARGE = "Execution output payload size must be less than or equal to 1048576 bytes."
TOO_LARGE = "CHAINED_INVOKE output payload size must be less than or equal to 1048576 bytes."
CALL = update("CHAINED_INVOKE", "START", "call", ChainedInvokeOptions={"FunctionName": "child:$LATEST"})


def calling(session: Session) -> Any:
    """Invokes the function `child`, and waits."""
    if not session.operations:
        session.checkpoint(CALL)
        return WAITING
    return DONE


@pytest.mark.rule("DUR-8D")
@pytest.mark.parametrize(
    ("length", "status", "error"),
    [(MEGABYTE, "SUCCEEDED", None), (MEGABYTE + 1, "FAILED", {"ErrorMessage": CHILD_TOO_LARGE})],
    ids=["largest", "too large"],
)
def test_durable_child_with_a_large_output_fails_itself(
    lambda_events: LambdaEvents, length: int, status: str, error: dict[str, str] | None
) -> None:
    child = lambda_events.function(
        lambda event, context: {"Status": "SUCCEEDED", "Result": "1" * length}, name="child", durable_execution_timeout=60
    )

    parent = start(lambda_events, calling)

    own, operation = child.executions[0], parent.operations[-1]
    assert (own.status, own.error) == (status, error)
    assert (operation.status, operation.error) == (status, error)


@pytest.mark.rule("DUR-8D")
def test_child_that_checkpoints_a_large_output_is_refused(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def child(event: Any, context: Any) -> Any:
        session = Session(event)
        seen.append(session.refusal(update("EXECUTION", "SUCCEED", "e", Payload="1" * (MEGABYTE + 1))))
        session.checkpoint(update("EXECUTION", "SUCCEED", "e", Payload="1" * MEGABYTE))
        return {"Status": "SUCCEEDED", "Result": ""}

    lambda_events.function(child, name="child", durable_execution_timeout=60)

    parent = start(lambda_events, calling)

    assert seen == [("InvalidParameterValueException", CHILD_TOO_LARGE)]
    assert parent.operations[-1].status == "SUCCEEDED"


@pytest.mark.rule("DUR-8D")
@pytest.mark.parametrize(
    ("length", "status", "error"),
    [(MEGABYTE - 2, "SUCCEEDED", None), (MEGABYTE - 1, "FAILED", {"ErrorMessage": TOO_LARGE})],
    ids=["largest", "too large"],
)
def test_other_target_with_a_large_output_fails_only_the_operation(
    lambda_events: LambdaEvents, length: int, status: str, error: dict[str, str] | None
) -> None:
    child = lambda_events.function(lambda event, context: "x" * length, name="child")

    operation = start(lambda_events, calling).operations[-1]

    assert (operation.status, operation.error) == (status, error)
    assert [attempt.outcome for attempt in child.attempts] == ["success"]


@pytest.mark.rule("DUR-C4")
@pytest.mark.parametrize("kind", ["STEP", "CONTEXT"])
def test_payload_of_an_operation_has_at_most_one_megabyte(lambda_events: LambdaEvents, kind: str) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        session.checkpoint(update(kind, "SUCCEED", "a", Payload="x" * MEGABYTE))
        seen.append(session.refusal(update(kind, "SUCCEED", "b", Payload="x" * (MEGABYTE + 1))))
        # Two bytes in UTF-8.
        seen.append(session.refusal(update(kind, "SUCCEED", "c", Payload="é" * (MEGABYTE // 2) + "x")))
        return DONE

    start(lambda_events, script)

    message = f"{kind} payload size must be less than or equal to 1048576 bytes."
    assert seen == [("InvalidParameterValueException", message)] * 2


@pytest.mark.rule("DUR-C4")
def test_fields_of_an_error_have_at_most_one_megabyte_together(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []

    def script(session: Session) -> Any:
        error = {"ErrorType": "E", "StackTrace": ["line"], "ErrorData": "data"}
        session.checkpoint(step("FAIL", "a", Error={**error, "ErrorMessage": "x" * (MEGABYTE - 9)}))
        seen.append(session.refusal(step("FAIL", "b", Error={**error, "ErrorMessage": "x" * (MEGABYTE - 8)})))
        return DONE

    start(lambda_events, script)

    assert seen == [ERROR_TOO_LARGE]


@pytest.mark.rule("DUR-C4", "DUR-81")
def test_results_and_errors_of_callbacks_have_at_most_one_megabyte(lambda_events: LambdaEvents) -> None:
    def script(session: Session) -> Any:
        if not session.operations:
            session.checkpoint(*(update("CALLBACK", "START", name, Name=name) for name in "ab"))
            return WAITING
        return DONE

    execution = start(lambda_events, script)
    client = boto3.client("lambda")
    ids = [operation.callback_id for operation in execution.operations[-2:]]
    error = {"ErrorMessage": "x" * (MEGABYTE + 1)}

    assert refused(lambda: client.send_durable_execution_callback_failure(CallbackId=ids[0], Error=error)) == ERROR_TOO_LARGE
    assert refused(lambda: client.stop_durable_execution(DurableExecutionArn=execution.arn, Error=error)) == ERROR_TOO_LARGE
    code, _ = refused(lambda: client.send_durable_execution_callback_success(CallbackId=ids[1], Result=b"x" * (MEGABYTE + 1)))
    client.send_durable_execution_callback_failure(CallbackId=ids[0], Error={"ErrorMessage": "x" * MEGABYTE})
    client.send_durable_execution_callback_success(CallbackId=ids[1], Result=b"x" * MEGABYTE)
    lambda_events.advance(1)

    assert code == "ValidationException"
    assert [operation.status for operation in execution.operations[-2:]] == ["FAILED", "SUCCEEDED"]
    assert execution.status == "SUCCEEDED"


@pytest.fixture
def small_storage(monkeypatch: pytest.MonkeyPatch) -> int:
    """Lets an execution write 1000 bytes, because 100 MB take seconds."""
    assert limits.DURABLE_WRITTEN_BYTES == 100 * MEGABYTE
    monkeypatch.setattr(limits, "DURABLE_WRITTEN_BYTES", 1000)
    return 1000 - len('{"order": 7}')


def writing(size: int) -> Any:
    """Returns a script that writes this many bytes."""

    def script(session: Session) -> Any:
        session.checkpoint(step("FAIL", "a", Error={"ErrorMessage": "x" * 100}))
        session.checkpoint(step("SUCCEED", "b", Payload="x" * (size - 100)))
        return DONE

    return script


@pytest.mark.rule("DUR-C1", "DUR-C3")
def test_an_execution_writes_at_most_100_megabytes(lambda_events: LambdaEvents, small_storage: int) -> None:
    execution = start(lambda_events, writing(small_storage))

    assert execution.status == "SUCCEEDED"
    written = lambda_events.metrics.values("DurableExecutionStorageWrittenBytes", lambda_events.functions["raw"])
    assert written == [1000 + len('"done"')]


@pytest.mark.rule("DUR-C3")
def test_more_bytes_are_refused_by_name(lambda_events: LambdaEvents, small_storage: int) -> None:
    with pytest.raises(NotSimulatedError, match=r"has written more than 1000 bytes .* write large data to Amazon S3"):
        start(lambda_events, writing(small_storage + 1), timeout=10)


@pytest.mark.rule("DUR-C4")
@pytest.mark.parametrize(("length", "warnings"), [(MEGABYTE, 0), (MEGABYTE + 1, 1)], ids=["largest", "too large"])
def test_large_result_of_an_asynchronous_execution_is_a_warning(
    lambda_events: LambdaEvents, length: int, warnings: int
) -> None:
    execution = start(lambda_events, lambda session: {"Status": "SUCCEEDED", "Result": "1" * length})

    found = [str(entry) for entry in lambda_events.journal if entry.kind == "warning"]
    assert execution.status == "SUCCEEDED"
    assert len(found) == warnings
    assert all("has 1048577 bytes. AWS documents at most 1048576" in text for text in found)


@pytest.mark.rule("DUR-C1")
def test_metrics_count_the_executions_that_run(lambda_events: LambdaEvents) -> None:
    def script(event: Any, context: Any) -> Any:
        session = Session(event)
        if not session.operations:
            session.checkpoint(update("WAIT", "START", "w", WaitOptions={"WaitSeconds": 60}))
            return WAITING
        return DONE

    function = lambda_events.function(script, name="charge", durable_execution_timeout=3600)

    function.start_execution()
    lambda_events.advance(30)
    function.start_execution()
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("ApproximateRunningDurableExecutions", function) == [1, 2, 1, 0]
