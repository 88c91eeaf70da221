"""Notifications of buckets: what S3 refuses, its test message, and the handle's `add_notification`."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import S3Event
from aws_lambda_powertools.utilities.parser.models import S3Model
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, LambdaEventsError

CREATED = ["s3:ObjectCreated:*"]


def index(event: Any, context: Any) -> None:
    """Receives the events of objects."""


def configure(arn: str, *configurations: dict[str, Any]) -> None:
    made = [{"QueueArn": arn, "Events": CREATED, **one} for one in configurations]
    boto3.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"QueueConfigurations": made}
    )


def filtered(*rules: tuple[str, str]) -> dict[str, Any]:
    return {"Filter": {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules]}}}


@pytest.mark.rule("PSH-50", "PSH-53")
@pytest.mark.scenario("PSH S29")
def test_an_upload_starts_a_function(lambda_events: LambdaEvents) -> None:
    uploads, function = lambda_events.bucket("uploads"), lambda_events.function(index)
    uploads.add_notification(function, events=CREATED, prefix="in/", suffix=".pdf")

    uploads.put_object("in/page 1.pdf", b"...")
    uploads.put_object("in/page 1.txt", b"...")
    uploads.put_object("out/page 1.pdf", b"...")
    lambda_events.run_until_idle()

    [event] = function.events
    assert event.payload["Records"][0]["s3"]["object"]["key"] == "in/page+1.pdf"
    assert event.source_service == "s3 uploads"
    assert next(S3Event(event.payload).records).s3.get_object.key == "in/page+1.pdf"
    assert S3Model(**event.payload).Records[0].eventName == "ObjectCreated:Put"
    assert "from s3 uploads" in lambda_events.journal.timeline()


@pytest.mark.rule("PSH-68")
@pytest.mark.scenario("PSH S34")
def test_a_prefix_is_decoded_like_a_form(lambda_events: LambdaEvents) -> None:
    uploads, function = lambda_events.bucket("uploads"), lambda_events.function(index)
    uploads.add_notification(function, events=CREATED, prefix="my+dir/")

    uploads.put_object("my dir/1", b"")
    uploads.put_object("my+dir/1", b"")
    lambda_events.run_until_idle()

    assert [event.payload["Records"][0]["s3"]["object"]["key"] for event in function.events] == ["my+dir/1"]


@pytest.mark.rule("PSH-62")
@pytest.mark.scenario("PSH S35")
def test_a_queue_and_a_topic_receive_a_test_message_for_each_new_configuration(lambda_events: LambdaEvents) -> None:
    uploads, queue, topic = lambda_events.bucket("uploads"), lambda_events.queue("orders"), lambda_events.topic("changes")

    uploads.add_notification(queue, events=CREATED)
    uploads.add_notification(topic, events=["s3:ObjectRemoved:*"])

    bodies = [json.loads(message.body) for message in queue.messages]
    assert [list(body) for body in bodies] == [["Service", "Event", "Time", "Bucket", "RequestId", "HostId"]] * 2
    assert (bodies[0]["Event"], bodies[0]["Time"]) == ("s3:TestEvent", "2026-01-01T00:00:00.000Z")
    assert " " not in queue.messages[0].body.replace("Amazon S3", "")
    assert [json.loads(message.body)["Event"] for message in topic.messages] == ["s3:TestEvent"]


@pytest.mark.rule("PSH-62")
def test_a_function_receives_no_test_message(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(index)

    lambda_events.bucket("uploads").add_notification(function, events=CREATED)
    lambda_events.run_until_idle()

    assert function.events == []


@pytest.mark.rule("PSH-66", "PSH-67")
@pytest.mark.parametrize(
    ("configurations", "message"),
    [
        (
            [{"Id": "a", **filtered(("prefix", "a"))}, {"Id": "a", **filtered(("prefix", "b"))}],
            "Same ID used for multiple configurations. IDs must be unique.",
        ),
        ([filtered(("Prefix", "a"), ("prefix", "b"))], "Cannot specify more than one prefix rule in a filter."),
        ([filtered(("suffix", "a"), ("SUFFIX", "b"))], "Cannot specify more than one suffix rule in a filter."),
        ([filtered(("name", "a"))], "filter rule name must be either prefix or suffix"),
        ([filtered(("prefix", "x" * 1025))], "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation"),
    ],
    ids=["ids", "prefixes", "suffixes", "name", "size"],
)
def test_configurations_that_are_refused(lambda_events: LambdaEvents, configurations: Any, message: str) -> None:
    lambda_events.bucket("uploads")

    with pytest.raises(ClientError) as caught:
        configure(lambda_events.queue("orders").arn, *configurations)

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidArgument", message)


@pytest.mark.rule("PSH-67")
def test_a_filter_value_of_1024_bytes_is_accepted(lambda_events: LambdaEvents) -> None:
    lambda_events.bucket("uploads")

    configure(lambda_events.queue("orders").arn, filtered(("prefix", "x" * 1024)))


@pytest.mark.rule("PSH-65")
@pytest.mark.parametrize(("number", "is_refused"), [(100, False), (101, True)])
def test_a_bucket_has_at_most_100_configurations(lambda_events: LambdaEvents, number: int, is_refused: bool) -> None:
    lambda_events.bucket("uploads")
    configurations = [filtered(("prefix", f"{one}/")) for one in range(number)]

    if not is_refused:
        configure(lambda_events.queue("orders").arn, *configurations)
        return
    with pytest.raises(ClientError, match=r"InvalidRequest.*Too many configurations submitted. The maximum number .* is 100"):
        configure(lambda_events.queue("orders").arn, *configurations)


@pytest.mark.rule("PSH-60")
def test_a_fifo_topic_is_refused(lambda_events: LambdaEvents) -> None:
    lambda_events.bucket("uploads")
    arn = boto3.client("sns").create_topic(Name="changes.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]

    with pytest.raises(ClientError, match=r"InvalidArgument.*FIFO SNS topics are not supported"):
        boto3.client("s3").put_bucket_notification_configuration(
            Bucket="uploads", NotificationConfiguration={"TopicConfigurations": [{"TopicArn": arn, "Events": CREATED}]}
        )


@pytest.mark.rule("PSH-60")
def test_a_fifo_queue_is_refused(lambda_events: LambdaEvents) -> None:
    uploads = lambda_events.bucket("uploads")

    with pytest.raises(ClientError, match=r"InvalidArgument.*FIFO SQS queues are not supported"):
        uploads.add_notification(lambda_events.queue("orders.fifo"), events=CREATED)


@pytest.mark.rule("PSH-5D")
def test_a_notification_for_a_deleted_queue_is_lost(lambda_events: LambdaEvents) -> None:
    uploads, queue = lambda_events.bucket("uploads"), lambda_events.queue("orders")
    uploads.add_notification(queue, events=CREATED)
    queue.delete()

    uploads.put_object("a", b"")

    [dropped] = [entry for entry in lambda_events.journal if entry.kind == "push_dropped"]
    assert (dropped.detail["pushed_by"], dropped.detail["target"]) == ("s3 uploads", queue.arn)
    with pytest.raises(AssertionError, match="s3 uploads: an event for"):
        lambda_events.assert_no_data_lost()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"events": "s3:ObjectCreated:*"}, r"events='s3:ObjectCreated:\*' is not a list of event types"),
        ({"events": []}, r"events=\[\] is not a list of event types"),
        ({"events": ["ObjectCreated"]}, "is not a list of event types"),
        ({"events": CREATED, "prefix": 5}, "prefix=5 is not text"),
    ],
)
def test_wrong_arguments_change_nothing(lambda_events: LambdaEvents, arguments: Any, message: str) -> None:
    uploads = lambda_events.bucket("uploads")

    with pytest.raises(LambdaEventsError, match=message):
        uploads.add_notification(lambda_events.queue("orders"), **arguments)

    found = boto3.client("s3").get_bucket_notification_configuration(Bucket="uploads")
    assert "QueueConfigurations" not in found


def test_a_rule_of_the_handle_transforms_events(lambda_events: LambdaEvents) -> None:
    bus, function, lost = lambda_events.event_bus("shop"), lambda_events.function(index), lambda_events.queue("lost")
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"order": <id>}'}
    bus.add_rule({"source": ["shop"]}, function, input_transformer=transformer, dead_letter_queue=lost)
    bus.add_rule({"source": ["bank"]}, function, input_path="$.detail")

    bus.put_event(source="shop", detail_type="paid", detail={"id": 7})
    bus.put_event(source="bank", detail_type="paid", detail={"id": 8})
    lambda_events.run_until_idle()

    assert [event.payload for event in function.events] == [{"order": 7}, {"id": 8}]
    assert function.events[0].source_service == "events shop/shop-rule-1"


@pytest.mark.rule("PSH-67", "PSH-69")
@pytest.mark.parametrize("rules", [[("Prefix", "in/")], [("PREFIX", "in/"), ("suffix", "")], [("prefix", "")], []])
def test_names_of_rules_in_any_case_and_empty_values(lambda_events: LambdaEvents, rules: list[tuple[str, str]]) -> None:
    uploads, queue = lambda_events.bucket("uploads"), lambda_events.queue("orders")
    configure(queue.arn, filtered(*rules) if rules else {})

    uploads.put_object("in/a", b"")

    assert [json.loads(message.body).get("Event", "an object") for message in queue.messages] == ["s3:TestEvent", "an object"]
