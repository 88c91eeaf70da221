"""`KafkaProducer` of kafka-python writes into topics of the simulated AWS."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

from ...errors import hides_frames
from ...patching import Patch, attributes_patched
from ...sources.kafka.partitioner import partition_of
from ...sources.kafka.producing import Outgoing, OutgoingQueue, Producers, TopicMissing
from ...sources.kafka.topics import KafkaRecord, KafkaTopic
from .clients import NO_BROKER, NO_TRANSACTIONS, current, not_simulated, refusing

__tracebackhide__ = hides_frames

_SIMULATED = ("send", "flush", "close", "partitions_for", "bootstrap_connected", "metrics")
_TRANSACTIONS = (
    "init_transactions", "begin_transaction", "send_offsets_to_transaction", "commit_transaction", "abort_transaction",
)  # fmt: skip
_CLIENTS = ("KafkaConsumer", "KafkaAdminClient")
_METHODS = (*_SIMULATED, *_TRANSACTIONS, "__init__", "__del__")


class KafkaPythonProducer:
    """One producer in one environment. Its methods have the parameters of the library."""

    def __init__(self, producers: Producers, library: ModuleType, config: dict[str, Any]) -> None:
        self._producers = producers
        self._library = library
        self._config = config
        self._is_closed = False
        linger = round(float(config.get("linger_ms") or 0) * 1000)
        self._queue = OutgoingQueue(producers, linger, lambda key, partitions: None, runs_callbacks=True)

    def send(
        self, topic: str, value: Any = None, key: Any = None, headers: Any = None, partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> Any:  # fmt: skip
        """Accepts a record. Returns a future of the library."""
        if self._is_closed:
            raise self._library.errors.IllegalStateError("KafkaProducer already closed!")
        if value is None and key is None:
            raise ValueError("Need at least one: key or value")
        headers = list(headers or [])
        if not all(_is_header(one) for one in headers):
            raise TypeError("All headers items must be (str, bytes) tuples")
        contents = [
            _serialized(self._config[f"{name}_serializer"], topic, headers, one)
            for name, one in (("key", key), ("value", value))
        ]
        for name, content in zip(("key", "value"), contents, strict=True):
            if not isinstance(content, (bytes, bytearray, memoryview, type(None))):
                raise TypeError(f"Unsupported type for serialized {name}: {type(content)}")
        size = sum(len(one) for one in contents if one is not None) + sum(len(name) + len(one) for name, one in headers)
        if size > self._config["max_request_size"]:
            raise self._library.errors.MessageSizeTooLargeError(
                f"The message is {size} bytes when serialized which is larger than the maximum request size you have "
                "configured with the max_request_size configuration"
            )
        key_bytes, value_bytes = (None if one is None else bytes(one) for one in contents)
        chosen = self._partition(topic, partition, (key, value), (key_bytes, value_bytes))
        timestamp = self._producers.milliseconds if timestamp_ms is None else timestamp_ms
        result = self._library.producer.future.FutureProduceResult(self._library.structs.TopicPartition(topic, chosen))
        sizes = [-1 if one is None else len(one) for one in (key_bytes, value_bytes)]
        future = _future_class(self._library)(
            result, 0, timestamp, None, *sizes, sum(len(name) + len(one) for name, one in headers) if headers else -1
        )
        future.waits = self._wait_for
        self._queue.add(
            Outgoing(topic, key_bytes, value_bytes, tuple(headers), chosen, timestamp, lambda sent: self._sent(result, sent))
        )
        return future

    def _partition(
        self, name: str, partition: int | None, unserialized: tuple[Any, Any], serialized: tuple[bytes | None, bytes | None]
    ) -> int:
        """Returns the partition of a record. Raises the library's errors for a missing topic or partition."""
        topic = self._topic(name)
        if partition is not None:
            if not 0 <= partition < topic.partitions:
                raise ValueError(f"Unrecognized partition {partition} for topic {name}")
            return partition
        partitioner = self._config["partitioner"]
        if type(partitioner).__name__ in ("DefaultPartitioner", "StickyPartitioner"):
            key = serialized[0]
            return topic.next_partition() if key is None else partition_of(key, topic.partitions)
        numbers = list(range(topic.partitions))
        if callable(partitioner):
            chosen = partitioner(serialized[0], numbers, numbers)
        else:
            (key, value), (key_bytes, value_bytes) = unserialized, serialized
            chosen = partitioner.partition(name, key, key_bytes, value, value_bytes, _Cluster(topic))
        if chosen not in numbers:
            raise ValueError(f"Partitioner did not assign a partition for topic {name}!")
        return int(chosen)

    def _topic(self, name: str) -> KafkaTopic:
        """Returns a topic. For one that does not exist, the library waits for it, and then raises an error."""
        try:
            return self._producers.topic(name)
        except TopicMissing:
            seconds = self._config["max_block_ms"] / 1000
            self._producers.simulation.sleep(seconds)
            raise self._library.errors.KafkaTimeoutError(f"Failed to update metadata after {seconds:.1f} secs.") from None

    def _sent(self, result: Any, sent: KafkaRecord | Exception) -> None:
        if isinstance(sent, KafkaRecord):
            result.success(sent)
        else:
            result.failure(self._library.errors.UnknownTopicOrPartitionError())

    def _wait_for(self, future: Any, timeout: float | None) -> None:
        """Lets virtual time pass until a record is sent, at most `timeout` seconds."""
        now = self._producers.now
        end = None if timeout is None else now + round(timeout * 1_000_000)
        while not future.is_done:
            self._queue.send_due()
            due = self._queue.next_due
            if future.is_done or due is None:
                return
            until = due if end is None else min(due, end)
            if until > self._producers.now:
                self._producers.simulation.sleep((until - self._producers.now) / 1_000_000)
            elif until == end:
                return

    def flush(self, timeout: float | None = None) -> None:
        """Sends all records."""
        self._queue.send()

    def close(self, timeout: float | None = None, null_logger: bool = False) -> None:
        """Sends all records, and refuses further ones."""
        self._queue.send()
        self._is_closed = True

    def partitions_for(self, topic: str) -> set[int]:
        """Returns the partitions of a topic."""
        return set(range(self._topic(topic).partitions))

    def bootstrap_connected(self) -> bool:
        """Returns True."""
        return True

    def metrics(self, raw: bool = False) -> dict[str, Any]:
        """Returns no metrics."""
        return {}


