"""A stream that feeds a function: against the loop that one writes by hand on plain moto, for few records and for many."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
from measuring import Row, expect, paired, seconds_of, size
from sides import MOCK_AWS, Comparison, compared, opened

from pytest_lambda_events import LambdaEvents

RECORDS = 10_000
MANY = size(30_000, 100_000)
BATCH_SIZE = 100
PUT = 500
POISON = RECORDS // 2
ROUNDS = 3
LIMIT_OF_MANY = 1.3
LIMIT_OF_POISON = 2.0
LOOP = f"one of {RECORDS:,} Kinesis records to a function"


def measure() -> Iterator[Row]:
    """Yields a function against the loop, many records against few, and the cost of one bad record."""
    yield from compared("streams", [Comparison(LOOP, MOCK_AWS, ratio=0.05)])
    yield from _many_against_few()
    yield from _poisoned_against_clean()


def _many_against_few() -> Iterator[Row]:
    pairs = paired(lambda: _delivered(MANY), lambda: _delivered(RECORDS), rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} Kinesis records to a function / of {RECORDS:,}", limit=LIMIT_OF_MANY)


def _poisoned_against_clean() -> Iterator[Row]:
    pairs = paired(
        lambda: _delivered(RECORDS, _refuse_the_poison, bisect_batch_on_function_error=True, maximum_retry_attempts=3),
        lambda: _delivered(RECORDS),
        rounds=ROUNDS,
    )
    yield pairs.ratio(f"{RECORDS:,} records with a bad one, bisected / without", limit=LIMIT_OF_POISON)


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _refuse_the_poison(event: Any, context: Any) -> None:
    if any(record["kinesis"]["partitionKey"] == f"key {POISON}" for record in event["Records"]):
        raise ValueError("poison")


def _delivered(records: int, handler: Any = _nothing, **settings: Any) -> float:
    """Returns the seconds that each record takes from the stream through the function."""
    with LambdaEvents() as environment:
        clicks, function = environment.stream("clicks"), environment.function(handler, name="count")
        _fill(environment.client("kinesis"), records)
        function.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=BATCH_SIZE, **settings)
        spent = seconds_of(environment.run_until_idle)
        expect(function.records_processed == records - (handler is not _nothing))
    return spent / records


def _loop(side: str) -> float:
    """Returns the seconds that each record takes, with the hand-written loop in bare `mock_aws`: get records, call."""
    if side != MOCK_AWS:
        return _delivered(RECORDS)
    with opened(side):
        kinesis = boto3.client("kinesis", region_name="us-east-1")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        _fill(kinesis, RECORDS)

        def read() -> None:
            [shard] = kinesis.list_shards(StreamName="clicks")["Shards"]
            iterator = kinesis.get_shard_iterator(
                StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            seen = 0
            while seen < RECORDS:
                answer = kinesis.get_records(ShardIterator=iterator, Limit=BATCH_SIZE)
                _nothing({"Records": [_shown(record, shard["ShardId"]) for record in answer["Records"]]}, None)
                seen += len(answer["Records"])
                iterator = answer["NextShardIterator"]

        return seconds_of(read) / RECORDS


def _shown(record: Any, shard_id: str) -> dict[str, Any]:
    """Returns a record in the form that a handler expects."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        },
        "eventSource": "aws:kinesis",
        "eventID": f"{shard_id}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
    }


def _fill(kinesis: Any, records: int) -> None:
    for start in range(0, records, PUT):
        entries = [
            {"Data": json.dumps({"n": number}).encode(), "PartitionKey": f"key {number}"}
            for number in range(start, min(start + PUT, records))
        ]
        kinesis.put_records(StreamName="clicks", Records=entries)


MEASUREMENTS = {LOOP: _loop}
