"""LOG-10 to 1E: what subscription filters deliver, retry and lose."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
from typing import Any

import boto3
import pytest
from log_groups import GROUP, LogGroupCalls, data_of, messages_of, received
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents, LambdaEventsError, NotSimulatedError
from pytest_lambda_events.journal.pushes import PushDropped, Pushed, PushFiltered, PushRetried

ACCOUNT = "123456789012"
TAKE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:take"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/logs"


def take(event: Any, context: Any) -> None:
    pass


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(take)


@pytest.fixture
def group(lambda_events: LambdaEvents) -> LogGroupCalls:
    return LogGroupCalls(lambda_events)


def texts(size: int, seed: int = 1) -> str:
    """Text that does not compress well."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits + "+/", k=size))


@pytest.mark.rule("LOG-10", "LOG-11")
@pytest.mark.scenario("LOG L1")
def test_the_event_has_aws_form(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE)
    timestamp = round(lambda_events.now.timestamp() * 1000)
    group.put('{"order": 7}', "zwei")
    lambda_events.run_until_idle()

    [event] = function.events
    data = data_of(event.payload)
    assert json.dumps(data, separators=(",", ":")) == (
        f'{{"messageType":"DATA_MESSAGE","owner":"{ACCOUNT}","logGroup":"{GROUP}","logStream":"one",'
        f'"subscriptionFilters":["all"],"logEvents":[{{"id":"{group.ids()[0]}","timestamp":{timestamp},'
        f'"message":"{{\\"order\\": 7}}"}},{{"id":"{group.ids()[1]}","timestamp":{timestamp + 1},"message":"zwei"}}]}}'
    )
    assert list(event.payload) == ["awslogs"]
    assert list(event.payload["awslogs"]) == ["data"]
    assert [len(one) for one in group.ids()] == [56, 56]
    assert sorted(set(group.ids())) == group.ids()


@pytest.mark.rule("LOG-11")
def test_the_same_seed_gives_the_same_ids() -> None:
    def ids() -> list[str]:
        with LambdaEvents() as environment:
            group = LogGroupCalls(environment)
            group.put("a", "b")
            return group.ids()

    assert ids() == ids()


@pytest.mark.rule("LOG-12")
@pytest.mark.parametrize(
    ("pattern", "fields"),
    [("[ip, ..., status = 4*]", {"ip": "127.0.0.1", "status": "404"}), ("404", None), ("{ $.a = 1 }", None)],
)
def test_only_space_delimited_patterns_extract_fields(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function, pattern: str, fields: Any
) -> None:
    group.subscribe(TAKE, pattern)
    group.put("127.0.0.1 x 404", '{"a": 1}')
    lambda_events.run_until_idle()

    [data] = received(function)
    [event] = data["logEvents"]
    assert event.get("extractedFields") == fields
    assert ("extractedFields" in event) == (fields is not None)


@pytest.mark.rule("LOG-41")
@pytest.mark.scenario("LOG L2")
def test_only_matching_events_are_delivered(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE, "ERROR")

    group.put("TERROR", "error", "an ERROR")
    group.put("nothing")
    lambda_events.run_until_idle()

    assert messages_of(function) == [["TERROR", "an ERROR"]]
    assert [entry.kind for entry in lambda_events.journal if isinstance(entry, (Pushed, PushFiltered))] == [
        "pushed", "push_filtered"
    ]  # fmt: skip
    [event] = function.events
    assert event.source_service == f"logs {GROUP}"


@pytest.mark.rule("LOG-13")
@pytest.mark.scenario("LOG L16")
def test_two_filters_send_two_payloads(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE, "", "all")
    group.subscribe(TAKE, "ERROR", "errors")

    group.put("ERROR")
    lambda_events.run_until_idle()

    first, second = received(function)
    assert (first["subscriptionFilters"], second["subscriptionFilters"]) == (["all"], ["errors"])
    assert first["logEvents"] == second["logEvents"]


