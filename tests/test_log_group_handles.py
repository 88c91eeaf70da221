"""Log groups in a test's hands: their messages, and the functions and streams that receive them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from log_groups import messages_of, received

from pytest_lambda_events import Function, LambdaEvents, LogGroup
from pytest_lambda_events.report.json_text import pretty


def take(event: Any, context: Any) -> None:
    pass


def charge(event: Any, context: Any) -> None:
    print(f"ERROR order {event['order']}")


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(take)


@pytest.fixture
def group(lambda_events: LambdaEvents) -> LogGroup:
    return lambda_events.log_group("shop")


def test_a_function_receives_what_matches(lambda_events: LambdaEvents, group: LogGroup, function: Function) -> None:
    group.subscribe(function, filter_pattern='{ $.level = "ERROR" }')

    group.put({"level": "ERROR", "order": 7}, {"level": "INFO"}, "text")
    lambda_events.run_until_idle()

    assert messages_of(function) == [['{"level": "ERROR", "order": 7}']]
    assert group.messages == ['{"level": "ERROR", "order": 7}', '{"level": "INFO"}', "text"]


def test_the_log_of_a_function_has_a_handle(lambda_events: LambdaEvents, function: Function) -> None:
    own = lambda_events.log_group("/aws/lambda/charge")
    own.subscribe(function, filter_pattern="ERROR")

    lambda_events.function(charge).invoke({"order": 7})
    lambda_events.run_until_idle()

    assert messages_of(function) == [["ERROR order 7\n"]]
    assert "ERROR order 7\n" in lambda_events.log_groups["/aws/lambda/charge"].messages
    assert set(lambda_events.log_groups) == {"/aws/lambda/charge", "/aws/lambda/take"}


def test_filters_have_names(lambda_events: LambdaEvents, group: LogGroup, function: Function) -> None:
    group.subscribe(function)
    group.subscribe(function, filter_pattern="WARN", name="warnings")
    group.subscribe(function, filter_pattern="ERROR")
    group.subscribe(function, filter_pattern="WARNING", name="warnings")

    found = lambda_events.client("logs").describe_subscription_filters(logGroupName="shop")["subscriptionFilters"]
    assert [(one["filterName"], one["filterPattern"]) for one in found] == [
        ("filter-1", ""), ("filter-2", "ERROR"), ("warnings", "WARNING")
    ]  # fmt: skip


def test_a_stream_receives_log_events(lambda_events: LambdaEvents, group: LogGroup) -> None:
    stream = lambda_events.stream("logs")
    group.subscribe(stream)

    group.put("a", "b")

    control, data = [json.loads(gzip.decompress(record.data)) for record in stream.records]
    assert control["messageType"] == "CONTROL_MESSAGE"
    assert [event["message"] for event in data["logEvents"]] == ["a", "b"]


def test_log_events_have_a_log_stream(lambda_events: LambdaEvents, group: LogGroup, function: Function) -> None:
    group.subscribe(function)

    group.put("a", log_stream="one")
    lambda_events.advance(1)
    group.put("b", log_stream="one-two")
    group.put("c", log_stream="one")
    group.put()
    lambda_events.run_until_idle()

    assert [data["logStream"] for data in received(function)] == ["one", "one-two", "one"]
    assert group.messages[0] == "a"
    assert sorted(group.messages) == ["a", "b", "c"]


def test_a_log_group_can_be_deleted(lambda_events: LambdaEvents, group: LogGroup) -> None:
    assert (group.arn, repr(group)) == ("arn:aws:logs:us-east-1:123456789012:log-group:shop", "<LogGroup shop>")

    group.delete()

    assert "shop" not in lambda_events.log_groups


def test_the_timeline_shows_the_messages_of_an_event(lambda_events: LambdaEvents, group: LogGroup, function: Function) -> None:
    group.subscribe(function)

    group.put("ERROR größer", "no stock")
    lambda_events.run_until_idle()

    assert 'accepted    ["ERROR größer", "no stock"] from logs shop' in str(lambda_events.journal.timeline())


def test_a_report_shows_the_data_of_an_event(lambda_events: LambdaEvents, group: LogGroup, function: Function) -> None:
    group.subscribe(function)

    group.put("ERROR order 7")
    lambda_events.run_until_idle()

    [event] = function.events
    shown = json.loads(pretty(json.dumps(event.payload)))
    assert shown["awslogs"]["data"]["logEvents"][0]["message"] == "ERROR order 7"


@pytest.mark.parametrize("data", ["H4sIAAAA", "no base64!", "e30=", ""])
def test_a_report_shows_other_data_unchanged(lambda_events: LambdaEvents, function: Function, data: str) -> None:
    event = {"awslogs": {"data": data}}

    function.invoke_async(event)
    lambda_events.run_until_idle()

    assert json.loads(pretty(json.dumps(event))) == event
    assert json.dumps(event) in str(lambda_events.journal.timeline())
