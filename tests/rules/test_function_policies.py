"""PRM-03 to 05 and 10 to 13: policies of functions, and the services that need them to invoke."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents

from .conftest import Refused

enforced = pytest.mark.lambda_events(enforce_permissions=True)

ACCOUNT = "123456789012"
CHARGE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:charge"
EXISTS = "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement."
S3: dict[str, Any] = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


def charge(event: Any, context: Any) -> None:
    pass


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    """The function `charge` with its version 1 and the alias `live` of it."""
    made = lambda_events.function(charge, role_policy=[])
    made.create_alias("live", function_version=made.publish_version().version)
    return made


def add(lambda_events: LambdaEvents, **given: Any) -> dict[str, Any]:
    answer = lambda_events.client("lambda").add_permission(FunctionName="charge", **S3 | given)
    statement: dict[str, Any] = json.loads(answer["Statement"])
    return statement


def policy(lambda_events: LambdaEvents, **given: Any) -> dict[str, Any]:
    answer = lambda_events.client("lambda").get_policy(FunctionName="charge", **given)
    document: dict[str, Any] = json.loads(answer["Policy"])
    return document


def admit(lambda_events: LambdaEvents, service: str, source_arn: str, **given: Any) -> None:
    """Let a service invoke the function, for one of its resources."""
    add(lambda_events, StatementId=service.split(".")[0], Principal=service, SourceArn=source_arn, **given)


# ---------------------------------------------------------------------- statements


@pytest.mark.rule("PRM-05")
def test_a_statement_has_the_shape_that_aws_gives_it(lambda_events: LambdaEvents, function: Function) -> None:
    statement = add(lambda_events, SourceArn="arn:aws:s3:::bucket")

    assert statement == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": CHARGE,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}},
    }
    assert policy(lambda_events) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}


@pytest.mark.rule("PRM-05")
@pytest.mark.parametrize(
    ("given", "condition"),
    [
        ({}, None),
        ({"SourceAccount": ACCOUNT}, {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}),
        (
            {"SourceAccount": ACCOUNT, "SourceArn": "arn:aws:s3:::bucket"},
            {
                "StringEquals": {"AWS:SourceAccount": ACCOUNT},
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
            },
        ),
    ],
    ids=["none", "account", "account and source"],
)
def test_source_and_account_become_conditions(
    lambda_events: LambdaEvents, function: Function, given: dict[str, str], condition: Any
) -> None:
    assert add(lambda_events, **given).get("Condition") == condition


@pytest.mark.rule("PRM-05")
@pytest.mark.parametrize(
    ("principal", "shown"),
    [
        ("sns.amazonaws.com", {"Service": "sns.amazonaws.com"}),
        ("*", "*"),
        (ACCOUNT, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        (f"arn:aws:iam::{ACCOUNT}:role/asking", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/asking"}),
    ],
    ids=["service", "anyone", "account", "role"],
)
def test_a_principal_is_shown_by_its_kind(
    lambda_events: LambdaEvents, function: Function, principal: str, shown: object
) -> None:
    assert add(lambda_events, Principal=principal)["Principal"] == shown


@pytest.mark.rule("PRM-03")
@pytest.mark.parametrize("qualifier", ["1", "live"])
def test_versions_and_aliases_have_policies_of_their_own(
    lambda_events: LambdaEvents, function: Function, refused: Refused, qualifier: str
) -> None:
    add(lambda_events)

    before = refused(lambda_events.client("lambda").get_policy, FunctionName="charge", Qualifier=qualifier)
    statement = add(lambda_events, Qualifier=qualifier)

    assert before["message"] == "The resource you requested does not exist."
    assert statement["Resource"] == f"{CHARGE}:{qualifier}"
    assert policy(lambda_events, Qualifier=qualifier)["Statement"] == [statement]


@pytest.mark.rule("PRM-03")
def test_publishing_does_not_copy_a_policy(lambda_events: LambdaEvents, function: Function, refused: Refused) -> None:
    add(lambda_events)
    function.update(timeout=5)
    published = function.publish_version()

    refusal = refused(lambda_events.client("lambda").get_policy, FunctionName="charge", Qualifier=published.version)

    assert refusal["code"] == "ResourceNotFoundException"


@pytest.mark.rule("PRM-04")
@pytest.mark.parametrize(
    ("operation", "given", "code", "status", "message"),
    [
        (
            "add_permission", S3 | {"Qualifier": "$LATEST"}, "InvalidParameterValueException", 400,
            "We currently do not support adding policies for $LATEST.",
        ),
        (
            "add_permission", S3, "ResourceConflictException", 409,
            EXISTS,
        ),
        (
            "add_permission", S3 | {"StatementId": "x", "Principal": "invalid.example.com"}, "InvalidParameterValueException",
            400, "The provided principal was invalid. Please check the principal and try again.",
        ),
        ("get_policy", {"Qualifier": "1"}, "ResourceNotFoundException", 404, "The resource you requested does not exist."),
        (
            "remove_permission", {"Qualifier": "1", "StatementId": "s3"}, "ResourceNotFoundException", 404,
            "No policy is associated with the given resource.",
        ),
    ],
    ids=["latest", "twice", "principal", "get", "remove"],
)  # fmt: skip
def test_an_invalid_policy_call_is_refused(
    lambda_events: LambdaEvents,
    function: Function,
    refused: Refused,
    operation: str,
    given: dict[str, str],
    code: str,
    status: int,
    message: str,
) -> None:
    add(lambda_events)

    refusal = refused(getattr(lambda_events.client("lambda"), operation), FunctionName="charge", **given)

    assert refusal == {"code": code, "status": status, "message": message}


def test_the_policy_goes_with_its_last_statement(lambda_events: LambdaEvents, function: Function, refused: Refused) -> None:
    client = lambda_events.client("lambda")
    add(lambda_events)
    add(lambda_events, StatementId="other")
    client.remove_permission(FunctionName="charge", StatementId="s3")
    left = [statement["Sid"] for statement in policy(lambda_events)["Statement"]]

    client.remove_permission(FunctionName="charge", StatementId="other")

    assert left == ["other"]
    assert refused(client.get_policy, FunctionName="charge")["status"] == 404


# ---------------------------------------------------------------------- SNS


def subscribed(lambda_events: LambdaEvents, **attributes: str) -> str:
    """A topic that `charge` is subscribed to."""
    sns = lambda_events.client("sns")
    topic = str(sns.create_topic(Name="orders")["TopicArn"])
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=CHARGE, Attributes=attributes)
    return topic


@enforced
@pytest.mark.rule("PRM-10", "PRM-40")
@pytest.mark.scenario("PRM P6")
def test_a_topic_without_permission_delivers_nothing(lambda_events: LambdaEvents, function: Function) -> None:
    topic = subscribed(lambda_events)

    answer = lambda_events.client("sns").publish(TopicArn=topic, Message="order 7")
    lambda_events.run_until_idle()

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert (function.events, function.attempts) == ([], [])
    assert lambda_events.metrics.values("AsyncEventsReceived", function) == []
    [denial] = [entry for entry in lambda_events.journal if entry.kind == "denied"]
    assert denial.function_name == "charge"
    assert denial.detail["reason"] == (
        f"sns.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: {CHARGE} because no "
        "resource-based policy allows the lambda:InvokeFunction action"
    )


@enforced
@pytest.mark.rule("PRM-10")
def test_a_message_that_a_topic_may_not_deliver_goes_to_the_dead_letter_queue_of_the_subscription(
    lambda_events: LambdaEvents, function: Function
) -> None:
    dead = lambda_events.queue("dead")
    statement = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": dead.arn,
    }  # fmt: skip
    policy = json.dumps({"Statement": [statement]})
    lambda_events.client("sqs").set_queue_attributes(QueueUrl=dead.url, Attributes={"Policy": policy})
    topic = subscribed(lambda_events, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))

    lambda_events.client("sns").publish(TopicArn=topic, Message="order 7")

    [message] = dead.messages
    assert message.json["Message"] == "order 7"


@enforced
@pytest.mark.rule("PRM-10")
@pytest.mark.parametrize(
    ("source", "events"),
    [("orders", 1), ("order*", 1), ("returns", 0)],
    ids=["the topic", "a pattern", "another topic"],
)
def test_a_topic_needs_the_permission_for_itself(
    lambda_events: LambdaEvents, function: Function, source: str, events: int
) -> None:
    topic = subscribed(lambda_events)
    admit(lambda_events, "sns.amazonaws.com", f"arn:aws:sns:us-east-1:{ACCOUNT}:{source}")

    lambda_events.client("sns").publish(TopicArn=topic, Message="order 7")
    lambda_events.run_until_idle()

    assert len(function.events) == events


# ---------------------------------------------------------------------- EventBridge


def ruled(lambda_events: LambdaEvents, target: str = CHARGE, bus: str = "default") -> Any:
    """The dead-letter queue of a rule's target that is the function. EventBridge may send to it."""
    dead, events = lambda_events.queue("dead"), lambda_events.client("events")
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Statement": [statement]})
    lambda_events.client("sqs").set_queue_attributes(QueueUrl=dead.url, Attributes={"Policy": policy})
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}), EventBusName=bus)
    events.put_targets(
        Rule="orders", EventBusName=bus, Targets=[{"Id": "1", "Arn": target, "DeadLetterConfig": {"Arn": dead.arn}}]
    )
    return dead


