"""What AWS would deliver and the simulation does not: refused by name, through boto3 and through stacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, NotSimulatedError

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:take"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
ROLE = "arn:aws:iam::123456789012:role/any"

MODELS = Path(botocore.__file__).parent / "data"
Call = Callable[[LambdaEvents], object]


def rule(lambda_events: LambdaEvents, **target: Any) -> object:
    events = lambda_events.client("events")
    events.put_rule(Name="orders", EventPattern='{"source": ["shop"]}')
    return events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": FUNCTION, **target}])


def matched(lambda_events: LambdaEvents, arn: str) -> object:
    rule(lambda_events, Arn=arn)
    entry = {"Source": "shop", "DetailType": "paid", "Detail": "{}"}
    return lambda_events.client("events").put_events(Entries=[entry])


def matched_by_states(lambda_events: LambdaEvents) -> object:
    states = lambda_events.client("stepfunctions")
    definition = {"StartAt": "a", "States": {"a": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    machine = states.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
    return matched(lambda_events, machine["stateMachineArn"])


def executed(lambda_events: LambdaEvents) -> object:
    states = lambda_events.client("stepfunctions")
    definition = {"StartAt": "a", "States": {"a": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    machine = states.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
    return states.start_execution(stateMachineArn=machine["stateMachineArn"])


def subscribed(**parameters: Any) -> Call:
    settings = {"logGroupName": "shop", "filterName": "errors", "filterPattern": "", "destinationArn": FUNCTION}
    return call("logs", "put_subscription_filter", **{**settings, **parameters})


def infrequent(lambda_events: LambdaEvents) -> object:
    lambda_events.function(lambda event, context: None, name="take")
    lambda_events.client("logs").create_log_group(logGroupName="shop", logGroupClass="INFREQUENT_ACCESS")
    return subscribed()(lambda_events)


def alarmed(lambda_events: LambdaEvents) -> object:
    alarm(lambda_events)
    return lambda_events.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")


def alarm(lambda_events: LambdaEvents) -> object:
    return lambda_events.client("cloudwatch").put_metric_alarm(
        AlarmName="errors", MetricName="Errors", Namespace="AWS/Lambda", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[TOPIC],
    )  # fmt: skip


def expiring(lambda_events: LambdaEvents) -> object:
    bucket = lambda_events.bucket("scans")
    notify = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:LifecycleExpiration:Delete"]}
    return lambda_events.client("s3").put_bucket_notification_configuration(
        Bucket=bucket.name, NotificationConfiguration={"LambdaFunctionConfigurations": [notify]}
    )


def transformed(lambda_events: LambdaEvents) -> object:
    processor = {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": FUNCTION}]}
    return lambda_events.client("firehose").create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::clicks",
            "ProcessingConfiguration": {"Enabled": True, "Processors": [processor]},
        },
    )  # fmt: skip


def call(service: str, method: str, /, **parameters: Any) -> Call:
    return lambda lambda_events: getattr(lambda_events.client(service), method)(**parameters)


REFUSED: dict[str, tuple[Call, str]] = {
    "an event for an API destination": (
        lambda env: matched(env, "arn:aws:events:us-east-1:123456789012:api-destination/a/b"),
        "A target of the kind 'api-destination' is not simulated. Rule 'orders' matched an event for .*a/b. Send the event to",
    ),
    "an event for a cluster": (
        lambda env: matched(env, "arn:aws:ecs:us-east-1:123456789012:cluster/c"), "A target of the kind 'ecs'",
    ),
    "an event for a state machine with a function": (matched_by_states, "state machine"),
    "an event for a global endpoint": (
        call("events", "put_events", EndpointId="abc.def", Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}]),
        "without EndpointId",
    ),
    "a global endpoint": (
        call(
            "events", "create_endpoint", Name="global", EventBuses=[{"EventBusArn": BUS}] * 2,
            RoutingConfig={
                "FailoverConfig": {
                    "Primary": {"HealthCheck": "arn:aws:route53:::healthcheck/x"}, "Secondary": {"Route": "us-west-2"},
                },
            },
        ),
        "A global endpoint of EventBridge",
    ),
    "a pipe to a state machine": (
        call("pipes", "create_pipe", Name="p", RoleArn=ROLE, Source=QUEUE, Target=MACHINE), "A target of a pipe other than",
    ),
    "an execution": (executed, "state machine"),
    "log events for Firehose": (
        subscribed(destinationArn="arn:aws:firehose:us-east-1:123456789012:deliverystream/logs"), "Firehose",
    ),
    "log events for a logical destination": (
        subscribed(destinationArn="arn:aws:logs:us-east-1:123456789012:destination:all"), "logical destination",
    ),
    "transformed log events": (subscribed(applyOnTransformedLogs=True), "transformed log events"),
    "a transformer": (
        call("logs", "put_transformer", logGroupIdentifier="shop", transformerConfig=[{"parseJSON": {}}]), "transformer",
    ),
    "a filter of an account": (
        call(
            "logs", "put_account_policy", policyName="all", policyType="SUBSCRIPTION_FILTER_POLICY", scope="ALL",
            policyDocument=json.dumps({"DestinationArn": FUNCTION, "FilterPattern": ""}),
        ),
        "subscription filter of an account",
    ),
    "an infrequent log group": (infrequent, "INFREQUENT_ACCESS"),
    "a WebSocket API": (call("apigatewayv2", "create_api", Name="chat", ProtocolType="WEBSOCKET"), "A WebSocket API"),
    "a domain of a REST API": (call("apigateway", "create_domain_name", domainName="shop.example"), "custom domain name"),
    "a domain of an HTTP API": (call("apigatewayv2", "create_domain_name", DomainName="shop.example"), "custom domain name"),
    "the policy of a REST API": (call("apigateway", "create_rest_api", name="shop", policy="{}"), "resource policy of a REST"),
    "the cache of a stage": (
        call("apigateway", "create_stage", restApiId="a", stageName="b", deploymentId="c", cacheClusterEnabled=True),
        "cache of a stage",
    ),
    "a canary": (
        call("apigateway", "create_deployment", restApiId="a", stageName="b", canarySettings={"percentTraffic": 50}),
        "A canary of a stage",
    ),
    "the cache of a stage that exists": (
        call("apigateway", "update_stage", restApiId="a", stageName="b", patchOperations=[
            {"op": "replace", "path": "/cacheClusterEnabled", "value": "true"}
        ]),
        "cache of a stage",
    ),
    "a canary of a stage that exists": (
        call("apigateway", "update_stage", restApiId="a", stageName="b", patchOperations=[
            {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "50"}
        ]),
        "A canary of a stage",
    ),
    "the policy of a REST API that exists": (
        call("apigateway", "update_rest_api", restApiId="a", patchOperations=[
            {"op": "replace", "path": "/policy", "value": "{}"}
        ]),
        "resource policy of a REST",
    ),
    "a copy of a REST API": (call("apigateway", "create_rest_api", name="shop", cloneFrom="a"), "A copy of a REST API"),
    "a parameter mapping of requests": (
        call(
            "apigatewayv2", "create_integration", ApiId="a", IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION,
            PayloadFormatVersion="2.0", RequestParameters={"append:header.x": "1"},
        ),
        "A parameter mapping of an HTTP API",
    ),
    "a parameter mapping of responses": (
        call(
            "apigatewayv2", "update_integration", ApiId="a", IntegrationId="b",
            ResponseParameters={"500": {"overwrite:statuscode": "200"}},
        ),
        "A parameter mapping of an HTTP API",
    ),
    "a message to a client of a WebSocket API": (
        lambda env: env.client(
            "apigatewaymanagementapi", endpoint_url="https://abc.execute-api.us-east-1.amazonaws.com/dev"
        ).post_to_connection(ConnectionId="a", Data=b"x"),
        "A message to a client of a WebSocket API",
    ),
    "a streamed response": (
        call(
            "apigateway", "put_integration", restApiId="a", resourceId="b", httpMethod="GET", type="AWS_PROXY",
            responseTransferMode="STREAM",
        ),
        "A streamed response",
    ),
    "the template of a gateway response": (
        call(
            "apigateway", "put_gateway_response", restApiId="a", responseType="THROTTLED",
            responseTemplates={"application/json": '{"error": "busy"}'},
        ),
        "The template of a gateway response",
    ),
    "an alarm": (alarmed, "alarm"),
    "an expired object": (expiring, "A notification of S3 about an expiry"),
    "a transformation": (transformed, "Firehose"),
    "a user pool": (
        call("cognito-idp", "create_user_pool", PoolName="p", LambdaConfig={"PreSignUp": FUNCTION}),
        "Cognito",
    ),
    "an IoT rule": (
        call(
            "iot", "create_topic_rule", ruleName="r",
            topicRulePayload={"sql": "SELECT * FROM 'a'", "actions": [{"lambda": {"functionArn": FUNCTION}}]},
        ),
        "IoT",
    ),
    "a receipt rule": (
        call(
            "ses", "create_receipt_rule", RuleSetName="s",
            Rule={"Name": "r", "Actions": [{"LambdaAction": {"FunctionArn": FUNCTION}}]},
        ),
        "SES",
    ),
    "a rotation": (call("secretsmanager", "rotate_secret", SecretId="s", RotationLambdaARN=FUNCTION), "rotation"),
    "a target of a load balancer": (
        call("elbv2", "register_targets", TargetGroupArn="arn:any", Targets=[{"Id": FUNCTION}]),
        r"Create the target group with lambda_events\.target_group",
    ),
    "an HTTP subscription": (
        call("sns", "subscribe", TopicArn=TOPIC, Protocol="https", Endpoint="https://shop.example"),
        "HTTP",
    ),
    "a replay of a topic": (
        call(
            "sns",
            "set_subscription_attributes",
            SubscriptionArn=f"{TOPIC}:1",
            AttributeName="ReplayPolicy",
            AttributeValue='{"PointType": "Timestamp"}',
        ),
        "The replay of the archive of a FIFO topic",
    ),
    "a subscription with a replay": (
        call(
            "sns",
            "subscribe",
            TopicArn=TOPIC,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:orders.fifo",
            Attributes={"ReplayPolicy": '{"PointType": "Timestamp"}'},
        ),
        "The replay of the archive of a FIFO topic",
    ),
    "a new replica of a table": (
        call("dynamodb", "update_table", TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]),
        "replica of a table",
    ),
    "a table that is a replica": (
        call(
            "dynamodb", "create_table", TableName="orders", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            GlobalTableSourceArn="arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
        ),
        "replica of a table",
    ),
    "changes of a table for Kinesis": (
        call(
            "dynamodb", "enable_kinesis_streaming_destination", TableName="orders",
            StreamArn="arn:aws:kinesis:us-east-1:123456789012:stream/changes",
        ),
        "receives the changes of a table",
    ),
    "a usage plan": (
        call("apigateway", "create_usage_plan", name="daily", quota={"limit": 5, "period": "DAY"}),
        "usage plan of API keys is not simulated",
    ),
    "an operation that moto lacks": (
        call("events", "list_endpoints"),
        "ListEndpoints is not simulated: moto",
    ),
}  # fmt: skip


@pytest.mark.rule("HTP-19", "HTP-A0")
@pytest.mark.parametrize("name", REFUSED)
def test_deliveries_that_are_not_simulated_are_refused_by_name(lambda_events: LambdaEvents, name: str) -> None:
    make, told = REFUSED[name]

    with pytest.raises(NotSimulatedError, match=told):
        make(lambda_events)


@pytest.mark.rule("EVB-1D")
@pytest.mark.parametrize("name", ["an event for a global endpoint", "a global endpoint"])
def test_global_endpoints_of_eventbridge_are_refused_by_name(lambda_events: LambdaEvents, name: str) -> None:
    with pytest.raises(NotSimulatedError, match="Put events on the event bus"):
        REFUSED[name][0](lambda_events)


@pytest.mark.rule("EVB-04")
@pytest.mark.skipif(not (MODELS / "eventbridgev2").is_dir(), reason="this botocore does not have the service yet")
def test_custom_event_buses_of_the_newer_service_are_refused_by_name(lambda_events: LambdaEvents) -> None:
    create = getattr(lambda_events.client("eventbridgev2"), "create_event_bus")  # noqa: B009

    with pytest.raises(NotSimulatedError, match="Use the client events with an event bus and rules"):
        create(Name="orders")


def test_a_refusal_names_the_call_and_what_to_use_instead(lambda_events: LambdaEvents) -> None:
    with pytest.raises(NotSimulatedError) as refusal:
        REFUSED["a pipe to a state machine"][0](lambda_events)

    assert str(refusal.value) == (
        "A target of a pipe other than a function, queue, topic, Kinesis stream, event bus or log group is not simulated "
        "(pipes.CreatePipe). On AWS it delivers something; here nothing would arrive. Give the pipe one of these targets in "
        "the test."
    )


def test_a_refusal_that_a_handler_swallows_fails_the_test(lambda_events: LambdaEvents) -> None:
    def connect(event: Any, context: Any) -> None:
        try:
            boto3.client("pipes").create_pipe(Name="p", Source=QUEUE, Target=MACHINE, RoleArn=ROLE)
        except Exception:
            return

    lambda_events.function(connect).invoke_async({})

    with pytest.raises(NotSimulatedError, match="A target of a pipe other than"):
        lambda_events.run_until_idle()


def test_a_refused_change_does_not_alter_a_rule(lambda_events: LambdaEvents) -> None:
    events = lambda_events.client("events")
    rule(lambda_events)

    with pytest.raises(NotSimulatedError):
        events.put_rule(Name="orders", ScheduleExpression="cron(0 0 ? * MON/2 *)")
    with pytest.raises(ClientError):
        events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": FUNCTION, "Input": "not JSON"}])

    assert "ScheduleExpression" not in events.describe_rule(Name="orders")
    assert events.list_targets_by_rule(Rule="orders")["Targets"] == [{"Id": "1", "Arn": FUNCTION}]


def test_a_schedule_without_targets_delivers_nothing_and_is_accepted(lambda_events: LambdaEvents) -> None:
    events = lambda_events.client("events")

    events.put_rule(Name="often", ScheduleExpression="rate(5 minutes)")
    events.put_rule(Name="never", ScheduleExpression="rate(5 minutes)", State="DISABLED")
    events.put_targets(Rule="never", Targets=[{"Id": "1", "Arn": FUNCTION}])

    assert [one["Name"] for one in events.list_rules()["Rules"]] == ["often", "never"]


def test_an_execution_that_delivers_nothing_is_accepted(lambda_events: LambdaEvents) -> None:
    states = lambda_events.client("stepfunctions")
    definition = {"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}
    machine = states.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]

    started = states.start_execution(stateMachineArn=machine)

    assert started["executionArn"].startswith("arn:aws:states:")


def test_the_actions_of_an_alarm_are_accepted_with_a_warning(lambda_events: LambdaEvents) -> None:
    alarm(lambda_events)

    [warning] = lambda_events.journal.warnings
    assert "An action of a CloudWatch alarm is not simulated (cloudwatch.PutMetricAlarm)" in warning.detail["message"]


OF_OTHERS = "An event of a service other than S3, Lambda, EventBridge and Scheduler is not simulated (events.PutRule)"


@pytest.mark.parametrize(
    ("pattern", "warnings"),
    [
        ({"source": ["aws.ec2"]}, [OF_OTHERS]),
        ({"source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"]}, [OF_OTHERS]),
        ({"source": ["aws.s3", "aws.scheduler", "shop"], "detail-type": ["Object Created"]}, []),
        ({"source": [{"prefix": "shop"}], "detail": {"source": ["aws.ec2"]}}, []),
    ],
)  # fmt: skip
def test_a_rule_for_events_that_are_never_sent_is_accepted_with_a_warning(
    lambda_events: LambdaEvents, pattern: dict[str, Any], warnings: list[str]
) -> None:
    lambda_events.client("events").put_rule(Name="changes", EventPattern=json.dumps(pattern))

    found = [warning.detail["message"].partition(".PutRule)")[0] for warning in lambda_events.journal.warnings]
    assert [f"{text}.PutRule)" for text in found] == warnings


def test_a_new_bucket_causes_no_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: None, name="take")
    bus = lambda_events.event_buses["default"]
    bus.add_rule({"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}}, function)

    lambda_events.bucket("uploads")
    lambda_events.run_until_idle()

    assert (function.attempts, bus.events) == ([], [])


@pytest.mark.rule("PSH-8C")
@pytest.mark.parametrize(
    "call",
    [
        lambda sns, topic: sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://shop.example"),
        lambda sns, topic: sns.subscribe(
            TopicArn=topic, Protocol="firehose", Endpoint="arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks"
        ),
        lambda sns, topic: sns.create_topic(Name="private", DataProtectionPolicy="{}"),
        lambda sns, topic: sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=QUEUE,
            Attributes={"ReplayPolicy": '{"PointType": "Timestamp", "StartingPoint": "2026-01-01T00:00:00.000Z"}'},
        ),
    ],
    ids=["https", "firehose", "data protection", "replay"],
)  # fmt: skip
def test_deliveries_of_topics_that_are_not_simulated_are_refused(lambda_events: LambdaEvents, call: Any) -> None:
    sns, topic = lambda_events.client("sns"), lambda_events.topic("orders")

    with pytest.raises(NotSimulatedError, match=r"is not simulated \(sns\."):
        call(sns, topic.arn)


@pytest.mark.rule("PSH-8C")
@pytest.mark.parametrize("protocol", ["email", "email-json", "sms"])
def test_subscriptions_of_people_are_accepted_with_a_warning(lambda_events: LambdaEvents, protocol: str) -> None:
    endpoint = "+15550100" if protocol == "sms" else "shop@example.com"
    topic = lambda_events.topic("orders")

    lambda_events.client("sns").subscribe(TopicArn=topic.arn, Protocol=protocol, Endpoint=endpoint)
    topic.publish("m")

    [warning] = lambda_events.journal.warnings
    expected = "A subscription of an email address, a phone number or a mobile device is not simulated (sns.Subscribe)."
    assert warning.detail["message"].startswith(expected)


@pytest.mark.rule("PSH-8C")
def test_the_logging_of_deliveries_is_accepted_with_a_warning(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.topic("orders")

    lambda_events.client("sns").set_topic_attributes(
        TopicArn=topic.arn, AttributeName="LambdaFailureFeedbackRoleArn", AttributeValue=ROLE
    )

    [warning] = lambda_events.journal.warnings
    assert "On AWS it writes log events; here there would be none." in warning.detail["message"]


RESOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "notifications": (
        {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "NotificationConfiguration": {
                    "LambdaConfigurations": [{"Event": "s3:LifecycleExpiration:*", "Function": FUNCTION}]
                }
            },
        },
        "A notification of S3 about an expiry",
    ),
    "an HTTP subscription of a topic": (
        {
            "Type": "AWS::SNS::Topic",
            "Properties": {"Subscription": [{"Protocol": "https", "Endpoint": "https://shop.example"}]},
        },
        "HTTP",
    ),
    "a Kinesis stream of a table": (
        {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KinesisStreamSpecification": {"StreamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"},
            },
        },
        "KinesisStreamSpecification",
    ),
    "a pipe to a state machine": (
        {"Type": "AWS::Pipes::Pipe", "Properties": {"Source": QUEUE, "Target": MACHINE, "RoleArn": ROLE}},
        "A target of a pipe other than .*AWS::Pipes::Pipe.* Give the pipe one of these targets",
    ),
    "a custom resource": ({"Type": "Custom::Seed", "Properties": {"ServiceToken": FUNCTION}}, "Custom::Seed"),
}  # fmt: skip


@pytest.mark.parametrize("name", RESOURCES)
def test_a_stack_that_would_deliver_is_refused_by_name(lambda_events: LambdaEvents, name: str) -> None:
    resource, told = RESOURCES[name]
    template = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "shop"}}, "It": resource}}

    with pytest.raises(NotSimulatedError, match=told):
        lambda_events.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(template))
