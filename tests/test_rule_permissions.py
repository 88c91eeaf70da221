"""Rules and schedules with `enforce_permissions`: policies of targets, roles of targets, and calls of handlers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import DeployError, LambdaEvents, Queue

pytestmark = [pytest.mark.lambda_events(enforce_permissions=True), pytest.mark.usefixtures("lambda_events")]

ACCOUNT = "123456789012"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/paid"
SERVICE = "events.amazonaws.com"


def keep(event: Any, context: Any) -> None:
    """Receives the event."""


def policy(action: str | list[str], resource: str, service: str = SERVICE, **condition: Any) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, **({"Condition": condition} if condition else {})}]})


def let_in(queue: Queue, **condition: Any) -> None:
    """Lets EventBridge send to a queue."""
    attributes = {"Policy": policy("sqs:SendMessage", queue.arn, **condition)}
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes=attributes)


def role(action: str, resource: str, service: str = SERVICE, **condition: Any) -> str:
    """Creates a role that a service may assume, and that allows one action."""
    iam = boto3.client("iam")
    trusted: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        trusted["Condition"] = condition
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    trust = {"Statement": [trusted]}
    arn: str = iam.create_role(RoleName="pushes", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="pushes", PolicyName="p", PolicyDocument=json.dumps(allowed))
    return arn


def send(arn: str, **target: Any) -> None:
    """Adds a rule with one target, and puts an event that it matches."""
    events = boto3.client("events")
    events.put_rule(Name="paid", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": arn, **target}])
    put()


def put() -> None:
    boto3.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "paid", "Detail": "{}"}])


@pytest.fixture
def lost(lambda_events: LambdaEvents) -> Queue:
    """A dead-letter queue to which EventBridge may send."""
    queue = lambda_events.queue("lost")
    let_in(queue)
    return queue


def codes(queue: Queue) -> list[str]:
    return [message.message_attributes["ERROR_CODE"] for message in queue.messages]


@pytest.mark.rule("EVB-97")
@pytest.mark.scenario("EVB E7")
def test_an_event_without_permission_goes_to_the_dead_letter_queue_immediately(
    lambda_events: LambdaEvents, lost: Queue
) -> None:
    function = lambda_events.function(keep)

    send(function.arn, DeadLetterConfig={"Arn": lost.arn}, RetryPolicy={"MaximumRetryAttempts": 185})

    [message] = lost.messages
    assert sorted(message.message_attributes) == ["ERROR_CODE", "ERROR_MESSAGE", "RULE_ARN", "TARGET_ARN"]
    assert message.message_attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert (message.message_attributes["RULE_ARN"], message.message_attributes["TARGET_ARN"]) == (RULE, function.arn)


@pytest.mark.rule("EVB-97")
def test_a_dead_letter_queue_needs_a_policy_for_eventbridge(lambda_events: LambdaEvents) -> None:
    lost = lambda_events.queue("lost")

    send(lambda_events.function(keep).arn, DeadLetterConfig={"Arn": lost.arn})

    [dropped] = [entry.detail for entry in lambda_events.journal if entry.kind == "push_dropped"]
    assert (lost.messages, dropped["dead_letter_queue"]) == ([], None)
    assert f"sqs:SendMessage on resource: {lost.arn}" in dropped["reason"]


@pytest.mark.scenario("EVB E30")
def test_a_target_without_permission_does_not_hold_back_another_one(lambda_events: LambdaEvents) -> None:
    closed, open_queue = lambda_events.queue("closed"), lambda_events.queue("open")
    let_in(open_queue)
    events = boto3.client("events")
    events.put_rule(Name="paid", EventPattern='{"source": ["shop"]}')
    targets = [{"Id": str(number), "Arn": queue.arn} for number, queue in enumerate((closed, open_queue))]
    events.put_targets(Rule="paid", Targets=targets)

    put()

    assert (len(closed.messages), len(open_queue.messages)) == (0, 1)


@pytest.mark.rule("EVB-72")
@pytest.mark.parametrize(
    ("condition", "arrives"),
    [
        ({}, True),
        ({"ArnEquals": {"aws:SourceArn": RULE}}, True),
        ({"ArnEquals": {"aws:SourceArn": f"{RULE}-2"}}, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, False),
    ],
    ids=["any rule", "this rule", "another rule", "this account", "another account"],
)
def test_the_policy_of_a_queue_lets_a_rule_in(lambda_events: LambdaEvents, condition: Any, *, arrives: bool) -> None:
    queue = lambda_events.queue("orders")
    let_in(queue, **condition)

    send(queue.arn)

    assert len(queue.messages) == arrives


@pytest.mark.rule("EVB-72")
def test_the_policy_of_a_topic_lets_eventbridge_publish(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.topic("orders")
    send(topic.arn)
    before = len(topic.messages)

    allowed = policy("sns:Publish", topic.arn)
    boto3.client("sns").set_topic_attributes(TopicArn=topic.arn, AttributeName="Policy", AttributeValue=allowed)
    put()

    assert (before, len(topic.messages)) == (0, 1)


@pytest.mark.rule("EVB-72")
@pytest.mark.parametrize(
    ("actions", "arrives"),
    [(["logs:CreateLogStream", "logs:PutLogEvents"], True), (["logs:PutLogEvents"], False)],
    ids=["both actions", "one action"],
)
def test_a_resource_policy_of_logs_lets_eventbridge_write(actions: list[str], *, arrives: bool) -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/aws/events/orders")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/orders"
    logs.put_resource_policy(policyName="p", policyDocument=policy(actions, f"{arn}:*"))

    send(arn)

    assert len(logs.filter_log_events(logGroupName="/aws/events/orders")["events"]) == arrives


@pytest.mark.rule("EVB-72")
@pytest.mark.parametrize("kind", ["stream", "event bus"])
def test_a_stream_and_an_event_bus_need_a_role(lambda_events: LambdaEvents, lost: Queue, kind: str) -> None:
    stream, bus = lambda_events.stream("orders"), lambda_events.event_bus("orders")
    arn, action = (stream.arn, "kinesis:PutRecord") if kind == "stream" else (bus.arn, "events:PutEvents")
    send(arn, DeadLetterConfig={"Arn": lost.arn})
    before = (len(stream.records), len(bus.events))

    send(arn, RoleArn=role(action, arn))

    assert (before, codes(lost)) == ((0, 0), ["NO_PERMISSIONS"])
    assert len(stream.records) + len(bus.events) == 1


@pytest.mark.rule("EVB-72")
def test_a_state_machine_needs_a_role(lambda_events: LambdaEvents, lost: Queue) -> None:
    states = lambda_events.client("stepfunctions")
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
    trusted = role("states:StartExecution", "*")
    arn = states.create_state_machine(name="orders", definition=definition, roleArn=trusted)["stateMachineArn"]

    send(arn, DeadLetterConfig={"Arn": lost.arn})
    send(arn, DeadLetterConfig={"Arn": lost.arn}, RoleArn=trusted)

    assert codes(lost) == ["NO_PERMISSIONS"]
    assert len(states.list_executions(stateMachineArn=arn)["executions"]) == 1


@pytest.mark.rule("EVB-72", "EVB-74")
def test_the_role_of_a_target_replaces_the_policy_of_a_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(keep)

    send(function.arn, RoleArn=role("lambda:InvokeFunction", function.arn))

    assert [event.source_service for event in function.events] == ["events paid"]


@pytest.mark.rule("EVB-74")
@pytest.mark.parametrize(
    ("service", "action", "code"),
    [
        (SERVICE, "sqs:SendMessage", None),
        (SERVICE, "sqs:DeleteMessage", "NO_PERMISSIONS"),
        ("lambda.amazonaws.com", "sqs:SendMessage", "FAILED_TO_ASSUME_ROLE"),
    ],
)
def test_the_role_of_a_target_is_checked_when_an_event_is_delivered(
    lambda_events: LambdaEvents, lost: Queue, service: str, action: str, code: str | None
) -> None:
    queue = lambda_events.queue("orders")

    send(queue.arn, RoleArn=role(action, queue.arn, service), DeadLetterConfig={"Arn": lost.arn})

    assert (len(queue.messages), codes(lost)) == ((1, []) if code is None else (0, [code]))


@pytest.mark.rule("EVB-74")
def test_eventbridge_does_not_assume_a_role_that_does_not_exist(lambda_events: LambdaEvents, lost: Queue) -> None:
    queue = lambda_events.queue("orders")
    let_in(queue)

    send(queue.arn, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", DeadLetterConfig={"Arn": lost.arn})

    assert (queue.messages, codes(lost)) == ([], ["FAILED_TO_ASSUME_ROLE"])


@pytest.mark.rule("EVB-74")
@pytest.mark.parametrize("service", ["lambda.amazonaws.com", SERVICE])
def test_put_rule_checks_whether_eventbridge_may_assume_the_role_of_the_rule(service: str) -> None:
    arn = role("sqs:SendMessage", "*", service)
    wanted = None if service == SERVICE else f"Provided role '{arn}' cannot be assumed by principal 'events.amazonaws.com'."

    assert refusal(RoleArn=arn) == wanted


def refusal(**settings: Any) -> str | None:
    """Returns the message of the refusal of a rule with these settings, if there is one."""
    try:
        boto3.client("events").put_rule(Name="paid", EventPattern='{"source": ["shop"]}', **settings)
    except ClientError as error:
        return error.response["Error"]["Message"]
    return None


@pytest.mark.rule("EVB-74")
def test_the_role_of_a_rule_is_not_used_for_its_targets(lambda_events: LambdaEvents) -> None:
    queue = lambda_events.queue("orders")
    send(queue.arn)

    assert refusal(RoleArn=role("sqs:SendMessage", queue.arn)) is None
    put()

    assert queue.messages == []


@pytest.mark.rule("EVB-17")
def test_a_handler_that_may_not_use_one_bus_puts_no_event(lambda_events: LambdaEvents) -> None:
    def handler(event: Mapping[str, Any], context: object) -> str:
        entries = [
            {"Source": "shop", "DetailType": "paid", "Detail": "{}", "EventBusName": name} for name in ("default", "orders")
        ]
        try:
            boto3.client("events").put_events(Entries=entries)
        except ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        return "put"

    orders, default = lambda_events.event_bus("orders"), lambda_events.event_buses["default"]
    allowed = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": default.arn}
    function = lambda_events.function(handler, name="shop", role_policy=[allowed])

    answer = function.invoke().payload

    assert answer == (
        f"AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/lambda-events-shop/shop is not "
        f"authorized to perform: events:PutEvents on resource: {orders.arn} because no identity-based policy allows the "
        "events:PutEvents action"
    )
    assert (default.events, orders.events) == ([], [])
    function.update(role_policy=[allowed | {"Resource": "*"}])
    assert (function.invoke().payload, len(default.events), len(orders.events)) == ("put", 1, 1)


@pytest.mark.rule("SCH-20")
@pytest.mark.parametrize(
    ("service", "group", "is_accepted"),
    [
        ("scheduler.amazonaws.com", "default", True),
        ("scheduler.amazonaws.com", "other", False),
        ("events.amazonaws.com", "default", False),
    ],
)
def test_scheduler_must_be_able_to_assume_the_role(
    lambda_events: LambdaEvents, service: str, group: str, *, is_accepted: bool
) -> None:
    function = lambda_events.function(keep)
    source = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/{group}"
    arn = role("lambda:InvokeFunction", function.arn, service, StringEquals={"aws:SourceArn": source})

    def create() -> None:
        boto3.client("scheduler").create_schedule(
            Name="nightly", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": function.arn, "RoleArn": arn},
        )  # fmt: skip

    if is_accepted:
        create()
        lambda_events.advance(1)
    else:
        with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
            create()

    assert len(function.events) == is_accepted


# ---------------------------------------------------------------------- stacks


def template(service: str) -> dict[str, Any]:
    """A stack with a rule whose role a service may assume."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    rule = {"EventPattern": {"source": ["shop"]}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "pushes", "AssumeRolePolicyDocument": trust}},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "paid", **rule}},
        }
    }


