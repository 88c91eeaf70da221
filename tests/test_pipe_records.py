"""PIP-03 to PIP-06: the records of a pipe, filters, and input templates."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from pipe_stories import ARN, ROLE, body_of, create, of_stream, succeed

from pytest_lambda_events import LambdaEvents

KINESIS_MEMBERS = [
    "kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp", "eventSource",
    "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN",
]  # fmt: skip


@pytest.mark.rule("PIP-03", "PIP-04")
@pytest.mark.scenario("EVB E26")
def test_a_function_gets_a_list_also_of_one_message(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)

    orders.send({"order_id": 1}, message_attributes={"kind": "new"})
    lambda_events.run_until_idle()

    [attempt] = fn.attempts
    [record] = attempt.event
    assert list(record) == [
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfMessageAttributes", "md5OfBody",
        "eventSource", "eventSourceARN", "awsRegion",
    ]  # fmt: skip
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ('{"order_id": 1}', "aws:sqs", orders.arn)
    assert record["messageAttributes"]["kind"]["stringValue"] == "new"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


@pytest.mark.rule("PIP-03", "PIP-04")
def test_a_record_of_kinesis_is_flat(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream())

    clicks.put("hello", partition_key="a")
    lambda_events.run_until_idle()

    [attempt] = fn.attempts
    [record] = attempt.event
    assert list(record) == KINESIS_MEMBERS
    assert (base64.b64decode(record["data"]), record["partitionKey"], record["eventName"]) == (
        b"hello", "a", "aws:kinesis:record",
    )  # fmt: skip
    assert record["eventID"] == f"shardId-000000000000:{record['sequenceNumber']}"
    assert (record["invokeIdentityArn"], record["eventSourceARN"]) == (ROLE, clicks.arn)
    assert record["approximateArrivalTimestamp"] == 1_767_225_600


@pytest.mark.rule("PIP-03", "PIP-04")
def test_a_record_of_dynamodb_is_that_of_lambda(lambda_events: LambdaEvents) -> None:
    table, fn = (
        lambda_events.table("orders", partition_key="id", stream_view_type="NEW_IMAGE"),
        lambda_events.function(succeed),
    )
    start = {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON"}}
    create(lambda_events, str(table.stream_arn), fn.arn, SourceParameters=start)

    table.put_item({"id": "1", "total": 5})
    lambda_events.run_until_idle()

    [attempt] = fn.attempts
    [record] = attempt.event
    assert (record["eventName"], record["eventSource"]) == ("INSERT", "aws:dynamodb")
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "1"}, "total": {"N": "5"}}
    assert record["eventSourceARN"] == table.stream_arn


@pytest.mark.rule("PIP-05")
def test_messages_that_match_no_filter_are_deleted(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    filters = {"FilterCriteria": {"Filters": [{"Pattern": '{"body":{"keep":[true]}}'}]}}
    create(lambda_events, orders.arn, fn.arn, SourceParameters=filters)

    orders.send({"keep": True})
    orders.send({"keep": False})
    lambda_events.run_until_idle()

    assert [[body_of(record) for record in attempt.event] for attempt in fn.attempts] == [[{"keep": True}]]
    assert orders.messages == []
    balance = lambda_events.balance_sheet()
    assert (balance.processed, balance.filtered) == (1, 1)


@pytest.mark.rule("PIP-05")
def test_filters_read_the_data_and_the_members_of_kinesis_records(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    pattern = '{"data":{"kind":["order"]},"partitionKey":["a"]}'
    parameters = {**of_stream(), "FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=parameters)

    clicks.put({"kind": "order"}, partition_key="a")
    clicks.put({"kind": "order"}, partition_key="b")
    clicks.put({"kind": "click"}, partition_key="a")
    lambda_events.run_until_idle()

    assert [[record["partitionKey"] for record in attempt.event] for attempt in fn.attempts] == [["a"]]


def received(lambda_events: LambdaEvents, template: str, body: Any, **members: Any) -> Any:
    """Returns what a function receives for one message with this body."""
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, TargetParameters={"InputTemplate": template}, **members)
    orders.send(body)
    lambda_events.run_until_idle()
    return [attempt.event for attempt in fn.attempts]


@pytest.mark.rule("PIP-06")
@pytest.mark.parametrize(
    ("template", "body", "expected"),
    [
        ('{"marker": <$.body.marker>}', {"marker": "m"}, {"marker": "m"}),
        ('{"marker": "<$.body.marker>"}', {"marker": "m"}, {"marker": "m"}),
        ('{"text": "n=<$.body.n>!"}', {"n": 1.50}, {"text": "n=1.5!"}),
        ('{"all": <$.body>}', {"a": [1, {"b": None}]}, {"all": {"a": [1, {"b": None}]}}),
        ("<$.body>", {"a": 1}, {"a": 1}),
        ("<$.body>", "plain text", "plain text"),
        ('{"second": <$.body.items[1].id>}', {"items": [{"id": 1}, {"id": 2}]}, {"second": 2}),
        ('{"ids": <$.body.items[*].id>}', {"items": [{"id": 1}, {"id": 2}]}, {"ids": [1, 2]}),
        ('{"nothing": <$.body.missing>}', {"a": 1}, {"nothing": ""}),
        ('{"fixed": 1}', {"a": 1}, {"fixed": 1}),
        ('"order <$.body.id>"', {"id": "A1"}, "order A1"),
        ('{"source": "<$.eventSource>"}', "x", {"source": "aws:sqs"}),
    ],
)
def test_a_template_builds_each_record(lambda_events: LambdaEvents, template: str, body: Any, expected: Any) -> None:
    assert received(lambda_events, template, body) == [[expected]]


@pytest.mark.rule("PIP-06")
def test_a_template_knows_the_pipe(lambda_events: LambdaEvents) -> None:
    template = (
        '{"arn": <aws.pipes.pipe-arn>, "name": "<aws.pipes.pipe-name>", "source": <aws.pipes.source-arn>, '
        '"target": <aws.pipes.target-arn>, "at": <aws.pipes.event.ingestion-time>, "enrichment": <aws.pipes.enrichment-arn>}'
    )

    [[event]] = received(lambda_events, template, "m1")

    assert event == {
        "arn": ARN, "name": "orders-pipe", "source": "arn:aws:sqs:us-east-1:123456789012:orders",
        "target": "arn:aws:lambda:us-east-1:123456789012:function:succeed", "at": "2026-01-01T00:00:00.000Z",
        "enrichment": "",
    }  # fmt: skip


@pytest.mark.rule("PIP-06")
def test_the_event_is_as_received_or_decoded(lambda_events: LambdaEvents) -> None:
    template = '{"received": <aws.pipes.event>, "decoded": <aws.pipes.event.json>}'

    [[shown]] = received(lambda_events, template, {"a": 1})

    assert (shown["received"]["body"], shown["decoded"]["body"]) == ('{"a": 1}', {"a": 1})
    assert shown["received"]["messageId"] == shown["decoded"]["messageId"]


@pytest.mark.rule("PIP-06")
def test_a_template_reads_the_decoded_data_of_kinesis(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    template = '{"id": <$.data.id>, "key": <$.partitionKey>}'
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(), TargetParameters={"InputTemplate": template})

    clicks.put({"id": 1}, partition_key="a")
    clicks.put({"id": 2}, partition_key="b")
    lambda_events.run_until_idle()

    assert [attempt.event for attempt in fn.attempts] == [[{"id": 1, "key": "a"}, {"id": 2, "key": "b"}]]


@pytest.mark.rule("PIP-06")
def test_the_enrichment_and_the_target_have_templates_of_their_own(lambda_events: LambdaEvents) -> None:
    def enrich(event: Any, context: Any) -> Any:
        return [{"total": one["n"] * 2} for one in event]

    orders, fn, enrichment = (
        lambda_events.queue("orders"), lambda_events.function(succeed), lambda_events.function(enrich),
    )  # fmt: skip
    create(
        lambda_events, orders.arn, fn.arn, Enrichment=enrichment.arn,
        EnrichmentParameters={"InputTemplate": '{"n": <$.body.n>}'}, TargetParameters={"InputTemplate": '{"t": <$.total>}'},
    )  # fmt: skip

    orders.send({"n": 2})
    lambda_events.run_until_idle()

    assert [attempt.event for attempt in enrichment.attempts] == [[{"n": 2}]]
    assert [attempt.event for attempt in fn.attempts] == [[{"t": 4}]]


@pytest.mark.rule("PIP-06")
def test_without_a_template_the_text_of_a_record_does_not_change(lambda_events: LambdaEvents) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target")
    create(lambda_events, orders.arn, target.arn)

    orders.send('{"price": 1.50, "name": "Zoë"}')
    lambda_events.run_until_idle()

    [message] = target.messages
    record = json.loads(message.body)
    assert record["body"] == '{"price": 1.50, "name": "Zoë"}'
    assert message.body.startswith('{"messageId":"')
    assert "Zoë" in message.body


@pytest.mark.rule("PIP-06")
def test_a_text_that_is_not_json_is_refused_by_a_function(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, TargetParameters={"InputTemplate": "order <$.body.id>"})

    orders.send({"id": 1})
    lambda_events.advance(1)

    assert (fn.attempts, len(orders.messages)) == ([], 1)
    assert "InvalidRequestContentException" in lambda_events.journal.timeline()
