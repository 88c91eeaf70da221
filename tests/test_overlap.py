"""Handlers that overlap in time, and the process state that travels with each of them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
import logging
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from time import sleep as copied_sleep
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError, NotSimulatedError


def sleeper(event: Any, context: Any) -> float:
    time.sleep(event["seconds"])
    return time.time()


def zipped(source: str, name: str = "app.py") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, source)
    return archive.getvalue()


def upload(lambda_events: LambdaEvents, name: str, source: str, **settings: Any) -> None:
    iam, functions = lambda_events.client("iam"), lambda_events.client("lambda")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")
    role = iam.get_role(RoleName="role")["Role"]["Arn"]
    functions.create_function(
        FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=role,
        Code={"ZipFile": zipped(source)}, **settings,
    )  # fmt: skip
    functions.get_waiter("function_active_v2").wait(FunctionName=name)


def ends(lambda_events: LambdaEvents, name: str) -> list[float | None]:
    return [attempt.ended_after_seconds for attempt in lambda_events.functions[name].attempts]


def test_three_overlapping_handlers_end_at_their_own_instants(lambda_events: LambdaEvents) -> None:
    slow = lambda_events.function(sleeper, timeout=200)

    events = [slow.invoke_async({"seconds": seconds}) for seconds in (1, 100, 5)]
    lambda_events.run_until_idle()

    assert [event.ended_after_seconds for event in events] == [1, 100, 5]


def test_a_copied_sleep_suspends_the_handler_too(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        copied_sleep(event)

    slow = lambda_events.function(handler, timeout=200)
    events = [slow.invoke_async(seconds) for seconds in (3, 2)]
    lambda_events.run_until_idle()

    assert [event.ended_after_seconds for event in events] == [3, 2]


def test_a_handler_waits_for_the_function_that_it_invokes(lambda_events: LambdaEvents) -> None:
    def outer(event: Any, context: Any) -> Any:
        answer = boto3.client("lambda").invoke(FunctionName="sleeper", Payload=b'{"seconds": 7}')
        return [answer["StatusCode"], time.time()]

    lambda_events.function(sleeper, timeout=30)
    fn = lambda_events.function(outer, timeout=30)

    response = fn.invoke()

    assert response.payload == [200, lambda_events.now.timestamp()]
    assert lambda_events.elapsed == 7


def test_a_synchronous_invocation_in_the_test_lets_time_pass(lambda_events: LambdaEvents) -> None:
    lambda_events.function(sleeper, timeout=30).invoke({"seconds": 7})

    assert lambda_events.elapsed == 7


@pytest.mark.rule("RUN-58", "RUN-55", "RUN-57")
@pytest.mark.parametrize(
    ("seconds", "outcome", "duration"), [(2.999999, "success", 2.999999), (3, "function_error", 3), (5, "function_error", 3)]
)
def test_a_sleep_to_the_timeout_ends_the_attempt(
    lambda_events: LambdaEvents, seconds: float, outcome: str, duration: float
) -> None:
    reached: list[bool] = []

    def handler(event: Any, context: Any) -> None:
        time.sleep(seconds)
        reached.append(True)

    fn = lambda_events.function(handler, timeout=3, maximum_retry_attempts=0)
    fn.invoke_async()
    lambda_events.run_until_idle()

    [attempt] = fn.attempts
    assert (attempt.outcome, attempt.ended_after_seconds) == (outcome, duration)
    assert reached == [True] * (outcome == "success")


# ------------------------------------------------------------------ ending early


@pytest.mark.rule("RUN-57")
def test_a_finally_that_sends_after_the_timeout_sends_nothing(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    def handler(event: Any, context: Any) -> None:
        try:
            time.sleep(10)
        finally:
            print("cleaning up")
            boto3.client("sqs").send_message(QueueUrl=url, MessageBody="late")

    fn = lambda_events.function(handler, maximum_retry_attempts=0)
    fn.invoke_async()
    lambda_events.run_until_idle()

    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"] == {
        "ApproximateNumberOfMessages": "0"
    }
    assert fn.attempts[0].logs == []


def test_a_handler_that_swallows_its_end_is_never_resumed_again(lambda_events: LambdaEvents) -> None:
    caught: list[str] = []

    def handler(event: Any, context: Any) -> None:
        while True:
            try:
                time.sleep(10)
            except BaseException as error:
                caught.append(type(error).__name__)

    fn = lambda_events.function(handler, maximum_retry_attempts=0)
    event = fn.invoke_async()
    lambda_events.run_until_idle()

    assert event.condition == "RetriesExhausted"
    assert caught == ["TaskEnded"] * 3


def test_a_locks_with_block_is_left_when_the_attempt_times_out(lambda_events: LambdaEvents) -> None:
    lock = threading.Lock()

    def handler(event: Any, context: Any) -> None:
        with lock:
            time.sleep(10)

    lambda_events.function(handler, maximum_retry_attempts=0).invoke_async()
    lambda_events.run_until_idle()

    assert not lock.locked()


def test_handlers_that_sleep_when_the_environment_closes_end_without_effect() -> None:
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        try:
            time.sleep(100)
        finally:
            seen.append("finally")
            boto3.client("sqs").create_queue(QueueName="late")
            seen.append("sent")

    with LambdaEvents() as env:
        env.function(handler, timeout=900).invoke_async()
        env.advance(1)
        kinds = [entry.kind for entry in env.journal]

    assert seen == ["finally"]
    assert [entry.kind for entry in env.journal] == kinds


# ------------------------------------------------------------------ what travels with a task


def test_each_handler_sees_its_own_environment_variables(lambda_events: LambdaEvents) -> None:
    seen: list[tuple[str, str | None]] = []

    def handler(event: Any, context: Any) -> None:
        os.environ["WHO"] = event
        time.sleep(1)
        seen.append((event, os.getenv("WHO")))

    fn = lambda_events.function(handler, environment={"TABLE": "orders"})
    for name in ("a", "b"):
        fn.invoke_async(name)
    lambda_events.run_until_idle()

    assert seen == [("a", "a"), ("b", "b")]
    assert "WHO" not in os.environ


def test_a_child_process_sees_the_handlers_environment(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        script = "import os; print(os.environ['TABLE'])"
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    fn = lambda_events.function(handler, environment={"TABLE": "orders"})

    assert fn.invoke().payload == "orders\n"


def test_redirected_output_stays_redirected_across_a_sleep(lambda_events: LambdaEvents) -> None:
    texts: list[str] = []

    def handler(event: Any, context: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as text:
            print(event, "before")
            time.sleep(1)
            print(event, "after")
        texts.append(text.getvalue())

    fn = lambda_events.function(handler)
    for name in ("a", "b"):
        fn.invoke_async(name)
    lambda_events.run_until_idle()

    assert texts == ["a before\na after\n", "b before\nb after\n"]


def test_caplog_hears_a_handler_across_a_sleep(lambda_events: LambdaEvents, caplog: pytest.LogCaptureFixture) -> None:
    def handler(event: Any, context: Any) -> None:
        logging.getLogger("shop").warning("before")
        time.sleep(1)
        logging.getLogger("shop").warning("after")

    lambda_events.function(handler).invoke()

    assert caplog.messages == ["before", "after"]


def test_what_a_handler_prints_is_captured_by_pytest(lambda_events: LambdaEvents, capsys: pytest.CaptureFixture[str]) -> None:
    lambda_events.function(lambda event, context: print("hello"), name="hello").invoke()

    assert "hello\n" in capsys.readouterr().out


def test_a_default_session_set_in_a_handler_stays_in_it(lambda_events: LambdaEvents) -> None:
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        boto3.setup_default_session(region_name=event)
        time.sleep(1)
        seen.append(boto3.client("sqs").meta.region_name)

    fn = lambda_events.function(handler)
    for region in ("eu-west-1", "eu-central-1"):
        fn.invoke_async(region)
    lambda_events.run_until_idle()

    assert seen == ["eu-west-1", "eu-central-1"]
    assert boto3.client("sqs").meta.region_name == "us-east-1"


def test_context_variables_stay_with_their_handler(lambda_events: LambdaEvents) -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        who.set(event)
        time.sleep(1)
        seen.append(who.get())

    fn = lambda_events.function(handler)
    for name in ("a", "b"):
        fn.invoke_async(name)
    lambda_events.run_until_idle()

    assert seen == ["a", "b"]
    assert who.get() == "nobody"


def test_modules_of_one_name_in_two_functions_are_two_modules(lambda_events: LambdaEvents) -> None:
    source = (
        "import time\nNAME = {name!r}\ndef handler(event, context):\n    time.sleep(2)\n    import app\n"
        "    return [NAME, app.NAME]\n"
    )
    for name in ("one", "two"):
        upload(lambda_events, name, source.format(name=name))
    events = [lambda_events.functions[name].invoke_async() for name in ("one", "two")]

    lambda_events.run_until_idle()

    assert [event.attempts[0].response for event in events] == [["one", "one"], ["two", "two"]]
    assert "app" not in sys.modules


def test_two_handlers_overlap_in_asyncio_run(lambda_events: LambdaEvents) -> None:
    async def work(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    def handler(event: Any, context: Any) -> float:
        return asyncio.run(work(event))

    fn = lambda_events.function(handler, timeout=60)
    events = [fn.invoke_async(seconds) for seconds in (30, 10)]
    lambda_events.run_until_idle()

    assert [event.ended_after_seconds for event in events] == [30, 10]


def test_gather_and_wait_for_take_virtual_time(lambda_events: LambdaEvents) -> None:
    async def work() -> str:
        await asyncio.gather(asyncio.sleep(30), asyncio.sleep(10), asyncio.sleep(20))
        try:
            await asyncio.wait_for(asyncio.sleep(100), 5)
        except asyncio.TimeoutError:
            return "timed out"
        return "slept"

    fn = lambda_events.function(lambda event, context: asyncio.run(work()), name="gather", timeout=60)

    assert fn.invoke().payload == "timed out"
    assert lambda_events.elapsed == pytest.approx(35, abs=0.001)


# ------------------------------------------------------------------ threads


def test_threads_of_a_handler_see_the_virtual_time(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[str]:
        with ThreadPoolExecutor(2) as pool:
            return [future.result() for future in [pool.submit(lambda: datetime.now(timezone.utc).isoformat())] * 2]

    lambda_events.advance(30)

    assert lambda_events.function(handler).invoke().payload == ["2026-01-01T00:00:30+00:00"] * 2


def test_a_sleep_in_a_handlers_thread_is_charged_to_the_invocation(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(time.sleep, 4).result()

    lambda_events.function(handler, timeout=10).invoke()

    assert lambda_events.elapsed == 4


def test_a_sleep_in_a_handlers_thread_can_pass_the_timeout(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(time.sleep, 40).result()

    fn = lambda_events.function(handler, timeout=10)

    assert fn.invoke().payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 10


def test_a_handlers_threads_call_aws(lambda_events: LambdaEvents) -> None:
    url = lambda_events.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    sqs = boto3.client("sqs")

    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n)), range(8)))

    lambda_events.function(handler).invoke()

    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "8"


def test_a_handlers_thread_may_not_invoke_and_wait(lambda_events: LambdaEvents) -> None:
    lambda_events.function(sleeper)

    def handler(event: Any, context: Any) -> None:
        client = boto3.client("lambda")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(client.invoke, FunctionName="sleeper", Payload=b'{"seconds": 1}').result()

    fn = lambda_events.function(handler)
    with pytest.raises(NotSimulatedError, match="Make the call in the handler's own thread"):
        fn.invoke()


@pytest.mark.rule("ASY-46")
def test_a_function_is_updated_while_a_thread_invokes_it(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(sleeper, timeout=30)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(fn.invoke({"seconds": 10})))

    thread.start()
    time.sleep(5)
    fn.update(handler=lambda event, context: "new")
    thread.join()

    assert answers[0].payload == lambda_events.now.timestamp()
    assert lambda_events.elapsed == 10
    assert fn.invoke().payload == "new"


# ------------------------------------------------------------------ the test's own waiting


def test_a_sleep_in_the_test_is_an_advance(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(lambda event, context: None, name="fn").invoke_async()

    time.sleep(0)
    copied_sleep(30)

    assert lambda_events.elapsed == 30
    assert event.condition == "Success"


def test_a_long_poll_in_the_test_sees_what_falls_due_meanwhile(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    def handler(event: Any, context: Any) -> None:
        time.sleep(2)
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody="sent")

    lambda_events.function(handler, timeout=10).invoke_async()
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]

    assert message["Body"] == "sent"
    assert lambda_events.elapsed == 2


def test_a_long_poll_of_an_empty_queue_ends(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    assert lambda_events.elapsed == 20


def test_a_long_poll_in_a_handler_wakes_when_another_handler_sends(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    def receive(event: Any, context: Any) -> str:
        body: str = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"]
        return body

    def send(event: Any, context: Any) -> None:
        time.sleep(3)
        sqs.send_message(QueueUrl=url, MessageBody="hello")

    received = lambda_events.function(receive, timeout=30).invoke_async()
    lambda_events.function(send, timeout=30).invoke_async()
    lambda_events.run_until_idle()

    assert received.attempts[0].response == "hello"
    assert received.ended_after_seconds == 3


# ------------------------------------------------------------------ what surfaces in the test


def test_a_handler_that_moves_the_clock_fails_the_test_though_it_catches_the_error(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with contextlib.suppress(Exception):
            lambda_events.advance(60)

    fn = lambda_events.function(handler, name="charge")
    fn.invoke_async()
    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run_until_idle()

    assert str(raised.value) == (
        "'charge' called lambda_events.advance(60) in its handler, at 0 s in attempt 1. Only the test moves the clock: in a "
        "handler time.sleep(60) lets 60 virtual seconds pass."
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt, pytest.fail.Exception], ids=["KeyboardInterrupt", "pytest.fail"])
def test_an_interrupt_or_pytest_fail_in_a_handler_reaches_the_test_and_the_environment_continues(
    lambda_events: LambdaEvents, error: type[BaseException]
) -> None:
    def handler(event: Any, context: Any) -> str:
        if event == "break":
            time.sleep(1)
            raise error("stop")
        return "works"

    fn = lambda_events.function(handler, maximum_retry_attempts=0)
    fn.invoke_async("break")
    with pytest.raises(error):
        lambda_events.run_until_idle()

    assert fn.invoke("again").payload == "works"


@pytest.mark.lambda_events(lock_watchdog_seconds=0.4)
def test_a_lock_held_across_a_sleep_is_named_with_both_stacks(lambda_events: LambdaEvents) -> None:
    lock = threading.Lock()

    def holder(event: Any, context: Any) -> None:
        with lock:
            time.sleep(5)

    def waiter(event: Any, context: Any) -> None:
        time.sleep(1)
        with lock:
            pass

    lambda_events.function(holder, timeout=30).invoke_async()
    lambda_events.function(waiter, timeout=30).invoke_async()
    with pytest.raises(LambdaEventsError, match="A lock is held across a sleep") as raised:
        lambda_events.run_until_idle()

    assert "in waiter" in str(raised.value)
    assert "in holder" in str(raised.value)


def test_an_exit_in_a_handler_does_not_end_the_test_run(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        exits: dict[str, Callable[[int], object]] = {"sys": sys.exit, "os": os._exit}
        exits[event](7)

    fn = lambda_events.function(handler)
    payloads = [fn.invoke(event).payload for event in ("sys", "os")]

    assert [payload["errorType"] for payload in payloads] == ["Runtime.ExitError"] * 2
    assert all(payload["errorMessage"].endswith("Runtime exited with error: exit status 7") for payload in payloads)
