"""PIP-01, PIP-02: the API of EventBridge Pipes, the states of a pipe, and the settings of its source."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pipe_stories import ARN, NAME, ROLE, create, described, of_stream, refusal, succeed

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.events import Warned

MISSING = "arn:aws:sqs:us-east-1:123456789012:missing"


def filtered(pattern: Any) -> dict[str, Any]:
    """The members of a pipe with one filter."""
    return {"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]}}}


@pytest.mark.rule("PIP-01")
def test_a_pipe_is_created_and_runs(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)

    made = create(lambda_events, orders.arn, fn.arn)

    found = described(lambda_events)
    assert (made["Arn"], made["DesiredState"], made["CurrentState"]) == (ARN, "RUNNING", "CREATING")
    assert (found["Arn"], found["DesiredState"], found["CurrentState"]) == (ARN, "RUNNING", "RUNNING")
    assert (found["Source"], found["Target"], found["RoleArn"]) == (orders.arn, fn.arn, ROLE)
    assert "StateReason" not in found


@pytest.mark.rule("PIP-01")
def test_a_pipe_that_is_created_stopped_reads_nothing_until_it_is_started(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    pipes = lambda_events.client("pipes")

    made = create(lambda_events, orders.arn, fn.arn, DesiredState="STOPPED")
    orders.send("m1")
    lambda_events.run_until_idle()
    before, found = len(fn.attempts), described(lambda_events)
    started = pipes.start_pipe(Name=NAME)
    lambda_events.run_until_idle()

    assert (made["CurrentState"], found["CurrentState"], found["StateReason"]) == ("CREATING", "STOPPED", "USER_INITIATED")
    assert (started["DesiredState"], started["CurrentState"]) == ("RUNNING", "STARTING")
    assert (described(lambda_events)["CurrentState"], "StateReason" in described(lambda_events)) == ("RUNNING", False)
    assert (before, len(fn.attempts)) == (0, 1)


@pytest.mark.rule("PIP-01")
def test_a_pipe_that_is_stopped_keeps_messages_in_the_queue(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)

    stopped = lambda_events.client("pipes").stop_pipe(Name=NAME)
    orders.send("m1")
    lambda_events.advance(600)

    assert (stopped["DesiredState"], stopped["CurrentState"]) == ("STOPPED", "STOPPING")
    assert described(lambda_events)["CurrentState"] == "STOPPED"
    assert (len(fn.attempts), len(orders.messages)) == (0, 1)


@pytest.mark.rule("PIP-01")
def test_a_stream_is_read_on_from_the_place_where_the_pipe_was_stopped(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream())
    pipes = lambda_events.client("pipes")
    clicks.put("r1", partition_key="a")
    lambda_events.run_until_idle()

    pipes.stop_pipe(Name=NAME)
    clicks.put("r2", partition_key="a")
    lambda_events.advance(60)
    pipes.start_pipe(Name=NAME)
    lambda_events.run_until_idle()

    assert [len(attempt.event) for attempt in fn.attempts] == [1, 1]
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("PIP-01")
def test_a_second_pipe_of_the_same_name_is_refused(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)

    found = refusal(lambda: create(lambda_events, orders.arn, fn.arn))

    assert found == (409, "ConflictException", "Pipe orders-pipe already exists.")


@pytest.mark.parametrize("operation", ["describe_pipe", "start_pipe", "stop_pipe", "delete_pipe"])
def test_a_pipe_that_does_not_exist_is_not_found(lambda_events: LambdaEvents, operation: str) -> None:
    found = refusal(lambda: getattr(lambda_events.client("pipes"), operation)(Name="missing"))

    assert found[:2] == (404, "NotFoundException")


def test_a_deleted_pipe_reads_nothing_and_its_name_is_free(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)
    pipes = lambda_events.client("pipes")

    gone = pipes.delete_pipe(Name=NAME)
    orders.send("m1")
    lambda_events.run_until_idle()
    before = len(fn.attempts)
    create(lambda_events, orders.arn, fn.arn)
    lambda_events.run_until_idle()

    assert gone["CurrentState"] == "DELETING"
    assert (before, len(fn.attempts)) == (0, 1)


def test_pipes_are_listed_and_have_tags(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, Tags={"team": "shop"})
    create(lambda_events, orders.arn, fn.arn, Name="other", DesiredState="STOPPED")
    pipes = lambda_events.client("pipes")

    pipes.tag_resource(resourceArn=ARN, tags={"stage": "test"})
    pipes.untag_resource(resourceArn=ARN, tagKeys=["team"])

    assert pipes.list_tags_for_resource(resourceArn=ARN)["tags"] == {"stage": "test"}
    assert [one["Name"] for one in pipes.list_pipes()["Pipes"]] == [NAME, "other"]
    assert [one["Name"] for one in pipes.list_pipes(CurrentState="STOPPED")["Pipes"]] == ["other"]
    assert [one["Name"] for one in pipes.list_pipes(NamePrefix="orders")["Pipes"]] == [NAME]


def test_an_update_changes_what_it_names_and_keeps_the_rest(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    first, second = lambda_events.function(succeed, name="first"), lambda_events.function(succeed, name="second")
    create(
        lambda_events, clicks.arn, first.arn, Description="clicks",
        SourceParameters={
            **of_stream(BatchSize=5, MaximumRetryAttempts=2),
            "FilterCriteria": {"Filters": [{"Pattern": '{"partitionKey":["a"]}'}]},
        },
    )  # fmt: skip

    updated = lambda_events.client("pipes").update_pipe(
        Name=NAME, RoleArn=ROLE, Target=second.arn, SourceParameters={"KinesisStreamParameters": {"BatchSize": 7}}
    )
    clicks.put("r1", partition_key="a")
    clicks.put("r2", partition_key="b")
    lambda_events.run_until_idle()

    found = described(lambda_events)
    assert (updated["CurrentState"], found["CurrentState"], found["Description"]) == ("UPDATING", "RUNNING", "clicks")
    assert found["SourceParameters"] == {
        "FilterCriteria": {"Filters": [{"Pattern": '{"partitionKey":["a"]}'}]},
        "KinesisStreamParameters": {"BatchSize": 7, "StartingPosition": "TRIM_HORIZON"},
    }
    assert (len(first.attempts), [len(attempt.event) for attempt in second.attempts]) == (0, [1])


def test_an_empty_enrichment_removes_it(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn, Enrichment=fn.arn)

    lambda_events.client("pipes").update_pipe(Name=NAME, RoleArn=ROLE, Enrichment="")

    assert "Enrichment" not in described(lambda_events)


@pytest.mark.rule("PIP-02")
def test_a_queue_has_batches_of_ten(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    create(lambda_events, orders.arn, fn.arn)

    for number in range(11):
        orders.send(f"m{number}")
    lambda_events.run_until_idle()

    assert sorted(len(attempt.event) for attempt in fn.attempts) == [1, 10]


@pytest.mark.rule("PIP-02")
def test_a_stream_has_batches_of_one_hundred(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    for number in range(101):
        clicks.put(f"r{number}", partition_key="a")

    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream())
    lambda_events.run_until_idle()

    assert [len(attempt.event) for attempt in fn.attempts] == [100, 1]


@pytest.mark.rule("PIP-02")
def test_a_batching_window_gathers_messages(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    own = {"BatchSize": 20, "MaximumBatchingWindowInSeconds": 30}
    create(lambda_events, orders.arn, fn.arn, SourceParameters={"SqsQueueParameters": own})

    orders.send("m1")
    lambda_events.advance(20)
    orders.send("m2")
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in fn.attempts] == [30]


def test_latest_leaves_out_records_that_were_put_before(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    clicks.put("before", partition_key="a")

    create(lambda_events, clicks.arn, fn.arn, SourceParameters=of_stream(StartingPosition="LATEST"))
    clicks.put("after", partition_key="a")
    lambda_events.run_until_idle()

    assert [len(attempt.event) for attempt in fn.attempts] == [1]
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("PIP-0E")
@pytest.mark.parametrize(
    ("source", "target", "members", "message"),
    [
        ("stream", "function", {}, "StartingPosition is required for the source of the pipe."),
        (
            "stream", "function", {"SourceParameters": of_stream(StartingPosition="AT_TIMESTAMP")},
            "StartingPositionTimestamp is required for AT_TIMESTAMP.",
        ),
        (
            "stream", "queue", {"SourceParameters": of_stream(BatchSize=11)},
            "BatchSize must be less than or equal to 10, the limit of the target arn:aws:sqs:us-east-1:123456789012:orders.",
        ),
        (
            "queue", "function", {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 11}}},
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        ("queue", "function", filtered({"body": []}), "Event pattern is not valid. Reason: Empty arrays are not allowed"),
        (
            "queue", "stream", {},
            "PartitionKey is required for the target arn:aws:kinesis:us-east-1:123456789012:stream/clicks.",
        ),
        (
            "stream", "function", {"SourceParameters": of_stream(DeadLetterConfig={"Arn": "arn:aws:s3:::failures"})},
            "The dead-letter target arn:aws:s3:::failures must be an SQS queue or an SNS topic.",
        ),
    ],
)  # fmt: skip
def test_an_invalid_pipe_is_refused(lambda_events: LambdaEvents, source: str, target: str, members: Any, message: str) -> None:
    arns = {
        "queue": lambda_events.queue("orders").arn, "stream": lambda_events.stream("clicks").arn,
        "function": lambda_events.function(succeed).arn,
    }  # fmt: skip

    found = refusal(lambda: create(lambda_events, arns[source], arns[target], **members))

    assert found == (400, "ValidationException", message)
    assert lambda_events.client("pipes").list_pipes()["Pipes"] == []


@pytest.mark.rule("EVB-36")
@pytest.mark.parametrize("operator", ["prefix", "suffix", "equals-ignore-case", "wildcard"])
def test_a_pipe_has_no_operators_inside_anything_but(lambda_events: LambdaEvents, operator: str) -> None:
    queue, function = lambda_events.queue("orders"), lambda_events.function(succeed)
    members = filtered({"body": {"kind": [{"anything-but": {operator: "x"}}]}})

    found = refusal(lambda: create(lambda_events, queue.arn, function.arn, **members))
    create(lambda_events, queue.arn, function.arn, **filtered({"body": {"kind": [{"anything-but": ["x"]}]}}))

    assert found == (
        400, "ValidationException", f"Event pattern is not valid. Reason: Unsupported anything-but pattern: {operator}"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("members", "place", "constraint"),
    [
        ({"Name": "my pipe"}, " 'my pipe' at 'name'", r"satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"),
        ({"Name": "p" * 65}, f" '{'p' * 65}' at 'name'", "have length less than or equal to 64"),
        ({"DesiredState": "PAUSED"}, " 'PAUSED' at 'desiredState'", "satisfy enum value set: [RUNNING, STOPPED]"),
        (
            {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 10_001}}},
            " '10001' at 'sourceParameters.sqsQueueParameters.batchSize'", "have value less than or equal to 10000",
        ),
        (
            {"TargetParameters": {"InputTemplate": "x" * 8_193}}, " at 'targetParameters.inputTemplate'",
            "have length less than or equal to 8192",
        ),
    ],
)  # fmt: skip
def test_members_have_the_limits_of_the_api(lambda_events: LambdaEvents, members: Any, place: str, constraint: str) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)

    found = refusal(lambda: create(lambda_events, orders.arn, fn.arn, **members))

    text = f"1 validation error detected: Value{place} failed to satisfy constraint: Member must {constraint}"
    assert found == (400, "ValidationException", text)


def test_several_members_outside_of_their_limits_are_named(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    own = {"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 301}

    found = refusal(lambda: create(lambda_events, orders.arn, fn.arn, SourceParameters={"SqsQueueParameters": own}))

    assert found[2].startswith("2 validation errors detected: Value '10001' at ")
    assert "; Value '301' at 'sourceParameters.sqsQueueParameters.maximumBatchingWindowInSeconds' failed" in found[2]


def test_the_largest_members_are_accepted(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    source = {"SqsQueueParameters": {"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300}}
    parameters = {"InputTemplate": '"' + "x" * 8_190 + '"'}

    create(lambda_events, orders.arn, fn.arn, Name="p" * 64, SourceParameters=source, TargetParameters=parameters)

    assert described(lambda_events, "p" * 64)["SourceParameters"] == source


def test_a_fifo_queue_needs_a_message_group(lambda_events: LambdaEvents) -> None:
    orders, target = lambda_events.queue("orders"), lambda_events.queue("target.fifo")

    found = refusal(lambda: create(lambda_events, orders.arn, target.arn))

    assert found == (400, "ValidationException", f"MessageGroupId is required for the target {target.arn}.")


def test_a_pipe_waits_for_a_source_that_does_not_exist_yet(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)

    create(lambda_events, MISSING, fn.arn)
    [warning] = [entry.message for entry in lambda_events.journal if isinstance(entry, Warned)]
    lambda_events.queue("missing").send("m1")
    lambda_events.run_until_idle()

    assert warning == f"The source of pipe 'orders-pipe' does not exist: {MISSING}. The pipe waits for it."
    assert len(fn.attempts) == 1