class _Cluster:
    """The metadata of one topic, for partitioners of the user."""

    def __init__(self, topic: KafkaTopic) -> None:
        self._topic = topic

    def topics(self) -> set[str]:
        return {self._topic.name}

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._topic.partitions)) if topic == self._topic.name else None

    available_partitions_for_topic = partitions_for_topic


def _is_header(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bytes)


def _serialized(serializer: Any, topic: str, headers: list[tuple[str, bytes]], data: Any) -> Any:
    """Serializes with a function, or with a `Serializer` of any version of the library."""
    serialize = getattr(serializer, "serialize", None)
    if serialize is not None:
        takes_headers = len(inspect.signature(serialize).parameters) > 2
        return serialize(topic, headers, data) if takes_headers else serialize(topic, data)
    return data if serializer is None else serializer(data)


@cache
def _future_class(library: ModuleType) -> Any:
    """Returns the library's future, whose `get` lets virtual time pass. Its result is a record of the topic."""
    futures: Any = library.producer.future

    class FutureRecordMetadata(futures.FutureRecordMetadata):  # type: ignore[misc]
        waits: Callable[[Any, float | None], None]

        def _produce_success(self, sent: KafkaRecord) -> None:
            # Versions of the library pass other results here, and have other members of the metadata.
            *_, checksum, key_size, value_size, header_size = self.args
            where = self._produce_future.topic_partition
            known = {
                "topic": where.topic, "partition": where.partition, "topic_partition": where, "offset": sent.offset,
                "timestamp": sent.timestamp, "log_start_offset": 0, "checksum": checksum, "serialized_key_size": key_size,
                "serialized_value_size": value_size, "serialized_header_size": header_size,
            }  # fmt: skip
            self.success(futures.RecordMetadata(*(known.get(name) for name in futures.RecordMetadata._fields)))

        def get(self, timeout: float | None = None) -> Any:
            self.waits(self, timeout)
            return super().get(0 if timeout is None and not self.is_done else timeout)

    return FutureRecordMetadata


@contextmanager
def kafka_python_simulated() -> Iterator[None]:
    """Lets `KafkaProducer`, also those that exist already, use the open environment.

    The consumers and admin clients of the library refuse to be created.
    """
    # It is imported only if a test or a handler imports it.
    library = sys.modules["kafka"]
    producer = getattr(library, "KafkaProducer", None)
    if producer is None:
        # It is another module with the same name.
        yield
        return
    clients = {name: kind for name, kind in zip(_CLIENTS, map(vars(library).get, _CLIENTS), strict=True) if kind is not None}
    # Those of the library, unless the test has replaced one.
    methods = (*map(vars(producer).get, _METHODS), *(kind.__init__ for kind in clients.values()))
    with attributes_patched(*_patches(library, producer, tuple(clients.items()), methods)):
        yield


@lru_cache(maxsize=1)
def _patches(
    library: ModuleType, producer: Any, clients: Sequence[tuple[str, Any]], methods: Sequence[Any]
) -> Sequence[Patch]:
    """Returns the patches of the library. They are the same in each environment, as long as `methods` are the same."""
    patches = [
        (producer, name, _method(library, name, getattr(producer, name))) for name in _SIMULATED if hasattr(producer, name)
    ]
    patches += [(producer, "__init__", _initializer(producer)), (producer, "__del__", _unless_simulated(producer.__del__))]
    for name in _TRANSACTIONS:
        if hasattr(producer, name):
            refused = refusing(f"{name}() of KafkaProducer", NO_TRANSACTIONS, getattr(producer, name))
            patches.append((producer, name, refused))
    for name, kind in clients:
        refused = refusing(f"{name} of kafka-python", NO_BROKER, kind.__init__)
        patches.append((kind, "__init__", refused))
    return patches


def _initializer(producer: Any) -> Callable[..., None]:
    real = producer.__init__

    def init(self: Any, **configs: Any) -> None:
        producers = current()
        if producers is None:
            real(self, **configs)
            return
        # Outside of a simulated AWS the library refuses a producer that is closed, and does not close it.
        self._closed, self.config = True, {**copy.copy(producer.DEFAULT_CONFIG), **configs}
        known = {*producer.DEFAULT_CONFIG, *getattr(producer, "DEPRECATED_CONFIGS", ())}
        unknown = [name for name in configs if name not in known]
        if unknown:
            raise ValueError(f"Unrecognized configs: {unknown}")
        if configs.get("transactional_id"):
            raise not_simulated(producers, f"transactional_id of KafkaProducer is not simulated. {NO_TRANSACTIONS}")

    return init


def _unless_simulated(real: Callable[[Any], None]) -> Callable[[Any], None]:
    """Returns a method that does nothing in a simulated AWS: there a producer has nothing to close."""

    def method(self: Any) -> None:
        if current() is None:
            real(self)

    return method


def _method(library: ModuleType, name: str, real: Any) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        producers = current()
        if producers is None:
            return real(self, *args, **keywords)
        state = producers.state_of(self, lambda: KafkaPythonProducer(producers, library, self.config))
        return getattr(state, name)(*args, **keywords)

    return method
