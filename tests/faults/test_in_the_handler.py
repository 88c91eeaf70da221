"""Each fault that strikes in the handler, from each source: what the handler saw, what was answered, what came next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from fault_stories import MAPPED, RETRY, SOURCES, STREAMS, story_of

from pytest_lambda_events import LambdaEvents

OF_RUNTIME = ["errorMessage", "errorType", "requestId", "stackTrace"]
OF_PROCESS = ["errorType", "errorMessage"]


@dataclass(frozen=True)
class Fault:
    """A planned fault, and the error that it is answered with; `{id}` is the request id.

    `seconds` is how long the attempt takes, `runs` how often the handler runs in it.
    """

    failure: Any
    error_type: str
    message: str
    keys: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0
    runs: int = 0


LATER = {"after_handler": True}
TIMED_OUT = ("Sandbox.Timedout", "RequestId: {id} Error: Task timed out after 3.00 seconds", OF_PROCESS)
KILLED = ("Runtime.ExitError", "RequestId: {id} Error: Runtime exited with error: signal: killed", OF_PROCESS)
EXIT_0 = ("Runtime.ExitError", "RequestId: {id} Error: Runtime exited without providing a reason", OF_PROCESS)
EXIT_1 = ("Runtime.ExitError", "RequestId: {id} Error: Runtime exited with error: exit status 1", OF_PROCESS)
EXIT_255 = ("Runtime.ExitError", "RequestId: {id} Error: Runtime exited with error: exit status 255", OF_PROCESS)
NO_MODULE = "Unable to import module 'fault_stories.story_of.<locals>': No module named 'planned_load_error'"
MARSHAL = "Unable to marshal response: Object of type object is not JSON serializable"

FAULTS = {
    "exception": Fault(ValueError("broken"), "ValueError", "broken", OF_RUNTIME),
    "exception after": Fault(ValueError("broken"), "ValueError", "broken", OF_RUNTIME, LATER, runs=1),
    "timeout": Fault("timeout", *TIMED_OUT, seconds=3),
    "timeout after": Fault("timeout", *TIMED_OUT, LATER, seconds=3, runs=1),
    "out of memory": Fault("out_of_memory", *KILLED),
    "out of memory after": Fault("out_of_memory", *KILLED, LATER, runs=1),
    "exit 0": Fault("exit", *EXIT_0, {"exit_status": 0}),
    "exit 1": Fault("exit", *EXIT_1),
    "exit 255": Fault("exit", *EXIT_255, {"exit_status": 255}),
    "exit after": Fault("exit", *EXIT_1, LATER, runs=1),
    "load error": Fault("load_error", "Runtime.ImportModuleError", NO_MODULE, OF_RUNTIME),
    "unencodable answer": Fault("response", "Runtime.MarshalError", MARSHAL, OF_RUNTIME, {"payload": object()}),
}
NAMES = list(FAULTS)


@pytest.mark.rule("RUN-04", "RUN-33", "RUN-50", "RUN-51", "RUN-54")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", NAMES)
def test_fault_of_the_first_attempt_is_answered_as_the_real_one_and_retried(
    lambda_events: LambdaEvents, name: str, source: str
) -> None:
    fault, story = FAULTS[name], story_of(lambda_events, source)
    planned = story.plan(fault.failure, attempts=[1], **fault.options)

    story.begin()
    lambda_events.run_until_idle()

    first = story.attempts[0]
    assert (story.outcomes, story.numbers) == (["function_error", "success"], [1, 2])
    assert (first.error_type, first.error_message) == (fault.error_type, fault.message.format(id=first.request_id))
    assert list(first.response) == fault.keys
    assert first.ended_after_seconds == fault.seconds
    second = RETRY[source] if source == "sqs" else fault.seconds + RETRY[source]
    assert story.starts == [0, second]
    assert (len(story.runs), planned.times_met) == (fault.runs + 1, 1)


@pytest.mark.parametrize("name", NAMES)
def test_caller_who_waits_is_answered_the_error(lambda_events: LambdaEvents, name: str) -> None:
    fault, story = FAULTS[name], story_of(lambda_events, "async")
    story.plan(fault.failure, **fault.options)

    response = story.fn.invoke({"order": 7})

    assert (response.status_code, response.function_error) == (200, "Unhandled")
    assert list(response.payload) == fault.keys
    assert response.payload["errorType"] == fault.error_type
    assert (lambda_events.elapsed, len(story.runs)) == (fault.seconds, fault.runs)


@pytest.mark.parametrize("name", NAMES)
def test_event_that_always_fails_so_is_recorded_and_left_with_that_error(lambda_events: LambdaEvents, name: str) -> None:
    fault, story = FAULTS[name], story_of(lambda_events, "async", maximum_retry_attempts=1)
    story.plan(fault.failure, **fault.options)

    event = story.begin()
    lambda_events.run_until_idle()

    [record], [letter] = story.failures.invocation_records, story.dead.dead_letters
    message = fault.message.format(id=event.request_id)
    assert event.condition == record.condition == "RetriesExhausted"
    assert (record.approximate_invoke_count, record.function_error, record.status_code) == (2, "Unhandled", 200)
    assert (record.response_payload["errorType"], record.response_payload["errorMessage"]) == (fault.error_type, message)
    assert (letter.error_code, letter.error_message) == (200, message)


@pytest.mark.parametrize("source", STREAMS)
@pytest.mark.parametrize("name", NAMES)
def test_stream_batch_that_always_fails_is_discarded_with_a_record(
    lambda_events: LambdaEvents, name: str, source: str
) -> None:
    fault, story = FAULTS[name], story_of(lambda_events, source, maximum_retry_attempts=1)
    story.plan(fault.failure, **fault.options)

    story.begin()
    lambda_events.run_until_idle()

    [record] = story.failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RetryAttemptsExhausted", 2)
    assert (record.function_error, record.status_code) == ("Unhandled", 200)
    assert (story.outcomes, story.fn.records_processed) == (["function_error"] * 2, 0)


@pytest.mark.parametrize("name", NAMES)
def test_batch_of_a_queue_that_always_fails_so_ends_on_the_dead_letter_queue(lambda_events: LambdaEvents, name: str) -> None:
    fault, story = FAULTS[name], story_of(lambda_events, "sqs")
    story.plan(fault.failure, **fault.options)

    story.begin()
    lambda_events.run_until_idle()

    assert [message.body for message in story.dead.messages] == ["a", "b", "c"]
    assert (story.starts, lambda_events.elapsed) == ([0, 30, 60], 90)


@pytest.mark.parametrize("name", NAMES)
def test_function_error_that_was_planned_counts_as_one(lambda_events: LambdaEvents, name: str) -> None:
    fault, story = FAULTS[name], story_of(lambda_events, "async", maximum_retry_attempts=0)
    story.plan(fault.failure, **fault.options)

    story.begin()
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("Invocations", story.fn) == [1]
    assert lambda_events.metrics.values("Errors", story.fn) == [1]
    assert lambda_events.metrics.values("Duration", story.fn) == [fault.seconds * 1000]


@pytest.mark.rule("RUN-51", "RUN-88")
def test_lack_of_memory_is_answered_and_logged_as_a_killed_process(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("out_of_memory")

    response = story.fn.invoke()

    [attempt] = story.attempts
    request_id = attempt.request_id
    assert json.dumps(response.payload, separators=(",", ":")) == (
        f'{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {request_id} Error: '
        'Runtime exited with error: signal: killed"}'
    )
    start, end, report = response.log_result.splitlines()
    assert (start, end) == (f"START RequestId: {request_id} Version: $LATEST", f"END RequestId: {request_id}")
    assert report.endswith("\tStatus: error\tError Type: Runtime.ExitError\t")


@pytest.mark.parametrize(
    ("failure", "is_cold"),
    [(ValueError("broken"), False), ("timeout", True), ("out_of_memory", True), ("exit", True), ("load_error", True)],
    ids=["exception", "timeout", "out of memory", "exit", "load error"],
)
def test_only_an_exception_leaves_the_environment_warm(lambda_events: LambdaEvents, failure: Any, is_cold: bool) -> None:
    story = story_of(lambda_events, "async")
    story.plan(failure, attempts=[1])

    story.begin()
    lambda_events.run_until_idle()

    assert [attempt.is_cold_start for attempt in story.attempts] == [True, is_cold]


def test_load_error_strikes_a_new_environment_while_a_warm_one_waits(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.fn.invoke()
    story.plan("load_error", times=1)

    story.fn.invoke()
    story.fn.invoke()

    assert [attempt.is_cold_start for attempt in story.attempts] == [True, True, False]


# ---------------------------------------------------------------------- an answer


@pytest.mark.parametrize("source", SOURCES)
def test_planned_answer_stands_for_the_handler_s(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    story.plan("response", payload={"charged": 7})

    story.begin()
    lambda_events.run_until_idle()

    assert (story.outcomes, story.runs) == (["success"], [])
    assert story.attempts[0].response == {"charged": 7}


def test_planned_answer_reaches_the_caller_and_the_destination(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("response", payload=None)

    response = story.fn.invoke()
    story.begin()
    lambda_events.run_until_idle()

    [record] = story.successes.invocation_records
    assert (response.payload, record.json["responsePayload"], story.runs) == (None, None, [])


@pytest.mark.rule("SQS-42", "SQS-70")
def test_planned_answer_may_name_failed_messages(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs", function_response_types=["ReportBatchItemFailures"])
    _, second, _ = story.begin()
    story.plan("response", payload={"batchItemFailures": [{"itemIdentifier": second.message_id}]}, times=1)

    lambda_events.run_until_idle()

    assert [batch.data for batch in story.fn.batches] == [["a", "b", "c"], ["b"]]
    assert (story.starts, story.source.messages, len(story.runs)) == ([0, 30], [], 1)


@pytest.mark.rule("KIN-61")
def test_planned_answer_may_name_failed_records(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "kinesis", function_response_types=["ReportBatchItemFailures"])
    _, second, _ = story.begin()
    story.plan("response", payload={"batchItemFailures": [{"itemIdentifier": second.sequence_number}]}, times=1)

    lambda_events.run_until_idle()

    assert [batch.data for batch in story.fn.batches] == [["a", "b", "c"], ["b", "c"]]
    assert (story.starts, len(story.runs)) == ([0, 0], 1)


@pytest.mark.parametrize("source", MAPPED)
def test_planned_answer_that_names_nothing_known_fails_the_batch(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source, function_response_types=["ReportBatchItemFailures"])
    story.plan("response", payload={"batchItemFailures": [{"itemIdentifier": ""}]}, times=1)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.sizes, story.starts) == ([3, 3], [0, RETRY[source]])
    assert [len(batch.batch_item_failures) for batch in story.fn.batches] == [3, 0]


# ---------------------------------------------------------------------- after the handler


def test_error_of_a_handler_is_lost_with_its_answer(lambda_events: LambdaEvents) -> None:
    def work(event: Any, context: Any) -> None:
        raise KeyError("the handler's own")

    fn = lambda_events.function(work)
    fn.fail(ConnectionError("answer lost"), after_handler=True)

    response = fn.invoke()

    assert (response.payload["errorType"], response.payload["errorMessage"]) == ("ConnectionError", "answer lost")


def test_what_a_handler_printed_before_its_answer_was_lost_is_kept(lambda_events: LambdaEvents) -> None:
    def work(event: Any, context: Any) -> None:
        print("charged")

    fn = lambda_events.function(work)
    fn.fail("exit", after_handler=True)

    fn.invoke()

    assert fn.attempts[0].logs == ["charged"]


def test_exception_is_shown_as_one_of_the_handler(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan(ValueError("broken"))

    traces = [story.fn.invoke().payload["stackTrace"] for _ in range(2)]

    assert traces[0] == traces[1]
    [frame] = traces[0]
    assert "fault_stories.py" in frame
    assert ", in work\n" in frame


class Charger:
    """A handler that is an object."""

    def __call__(self, event: Any, context: Any) -> None: ...


def test_exception_of_a_handler_that_is_an_object_comes_from_its_call(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(Charger(), name="charge")
    fn.fail(ValueError("broken"))

    [frame] = fn.invoke().payload["stackTrace"]

    assert "test_in_the_handler.py" in frame
    assert ", in __call__\n" in frame
