"""Deliveries that fail, or that moto makes otherwise than AWS: EventBridge, SNS and S3."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, LambdaEvents, Queue

GONE = {
    "a function": "arn:aws:lambda:us-east-1:123456789012:function:gone",
    "a queue": "arn:aws:sqs:us-east-1:123456789012:gone",
    "a topic": "arn:aws:sns:us-east-1:123456789012:gone",
    "a log group": "arn:aws:logs:us-east-1:123456789012:log-group:gone",
}


def take(event: Any, context: Any) -> None:
    pass


def rule(lambda_events: LambdaEvents, arn: str, bus: str = "default", **target: Any) -> None:
    events = lambda_events.client("events")
    events.put_rule(Name="orders", EventPattern='{"source": ["shop"]}', EventBusName=bus)
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": arn, **target}], EventBusName=bus)


def put(lambda_events: LambdaEvents, bus: str = "default") -> dict[str, Any]:
    entry = {"Source": "shop", "DetailType": "ordered", "Detail": '{"id": 7}', "EventBusName": bus}
    answer: dict[str, Any] = lambda_events.client("events").put_events(Entries=[entry])
    return answer


def warnings(lambda_events: LambdaEvents) -> list[str]:
    return [entry.detail["message"] for entry in lambda_events.journal.warnings]


# ------------------------------------------------------------------------ EventBridge


@pytest.mark.parametrize("kind", GONE)
def test_an_event_for_a_deleted_target_goes_to_the_dead_letter_queue_immediately(
    lambda_events: LambdaEvents, kind: str
) -> None:
    lost = lambda_events.queue("lost")
    rule(lambda_events, GONE[kind], DeadLetterConfig={"Arn": lost.arn})

    answer = put(lambda_events)

    [message] = lambda_events.client("sqs").receive_message(QueueUrl=lost.url, MessageAttributeNames=["All"])["Messages"]
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert answer["FailedEntryCount"] == 0
    assert json.loads(message["Body"])["detail"] == {"id": 7}
    assert told.keys() == {"ERROR_CODE", "ERROR_MESSAGE", "RULE_ARN", "TARGET_ARN"}
    assert (told["ERROR_CODE"], told["TARGET_ARN"]) == ("NO_RESOURCE", GONE[kind])
    assert warnings(lambda_events) == []


@pytest.mark.parametrize("kind", GONE)
def test_an_event_for_a_target_that_is_gone_is_warned_of_without_a_dead_letter_queue(
    lambda_events: LambdaEvents, kind: str
) -> None:
    rule(lambda_events, GONE[kind])

    put(lambda_events)

    [message] = warnings(lambda_events)
    assert message.startswith(f"Rule 'orders' could not deliver an event to {GONE[kind]}: ")
    assert message.endswith("The target has no DeadLetterConfig, so the event is lost.")


def test_a_dead_letter_queue_that_is_gone_is_warned_of(lambda_events: LambdaEvents) -> None:
    rule(lambda_events, GONE["a function"], DeadLetterConfig={"Arn": GONE["a queue"]})

    put(lambda_events)

    [message] = warnings(lambda_events)
    assert "Its dead-letter queue refused the event too: queue gone does not exist." in message


def test_a_target_that_fails_does_not_keep_the_event_from_others(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    rule(lambda_events, GONE["a queue"])
    lambda_events.client("events").put_targets(Rule="orders", Targets=[{"Id": "2", "Arn": function.arn}])

    put(lambda_events)
    lambda_events.run_until_idle()

    assert len(function.attempts) == 1


def test_an_event_for_a_bus_that_is_gone_counts_as_put_and_is_warned_of(lambda_events: LambdaEvents) -> None:
    answer = put(lambda_events, "gone")

    assert (answer["FailedEntryCount"], "EventId" in answer["Entries"][0]) == (0, True)
    assert warnings(lambda_events) == ["An event was put on the event bus 'gone', which does not exist: AWS drops it."]


def test_an_event_keeps_its_id_on_the_next_bus_and_goes_no_further(lambda_events: LambdaEvents) -> None:
    audit, archive, lost = lambda_events.event_bus("audit"), lambda_events.event_bus("archive"), lambda_events.queue("lost")
    rule(lambda_events, audit.arn)
    rule(lambda_events, archive.arn, "audit", DeadLetterConfig={"Arn": lost.arn})

    event_id = put(lambda_events)["Entries"][0]["EventId"]

    assert [event["id"] for event in audit.events] == [event_id]
    assert archive.events == []
    assert [message.json["id"] for message in lost.messages] == [event_id]


@pytest.mark.parametrize(
    "when", [{"ScheduleExpression": "rate(5 minutes)"}, {"EventPattern": '{"source": ["shop"]}'}], ids=["schedule", "pattern"]
)
def test_a_disabled_rule_delivers_nothing(lambda_events: LambdaEvents, when: dict[str, str]) -> None:
    function = lambda_events.function(take)
    events = lambda_events.client("events")
    events.put_rule(Name="orders", State="DISABLED", **when)
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": function.arn}])

    put(lambda_events)
    lambda_events.run_until_idle()

    assert function.attempts == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        pytest.param({"detail": {"id": [{"numeric": [">", 6]}]}}, True, id="numeric"),
        pytest.param({"source": [{"wildcard": "s*p"}]}, True, id="wildcard"),
        pytest.param({"source": [{"equals-ignore-case": "SHOP"}]}, True, id="equals-ignore-case"),
        pytest.param({"$or": [{"source": ["x"]}, {"detail-type": ["ordered"]}]}, True, id="or"),
        pytest.param({"detail": {"id": ["7"]}}, False, id="another type"),
        pytest.param({"detail": [{"exists": True}]}, False, id="exists of an object"),
    ],
)
def test_rules_match_as_event_patterns_do(lambda_events: LambdaEvents, pattern: dict[str, Any], *, matches: bool) -> None:
    queue = lambda_events.queue("seen")
    events = lambda_events.client("events")
    events.put_rule(Name="orders", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": queue.arn}])

    put(lambda_events)

    assert len(queue.messages) == int(matches)


@pytest.mark.parametrize("pattern", ["{", "{}", '{"source": []}', '{"source": [{"foo": "x"}]}', '["x"]'])
def test_an_invalid_pattern_is_refused(lambda_events: LambdaEvents, pattern: str) -> None:
    with pytest.raises(ClientError, match=r"Event pattern is not valid\. Reason: "):
        lambda_events.client("events").put_rule(Name="orders", EventPattern=pattern)


def test_an_input_that_is_not_json_is_refused_and_changes_nothing(lambda_events: LambdaEvents) -> None:
    with pytest.raises(ClientError) as refusal:
        rule(lambda_events, lambda_events.function(take).arn, Input="not-json")

    message = 'JSON syntax error in input for target 1: [Source: (String)"not-json"; line: 1, column: 1]'
    assert refusal.value.response["Error"] == {"Code": "ValidationException", "Message": message}
    assert lambda_events.client("events").list_targets_by_rule(Rule="orders")["Targets"] == []


def test_an_archive_keeps_events_that_rules_deliver_too(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    rule(lambda_events, function.arn)
    events = lambda_events.client("events")
    bus = lambda_events.event_buses["default"].arn
    events.create_archive(ArchiveName="all", EventSourceArn=bus)

    put(lambda_events)
    lambda_events.run_until_idle()

    assert len(function.attempts) == 1
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1


# -------------------------------------------------------------------------------- SNS


def subscribed(lambda_events: LambdaEvents, endpoint: str, **attributes: str) -> str:
    sns = lambda_events.client("sns")
    topic: str = sns.create_topic(Name="orders")["TopicArn"]
    protocol = endpoint.split(":")[2]
    sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return topic


@pytest.mark.rule("PSH-16", "PSH-17")
def test_a_message_for_a_queue_that_is_gone_goes_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    lost = lambda_events.queue("lost")
    redrive = json.dumps({"deadLetterTargetArn": lost.arn})
    topic = subscribed(lambda_events, GONE["a queue"], RedrivePolicy=redrive)

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")

    assert [message.json["Message"] for message in lost.messages] == ["one"]
    assert warnings(lambda_events) == []


@pytest.mark.parametrize("kind", ["a queue", "a function"])
def test_the_publisher_does_not_hear_of_an_endpoint_that_is_gone(lambda_events: LambdaEvents, kind: str) -> None:
    topic = subscribed(lambda_events, GONE[kind])

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")

    [message] = warnings(lambda_events)
    assert GONE[kind] in message


@pytest.mark.parametrize("kind", ["a queue", "a function"])
def test_a_dead_letter_queue_of_a_subscription_that_is_gone_is_warned_of(lambda_events: LambdaEvents, kind: str) -> None:
    redrive = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:lost"})
    topic = subscribed(lambda_events, GONE[kind], RedrivePolicy=redrive)

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")

    last = warnings(lambda_events)[-1]
    assert "dead-letter queue arn:aws:sqs:us-east-1:123456789012:lost " in last
    assert last.endswith("he message is lost.")


def test_the_text_for_the_protocol_is_filtered(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("readers")
    policy = json.dumps({"kind": ["sold"]})
    topic = subscribed(lambda_events, queue.arn, FilterPolicy=policy, FilterPolicyScope="MessageBody")

    message = json.dumps({"default": "{}", "sqs": '{"kind": "sold"}'})
    lambda_events.client("sns").publish(TopicArn=topic, Message=message, MessageStructure="json")

    assert [sent.json["Message"] for sent in queue.messages] == ['{"kind": "sold"}']


@pytest.mark.parametrize("rules", [[{"cidr": "10.0.0.0/33"}], [{"wildcard": "a**b"}], [{"foo": "x"}], [[1]]])
def test_an_invalid_filter_policy_is_refused(lambda_events: LambdaEvents, rules: Any) -> None:
    with pytest.raises(ClientError, match="FilterPolicy"):
        subscribed(lambda_events, lambda_events.queue("readers").arn, FilterPolicy=json.dumps({"kind": rules}))


# --------------------------------------------------------------------------------- S3


def watched(lambda_events: LambdaEvents, *events: str, **filters: str) -> tuple[Any, Function]:
    function = lambda_events.function(take)
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="scans")
    rules = [{"Name": name, "Value": value} for name, value in filters.items()]
    notify = {"LambdaFunctionArn": function.arn, "Events": list(events), "Filter": {"Key": {"FilterRules": rules}}}
    if not rules:
        del notify["Filter"]
    s3.put_bucket_notification_configuration(
        Bucket="scans", NotificationConfiguration={"LambdaFunctionConfigurations": [notify]}
    )
    return s3, function


def records(lambda_events: LambdaEvents, function: Function) -> list[dict[str, Any]]:
    lambda_events.run_until_idle()
    return [record for attempt in function.attempts for record in attempt.event["Records"]]


@pytest.mark.rule("PSH-50", "PSH-51", "PSH-53")
def test_a_record_has_what_s3_tells(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectCreated:*")

    s3.put_object(Bucket="scans", Key="2026/may/page 1+é.pdf", Body=b"x")

    [record] = records(lambda_events, function)
    assert list(record) == [
        "eventVersion", "eventSource", "awsRegion", "eventTime", "eventName", "userIdentity", "requestParameters",
        "responseElements", "s3",
    ]  # fmt: skip
    assert (record["eventName"], record["eventTime"]) == ("ObjectCreated:Put", "2026-01-01T00:00:00.000Z")
    assert list(record["s3"]["bucket"]) == ["name", "ownerIdentity", "arn"]
    assert record["s3"]["object"] == {
        "key": "2026/may/page+1%2B%C3%A9.pdf", "size": 1, "eTag": "9dd4e461268c8034f5c8564e155c67a6",
        "sequencer": record["s3"]["object"]["sequencer"],
    }  # fmt: skip


@pytest.mark.rule("PSH-54")
def test_an_operation_makes_one_event(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectCreated:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put")

    s3.put_object(Bucket="scans", Key="a", Body=b"x", Tagging="kind=scan")
    s3.copy_object(Bucket="scans", Key="b", CopySource="scans/a")
    s3.upload_fileobj(io.BytesIO(b"x" * 9 * 1024 * 1024), "scans", "c")
    s3.put_object_tagging(Bucket="scans", Key="a", Tagging={"TagSet": [{"Key": "kind", "Value": "photo"}]})
    s3.delete_object_tagging(Bucket="scans", Key="a")

    assert [record["eventName"] for record in records(lambda_events, function)] == [
        "ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload", "ObjectTagging:Put",
        "ObjectTagging:Delete",
    ]  # fmt: skip


@pytest.mark.rule("PSH-56")
def test_sequencers_grow(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectCreated:*")

    s3.put_object(Bucket="scans", Key="a", Body=b"x")
    s3.put_object(Bucket="scans", Key="a", Body=b"y")
    lambda_events.advance(1)
    s3.put_object(Bucket="scans", Key="a", Body=b"z")

    seen = [record["s3"]["object"]["sequencer"] for record in records(lambda_events, function)]
    assert seen == sorted(set(seen))
    assert {len(sequencer) for sequencer in seen} == {18}


@pytest.mark.rule("PSH-52")
def test_a_delete_in_an_unversioned_bucket_notifies_also_for_a_missing_key(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectRemoved:*")
    s3.put_object(Bucket="scans", Key="a", Body=b"x")

    s3.delete_objects(Bucket="scans", Delete={"Objects": [{"Key": "a"}, {"Key": "missing"}]})

    told = [(record["eventName"], list(record["s3"]["object"])) for record in records(lambda_events, function)]
    assert told == [("ObjectRemoved:Delete", ["key", "sequencer"])] * 2


def test_a_delete_in_a_versioned_bucket_makes_a_marker_or_removes_a_version(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectRemoved:*")
    s3.put_bucket_versioning(Bucket="scans", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="scans", Key="a", Body=b"x")["VersionId"]

    marker = s3.delete_object(Bucket="scans", Key="a")["VersionId"]
    s3.delete_object(Bucket="scans", Key="a", VersionId=version)

    told = [(record["eventName"], record["s3"]["object"]["versionId"]) for record in records(lambda_events, function)]
    assert told == [("ObjectRemoved:DeleteMarkerCreated", marker), ("ObjectRemoved:Delete", version)]


def test_notifications_that_overlap_are_refused_and_leave_the_old_ones(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectCreated:*")
    notify = {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectRemoved:*"]}

    with pytest.raises(ClientError, match="Configurations overlap"):
        s3.put_bucket_notification_configuration(
            Bucket="scans", NotificationConfiguration={"LambdaFunctionConfigurations": [notify, {**notify, "Id": "2"}]}
        )
    s3.put_object(Bucket="scans", Key="a", Body=b"x")

    assert [record["eventName"] for record in records(lambda_events, function)] == ["ObjectCreated:Put"]


@pytest.mark.parametrize("kind", ["Queue", "Topic"])
def test_a_bucket_notifies_queues_and_topics(lambda_events: LambdaEvents, kind: str) -> None:
    queue: Queue = lambda_events.queue("scans")
    topic = lambda_events.topic("scans")
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="scans")
    arn = queue.arn if kind == "Queue" else topic.arn
    s3.put_bucket_notification_configuration(
        Bucket="scans",
        NotificationConfiguration={f"{kind}Configurations": [{f"{kind}Arn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )

    s3.put_object(Bucket="scans", Key="a", Body=b"x")

    test, told = (queue if kind == "Queue" else topic).messages
    assert (test.json["Event"], told.json["Records"][0]["eventName"]) == ("s3:TestEvent", "ObjectCreated:Put")


def test_a_notification_for_a_function_that_is_gone_is_warned_of(lambda_events: LambdaEvents) -> None:
    s3, function = watched(lambda_events, "s3:ObjectCreated:*")
    function.delete()

    s3.put_object(Bucket="scans", Key="a", Body=b"x")

    [message] = warnings(lambda_events)
    assert "Bucket 'scans' could not notify " in message
    assert message.endswith("The notification is lost.")


def test_a_bucket_tells_the_default_bus_alone(lambda_events: LambdaEvents) -> None:
    other = lambda_events.event_bus("other")
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="scans")
    s3.put_bucket_notification_configuration(Bucket="scans", NotificationConfiguration={"EventBridgeConfiguration": {}})

    s3.put_object(Bucket="scans", Key="a b/c+d.txt", Body=b"x")
    s3.delete_object(Bucket="scans", Key="a b/c+d.txt")

    put, deleted = lambda_events.event_buses["default"].events
    assert other.events == []
    assert (put["detail-type"], put["source"], put["resources"]) == ("Object Created", "aws.s3", ["arn:aws:s3:::scans"])
    assert put["detail"]["object"]["key"] == "a b/c+d.txt"
    assert (put["detail"]["reason"], put["detail"]["object"]["etag"]) == ("PutObject", "9dd4e461268c8034f5c8564e155c67a6")
    assert (deleted["detail-type"], deleted["detail"]["deletion-type"]) == ("Object Deleted", "Permanently Deleted")
