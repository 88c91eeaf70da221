"""DDB-20 to DDB-34 and DDB-50 to DDB-56: what follows when changes of a table cannot be processed."""

from __future__ import annotations

import json
import re
from typing import Any

import powertools_handlers
import pytest
from table_stories import PARTIAL, fed, ids, put, raising, reporting, starts, story, succeed, table

from pytest_lambda_events import LambdaEvents, Queue
from pytest_lambda_events.sources.streams.stream_types import DYNAMODB

FN = "arn:aws:lambda:us-east-1:123456789012:function:fn"
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/items/stream/2026-01-01T00:00:00.000"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """A queue for what is given up."""
    return lambda_events.queue("failures")


# ---------------------------------------------------------------------- retries


@pytest.mark.rule("DDB-20", "DDB-26")
@pytest.mark.parametrize(
    ("attempts", "instants"), [(0, [0]), (1, [0, 0.2]), (3, [0, 0.2, 0.6, 1.4])], ids=["none", "one", "three"]
)
def test_a_failing_batch_is_tried_as_often_as_is_set_and_once_more(
    attempts: int, instants: list[float], lambda_events: LambdaEvents, failures: Queue
) -> None:
    items, fn = table(lambda_events), lambda_events.function(raising(), name="fn")
    fed(fn, items, maximum_retry_attempts=attempts, on_failure=failures)

    put(items, "a")
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx(instants)
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [attempts + 1]


@pytest.mark.rule("DDB-22")
@pytest.mark.parametrize(
    ("seconds", "expected"), [(59, ["a"]), (60, ["a"]), (61, [])], ids=["before", "at", "after"]
)  # fmt: skip
def test_the_age_of_a_record_counts_from_its_creation(
    seconds: float, expected: list[str], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    mapping = fed(fn, items, enabled=False, maximum_record_age_in_seconds=60)

    put(items, "a")
    lambda_events.advance(seconds)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert [id for batch in fn.batches for id in ids(batch)] == expected


@pytest.mark.rule("DDB-22", "DDB-E2")
def test_the_age_of_a_record_counts_from_the_whole_second_that_it_states(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed)
    mapping = fed(fn, items, enabled=False, maximum_record_age_in_seconds=60)

    lambda_events.advance(0.9)
    put(items, "a")
    lambda_events.advance(59.5)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert fn.batches == []


@pytest.mark.rule("DDB-23")
def test_throttles_use_up_no_retries(lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed, reserved_concurrent_executions=0)
    fed(fn, items, maximum_retry_attempts=0, on_failure=failures)

    put(items, "a")
    lambda_events.advance(30)
    fn.update(reserved_concurrent_executions=None)
    lambda_events.run_until_idle()

    assert {batch.outcome for batch in fn.batches[:-1]} == {"throttled"}
    assert fn.batches[-1].outcome == "success"
    assert failures.messages == []


@pytest.mark.rule("DDB-23")
def test_throttles_end_with_the_age_of_the_record(lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed, reserved_concurrent_executions=0)
    fed(fn, items, maximum_record_age_in_seconds=60, on_failure=failures)

    put(items, "a")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RecordAgeExceeded", 1)


# ---------------------------------------------------------------------- partial answers


@pytest.mark.rule("DDB-30")
def test_work_continues_at_the_lowest_reported_number(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(reporting("3", "2"), name="fn")
    fed(fn, items, function_response_types=PARTIAL, maximum_retry_attempts=0)

    put(items, *"1234")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2", "3", "4"]), (0, ["2", "3", "4"])]


@pytest.mark.rule("DDB-30", "DDB-34")
def test_without_the_response_type_what_is_named_is_ignored(lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(reporting("2"), name="fn")
    fed(fn, items, maximum_retry_attempts=1, on_failure=failures)

    put(items, *"1234")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2", "3", "4"])]
    assert failures.messages == []
    assert "function_response_types" in lambda_events.journal.warnings[-1].detail["message"]


@pytest.mark.rule("DDB-31")
@pytest.mark.parametrize(
    "answer", [[], None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}], ids=json.dumps
)  # fmt: skip
def test_an_answer_that_names_nothing_is_success(answer: Any, lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(lambda event, context: answer, name="fn")
    fed(fn, items, function_response_types=PARTIAL, maximum_retry_attempts=3, on_failure=failures)

    put(items, "a")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["a"])]
    assert failures.messages == []


@pytest.mark.rule("DDB-32")
@pytest.mark.parametrize(
    "entry",
    [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"foo": 123}, {"foo": None}, {"itemIdentifier": "123"}],
    ids=json.dumps,
)
def test_an_invalid_entry_leaves_no_function_error(entry: Any, lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(lambda event, context: {"batchItemFailures": [entry]}, name="fn")
    fed(fn, items, function_response_types=PARTIAL, maximum_retry_attempts=3, on_failure=failures)

    put(items, "a")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (4, None)


@pytest.mark.rule("DDB-34")
def test_an_empty_name_gives_up_the_whole_batch(lambda_events: LambdaEvents, failures: Queue) -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": ""}]}
    items, fn = table(lambda_events), lambda_events.function(lambda event, context: answer, name="fn")
    fed(fn, items, function_response_types=PARTIAL, maximum_retry_attempts=0, on_failure=failures)

    put(items, *"1234")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.batch_info is not None
    assert (record.batch_info.batch_size, record.approximate_invoke_count, record.function_error) == (4, 1, None)


@pytest.mark.rule("DDB-30", "DDB-33")
def test_powertools_names_the_change_that_it_failed_on(lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(powertools_handlers.index_changes)
    fed(fn, items, function_response_types=PARTIAL, maximum_retry_attempts=1, on_failure=failures)

    items.put_item({"id": "1", "price": 10})
    items.put_item({"id": "2", "price": -1})
    items.put_item({"id": "3", "price": 30})
    items.delete_item({"id": "1"})
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2", "3", "1"]), (0, ["2", "3", "1"]), (0.2, ["2", "3", "1"])]
    assert fn.logs == ["indexed 1 at 10"] + 3 * ["indexed 3 at 30", "removed 1"]
    assert [record.function_error for record in failures.invocation_records] == [None]


@pytest.mark.rule("DDB-24", "DDB-30")
def test_powertools_and_bisecting_leave_the_bad_change_alone(lambda_events: LambdaEvents, failures: Queue) -> None:
    items, fn = table(lambda_events), lambda_events.function(powertools_handlers.index_changes)
    fed(
        fn, items, function_response_types=PARTIAL, maximum_retry_attempts=0, bisect_batch_on_function_error=True,
        on_failure=failures,
    )  # fmt: skip

    items.put_item({"id": "1", "price": 10})
    items.put_item({"id": "2", "price": -1})
    items.put_item({"id": "3", "price": 30})
    lambda_events.run_until_idle()

    assert [ids(batch) for batch in fn.batches] == [["1", "2", "3"], ["2", "3"], ["2"], ["3"]]
    assert [record.json["DDBStreamBatchInfo"]["batchSize"] for record in failures.invocation_records] == [1]


# ---------------------------------------------------------------------- the record of what is given up


def expected(request_id: str, shard_id: str, numbers: list[str], **changes: Any) -> str:
    """The record of two items that were put at 1.5 and 2.75 s and given up at 2.75 s."""
    content = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": FN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        **changes,
        "timestamp": "2026-01-01T00:00:02.750Z",
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[1],
            "approximateArrivalOfFirstRecord": "2026-01-01T00:00:01Z",
            "approximateArrivalOfLastRecord": "2026-01-01T00:00:02Z",
            "batchSize": 2,
            "streamArn": STREAM,
        },
    }
    return json.dumps(content, separators=(",", ":"))


def given_up(lambda_events: LambdaEvents, destination: Any) -> tuple[str, str, list[str]]:
    """Two records are given up; the request id of their batch, their shard and their sequence numbers."""
    items, fn = table(lambda_events), lambda_events.function(raising(), name="fn")
    lambda_events.advance(1.5)
    put(items, "1")
    lambda_events.advance(1.25)
    put(items, "2")
    fed(fn, items, maximum_retry_attempts=0, on_failure=destination)
    lambda_events.run_until_idle()
    [batch] = fn.batches
    return batch.request_id, batch.shard_id or "", [record["dynamodb"]["SequenceNumber"] for record in batch.records]


@pytest.mark.rule("DDB-25", "DDB-50", "DDB-51", "DDB-52")
def test_a_queue_gets_the_record_without_the_items(lambda_events: LambdaEvents, failures: Queue) -> None:
    batch = given_up(lambda_events, failures)

    [message] = failures.messages
    assert message.body == expected(*batch)


@pytest.mark.rule("DDB-25", "DDB-50")
def test_a_topic_gets_the_record_as_the_message_of_a_notification(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.topic("alerts")

    batch = given_up(lambda_events, topic)

    [message] = topic.messages
    assert message.body == expected(*batch)


@pytest.mark.rule("DDB-25", "DDB-54", "DDB-56")
def test_a_bucket_gets_the_whole_event_as_text_too(lambda_events: LambdaEvents) -> None:
    bucket = lambda_events.bucket("failures")

    request_id, shard_id, numbers = given_up(lambda_events, bucket)

    [key] = bucket.keys
    [mapping] = lambda_events.event_source_mappings.values()
    [entry] = [entry for entry in lambda_events.journal if entry.kind == "started"]
    # Java writes large numbers with an exponent.
    payload = re.sub(r":1(7672256\d\d)\.0,", r":1.\1E9,", entry.detail["payload"].decode())
    assert re.fullmatch(rf"aws/lambda/{mapping.uuid}/{shard_id}/2026/01/01/2026-01-01T00\.00\.02-{UUID}", key)
    assert bucket.get_object(key).decode() == expected(request_id, shard_id, numbers, payload=payload)
    assert json.loads(payload)["Records"][0]["dynamodb"]["ApproximateCreationDateTime"] == 1_767_225_601


@pytest.mark.rule("DDB-56")
def test_the_object_of_a_bucket_is_plain_bytes_without_metadata(lambda_events: LambdaEvents) -> None:
    bucket = lambda_events.bucket("failures")

    given_up(lambda_events, bucket)

    stored = lambda_events.client("s3").get_object(Bucket="failures", Key=bucket.keys[0])
    assert (stored["ContentType"], stored["Metadata"]) == ("application/octet-stream", {})


@pytest.mark.rule("DDB-53")
@pytest.mark.lambda_events(start_time="2019-11-13T00:00:00Z")
def test_a_shard_is_named_by_when_it_began(lambda_events: LambdaEvents, failures: Queue) -> None:
    _, shard_id, _ = given_up(lambda_events, failures)

    assert re.fullmatch(r"shardId-00000001573603200000-[0-9a-f]{8}", shard_id)


@pytest.mark.rule("DDB-55")
def test_each_batch_of_records_that_aged_out_has_a_record_without_a_response(
    lambda_events: LambdaEvents, failures: Queue
) -> None:
    items, fn = table(lambda_events), lambda_events.function(succeed, name="fn")
    mapping = fed(fn, items, batch_size=1, enabled=False, maximum_record_age_in_seconds=60, on_failure=failures)

    put(items, "1", "2")
    lambda_events.advance(70)
    put(items, "3")
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    contents = [record.json for record in failures.invocation_records]
    assert [content["requestContext"]["condition"] for content in contents] == ["RecordAgeExceeded"] * 2
    assert [content["requestContext"]["approximateInvokeCount"] for content in contents] == [1, 1]
    assert [list(content) for content in contents] == [["requestContext", "version", "timestamp", "DDBStreamBatchInfo"]] * 2
    assert story(fn) == [(70, ["3"])]


@pytest.mark.rule("DDB-56")
@pytest.mark.parametrize(
    ("event", "stored"),
    [
        ('"ApproximateCreationDateTime":1767225600.0,', '"ApproximateCreationDateTime":1.7672256E9,'),
        ('"ApproximateCreationDateTime":2000000000.0}', '"ApproximateCreationDateTime":2.0E9}'),
        ('"ApproximateCreationDateTime":9999999.0}', '"ApproximateCreationDateTime":9999999.0}'),
        ('{"S":"\\"ApproximateCreationDateTime\\":1767225600.0,"}', '{"S":"\\"ApproximateCreationDateTime\\":1767225600.0,"}'),
    ],
    ids=["zeros", "one digit", "small", "text of an item"],
)
def test_stored_event_has_times_as_java_writes_them(event: str, stored: str) -> None:
    assert DYNAMODB.stored(event.encode()).decode() == stored
