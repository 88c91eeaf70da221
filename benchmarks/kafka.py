"""A topic of Kafka that feeds a function, against the tests that a user writes without this plugin, and for many records.

- The fakes of mockafka-py: a producer sends, and a consumer passes batches to the handler. They keep records and offsets.
- The mock cluster of confluent_kafka: the real client and a broker in the same process, with sockets. Its consumer waits for
  its group and takes hardly any CPU time, so both sides are measured in wall time.
- A loop that only makes the events. It has no topic, no offsets, no journal, no retries and no copies of the events.

moto has no records of Kafka.
"""

from __future__ import annotations

import base64
import importlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from measuring import Row, expect, paired, seconds_of, size

from pytest_lambda_events import LambdaEvents

RECORDS = 10_000
MANY = size(30_000, 100_000)
PARTITIONS = 12
BATCH_SIZE = 100
ROUNDS = 5
FEW_ROUNDS = 3
LIMIT_OF_FAKES = 1.0
LIMIT_OF_LOOP = 20.0
LIMIT_OF_MANY = 1.2
MOCK_PARTITIONS = 4
"""The partitions of a topic of the mock cluster."""


def measure() -> Iterator[Row]:
    """Yields a function against the fakes, the mock cluster and the loop, and many records against few."""
    _delivered(RECORDS)
    pairs = paired(lambda: _delivered(RECORDS), _with_fakes, rounds=ROUNDS)
    yield pairs.ratio(f"one of {RECORDS:,} Kafka records to a function / with the fakes of mockafka-py", limit=LIMIT_OF_FAKES)
    pairs = paired(_sent_and_delivered, _with_mock_cluster, rounds=FEW_ROUNDS)
    # Wall time depends on other processes, so it has no limit.
    yield pairs.ratio(f"{RECORDS:,} Kafka records sent and delivered / with the mock cluster of confluent_kafka, wall time")
    pairs = paired(lambda: _delivered(RECORDS), _loop, rounds=ROUNDS)
    yield pairs.ratio(f"one of {RECORDS:,} Kafka records to a function / in a loop that makes the events", limit=LIMIT_OF_LOOP)
    pairs = paired(lambda: _delivered(MANY), lambda: _delivered(RECORDS), rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} Kafka records to a function / of {RECORDS:,}", limit=LIMIT_OF_MANY)


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _wall_seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _sent_and_delivered() -> float:
    """Returns the wall time for all records, from the creation of the topic to the last invocation."""

    def run() -> None:
        with LambdaEvents() as environment:
            orders = environment.kafka_topic("orders", partitions=PARTITIONS)
            function = environment.function(_nothing, name="count")
            for number in range(RECORDS):
                orders.send(_value(number), partition=number % PARTITIONS)
            function.add_event_source(orders, starting_position="TRIM_HORIZON", batch_size=BATCH_SIZE)
            environment.run_until_idle()
            expect(function.records_processed == RECORDS)

    return _wall_seconds_of(run)


def _with_fakes() -> float:
    """Returns the seconds that each record takes from the fake topic of mockafka-py to the handler."""
    fakes: Any = importlib.import_module("mockafka")
    admin: Any = importlib.import_module("mockafka.admin_client")
    client = admin.FakeAdminClientImpl(clean=True)
    client.create_topics([admin.NewTopic("orders", num_partitions=PARTITIONS)])
    producer, consumer = fakes.FakeProducer(), fakes.FakeConsumer()
    for number in range(RECORDS):
        producer.produce("orders", _value(number), partition=number % PARTITIONS)
    consumer.subscribe(["orders"])

    def run() -> None:
        offsets: Counter[int] = Counter()
        while messages := consumer.consume(BATCH_SIZE):
            shown = []
            for message in messages:
                # Its messages have no offset.
                shown.append(_shown(message.partition(), offsets[message.partition()], message.value()))
                offsets[message.partition()] += 1
            _nothing(_event(shown), None)
        expect(offsets.total() == RECORDS)

    return seconds_of(run) / RECORDS


def _with_mock_cluster() -> float:
    """Returns the wall time for all records with the real client of confluent_kafka and the broker that it contains."""
    library: Any = importlib.import_module("confluent_kafka")

    def run() -> None:
        producer = library.Producer({"test.mock.num.brokers": 1, "log_level": 0})
        [broker] = producer.list_topics(timeout=10).brokers.values()
        for number in range(RECORDS):
            producer.produce("orders", _value(number), partition=number % MOCK_PARTITIONS)
        producer.flush()
        consumer = library.Consumer({
            "bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": "count", "auto.offset.reset": "earliest",
            "log_level": 0,
        })  # fmt: skip
        consumer.subscribe(["orders"])
        count = 0
        while count < RECORDS:
            messages = consumer.consume(BATCH_SIZE, timeout=0.5)
            if messages:
                _nothing(_event(_shown(one.partition(), one.offset(), one.value()) for one in messages), None)
            count += len(messages)
        consumer.close()

    return _wall_seconds_of(run)


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
            _nothing(_event(_shown(*one) for one in values[start : start + BATCH_SIZE]), None)

    return seconds_of(call) / RECORDS


def _value(number: int) -> bytes:
    return json.dumps({"n": number}).encode()


def _event(shown: Iterable[dict[str, Any]]) -> dict[str, Any]:
    records: dict[str, list[dict[str, Any]]] = {}
    for record in shown:
        records.setdefault(f"orders-{record['partition']}", []).append(record)
    return {"eventSource": "aws:SelfManagedKafka", "bootstrapServers": "kafka.example.com:9092", "records": records}


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
