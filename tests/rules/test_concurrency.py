"""CON: who may run at once, and what becomes of events that may not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents
from pytest_lambda_events.handles.attempts import AsyncEvent

OF_THE_FUNCTION = "ReservedFunctionConcurrentInvocationLimitExceeded"
OF_THE_ACCOUNT = "ConcurrentInvocationLimitExceeded"


def work(event: Any, context: Any) -> str:
    """Takes as many seconds as the event says, and fails if it says so."""
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")
    return "done"


def starts(event: AsyncEvent) -> list[float]:
    return [attempt.started_after_seconds for attempt in event.attempts]


def outcomes(event: AsyncEvent) -> list[str | None]:
    return [attempt.outcome for attempt in event.attempts]


def reasons(event: AsyncEvent) -> set[str]:
    return {entry.detail["reason"] for entry in event.history if entry.kind == "throttled"}


def provisioned(lambda_events: LambdaEvents, function: Function) -> Function:
    """A version with one unit of provisioned concurrency, ready."""
    version = function.publish_version()
    lambda_events.client("lambda").put_provisioned_concurrency_config(
        FunctionName=function.name, Qualifier=version.version, ProvisionedConcurrentExecutions=1
    )
    lambda_events.advance(60)
    return version


@pytest.mark.rule("CON-01")
@pytest.mark.parametrize(("at", "expected"), [(4.999999, ["throttled"]), (5, ["success"]), (5.000001, ["success"])])
def test_an_attempt_holds_its_unit_to_its_end(lambda_events: LambdaEvents, at: float, expected: list[str]) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 5})
    lambda_events.advance(at)

    event = function.invoke_async()
    lambda_events.advance(0)

    assert outcomes(event) == expected


@pytest.mark.rule("CON-01")
@pytest.mark.parametrize(("at", "expected"), [(2.999999, ["throttled"]), (3, ["success"])])
def test_an_attempt_that_times_out_holds_its_unit_to_the_timeout(
    lambda_events: LambdaEvents, at: float, expected: list[str]
) -> None:
    function = lambda_events.function(work, timeout=3, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(at)

    event = function.invoke_async()
    lambda_events.advance(0)

    assert outcomes(event) == expected


@pytest.mark.rule("CON-02")
def test_an_account_has_a_thousand_units(lambda_events: LambdaEvents) -> None:
    limit = lambda_events.client("lambda").get_account_settings()["AccountLimit"]

    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 1000)


@pytest.mark.rule("CON-02", "CON-37")
@pytest.mark.lambda_events(concurrent_executions=2)
def test_the_units_of_the_account_are_for_all_its_functions(lambda_events: LambdaEvents) -> None:
    first = lambda_events.function(work, name="first", timeout=20)
    second = lambda_events.function(work, name="second", timeout=20)
    first.invoke_async({"seconds": 10})
    first.invoke_async({"seconds": 10})

    event = second.invoke_async()
    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == ([0, 1, 3, 7, 15], ["throttled"] * 4 + ["success"])
    assert reasons(event) == {OF_THE_ACCOUNT}


@pytest.mark.rule("CON-03")
def test_a_reservation_caps_latest_versions_and_aliases_together(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=2)
    version = function.publish_version()
    live = function.create_alias("live", function_version=version.version)
    function.invoke_async({"seconds": 10})
    version.invoke_async({"seconds": 10})

    event = live.invoke_async()
    lambda_events.advance(0)

    assert (outcomes(event), reasons(event)) == (["throttled"], {OF_THE_FUNCTION})


@pytest.mark.rule("CON-03")
@pytest.mark.lambda_events(concurrent_executions=101)
def test_a_reservation_is_kept_free_for_its_function(lambda_events: LambdaEvents) -> None:
    reserved = lambda_events.function(work, name="reserved", reserved_concurrent_executions=1)
    greedy = lambda_events.function(work, name="greedy", timeout=20)
    greedily = [greedy.invoke_async({"seconds": 10}) for _ in range(101)]
    event = reserved.invoke_async()

    lambda_events.advance(0)

    assert [outcomes(each) for each in greedily] == [[None]] * 100 + [["throttled"]]
    assert outcomes(event) == ["success"]


@pytest.mark.rule("CON-08", "CON-31")
def test_an_event_for_latest_waits_while_the_reservation_is_all_provisioned(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=1)
    version = provisioned(lambda_events, function)
    waiting, served = function.invoke_async(), version.invoke_async()

    lambda_events.advance(4)

    assert outcomes(waiting) == ["throttled"] * 3
    assert outcomes(served) == ["success"]


@pytest.mark.rule("CON-30")
@pytest.mark.parametrize("reserved", [0, 1])
def test_an_event_is_accepted_whatever_the_concurrency(lambda_events: LambdaEvents, reserved: int) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=reserved)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(1)

    response = lambda_events.client("lambda").invoke(FunctionName="work", InvocationType="Event")

    assert response["StatusCode"] == 202


@pytest.mark.rule("CON-31")
@pytest.mark.scenario("CON C3")
def test_a_throttled_event_runs_at_its_next_attempt_and_not_when_the_unit_is_freed(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(0.5)

    event = function.invoke_async()
    lambda_events.run_until_idle()

    assert starts(event) == [0.5, 1.5, 3.5, 7.5, 15.5]
    assert outcomes(event) == ["throttled"] * 4 + ["success"]


@pytest.mark.rule("CON-32")
def test_all_events_behind_a_busy_function_run_in_the_end(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=30, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 22})
    events = [function.invoke_async({"seconds": 0.1}) for _ in range(9)]

    lambda_events.run_until_idle()

    assert [event.condition for event in events] == ["Success"] * 9


@pytest.mark.rule("CON-33")
def test_a_call_in_progress_throttles_events(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    event = function.invoke_async()

    # The event has been accepted, but nothing is tried before time moves: the call takes the unit first.
    response = function.invoke({"seconds": 10})
    lambda_events.run_until_idle()

    assert (response.payload, starts(event)) == ("done", [0, 1, 3, 7, 15])


@pytest.mark.rule("CON-34")
@pytest.mark.scenario("CON C9")
def test_an_attempt_in_progress_is_not_cut_by_a_lower_reservation(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=30, reserved_concurrent_executions=1)
    event = function.invoke_async({"seconds": 20})
    lambda_events.advance(10)
    function.update(reserved_concurrent_executions=0)

    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds) == ("Success", 20)
    assert event.history[-1].detail["attempts"] == 1


@pytest.mark.rule("CON-35")
@pytest.mark.parametrize(
    ("before", "after", "condition"),
    [(0, 1, "Success"), (1, 0, "ZeroReservedConcurrency")],
    ids=["raised", "lowered"],
)
def test_zero_concurrency_is_judged_when_the_event_is_taken_from_the_queue(
    lambda_events: LambdaEvents, before: int, after: int, condition: str
) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=before)
    event = function.invoke_async()
    function.update(reserved_concurrent_executions=after)

    lambda_events.run_until_idle()

    assert event.condition == condition


@pytest.mark.rule("CON-36")
@pytest.mark.scenario("CON C7")
def test_a_retry_that_meets_zero_concurrency_ends_its_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=1)
    event = function.invoke_async({"fails": True})
    lambda_events.advance(30)
    function.update(reserved_concurrent_executions=0)

    lambda_events.run_until_idle()

    assert starts(event) == [0]
    assert (event.condition, event.ended_after_seconds) == ("ZeroReservedConcurrency", 60)
    assert event.history[-1].detail["attempts"] == 1


@pytest.mark.rule("CON-35")
@pytest.mark.scenario("CON C8")
def test_an_event_stopped_by_zero_concurrency_does_not_come_back(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=0)
    lambda_events.advance(5)
    event = function.invoke_async()
    lambda_events.advance(5)
    function.update(reserved_concurrent_executions=1)

    lambda_events.run_until_idle()

    assert (event.attempts, event.condition, event.ended_after_seconds) == ([], "ZeroReservedConcurrency", 5)


@pytest.mark.rule("CON-50")
def test_an_attempt_that_ends_makes_room_for_one_due_at_the_same_instant(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 3})
    event = function.invoke_async()

    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == ([0, 1, 3], ["throttled", "throttled", "success"])


@pytest.mark.rule("CON-50")
def test_a_timeout_makes_room_for_an_event_due_at_the_same_instant(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=3, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 10})
    event = function.invoke_async()

    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == ([0, 1, 3], ["throttled", "throttled", "success"])


@pytest.mark.rule("CON-50")
@pytest.mark.parametrize(("timeout", "seconds"), [(20, 3), (3, 10)], ids=["end", "timeout"])
def test_room_is_made_also_for_an_event_that_was_scheduled_before(
    lambda_events: LambdaEvents, timeout: int, seconds: float
) -> None:
    function = lambda_events.function(work, timeout=timeout, reserved_concurrent_executions=1)
    event = function.invoke_async({"fails": True})
    lambda_events.advance(57)
    function.invoke_async({"seconds": seconds})

    lambda_events.run(until=60)

    assert (starts(event), outcomes(event)) == ([0, 60], ["function_error", "function_error"])


@pytest.mark.rule("CON-50")
def test_events_due_at_one_instant_are_tried_in_order_of_due_time_then_acceptance(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 6})
    early, late = function.invoke_async({"seconds": 1}), function.invoke_async({"seconds": 1})

    lambda_events.run_until_idle()

    assert (starts(early), starts(late)) == ([0, 1, 3, 7], [0, 1, 3, 7, 15])


@pytest.mark.rule("CON-51")
def test_attempts_that_take_no_time_never_throttle_each_other(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=1)
    events = [function.invoke_async() for _ in range(20)]

    lambda_events.run_until_idle()

    assert {attempt.outcome for attempt in function.attempts} == {"success"}
    assert {event.ended_after_seconds for event in events} == {0}


@pytest.mark.scenario("CON C5")
def test_two_units_serve_two_events_and_the_third_backs_off(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=2)
    events = [function.invoke_async({"seconds": 5}) for _ in range(3)]

    lambda_events.run_until_idle()

    assert [starts(event) for event in events] == [[0], [0], [0, 1, 3, 7]]


@pytest.mark.scenario("CON C6")
def test_without_a_reservation_all_events_start_at_the_same_time(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20)
    events = [function.invoke_async({"seconds": 5}) for _ in range(3)]

    lambda_events.run_until_idle()

    assert [(starts(event), event.ended_after_seconds) for event in events] == [([0], 5)] * 3


@pytest.mark.scenario("CON C10")
def test_an_event_without_retries_that_is_throttled_ends_by_its_age(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(
        work,
        timeout=120,
        reserved_concurrent_executions=1,
        maximum_retry_attempts=0,
        maximum_event_age_in_seconds=60,
    )
    function.invoke_async({"seconds": 100})
    event = function.invoke_async()

    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds) == ("EventAgeExceeded", 31)


@pytest.mark.rule("CON-03")
@pytest.mark.scenario("CON C11")
def test_a_busy_version_throttles_latest(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    function.publish_version().invoke_async({"seconds": 10})

    event = function.invoke_async()
    lambda_events.advance(0)

    assert outcomes(event) == ["throttled"]
