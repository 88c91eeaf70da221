"""Configurations of the notifications of a bucket: destinations, permissions, overlaps, how they read back (PSH-54 to 75)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Bucket, Function, LambdaEvents, NotSimulatedError, Queue, Topic

ACCOUNT = "123456789012"
CREATED = ["s3:ObjectCreated:*"]
INVALID = "Unable to validate the following destination configurations"
KINDS = {"Queue": "QueueArn", "Topic": "TopicArn", "LambdaFunction": "LambdaFunctionArn"}
Target = Queue | Topic | Function

enforced = pytest.mark.lambda_events(enforce_permissions=True)


def one(kind: str, arn: str, events: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {f"{kind}Configurations": [{KINDS[kind]: arn, "Events": events or CREATED, **more}]}


def filtered(*rules: tuple[str, str]) -> dict[str, Any]:
    return {"Filter": {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules]}}}


def configure(s3: Any, *configurations: dict[str, Any], **options: Any) -> None:
    merged: dict[str, Any] = {}
    for configuration in configurations:
        for name, value in configuration.items():
            merged[name] = [*merged.get(name, []), *value] if isinstance(value, list) else value
    s3.put_bucket_notification_configuration(Bucket="scans", NotificationConfiguration=merged, **options)


def refusal(s3: Any, *configurations: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        configure(s3, *configurations)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def configured(s3: Any) -> dict[str, Any]:
    found: dict[str, Any] = s3.get_bucket_notification_configuration(Bucket="scans")
    del found["ResponseMetadata"]
    return found


def targets(lambda_events: LambdaEvents) -> dict[str, Target]:
    return {
        "Queue": lambda_events.queue("inbox"),
        "Topic": lambda_events.topic("changes"),
        "LambdaFunction": lambda_events.function(lambda event, context: None, name="index"),
    }


def admit(lambda_events: LambdaEvents, target: Target, **condition: str) -> None:
    """Let the bucket send to the target."""
    wanted = condition or {"aws:SourceArn": "arn:aws:s3:::scans", "aws:SourceAccount": ACCOUNT}
    if isinstance(target, Function):
        lambda_events.client("lambda").add_permission(
            FunctionName=target.name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
            SourceArn=wanted.get("aws:SourceArn", "arn:aws:s3:::scans"), SourceAccount=wanted["aws:SourceAccount"],
        )  # fmt: skip
        return
    action = "sqs:SendMessage" if isinstance(target, Queue) else "sns:Publish"
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": action, "Resource": target.arn,
        "Condition": {"StringEquals": wanted},
    }  # fmt: skip
    set_policy(lambda_events, target, statement)


def set_policy(lambda_events: LambdaEvents, target: Queue | Topic, *statements: dict[str, Any]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    if isinstance(target, Queue):
        lambda_events.client("sqs").set_queue_attributes(QueueUrl=target.url, Attributes={"Policy": policy})
    else:
        sns = lambda_events.client("sns")
        sns.set_topic_attributes(TopicArn=target.arn, AttributeName="Policy", AttributeValue=policy)


# ------------------------------------------------------------------------------ destinations


@pytest.mark.rule("PSH-6D", "PSH-55")
@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("Queue", f"sqs:us-east-1:{ACCOUNT}:gone", "The destination queue does not exist"),
        ("Topic", f"sns:us-east-1:{ACCOUNT}:gone", "The destination topic does not exist"),
        ("LambdaFunction", f"lambda:us-east-1:{ACCOUNT}:function:gone", "Not authorized to invoke function [{}]"),
        ("LambdaFunction", f"lambda:us-east-1:{ACCOUNT}:function:index:gone", "Not authorized to invoke function [{}]"),
    ],
    ids=["queue", "topic", "function", "alias"],
)
def test_a_destination_that_does_not_exist_is_refused(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, kind: str, name: str, reason: str
) -> None:
    lambda_events.function(lambda event, context: None, name="index")
    arn = f"arn:aws:{name}"

    with pytest.raises(ClientError) as caught:
        configure(s3, one(kind, arn))

    error: Any = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidArgument", INVALID)
    assert (error["ArgumentName"], error["ArgumentValue"]) == (arn, reason.format(arn))
    assert configured(s3) == {}
    [warning] = lambda_events.journal.warnings
    assert f"bucket 'scans', because {arn} does not exist" in warning.detail["message"]


@pytest.mark.rule("PSH-6D", "PSH-62")
def test_valid_destinations_get_the_test_message_before_another_one_is_refused(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket
) -> None:
    first, inbox = lambda_events.queue("first"), lambda_events.queue("inbox")
    configure(s3, one("Queue", first.arn))

    told = refusal(s3, one("Queue", inbox.arn), one("Topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:gone", ["s3:ObjectAcl:Put"]))
    scans.put_object("a", b"x")

    assert told == ("InvalidArgument", INVALID)
    assert [message.json.get("Event") for message in inbox.messages] == ["s3:TestEvent"]
    assert [message.json.get("Event") for message in first.messages] == ["s3:TestEvent", None]


@pytest.mark.rule("PSH-6D", "PSH-62")
def test_destinations_are_not_checked_if_the_call_skips_it(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    inbox = lambda_events.queue("inbox")
    gone = f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone"

    configure(s3, one("Queue", inbox.arn), one("Queue", gone, ["s3:ObjectAcl:Put"]), SkipDestinationValidation=True)
    scans.put_object("a", b"x")

    assert [queue["QueueArn"] for queue in configured(s3)["QueueConfigurations"]] == [inbox.arn, gone]
    assert [message.json["Records"][0]["eventName"] for message in inbox.messages] == ["ObjectCreated:Put"]


@pytest.mark.rule("PSH-62")
def test_the_test_message_has_the_id_of_the_request(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    inbox = lambda_events.queue("inbox")

    answer = s3.put_bucket_notification_configuration(
        Bucket="scans", NotificationConfiguration=one("Queue", inbox.arn)
    )["ResponseMetadata"]  # fmt: skip

    [message] = inbox.messages
    assert message.json["RequestId"] == answer["RequestId"]
    assert list(message.json) == ["Service", "Event", "Time", "Bucket", "RequestId", "HostId"]


@pytest.mark.rule("PSH-55")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arn", ["orders", "arn:aws:sqs", "https://example.com/1/orders"])
def test_text_that_is_not_an_arn_is_refused(s3: Any, scans: Bucket, kind: str, arn: str) -> None:
    assert refusal(s3, one(kind, arn)) == ("InvalidArgument", "The ARN could not be parsed")


@pytest.mark.rule("PSH-6C")
@pytest.mark.parametrize(("kind", "service"), [("Queue", "sns"), ("Topic", "lambda"), ("LambdaFunction", "sqs")])
def test_the_arn_of_another_service_is_refused(s3: Any, scans: Bucket, kind: str, service: str) -> None:
    code, message = refusal(s3, one(kind, f"arn:aws:{service}:us-east-1:{ACCOUNT}:x"))

    expected = "The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws"
    assert code == "InvalidArgument"
    assert message.startswith(expected)


@pytest.mark.rule("PSH-63")
def test_a_destination_in_another_region_is_refused(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    arn = lambda_events.queue("inbox").arn.replace("us-east-1", "eu-west-1")

    assert refusal(s3, one("Queue", arn)) == (
        "InvalidArgument",
        "The notification destination service region is not valid for the bucket location constraint",
    )
    assert configured(s3) == {}


@pytest.mark.rule("PSH-64")
def test_a_notification_fits_into_64_kilobytes(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    inbox = lambda_events.queue("inbox")
    size = {"MaximumMessageSize": str(64 * 1024)}
    lambda_events.client("sqs").set_queue_attributes(QueueUrl=inbox.url, Attributes=size)
    scans.add_notification(inbox, events=CREATED)

    scans.put_object("é" * 512, b"x")

    assert len(inbox.messages[-1].body.encode()) < 64 * 1024
    assert "Records" in inbox.messages[-1].json


# ------------------------------------------------------------------------------- permissions


@enforced
@pytest.mark.rule("PSH-74", "PSH-75")
@pytest.mark.parametrize("kind", KINDS)
def test_a_destination_must_admit_the_bucket(lambda_events: LambdaEvents, s3: Any, scans: Bucket, kind: str) -> None:
    target = targets(lambda_events)[kind]

    before = refusal(s3, one(kind, target.arn))
    admit(lambda_events, target)
    configure(s3, one(kind, target.arn))
    scans.put_object("a", b"x")
    lambda_events.run_until_idle()

    assert before == ("InvalidArgument", INVALID)
    received = target.events if isinstance(target, Function) else target.messages[1:]
    assert len(received) == 1


@enforced
@pytest.mark.rule("PSH-74", "PSH-75")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "condition",
    [
        {"aws:SourceArn": "arn:aws:s3:::other", "aws:SourceAccount": ACCOUNT},
        {"aws:SourceArn": "arn:aws:s3:::scans", "aws:SourceAccount": ACCOUNT[::-1]},
    ],
    ids=["another bucket", "another account"],
)
def test_a_policy_for_another_bucket_does_not_admit_it(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, kind: str, condition: dict[str, str]
) -> None:
    target = targets(lambda_events)[kind]
    admit(lambda_events, target, **condition)

    assert refusal(s3, one(kind, target.arn)) == ("InvalidArgument", INVALID)


@enforced
@pytest.mark.rule("PSH-75", "PSH-5D")
@pytest.mark.parametrize("kind", ["Queue", "Topic"])
def test_events_are_lost_silently_when_the_permission_is_gone(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, kind: str
) -> None:
    target = targets(lambda_events)[kind]
    assert not isinstance(target, Function)
    admit(lambda_events, target)
    configure(s3, one(kind, target.arn))
    set_policy(lambda_events, target)

    scans.put_object("a", b"x")

    assert [message.json.get("Event") for message in target.messages] == ["s3:TestEvent"]
    action = "sqs:SendMessage" if kind == "Queue" else "sns:Publish"
    [denied] = [entry for entry in lambda_events.journal if entry.kind == "denied"]
    assert denied.detail["reason"] == (
        f"s3.amazonaws.com is not authorized to perform: {action} on resource: {target.arn} because no resource-based "
        f"policy allows the {action} action"
    )
    kinds = [entry.kind for entry in lambda_events.journal if entry.kind.startswith("push")]
    assert kinds == ["push_matched", "push_dropped"]


@enforced
@pytest.mark.rule("PSH-76")
def test_the_default_bus_needs_no_permission(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    configure(s3, {"EventBridgeConfiguration": {}})

    scans.put_object("a", b"x")

    assert [event["detail-type"] for event in lambda_events.event_buses["default"].events] == ["Object Created"]


@enforced
@pytest.mark.rule("PSH-77")
@pytest.mark.parametrize(("action", "code"), [("s3:PutBucketNotification", None), ("s3:PutObject", "AccessDenied")])
def test_the_role_of_a_handler_must_allow_it_to_configure_notifications(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, action: str, code: str | None
) -> None:
    bus: dict[str, Any] = {"EventBridgeConfiguration": {}}

    def set_up(event: Any, context: Any) -> dict[str, Any] | None:
        try:
            configure(s3, bus)
        except ClientError as refused:
            return {**refused.response["Error"], "status": refused.response["ResponseMetadata"]["HTTPStatusCode"]}
        return None

    role_policy = [{"Effect": "Allow", "Action": action, "Resource": "*"}]
    answer = lambda_events.function(set_up, role_policy=role_policy).invoke().payload

    assert (configured(s3) == bus) is (code is None)
    if code is not None:
        assert (answer["Code"], answer["status"]) == (code, 403)
        assert "is not authorized to perform: s3:PutBucketNotification on resource: arn:aws:s3:::scans" in answer["Message"]


# ----------------------------------------------------------------------------------- overlaps

COMMON = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for "
    "the same event type."
)


@pytest.mark.rule("PSH-6A", "PSH-6B")
@pytest.mark.scenario("PSH S33")
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"events": CREATED}, {"events": ["s3:ObjectCreated:Put"]}, COMMON),
        ({"events": [*CREATED, "s3:ObjectCreated:Copy"]}, {"events": ["s3:ObjectAcl:Put"]}, COMMON),
        (filtered(("prefix", "in/")), {}, AMBIGUOUS),
        (filtered(("prefix", "in/")), filtered(("prefix", "in/a")), AMBIGUOUS),
        (filtered(("suffix", "jpg")), filtered(("suffix", ".jpg")), AMBIGUOUS),
        (filtered(("prefix", "in/")), filtered(("suffix", ".jpg")), AMBIGUOUS),
    ],
    ids=["types", "types of one", "prefix and none", "prefixes", "suffixes", "prefix and suffix"],
)
def test_overlapping_configurations_are_refused_across_destinations(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, first: dict[str, Any], second: dict[str, Any], message: str
) -> None:
    queue, topic = lambda_events.queue("inbox"), lambda_events.topic("changes")

    assert refusal(s3, one("Queue", queue.arn, **first), one("Topic", topic.arn, **second)) == ("InvalidArgument", message)
    assert (configured(s3), queue.messages, topic.messages) == ({}, [], [])


@pytest.mark.rule("PSH-6A", "PSH-69")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            filtered(("prefix", "in/"), ("suffix", ".jpg")), filtered(("prefix", "in/"), ("suffix", ".png")),
        ),
        (filtered(("prefix", "in/")), filtered(("prefix", "out/"))),
        ({"events": ["s3:ObjectCreated:Put"]}, {"events": ["s3:ObjectCreated:Copy"]}),
        ({"events": CREATED}, {"events": ["s3:ObjectRemoved:*"]}),
    ],
    ids=["suffixes", "prefixes", "types of a kind", "kinds"],
)  # fmt: skip
def test_other_configurations_may_stand_beside_each_other(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, first: dict[str, Any], second: dict[str, Any]
) -> None:
    queue, topic = lambda_events.queue("inbox"), lambda_events.topic("changes")

    configure(s3, one("Queue", queue.arn, **first), one("Topic", topic.arn, **second))

    assert list(configured(s3)) == ["TopicConfigurations", "QueueConfigurations"]


# ------------------------------------------------------------------------------ reading back


@pytest.mark.rule("PSH-66", "PSH-67")
def test_a_configuration_reads_back_with_an_id_and_capital_names(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    queue = lambda_events.queue("inbox")
    configure(s3, one("Queue", queue.arn, **filtered(("prefix", "in/"), ("SUFFIX", ".jpg"))))

    [found] = configured(s3)["QueueConfigurations"]

    assert found["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".jpg"}]
    assert found["Id"]


@pytest.mark.rule("PSH-66")
@pytest.mark.parametrize(("length", "is_refused"), [(255, False), (256, True)])
def test_an_id_has_at_most_255_characters(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, length: int, is_refused: bool
) -> None:
    queue = lambda_events.queue("inbox")
    configuration = one("Queue", queue.arn, Id="x" * length)

    if is_refused:
        assert refusal(s3, configuration)[0] == "InvalidArgument"
        return
    configure(s3, configuration)
    scans.put_object("a", b"x")
    assert queue.messages[-1].json["Records"][0]["s3"]["configurationId"] == "x" * length


@pytest.mark.rule("PSH-65")
def test_a_new_configuration_replaces_everything(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    queue, topic = lambda_events.queue("inbox"), lambda_events.topic("changes")
    configure(s3, one("Queue", queue.arn), {"EventBridgeConfiguration": {}})
    before = configured(s3)
    configure(s3, one("Topic", topic.arn))
    between = configured(s3)
    configure(s3)

    scans.put_object("a", b"x")

    assert before["EventBridgeConfiguration"] == {}
    assert list(between) == ["TopicConfigurations"]
    assert configured(s3) == {}
    assert [len(queue.messages), len(topic.messages)] == [1, 1]
    assert lambda_events.event_buses["default"].events == []


@pytest.mark.rule("PSH-65")
def test_a_notification_of_the_handle_leaves_the_event_bus_on(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    configure(s3, {"EventBridgeConfiguration": {}})

    scans.add_notification(lambda_events.queue("inbox"), events=CREATED)
    scans.put_object("a", b"x")

    assert len(lambda_events.event_buses["default"].events) == 1


@pytest.mark.rule("PSH-69")
def test_an_empty_filter_matches_all_keys(lambda_events: LambdaEvents, s3: Any, scans: Bucket) -> None:
    queue = lambda_events.queue("inbox")
    configure(s3, one("Queue", queue.arn, Filter={"Key": {"FilterRules": []}}))

    scans.put_object("a", b"x")

    assert len(queue.messages) == 2


@pytest.mark.rule("PSH-68")
@pytest.mark.parametrize(
    ("prefix", "key", "matches"),
    [("a%2Bb", "a+b", True), ("a+b", "a b", True), ("a+b", "a+b", False), ("100%", "100%", True), ("*", "a", False)],
)
def test_filter_values_are_decoded(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, prefix: str, key: str, matches: bool
) -> None:
    queue = lambda_events.queue("inbox")
    scans.add_notification(queue, events=CREATED, prefix=prefix)

    scans.put_object(key, b"x")

    assert len(queue.messages) == 1 + matches


# ----------------------------------------------------------------------- what is not simulated


@pytest.mark.rule("PSH-6H")
@pytest.mark.parametrize(
    "event",
    [
        "s3:LifecycleExpiration:*", "s3:LifecycleTransition", "s3:IntelligentTiering", "s3:Replication:*",
        "s3:ObjectRestore:*", "s3:ReducedRedundancyLostObject", "s3:ObjectAnnotation:*", "s3:ObjectRetention:Put",
    ],
)  # fmt: skip
def test_notifications_that_are_not_simulated_are_refused_by_name(
    lambda_events: LambdaEvents, s3: Any, scans: Bucket, event: str
) -> None:
    queue = lambda_events.queue("inbox")

    with pytest.raises(NotSimulatedError, match="A notification of S3 about an expiry, a transition"):
        configure(s3, one("Queue", queue.arn, [event]))


# ------------------------------------------------------------------------------------- stacks


QUEUE = {"Fn::GetAtt": ["Queue", "Arn"]}


def stack(lambda_events: LambdaEvents, call: str, **notifications: Any) -> None:
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "uploads", "NotificationConfiguration": notifications},
    }
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-stack"}}
    template = json.dumps({"Resources": {"Uploads": bucket, "Queue": queue}})
    getattr(lambda_events.client("cloudformation"), call)(StackName="shop", TemplateBody=template)


def rules(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"S3Key": {"Rules": [{"Name": name, "Value": value} for name, value in pairs]}}


@pytest.mark.rule("PSH-50", "PSH-60", "PSH-6E")
def test_a_bucket_of_a_stack_notifies(lambda_events: LambdaEvents) -> None:
    function, topic = lambda_events.function(lambda event, context: None, name="index"), lambda_events.topic("changes")
    stack(
        lambda_events, "create_stack",
        LambdaConfigurations=[{"Event": CREATED[0], "Function": function.arn, "Filter": rules(("prefix", "in/"))}],
        QueueConfigurations=[{"Event": CREATED[0], "Queue": QUEUE, "Filter": rules(("prefix", "x"))}],
        TopicConfigurations=[{"Event": "s3:ObjectRemoved:*", "Topic": topic.arn}],
        EventBridgeConfiguration={"EventBridgeEnabled": True},
    )  # fmt: skip

    uploads, queue = lambda_events.buckets["uploads"], lambda_events.queues["from-stack"]
    uploads.put_object("in/a", b"1")
    uploads.put_object("x", b"1")
    lambda_events.client("s3").delete_object(Bucket="uploads", Key="x")
    lambda_events.run_until_idle()

    assert [event.source_service for event in function.events] == ["s3 uploads"]
    assert [message.json.get("Event", "an object") for message in queue.messages] == ["s3:TestEvent", "an object"]
    assert [message.json.get("Event", "an object") for message in topic.messages] == ["s3:TestEvent", "an object"]
    assert len(lambda_events.event_buses["default"].events) == 3


@pytest.mark.rule("PSH-6H")
def test_an_expiry_in_a_bucket_of_a_stack_with_events_on_the_bus_is_a_warning(lambda_events: LambdaEvents) -> None:
    properties = {
        "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]},
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
    }
    template = json.dumps({"Resources": {"Uploads": {"Type": "AWS::S3::Bucket", "Properties": properties}}})

    lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=template)

    [warning] = lambda_events.journal.warnings
    assert "lifecycle rule expires or moves is not simulated (s3.PutBucketLifecycleConfiguration)" in warning.detail["message"]


@pytest.mark.rule("PSH-65")
def test_an_update_of_a_stack_replaces_the_notifications(lambda_events: LambdaEvents) -> None:
    first, second = lambda_events.queue("first"), lambda_events.queue("second")
    stack(lambda_events, "create_stack", QueueConfigurations=[{"Event": CREATED[0], "Queue": first.arn}])
    stack(lambda_events, "update_stack", QueueConfigurations=[{"Event": CREATED[0], "Queue": second.arn}])

    lambda_events.buckets["uploads"].put_object("a", b"1")

    assert [len(first.messages), len(second.messages)] == [1, 2]


@pytest.mark.rule("PSH-6D")
def test_a_stack_fails_with_the_refusal_of_s3_and_leaves_no_bucket(lambda_events: LambdaEvents) -> None:
    gone = f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone"

    with pytest.raises(ClientError, match=INVALID):
        stack(lambda_events, "create_stack", QueueConfigurations=[{"Event": CREATED[0], "Queue": gone}])

    assert (list(lambda_events.buckets), list(lambda_events.queues)) == ([], [])


@pytest.mark.rule("PSH-5B")
def test_a_bucket_of_a_stack_has_versions(lambda_events: LambdaEvents) -> None:
    properties = {"BucketName": "uploads", "VersioningConfiguration": {"Status": "Enabled"}}
    template = json.dumps({"Resources": {"Uploads": {"Type": "AWS::S3::Bucket", "Properties": properties}}})
    lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=template)
    queue = lambda_events.queue("inbox")
    lambda_events.buckets["uploads"].add_notification(queue, events=["s3:ObjectRemoved:*"])

    lambda_events.client("s3").delete_object(Bucket="uploads", Key="a")

    assert queue.messages[-1].json["Records"][0]["eventName"] == "ObjectRemoved:DeleteMarkerCreated"


@pytest.mark.rule("PSH-65", "PSH-6E")
def test_an_update_of_a_stack_turns_the_event_bus_off(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("inbox")
    notifications = {"QueueConfigurations": [{"Event": CREATED[0], "Queue": queue.arn}]}
    stack(lambda_events, "create_stack", **notifications, EventBridgeConfiguration={"EventBridgeEnabled": "true"})
    uploads = lambda_events.buckets["uploads"]
    uploads.put_object("a", b"1")

    stack(lambda_events, "update_stack", **notifications, EventBridgeConfiguration={"EventBridgeEnabled": False})
    uploads.put_object("b", b"1")
    stack(lambda_events, "update_stack")
    uploads.put_object("c", b"1")

    assert [event["detail"]["object"]["key"] for event in lambda_events.event_buses["default"].events] == ["a"]
    keys = [record["s3"]["object"]["key"] for message in queue.messages for record in message.json.get("Records", ())]
    assert keys == ["a", "b"]


@pytest.mark.rule("PSH-6D")
def test_a_refused_update_of_a_stack_keeps_the_notifications(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("inbox")
    stack(lambda_events, "create_stack", QueueConfigurations=[{"Event": CREATED[0], "Queue": queue.arn}])

    with pytest.raises(ClientError, match=INVALID):
        stack(
            lambda_events, "update_stack",
            QueueConfigurations=[{"Event": CREATED[0], "Queue": queue.arn.replace("inbox", "gone")}],
        )  # fmt: skip
    lambda_events.buckets["uploads"].put_object("a", b"1")

    assert len(queue.messages) == 2
