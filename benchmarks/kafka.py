"""A topic of Kafka that feeds a function: against a loop that makes the events and calls the handler, and for many records.

The loop does much less: it has no offsets, no journal, no retries and no copies of the events. moto has no records of Kafka,
so there is no other way to write such a test on plain moto.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from measuring import Row, expect, paired, seconds_of, size

from pytest_lambda_events import LambdaEvents

RECORDS = 10_000
MANY = size(30_000, 100_000)
PARTITIONS = 12
BATCH_SIZE = 100
ROUNDS = 5
LIMIT_OF_LOOP = 30.0
LIMIT_OF_MANY = 1.2


def measure() -> Iterator[Row]:
    """Yields a function against the loop, and many records against few."""
    _delivered(RECORDS)
    pairs = paired(lambda: _delivered(RECORDS), _loop, rounds=ROUNDS)
    yield pairs.ratio(f"one of {RECORDS:,} Kafka records to a function / in a loop that makes the events", limit=LIMIT_OF_LOOP)
    pairs = paired(lambda: _delivered(MANY), lambda: _delivered(RECORDS), rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} Kafka records to a function / of {RECORDS:,}", limit=LIMIT_OF_MANY)


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _delivered(records: int) -> float:
    """Returns the seconds that each record takes from the topic through the function."""
    with LambdaEvents() as environment:
        orders, function = (
            environment.kafka_topic("orders", partitions=PARTITIONS),
            environment.function(_nothing, name="count"),
        )
        for number in range(records):
            orders.send(_value(number), partition=number % PARTITIONS)
        function.add_event_source(orders, starting_position="TRIM_HORIZON", batch_size=BATCH_SIZE)
        spent = seconds_of(environment.run_until_idle)
        expect(function.records_processed == records)
    return spent / records


def _loop() -> float:
    """Returns the seconds that each record takes if the test makes the events and calls the handler."""
    values = [(number % PARTITIONS, number // PARTITIONS, _value(number)) for number in range(RECORDS)]

    def call() -> None:
        for start in range(0, RECORDS, BATCH_SIZE):
            records: dict[str, list[dict[str, Any]]] = {}
            for partition, offset, value in values[start : start + BATCH_SIZE]:
                records.setdefault(f"orders-{partition}", []).append(_shown(partition, offset, value))
            _nothing(
                {"eventSource": "aws:SelfManagedKafka", "bootstrapServers": "kafka.example.com:9092", "records": records}, None
            )

    return seconds_of(call) / RECORDS


def _value(number: int) -> bytes:
    return json.dumps({"n": number}).encode()


def _shown(partition: int, offset: int, value: bytes) -> dict[str, Any]:
    """Returns a record in the form that a handler expects."""
    return {
        "topic": "orders",
        "partition": partition,
        "offset": offset,
        "timestamp": 1767225600000,
        "timestampType": "CREATE_TIME",
        "value": base64.b64encode(value).decode(),
        "headers": [],
    }