def put_event(lambda_events: LambdaEvents, bus: str = "default") -> int:
    """An order; how many entries failed."""
    entry = {"Source": "shop", "DetailType": "order", "Detail": '{"order":7}', "EventBusName": bus}
    failed: int = lambda_events.client("events").put_events(Entries=[entry])["FailedEntryCount"]
    lambda_events.run_until_idle()
    return failed


@enforced
@pytest.mark.rule("PRM-11")
@pytest.mark.scenario("PRM P5", "PSH S6")
def test_a_rule_without_permission_leaves_its_event_on_the_targets_dead_letter_queue(
    lambda_events: LambdaEvents, function: Function
) -> None:
    dead = ruled(lambda_events)

    failed = put_event(lambda_events)

    [message] = dead.messages
    told = {name: attribute for name, attribute in message.message_attributes.items() if name != "ERROR_MESSAGE"}
    assert (failed, function.events) == (0, [])
    assert lambda_events.metrics.values("AsyncEventsReceived", function) == []
    assert message.json["detail"] == {"order": 7}
    assert {name: str(value) for name, value in told.items()} == {
        "ERROR_CODE": "NO_PERMISSIONS",
        "RULE_ARN": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/orders",
        "TARGET_ARN": CHARGE,
    }
    assert f"lambda:InvokeFunction on resource: {CHARGE}" in str(message.message_attributes["ERROR_MESSAGE"])


