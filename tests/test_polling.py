"""Handlers that read the clock again and again until time has passed: they end, at the instants at which they should."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from uploads import create_function

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.simulation.threads import real_monotonic


def until_nearly_out_of_time(event: Any, context: Any) -> str:
    while context.get_remaining_time_in_millis() > 1000:
        pass
    return "nearly"


def for_ever(event: Any, context: Any) -> None:
    while True:
        time.time()


def with_datetime(seconds: float) -> None:
    end = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    while datetime.now(timezone.utc) < end:
        pass


def with_number(read: Callable[[], float], seconds: float) -> None:
    end = read() + seconds
    while read() < end:
        pass


POLLS: dict[str, Callable[[float], None]] = {
    "time.time": lambda seconds: with_number(time.time, seconds),
    "time.monotonic": lambda seconds: with_number(time.monotonic, seconds),
    "time.perf_counter": lambda seconds: with_number(time.perf_counter, seconds),
    "datetime.now": with_datetime,
}


@pytest.mark.parametrize("poll", POLLS.values(), ids=POLLS)
def test_a_handler_that_waits_for_an_instant_ends_there(lambda_events: LambdaEvents, poll: Callable[[float], None]) -> None:
    fn = lambda_events.function(lambda event, context: poll(2), name="fn")

    response = fn.invoke()

    assert response.function_error is None
    assert lambda_events.elapsed == pytest.approx(2, abs=0.002)


@pytest.mark.parametrize("timeout", [3, 900])
def test_a_handler_works_until_it_is_nearly_out_of_time(lambda_events: LambdaEvents, timeout: int) -> None:
    fn = lambda_events.function(until_nearly_out_of_time, timeout=timeout)
    began = real_monotonic()

    response = fn.invoke()

    assert response.payload == "nearly"
    assert lambda_events.elapsed == pytest.approx(timeout - 1, abs=0.002)
    assert real_monotonic() - began < 5


def test_a_handler_that_reads_the_clock_for_ever_is_timed_out(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(for_ever, timeout=3)

    response = fn.invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 3


@pytest.mark.lambda_events(clock_reads_per_instant=10)
def test_each_reading_beyond_the_limit_takes_a_millisecond(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[float]:
        return [round(time.time() - began, 6) for _ in range(13)]

    began = time.time()
    fn = lambda_events.function(handler)

    assert fn.invoke().payload == [0.0] * 10 + [0.001, 0.002, 0.003]


@pytest.mark.lambda_events(clock_reads_per_instant=10)
def test_readings_at_different_instants_are_counted_apart(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> float:
        for _ in range(3):
            for _ in range(9):
                time.time()
            time.sleep(0.5)
        return time.time()

    fn = lambda_events.function(handler)

    assert fn.invoke().payload == lambda_events.now.timestamp()
    assert lambda_events.elapsed == 1.5


@pytest.mark.lambda_events(clock_reads_per_instant=10)
def test_clock_readings_of_libraries_and_aws_calls_do_not_count(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders")

    def handler(event: Any, context: Any) -> None:
        sqs = boto3.client("sqs")
        for number in range(30):
            logging.getLogger("shop").warning("number %s", number)
            sqs.send_message(QueueUrl=queue.url, MessageBody=str(number))

    lambda_events.function(handler).invoke()

    assert lambda_events.elapsed == 0


@pytest.mark.lambda_events(clock_reads_per_instant=10)
def test_the_test_may_read_the_clock_as_often_as_it_likes(lambda_events: LambdaEvents) -> None:
    seen = {time.time() for _ in range(100)}

    assert len(seen) == 1


@pytest.mark.lambda_events(clock_reads_per_instant=5000)
def test_a_loop_that_asks_aws_again_and_again_ends(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders")

    def handler(event: Any, context: Any) -> str:
        sqs = boto3.client("sqs")
        while context.get_remaining_time_in_millis() > 1000:
            sqs.receive_message(QueueUrl=queue.url)
        return "nearly"

    fn = lambda_events.function(handler, timeout=10)

    assert fn.invoke().payload == "nearly"
    assert lambda_events.elapsed == pytest.approx(9, abs=0.02)


def test_work_that_is_due_meanwhile_runs_in_order(lambda_events: LambdaEvents) -> None:
    order: list[tuple[str, float]] = []

    def note(event: Any, context: Any) -> None:
        order.append((event, lambda_events.elapsed))

    def poll(event: Any, context: Any) -> None:
        until_nearly_out_of_time(event, context)
        order.append((event, round(lambda_events.elapsed, 2)))

    noting = lambda_events.function(note)
    polling = lambda_events.function(poll, timeout=5)
    for _ in range(2):
        polling.invoke_async("poll")
    noting.invoke_async("at once")
    at = lambda_events.function(lambda event, context: (time.sleep(event), note(event, context)), name="at", timeout=10)
    for seconds in (3, 1, 4.5):
        at.invoke_async(seconds)
    lambda_events.run_until_idle()

    assert order == [("at once", 0), (1, 1), (3, 3), ("poll", 4), ("poll", 4), (4.5, 4.5)]


@pytest.mark.lambda_events(clock_reads_per_instant=5000)
def test_a_message_that_comes_meanwhile_is_received(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders")

    def send(event: Any, context: Any) -> None:
        time.sleep(2)
        queue.send("here")

    def receive(event: Any, context: Any) -> str | None:
        sqs = boto3.client("sqs")
        while context.get_remaining_time_in_millis() > 1000:
            for message in sqs.receive_message(QueueUrl=queue.url).get("Messages", []):
                return str(message["Body"])
        return None

    lambda_events.function(send).invoke_async()
    fn = lambda_events.function(receive, timeout=30)

    assert fn.invoke().payload == "here"
    assert lambda_events.elapsed == pytest.approx(2, abs=0.04)


def test_the_journal_shows_nothing_of_the_steps(lambda_events: LambdaEvents) -> None:
    other = lambda_events.function(lambda event, context: time.sleep(1.5), name="other")
    other.invoke_async()
    lambda_events.function(until_nearly_out_of_time).invoke()

    kinds = [entry.kind for entry in lambda_events.journal if entry.function_name == "until_nearly_out_of_time"]

    assert kinds == ["started", "ended"]


def journal_of(seed: int) -> list[str]:
    with LambdaEvents(seed=seed, clock_reads_per_instant=1000) as env:
        fn = env.function(until_nearly_out_of_time)
        for _ in range(3):
            fn.invoke_async()
        env.function(lambda event, context: time.sleep(0.7), name="other").invoke_async()
        env.run_until_idle()
        return [repr(entry) for entry in env.journal]


def test_a_loop_takes_the_same_steps_each_time() -> None:
    assert journal_of(1) == journal_of(1)


@pytest.mark.parametrize(("limit", "elapsed"), [(1.5, 1.5), (10, 2)])
def test_run_until_idle_does_not_go_beyond_its_limit(lambda_events: LambdaEvents, limit: float, elapsed: float) -> None:
    lambda_events.function(until_nearly_out_of_time).invoke_async()

    if limit < 2:
        with pytest.raises(LambdaEventsError, match=r"Still not idle after 1\.5 virtual seconds"):
            lambda_events.run_until_idle(limit_seconds=limit)
    else:
        lambda_events.run_until_idle(limit_seconds=limit)

    assert lambda_events.elapsed == pytest.approx(elapsed, abs=0.002)


def test_advance_stops_in_the_middle_of_a_loop(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(until_nearly_out_of_time)
    fn.invoke_async()

    lambda_events.advance(1.5)

    assert (lambda_events.elapsed, fn.attempts[0].outcome) == (1.5, None)


def test_a_condition_of_the_test_is_asked_in_the_middle_of_a_loop(lambda_events: LambdaEvents) -> None:
    lambda_events.function(until_nearly_out_of_time).invoke_async()

    lambda_events.run(until=lambda: lambda_events.elapsed >= 0.5)

    assert lambda_events.elapsed == pytest.approx(0.5, abs=0.01)


def test_a_thread_of_a_handler_that_waits_for_an_instant_ends_there(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(POLLS["time.time"], 2).result()

    response = lambda_events.function(handler).invoke()

    assert response.function_error is None
    assert lambda_events.elapsed == pytest.approx(2, abs=0.002)


def test_a_thread_of_a_handler_sees_the_time_that_it_has_slept(lambda_events: LambdaEvents) -> None:
    def work() -> int:
        end, rounds = time.time() + 2, 0
        while time.time() < end:
            time.sleep(0.5)
            rounds += 1
        return rounds

    def handler(event: Any, context: Any) -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result()

    assert lambda_events.function(handler).invoke().payload == 4
    assert lambda_events.elapsed == 2


@pytest.mark.parametrize("wait", [lambda: time.time(), lambda: time.sleep(1)], ids=["reads", "sleeps"])
def test_a_thread_of_a_handler_that_waits_for_ever_is_timed_out_with_it(
    lambda_events: LambdaEvents, wait: Callable[[], object]
) -> None:
    def work() -> None:
        while True:
            wait()

    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work).result()

    response = lambda_events.function(handler).invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 3


@pytest.mark.parametrize("rest", [0, 0.25], ids=["no pause", "pauses"])
def test_a_coroutine_that_waits_for_an_instant_ends_there(lambda_events: LambdaEvents, rest: float) -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + 2
        while loop.time() < end:
            await asyncio.sleep(rest)

    response = lambda_events.function(lambda event, context: asyncio.run(work()), name="work").invoke()

    assert response.function_error is None
    assert lambda_events.elapsed == pytest.approx(2, abs=0.002)


def test_a_loop_of_sleeps_of_no_length_ends(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        end = time.time() + 2
        while time.time() < end:
            time.sleep(0)

    response = lambda_events.function(handler).invoke()

    assert response.function_error is None
    assert lambda_events.elapsed == pytest.approx(2, abs=0.02)


def test_a_loop_that_catches_its_end_is_left(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        while True:
            try:
                time.time()
            except BaseException:
                continue

    response = lambda_events.function(handler).invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"


def test_a_loop_while_a_module_is_loaded_is_timed_out(lambda_events: LambdaEvents) -> None:
    create_function("busy", "import time\nwhile True:\n    time.time()\n")
    lambda_events.advance(1)

    response = lambda_events.functions["busy"].invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"


@pytest.mark.parametrize("value", [-1, "often", True])
def test_the_option_is_checked(value: Any) -> None:
    with pytest.raises(LambdaEventsError, match="clock_reads_per_instant="):
        LambdaEvents(clock_reads_per_instant=value)


def receive_for_ever(event: Any, context: Any) -> None:
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName="empty")["QueueUrl"]
    while not client.receive_message(QueueUrl=url).get("Messages"):
        pass


def find_for_ever(event: Any, context: Any) -> None:
    client = boto3.client("s3")
    while True:
        try:
            client.head_object(Bucket="photos", Key="small")
        except client.exceptions.ClientError:
            continue
        return


def give_way_for_ever(event: Any, context: Any) -> None:
    while True:
        time.sleep(0)


@pytest.mark.parametrize("handler", [receive_for_ever, find_for_ever, give_way_for_ever])
def test_a_loop_that_never_reads_the_clock_is_timed_out(handler: Any) -> None:
    with LambdaEvents(clock_reads_per_instant=500) as lambda_events:
        lambda_events.queue("empty")
        lambda_events.bucket("photos")

        response = lambda_events.function(handler, timeout=5).invoke()

        assert response.payload["errorType"] == "Sandbox.Timedout"
        assert lambda_events.elapsed == 5


def test_calls_that_get_other_answers_take_no_time() -> None:
    with LambdaEvents(clock_reads_per_instant=500) as lambda_events:
        table = lambda_events.table("counters", partition_key="id")
        queue = lambda_events.queue("many")
        for number in range(30):
            queue.send(str(number))

        def handler(event: Any, context: Any) -> int:
            dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
            for number in range(30):
                dynamodb.put_item(TableName=table.name, Item={"id": {"S": "one"}, "count": {"N": str(number)}})
                dynamodb.get_item(TableName=table.name, Key={"id": {"S": "one"}})
                dynamodb.get_item(TableName=table.name, Key={"id": {"S": str(number)}})
                sqs.receive_message(QueueUrl=queue.url)
            return context.get_remaining_time_in_millis()  # type: ignore[no-any-return]

        assert lambda_events.function(handler, timeout=3).invoke().payload == 3000
