from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError


def index(event: Any, context: Any) -> None:
    for record in event["Records"]:
        if json.loads(base64.b64decode(record["kinesis"]["data"]))["page"] == "broken":
            raise ValueError("broken page")


GOOD = {"page": "a"}
BROKEN = {"page": "broken"}


def test_bisecting_isolates_the_failed_record(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    function = lambda_events.function(index)
    function.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=1,
        on_failure=failures,
    )

    _, broken, _, _ = clicks.put(GOOD, BROKEN, GOOD, GOOD, partition_key="alice")
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in function.batches] == [4, 2, 1, 1, 1, 2]
    assert function.records_processed == 3
    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RetryAttemptsExhausted", 2)
    assert record.json["KinesisBatchInfo"]["batchSize"] == 1
    assert record.json["KinesisBatchInfo"]["startSequenceNumber"] == broken.sequence_number


def test_data_of_a_failed_record_is_still_in_the_stream(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    lambda_events.function(index).add_event_source(
        clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0, on_failure=failures
    )
    clicks.put(BROKEN, partition_key="alice")
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.batch_info is not None
    kinesis = lambda_events.client("kinesis")
    iterator = kinesis.get_shard_iterator(
        StreamName="clicks",
        ShardId=record.batch_info.shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=record.batch_info.start_sequence_number,
    )["ShardIterator"]
    [found] = kinesis.get_records(ShardIterator=iterator, Limit=record.batch_info.batch_size)["Records"]
    assert json.loads(found["Data"]) == BROKEN


def test_bucket_destination_receives_the_event(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.bucket("failures")
    function = lambda_events.function(index)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0, on_failure=failures)

    clicks.put(BROKEN, partition_key="alice")
    lambda_events.run_until_idle()

    [record], [batch] = failures.invocation_records, function.batches
    assert record.request_payload == batch.event


def test_whole_batch_is_discarded_without_bisecting(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(index)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=2, maximum_retry_attempts=2)

    clicks.put(GOOD, BROKEN, GOOD, partition_key="alice")
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in function.batches] == [0, 0.2, 0.6, 0.6]
    assert [len(batch.records) for batch in function.batches] == [2, 2, 2, 1]
    assert function.records_processed == 1


def test_failing_batch_blocks_only_its_own_shard(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks", shard_count=2), lambda_events.function(index)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1)

    clicks.put(BROKEN, GOOD, partition_key="alice")
    clicks.put(GOOD, GOOD, partition_key="bob")
    lambda_events.advance(3600)

    first, second = (shard.shard_id for shard in clicks.shards)
    assert {batch.outcome for batch in function.batches if batch.shard_id == first} == {"function_error"}
    assert [batch.outcome for batch in function.batches if batch.shard_id == second] == ["success", "success"]


def test_record_is_discarded_when_it_exceeds_the_maximum_age(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    function = lambda_events.function(index)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_record_age_in_seconds=60, on_failure=failures)

    clicks.put(BROKEN, partition_key="alice")
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in function.batches] == [0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51]
    [record] = failures.invocation_records
    assert (record.condition, record.status_code) == ("RecordAgeExceeded", None)


def test_bad_record_blocks_its_shard_until_it_expires_by_default(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(index)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1)
    clicks.put(BROKEN, GOOD, partition_key="alice")

    with pytest.raises(LambdaEventsError, match="Give its event source maximum_retry_attempts"):
        lambda_events.run_until_idle(limit_seconds=3600)
