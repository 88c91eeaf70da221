"""A stream that feeds a function: against the loop that one writes by hand on plain moto, for few records and for many."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
from measuring import Row, interleaved, seconds_of
from moto import mock_aws

from pytest_lambda_events import LambdaEvents

RECORDS = 10_000
MANY = 100_000
BATCH_SIZE = 100
PUT = 500
POISON = RECORDS // 2
ROUNDS = 3
LIMIT_OF_THE_LOOP = 0.15
LIMIT_OF_MANY = 1.3
LIMIT_OF_POISON = 2.0


def measure() -> Iterator[Row]:
    """End to end against the loop, many against few, and what one bad record costs."""
    _delivered(RECORDS)
    yield from _against_the_loop()
    yield from _many_against_few()
    yield from _poisoned_against_clean()


def _against_the_loop() -> Iterator[Row]:
    ours, by_hand = interleaved(lambda: _delivered(RECORDS), _by_hand, rounds=ROUNDS)
    yield Row(f"{RECORDS:,} records to a function / the hand-written loop on moto", ours / by_hand, "x", LIMIT_OF_THE_LOOP)
    yield Row("a record delivered to a function", ours * 1000, "ms")
    yield Row("a record through the hand-written loop", by_hand * 1000, "ms")


def _many_against_few() -> Iterator[Row]:
    many, few = interleaved(lambda: _delivered(MANY), lambda: _delivered(RECORDS), rounds=ROUNDS)
    yield Row(f"a record of {MANY:,} / of {RECORDS:,}", many / few, "x", LIMIT_OF_MANY)
    yield Row(f"a record of {MANY:,} delivered to a function", many * 1000, "ms")


def _poisoned_against_clean() -> Iterator[Row]:
    poisoned, clean = interleaved(
        lambda: _delivered(RECORDS, _refuse_the_poison, bisect_batch_on_function_error=True, maximum_retry_attempts=3),
        lambda: _delivered(RECORDS),
        rounds=ROUNDS,
    )
    yield Row(f"{RECORDS:,} records with a bad one, bisected / without", poisoned / clean, "x", LIMIT_OF_POISON)


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _refuse_the_poison(event: Any, context: Any) -> None:
    if any(record["kinesis"]["partitionKey"] == f"key {POISON}" for record in event["Records"]):
        raise ValueError("poison")


def _delivered(records: int, handler: Any = _nothing, **settings: Any) -> float:
    """The seconds that each of so many records takes from the stream through the function."""
    with LambdaEvents() as environment:
        clicks, function = environment.stream("clicks"), environment.function(handler, name="count")
        _fill(environment.client("kinesis"), records)
        function.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=BATCH_SIZE, **settings)
        spent = seconds_of(environment.run_until_idle)
        if function.records_processed != records - (handler is not _nothing):
            raise RuntimeError("the story that was measured did not go as expected")
    return spent / records


def _by_hand() -> float:
    """The same with boto3 and plain moto: get an iterator, get records, call."""
    with mock_aws():
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
    """A record as a handler expects it: what the loop has to make of boto3's."""
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
