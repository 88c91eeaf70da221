"""EventBridge rules from an event to its targets, through boto3: the scenarios of docs/rules/eventbridge.md."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import LambdaEvents, Queue

ACCOUNT = "123456789012"


def keep(event: Any, context: Any) -> None:
    """Receives the event."""


def put_rule(*targets: dict[str, Any], pattern: Any = None, name: str = "paid", **settings: Any) -> None:
    events = boto3.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern or {"source": ["shop"]}), **settings)
    events.put_targets(Rule=name, Targets=[{"Id": str(number), **target} for number, target in enumerate(targets)])


def put(detail: object = None, **members: Any) -> Any:
    entry = {"Source": "shop", "DetailType": "paid", "Detail": json.dumps(detail or {}), **members}
    return boto3.client("events").put_events(Entries=[entry])


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    return lambda_events.queue("orders")


@pytest.fixture
def lost(lambda_events: LambdaEvents) -> Queue:
    return lambda_events.queue("lost")


@pytest.fixture
def logs(lambda_events: LambdaEvents) -> Any:
    client = lambda_events.client("logs")
    client.create_log_group(logGroupName="/aws/events/orders")
    return client


LOG_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/orders"


def log_events(logs: Any) -> list[tuple[int, str]]:
    found = logs.filter_log_events(logGroupName="/aws/events/orders")["events"]
    return [(event["timestamp"], event["message"]) for event in found]


@pytest.mark.scenario("EVB E1")
def test_each_of_four_entries_ends_as_on_aws(orders: Queue) -> None:
    put_rule({"Arn": orders.arn})
    entry = {"Source": "shop", "DetailType": "paid", "Detail": "{}"}

    answer = boto3.client("events").put_events(
        Entries=[entry, {**entry, "Detail": "{"}, {**entry, "EventBusName": "never-created"}, {**entry, "Source": "aws.iam"}]
    )

    assert answer["FailedEntryCount"] == 2
    assert [one.get("ErrorCode") for one in answer["Entries"]] == [
        None, "MalformedDetail", None, "NotAuthorizedForSourceException",
    ]  # fmt: skip
    assert len(orders.messages) == 1


@pytest.mark.rule("EVB-44")
@pytest.mark.scenario("EVB E5")
def test_an_event_for_a_disabled_rule_is_never_delivered(lambda_events: LambdaEvents, orders: Queue) -> None:
    put_rule({"Arn": orders.arn}, State="DISABLED")

    put()
    boto3.client("events").enable_rule(Name="paid")
    lambda_events.advance(86_400)

    assert orders.messages == []


@pytest.mark.rule("EVB-41")
@pytest.mark.scenario("EVB E6")
def test_put_rule_without_a_state_enables_a_disabled_rule(orders: Queue) -> None:
    put_rule({"Arn": orders.arn}, State="DISABLED")

    boto3.client("events").put_rule(Name="paid", EventPattern='{"source": ["shop"]}')
    put()

    assert len(orders.messages) == 1


@pytest.mark.rule("EVB-91")
@pytest.mark.scenario("EVB E8")
def test_a_failing_handler_is_retried_by_lambda_and_not_by_the_rule(lambda_events: LambdaEvents, lost: Queue) -> None:
    def fail(event: object, context: object) -> None:
        raise ValueError("declined")

    function = lambda_events.function(fail)
    put_rule({"Arn": function.arn, "DeadLetterConfig": {"Arn": lost.arn}})

    put()
    lambda_events.run_until_idle()

    [event] = function.events
    assert ([attempt.started_after_seconds for attempt in event.attempts], lost.messages) == ([0, 60, 180], [])


@pytest.mark.rule("EVB-83")
@pytest.mark.scenario("EVB E9")
def test_a_path_without_a_value_sends_an_empty_object(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(keep)
    put_rule({"Arn": function.arn, "InputPath": "$.detail.nope"})

    put()

    assert [event.payload for event in function.events] == [{}]


@pytest.mark.rule("EVB-84", "EVB-85")
@pytest.mark.scenario("EVB E10")
@pytest.mark.parametrize(("template", "body"), [('{"v":<x>}', '{"v":""}'), ('"<x>"', '""')], ids=["object", "text"])
def test_a_placeholder_without_a_value_is_empty(orders: Queue, template: str, body: str) -> None:
    put_rule({"Arn": orders.arn, "InputTransformer": {"InputPathsMap": {"x": "$.detail.nope"}, "InputTemplate": template}})

    put()

    assert [message.body for message in orders.messages] == [body]


@pytest.mark.rule("EVB-81")
@pytest.mark.scenario("EVB E12")
def test_a_constant_is_delivered_with_its_blanks(orders: Queue) -> None:
    put_rule({"Arn": orders.arn, "Input": '{ "a": 1 }'})

    put()

    assert [message.body for message in orders.messages] == ['{ "a": 1 }']


@pytest.mark.scenario("EVB E15")
@pytest.mark.parametrize(("tags", "matches"), [(["x", "y"], True), (["x"], False)])
def test_one_other_element_is_enough_for_anything_but(orders: Queue, tags: list[str], *, matches: bool) -> None:
    put_rule({"Arn": orders.arn}, pattern={"detail": {"a": [{"anything-but": "x"}]}})

    put({"a": tags})

    assert len(orders.messages) == matches


@pytest.mark.scenario("EVB E16")
def test_one_object_of_a_list_must_meet_all_conditions(orders: Queue) -> None:
    put_rule({"Arn": orders.arn}, pattern={"detail": {"r": {"k": ["a"], "s": ["x"]}}})

    put({"r": [{"k": "a", "s": "y"}, {"k": "b", "s": "x"}]})
    before = len(orders.messages)
    put({"r": [{"k": "b", "s": "y"}, {"k": "a", "s": "x"}]})

    assert (before, len(orders.messages)) == (0, 1)


@pytest.mark.rule("EVB-72")
@pytest.mark.scenario("EVB E14")
def test_a_fifo_queue_needs_a_group(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders.fifo")

    with pytest.raises(ClientError, match="SqsParameters must be specified for target: 0"):
        put_rule({"Arn": queue.arn})


@pytest.mark.rule("EVB-72")
@pytest.mark.parametrize(
    ("attributes", "arrives"),
    [({"ContentBasedDeduplication": "true"}, True), ({}, False)],
    ids=["content-based deduplication", "without"],
)
def test_a_fifo_queue_deduplicates_by_content(
    lambda_events: LambdaEvents, lost: Queue, attributes: dict[str, str], *, arrives: bool
) -> None:
    sqs = lambda_events.client("sqs")
    sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true", **attributes})
    queue, parameters = lambda_events.queues["orders.fifo"], {"MessageGroupId": "paid"}
    put_rule({"Arn": queue.arn, "SqsParameters": parameters, "DeadLetterConfig": {"Arn": lost.arn}})

    put({"order": 7})

    assert [message.attributes["MessageGroupId"] for message in queue.messages] == ["paid"] * arrives
    assert [message.json["detail"] for message in lost.messages] == [{"order": 7}] * (not arrives)


@pytest.mark.rule("EVB-97")
def test_a_fifo_queue_is_no_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("lost.fifo")
    put_rule({"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone", "DeadLetterConfig": {"Arn": queue.arn}})

    put()

    [dropped] = [entry.detail for entry in lambda_events.journal if entry.kind == "push_dropped"]
    assert (queue.messages, dropped["dead_letter_queue"]) == ([], None)


@pytest.mark.rule("EVB-72")
def test_a_topic_receives_the_event_without_a_subject(lambda_events: LambdaEvents, orders: Queue) -> None:
    topic = lambda_events.topic("orders")
    topic.subscribe(orders)
    put_rule({"Arn": topic.arn, "InputPath": "$.detail"})

    put({"order": 7})

    [message] = orders.messages
    assert (message.json["Message"], "Subject" in message.json) == ('{"order":7}', False)


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"


@pytest.mark.rule("EVB-1B")
@pytest.mark.lambda_events(state_change_seconds=5)
@pytest.mark.parametrize("retries", [0, 1, 185])
def test_the_trace_of_an_entry_reaches_a_function_also_by_a_retry_and_a_dead_letter_queue(
    lambda_events: LambdaEvents, lost: Queue, retries: int
) -> None:
    code = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']"
    create_function("take", code)
    function, policy = lambda_events.functions["take"], {"MaximumRetryAttempts": retries}
    put_rule({"Arn": function.arn, "RetryPolicy": policy, "DeadLetterConfig": {"Arn": lost.arn}})

    put(TraceHeader=TRACE)
    lambda_events.run_until_idle()

    roots = [str(attempt.response).partition(";")[0] for attempt in function.attempts]
    headers = [message.attributes["AWSTraceHeader"] for message in lost.messages]
    assert (roots, headers) == (([TRACE.partition(";")[0]], []) if retries == 185 else ([], [TRACE]))


@pytest.mark.rule("EVB-72", "EVB-1B")
def test_a_queue_receives_the_event_without_message_attributes(orders: Queue) -> None:
    put_rule({"Arn": orders.arn})

    put()

    [message] = orders.messages
    assert (message.message_attributes, message.json["source"]) == ({}, "shop")


@pytest.mark.rule("EVB-72")
def test_a_log_group_receives_the_event_at_its_time(logs: Any) -> None:
    put_rule({"Arn": LOG_GROUP})

    put(Time=1_767_225_000)

    [(timestamp, message)] = log_events(logs)
    assert (timestamp, json.loads(message)["source"]) == (1_767_225_000_000, "shop")


@pytest.mark.rule("EVB-72", "EVB-95")
def test_a_log_group_refuses_an_event_that_is_older_than_14_days(lost: Queue, logs: Any) -> None:
    put_rule({"Arn": LOG_GROUP, "DeadLetterConfig": {"Arn": lost.arn}})

    put(Time=1_767_225_600 - 14 * 86_400 - 1)

    assert log_events(logs) == []
    [letter] = lost.messages
    assert letter.message_attributes["ERROR_CODE"] == "INVALID_PARAMETER"


@pytest.mark.rule("EVB-72")
@pytest.mark.parametrize("at", ['"2025-12-31T23:50:00Z"', "1767225000000"], ids=["text", "milliseconds"])
def test_a_transformer_makes_a_log_event(logs: Any, at: str) -> None:
    transformer = {"InputPathsMap": {"x": "$.detail"}, "InputTemplate": f'{{"timestamp": {at}, "message": <x>}}'}
    put_rule({"Arn": LOG_GROUP, "InputTransformer": transformer})

    put({"order": 7})

    assert log_events(logs) == [(1_767_225_000_000, '{"order":7}')]


@pytest.mark.rule("EVB-72")
def test_a_transformer_that_makes_no_log_event_fails(lost: Queue, logs: Any) -> None:
    transformer = {"InputPathsMap": {}, "InputTemplate": '{"message": "paid"}'}
    put_rule({"Arn": LOG_GROUP, "InputTransformer": transformer, "DeadLetterConfig": {"Arn": lost.arn}})

    put()

    [message] = lost.messages
    assert (message.body, message.message_attributes["ERROR_CODE"]) == ('{"message": "paid"}', "INVALID_PARAMETER")
    assert log_events(logs) == []


@pytest.mark.rule("EVB-72")
@pytest.mark.parametrize(
    ("arn", "settings", "message"),
    [
        (LOG_GROUP, {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}, f"RoleArn is not supported for target {LOG_GROUP}."),
        (LOG_GROUP, {"Input": "{}"}, "Input is not supported"),
        (LOG_GROUP, {"InputPath": "$"}, "InputPath is not supported"),
        ("orders", {"Input": "{}"}, "Input is not supported"),
        ("orders", {"InputPath": "$"}, "InputPath is not supported"),
        ("orders", {"InputTransformer": {"InputTemplate": "{}"}}, "InputTransformer is not supported"),
        ("orders", {"RetryPolicy": {"MaximumRetryAttempts": 1}}, "RetryPolicy is not supported"),
        ("default", {}, "is the event bus of the rule"),
    ],
)
def test_settings_that_the_service_of_a_target_does_not_have(
    lambda_events: LambdaEvents, arn: str, settings: dict[str, Any], message: str
) -> None:
    lambda_events.event_bus("orders")
    arn = arn if arn.startswith("arn:") else lambda_events.event_buses[arn].arn

    with pytest.raises(ClientError, match=message) as caught:
        put_rule({"Arn": arn, **settings})

    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.rule("EVB-76")
def test_a_bus_that_was_deleted_drops_the_event(lambda_events: LambdaEvents, lost: Queue) -> None:
    bus = lambda_events.event_bus("orders")
    put_rule({"Arn": bus.arn, "DeadLetterConfig": {"Arn": lost.arn}})
    bus.delete()

    put()

    assert lost.messages == []
    assert [entry.kind for entry in lambda_events.journal if entry.kind.startswith("push")] == ["push_matched", "pushed"]


@pytest.mark.rule("EVB-70")
def test_rules_run_in_the_order_of_their_creation(lambda_events: LambdaEvents, orders: Queue) -> None:
    for name in ("second", "first"):
        put_rule({"Arn": orders.arn, "Input": f'"{name}"'}, {"Arn": orders.arn, "Input": f'"{name} too"'}, name=name)

    put()

    assert [message.json for message in orders.messages] == ["second", "second too", "first", "first too"]


def forward(bus: str, target_arn: str, lost: Queue, region_name: str = "us-east-1") -> None:
    """Adds a rule that sends all events of a bus to another one."""
    events = boto3.client("events", region_name=region_name)
    events.put_rule(Name="on", EventPattern='{"version": ["0"]}', EventBusName=bus)
    target = {"Id": "1", "Arn": target_arn, "DeadLetterConfig": {"Arn": lost.arn}}
    events.put_targets(Rule="on", EventBusName=bus, Targets=[target])


@pytest.mark.rule("EVB-76")
def test_an_event_has_a_new_id_and_time_in_another_region(lambda_events: LambdaEvents, lost: Queue) -> None:
    west = boto3.client("events", region_name="eu-west-1")
    audit_arn = west.create_event_bus(Name="audit")["EventBusArn"]
    queue_arn = lambda_events.queue("audit").arn
    west.put_rule(Name="all", EventPattern='{"source": ["shop"]}', EventBusName="audit")
    west.put_targets(Rule="all", EventBusName="audit", Targets=[{"Id": "1", "Arn": queue_arn}])
    forward("default", audit_arn, lost)
    lambda_events.advance(60)

    event_id = put({"order": 7}, Time=1_767_225_000, Resources=["arn:x"])["Entries"][0]["EventId"]

    [message] = lambda_events.queues["audit"].messages
    event = message.json
    assert event.pop("id") != event_id
    assert event == {
        "version": "0", "detail-type": "paid", "source": "shop", "account": ACCOUNT, "time": "2026-01-01T00:01:00Z",
        "region": "us-east-1", "resources": ["arn:x"], "detail": {"order": 7},
    }  # fmt: skip


@pytest.mark.rule("EVB-76")
@pytest.mark.parametrize(
    ("second", "third", "code"),
    [
        ("us-east-1", "us-east-1", "THIRD_ACCOUNT_HOP_DETECTED"),
        ("eu-west-1", "us-east-1", "THIRD_REGION_HOP_DETECTED"),
        ("eu-west-1", "eu-west-1", None),
        ("us-east-1", "eu-west-1", None),
    ],
)
def test_an_event_makes_each_kind_of_step_once(
    lambda_events: LambdaEvents, lost: Queue, second: str, third: str, code: str | None
) -> None:
    buses = {"second": second, "third": third}
    arns = {
        name: boto3.client("events", region_name=region).create_event_bus(Name=name)["EventBusArn"]
        for name, region in buses.items()
    }
    seen = lambda_events.queue("seen")
    forward("default", arns["second"], lost)
    forward("second", arns["third"], lost, second)
    events = boto3.client("events", region_name=third)
    events.put_rule(Name="all", EventPattern='{"source": ["shop"]}', EventBusName="third")
    events.put_targets(Rule="all", EventBusName="third", Targets=[{"Id": "1", "Arn": seen.arn}])

    put()

    assert [message.message_attributes["ERROR_CODE"] for message in lost.messages] == ([] if code is None else [code])
    assert len(seen.messages) == (code is None)


@pytest.mark.rule("EVB-72")
def test_a_state_machine_gets_an_execution_with_the_event_as_input(lambda_events: LambdaEvents) -> None:
    states = lambda_events.client("stepfunctions")
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
    machine = states.create_state_machine(name="m", definition=definition, roleArn=f"arn:aws:iam::{ACCOUNT}:role/r")
    put_rule({"Arn": machine["stateMachineArn"], "InputPath": "$.detail"})

    put({"order": 7})

    [execution] = states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    assert states.describe_execution(executionArn=execution["executionArn"])["input"] == '{"order":7}'


@pytest.mark.rule("EVB-72", "EVB-94")
def test_a_state_machine_that_does_not_exist(lost: Queue) -> None:
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:gone"
    put_rule({"Arn": arn, "DeadLetterConfig": {"Arn": lost.arn}})

    put()

    assert [message.message_attributes["ERROR_CODE"] for message in lost.messages] == ["NO_RESOURCE"]


@pytest.mark.rule("EVB-92", "EVB-94")
@pytest.mark.parametrize("kind", ["queue", "topic"])
def test_a_disabled_key_of_a_target_is_final(lambda_events: LambdaEvents, lost: Queue, kind: str) -> None:
    kms, sqs, sns = (lambda_events.client(service) for service in ("kms", "sqs", "sns"))
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    if kind == "queue":
        sqs.create_queue(QueueName="orders", Attributes={"KmsMasterKeyId": key_id})
        arn = lambda_events.queues["orders"].arn
    else:
        arn = sns.create_topic(Name="orders", Attributes={"KmsMasterKeyId": key_id})["TopicArn"]
    put_rule({"Arn": arn, "DeadLetterConfig": {"Arn": lost.arn}})

    put()
    before = len(lost.messages)
    kms.disable_key(KeyId=key_id)
    put()

    assert before == 0
    assert [message.message_attributes["ERROR_CODE"] for message in lost.messages] == ["NO_RESOURCE"]


@pytest.mark.rule("EVB-72")
def test_the_handle_of_a_bus_adds_rules_with_all_kinds_of_targets(lambda_events: LambdaEvents) -> None:
    bus, audit = lambda_events.event_buses["default"], lambda_events.event_bus("audit")
    fifo = lambda_events.queue("orders.fifo", content_based_deduplication=True)
    stream, topic, logs = lambda_events.stream("orders"), lambda_events.topic("orders"), lambda_events.log_group("/orders")
    function = lambda_events.function(keep)
    bus.add_rule({"source": ["shop"]}, fifo, message_group_id="paid")
    for target in (audit, stream, topic, logs, function):
        bus.add_rule({"source": ["shop"]}, target)

    bus.put_event(source="shop", detail_type="paid", detail={"order": 7})

    [message], [record], [log_event] = fifo.messages, stream.records, logs.messages
    assert message.json == json.loads(record.data) == json.loads(log_event) == function.events[0].payload
    assert audit.events == [message.json]
    assert len(topic.messages) == 1


def test_a_handle_gives_each_rule_a_free_name(lambda_events: LambdaEvents, orders: Queue) -> None:
    bus, events = lambda_events.event_bus("shop"), boto3.client("events")
    for number in range(3):
        bus.add_rule({"source": [f"shop-{number}"]}, orders)
    events.remove_targets(Rule="shop-rule-1", EventBusName="shop", Ids=["target"])
    events.delete_rule(Name="shop-rule-1", EventBusName="shop")

    bus.add_rule({"source": ["other"]}, orders)

    for source in ("shop-0", "shop-1", "shop-2", "other"):
        bus.put_event(source=source, detail_type="paid", detail={})
    assert [message.json["source"] for message in orders.messages] == ["shop-1", "shop-2", "other"]
