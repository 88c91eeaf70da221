"""ASY-90 to 92: a function that goes on invoking itself is stopped."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents

LIMIT = 16
TERMINATED = "RecursiveInvocationTerminated"


def invoke_itself(event: Any, context: Any) -> None:
    """Hands on to itself, up to the number of times that the event allows."""
    number = event["number"]
    if number < event["last"]:
        boto3.client("lambda").invoke(
            FunctionName=context.function_name,
            InvocationType="Event",
            Payload=json.dumps({"number": number + 1, "last": event["last"]}).encode(),
        )


@pytest.mark.rule("ASY-90", "ASY-91")
def test_a_chain_runs_sixteen_times_and_its_seventeenth_event_is_dropped(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(invoke_itself)
    function.invoke_async({"number": 1, "last": 100})

    lambda_events.run_until_idle()

    assert [attempt.event["number"] for attempt in function.attempts] == list(range(1, LIMIT + 1))
    assert [event.condition for event in function.events] == ["Success"] * LIMIT + [TERMINATED]


@pytest.mark.rule("ASY-91")
@pytest.mark.parametrize(
    ("last", "conditions"),
    [
        (LIMIT - 1, ["Success"] * (LIMIT - 1)),
        (LIMIT, ["Success"] * LIMIT),
        (LIMIT + 1, ["Success"] * LIMIT + [TERMINATED]),
    ],
    ids=["15", "16", "17"],
)
def test_sixteen_is_the_longest_chain(lambda_events: LambdaEvents, last: int, conditions: list[str]) -> None:
    function = lambda_events.function(invoke_itself)
    function.invoke_async({"number": 1, "last": last})

    lambda_events.run_until_idle()

    assert [event.condition for event in function.events] == conditions


@pytest.mark.rule("ASY-90", "ASY-91")
def test_a_function_that_allows_recursion_goes_on(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(invoke_itself)
    lambda_events.client("lambda").put_function_recursion_config(FunctionName="invoke_itself", RecursiveLoop="Allow")
    function.invoke_async({"number": 1, "last": 40})

    lambda_events.run_until_idle()

    assert [event.condition for event in function.events] == ["Success"] * 40


@pytest.mark.rule("ASY-90", "ASY-91")
def test_a_chain_of_synchronous_calls_is_refused_its_seventeenth(lambda_events: LambdaEvents) -> None:
    def call_itself(event: Any, context: Any) -> str:
        client = boto3.client("lambda")
        try:
            response = client.invoke(FunctionName=context.function_name, Payload=json.dumps(event + 1).encode())
        except client.exceptions.RecursiveInvocationException:
            return f"stopped at {event}"
        return str(json.loads(response["Payload"].read()))

    function = lambda_events.function(call_itself)

    response = function.invoke(1)

    assert response.payload == "stopped at 16"
    assert len(function.attempts) == LIMIT


@pytest.mark.rule("ASY-91")
def test_two_functions_that_invoke_each_other_are_counted_apart(lambda_events: LambdaEvents) -> None:
    def pass_on(event: Any, context: Any) -> None:
        other = {"ping": "pong", "pong": "ping"}[context.function_name]
        boto3.client("lambda").invoke(FunctionName=other, InvocationType="Event")

    ping = lambda_events.function(pass_on, name="ping")
    pong = lambda_events.function(pass_on, name="pong")
    ping.invoke_async()

    lambda_events.run_until_idle()

    assert (len(ping.attempts), len(pong.attempts)) == (LIMIT, LIMIT)
    assert (ping.events[-1].condition, pong.events[-1].condition) == (TERMINATED, "Success")


@pytest.mark.rule("ASY-91")
def test_invoking_many_others_is_not_recursion(lambda_events: LambdaEvents) -> None:
    def spread(event: Any, context: Any) -> None:
        client = boto3.client("lambda")
        for number in range(20):
            client.invoke(FunctionName="worker", InvocationType="Event", Payload=str(number).encode())

    lambda_events.function(spread, name="spread").invoke_async()
    worker = lambda_events.function(lambda event, context: event, name="worker")

    lambda_events.run_until_idle()

    assert [attempt.response for attempt in worker.attempts] == list(range(20))


@pytest.mark.rule("ASY-91")
def test_two_chains_of_one_function_are_counted_apart(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(invoke_itself)
    function.invoke_async({"number": 1, "last": LIMIT})
    function.invoke_async({"number": 1, "last": LIMIT})

    lambda_events.run_until_idle()

    assert [event.condition for event in function.events] == ["Success"] * LIMIT * 2


@pytest.mark.rule("ASY-91")
def test_retries_of_an_event_are_one_link_of_its_chain(lambda_events: LambdaEvents) -> None:
    def fail_after_passing_on(event: Any, context: Any) -> None:
        if event < 12:
            boto3.client("lambda").invoke(
                FunctionName=context.function_name, InvocationType="Event", Payload=str(event + 1).encode()
            )
        elif event == 12:
            raise ValueError("failed")

    function = lambda_events.function(fail_after_passing_on)
    function.invoke_async(1)

    lambda_events.run_until_idle()

    assert len(function.events) == 12
    assert [attempt.number for attempt in function.events[-1].attempts] == [1, 2, 3]
    assert function.events[-1].condition == "RetriesExhausted"


@pytest.mark.rule("ASY-91")
def test_the_trace_header_counts_the_links_of_the_chain(lambda_events: LambdaEvents) -> None:
    lineages: list[str] = []

    def note(event: Any, context: Any) -> None:
        lineages.append(os.environ["_X_AMZN_TRACE_ID"].partition("Lineage=")[2])
        invoke_itself(event, context)

    lambda_events.function(note, name="note").invoke_async({"number": 1, "last": 2})
    lambda_events.run_until_idle()

    first, second = (re.fullmatch(r"(\d+):([0-9a-f]{8}):(\d+)", lineage) for lineage in lineages)
    assert first is not None
    assert second is not None
    assert (first[1], first[3], second[1], second[3]) == ("1", "0", "2", "1")
    assert first[2] == second[2]


@pytest.mark.rule("ASY-91", "DST-33")
def test_functions_that_are_each_others_destination_stop(lambda_events: LambdaEvents) -> None:
    ping = lambda_events.function(lambda event, context: "ping", name="ping")
    pong = lambda_events.function(lambda event, context: "pong", name="pong", on_success=ping)
    ping.update(on_success=pong)

    ping.invoke_async()
    lambda_events.run_until_idle()

    assert (len(ping.attempts), len(pong.attempts)) == (16, 16)
    assert ping.events[-1].condition == "RecursiveInvocationTerminated"
