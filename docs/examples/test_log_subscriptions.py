from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent, event_source

from pytest_lambda_events import LambdaEvents, LambdaEventsError, LogGroup


def charge(event: Any, context: Any) -> None:
    print(json.dumps({"level": "INFO", "message": "started"}))
    print(json.dumps({"level": "ERROR", "message": f"no card for order {event['order']}"}))


@event_source(data_class=CloudWatchLogsEvent)
def alert(event: CloudWatchLogsEvent, context: Any) -> None:
    topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
    for log_event in event.parse_logs_data().log_events:
        boto3.client("sns").publish(TopicArn=topic, Message=json.loads(log_event.message)["message"])


def test_errors_of_a_function_become_alerts(lambda_events: LambdaEvents) -> None:
    alerts = lambda_events.topic("alerts")
    logs = lambda_events.log_group("/aws/lambda/charge")
    logs.subscribe(lambda_events.function(alert), filter_pattern='{ $.level = "ERROR" }')

    lambda_events.function(charge).invoke({"order": 7})
    lambda_events.run_until_idle()

    assert [message.body for message in alerts.messages] == ["no card for order 7"]


@pytest.fixture
def access_log(lambda_events: LambdaEvents) -> LogGroup:
    return lambda_events.log_group("/shop/access")


def test_fields_of_a_line_are_extracted(lambda_events: LambdaEvents, access_log: LogGroup) -> None:
    def count_errors(event: Any, context: Any) -> list[Any]:
        data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        return [log_event["extractedFields"] for log_event in data["logEvents"]]

    function = lambda_events.function(count_errors)
    access_log.subscribe(function, filter_pattern="[ip, user, ..., status = 5*, bytes]")

    access_log.put("10.0.0.1 ann [01/Jan/2026] GET 200 512", "10.0.0.2 bob [01/Jan/2026] GET 503 17")
    lambda_events.run_until_idle()

    [event] = function.events
    assert event.attempts[0].response == [{"ip": "10.0.0.2", "user": "bob", "status": "503", "bytes": "17"}]


def test_a_pattern_without_a_delivery(lambda_events: LambdaEvents, access_log: LogGroup) -> None:
    access_log.put("GET /health 200", "GET /orders 503", "POST /orders 200")

    found = lambda_events.client("logs").filter_log_events(logGroupName="/shop/access", filterPattern="GET -health")

    assert [event["message"] for event in found["events"]] == ["GET /orders 503"]


def test_a_function_that_reads_its_own_log_never_ends(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: None, name="audit")
    lambda_events.log_group("/aws/lambda/audit").subscribe(function)

    function.invoke_async({})
    with pytest.raises(LambdaEventsError, match="Endless loop of log deliveries"):
        lambda_events.run_until_idle()
