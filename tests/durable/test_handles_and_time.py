"""Durable executions as tests see them: instants, pages, clients of handlers, and when an environment is idle."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.journal.attempts import Called
from pytest_lambda_events.report.open_callbacks import open_callbacks
from pytest_lambda_events.service.durable import operations

sdk: Any = pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")
YEAR = timedelta(days=365)


def start(lambda_events: LambdaEvents, handler: Any, timeout: timedelta = YEAR) -> Any:
    """Starts an execution of a handler."""
    function = lambda_events.function(
        sdk.durable_execution(handler), name="work", timeout=900, durable_execution_timeout=timeout
    )
    return function.start_execution({})


def kinds(execution: Any) -> list[str]:
    """Returns the types of the events of an execution."""
    return [event["EventType"] for event in execution.history]


@pytest.mark.rule("DUR-71")
def test_the_statuses_of_operations_are_those_of_the_model() -> None:
    model = ServiceModel(create_loader().load_service_model("lambda", "service-2"), "lambda")
    if "OperationStatus" not in model.shape_names:
        pytest.skip("The installed botocore has no durable functions")

    ours = {getattr(operations, name) for name in operations.__all__ if name.isupper()}

    assert set(model.shape_for("OperationStatus").enum) <= ours  # type: ignore[attr-defined]
    assert set(model.shape_for("OperationType").enum) <= ours  # type: ignore[attr-defined]


@pytest.mark.rule("DUR-7A")
def test_a_wait_of_30_days_returns_none(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, lambda event, context: [context.wait(sdk.config.Duration.from_days(30))])

    lambda_events.run_until_idle()

    assert (execution.result, lambda_events.elapsed) == ([None], timedelta(days=30).total_seconds())


def test_a_limit_that_a_test_passes_holds_for_waits_too(lambda_events: LambdaEvents) -> None:
    start(lambda_events, lambda event, context: context.wait(sdk.config.Duration.from_days(30)))

    with pytest.raises(LambdaEventsError, match="Still not idle after 86400 virtual seconds"):
        lambda_events.run_until_idle(limit_seconds=86400)


def test_a_result_of_a_callback_that_json_cannot_represent_is_refused(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, lambda event, context: context.create_callback(name="approval").result())
    lambda_events.advance(1)

    with pytest.raises(LambdaEventsError, match=r"Cannot encode the result \{1\} as JSON: .* Pass a value that JSON can"):
        execution.complete_callback("approval", {1})

    execution.complete_callback("approval", {"by": 1})
    lambda_events.run_until_idle()
    assert execution.result == '{"by": 1}'


@pytest.mark.parametrize("name", ["approval", None])
def test_callbacks_with_equal_names_end_by_their_ids(name: str | None, lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        return [one.result() for one in [context.create_callback(name="approval") for _ in range(2)]]

    execution = start(lambda_events, handler)
    lambda_events.advance(1)

    with pytest.raises(LambdaEventsError, match=r"has 2 open callbacks.* Their names are equal: call boto3's send_durable_"):
        execution.complete_callback(name, "yes")

    for step in execution.steps:
        boto3.client("lambda").send_durable_execution_callback_success(CallbackId=step.callback_id, Result=b"yes")
    lambda_events.run_until_idle()
    assert execution.result == ["yes", "yes"]


@pytest.mark.rule("DUR-4D")
def test_a_change_that_no_checkpoint_showed_causes_one_more_invocation(lambda_events: LambdaEvents) -> None:
    def wait(event: Any, context: Any) -> Any:
        callback = context.create_callback(name="approval")
        time.sleep(10)
        return callback.result()

    execution = start(lambda_events, wait)
    lambda_events.advance(5)
    execution.complete_callback("approval", "yes")
    lambda_events.run_until_idle()

    assert execution.result == "yes"
    history = execution.history
    completed = [event["InvocationCompletedDetails"] for event in history if event["EventType"] == "InvocationCompleted"]
    begun = [(details["StartTimestamp"] - history[0]["EventTimestamp"]).total_seconds() for details in completed]
    assert begun == [0, 10]


@pytest.mark.rule("DUR-4D", "DUR-54")
def test_a_change_that_a_checkpoint_showed_causes_no_invocation(lambda_events: LambdaEvents) -> None:
    def wait(event: Any, context: Any) -> Any:
        callback = context.create_callback(name="approval")
        context.step(lambda step: time.sleep(10), name="work")
        return callback.result()

    execution = start(lambda_events, wait)
    lambda_events.advance(5)
    execution.complete_callback("approval", "yes")
    lambda_events.run_until_idle()

    assert (execution.result, kinds(execution).count("InvocationCompleted")) == ("yes", 1)


@pytest.mark.rule("DUR-D3")
def test_a_handler_may_have_its_own_client(lambda_events: LambdaEvents) -> None:
    def work(event: Any, context: Any) -> Any:
        return context.step(lambda step: 7, name="work")

    handler = sdk.durable_execution(boto3_client=boto3.client("lambda", region_name="us-east-1"))(work)
    execution = lambda_events.function(handler, durable_execution_timeout=60).start_execution({})
    lambda_events.run_until_idle()

    assert execution.result == 7
    assert [entry.operation for entry in lambda_events.journal if isinstance(entry, Called)] != []


def waiting_and_called_back(event: Any, context: Any) -> Any:
    """Waits a minute beside a callback that times out after a minute."""
    config = sdk.config.CallbackConfig(timeout=sdk.config.Duration.from_seconds(60))
    callback = context.create_callback(name="approval", config=config)
    branches = [lambda child: child.wait(sdk.config.Duration.from_seconds(60), name="rest"), lambda child: callback.result()]
    context.parallel(branches, name="both")
    return "over"


@pytest.mark.rule("DUR-D5")
def test_a_wait_ends_before_a_callback_times_out_and_one_invocation_sees_both(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, waiting_and_called_back)

    lambda_events.run_until_idle()

    told = [kind for kind in kinds(execution) if kind in ("WaitSucceeded", "CallbackTimedOut", "InvocationCompleted")]
    assert told == ["InvocationCompleted", "WaitSucceeded", "CallbackTimedOut", "InvocationCompleted"]
    assert (execution.status, lambda_events.elapsed) == ("SUCCEEDED", 60)


@pytest.mark.rule("DUR-D5", "DUR-A0")
def test_the_execution_timeout_comes_last_at_its_instant(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, waiting_and_called_back, timedelta(seconds=60))

    lambda_events.advance(60)

    assert kinds(execution)[-3:] == ["WaitSucceeded", "CallbackTimedOut", "ExecutionTimedOut"]
    assert execution.status == "TIMED_OUT"


@pytest.mark.rule("DUR-D6")
def test_an_open_callback_without_a_timeout_is_idle(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, lambda event, context: context.create_callback(name="approval").result())

    left = lambda_events.run_until_idle()

    assert (execution.status, lambda_events.elapsed) == ("RUNNING", 0)
    assert [(one.name, one.is_open) for one in execution.operations] == [("approval", True)]
    assert [(work.detail["durable_execution"], work.detail["purpose"]) for work in left] == [
        (execution.name, "execution timeout")
    ]


@pytest.mark.scenario("DUR D20")
@pytest.mark.rule("DUR-5E", "DUR-5F")
@pytest.mark.lambda_events(durable_page_size=2)
def test_the_sdk_reads_the_state_page_by_page(lambda_events: LambdaEvents) -> None:
    ran: list[int] = []

    def work(event: Any, context: Any) -> int:
        for number in range(7):
            context.step(lambda step, number=number: ran.append(number), name=f"step-{number}")
        context.wait(sdk.config.Duration.from_days(1))
        return len(ran)

    execution = start(lambda_events, work)
    lambda_events.run_until_idle()

    calls = [entry.operation for entry in lambda_events.journal if isinstance(entry, Called)]
    assert calls.count("GetDurableExecutionState") == 4
    assert (execution.result, ran) == (7, list(range(7)))


@pytest.mark.rule("DUR-D6")
def test_the_report_names_the_callbacks_for_which_executions_wait(lambda_events: LambdaEvents) -> None:
    def ask(event: Any, context: Any) -> Any:
        context.create_callback(name="note").result()
        return context.wait_for_callback(lambda callback_id, step: None, name="approval")

    execution = start(lambda_events, ask)
    lambda_events.run_until_idle()
    execution.complete_callback("note", "ok")
    lambda_events.run_until_idle()
    [line] = open_callbacks(lambda_events.journal)
    execution.stop()

    assert line.startswith(f"The durable execution {execution.name!r} of work waits for the callback 'approval'. ")
    assert line.endswith("Send a result: execution.complete_callback('approval', ...).")
    assert open_callbacks(lambda_events.journal) == []


@pytest.mark.rule("DUR-D6")
def test_the_report_shows_how_to_complete_a_callback_without_a_name(lambda_events: LambdaEvents) -> None:
    execution = start(lambda_events, lambda event, context: context.create_callback().result())
    lambda_events.run_until_idle()
    [line] = open_callbacks(lambda_events.journal)
    execution.complete_callback(result="ok")

    assert line.endswith("waits for the callback without a name. Send a result: execution.complete_callback(result=...).")


def test_the_timeline_shows_the_end_of_the_event_after_the_last_attempt(lambda_events: LambdaEvents) -> None:
    def late(event: Any, context: Any) -> Any:
        context.wait(sdk.config.Duration.from_hours(1), name="rest")
        raise ValueError("no stock")

    start(lambda_events, late)
    lambda_events.run_until_idle()

    [line] = [line for line in lambda_events.journal.timeline().splitlines() if "RetriesExhausted" in line]
    assert line.startswith("3600 s")
