"""Steps, waits, callbacks, chained invokes and contexts of durable executions, through the SDK."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from durable_protocol import DONE, Session, start, update

from pytest_lambda_events import DurableExecution, LambdaEvents

pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

import durable_handlers
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration, MapConfig, NestingType, StepConfig
from aws_durable_execution_sdk_python.retries import create_retry_strategy

EXCEPTIONS = "aws_durable_execution_sdk_python.exceptions"
MEGABYTE = 1024 * 1024


def started(lambda_events: LambdaEvents, handler: Any, name: str = "order") -> DurableExecution:
    """Starts an execution, and runs its first invocation."""
    function = lambda_events.function(
        durable_execution(handler), name=name, timeout=60, durable_execution_timeout=timedelta(days=60)
    )
    execution = function.start_execution({})
    lambda_events.advance(0.5)
    return execution


def types(execution: DurableExecution) -> list[str]:
    return [event["EventType"] for event in execution.history]


def names(execution: DurableExecution, kind: str) -> list[str]:
    return sorted(event.get("Name", "") for event in execution.history if event["EventType"] == kind)


def delays(execution: DurableExecution) -> list[int]:
    failed = [event["StepFailedDetails"] for event in execution.history if event["EventType"] == "StepFailed"]
    return [one["RetryDetails"].get("NextAttemptDelaySeconds", 0) for one in failed]


@pytest.mark.rule("DUR-74", "DUR-75", "DUR-76", "DUR-77")
@pytest.mark.parametrize(
    ("config", "most"),
    [(StepConfig(), [5, 10, 20, 40, 60, 0]), (StepConfig(retry_strategy=create_retry_strategy()), [5, 10, 0])],
    ids=["default", "create_retry_strategy"],
)
def test_failing_step_has_the_retries_of_its_strategy(
    lambda_events: LambdaEvents, config: StepConfig, most: list[int]
) -> None:
    body = durable_handlers.failing(99, KeyError)
    execution = started(lambda_events, lambda event, context: context.step(body, name="broken", config=config))

    lambda_events.advance(200)

    waited = delays(execution)
    assert len(waited) == len(most)
    assert all(min(limit, 1) <= delay <= limit for delay, limit in zip(waited, most, strict=True))
    assert execution.error == {"ErrorMessage": f"'failure {len(most)}'", "ErrorType": f"{EXCEPTIONS}.StepError"}


@pytest.mark.rule("DUR-83")
@pytest.mark.scenario("DUR D14")
def test_heartbeats_do_not_move_the_timeout_of_a_callback(lambda_events: LambdaEvents) -> None:
    execution = started(lambda_events, durable_handlers.callback(timeout=180, heartbeat=60))

    lambda_events.advance(49.5)
    for _ in range(3):
        execution.send_heartbeat("approval")
        lambda_events.advance(50 if lambda_events.elapsed < 100 else 29.999)
    assert execution.status == "RUNNING"
    lambda_events.advance(60)

    assert execution.status == "FAILED"
    timed_out = next(event for event in execution.history if event["EventType"] == "CallbackTimedOut")
    assert timed_out["CallbackTimedOutDetails"]["Error"]["Payload"] == {
        "ErrorType": "Callback.Timeout", "ErrorMessage": "Callback timed out",
    }  # fmt: skip
    assert (timed_out["EventTimestamp"] - execution.history[0]["EventTimestamp"]).total_seconds() == 180


@pytest.mark.rule("DUR-83")
@pytest.mark.parametrize(("seconds", "status"), [(59.999, "RUNNING"), (60, "FAILED")])
def test_callback_without_a_heartbeat_times_out(lambda_events: LambdaEvents, seconds: float, status: str) -> None:
    execution = started(lambda_events, durable_handlers.callback(heartbeat=60))

    lambda_events.advance(seconds - 0.5)

    assert execution.status == status
    if status == "FAILED":
        assert execution.error is not None
        assert execution.error["ErrorType"] == f"{EXCEPTIONS}.CallbackTimeoutError"
        assert execution.steps[0].error == {
            "ErrorType": "Callback.Heartbeat", "ErrorMessage": "Callback timed out on heartbeat",
        }  # fmt: skip


@pytest.mark.rule("DUR-84", "DUR-85")
@pytest.mark.parametrize("verb", ["success", "failure", "heartbeat"])
def test_closed_and_unknown_callbacks_are_refused(lambda_events: LambdaEvents, verb: str) -> None:
    execution = started(lambda_events, durable_handlers.callback())
    callback_id = execution.steps[0].callback_id
    execution.complete_callback(result="yes")
    send = getattr(boto3.client("lambda"), f"send_durable_execution_callback_{verb}")

    with pytest.raises(ClientError) as closed:
        send(CallbackId=callback_id)
    with pytest.raises(ClientError) as unknown:
        send(CallbackId="YWJj")

    assert closed.value.response["Error"] == {
        "Code": "CallbackTimeoutException", "Message": "The callback is either timed out or already completed",
    }  # fmt: skip
    assert closed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert unknown.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert unknown.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.rule("DUR-82")
def test_callback_that_fails_without_an_error_has_no_message(lambda_events: LambdaEvents) -> None:
    execution = started(lambda_events, durable_handlers.callback())

    execution.fail_callback()
    lambda_events.advance(1)

    assert (execution.status, execution.steps[0].status, execution.steps[0].error) == ("FAILED", "FAILED", None)


@pytest.mark.rule("DUR-87", "DUR-81")
def test_end_of_a_callback_starts_an_invocation_although_the_handler_waits_for_something_else(
    lambda_events: LambdaEvents,
) -> None:
    def handler(event: Any, context: Any) -> Any:
        approval = context.create_callback(name="approval")
        context.wait(Duration(5), name="rest")
        return approval.result()

    execution = started(lambda_events, handler)
    execution.complete_callback(result='{"approved":true}')
    lambda_events.advance(5)

    assert (execution.result, types(execution).count("InvocationCompleted")) == ('{"approved":true}', 3)


@pytest.mark.rule("DUR-88", "DUR-89", "DUR-B9")
def test_plain_function_is_invoked_once_without_qualifier(lambda_events: LambdaEvents) -> None:
    plain = lambda_events.function(lambda event, context: ["paid", event], name="plain")

    execution = started(lambda_events, lambda event, context: context.invoke("plain", None, name="call"))

    assert (execution.result, len(plain.attempts)) == (["paid", None], 1)
    assert types(execution)[1:4] == ["ChainedInvokeStarted", "InvocationCompleted", "ChainedInvokeSucceeded"]


@pytest.mark.rule("DUR-8A")
@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("child", "You cannot invoke a durable function using an unqualified ARN."),
        ("missing:1", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:missing:1"),
    ],
)
def test_refused_target_fails_in_the_answer_of_the_checkpoint(lambda_events: LambdaEvents, target: str, error: str) -> None:
    lambda_events.function(durable_execution(lambda event, context: 1), name="child", durable_execution_timeout=60)

    execution = started(lambda_events, durable_handlers.chained(target))

    assert execution.error == {"ErrorMessage": error, "ErrorType": f"{EXCEPTIONS}.InvokeError"}
    assert types(execution).count("InvocationCompleted") == 1


@pytest.mark.rule("DUR-8B", "DUR-8D")
def test_targets_elsewhere_and_large_inputs_refuse_the_checkpoint(lambda_events: LambdaEvents) -> None:
    seen: list[Any] = []
    arn = "arn:aws:lambda:{}:{}:function:child:1"

    def call(function_name: str, **members: Any) -> Any:
        return update("CHAINED_INVOKE", "START", ChainedInvokeOptions={"FunctionName": function_name}, **members)

    def script(session: Session) -> Any:
        seen.append(session.refusal(call(arn.format("us-east-1", "210987654321"))))
        seen.append(session.refusal(call(arn.format("eu-west-1", "123456789012"))))
        seen.append(session.refusal(call("child:1", Payload="x" * (MEGABYTE + 1))))
        return DONE

    start(lambda_events, script)

    assert [message for _, message in seen] == [
        "Cannot start a CHAINED_INVOKE on a function in another account.",
        "Cannot start a CHAINED_INVOKE on a function in another region.",
        "CHAINED_INVOKE input payload size must be less than or equal to 1048576 bytes.",
    ]


@pytest.mark.rule("DUR-8C")
@pytest.mark.scenario("DUR D17")
def test_timeout_of_a_durable_child_is_the_timeout_of_the_operation(lambda_events: LambdaEvents) -> None:
    child = lambda_events.function(
        durable_execution(lambda event, context: context.wait(Duration(3600))), name="child", durable_execution_timeout=30
    )
    child.publish_version()
    execution = started(lambda_events, durable_handlers.chained("child:1"))

    lambda_events.advance(29.4)
    assert execution.status == "RUNNING"
    lambda_events.advance(0.2)

    assert execution.status == "FAILED"
    (call,) = execution.steps
    assert (call.status, call.error) == ("TIMED_OUT", {
        "ErrorType": "ChainedInvoke.Timeout", "ErrorMessage": "CHAINED_INVOKE timed out after 30 seconds.",
    })  # fmt: skip


@pytest.mark.rule("DUR-8C")
def test_stopped_child_stops_the_operation_with_its_error(lambda_events: LambdaEvents) -> None:
    child = lambda_events.function(
        durable_execution(lambda event, context: context.wait(Duration(3600))), name="child", durable_execution_timeout=7200
    )
    child.publish_version()
    execution = started(lambda_events, durable_handlers.chained("child:1"))

    child.executions[0].stop(message="no", error_type="Rejected")
    lambda_events.advance(1)

    assert (execution.status, execution.steps[0].status) == ("FAILED", "STOPPED")
    assert execution.steps[0].error == {"ErrorMessage": "no", "ErrorType": "Rejected"}


@pytest.mark.rule("DUR-8C", "DUR-8D")
@pytest.mark.parametrize(
    ("length", "status"), [(MEGABYTE - 2, "SUCCEEDED"), (MEGABYTE - 1, "FAILED")], ids=["largest", "too large"]
)
def test_output_of_a_target_has_at_most_one_megabyte(lambda_events: LambdaEvents, length: int, status: str) -> None:
    lambda_events.function(lambda event, context: "x" * length, name="plain")

    execution = started(lambda_events, lambda event, context: len(context.invoke("plain", {}, name="call")))

    assert (execution.status, execution.steps[0].status) == (status, status)


@pytest.mark.rule("DUR-8F", "DUR-8G", "DUR-72")
@pytest.mark.parametrize("nesting", [NestingType.NESTED, NestingType.FLAT])
def test_map_with_a_failed_item_succeeds_and_has_contexts_unless_it_is_flat(
    lambda_events: LambdaEvents, nesting: NestingType
) -> None:
    def each(child: Any, item: int, index: int, items: Any) -> Any:
        return child.step(lambda step: 10 // item, name=f"item {index}", config=durable_handlers.retries(1))

    config: Any = MapConfig(max_concurrency=1, nesting_type=nesting)

    def handler(event: Any, context: Any) -> Any:
        return len(context.map([1, 0, 2], each, name="all", config=config).get_results())

    execution = started(lambda_events, handler)

    assert (execution.status, execution.result) == ("SUCCEEDED", 1)
    is_nested = nesting is NestingType.NESTED
    assert names(execution, "ContextStarted") == (["all", "map-item-0", "map-item-1"] if is_nested else ["all"])
    assert names(execution, "ContextFailed") == (["map-item-1"] if is_nested else [])
    assert names(execution, "StepStarted") == ["item 0", "item 1"]


@pytest.mark.rule("DUR-90", "DUR-91", "DUR-18")
@pytest.mark.scenario("DUR D19")
def test_changed_code_of_latest_does_not_match_the_operations(lambda_events: LambdaEvents) -> None:
    def code(name: str) -> Any:
        def handler(event: Any, context: Any) -> Any:
            context.step(lambda step: 1, name=name)
            context.wait(Duration(60), name="rest")

        return durable_execution(handler)

    function = lambda_events.function(code("a1"), name="changed", durable_execution_timeout=600)
    execution = function.start_execution({})
    lambda_events.advance(30)
    function.update(handler=code("a2"))
    lambda_events.advance(30)

    assert execution.error is not None
    assert execution.error["ErrorType"] == f"{EXCEPTIONS}.NonDeterministicExecutionError"
    assert "name checkpoint='a1' current='a2'" in execution.error["ErrorMessage"]


@pytest.mark.rule("DUR-92")
def test_results_that_json_does_not_allow_fail_the_execution(lambda_events: LambdaEvents) -> None:
    of_step = started(lambda_events, lambda event, context: context.step(lambda step: {1}, name="bad"), "step")
    of_handler = started(lambda_events, lambda event, context: {1}, "handler")

    assert of_step.error == {"ErrorType": f"{EXCEPTIONS}.SerDesError", "ErrorMessage": "Unsupported type: <class 'set'>"}
    assert of_handler.error == {"ErrorType": "TypeError", "ErrorMessage": "Object of type set is not JSON serializable"}


@pytest.mark.rule("DUR-5E", "DUR-5F", "DUR-91")
def test_state_that_is_too_large_for_the_event_is_read_by_the_sdk(lambda_events: LambdaEvents) -> None:
    runs: list[int] = []

    def part(number: int) -> Any:
        def body(step: Any) -> str:
            runs.append(number)
            return "x" * 700_000

        return body

    def handler(event: Any, context: Any) -> Any:
        length = sum(len(context.step(part(number), name=f"part {number}")) for number in range(8))
        context.wait(Duration(60), name="rest")
        return length

    execution = started(lambda_events, handler)
    lambda_events.advance(120)

    assert (execution.result, runs) == (5_600_000, [0, 1, 2, 3, 4, 5, 6, 7])
    calls = [entry for entry in lambda_events.journal if "GetDurableExecutionState" in str(entry)]
    assert len(calls) == 1
