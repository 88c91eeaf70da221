"""Durable executions that event sources, services and HTTP requests start."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from durable_starts import TOO_LONG, UNQUALIFIED, echo, failing, handler, sdk, waiting

from pytest_lambda_events import Function, LambdaEvents

DAY = 86_400


def live(lambda_events: LambdaEvents, code: Any, timeout: int = 900, **settings: Any) -> Function:
    """Creates a durable function with the alias `live`, and returns the handle of the alias."""
    function = lambda_events.function(code, name="charge", durable_execution_timeout=timeout, **settings)
    return function.create_alias("live", function_version=function.publish_version().qualifier or "")


def warnings_of(lambda_events: LambdaEvents) -> list[str]:
    return [entry.detail["message"] for entry in lambda_events.journal if entry.kind == "warning"]


@pytest.mark.scenario("DUR D9")
@pytest.mark.rule("DUR-30", "DUR-31")
def test_messages_of_a_queue_are_deleted_at_the_end_of_the_execution(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders", visibility_timeout=960)
    function = live(lambda_events, waiting(300))
    function.add_event_source(queue, batch_size=10)
    for number in range(3):
        queue.send({"order": number})

    lambda_events.advance(299)
    assert [one.status for one in function.executions] == ["RUNNING"]
    assert len(queue.in_flight_messages) == 3
    lambda_events.advance(5)

    [execution] = function.executions
    assert (execution.status, len(execution.result["Records"])) == ("SUCCEEDED", 3)
    lasted = execution.history[-1]["EventTimestamp"] - execution.history[0]["EventTimestamp"]
    assert (queue.messages, lasted.total_seconds()) == ([], 300)
    lambda_events.advance(2000)
    assert len(function.executions) == 1


@pytest.mark.scenario("DUR D10")
@pytest.mark.rule("DUR-31", "DUR-33")
def test_messages_come_back_when_the_execution_times_out(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders", visibility_timeout=960)
    function = live(lambda_events, waiting(1200))
    function.add_event_source(queue)
    queue.send({"order": 1})

    lambda_events.advance(900)
    assert [one.status for one in function.executions] == ["TIMED_OUT"]
    lambda_events.advance(100)

    assert [one.status for one in function.executions] == ["TIMED_OUT", "RUNNING"]
    assert len({one.name for one in function.executions}) == 2


@pytest.mark.scenario("DUR D11")
@pytest.mark.rule("DUR-33", "DUR-30")
def test_each_attempt_of_a_stream_batch_is_an_execution(lambda_events: LambdaEvents) -> None:
    import base64

    def code(event: Any, context: Any) -> Any:
        bodies = [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
        if "poison" in bodies:
            raise ValueError("poison")
        return bodies

    stream = lambda_events.stream("clicks")
    function = live(lambda_events, handler(code))
    function.add_event_source(
        stream, starting_position="TRIM_HORIZON", batch_size=4, bisect_batch_on_function_error=True, maximum_retry_attempts=1
    )
    for body in ("a", "b", "poison", "c"):
        stream.put(body, partition_key="one")

    lambda_events.run_until_idle()

    statuses = [one.status for one in function.executions]
    assert statuses.count("SUCCEEDED") >= 2
    assert statuses.count("FAILED") >= 2
    assert sorted(body for one in function.executions for body in one.result or ()) == ["a", "b", "c"]
    assert len({one.name for one in function.executions}) == len(statuses)


@pytest.mark.rule("DUR-34")
def test_the_result_of_an_execution_reports_failed_messages(lambda_events: LambdaEvents) -> None:
    def code(event: Any, context: Any) -> Any:
        context.wait(sdk.config.Duration(seconds=10), name="rest")
        failed = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    queue = lambda_events.queue("orders", visibility_timeout=100)
    function = live(lambda_events, handler(code))
    function.add_event_source(queue, batch_size=2, function_response_types=["ReportBatchItemFailures"])
    queue.send("good")
    queue.send("bad")

    lambda_events.advance(150)

    assert len(function.executions) == 2
    [record] = json.loads(boto3.client("lambda").get_durable_execution(
        DurableExecutionArn=function.executions[1].arn
    )["InputPayload"])["Records"]  # fmt: skip
    assert record["body"] == "bad"


@pytest.mark.rule("DUR-32", "DUR-11", "DUR-10")
@pytest.mark.parametrize(
    ("is_qualified", "timeout", "text"),
    [
        (True, 901, f"{TOO_LONG} Set durable_execution_timeout to 15 minutes or less."),
        (False, 900, f"{UNQUALIFIED} Add the event source to a version or an alias, such as function.publish_version()."),
    ],
)
def test_a_mapping_that_starts_no_execution_fails_each_batch_and_warns(
    lambda_events: LambdaEvents, is_qualified: bool, timeout: int, text: str
) -> None:
    queue = lambda_events.queue("orders", visibility_timeout=30)
    alias = live(lambda_events, echo(), timeout)
    function = alias if is_qualified else lambda_events.functions["charge"]
    function.add_event_source(queue)
    queue.send({"order": 1})

    lambda_events.advance(100)

    assert function.executions == []
    assert warnings_of(lambda_events) == [f"Event source mappings of the durable function 'charge' fail each batch: {text}"]
    assert len([entry for entry in lambda_events.journal if entry.kind == "batch_result"]) > 1


@pytest.mark.scenario("DUR D4")
@pytest.mark.rule("DUR-36", "DUR-38", "DUR-39", "DUR-A0")
def test_an_event_whose_execution_times_out_goes_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    letters = lambda_events.queue("letters")
    function = live(lambda_events, waiting(3 * DAY), 60, dead_letter_queue=letters)
    answer = boto3.client("lambda").invoke(
        FunctionName="charge", Qualifier="live", InvocationType="Event", Payload=b'{"order": 7}'
    )

    lambda_events.advance(59)
    assert letters.dead_letters == []
    lambda_events.advance(1)

    [letter] = letters.dead_letters
    assert (letter.body, letter.error_code) == ('{"order": 7}', 200)
    assert letter.error_message == "Execution timed out after 60 seconds."
    assert letter.request_id == answer["ResponseMetadata"]["RequestId"]
    lambda_events.advance(DAY)
    assert [one.status for one in function.executions] == ["TIMED_OUT"]


@pytest.mark.scenario("DUR D5")
@pytest.mark.rule("DUR-36", "DUR-38", "DUR-39")
def test_a_failed_execution_is_not_retried(lambda_events: LambdaEvents) -> None:
    letters = lambda_events.queue("letters")
    function = live(lambda_events, failing(), DAY, dead_letter_queue=letters, maximum_retry_attempts=2)

    function.start_execution({"order": 7})
    lambda_events.advance(DAY)

    assert [one.status for one in function.executions] == ["FAILED"]
    assert [(one.json, one.error_message) for one in letters.dead_letters] == [({"order": 7}, "no stock")]


@pytest.mark.rule("DUR-38")
def test_a_stopped_execution_sends_its_event_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    letters = lambda_events.queue("letters")
    function = live(lambda_events, waiting(600), DAY, dead_letter_queue=letters)
    execution = function.start_execution(7)
    lambda_events.advance(10)

    execution.stop(message="no longer wanted")

    assert [(one.json, one.error_message) for one in letters.dead_letters] == [(7, "no longer wanted")]


@pytest.mark.scenario("DUR D22")
@pytest.mark.rule("DUR-37", "DUR-3A")
@pytest.mark.parametrize("code", [echo, failing])
def test_destinations_receive_nothing_and_a_warning_names_them(lambda_events: LambdaEvents, code: Any) -> None:
    target = lambda_events.queue("results")
    function = lambda_events.function(
        code(), name="charge", durable_execution_timeout=60, on_success=target, on_failure=target
    )

    function.start_execution(7)
    lambda_events.run_until_idle()

    assert target.messages == []
    text = "receives nothing: Lambda does not support destinations for durable functions."
    assert [text in warning and target.arn in warning for warning in warnings_of(lambda_events)] == [True, True]
    config = boto3.client("lambda").get_function_event_invoke_config(FunctionName="charge")
    assert config["DestinationConfig"]["OnFailure"] == {"Destination": target.arn}


@pytest.mark.rule("DUR-3A", "DUR-17")
def test_an_event_that_expires_before_its_first_invocation_ends_the_execution(lambda_events: LambdaEvents) -> None:
    letters = lambda_events.queue("letters")
    function = lambda_events.function(
        echo(), name="charge", durable_execution_timeout=DAY, dead_letter_queue=letters,
        maximum_event_age_in_seconds=60,
    )  # fmt: skip
    function.throttle(times=100)
    execution = function.start_execution(7)

    lambda_events.advance(30)
    assert execution.status == "RUNNING"
    lambda_events.run_until_idle()

    assert execution.status == "FAILED"
    assert execution.error == {
        "ErrorMessage": "The event was not invoked: EventAgeExceeded.", "ErrorType": "EventAgeExceeded",
    }  # fmt: skip
    assert [one.json for one in letters.dead_letters] == [7]
    assert {one.outcome for one in function.attempts} == {"throttled"}


@pytest.mark.rule("DUR-3A")
def test_a_throttled_start_is_retried_as_for_any_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(echo(), name="charge", durable_execution_timeout=DAY)
    function.throttle(times=2)

    execution = function.start_execution(7)
    lambda_events.run_until_idle()

    assert (execution.status, execution.result) == ("SUCCEEDED", 7)
    assert [one.outcome for one in function.attempts] == ["throttled", "throttled", "success"]


def rule_with_queue(lambda_events: LambdaEvents, *statuses: str) -> Any:
    queue = lambda_events.queue("changes")
    events = boto3.client("events")
    pattern = {"source": ["aws.lambda"], "detail": {"status": list(statuses)}}
    events.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": queue.arn}])
    return queue


@pytest.mark.scenario("DUR D16")
@pytest.mark.rule("DUR-C2")
def test_the_default_bus_has_an_event_for_each_change_of_the_status(lambda_events: LambdaEvents) -> None:
    queue = rule_with_queue(lambda_events, "RUNNING", "FAILED")
    function = live(lambda_events, failing(), DAY)
    lambda_events.advance(0.5)

    execution = function.start_execution({"secret": 1}, name="order-7")
    lambda_events.advance(10)

    running, failed = [message.json for message in queue.messages]
    assert {key: value for key, value in failed.items() if key != "id"} == {
        "version": "0", "detail-type": "Durable Execution Status Change", "source": "aws.lambda",
        "account": "123456789012", "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [],
        "detail": {
            "durableExecutionArn": execution.arn, "durableExecutionName": "order-7",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:charge:1", "status": "FAILED",
            "startTimestamp": "2026-01-01T00:00:00.500Z", "endTimestamp": "2026-01-01T00:00:00.500Z",
        },
    }  # fmt: skip
    assert (running["detail"]["status"], "endTimestamp" in running["detail"]) == ("RUNNING", False)


@pytest.mark.rule("DUR-C2")
def test_each_way_to_end_is_a_change_of_the_status(lambda_events: LambdaEvents) -> None:
    queue = rule_with_queue(lambda_events, "SUCCEEDED", "STOPPED", "TIMED_OUT")
    function = live(lambda_events, waiting(60), 60)
    short = lambda_events.function(echo(), name="short", durable_execution_timeout=60)

    function.start_execution()
    lambda_events.advance(1)
    function.start_execution().stop()
    lambda_events.advance(60)
    short.start_execution()
    lambda_events.advance(1)

    assert [message.json["detail"]["status"] for message in queue.messages] == ["STOPPED", "TIMED_OUT", "SUCCEEDED"]


@pytest.mark.rule("DUR-C2")
def test_changes_of_the_status_can_start_another_function(lambda_events: LambdaEvents) -> None:
    received: list[str] = []
    alarm = lambda_events.function(lambda event, context: received.append(event["detail"]["status"]), name="alarm")
    rule_with_queue(lambda_events, "FAILED")
    boto3.client("events").put_targets(Rule="changes", Targets=[{"Id": "2", "Arn": alarm.arn}])
    function = live(lambda_events, failing(), DAY)

    function.start_execution()
    lambda_events.run_until_idle()

    assert received == ["FAILED"]


@pytest.mark.rule("DUR-C1")
def test_metrics_count_executions_and_invocations(lambda_events: LambdaEvents) -> None:
    function = live(lambda_events, waiting(60), 900)
    failed = lambda_events.function(failing(), name="failed", durable_execution_timeout=60)

    function.start_execution()
    lambda_events.advance(61)
    failed.start_execution()
    function.start_execution()
    lambda_events.advance(10)
    function.executions[1].stop()

    metrics = lambda_events.metrics
    charge = lambda_events.functions["charge"]
    counts = {name: metrics.sum(f"DurableExecution{name}", charge) for name in ("Started", "Succeeded", "Stopped", "Failed")}
    assert counts == {"Started": 2, "Succeeded": 1, "Stopped": 1, "Failed": 0}
    assert metrics.values("DurableExecutionDuration", charge) == [60_000, 10_000]
    assert metrics.values("DurableExecutionOperations", charge) == [2, 2]
    assert metrics.sum("Invocations", charge) == 3
    assert (metrics.sum("DurableExecutionFailed", failed), metrics.sum("Errors", failed)) == (1, 0)
    assert metrics.sum("DurableExecutionTimedOut", failed) == 0


@pytest.mark.scenario("DUR D24")
@pytest.mark.rule("DUR-35")
def test_a_daily_schedule_starts_an_execution_each_day(lambda_events: LambdaEvents) -> None:
    function = live(lambda_events, waiting(3 * DAY), 31_622_400)
    lambda_events.schedule("cron(0 12 * * ? *)", function)

    lambda_events.advance(10 * DAY)

    statuses = [one.status for one in function.executions]
    assert (len(statuses), statuses.count("RUNNING")) == (10, 3)


@pytest.mark.rule("DUR-35", "DUR-10")
@pytest.mark.parametrize("is_qualified", [True, False])
@pytest.mark.parametrize("source", ["topic", "bucket", "rule", "schedule"])
def test_a_service_needs_a_qualified_target(lambda_events: LambdaEvents, source: str, is_qualified: bool) -> None:
    alias = live(lambda_events, waiting(DAY), 31_622_400)
    function = alias if is_qualified else lambda_events.functions["charge"]
    if source == "topic":
        topic = lambda_events.topic("orders")
        topic.subscribe(function)
        topic.publish("7")
    elif source == "bucket":
        bucket = lambda_events.bucket("uploads")
        bucket.add_notification(function, events=["s3:ObjectCreated:*"])
        boto3.client("s3").put_object(Bucket="uploads", Key="a.txt", Body=b"x")
    elif source == "rule":
        lambda_events.rule("rate(1 hour)", function)
    else:
        lambda_events.schedule("rate(1 hour)", function)

    lambda_events.advance(3600)

    executions = lambda_events.functions["charge"].executions
    refused = [entry for entry in lambda_events.journal if UNQUALIFIED in str(dict(entry.detail))]
    assert (len(executions) >= 1, len(refused) >= 1) == (is_qualified, not is_qualified)


@pytest.mark.rule("DUR-19")
def test_a_request_to_a_function_url_waits_for_the_execution(lambda_events: LambdaEvents) -> None:
    url = live(lambda_events, waiting(10)).create_url()

    response = url.request("GET", "/orders/7")

    assert (response.status_code, response.json()["rawPath"], lambda_events.elapsed) == (200, "/orders/7", 10)


@pytest.mark.rule("DUR-19", "DUR-10", "DUR-11")
@pytest.mark.parametrize(("is_qualified", "timeout", "status"), [(True, 900, 200), (False, 900, 500), (True, 901, 500)])
def test_an_api_in_front_of_a_durable_function_calls_it_synchronously(
    lambda_events: LambdaEvents, is_qualified: bool, timeout: int, status: int
) -> None:
    alias = live(lambda_events, waiting(10), timeout)
    api = lambda_events.http_api("shop", {"GET /orders": alias if is_qualified else lambda_events.functions["charge"]})

    assert api.request("GET", "/orders").status_code == status


@pytest.mark.rule("DUR-30", "DUR-19")
def test_a_pipe_starts_executions_of_an_alias(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders", visibility_timeout=960)

    def code(event: Any, context: Any) -> None:
        context.wait(sdk.config.Duration(seconds=100), name="rest")

    function = live(lambda_events, handler(code))
    lambda_events.pipe(queue, function)
    queue.send("7")

    lambda_events.advance(200)

    assert [one.status for one in function.executions] == ["SUCCEEDED"]
    assert queue.messages == []