@enforced
@pytest.mark.rule("PRM-11")
@pytest.mark.scenario("PSH S5")
def test_the_destination_of_a_function_gets_the_event_of_a_rule(lambda_events: LambdaEvents) -> None:
    def decline(event: Any, context: Any) -> None:
        raise ValueError("declined")

    failures = lambda_events.event_bus("failures")
    policy = [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": failures.arn}]
    lambda_events.function(decline, name="charge", on_failure=failures, maximum_retry_attempts=0, role_policy=policy)
    ruled(lambda_events)
    admit(lambda_events, "events.amazonaws.com", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/orders")

    put_event(lambda_events)

    [event] = failures.events
    [record] = failures.invocation_records
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert record.request_payload == lambda_events.event_buses["default"].events[0]
    assert (record.request_payload["source"], record.request_payload["detail"]) == ("shop", {"order": 7})


@enforced
@pytest.mark.rule("PRM-11")
def test_a_rule_without_permission_and_queue_loses_its_event(lambda_events: LambdaEvents, function: Function) -> None:
    events = lambda_events.client("events")
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": CHARGE}])

    failed = put_event(lambda_events)

    assert (failed, function.events) == (0, [])


@enforced
@pytest.mark.rule("PRM-11")
@pytest.mark.parametrize(
    ("bus", "source", "events"),
    [("default", "orders", 1), ("default", "returns", 0), ("shop", "shop/orders", 1), ("shop", "orders", 0)],
    ids=["the rule", "another rule", "of another bus", "of the default bus"],
)
def test_a_rule_needs_the_permission_for_itself(
    lambda_events: LambdaEvents, function: Function, bus: str, source: str, events: int
) -> None:
    lambda_events.event_bus("shop")
    ruled(lambda_events, bus=bus)
    admit(lambda_events, "events.amazonaws.com", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{source}")

    put_event(lambda_events, bus)

    assert len(function.events) == events


@enforced
@pytest.mark.rule("PRM-03", "PRM-11")
@pytest.mark.scenario("PRM P7")
@pytest.mark.parametrize(
    ("granted", "events"), [({}, 0), ({"Qualifier": "live"}, 1), ({"Qualifier": "1"}, 0)], ids=["function", "alias", "version"]
)
def test_a_rule_that_targets_an_alias_needs_the_aliass_permission(
    lambda_events: LambdaEvents, function: Function, granted: dict[str, str], events: int
) -> None:
    dead = ruled(lambda_events, f"{CHARGE}:live")
    admit(lambda_events, "events.amazonaws.com", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/orders", **granted)

    put_event(lambda_events)

    assert (len(function.events), len(dead.messages)) == (events, 1 - events)


# ---------------------------------------------------------------------- S3 and CloudWatch Logs


def notify(lambda_events: LambdaEvents) -> None:
    """Let the bucket tell the function of new objects."""
    lambda_events.client("s3").put_bucket_notification_configuration(
        Bucket="orders",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": CHARGE, "Events": ["s3:ObjectCreated:*"]}]
        },
    )


@enforced
@pytest.mark.rule("PRM-12")
@pytest.mark.parametrize(
    "granted",
    [{}, {"SourceArn": "arn:aws:s3:::other"}, {"SourceArn": "arn:aws:s3:::orders", "SourceAccount": ACCOUNT[::-1]}],
    ids=["nothing", "another bucket", "another account"],
)
def test_configuring_a_bucket_without_permission_is_refused(
    lambda_events: LambdaEvents, function: Function, refused: Refused, granted: dict[str, str]
) -> None:
    lambda_events.bucket("orders")
    add(lambda_events, **granted or {"Principal": "sns.amazonaws.com"})

    refusal = refused(notify, lambda_events=lambda_events)

    assert refusal == {
        "code": "InvalidArgument",
        "status": 400,
        "message": "Unable to validate the following destination configurations",
    }


@enforced
@pytest.mark.rule("PRM-12")
def test_a_bucket_with_permission_invokes_until_it_is_gone(lambda_events: LambdaEvents, function: Function) -> None:
    bucket = lambda_events.bucket("orders")
    add(lambda_events, SourceArn="arn:aws:s3:::orders", SourceAccount=ACCOUNT)
    notify(lambda_events)
    bucket.put_object("7", b"one")
    lambda_events.run_until_idle()
    before = len(function.events)
    lambda_events.client("lambda").remove_permission(FunctionName="charge", StatementId="s3")

    bucket.put_object("8", b"two")
    lambda_events.run_until_idle()

    assert (before, len(function.events)) == (1, 1)


def subscribe_logs(lambda_events: LambdaEvents) -> None:
    """Let the function have the log group's lines."""
    lambda_events.client("logs").put_subscription_filter(
        logGroupName="/shop/orders", filterName="all", filterPattern="", destinationArn=CHARGE
    )


@enforced
@pytest.mark.rule("PRM-13")
def test_subscribing_to_a_log_group_without_permission_is_refused(
    lambda_events: LambdaEvents, function: Function, refused: Refused
) -> None:
    lambda_events.client("logs").create_log_group(logGroupName="/shop/orders")

    refusal = refused(subscribe_logs, lambda_events=lambda_events)

    assert refusal["code"] == "InvalidParameterException"
    assert "permission to execute your function" in refusal["message"]


@enforced
@pytest.mark.rule("PRM-13")
def test_a_log_group_with_permission_invokes(lambda_events: LambdaEvents, function: Function) -> None:
    logs = lambda_events.client("logs")
    logs.create_log_group(logGroupName="/shop/orders")
    logs.create_log_stream(logGroupName="/shop/orders", logStreamName="1")
    admit(lambda_events, "logs.amazonaws.com", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/shop/orders:*")
    subscribe_logs(lambda_events)

    timestamp = round(lambda_events.now.timestamp() * 1000)
    logs.put_log_events(
        logGroupName="/shop/orders", logStreamName="1", logEvents=[{"timestamp": timestamp, "message": "order 7"}]
    )
    lambda_events.run_until_idle()

    assert len(function.events) == 1


@pytest.mark.rule("PRM-40")
def test_without_enforcement_services_invoke_without_permission(lambda_events: LambdaEvents, function: Function) -> None:
    lambda_events.bucket("orders")
    topic = subscribed(lambda_events)
    notify(lambda_events)
    ruled(lambda_events)

    lambda_events.client("sns").publish(TopicArn=topic, Message="order 7")
    lambda_events.client("s3").put_object(Bucket="orders", Key="7", Body=b"one")
    put_event(lambda_events)

    assert len(function.events) == 3
