"""Which calls start a durable execution, and what callers get."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from durable_starts import TOO_LONG, UNQUALIFIED, echo, failing, handler, payload_of, sdk, waiting

from pytest_lambda_events import LambdaEvents, LambdaEventsError, NotSimulatedError

DAY = 86_400
LATEST = "$LATEST"


@pytest.fixture
def client(lambda_events: LambdaEvents) -> Any:
    return boto3.client("lambda")


@pytest.mark.scenario("DUR D1")
@pytest.mark.rule("DUR-10")
@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_a_call_without_a_qualifier_is_refused(lambda_events: LambdaEvents, client: Any, kind: str) -> None:
    lambda_events.function(echo(), name="charge", durable_execution_timeout=60)

    with pytest.raises(client.exceptions.InvalidParameterValueException) as refusal:
        client.invoke(FunctionName="charge", InvocationType=kind)

    assert refusal.value.response["Error"]["Message"] == UNQUALIFIED
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.rule("DUR-10", "DUR-12", "DUR-13", "DUR-15", "DUR-17")
@pytest.mark.parametrize(
    ("name", "qualifier", "version"),
    [("charge", LATEST, LATEST), ("charge:1", None, "1"), ("charge", "live", "1"), ("ARN:live", None, "1")],
)
def test_each_form_of_a_qualifier_starts_an_execution(
    lambda_events: LambdaEvents, client: Any, name: str, qualifier: str | None, version: str
) -> None:
    function = lambda_events.function(echo(), name="charge", durable_execution_timeout=60)
    function.publish_version()
    client.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    given = {} if qualifier is None else {"Qualifier": qualifier}

    answer = client.invoke(FunctionName=name.replace("ARN", function.arn), Payload=b'{"order":7}', **given)

    assert (answer["StatusCode"], payload_of(answer)) == (200, {"order": 7})
    arn = answer["DurableExecutionArn"]
    assert re.fullmatch(re.escape(f"{function.arn}:{version}/durable-execution/") + r"[0-9a-f-]{36}/[0-9a-f-]{36}", arn)


@pytest.mark.scenario("DUR D2")
@pytest.mark.rule("DUR-11")
def test_a_synchronous_call_needs_a_timeout_of_15_minutes_or_less(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(echo(), name="long", durable_execution_timeout=901)
    lambda_events.function(echo(), name="short", durable_execution_timeout=900)

    with pytest.raises(client.exceptions.InvalidParameterValueException) as refusal:
        client.invoke(FunctionName="long", Qualifier=LATEST)

    assert refusal.value.response["Error"]["Message"] == TOO_LONG
    assert client.invoke(FunctionName="short", Qualifier=LATEST)["StatusCode"] == 200


@pytest.mark.scenario("DUR D3")
@pytest.mark.rule("DUR-13", "DUR-16", "DUR-35")
def test_an_asynchronous_call_starts_an_execution_of_a_day(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(waiting(DAY), name="charge", durable_execution_timeout=DAY * 366)

    answer = client.invoke(FunctionName="charge", Qualifier=LATEST, InvocationType="Event", Payload=b"7")

    arn = answer["DurableExecutionArn"]
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", arn.rpartition("/")[2])
    lambda_events.advance(DAY - 1)
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    lambda_events.advance(1)
    ended = client.get_durable_execution(DurableExecutionArn=arn)
    assert (ended["Status"], ended["Result"]) == ("SUCCEEDED", "7")
    assert ended["EndTimestamp"] - ended["StartTimestamp"] == timedelta(days=1)


@pytest.mark.rule("DUR-12", "DUR-06")
def test_a_synchronous_call_lasts_as_long_as_the_execution(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(waiting(300), name="charge", timeout=3, durable_execution_timeout=900)

    answer = client.invoke(FunctionName="charge", Qualifier=LATEST, Payload=b'{"order":7}')

    assert payload_of(answer) == {"order": 7}
    assert lambda_events.elapsed == 300


@pytest.mark.rule("DUR-14", "DUR-60")
def test_a_failed_execution_is_a_function_error(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(failing(), name="charge", durable_execution_timeout=60)

    answer = client.invoke(FunctionName="charge", Qualifier=LATEST)

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    body = payload_of(answer)
    assert (body["errorMessage"], body["errorType"]) == ("no stock", "ValueError")


@pytest.mark.rule("DUR-14", "DUR-A0", "DUR-A1")
def test_an_execution_that_times_out_is_a_function_error_without_a_type(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(waiting(61), name="charge", durable_execution_timeout=60)

    answer = client.invoke(FunctionName="charge", Qualifier=LATEST)

    assert (answer["FunctionError"], lambda_events.elapsed) == ("Unhandled", 60)
    assert payload_of(answer) == {"errorMessage": "Execution timed out after 60 seconds."}


@pytest.mark.rule("DUR-A0")
def test_a_wait_that_ends_with_the_timeout_times_out(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(waiting(60), durable_execution_timeout=60)
    shorter = lambda_events.function(waiting(59), name="shorter", durable_execution_timeout=60)

    executions = [function.start_execution(), shorter.start_execution()]
    lambda_events.advance(60)

    assert [one.status for one in executions] == ["TIMED_OUT", "SUCCEEDED"]


@pytest.mark.rule("DUR-A0", "DUR-52")
def test_a_timeout_does_not_interrupt_the_invocation_that_runs(lambda_events: LambdaEvents) -> None:
    import time

    done: list[float] = []

    def slow(event: Any, context: Any) -> Any:
        time.sleep(30)
        done.append(lambda_events.elapsed)
        return context.step(lambda step: 1, name="late")

    function = lambda_events.function(handler(slow), timeout=60, durable_execution_timeout=20)
    execution = function.start_execution()
    lambda_events.advance(20)
    assert (execution.status, done) == ("TIMED_OUT", [])

    lambda_events.advance(100)

    assert (execution.status, done) == ("TIMED_OUT", [30])
    assert execution.steps == []


@pytest.mark.rule("DUR-17")
@pytest.mark.parametrize("name", ["", "a b", "é", "x" * 65, "a.b"])
def test_a_name_that_aws_refuses_is_refused(lambda_events: LambdaEvents, name: str) -> None:
    lambda_events.function(echo(), name="charge", durable_execution_timeout=60)
    # Botocore itself refuses an empty name.
    client = boto3.client("lambda", config=Config(parameter_validation=False))

    with pytest.raises(ClientError, match=r"Value '.*' at 'durableExecutionName' failed to satisfy constraint") as caught:
        client.invoke(FunctionName="charge", Qualifier=LATEST, DurableExecutionName=name)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert lambda_events.functions["charge"].executions == []


@pytest.mark.rule("DUR-17")
@pytest.mark.parametrize("name", ["x", "x" * 64, "a-b_C9"])
def test_a_name_that_aws_accepts_is_the_name_of_the_execution(lambda_events: LambdaEvents, client: Any, name: str) -> None:
    function = lambda_events.function(echo(), name="charge", durable_execution_timeout=60)

    client.invoke(FunctionName="charge", Qualifier=LATEST, DurableExecutionName=name)

    assert [execution.name for execution in function.executions] == [name]


@pytest.mark.scenario("DUR D18")
@pytest.mark.rule("DUR-18", "DUR-15")
def test_an_execution_stays_with_the_version_of_its_start(lambda_events: LambdaEvents, client: Any) -> None:
    ran: list[str] = []

    def code(event: Any, context: Any) -> Any:
        ran.append(context.lambda_context.function_version)
        context.wait(sdk.config.Duration.from_hours(1), name="rest")
        return context.lambda_context.function_version

    function = lambda_events.function(handler(code), name="charge", durable_execution_timeout=DAY)
    function.publish_version()
    client.create_alias(FunctionName="charge", Name="live", FunctionVersion="1")
    arn = client.invoke(FunctionName="charge", Qualifier="live", InvocationType="Event")["DurableExecutionArn"]
    lambda_events.advance(60)

    client.update_function_configuration(FunctionName="charge", Description="other")
    lambda_events.advance(60)
    function.publish_version()
    client.update_alias(FunctionName="charge", Name="live", FunctionVersion="2")
    lambda_events.run_until_idle()

    ended = client.get_durable_execution(DurableExecutionArn=arn)
    assert (ran, ended["Result"], ended["Version"]) == (["1", "1"], '"1"', "1")


@pytest.mark.scenario("DUR D21")
@pytest.mark.rule("DUR-46")
def test_a_durable_handler_needs_a_durable_function(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(echo(), name="charge")

    answer = client.invoke(FunctionName="charge")

    assert answer["FunctionError"] == "Unhandled"
    assert payload_of(answer)["errorMessage"] == (
        "Unexpected payload provided to start the durable execution. Check your resource configurations to confirm the "
        "durability is set."
    )


@pytest.mark.scenario("DUR D6", "DUR D7")
@pytest.mark.rule("DUR-20", "DUR-21", "DUR-22", "DUR-23", "DUR-25")
@pytest.mark.parametrize("has_ended", [False, True])
def test_a_name_belongs_to_one_execution(lambda_events: LambdaEvents, client: Any, has_ended: bool) -> None:
    lambda_events.function(waiting(600), name="charge", durable_execution_timeout=DAY)
    given = {"FunctionName": "charge", "Qualifier": LATEST, "InvocationType": "Event", "DurableExecutionName": "n"}
    first = client.invoke(**given, Payload=b'{"a":1,"b":2}')["DurableExecutionArn"]
    lambda_events.advance(601 if has_ended else 1)

    again = client.invoke(**given, Payload=b'{"a":1,"b":2}')
    with pytest.raises(client.exceptions.DurableExecutionAlreadyStartedException) as conflict:
        client.invoke(**given, Payload=b'{"b":2,"a":1}')

    assert (again["StatusCode"], again["DurableExecutionArn"]) == (202, first)
    assert conflict.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert conflict.value.response["Error"]["Message"] == f"Execution already started: {first}"
    lambda_events.run_until_idle()
    assert len(client.list_durable_executions_by_function(FunctionName="charge")["DurableExecutions"]) == 1


@pytest.mark.rule("DUR-20")
def test_other_functions_may_use_the_same_name(lambda_events: LambdaEvents) -> None:
    functions = [lambda_events.function(echo(), name=name, durable_execution_timeout=60) for name in ("one", "two")]

    executions = [function.start_execution(number, name="n") for number, function in enumerate(functions)]
    lambda_events.run_until_idle()

    assert [one.result for one in executions] == [0, 1]


@pytest.mark.rule("DUR-20")
def test_a_name_is_taken_for_all_versions(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(waiting(60), name="charge", durable_execution_timeout=600)
    function.publish_version()
    first = function.start_execution(1, name="n")

    answer = client.invoke(
        FunctionName="charge", Qualifier="1", InvocationType="Event", DurableExecutionName="n", Payload=b"1"
    )

    assert answer["DurableExecutionArn"] == first.arn


@pytest.mark.rule("DUR-21")
def test_a_synchronous_caller_joins_a_running_execution(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(waiting(100), name="charge", durable_execution_timeout=600)
    execution = function.start_execution(7, name="n")
    lambda_events.advance(40)

    answer = client.invoke(FunctionName="charge", Qualifier=LATEST, DurableExecutionName="n", Payload=b"7")

    assert (answer["DurableExecutionArn"], payload_of(answer), lambda_events.elapsed) == (execution.arn, 7, 100)
    later = client.invoke(FunctionName="charge", Qualifier=LATEST, DurableExecutionName="n", Payload=b"7")
    assert (payload_of(later), lambda_events.elapsed) == (7, 100)
    assert len(function.executions) == 1
    assert len(function.attempts) == 2


@pytest.mark.scenario("DUR D8")
@pytest.mark.rule("DUR-21", "DUR-C0", "DUR-02")
def test_a_name_is_free_after_the_retention(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(waiting(60), name="charge", durable_execution_timeout=600)
    first = function.start_execution(1, name="n")
    lambda_events.advance(60 + 14 * DAY - 1)
    assert function.start_execution(1, name="n").arn == first.arn

    lambda_events.advance(1)

    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_durable_execution(DurableExecutionArn=first.arn)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_durable_execution_history(DurableExecutionArn=first.arn)
    assert function.executions == []
    assert function.start_execution(2, name="n").arn != first.arn


@pytest.mark.rule("DUR-19", "DUR-10")
def test_the_old_operation_for_asynchronous_calls_needs_a_qualifier(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(echo(), name="charge", durable_execution_timeout=60)

    with pytest.raises(client.exceptions.ClientError, match=re.escape(UNQUALIFIED)):
        client.invoke_async(FunctionName="charge", InvokeArgs=b"{}")

    assert function.executions == []


@pytest.mark.scenario("DUR D15")
@pytest.mark.rule("DUR-A2", "DUR-A3", "DUR-84", "DUR-14")
def test_a_stopped_execution_accepts_no_callback(lambda_events: LambdaEvents, client: Any) -> None:
    function = lambda_events.function(
        handler(lambda event, context: context.create_callback(name="approval").result()),
        name="charge",
        durable_execution_timeout=DAY,
    )
    execution = function.start_execution()
    lambda_events.advance(10)

    stopped = client.stop_durable_execution(
        DurableExecutionArn=execution.arn, Error={"ErrorMessage": "no longer wanted", "ErrorType": "Canceled"}
    )
    lambda_events.advance(10)
    again = client.stop_durable_execution(DurableExecutionArn=execution.arn, Error={"ErrorMessage": "other"})

    assert again["StopTimestamp"] == stopped["StopTimestamp"]
    assert execution.status == "STOPPED"
    assert execution.error == {"ErrorMessage": "no longer wanted", "ErrorType": "Canceled"}
    assert [one.status for one in execution.operations] == ["STARTED"]
    with pytest.raises(client.exceptions.CallbackTimeoutException):
        execution.complete_callback("approval", "yes")


@pytest.mark.parametrize("operation", ["pause", "resume", "delete"])
def test_an_operation_that_is_not_simulated_is_refused_by_name(
    lambda_events: LambdaEvents, client: Any, operation: str
) -> None:
    execution = lambda_events.function(waiting(60), durable_execution_timeout=DAY).start_execution()

    with pytest.raises(NotSimulatedError, match=rf"{operation.capitalize()}DurableExecution"):
        getattr(client, f"{operation}_durable_execution")(DurableExecutionArn=execution.arn)


@pytest.mark.rule("DUR-49")
def test_a_result_that_is_too_large_for_an_answer_is_checkpointed(lambda_events: LambdaEvents, client: Any) -> None:
    size = 6 * 1024 * 1024 - 52  # with its two quotes the text has 6 MiB - 50
    function = lambda_events.function(
        handler(lambda event, context: "x" * event), name="charge", durable_execution_timeout=DAY
    )

    executions = [function.start_execution(size), function.start_execution(size + 1)]
    lambda_events.run_until_idle()

    assert [(one.status, len(one.result)) for one in executions] == [("SUCCEEDED", size), ("SUCCEEDED", size + 1)]
    called = [entry for entry in lambda_events.journal if entry.kind == "called"]
    assert len(called) == 1


@pytest.mark.rule("DUR-40", "DUR-41", "DUR-42", "DUR-43", "DUR-44", "DUR-48")
def test_a_handler_receives_the_operations_and_not_the_event(lambda_events: LambdaEvents, client: Any) -> None:
    received: list[Any] = []

    def code(event: Any, context: Any) -> Any:
        received.append(json.loads(json.dumps(event)))
        if len(received) == 1:
            wait = {"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 60}}
            client.checkpoint_durable_execution(
                DurableExecutionArn=event["DurableExecutionArn"], CheckpointToken=event["CheckpointToken"], Updates=[wait]
            )
            return {"Status": "PENDING"}
        return {"Status": "SUCCEEDED", "Result": '"done"'}

    function = lambda_events.function(code, name="charge", durable_execution_timeout=DAY)
    execution = function.start_execution({"order": 7}, name="order-7")
    lambda_events.run_until_idle()

    first, second = received
    began = int((lambda_events.now.timestamp() - lambda_events.elapsed) * 1000)
    operation = first["InitialExecutionState"]["Operations"][0]
    assert list(first) == ["DurableExecutionArn", "CheckpointToken", "InitialExecutionState", "UpdatedOperationIds"]
    assert first["InitialExecutionState"]["NextMarker"] == ""
    assert operation == {
        "Id": execution.arn.rpartition("/")[2],
        "Name": "order-7",
        "Type": "EXECUTION",
        "Status": "STARTED",
        "StartTimestamp": began,
        "ExecutionDetails": {"InputPayload": '{"order": 7}'},
    }
    wait = second["InitialExecutionState"]["Operations"][1]
    assert wait["EndTimestamp"] - wait["StartTimestamp"] == 60_000
    assert (first["UpdatedOperationIds"], second["UpdatedOperationIds"]) == ([], ["w"])
    assert first["CheckpointToken"] != second["CheckpointToken"]
    assert execution.result == "done"


@pytest.mark.rule("DUR-42")
def test_an_execution_without_a_payload_receives_an_empty_event(lambda_events: LambdaEvents, client: Any) -> None:
    lambda_events.function(echo(), name="charge", durable_execution_timeout=60)

    assert payload_of(client.invoke(FunctionName="charge", Qualifier=LATEST)) == {}


@pytest.mark.rule("DUR-4A")
@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"Status": "FAILED", "Result": "1"}, "Cannot provide a Result for FAILED status."),
        ({"Status": "SUCCEEDED", "Error": {"ErrorMessage": "x"}}, "Cannot provide an Error for SUCCEEDED status."),
        ([], "Invalid invocation output: "),
        ({"Status": "DONE"}, "Invalid invocation output: "),
    ],
    ids=["failed", "succeeded", "list", "status"],
)
def test_an_invalid_output_fails_the_execution(lambda_events: LambdaEvents, output: Any, message: str) -> None:
    function = lambda_events.function(lambda event, context: output, name="charge", durable_execution_timeout=60)

    execution = function.start_execution()
    lambda_events.run_until_idle()

    assert (execution.status, len(function.attempts)) == ("FAILED", 1)
    assert execution.error is not None
    assert execution.error["ErrorType"] == "InvalidParameterValueException"
    assert execution.error["ErrorMessage"].startswith(message)


def test_a_handler_without_the_decorator_of_the_sdk_gets_a_warning(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: {"total": 7}, name="charge", durable_execution_timeout=60)

    for _ in range(2):
        function.start_execution()
    lambda_events.run_until_idle()

    [warning] = [entry.detail["message"] for entry in lambda_events.journal if entry.kind == "warning"]
    assert warning.startswith("The handler of the durable function 'charge' returned {'total': 7}, which is not the output of")
    assert "Decorate the handler with @durable_execution of aws_durable_execution_sdk_python" in warning


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("a b", ClientError, r"Value 'a b' at 'durableExecutionName' failed to satisfy constraint"),
        ("", ClientError, r"Value '' at 'durableExecutionName' failed to satisfy constraint"),
        (7, LambdaEventsError, r"name=7 is not the name of an execution. Pass the name of an execution or None, such as"),
    ],
)
def test_an_execution_with_an_invalid_name_is_refused(
    name: Any, error: type[Exception], message: str, lambda_events: LambdaEvents
) -> None:
    function = lambda_events.function(echo(), name="charge", durable_execution_timeout=60)

    with pytest.raises(error, match=message):
        function.start_execution(name=name)

    assert function.executions == []


def test_an_execution_of_a_deleted_function_is_refused_as_boto3_does(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(echo(), name="charge", durable_execution_timeout=60)
    function.delete()

    with pytest.raises(boto3.client("lambda").exceptions.ResourceNotFoundException, match="Function not found"):
        function.start_execution()


@pytest.mark.rule("DUR-4B", "DUR-4C")
def test_an_execution_that_waits_for_nothing_fails_after_three_invocations(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(
        lambda event, context: {"Status": "PENDING"}, name="charge", durable_execution_timeout=DAY
    )

    execution = function.start_execution()
    lambda_events.run_until_idle()

    text = "Cannot return PENDING status with no pending operations."
    assert (execution.status, len(function.attempts)) == ("FAILED", 3)
    assert execution.error == {"ErrorMessage": text, "ErrorType": "InvalidParameterValueException"}
    completed = [one for one in execution.history if one["EventType"] == "InvocationCompleted"]
    assert [one["InvocationCompletedDetails"]["Error"]["Payload"]["ErrorMessage"] for one in completed] == [text] * 3
