"""A mistake of the test is one clear message, and nothing is half done."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError

NOT_CALLABLE = 5
LAST_INSTANT = datetime(9999, 12, 30, tzinfo=timezone.utc)


def handler(event: Any, context: Any) -> str:
    return "done"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nodot",
            "Handler 'nodot' does not name a module and a function. Pass text such as 'module.function', or a callable.",
        ),
        ("no_such_module.handler", "importing module 'no_such_module' failed: No module named 'no_such_module'."),
        (f"{__name__}.handlr", f"module {__name__!r} has no 'handlr'. Did you mean 'handler'? Callables: "),
        (
            f"{__name__}.NOT_CALLABLE",
            f"Handler '{__name__}.NOT_CALLABLE': 5 is not callable. Pass a callable, or text such as 'module.function'.",
        ),
    ],
    ids=["no dot", "no module", "no function", "not callable"],
)
def test_a_handler_string_that_leads_nowhere_is_refused(lambda_events: LambdaEvents, text: str, message: str) -> None:
    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.function(text)

    assert message in str(raised.value)
    assert list(lambda_events.functions) == []


def test_a_handler_that_is_not_callable_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match=r"The handler 42 is not callable\. Pass a callable, or text"):
        lambda_events.function(42)  # type: ignore[arg-type]


def test_a_handler_without_a_name_asks_for_one(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match="Cannot derive a function name from handler"):
        lambda_events.function(lambda event, context: None)


def test_two_functions_of_one_name_are_refused(lambda_events: LambdaEvents) -> None:
    lambda_events.function(handler)

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.function(handler)

    assert str(raised.value) == (
        f"Function 'handler' already exists ({__name__}.handler). "
        'Choose another name: lambda_events.function(handler, name="...").'
    )


def test_an_unknown_function_is_refused_with_those_that_there_are(lambda_events: LambdaEvents) -> None:
    lambda_events.function(handler, name="charge")

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.functions["chrage"]

    assert str(raised.value) == (
        "Function 'chrage' does not exist in us-east-1, account 123456789012. Did you mean 'charge'? Functions: charge."
    )
    assert "chrage" not in lambda_events.functions
    assert lambda_events.functions.get("chrage") is None


@pytest.mark.parametrize(
    "time", [-1, -0.001, math.nan, math.inf, timedelta(seconds=-1), "1", True], ids=lambda time: repr(time)
)
def test_time_that_cannot_pass_is_refused(lambda_events: LambdaEvents, time: Any) -> None:
    with pytest.raises(LambdaEventsError, match=r"is not a finite number of seconds, 0 or more\. Pass such a number, or"):
        lambda_events.advance(time)

    assert lambda_events.elapsed == 0


@pytest.mark.parametrize(
    ("settings", "member"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": 1801}, "timeout"),
        ({"memory_size": 127}, "memorySize"),
        ({"maximum_retry_attempts": 3}, "maximumRetryAttempts"),
        ({"maximum_event_age_in_seconds": 59}, "maximumEventAgeInSeconds"),
    ],
    ids=["timeout 0", "timeout 1801", "memory 127", "retries 3", "age 59"],
)
def test_a_setting_that_aws_refuses_is_refused_in_its_words_and_nothing_is_made(
    lambda_events: LambdaEvents, settings: dict[str, Any], member: str
) -> None:
    with pytest.raises(ClientError, match=f"at '{member}' failed to satisfy constraint") as raised:
        lambda_events.function(handler, **settings)

    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert list(lambda_events.functions) == []


def test_a_setting_that_does_not_exist_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match=r"A function has no setting 'retries'\. Settings: handler, name, timeout"):
        lambda_events.function(handler, retries=3)  # type: ignore[call-arg]

    assert list(lambda_events.functions) == []


@pytest.mark.parametrize("payload", [{1, 2}, object(), math.nan], ids=["set", "object", "NaN"])
def test_a_payload_that_json_cannot_say_is_refused(lambda_events: LambdaEvents, payload: object) -> None:
    fn = lambda_events.function(handler)

    with pytest.raises(LambdaEventsError, match=r"^Cannot encode .* as JSON: "):
        fn.invoke_async(payload)

    assert fn.events == []


def test_bytes_that_are_not_json_are_refused_by_aws(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(handler)

    with pytest.raises(ClientError, match="Could not parse request body into json") as raised:
        fn.invoke_async(b"{not json")

    assert raised.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert fn.events == []


def test_an_environment_in_an_environment_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match="is open already"), LambdaEvents():
        pass

    assert lambda_events.function(handler).invoke().payload == "done"


def test_an_environment_is_used_in_a_with_block_only() -> None:
    environment = LambdaEvents()

    with pytest.raises(LambdaEventsError, match="is not open yet"):
        environment.advance(1)


def test_an_environment_that_has_closed_is_not_used_again() -> None:
    with LambdaEvents() as environment:
        fn = environment.function(handler)

    with pytest.raises(LambdaEventsError, match="is closed"):
        environment.advance(1)
    with pytest.raises(LambdaEventsError, match="is closed"):
        fn.invoke()
    with pytest.raises(LambdaEventsError, match="Create a new one"), environment:
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"regin_name": "us-east-1"},
            "LambdaEvents has no option 'regin_name'. Did you mean 'region_name'? Options: region_name, account_id",
        ),
        ({"account_id": "12"}, "account_id='12' is not an AWS account. Pass text of 12 digits"),
        ({"start_time": "yesterday"}, "start_time='yesterday' is not an instant"),
        ({"start_time": "0001-01-01T00:00:00+01:00"}, "start_time='0001-01-01T00:00:00+01:00' lies before the year 1"),
        ({"start_time": "2026-01-01T00:00:00"}, "has no offset"),
        ({"choices": "random"}, "choices='random' does not exist. Pass 'documented' or 'seeded'."),
        ({"concurrent_executions": 0}, "concurrent_executions=0 is not a whole number, more than 0."),
    ],
    ids=["unknown", "account", "no instant", "out of range", "no offset", "choices", "concurrency"],
)
def test_an_invalid_option_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(LambdaEventsError) as raised:
        LambdaEvents(**options)

    assert message in str(raised.value)


@pytest.mark.parametrize("until", ["60", math.nan, True], ids=repr)
def test_an_invalid_instant_is_refused(lambda_events: LambdaEvents, until: Any) -> None:
    with pytest.raises(LambdaEventsError, match=r"is not an instant\. Pass seconds or a timedelta"):
        lambda_events.run(until=until)


def test_an_instant_that_is_past_is_refused(lambda_events: LambdaEvents) -> None:
    lambda_events.advance(10)

    with pytest.raises(LambdaEventsError, match=r"run\(until=5\): this instant is past. The clock is at 10 s. Pass a later"):
        lambda_events.run(until=5)


def test_the_error_of_a_condition_that_stays_false_shows_the_last_entry(lambda_events: LambdaEvents) -> None:
    def never() -> bool:
        return False

    lambda_events.function(handler).invoke_async()

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run(until=never)

    assert str(raised.value) == (
        "run(until=never) ran out of events at 0 s and was never true. The last event: handler succeeded, Success."
    )


def test_the_error_of_a_run_that_does_not_become_idle_lists_pending_work(lambda_events: LambdaEvents) -> None:
    def failing(event: Any, context: Any) -> None:
        raise ValueError

    lambda_events.function(failing).invoke_async({"order": 7})

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run_until_idle(limit_seconds=59)

    assert str(raised.value).startswith(
        "Still not idle after 59 virtual seconds, the limit of run_until_idle. Pending:\n"
        '- failing: attempt 2 of event {"order": 7}, due at 60 s\n'
    )
    assert lambda_events.elapsed == 0


def test_too_many_events_say_so(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(handler)
    for _ in range(3):
        fn.invoke_async()

    with pytest.raises(LambdaEventsError, match="Still not idle after 2 events"):
        lambda_events.run_until_idle(limit_events=2)


def test_assert_idle_lists_the_pending_work(lambda_events: LambdaEvents) -> None:
    lambda_events.assert_idle()
    lambda_events.function(handler).invoke_async()

    with pytest.raises(AssertionError, match=r"Not idle at 0 s\. Pending:\n- handler: attempt 1 of event "):
        lambda_events.assert_idle()


def test_a_handler_nested_in_a_test_whose_long_name_makes_the_qualified_name_of_the_handler_too_long_for_aws_is_accepted(
    lambda_events: LambdaEvents,
) -> None:
    def handler(event: object, context: object) -> str:
        return "ran"

    assert len(f"{handler.__module__}.{handler.__qualname__}") > 128
    assert lambda_events.function(handler).invoke().payload == "ran"


def test_a_starting_timestamp_is_a_datetime(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(lambda event, context: None, name="fn")

    with pytest.raises(LambdaEventsError, match="starting_position_timestamp='yesterday' is not a datetime"):
        fn.add_event_source(clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp="yesterday")  # type: ignore[arg-type]


def test_reading_the_messages_of_a_deleted_queue_is_refused(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    orders.delete()

    with pytest.raises(LambdaEventsError, match="Queue 'orders' does not exist: it was deleted"):
        _ = orders.messages


def test_another_thread_cannot_move_the_clock(lambda_events: LambdaEvents) -> None:
    errors: list[str] = []

    def advance() -> None:
        try:
            lambda_events.advance(1)
        except LambdaEventsError as error:
            errors.append(str(error))

    thread = threading.Thread(target=advance, name="worker")
    thread.start()
    thread.join()

    (message,) = errors
    assert message.startswith("Thread 'worker' cannot move the clock: only the thread that entered the environment can.")
    assert lambda_events.elapsed == 0


def test_a_test_cannot_sleep_past_the_last_instant(lambda_events: LambdaEvents) -> None:
    lambda_events.run(until=LAST_INSTANT)

    with pytest.raises(LambdaEventsError, match="A wait of 60 s is after the year 9999"):
        time.sleep(60)

    assert lambda_events.now == LAST_INSTANT


def test_the_clock_runs_up_to_the_last_instant(lambda_events: LambdaEvents) -> None:
    lambda_events.run(until=LAST_INSTANT)

    assert lambda_events.now == LAST_INSTANT
    with pytest.raises(LambdaEventsError, match="Pass at most 0 seconds from now"):
        lambda_events.advance(0.000001)


@pytest.mark.parametrize("region_name", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1", "il-central-1"])
def test_a_region_of_any_partition_is_known(region_name: str) -> None:
    with LambdaEvents(region_name=region_name) as environment:
        assert environment.queue("orders").arn.split(":")[3] == region_name


def test_an_unknown_region_is_refused_when_the_environment_opens() -> None:
    with pytest.raises(LambdaEventsError) as raised, LambdaEvents(region_name="us-easst-1"):
        pass

    assert str(raised.value) == (
        "region_name='us-easst-1' is not an AWS region that botocore knows. "
        "Did you mean 'us-east-1' or 'us-west-1' or 'us-east-2'?"
    )
    with LambdaEvents() as environment:
        assert environment.now == environment.config.start


MISTAKES: dict[str, Callable[[LambdaEvents], object]] = {
    "message": lambda env: env.queues["orders"].send({1}),
    "payload": lambda env: env.functions["swallowing"].invoke_async(math.nan),
    "setting": lambda env: env.queue("new", visibility=3),  # type: ignore[call-arg]
    "partition key": lambda env: env.streams["clicks"].put("x", partition_key=5),  # type: ignore[arg-type]
    "time": lambda env: env.advance(-1),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_that_a_handler_swallows_fails_the_test(
    lambda_events: LambdaEvents, mistake: Callable[[LambdaEvents], object]
) -> None:
    raised: list[LambdaEventsError] = []

    def swallowing(event: Any, context: Any) -> str:
        try:
            mistake(lambda_events)
        except LambdaEventsError as error:
            raised.append(error)
        return "done"

    lambda_events.queue("orders")
    lambda_events.stream("clicks")
    lambda_events.function(swallowing).invoke_async()

    with pytest.raises(LambdaEventsError) as surfaced:
        lambda_events.run_until_idle()

    assert raised == [surfaced.value]
    assert [attempt.response for attempt in lambda_events.functions["swallowing"].attempts] == ["done"]


def test_options_are_refused_although_equal_ones_of_another_type_were_accepted() -> None:
    LambdaEvents(seed=1)

    with pytest.raises(LambdaEventsError, match="seed=True"):
        LambdaEvents(seed=True)