def created(lambda_events: LambdaEvents, folder: Path, service: str, by: str) -> None:
    if by == "deploy":
        path = folder / "template.json"
        path.write_text(json.dumps(template(service)))
        lambda_events.deploy(path)
        return
    body = json.dumps(template(service))
    boto3.client("cloudformation").create_stack(StackName="shop", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])


@pytest.mark.rule("EVB-74")
@pytest.mark.parametrize("by", ["deploy", "CreateStack"])
def test_a_stack_fails_if_eventbridge_may_not_assume_the_role_of_its_rule(
    lambda_events: LambdaEvents, tmp_path: Path, by: str
) -> None:
    reason = f"Provided role 'arn:aws:iam::{ACCOUNT}:role/pushes' cannot be assumed by principal 'events.amazonaws.com'"

    with pytest.raises((DeployError, ClientError), match=reason):
        created(lambda_events, tmp_path, "lambda.amazonaws.com", by)

    assert boto3.client("events").list_rules()["Rules"] == []


@pytest.mark.rule("EVB-74")
@pytest.mark.parametrize("by", ["deploy", "CreateStack"])
def test_a_stack_has_a_rule_with_a_role_that_eventbridge_may_assume(
    lambda_events: LambdaEvents, tmp_path: Path, by: str
) -> None:
    created(lambda_events, tmp_path, SERVICE, by)

    assert boto3.client("events").describe_rule(Name="paid")["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/pushes"
