"""RUN-45 to 58: handlers that end their process, and handlers that run out of time."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents

pytestmark = pytest.mark.lambda_events(state_change_seconds=0)


def answer(name: str) -> tuple[str, str]:
    """Request id and payload of a synchronous call."""
    response = boto3.client("lambda").invoke(FunctionName=name)
    return response["ResponseMetadata"]["RequestId"], response["Payload"].read().decode()


def uploaded(lambda_events: LambdaEvents, source: str, **configuration: Any) -> Function:
    create_function("charge", source, **configuration)
    return lambda_events.functions["charge"]


def exited(request_id: str, reason: str) -> dict[str, str]:
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: Runtime exited {reason}"}


# ------------------------------------------------------------------ the end of the process


@pytest.mark.rule("RUN-45", "RUN-50")
@pytest.mark.scenario("RUN R4")
def test_an_event_whose_handler_exits_fails_with_the_exit(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(lambda event, context: sys.exit(0), name="leaves", maximum_retry_attempts=0)
    event = fn.invoke_async()

    lambda_events.run_until_idle()

    [attempt] = event.attempts
    assert (event.condition, attempt.outcome) == ("RetriesExhausted", "function_error")
    assert attempt.response == exited(event.request_id, "without providing a reason")


@pytest.mark.rule("RUN-45", "RUN-50")
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys\ndef handler(event, context): sys.exit(0)", "without providing a reason"),
        ("import sys\ndef handler(event, context): sys.exit(3)", "with error: exit status 3"),
        ("import sys\ndef handler(event, context): sys.exit('fatal')", "with error: exit status 1"),
        ("import os\ndef handler(event, context): os._exit(0)", "without providing a reason"),
        ("import os\ndef handler(event, context): os._exit(127)", "with error: exit status 127"),
        ("import sys\nsys.exit(127)", "with error: exit status 127"),
        ("import os\nos._exit(127)", "with error: exit status 127"),
    ],
)
def test_an_exit_is_answered_with_two_keys_in_compact_form(lambda_events: LambdaEvents, source: str, reason: str) -> None:
    uploaded(lambda_events, source)

    request_id, payload = answer("charge")

    assert payload == json.dumps(exited(request_id, reason), separators=(",", ":"))


@pytest.mark.rule("RUN-45", "RUN-50")
@pytest.mark.parametrize("sleeps", [False, True])
def test_a_handler_that_catches_its_process_exit_still_ends(lambda_events: LambdaEvents, sleeps: bool) -> None:
    def handler(event: Any, context: Any) -> str:
        try:
            os._exit(3)
        except BaseException:
            time.sleep(sleeps)
            print("still here")
        return "fine"

    fn = lambda_events.function(handler)
    event = fn.invoke_async()
    lambda_events.advance(0)

    [attempt] = event.attempts
    assert (attempt.response, attempt.logs) == (exited(event.request_id, "with error: exit status 3"), [])


@pytest.mark.rule("RUN-50")
def test_an_error_after_the_end_of_the_process_does_not_take_its_place(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        try:
            os._exit(3)
        finally:
            sys.exit(4)

    payload = lambda_events.function(handler).invoke().payload

    assert payload["errorMessage"].endswith("exit status 3")


@pytest.mark.rule("RUN-45")
def test_a_handler_that_catches_system_exit_goes_on(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        try:
            sys.exit(3)
        except SystemExit:
            return "still here"

    assert lambda_events.function(handler).invoke().payload == "still here"


@pytest.mark.rule("RUN-50")
def test_a_thread_of_the_handler_can_end_the_process(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(os._exit, 3).exception()

    payload = lambda_events.function(handler).invoke().payload

    assert payload["errorMessage"].endswith("Runtime exited with error: exit status 3")


@pytest.mark.rule("RUN-50")
@pytest.mark.parametrize("source", ["import os\nos._exit(3)", "import os\ntry: os._exit(3)\nexcept BaseException: pass"])
def test_code_that_ends_its_process_is_never_made_ready(lambda_events: LambdaEvents, source: str) -> None:
    version = uploaded(lambda_events, source + "\ndef handler(event, context): return 1\n").publish_version()
    client, provisioned = boto3.client("lambda"), {"FunctionName": "charge", "Qualifier": version.version}
    client.put_provisioned_concurrency_config(**provisioned, ProvisionedConcurrentExecutions=1)

    lambda_events.advance(60)

    assert client.get_provisioned_concurrency_config(**provisioned)["Status"] == "FAILED"


@pytest.mark.rule("RUN-50")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_process_that_exits_does_not_end_the_handler(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> int:
        child = os.fork()
        if child == 0:
            try:
                os._exit(7)
            finally:
                os.kill(os.getpid(), signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert lambda_events.function(handler).invoke().payload == 7


@pytest.mark.rule("RUN-50")
def test_os_exit_in_the_test_is_the_real_one_again_after_the_environment() -> None:
    before = os._exit

    with LambdaEvents():
        inside = os._exit

    assert os._exit is before
    assert inside is not before


# ------------------------------------------------------------------ timeouts


@pytest.mark.rule("RUN-54", "RUN-55")
@pytest.mark.scenario("RUN R5")
def test_a_retry_after_a_timeout_counts_from_the_timeout(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(lambda event, context: time.sleep(5), name="slow").invoke_async()

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 63, 186]
    assert (event.condition, event.ended_after_seconds) == ("RetriesExhausted", 189)
    message = f"RequestId: {event.request_id} Error: Task timed out after 3.00 seconds"
    assert [attempt.response for attempt in event.attempts] == 3 * [{"errorType": "Sandbox.Timedout", "errorMessage": message}]


@pytest.mark.rule("RUN-54", "RUN-55")
@pytest.mark.parametrize(("timeout", "shown"), [(1, "1.00"), (900, "900.00"), (1800, "1800.00")])
def test_a_timeout_is_from_1_to_1800_seconds_and_exact(lambda_events: LambdaEvents, timeout: int, shown: str) -> None:
    uploaded(lambda_events, "import time\ndef handler(event, context): time.sleep(2000)", Timeout=timeout)

    request_id, payload = answer("charge")

    assert lambda_events.elapsed == timeout
    assert payload == (
        f'{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {request_id} Error: '
        f'Task timed out after {shown} seconds"}}'
    )


@pytest.mark.rule("RUN-55")
@pytest.mark.parametrize("timeout", [0, 1801])
def test_no_other_timeout_is_accepted(lambda_events: LambdaEvents, timeout: int) -> None:
    with pytest.raises(ClientError, match="'timeout' failed to satisfy constraint"):
        lambda_events.function(lambda event, context: None, name="fn", timeout=timeout)


@pytest.mark.rule("RUN-58", "RUN-61")
@pytest.mark.parametrize(("margin", "outcome", "seconds"), [(500, "success", 2.5), (0, "function_error", 3)])
def test_a_handler_can_watch_its_time_and_stop_before_the_timeout(
    lambda_events: LambdaEvents, margin: int, outcome: str, seconds: float
) -> None:
    def handler(event: Any, context: Any) -> None:
        while context.get_remaining_time_in_millis() > margin:
            time.sleep(0.25)

    fn = lambda_events.function(handler, maximum_retry_attempts=0)
    fn.invoke_async()
    lambda_events.run_until_idle()

    [attempt] = fn.attempts
    assert (attempt.outcome, attempt.ended_after_seconds) == (outcome, seconds)


@pytest.mark.rule("RUN-55")
def test_a_module_that_sleeps_while_it_is_loaded_can_time_out(lambda_events: LambdaEvents) -> None:
    fn = uploaded(lambda_events, "import time\ntime.sleep(3)\ndef handler(event, context): return 1\n")

    payload = fn.invoke().payload

    assert (payload["errorType"], lambda_events.elapsed) == ("Sandbox.Timedout", 3)


@pytest.mark.rule("RUN-57")
def test_a_late_result_is_not_delivered(lambda_events: LambdaEvents) -> None:
    done = threading.Event()

    def handler(event: Any, context: Any) -> str:
        try:
            time.sleep(5)
        finally:
            done.set()
            return "late"  # noqa: B012

    fn = lambda_events.function(handler)

    assert fn.invoke().payload["errorType"] == "Sandbox.Timedout"
    assert done.is_set()
