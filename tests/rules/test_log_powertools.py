"""Powertools' data classes and models parse what subscription filters deliver."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent, KinesisStreamEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import extract_cloudwatch_logs_from_event
from aws_lambda_powertools.utilities.parser import BaseModel, envelopes, parse
from aws_lambda_powertools.utilities.parser.models import CloudWatchLogsModel, KinesisDataStreamModel
from aws_lambda_powertools.utilities.parser.models.kinesis import (
    extract_cloudwatch_logs_from_event as models_of_event,
)

from pytest_lambda_events import Function, LambdaEvents, LogGroup


class Line(BaseModel):
    """What these tests log."""

    level: str
    order: int


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    """A function that does nothing."""
    return lambda_events.function(lambda event, context: None, name="listener")


@pytest.fixture
def group(lambda_events: LambdaEvents) -> LogGroup:
    return lambda_events.log_group("shop")


def event_of(function: Function) -> dict[str, Any]:
    [attempt] = function.attempts
    found: dict[str, Any] = attempt.event
    return found


@pytest.mark.rule("LOG-10", "LOG-11")
def test_powertools_reads_log_events(lambda_events: LambdaEvents, function: Function, group: LogGroup) -> None:
    group.subscribe(function, filter_pattern='{ $.level = "ERROR" }', name="errors")

    group.put({"level": "ERROR", "order": 7}, {"level": "INFO", "order": 8})
    lambda_events.run_until_idle()

    data = CloudWatchLogsEvent(event_of(function)).parse_logs_data()
    [one] = data.log_events
    assert (data.owner, data.log_group, data.log_stream) == ("123456789012", "shop", "test")
    assert (data.subscription_filters, data.message_type) == (["errors"], "DATA_MESSAGE")
    assert (one.message, len(one.get_id)) == ('{"level": "ERROR", "order": 7}', 56)
    assert not one.extracted_fields
    assert one.timestamp == round(lambda_events.now.timestamp() * 1000)
    model = CloudWatchLogsModel.model_validate(event_of(function)).awslogs.decoded_data
    assert (model.logEvents[0].id, model.logEvents[0].message) == (one.get_id, one.message)
    assert parse(event_of(function), model=Line, envelope=envelopes.CloudWatchLogsEnvelope) == [Line(level="ERROR", order=7)]


@pytest.mark.rule("LOG-12")
def test_powertools_reads_extracted_fields(lambda_events: LambdaEvents, function: Function, group: LogGroup) -> None:
    group.subscribe(function, filter_pattern="[ip, ..., status = 4*]")

    group.put("127.0.0.1 GET 404")
    lambda_events.run_until_idle()

    [one] = CloudWatchLogsEvent(event_of(function)).parse_logs_data().log_events
    assert one.extracted_fields == {"ip": "127.0.0.1", "status": "404"}


@pytest.mark.rule("LOG-07", "LOG-10")
def test_powertools_reads_log_events_of_a_stream(lambda_events: LambdaEvents, function: Function, group: LogGroup) -> None:
    stream = lambda_events.stream("logs")
    function.add_event_source(stream, starting_position="TRIM_HORIZON", batch_size=10)
    group.subscribe(stream)

    group.put("a", "b")
    lambda_events.run_until_idle()

    control, data = extract_cloudwatch_logs_from_event(KinesisStreamEvent(event_of(function)))
    models = models_of_event(KinesisDataStreamModel.model_validate(event_of(function)))
    assert (control.message_type, data.message_type) == ("CONTROL_MESSAGE", "DATA_MESSAGE")
    assert [one.message for one in data.log_events] == ["a", "b"]
    assert [one.messageType for one in models] == ["CONTROL_MESSAGE", "DATA_MESSAGE"]
