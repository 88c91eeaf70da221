"""PIP-09, PIP-0A: failures of pipes, partial failures, permissions, and what the reports show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pipe_stories import ARN, NAME, body_of, create, fail, of_stream, results, succeed

from pytest_lambda_events import Function, LambdaEvents, LambdaEventsError, Queue
from pytest_lambda_events.journal.events import Denied
from pytest_lambda_events.report.page.document import TestResult, page_of
from pytest_lambda_events.report.page.templates import Templates

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "pipes.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def attempts(fn: Function) -> list[float]:
    """Returns when each attempt of a function started."""
    return [attempt.started_after_seconds for attempt in fn.attempts]


# ---------------------------------------------------------------------- queues


@pytest.mark.rule("PIP-09")
def test_a_failed_message_comes_back_after_the_visibility_timeout_and_ends_in_the_dead_letter_queue(
    lambda_events: LambdaEvents,
) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=2)
    fn = lambda_events.function(fail)
    create(lambda_events, orders.arn, fn.arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert attempts(fn) == [0, 30]
    assert [attempt.number for attempt in fn.attempts] == [1, 2]
    assert [message.body for message in dead.messages] == ["m1"]
    assert [reason for *_, reason in results(lambda_events)] == ["target fail: RuntimeError: boom"] * 2
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("PIP-09")
def test_a_retry_starts_again_at_the_enrichment(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    enrichment, fn = lambda_events.function(lambda event, context: event, name="enrich"), lambda_events.function(succeed)
    fn.fail(RuntimeError("boom"), attempts=[1])
    create(lambda_events, orders.arn, fn.arn, Enrichment=enrichment.arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert (attempts(enrichment), attempts(fn)) == ([0, 30], [0, 30])
    assert orders.messages == []


@pytest.mark.rule("PIP-09")
def test_a_failed_enrichment_keeps_the_target_from_being_invoked(lambda_events: LambdaEvents) -> None:
    orders, fn, enrichment = lambda_events.queue("orders"), lambda_events.function(succeed), lambda_events.function(fail)
    create(lambda_events, orders.arn, fn.arn, Enrichment=enrichment.arn)

    orders.send("m1")
    lambda_events.advance(1)

    assert (len(enrichment.attempts), fn.attempts, len(orders.messages)) == (1, [], 1)
    assert [reason for *_, reason in results(lambda_events)] == ["enrichment fail: RuntimeError: boom"]


@pytest.mark.rule("PIP-09")
def test_a_throttled_target_fails_the_batch(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed)
    fn.throttle(attempts=[1])
    create(lambda_events, orders.arn, fn.arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in fn.attempts] == ["throttled", "success"]
    assert attempts(fn) == [0, 30]


@pytest.mark.rule("PIP-09")
def test_a_target_that_does_not_exist_fails_the_batch(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    create(lambda_events, orders.arn, "arn:aws:lambda:us-east-1:123456789012:function:missing")

    orders.send("m1")
    lambda_events.advance(1)

    [(_, _, _, reason)] = results(lambda_events)
    assert str(reason).startswith("target missing: ResourceNotFoundException: Function not found")


@pytest.mark.rule("PIP-0A")
def test_a_function_names_the_messages_that_failed(lambda_events: LambdaEvents) -> None:
    def process(event: Any, context: Any) -> Any:
        failed = [record["messageId"] for record in event if body_of(record)["id"] == 2 and len(event) == 2]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(process)
    create(lambda_events, orders.arn, fn.arn)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    bodies = [[body_of(record)["id"] for record in attempt.event] for attempt in fn.attempts]
    assert (bodies, attempts(fn)) == ([[1, 2], [2]], [0, 30])
    assert orders.messages == []


@pytest.mark.rule("PIP-0A")
def test_one_invalid_entry_fails_the_whole_batch(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(lambda event, context: {"batchItemFailures": [{"itemIdentifier": "no"}]}, name="process")
    create(lambda_events, orders.arn, fn.arn)

    orders.send("m1", "m2")
    lambda_events.advance(1)

    assert len(orders.messages) == 2


@pytest.mark.rule("PIP-0A")
def test_failures_that_an_enrichment_names_are_only_its_answer(lambda_events: LambdaEvents) -> None:
    def enrich(event: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event]}

    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, Enrichment=lambda_events.function(enrich).arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert [list(attempt.event[0]) for attempt in fn.attempts] == [["batchItemFailures"]]
    assert orders.messages == []


# ---------------------------------------------------------------------- streams


@pytest.mark.rule("PIP-09", "PIP-0D")
def test_a_batch_of_a_stream_is_retried_and_then_goes_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    clicks, dead, fn = lambda_events.stream("clicks"), lambda_events.queue("dead"), lambda_events.function(fail)
    own = of_stream(MaximumRetryAttempts=2, DeadLetterConfig={"Arn": dead.arn})
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=own)

    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    [message] = dead.messages
    record = json.loads(message.body)
    assert [attempt.number for attempt in fn.attempts] == [1, 2, 3]
    assert record["context"] == {"partialResourceArn": ARN, "condition": "RetryAttemptsExhausted"}
    assert (record["KinesisBatchInfo"]["batchSize"], record["KinesisBatchInfo"]["streamArn"]) == (1, clicks.arn)
    balance = lambda_events.balance_sheet()
    assert (balance.at_destination, balance.lost) == (1, 0)


@pytest.mark.rule("PIP-09", "PIP-0D")
def test_a_throttled_target_of_a_stream_costs_a_retry(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fn.throttle(attempts=[1, 2])
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(MaximumRetryAttempts=1))

    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in fn.attempts] == ["throttled", "throttled"]
    assert lambda_events.balance_sheet().lost == 1


@pytest.mark.rule("PIP-09", "PIP-0D")
def test_records_that_are_too_old_are_discarded(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(fail)
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(MaximumRecordAgeInSeconds=60))

    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    assert attempts(fn)[-1] <= 60
    assert lambda_events.balance_sheet().lost == 1


@pytest.mark.rule("PIP-09")
def test_automatic_bisecting_isolates_a_record(lambda_events: LambdaEvents) -> None:
    def process(event: Any, context: Any) -> None:
        if any(record["partitionKey"] == "bad" for record in event):
            raise RuntimeError("bad")

    clicks, dead, fn = lambda_events.stream("clicks"), lambda_events.queue("dead"), lambda_events.function(process)
    for key in ("a", "bad", "c", "d"):
        clicks.put("r", partition_key=key)
    own = of_stream(MaximumRetryAttempts=0, OnPartialBatchItemFailure="AUTOMATIC_BISECT", DeadLetterConfig={"Arn": dead.arn})

    create(lambda_events, clicks.arn, fn.arn, SourceParameters=own)
    lambda_events.run_until_idle()

    keys = [[record["partitionKey"] for record in attempt.event] for attempt in fn.attempts]
    assert keys == [["a", "bad", "c", "d"], ["a", "bad"], ["a"], ["bad"], ["c", "d"]]
    assert len(dead.messages) == 1


@pytest.mark.rule("PIP-0A")
def test_a_stream_continues_at_the_event_id_that_failed(lambda_events: LambdaEvents) -> None:
    def process(event: Any, context: Any) -> Any:
        failed = [record["eventID"] for record in event if record["partitionKey"] != "a"] if len(event) == 3 else []
        return {"batchItemFailures": [{"itemIdentifier": one} for one in reversed(failed)]}

    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(process)
    for key in ("a", "b", "c"):
        clicks.put("r", partition_key=key)

    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream())
    lambda_events.run_until_idle()

    keys = [[record["partitionKey"] for record in attempt.event] for attempt in fn.attempts]
    assert keys == [["a", "b", "c"], ["b", "c"]]
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("PIP-0A")
def test_the_stream_of_a_table_continues_at_the_event_id_that_failed(lambda_events: LambdaEvents) -> None:
    def process(event: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": event[1]["eventID"]}]} if len(event) == 3 else None

    table = lambda_events.table("items", partition_key="id", stream_view_type="KEYS_ONLY")
    fn = lambda_events.function(process)
    for key in ("a", "b", "c"):
        table.put_item({"id": key})

    start = {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON"}}
    create(lambda_events, str(table.stream_arn), fn.arn, SourceParameters=start)
    lambda_events.run_until_idle()

    keys = [[record["dynamodb"]["Keys"]["id"]["S"] for record in attempt.event] for attempt in fn.attempts]
    assert keys == [["a", "b", "c"], ["b", "c"]]


@pytest.mark.rule("PIP-0A")
def test_a_sequence_number_does_not_name_a_record_of_a_pipe(lambda_events: LambdaEvents) -> None:
    def process(event: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": event[1]["sequenceNumber"]}]} if len(event) > 1 else None

    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(process)
    for key in ("a", "b"):
        clicks.put("r", partition_key=key)

    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(MaximumRetryAttempts=1))
    lambda_events.run_until_idle()

    assert [len(attempt.event) for attempt in fn.attempts] == [2, 2]


# ---------------------------------------------------------------------- permissions


def role(lambda_events: LambdaEvents, *statements: tuple[tuple[str, ...], str]) -> str:
    """Returns the ARN of a role that may do these actions on these resources."""
    iam = lambda_events.client("iam")
    made = iam.create_role(RoleName="pipes", AssumeRolePolicyDocument=json.dumps(TRUST))
    allowed = [{"Effect": "Allow", "Action": list(actions), "Resource": resource} for actions, resource in statements]
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="pipes", PolicyName="all", PolicyDocument=document)
    return str(made["Role"]["Arn"])


def denied(lambda_events: LambdaEvents) -> list[str]:
    """Returns the reasons of all denials."""
    return [entry.reason for entry in lambda_events.journal if isinstance(entry, Denied)]


@pytest.mark.rule("PIP-02")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_the_role_of_the_pipe_reads_enriches_and_sends(lambda_events: LambdaEvents) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target")
    enrichment = lambda_events.function(lambda event, context: event, name="enrich")
    arn = role(
        lambda_events,
        (READS, orders.arn), (("lambda:InvokeFunction",), enrichment.arn), (("sqs:SendMessage",), target.arn),
    )  # fmt: skip
    create(lambda_events, orders.arn, target.arn, Enrichment=enrichment.arn, RoleArn=arn)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert len(target.messages) == 1
    assert denied(lambda_events) == []


@pytest.mark.rule("PIP-02")
@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize("missing", ["read", "enrich", "send"])
def test_a_missing_permission_is_named(lambda_events: LambdaEvents, missing: str) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target")
    enrichment = lambda_events.function(lambda event, context: event, name="enrich")
    needed = {
        "read": (READS, orders.arn), "enrich": (("lambda:InvokeFunction",), enrichment.arn),
        "send": (("sqs:SendMessage",), target.arn),
    }  # fmt: skip
    arn = role(lambda_events, *(statement for name, statement in needed.items() if name != missing))
    create(lambda_events, orders.arn, target.arn, Enrichment=enrichment.arn, RoleArn=arn)

    orders.send("m1")
    lambda_events.advance(1)

    [reason] = denied(lambda_events)
    actions, resource = needed[missing]
    assert f"{arn} is not authorized to perform: {actions[0]} on resource: {resource}" in reason
    assert (len(orders.messages), target.messages) == (1, [])


@pytest.mark.rule("PIP-02")
@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize(("suffix", "count"), [(":*", 1), ("", 0)])
def test_a_role_needs_the_log_streams_of_a_log_group(lambda_events: LambdaEvents, suffix: str, count: int) -> None:
    orders, group = lambda_events.queue("orders"), lambda_events.log_group("/orders")
    group_arn = group.arn.removesuffix(":*")
    arn = role(lambda_events, (READS, orders.arn), (("logs:PutLogEvents",), f"{group_arn}{suffix}"))
    create(lambda_events, orders.arn, group_arn, RoleArn=arn)

    orders.send("m1")
    lambda_events.advance(1)

    assert (len(group.messages), len(denied(lambda_events))) == (count, 1 - count)


@pytest.mark.rule("PIP-02")
@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_role_that_must_not_read_a_stream_is_named(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    arn = role(lambda_events, (("lambda:InvokeFunction",), fn.arn))
    create(lambda_events, clicks.arn, fn.arn, RoleArn=arn, SourceParameters=of_stream())

    clicks.put("r1", partition_key="a")
    lambda_events.advance(10)

    assert fn.attempts == []
    assert f"{arn} is not authorized to perform: kinesis:DescribeStream on resource: {clicks.arn}" in denied(lambda_events)[0]


@pytest.mark.rule("PIP-02", "PIP-09")
@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.parametrize("may_send", [True, False])
def test_the_role_of_the_pipe_sends_dead_letters(lambda_events: LambdaEvents, may_send: bool) -> None:
    clicks, dead, fn = lambda_events.stream("clicks"), lambda_events.queue("dead"), lambda_events.function(fail)
    reads = ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator")
    sends = (("sqs:SendMessage",), dead.arn) if may_send else (("sqs:ReceiveMessage",), dead.arn)
    arn = role(lambda_events, (reads, clicks.arn), (("lambda:InvokeFunction",), fn.arn), sends)
    own = of_stream(MaximumRetryAttempts=0, DeadLetterConfig={"Arn": dead.arn})
    create(lambda_events, clicks.arn, fn.arn, RoleArn=arn, SourceParameters=own)

    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    balance = lambda_events.balance_sheet()
    assert (len(dead.messages), balance.at_destination, balance.lost) == ((1, 1, 0) if may_send else (0, 0, 1))


# ---------------------------------------------------------------------- reports


def lost(lambda_events: LambdaEvents) -> str:
    """Returns the message of `assert_no_data_lost`."""
    with pytest.raises(AssertionError) as failure:
        lambda_events.assert_no_data_lost()
    return str(failure.value)


def test_the_timeline_names_the_pipe(lambda_events: LambdaEvents) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target")
    enrichment = lambda_events.function(lambda event, context: "kept", name="enrich")
    enrichment.fail(RuntimeError("boom"), attempts=[1])
    create(lambda_events, orders.arn, target.arn, Enrichment=enrichment.arn)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert [" ".join(line.split()) for line in lambda_events.journal.timeline().splitlines()] == [
        "0 s enrich attempt 1 RuntimeError: boom (planned)",
        (
            "0 s pipes orders-pipe attempt 1 1 from orders to target, enrichment enrich: RuntimeError: boom "
            'message-id-1 {"id": 1} failed'
        ),
        '30 s enrich attempt 2 returned "kept"',
        "30 s pipes orders-pipe attempt 2 1 from orders to target 1 deleted",
    ]


def test_a_lost_record_is_shown_with_the_pipe(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(fail)
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(MaximumRetryAttempts=1))

    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    text = lost(lambda_events)
    assert "1 of 1 accepted was lost" in text
    assert "stream clicks: record r1, RetryAttemptsExhausted at 0.2 s after 2 attempts of 'pipes orders-pipe'" in text
    assert "the last failed: target fail: RuntimeError: boom." in text
    assert "The source of the pipe has no DeadLetterConfig. Add one to keep such records (PIP-09)." in text


def test_an_expired_message_is_shown_with_the_pipe(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30, message_retention_period=60)
    create(lambda_events, orders.arn, lambda_events.function(fail).arn)

    orders.send("m1")
    lambda_events.advance(100)

    text = lost(lambda_events)
    assert "queue orders: message m1, expired at 60 s, received" in text
    assert "by 'pipes orders-pipe', the last failed: target fail: RuntimeError: boom." in text


def test_pending_messages_name_the_pipe(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    create(lambda_events, orders.arn, lambda_events.function(fail).arn)
    orders.send("m1")
    lambda_events.advance(1)

    [work] = lambda_events.pending

    assert (work.kind, work.function_name, work.detail["queue"]) == ("poll", "pipes orders-pipe", "orders")
    assert work.detail["event_source_mapping"] == ARN


def test_the_report_page_shows_the_pipe(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(fail)
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(MaximumRetryAttempts=1))
    clicks.put("my record", partition_key="a")
    lambda_events.run_until_idle()

    page = page_of(TestResult("test", "failed", lambda_events.journal), Templates()).html
    assert "orders-pipe attempt 1: whole batch failed" in page
    assert "my record" in page


def queues(lambda_events: LambdaEvents) -> tuple[Queue, Queue]:
    return lambda_events.queue("orders"), lambda_events.queue("target")


@pytest.mark.rule("PIP-0F")
def test_a_loop_through_a_pipe_is_not_detected(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")

    def again(event: Any, context: Any) -> None:
        import boto3

        boto3.client("sqs").send_message(QueueUrl=orders.url, MessageBody="again")

    fn = lambda_events.function(again)
    create(lambda_events, orders.arn, fn.arn)
    orders.send("first")

    with pytest.raises(LambdaEventsError, match="not idle after 200 events"):
        lambda_events.run_until_idle(limit_events=200)

    assert len(fn.attempts) > 16


def test_the_same_seed_gives_the_same_journal() -> None:
    def journal() -> list[str]:
        with LambdaEvents(seed=7) as lambda_events:
            orders, target = queues(lambda_events)
            enrichment = lambda_events.function(lambda event, context: event, name="enrich")
            create(lambda_events, orders.arn, target.arn, Enrichment=enrichment.arn, Name=NAME)
            orders.send("m1", "m2")
            lambda_events.run_until_idle()
            return list(map(repr, lambda_events.journal))

    assert journal() == journal()