@pytest.mark.rule("LOG-13")
@pytest.mark.scenario("LOG L17")
def test_a_payload_has_events_of_one_stream(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.add_stream("two")
    group.subscribe(TAKE)

    group.put("a", "b")
    group.put("c", stream="two")
    lambda_events.run_until_idle()

    assert [data["logStream"] for data in received(function)] == ["one", "two"]
    assert messages_of(function) == [["a", "b"], ["c"]]


@pytest.mark.rule("LOG-14")
@pytest.mark.lambda_events(asynchronous_payload_limit=2_000)
def test_a_payload_that_is_too_large_is_split(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE)
    messages = [texts(600, seed) for seed in range(5)]

    group.put(*messages)
    lambda_events.run_until_idle()

    assert [len(batch) for batch in messages_of(function)] == [2, 2, 1]
    assert [message for batch in messages_of(function) for message in batch] == messages


@pytest.mark.rule("LOG-14")
@pytest.mark.lambda_events(asynchronous_payload_limit=2_000)
def test_an_event_that_does_not_fit_is_refused_by_name(group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE)

    with pytest.raises(NotSimulatedError, match="subscription filter 'all' of log group '/shop/orders'"):
        group.put("small", texts(2_000))

    assert function.events == []


@pytest.mark.rule("LOG-15")
def test_rejected_events_are_not_delivered(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    group.subscribe(TAKE)
    now = round(lambda_events.now.timestamp() * 1000)
    hours = {"old": -15 * 24, "now": 0, "new": 3}

    answer = group.logs.put_log_events(
        logGroupName=GROUP, logStreamName="one",
        logEvents=[{"timestamp": now + ahead * 3_600_000, "message": name} for name, ahead in hours.items()],
    )  # fmt: skip
    lambda_events.run_until_idle()

    assert "rejectedLogEventsInfo" in answer
    assert messages_of(function) == [["now"]]


@pytest.mark.rule("LOG-16")
def test_events_are_delivered_at_the_same_instant(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function
) -> None:
    group.subscribe(TAKE)
    lambda_events.advance(7)

    group.put("a")
    lambda_events.advance(0)

    assert [(event.accepted_at, len(event.attempts)) for event in function.events] == [(lambda_events.now, 1)]


@pytest.mark.rule("LOG-17")
@pytest.mark.scenario("LOG L20")
def test_a_handler_error_is_retried_by_lambda(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ConnectionError("no database")

    failures = lambda_events.queue("failures")
    function = lambda_events.function(fail, name="take", on_failure=failures)
    group.subscribe(TAKE)

    group.put("a")
    lambda_events.run_until_idle()

    [event] = function.events
    assert [(attempt.started_at - event.accepted_at).total_seconds() for attempt in event.attempts] == [0, 60, 180]
    [record] = failures.invocation_records
    assert record.request_payload == event.payload
    assert data_of(event.payload)["logEvents"][0]["message"] == "a"


@pytest.mark.rule("LOG-18", "LOG-19")
@pytest.mark.scenario("LOG L15")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_denied_delivery_disables_the_filter(lambda_events: LambdaEvents, group: LogGroupCalls, function: Function) -> None:
    aws_lambda = lambda_events.client("lambda")
    statement = {
        "FunctionName": "take", "StatementId": "logs", "Action": "lambda:InvokeFunction", "Principal": "logs.amazonaws.com",
    }  # fmt: skip
    aws_lambda.add_permission(**statement)
    group.subscribe(TAKE)
    before = group.filters()
    aws_lambda.remove_permission(FunctionName="take", StatementId="logs")

    group.put("at 0")
    lambda_events.advance(100)
    aws_lambda.add_permission(**statement)
    lambda_events.advance(200)
    group.put("at 300")
    lambda_events.advance(299.999)
    group.put("just before 600")
    assert group.filters() == before
    lambda_events.advance(0.001)
    group.put("at 600")
    lambda_events.advance(1)
    group.put("at 601")
    lambda_events.run_until_idle()

    assert messages_of(function) == [["at 600"], ["at 601"]]
    dropped = [entry for entry in lambda_events.journal if isinstance(entry, PushDropped)]
    assert [entry.after_seconds for entry in dropped] == [0, 300, 599.999]
    assert "is not authorized to perform: lambda:InvokeFunction" in dropped[0].reason
    assert dropped[1].reason == "the filter is disabled until 600 s after a failed delivery"


@pytest.mark.rule("LOG-18", "LOG-1F")
def test_a_function_that_was_deleted_disables_the_filter(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function
) -> None:
    group.subscribe(TAKE)
    function.delete()

    group.put("lost")
    again = lambda_events.function(take)
    group.put("lost too")
    group.subscribe(TAKE)
    group.put("arrives")
    lambda_events.run_until_idle()

    assert messages_of(again) == [["arrives"]]
    with pytest.raises(AssertionError, match="logs /shop/orders"):
        lambda_events.assert_no_data_lost()


@pytest.mark.rule("LOG-18", "LOG-19")
@pytest.mark.lambda_events(state_change_seconds=5)
def test_a_retryable_failure_is_retried(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    # Lambda refuses events with status 409 while a new function is pending.
    create_function("take", "def handler(event, context): ...")
    group.subscribe(TAKE)

    group.put("a")
    lambda_events.run_until_idle()

    retried = [entry for entry in lambda_events.journal if isinstance(entry, PushRetried)]
    assert [(entry.after_seconds, entry.due_after_seconds) for entry in retried] == [(0, 1), (1, 3), (3, 7)]
    assert messages_of(lambda_events.functions["take"]) == [["a"]]
    assert not any(isinstance(entry, PushDropped) for entry in lambda_events.journal)


@pytest.mark.rule("LOG-19")
@pytest.mark.lambda_events(state_change_seconds=100_000)
def test_retries_end_after_a_day(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    create_function("take", "def handler(event, context): ...")
    group.subscribe(TAKE)

    group.put("a")
    lambda_events.run_until_idle()
    group.put("b")

    due = [entry.due_after_seconds for entry in lambda_events.journal if isinstance(entry, PushRetried)]
    assert due[:11] == [1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1_111]
    assert 86_100 < due[-2] <= 86_400
    [dropped] = [entry for entry in lambda_events.journal if isinstance(entry, PushDropped)]
    assert dropped.after_seconds == due[-2]


@pytest.mark.rule("LOG-1B")
def test_a_deleted_filter_affects_later_events_only(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function
) -> None:
    group.subscribe(TAKE)
    group.put("before")
    group.logs.delete_subscription_filter(logGroupName=GROUP, filterName="all")
    group.put("after")
    lambda_events.run_until_idle()

    assert messages_of(function) == [["before"]]


@pytest.mark.rule("LOG-1B")
def test_a_deleted_log_group_affects_later_events_only(
    lambda_events: LambdaEvents, group: LogGroupCalls, function: Function
) -> None:
    group.subscribe(TAKE)
    group.put("before")
    group.logs.delete_log_group(logGroupName=GROUP)
    lambda_events.run_until_idle()

    assert messages_of(function) == [["before"]]


# ----------------------------------------------------------------------------- streams


def records_of(lambda_events: LambdaEvents, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The partition key and the data of each record."""
    kinesis = lambda_events.client("kinesis")
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    return [(record["PartitionKey"], json.loads(gzip.decompress(record["Data"]))) for record in records]


@pytest.mark.rule("LOG-07", "LOG-0E")
def test_a_stream_receives_a_control_message_and_batches(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    stream = lambda_events.stream("logs")
    group.add_stream("two")
    group.subscribe(stream.arn, "ERROR", roleArn=ROLE)

    group.put("ERROR a", "fine")
    group.put("ERROR b")
    group.put("ERROR c", stream="two")

    (_, control), *data = records_of(lambda_events, "logs")
    assert control == {
        "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
        "subscriptionFilters": [], "logEvents": [{
            "id": "", "timestamp": round(lambda_events.now.timestamp() * 1000),
            "message": "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.",
        }],
    }  # fmt: skip
    assert [[event["message"] for event in one["logEvents"]] for _, one in data] == [["ERROR a"], ["ERROR b"], ["ERROR c"]]
    assert [one["messageType"] for _, one in data] == ["DATA_MESSAGE"] * 3
    first, second, third = (key for key, _ in data)
    assert first == second != third


@pytest.mark.rule("LOG-07", "LOG-0E")
def test_a_function_reads_log_events_from_a_stream(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    read: list[str] = []

    def index(event: Any, context: Any) -> None:
        for record in event["Records"]:
            data = json.loads(gzip.decompress(base64.b64decode(record["kinesis"]["data"])))
            if data["messageType"] == "DATA_MESSAGE":
                read.extend(one["message"] for one in data["logEvents"])

    stream = lambda_events.stream("logs")
    lambda_events.function(index).add_event_source(stream, starting_position="TRIM_HORIZON")
    group.subscribe(stream.arn, roleArn=ROLE, distribution="Random")

    group.put("a", "b")
    lambda_events.run_until_idle()

    assert read == ["a", "b"]


@pytest.mark.rule("LOG-0E")
def test_records_of_a_random_distribution_have_other_keys(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    stream = lambda_events.stream("logs")
    group.subscribe(stream.arn, roleArn=ROLE, distribution="Random")

    group.put("a")
    group.put("b")

    keys = [key for key, _ in records_of(lambda_events, "logs")]
    assert len(set(keys)) == 3


@pytest.mark.rule("LOG-0E")
def test_a_stream_that_does_not_exist_is_refused(group: LogGroupCalls) -> None:
    with pytest.raises(group.logs.exceptions.InvalidParameterException, match="specified Kinesis stream"):
        group.subscribe(f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/nothing", roleArn=ROLE)


@pytest.mark.rule("LOG-18")
def test_a_deleted_stream_disables_the_filter(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    stream = lambda_events.stream("logs")
    group.subscribe(stream.arn, roleArn=ROLE)
    stream.delete()

    group.put("lost")
    group.put("lost too")

    reasons = [entry.reason for entry in lambda_events.journal if isinstance(entry, PushDropped)]
    assert reasons[1:] == ["the filter is disabled until 600 s after a failed delivery"]


def create_role(lambda_events: LambdaEvents, principal: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    lambda_events.client("iam").create_role(
        RoleName="logs", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )


def allow_to_put(lambda_events: LambdaEvents, stream_arn: str) -> None:
    allow = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": stream_arn}
    lambda_events.client("iam").put_role_policy(
        RoleName="logs", PolicyName="put", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )


@pytest.mark.rule("LOG-0E")
@pytest.mark.parametrize("principal", ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"])
@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_role_must_be_able_to_put_records(lambda_events: LambdaEvents, group: LogGroupCalls, principal: str) -> None:
    stream = lambda_events.stream("logs")
    create_role(lambda_events, principal)
    with pytest.raises(group.logs.exceptions.InvalidParameterException):
        group.subscribe(stream.arn, roleArn=ROLE)
    allow_to_put(lambda_events, stream.arn)

    group.subscribe(stream.arn, roleArn=ROLE)
    group.put("a")

    assert len(records_of(lambda_events, "logs")) == 2


@pytest.mark.rule("LOG-0E")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_cloudwatch_logs_must_be_able_to_assume_the_role(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    stream = lambda_events.stream("logs")
    create_role(lambda_events, "events.amazonaws.com")
    allow_to_put(lambda_events, stream.arn)

    with pytest.raises(group.logs.exceptions.InvalidParameterException, match="specified Kinesis stream"):
        group.subscribe(stream.arn, roleArn=ROLE)


@pytest.mark.rule("LOG-18")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_role_that_loses_its_permission_disables_the_filter(lambda_events: LambdaEvents, group: LogGroupCalls) -> None:
    stream = lambda_events.stream("logs")
    create_role(lambda_events, "logs.amazonaws.com")
    allow_to_put(lambda_events, stream.arn)
    group.subscribe(stream.arn, roleArn=ROLE)
    lambda_events.client("iam").delete_role_policy(RoleName="logs", PolicyName="put")

    group.put("lost")

    [dropped] = [entry for entry in lambda_events.journal if isinstance(entry, PushDropped)]
    assert "is not authorized to perform: kinesis:PutRecord" in dropped.reason


# ------------------------------------------------------------- log lines of functions


def shout(event: Any, context: Any) -> None:
    print("ERROR no stock")
    print("done")


@pytest.mark.rule("LOG-1E")
def test_the_log_of_a_function_passes_through_filters(lambda_events: LambdaEvents, function: Function) -> None:
    group = LogGroupCalls(lambda_events, "/aws/lambda/shout")
    group.subscribe(TAKE, "", "all")
    group.subscribe(TAKE, "ERROR", "errors")

    lambda_events.function(shout).invoke({})
    lambda_events.run_until_idle()

    everything, errors = messages_of(function)
    assert [message.split(" ")[0].strip() for message in everything] == [
        "INIT_START",
        "START",
        "ERROR",
        "done",
        "END",
        "REPORT",
    ]
    assert errors == ["ERROR no stock\n"]
    assert received(function)[0]["logStream"].startswith("2026/01/01/[$LATEST]")


@pytest.mark.rule("LOG-1C", "LOG-1D")
@pytest.mark.scenario("LOG L19")
def test_a_filter_on_the_own_log_group_of_a_function_ends_in_an_error(lambda_events: LambdaEvents, function: Function) -> None:
    group = LogGroupCalls(lambda_events, "/aws/lambda/take")
    group.subscribe(TAKE)

    group.put("first")
    with pytest.raises(LambdaEventsError) as error:
        lambda_events.run_until_idle()

    assert len(function.events) == 16
    assert str(error.value) == (
        "Endless loop of log deliveries: subscription filter 'all' of log group '/aws/lambda/take' sends log events to "
        "'take', and this causes new log events. The simulation stops after 16 deliveries in one chain. On AWS the loop "
        "does not end. Use a filterPattern that does not match the log events of the function, or subscribe another log "
        "group (LOG-1C)."
    )


@pytest.mark.rule("LOG-1D")
def test_two_functions_that_feed_each_other_end_in_an_error(lambda_events: LambdaEvents) -> None:
    ping, pong = lambda_events.function(take, name="ping"), lambda_events.function(take, name="pong")
    LogGroupCalls(lambda_events, "/aws/lambda/ping").subscribe(pong.arn)
    LogGroupCalls(lambda_events, "/aws/lambda/pong").subscribe(ping.arn)

    ping.invoke_async({})
    with pytest.raises(LambdaEventsError, match=r"'/aws/lambda/p[io]ng'"):
        lambda_events.run_until_idle()

    assert (len(ping.events), len(pong.events)) == (9, 8)


@pytest.mark.rule("LOG-1D")
@pytest.mark.parametrize("by", ["logs", "sqs", "sns", "events"])
def test_a_loop_through_a_call_of_the_handler_ends_in_an_error(lambda_events: LambdaEvents, by: str) -> None:
    group = LogGroupCalls(lambda_events)
    queue, topic = lambda_events.queue("jobs"), lambda_events.topic("jobs")

    def write(event: Any, context: Any) -> None:
        group.put("again")

    def forward(event: Any, context: Any) -> None:
        if by == "logs":
            group.put("again")
        elif by == "sqs":
            boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x")
        elif by == "sns":
            boto3.client("sns").publish(TopicArn=topic.arn, Message="x")
        else:
            entry = {"Source": "shop", "DetailType": "x", "Detail": "{}"}
            boto3.client("events").put_events(Entries=[entry])

    writer, forwarder = lambda_events.function(write), lambda_events.function(forward)
    writer.add_event_source(queue)
    topic.subscribe(writer)
    events = lambda_events.client("events")
    events.put_rule(Name="rule", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": writer.arn}])
    group.subscribe(forwarder.arn)

    group.put("first")
    with pytest.raises(LambdaEventsError, match="Endless loop of log deliveries"):
        lambda_events.run_until_idle()

    assert len(forwarder.events) == 16


@pytest.mark.rule("LOG-1D")
def test_many_deliveries_that_are_no_loop_do_not_end_in_an_error(lambda_events: LambdaEvents, function: Function) -> None:
    group = LogGroupCalls(lambda_events, "/aws/lambda/shout")
    group.subscribe(TAKE, "ERROR")
    shouter = lambda_events.function(shout)

    for _ in range(40):
        shouter.invoke_async({})
    lambda_events.run_until_idle()

    assert len(function.events) == 40
    assert not any(isinstance(entry, (PushRetried, PushDropped)) for entry in lambda_events.journal)
