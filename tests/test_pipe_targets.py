"""PIP-07, PIP-08, PIP-0C: enrichments and targets of pipes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pipe_stories import NAME, ROLE, body_of, create, described, fail, of_stream, results, succeed

from pytest_lambda_events import Function, LambdaEvents, NotSimulatedError

ACCOUNT = "123456789012"
TEMPLATE = {"InputTemplate": '{"id": <$.body.id>}'}


def returning(lambda_events: LambdaEvents, response: Any) -> Function:
    """Returns an enrichment that returns `response`."""
    return lambda_events.function(lambda event, context: response, name="enrich")


@pytest.mark.rule("PIP-07")
@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        ({"a": 1}, [{"a": 1}]),
        ([{}], [{}]),
        (["text"], ["text"]),
        ([0], [0]),
    ],
)
def test_the_answer_of_the_enrichment_replaces_the_batch(lambda_events: LambdaEvents, response: Any, expected: Any) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, Enrichment=returning(lambda_events, response).arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert [attempt.event for attempt in fn.attempts] == [expected]
    assert orders.messages == []


@pytest.mark.rule("PIP-07")
@pytest.mark.scenario("EVB E27")
@pytest.mark.parametrize("response", ["", {}, [], None])
def test_an_empty_answer_of_the_enrichment_ends_the_batch(lambda_events: LambdaEvents, response: Any) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, Enrichment=returning(lambda_events, response).arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert (fn.attempts, orders.messages) == ([], [])
    assert lambda_events.balance_sheet().processed == 1


@pytest.mark.rule("PIP-07")
def test_the_enrichment_gets_a_list_and_the_target_its_answer(lambda_events: LambdaEvents) -> None:
    def enrich(event: Any, context: Any) -> Any:
        return [{**body_of(record), "vip": True} for record in event]

    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, Enrichment=lambda_events.function(enrich).arn)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    assert [attempt.event for attempt in fn.attempts] == [[{"id": 1, "vip": True}, {"id": 2, "vip": True}]]


@pytest.mark.rule("PIP-07")
@pytest.mark.parametrize(("count", "sent"), [(10, 10), (11, 0)])
def test_a_longer_list_than_the_target_receives_fails(lambda_events: LambdaEvents, count: int, sent: int) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target")
    create(lambda_events, orders.arn, target.arn, Enrichment=returning(lambda_events, [{"n": 1}] * count).arn)

    orders.send("m1")
    lambda_events.advance(1)

    assert (len(target.messages), len(orders.messages)) == (sent, 0 if sent else 1)


@pytest.mark.rule("PIP-08")
@pytest.mark.parametrize("parameters", [{}, {"LambdaFunctionParameters": {"InvocationType": "REQUEST_RESPONSE"}}])
def test_a_function_is_called_and_its_response_counts(lambda_events: LambdaEvents, parameters: Any) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(fail)
    create(lambda_events, orders.arn, fn.arn, TargetParameters=parameters)

    orders.send("m1")
    lambda_events.advance(1)

    assert (fn.events, len(fn.attempts), len(orders.messages)) == ([], 1, 1)


@pytest.mark.rule("PIP-08")
def test_fire_and_forget_ends_when_lambda_has_accepted_the_event(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(fail)
    parameters = {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    create(lambda_events, orders.arn, fn.arn, TargetParameters=parameters)

    orders.send({"id": 1})
    lambda_events.advance(1)
    left = orders.messages
    lambda_events.run_until_idle()

    [event] = fn.events
    assert left == []
    assert ([body_of(record) for record in event.payload], event.source_service) == ([{"id": 1}], "pipes orders-pipe")
    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]


@pytest.mark.rule("PIP-0E")
def test_a_queue_receives_a_message_for_each_record(lambda_events: LambdaEvents) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target")
    create(lambda_events, orders.arn, target.arn, TargetParameters=TEMPLATE)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    assert [message.body for message in target.messages] == ['{"id": 1}', '{"id": 2}']
    assert orders.messages == []


@pytest.mark.rule("PIP-0F")
def test_a_fifo_queue_gets_the_group_that_a_path_selects(lambda_events: LambdaEvents) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target.fifo")
    own = {"MessageGroupId": "$.body.customer", "MessageDeduplicationId": "$.messageId"}
    create(lambda_events, orders.arn, target.arn, TargetParameters={**TEMPLATE, "SqsQueueParameters": own})

    orders.send({"id": 1, "customer": "a"}, {"id": 1, "customer": "b"})
    lambda_events.run_until_idle()

    received = lambda_events.client("sqs").receive_message(
        QueueUrl=target.url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
    )
    groups = [(message["Body"], message["Attributes"]["MessageGroupId"]) for message in received["Messages"]]
    assert groups == [('{"id": 1}', "a"), ('{"id": 1}', "b")]


@pytest.mark.rule("PIP-0E")
def test_a_topic_publishes_a_message_for_each_record(lambda_events: LambdaEvents) -> None:
    orders, topic, inbox = lambda_events.queue("orders"), lambda_events.topic("topic"), lambda_events.queue("inbox")
    topic.subscribe(inbox, raw_message_delivery=True)
    create(lambda_events, orders.arn, topic.arn, TargetParameters=TEMPLATE)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    assert [message.body for message in inbox.messages] == ['{"id": 1}', '{"id": 2}']


@pytest.mark.rule("PIP-0E", "PIP-0F")
@pytest.mark.parametrize(("key", "expected"), [("$.body.customer", ["a", "b"]), ("fixed", ["fixed", "fixed"])])
def test_a_stream_gets_records_with_a_partition_key(lambda_events: LambdaEvents, key: str, expected: list[str]) -> None:
    orders, stream = lambda_events.queue("orders"), lambda_events.stream("target")
    fn = lambda_events.function(succeed)
    fn.add_event_source(stream, starting_position="TRIM_HORIZON")
    own = {"KinesisStreamParameters": {"PartitionKey": key}}
    create(lambda_events, orders.arn, stream.arn, TargetParameters={**TEMPLATE, **own})

    orders.send({"id": 1, "customer": "a"}, {"id": 2, "customer": "b"})
    lambda_events.run_until_idle()

    records = [record["kinesis"] for batch in fn.batches for record in batch.records]
    assert [record["partitionKey"] for record in records] == expected
    assert [data for batch in fn.batches for data in batch.data] == [{"id": 1}, {"id": 2}]


@pytest.mark.rule("PIP-0F")
def test_an_event_bus_gets_an_event_for_each_record(lambda_events: LambdaEvents) -> None:
    orders, bus = lambda_events.queue("orders"), lambda_events.event_bus("shop")
    create(lambda_events, orders.arn, bus.arn, TargetParameters=TEMPLATE)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    [event] = bus.events
    assert (event["source"], event["detail-type"], event["detail"]) == ("Pipe orders-pipe", "Event from aws:sqs", {"id": 1})


@pytest.mark.rule("PIP-0F")
def test_the_parameters_of_an_event_bus_are_texts_or_paths(lambda_events: LambdaEvents) -> None:
    orders, bus = lambda_events.queue("orders"), lambda_events.event_bus("shop")
    own = {
        "Source": "shop.orders", "DetailType": "$.body.kind", "Resources": ["$.body.arn"], "Time": "$.body.at",
    }  # fmt: skip
    create(lambda_events, orders.arn, bus.arn, TargetParameters={**TEMPLATE, "EventBridgeEventBusParameters": own})

    orders.send({"id": 1, "kind": "created", "arn": "arn:aws:s3:::orders", "at": "2026-03-01T10:00:00Z"})
    lambda_events.run_until_idle()

    [event] = bus.events
    assert (event["source"], event["detail-type"], event["resources"], event["time"]) == (
        "shop.orders", "created", ["arn:aws:s3:::orders"], "2026-03-01T10:00:00Z",
    )  # fmt: skip


@pytest.mark.rule("PIP-0F")
def test_a_log_group_gets_a_log_event_for_each_record(lambda_events: LambdaEvents) -> None:
    orders, logs = lambda_events.queue("orders"), lambda_events.client("logs")
    logs.create_log_group(logGroupName="/orders")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/orders"
    own = {"LogStreamName": "$.body.stream", "Timestamp": "$.attributes.SentTimestamp"}
    create(lambda_events, orders.arn, arn, TargetParameters={**TEMPLATE, "CloudWatchLogsParameters": own})

    orders.send({"id": 1, "stream": "a"}, {"id": 2, "stream": "a"})
    lambda_events.run_until_idle()
    orders.send({"id": 3, "stream": "a"})
    lambda_events.run_until_idle()

    events = logs.get_log_events(logGroupName="/orders", logStreamName="a")["events"]
    assert [event["message"] for event in events] == ['{"id": 1}', '{"id": 2}', '{"id": 3}']
    assert {event["timestamp"] for event in events} == {1_767_225_600_000}


@pytest.mark.rule("PIP-0E")
def test_a_log_event_that_is_too_old_stays_in_the_queue(lambda_events: LambdaEvents) -> None:
    orders, group = lambda_events.queue("orders"), lambda_events.log_group("/orders")
    own = {"LogStreamName": "a", "Timestamp": "$.body.at"}
    create(lambda_events, orders.arn, group.arn, TargetParameters={**TEMPLATE, "CloudWatchLogsParameters": own})

    orders.send({"id": 1, "at": "1000"})
    lambda_events.advance(1)

    assert (group.messages, len(orders.messages)) == ([], 1)


@pytest.mark.rule("PIP-0E")
def test_records_that_a_target_refuses_stay_in_the_queue(lambda_events: LambdaEvents) -> None:
    orders, bus = lambda_events.queue("orders"), lambda_events.event_bus("shop")
    create(lambda_events, orders.arn, bus.arn, TargetParameters={"InputTemplate": "<$.body>"})

    orders.send({"id": 1}, "plain text")
    lambda_events.advance(1)

    assert [event["detail"] for event in bus.events] == [{"id": 1}]
    assert [message.body for message in orders.messages] == ["plain text"]
    assert [reason for *_, reason in results(lambda_events)] == ["target shop: MalformedDetail: Detail is malformed."]


@pytest.mark.rule("PIP-0C", "PIP-02")
@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Source": f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/c/1"}, "A pipe whose source is not a queue"),
        ({"Source": f"arn:aws:mq:us-east-1:{ACCOUNT}:broker:b:1"}, "A pipe whose source is not a queue"),
        ({"Source": "smk://kafka.example.com:9092"}, "A pipe whose source is not a queue"),
        ({"Target": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:s"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:events:us-east-1:{ACCOUNT}:api-destination/d/1"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/c"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:batch:us-east-1:{ACCOUNT}:job-queue/q"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:redshift:us-east-1:{ACCOUNT}:cluster:c"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/p"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:timestream:us-east-1:{ACCOUNT}:database/d/table/t"}, "A target of a pipe other than"),
        ({"Target": f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/d"}, "A target of a pipe other than"),
        (
            {"TargetParameters": {"EventBridgeEventBusParameters": {"EndpointId": "abcde.veo"}}},
            "A target of a pipe other than",
        ),
        ({"Enrichment": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:s"}, "The enrichment of a pipe by something else"),
        ({"Enrichment": f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a/s/GET/"}, "The enrichment of a pipe by something else"),
    ],
)  # fmt: skip
def test_what_is_not_simulated_is_refused_by_name(lambda_events: LambdaEvents, members: Any, message: str) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)

    with pytest.raises(NotSimulatedError, match=message):
        lambda_events.client("pipes").create_pipe(
            **{"Name": NAME, "RoleArn": ROLE, "Source": orders.arn, "Target": fn.arn, **members}
        )


LOG_WARNING = (
    "Pipe 'orders-pipe' has a LogConfiguration. The plugin does not write this log. The journal has entries for each batch "
    "(PIP-0C)."
)


@pytest.mark.rule("PIP-0C")
@pytest.mark.parametrize(("level", "warnings"), [("OFF", 0), ("ERROR", 1), ("INFO", 1), ("TRACE", 1)])
def test_the_log_configuration_of_a_pipe_has_no_effect_but_a_warning(
    lambda_events: LambdaEvents, level: str, warnings: int
) -> None:
    orders, fn, logs = lambda_events.queue("orders"), lambda_events.function(succeed), lambda_events.log_group("/pipes/orders")
    configuration = {"Level": level, "CloudwatchLogsLogDestination": {"LogGroupArn": logs.arn}}

    create(lambda_events, orders.arn, fn.arn, LogConfiguration=configuration)
    orders.send("m1")
    lambda_events.run_until_idle()

    found = described(lambda_events)
    assert (found["CurrentState"], found["LogConfiguration"]["Level"], len(fn.attempts)) == ("RUNNING", level, 1)
    assert [entry.detail["message"] for entry in lambda_events.journal.warnings] == warnings * [LOG_WARNING]
    assert logs.messages == []


@pytest.mark.rule("PIP-0C")
def test_an_update_that_adds_a_log_configuration_warns_once(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)
    update = lambda_events.client("pipes").update_pipe

    update(Name=NAME, RoleArn=ROLE, LogConfiguration={"Level": "ERROR"})
    update(Name=NAME, RoleArn=ROLE, Description="again")

    assert [entry.function_name for entry in lambda_events.journal.warnings] == [f"pipes {NAME}"]


def test_an_update_to_another_kind_of_target_is_refused_by_name(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)

    with pytest.raises(NotSimulatedError, match="A target of a pipe other than"):
        lambda_events.client("pipes").update_pipe(
            Name=NAME, RoleArn=ROLE, Target=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:s"
        )


@pytest.mark.rule("PIP-0E")
def test_a_stream_feeds_a_queue_in_order(lambda_events: LambdaEvents) -> None:
    clicks, target = lambda_events.stream("clicks"), lambda_events.queue("target")
    template = {"InputTemplate": "<$.data>"}
    create(lambda_events, clicks.arn, target.arn, SourceParameters=of_stream(BatchSize=2), TargetParameters=template)

    for number in range(3):
        clicks.put({"n": number}, partition_key="a")
    lambda_events.run_until_idle()

    assert [json.loads(message.body) for message in target.messages] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert [failed for _, _, failed, _ in results(lambda_events)] == [(), ()]
    lambda_events.assert_no_data_lost()
