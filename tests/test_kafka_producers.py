"""Producers of `confluent_kafka` and of kafka-python write into the topics of the test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
import zlib
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import KafkaTopic, LambdaEvents, LambdaEventsError, NotSimulatedError
from pytest_lambda_events.sources.kafka.partitioner import librdkafka_partitioner, murmur2

confluent_kafka = pytest.importorskip("confluent_kafka")
pytest.importorskip("confluent_kafka.aio")
kafka = pytest.importorskip("kafka")

SERVERS = {"bootstrap.servers": "kafka.example.com:9092", "log_level": 0}
WITHOUT_SERVERS = {"log_level": 0}
"""Settings for the real library: a producer without servers opens no connection."""
EARLY = confluent_kafka.Producer(WITHOUT_SERVERS)
"""A producer that a module creates when it is imported."""


class Shop:
    """A class that keeps a producer, which no module has as a global."""

    producer = confluent_kafka.Producer(WITHOUT_SERVERS)


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=4)


def run(lambda_events: LambdaEvents, handler: Callable[[], object]) -> Any:
    """Invokes a function that calls `handler`. Returns its result."""
    return lambda_events.function(lambda event, context: handler(), name="producing").invoke({}).payload


def values(topic: KafkaTopic) -> list[Any]:
    return [record.json for record in topic.records]


# ------------------------------------------------------------------ partitions


@pytest.mark.parametrize("name", ["consistent", "murmur2", "fnv1a"])
def test_partitions_of_2000_keys_are_those_of_librdkafka(name: str) -> None:
    chooser = random.Random(11)
    keys = [chooser.randbytes(chooser.randrange(1, 40)) for _ in range(2_000)]
    ours, random_too = librdkafka_partitioner(name), librdkafka_partitioner(f"{name}_random")
    assert ours is not None
    assert random_too is not None

    theirs = [getattr(confluent_kafka, name)(key, 12) for key in keys]

    assert [ours(key, 12) for key in keys] == [random_too(key, 12) for key in keys] == theirs


def test_default_partitioners_of_the_libraries_differ(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    ours, theirs = confluent_kafka.Producer(SERVERS), kafka.KafkaProducer()
    keys = [f"customer-{number}".encode() for number in range(20)]
    for key in keys:
        ours.produce("orders", key=key, value=b"confluent")
        theirs.send("orders", key=key, value=b"python")
    ours.flush()
    theirs.flush()

    found = {(record.key, record.value): record.partition for record in orders.records}

    assert [found[key, b"confluent"] for key in keys] == [zlib.crc32(key) % 4 for key in keys]
    assert [found[key, b"python"] for key in keys] == [(murmur2(key) & 0x7FFFFFFF) % 4 for key in keys]


def test_partitioner_of_the_java_client_can_be_configured(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = confluent_kafka.Producer({**SERVERS, "partitioner": "murmur2_random"})
    producer.produce("orders", key="customer-1", value="a")
    producer.flush()

    assert orders.records[0].partition == orders.send("b", key="customer-1").partition


@pytest.mark.parametrize("key", [None, b""])
def test_records_without_a_key_take_turns(lambda_events: LambdaEvents, orders: KafkaTopic, key: bytes | None) -> None:
    producer = confluent_kafka.Producer(SERVERS)
    for _ in range(4):
        producer.produce("orders", key=key, value="a")
    producer.flush()

    assert [record.partition for record in orders.records] == [0, 1, 2, 3]


# ------------------------------------------------------------------ confluent_kafka


def test_record_of_a_handler_invokes_another_function(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    def produce(event: Any, context: Any) -> int:
        producer = confluent_kafka.Producer(SERVERS)
        producer.produce("orders", value=json.dumps(event), key="7", headers={"trace": "a", "empty": None}, partition=2)
        return int(producer.flush())

    read = lambda_events.function(lambda event, context: None, name="read")
    read.add_event_source(orders)
    assert lambda_events.function(produce, name="producing").invoke({"id": 7}).payload == 0
    lambda_events.run_until_idle()

    [record] = orders.records
    assert (record.key, record.partition, record.headers) == (b"7", 2, [("trace", b"a"), ("empty", b"")])
    assert record.timestamp == lambda_events.now.replace(microsecond=0)
    assert read.batches[0].data == [{"id": 7}]


def test_delivery_report_comes_with_poll_after_the_linger(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    reports: list[Any] = []
    polls: list[Any] = []

    def produce() -> None:
        producer = confluent_kafka.Producer({**SERVERS, "linger.ms": 500})
        producer.produce("orders", "a", "k", 1, on_delivery=lambda error, message: reports.append((error, message)))
        polls.append((producer.poll(0), len(producer), len(orders.records)))
        polls.append((producer.poll(2), len(producer), len(orders.records), lambda_events.elapsed))

    run(lambda_events, produce)

    assert polls == [(0, 1, 0), (1, 0, 1, 0.5)]
    [(error, message)] = reports
    assert error is None
    assert (message.topic(), message.partition(), message.offset(), message.key(), message.value()) == (
        "orders", 1, 0, b"k", b"a",
    )  # fmt: skip
    assert message.timestamp() == (confluent_kafka.TIMESTAMP_CREATE_TIME, 1767225600000)


def test_poll_waits_in_virtual_time(lambda_events: LambdaEvents) -> None:
    run(lambda_events, lambda: confluent_kafka.Producer(SERVERS).poll(2.5))

    assert lambda_events.elapsed == 2.5


def test_poll_that_would_wait_forever_is_explained(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError, match="would wait forever"):
        confluent_kafka.Producer(SERVERS).poll()


def test_records_without_flush_wait_for_the_next_invocation(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = confluent_kafka.Producer(SERVERS)
    function = lambda_events.function(lambda event, context: producer.produce("orders", event["n"]), name="forgetful")

    function.invoke({"n": "1"})
    lambda_events.advance(60)
    first = values(orders)
    function.invoke({"n": "2"})

    assert (first, values(orders)) == ([], ["1"])
    [warning] = lambda_events.journal.warnings
    assert "'forgetful' ended before its producer had sent 1 record to the topic 'orders'" in str(warning)
    assert "Call flush() before the handler returns" in str(warning)


def test_record_is_sent_while_the_handler_waits(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    import time

    def produce() -> list[Any]:
        confluent_kafka.Producer(SERVERS).produce("orders", "a")
        time.sleep(0.006)
        return values(orders)

    assert run(lambda_events, produce) == ["a"]
    assert not lambda_events.journal.warnings


def test_record_of_the_test_is_sent_when_time_moves(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    confluent_kafka.Producer(SERVERS).produce("orders", "a")

    lambda_events.run_until_idle()

    assert values(orders) == ["a"]
    assert lambda_events.elapsed == 0.005


def test_topic_that_does_not_exist_is_reported(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    errors: list[Any] = []
    producer = confluent_kafka.Producer({**SERVERS, "on_delivery": lambda error, message: errors.append(error)})
    producer.produce("ordrs", "a")
    producer.produce("orders", "a", partition=9)
    producer.flush()

    codes = confluent_kafka.KafkaError
    assert [error.code() for error in errors] == [codes.UNKNOWN_TOPIC_OR_PART, codes._UNKNOWN_PARTITION]
    [warning] = lambda_events.journal.warnings
    assert "topic 'ordrs' of Kafka, which does not exist. Topics: 'orders'." in str(warning)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"value": 3}, TypeError), ({"headers": {"a": 3}}, TypeError), ({"headers": "a"}, TypeError),
        ({"partition": "1"}, TypeError), ({"value": b"a" * 1_000_001}, confluent_kafka.KafkaException),
    ],
)  # fmt: skip
def test_invalid_record_raises_what_the_library_raises(
    lambda_events: LambdaEvents, orders: KafkaTopic, given: dict[str, Any], error: type[Exception]
) -> None:
    producer = confluent_kafka.Producer(SERVERS)

    with pytest.raises(error):
        producer.produce("orders", **given)
    producer.flush()

    assert orders.records == []


def test_full_queue_raises_what_the_library_raises(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = confluent_kafka.Producer({**SERVERS, "queue.buffering.max.messages": "2"})
    producer.produce("orders", "a")
    producer.produce("orders", "b")

    with pytest.raises(BufferError, match="Queue full"):
        producer.produce("orders", "c")


def test_queue_of_0_messages_has_no_limit(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = confluent_kafka.Producer({**SERVERS, "queue.buffering.max.messages": 0})
    producer.produce("orders", "a")

    assert len(producer) == 1


def test_batch_has_one_partition_and_no_headers(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    reports: list[Any] = []
    producer = confluent_kafka.Producer(SERVERS)
    messages = [
        {"value": "a", "partition": 1, "callback": lambda error, message: reports.append((message.value(), "own"))},
        {"value": b"b", "key": "k", "headers": {"trace": "a"}},
    ]

    count = producer.produce_batch("orders", messages, 3, on_delivery=lambda error, message: reports.append(message.value()))
    producer.flush()

    assert (count, reports) == (2, [(b"a", "own"), b"b"])
    assert [(record.partition, record.key, record.headers) for record in orders.records] == [(3, None, []), (3, b"k", [])]


def test_batch_marks_refused_messages(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = confluent_kafka.Producer({**SERVERS, "queue.buffering.max.messages": 2})
    messages: list[dict[str, Any]] = [{"value": b"a" * 1_000_001}, {"value": "b"}, {"value": "c"}, {"value": "d"}]

    count = producer.produce_batch("orders", messages)
    producer.flush()

    codes = confluent_kafka.KafkaError
    assert count == 2
    assert [one["_error"].code() if "_error" in one else None for one in messages] == [
        codes.MSG_SIZE_TOO_LARGE, None, None, codes._QUEUE_FULL,
    ]  # fmt: skip
    assert [record.value for record in orders.records] == [b"b", b"c"]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        (({"value": "a"},), TypeError), (["a"], TypeError), ([{"value": 3}], TypeError), ([{"key": 3}], TypeError),
        ([{"partition": "1"}], TypeError), ([{"value": "a"}, {"timestamp": 1}], NotImplementedError),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_simulated", [True, False])
def test_invalid_batch_raises_what_the_library_raises(messages: Any, error: type[Exception], is_simulated: bool) -> None:
    with LambdaEvents(kafka_producers=is_simulated) as environment:
        orders = environment.kafka_topic("orders")
        producer = confluent_kafka.Producer(WITHOUT_SERVERS)

        with pytest.raises(error):
            producer.produce_batch("orders", messages)
        producer.flush()

        assert orders.records == []


# ------------------------------------------------------------------ AIOProducer


async def produced_with_asyncio(*, flushes: bool) -> list[int]:
    producer = confluent_kafka.aio.AIOProducer(SERVERS.copy())
    future = await producer.produce("orders", "a", key="k", partition=1)
    if flushes:
        await producer.flush()
    message = await future
    return [message.partition(), message.offset()]


@pytest.mark.parametrize(("flushes", "seconds"), [(True, 0), (False, 1)])
def test_asyncio_producer_of_a_handler_writes_into_the_topic(
    lambda_events: LambdaEvents, orders: KafkaTopic, flushes: bool, seconds: float
) -> None:
    assert run(lambda_events, lambda: asyncio.run(produced_with_asyncio(flushes=flushes))) == [1, 0]

    assert (values(orders), lambda_events.elapsed) == (["a"], seconds)


def test_asyncio_producer_of_the_test_writes_into_the_topic(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    assert asyncio.run(produced_with_asyncio(flushes=True)) == [1, 0]

    assert values(orders) == ["a"]


def test_purged_records_are_not_sent(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    errors: list[Any] = []
    producer = confluent_kafka.Producer(SERVERS)
    producer.produce("orders", "a", on_delivery=lambda error, message: errors.append(error.code()))
    producer.purge()
    producer.flush()

    assert (errors, orders.records) == ([confluent_kafka.KafkaError._PURGE_QUEUE], [])


def test_producer_is_a_context_manager(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    with confluent_kafka.Producer(SERVERS) as producer:
        assert producer
        producer.produce("orders", "a")

    assert values(orders) == ["a"]
    with pytest.raises(RuntimeError, match="Producer has been closed"):
        producer.produce("orders", "b")


def test_serializing_producer_serializes(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    from confluent_kafka.serialization import StringSerializer

    producer = confluent_kafka.SerializingProducer({
        **SERVERS, "key.serializer": StringSerializer(), "value.serializer": lambda value, context: json.dumps(value).encode(),
    })  # fmt: skip
    producer.produce("orders", key="7", value={"id": 7})
    producer.flush()

    assert [(record.key, record.json) for record in orders.records] == [(b"7", {"id": 7})]


@pytest.mark.parametrize("producer", [EARLY, Shop.producer])
def test_producer_that_existed_before_the_test_works(lambda_events: LambdaEvents, orders: KafkaTopic, producer: Any) -> None:
    def produce() -> None:
        producer.produce("orders", "a", key="customer-1")
        producer.flush()

    run(lambda_events, produce)

    assert values(orders) == ["a"]
    [warning] = lambda_events.journal.warnings
    assert "was created before the simulated AWS was opened" in str(warning)


def test_producer_of_a_code_folder_is_created_at_the_cold_start(
    lambda_events: LambdaEvents, orders: KafkaTopic, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(
        "from confluent_kafka import Producer\n"
        "producer = Producer({'bootstrap.servers': 'kafka:9092', 'partitioner': 'murmur2_random'})\n"
        "def handler(event, context):\n"
        "    producer.produce('orders', 'a', key='customer-1')\n"
        "    return producer.flush()\n"
    )
    function = lambda_events.function("app.handler", code_uri=tmp_path)

    assert function.invoke({}).payload == 0

    assert orders.records[0].partition == orders.send("b", key="customer-1").partition
    assert not lambda_events.journal.warnings


async def asyncio_consumer() -> None:
    confluent_kafka.aio.AIOConsumer({**SERVERS, "group.id": "a"})


@pytest.mark.parametrize(
    "create",
    [
        lambda: confluent_kafka.Consumer({**SERVERS, "group.id": "a"}),
        lambda: confluent_kafka.DeserializingConsumer({**SERVERS, "group.id": "a"}),
        lambda: __import__("confluent_kafka.admin").admin.AdminClient(SERVERS),
        lambda: asyncio.run(asyncio_consumer()),
        lambda: confluent_kafka.Producer({**SERVERS, "transactional.id": "a"}),
        lambda: confluent_kafka.Producer(SERVERS).list_topics(),
        lambda: kafka.KafkaConsumer("orders"),
        lambda: kafka.KafkaAdminClient(),
        lambda: kafka.KafkaProducer(transactional_id="a"),
        lambda: kafka.KafkaProducer().begin_transaction(),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(lambda_events: LambdaEvents, create: Callable[[], object]) -> None:
    with pytest.raises(NotSimulatedError):
        create()


def test_handler_that_catches_a_refusal_fails_the_test(lambda_events: LambdaEvents) -> None:
    def produce() -> None:
        with contextlib.suppress(Exception):
            confluent_kafka.Producer(SERVERS).list_topics()

    with pytest.raises(NotSimulatedError, match=r"list_topics\(\) of confluent_kafka.Producer is not simulated"):
        run(lambda_events, produce)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"partitioner": "other"}, 'Invalid value for configuration property "partitioner": other'),
        ({"linger.ms": "soon"}, "Invalid value for configuration property"),
        ({"linger.ms": -1}, "is outside allowed range"),
        ({"linger_ms": 5}, 'No such configuration property: "linger_ms"'),
        ({"on_delivery": 3}, "on_delivery requires a callable object"),
    ],
)
def test_invalid_setting_raises_what_the_library_raises(
    lambda_events: LambdaEvents, settings: dict[str, Any], message: str
) -> None:  # fmt: skip
    with pytest.raises(confluent_kafka.KafkaException, match=message):
        confluent_kafka.Producer({**SERVERS, **settings})


@pytest.mark.parametrize("given", [(), (3,)])
def test_producer_needs_a_configuration(lambda_events: LambdaEvents, given: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="expected configuration dict"):
        confluent_kafka.Producer(*given)


# ------------------------------------------------------------------ kafka-python


def test_future_has_the_metadata_of_the_record(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    def produce() -> list[int]:
        producer = kafka.KafkaProducer(value_serializer=lambda value: json.dumps(value).encode(), linger_ms=100)
        future = producer.send("orders", {"id": 7}, key=b"7", headers=[("trace", b"a")], partition=3)
        assert not future.is_done
        metadata = future.get(timeout=10)
        return [metadata.partition, metadata.offset, metadata.timestamp]

    assert run(lambda_events, produce) == [3, 0, 1767225600000]
    assert lambda_events.elapsed == 0.1
    [record] = orders.records
    assert (record.json, record.key, record.headers) == ({"id": 7}, b"7", [("trace", b"a")])


@pytest.mark.parametrize("more", [(), ("log_start_offset",)])
def test_metadata_has_the_members_of_the_installed_version(
    lambda_events: LambdaEvents, orders: KafkaTopic, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    names = ("topic", "partition", "topic_partition", "offset", "timestamp", *more, "checksum")
    sizes = ("serialized_key_size", "serialized_value_size", "serialized_header_size")
    monkeypatch.setattr(kafka.producer.future, "RecordMetadata", namedtuple("RecordMetadata", (*names, *sizes)))

    metadata = kafka.KafkaProducer().send("orders", b"abc", key=b"k", partition=2).get()

    where = kafka.structs.TopicPartition("orders", 2)
    start = (0,) * len(more)
    assert tuple(metadata) == ("orders", 2, where, 0, 1767225600000, *start, None, 1, 3, -1)


def test_future_of_the_test_lets_time_pass(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    future = kafka.KafkaProducer(linger_ms=100).send("orders", b"a")

    assert future.get().offset == 0
    assert lambda_events.elapsed == 0.1


def test_callbacks_of_futures_run(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    seen: list[Any] = []

    def produce() -> None:
        producer = kafka.KafkaProducer()
        producer.send("orders", b"a").add_callback(lambda metadata: seen.append(metadata.offset))
        producer.flush()

    run(lambda_events, produce)

    assert seen == [0]


def test_record_of_kafka_python_without_flush_waits(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = kafka.KafkaProducer()
    run(lambda_events, lambda: producer.send("orders", b"a") and None)
    lambda_events.run_until_idle()

    assert orders.records == []
    assert len(lambda_events.journal.warnings) == 1


def test_callback_runs_in_the_handler_that_waits(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    import time

    table = lambda_events.table("sent", partition_key="id")

    def produce() -> None:
        future = kafka.KafkaProducer(linger_ms=10).send("orders", b"a")
        future.add_callback(lambda metadata: table.put_item({"id": str(metadata.offset)}))
        time.sleep(1)

    run(lambda_events, produce)

    assert table.items == [{"id": "0"}]


def test_missing_topic_blocks_send_of_kafka_python(lambda_events: LambdaEvents) -> None:
    producer = kafka.KafkaProducer()

    with pytest.raises(kafka.errors.KafkaTimeoutError, match=r"Failed to update metadata after 60\.0 secs"):
        producer.send("orders", b"a")

    assert lambda_events.elapsed == 60


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, ValueError), ({"value": "text"}, TypeError), ({"value": b"a", "headers": ["a"]}, TypeError),
        ({"value": b"a", "partition": 9}, ValueError), ({"value": b"a" * 1_048_577}, kafka.errors.MessageSizeTooLargeError),
    ],
)  # fmt: skip
def test_invalid_record_raises_what_kafka_python_raises(
    lambda_events: LambdaEvents, orders: KafkaTopic, given: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        kafka.KafkaProducer().send("orders", **given)


def test_partitioner_of_the_user_chooses(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    class Last(kafka.partitioner.Partitioner):  # type: ignore[misc, name-defined]
        def partition(self, topic: Any, key: Any, serialized_key: Any, value: Any, serialized_value: Any, cluster: Any) -> Any:
            return max(cluster.partitions_for_topic(topic))

    producer = kafka.KafkaProducer(partitioner=Last())

    assert producer.send("orders", b"a").get().partition == 3
    assert producer.partitions_for("orders") == {0, 1, 2, 3}


def test_closed_producer_of_kafka_python_is_refused(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    with kafka.KafkaProducer() as producer:
        producer.send("orders", b"a")

    assert values(orders) == ["a"]
    with pytest.raises(kafka.errors.IllegalStateError, match="already closed"):
        producer.send("orders", b"b")


# ------------------------------------------------------------------ outside


def test_libraries_are_unchanged_outside() -> None:
    before = confluent_kafka.Producer.produce, kafka.KafkaProducer.__init__, confluent_kafka.Consumer
    with LambdaEvents() as environment:
        environment.kafka_topic("orders")
        assert confluent_kafka.Producer.produce is not before[0]

    assert (confluent_kafka.Producer.produce, kafka.KafkaProducer.__init__, confluent_kafka.Consumer) == before


def test_method_that_a_test_replaces_is_called_outside_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with LambdaEvents():
        """From here on the patches of the library are known."""
    monkeypatch.setattr(kafka.KafkaProducer, "metrics", lambda producer: "replaced")
    entered, answers = threading.Event(), []

    def outside() -> None:
        entered.wait()
        answers.append(kafka.KafkaProducer.metrics(object()))

    thread = threading.Thread(target=outside)
    thread.start()
    with LambdaEvents():
        entered.set()
        thread.join()
    outside()

    assert answers == ["replaced", "replaced"]


def test_producer_of_a_closed_environment_works_in_the_next_one() -> None:
    with LambdaEvents():
        ours, theirs = confluent_kafka.Producer({**SERVERS, "partitioner": "murmur2"}), kafka.KafkaProducer()
    with pytest.raises(RuntimeError, match="Producer has been closed"):
        ours.produce("orders", "a")

    with LambdaEvents() as environment:
        orders = environment.kafka_topic("orders")
        ours.produce("orders", "a")
        ours.flush()
        theirs.send("orders", b"b").get()
        found = values(orders)

    assert found == ["a", "b"]


@pytest.mark.lambda_events(kafka_producers=False)
def test_option_leaves_the_libraries_unchanged(lambda_events: LambdaEvents, orders: KafkaTopic) -> None:
    producer = confluent_kafka.Producer(WITHOUT_SERVERS)
    producer.produce("orders", "a")

    assert len(producer) == 1
    assert orders.records == []
    producer.purge()
    producer.poll(0)
