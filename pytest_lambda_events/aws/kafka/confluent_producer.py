"""`confluent_kafka.Producer` writes into topics of the simulated AWS."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from ...errors import hides_frames
from ...sources.kafka.partitioner import librdkafka_partitioner
from ...sources.kafka.producing import Outgoing, OutgoingQueue, Producers, TopicMissing
from ...sources.kafka.topics import KafkaRecord, PartitionMissing
from .confluent_settings import Settings

__tracebackhide__ = hides_frames

_Contents = tuple[bytes | None, bytes | None]
"""The key and the value of a record."""


class Purged(Exception):
    """A record was dropped before it was sent."""


_CODES: Mapping[type[Exception], str] = {
    TopicMissing: "UNKNOWN_TOPIC_OR_PART", PartitionMissing: "_UNKNOWN_PARTITION", Purged: "_PURGE_QUEUE",
}  # fmt: skip
"""The names of the library's errors."""


class ConfluentProducer:
    """One producer in one environment. Its methods have the parameters of the library."""

    def __init__(self, producers: Producers, library: ModuleType, settings: Settings) -> None:
        self._producers = producers
        self._library = library
        self._settings = settings
        self._choose = librdkafka_partitioner(settings.partitioner)
        assert self._choose is not None
        self._queue = OutgoingQueue(producers, round(settings.linger_ms * 1000), self._choose, runs_callbacks=False)
        self._reports: deque[tuple[Callable[..., object], Any, Any]] = deque()
        self._is_closed = False

    def __len__(self) -> int:
        """Returns the number of records that are not sent, and of delivery reports that nobody has read."""
        return len(self._queue) + len(self._reports)

    def produce(
        self, topic: str, value: object = None, key: object = None, partition: int = -1, callback: Any = None,
        on_delivery: Any = None, partitioner: object = None, timestamp: int = 0, headers: Any = None,
    ) -> None:  # fmt: skip
        """Accepts a record. Raises what the library raises for invalid values, and if too many records wait."""
        self._check_open()
        if not isinstance(topic, str):
            raise TypeError(f"argument 1 must be str, not {type(topic).__name__}")
        for name, number in (("partition", partition), ("timestamp", timestamp)):
            if not isinstance(number, int):
                raise TypeError(f"{name} must be int, not {type(number).__name__}")
        contents, kinds = (_bytes(key), _bytes(value)), self._library.KafkaError
        refusal = self._refusal(contents)
        if refusal == "_QUEUE_FULL":
            raise BufferError("Local: Queue full")
        if refusal is not None:
            text = "Unable to produce message: Broker: Message size too large"
            raise self._library.KafkaException(kinds(getattr(kinds, refusal), text))
        report = callback or on_delivery
        self._add(topic, contents, partition, report, tuple(_headers(headers)), timestamp or self._producers.milliseconds)

    def produce_batch(
        self, topic: str, messages: list[dict[str, Any]], partition: int = -1, callback: Any = None, on_delivery: Any = None
    ) -> int:
        """Accepts records with one topic and partition. Returns their number, without those that are refused.

        As in the library, a partition or headers of one message have no effect, and a refused message gets a member `_error`.
        """
        self._check_open()
        if not isinstance(topic, str):
            raise TypeError(f"argument 1 must be str, not {type(topic).__name__}")
        partition = operator.index(partition)
        if not isinstance(messages, list):
            raise TypeError("messages must be a list")
        contents = [_batch_contents(index, message) for index, message in enumerate(messages)]
        count, now, kinds = 0, self._producers.milliseconds, self._library.KafkaError
        for message, content in zip(messages, contents, strict=True):
            refusal = self._refusal(content)
            if refusal is None:
                count += 1
                self._add(topic, content, partition, message.get("callback") or callback or on_delivery, (), now)
            else:
                text = "Local: Queue full" if refusal == "_QUEUE_FULL" else "Broker: Message size too large"
                message["_error"] = kinds(getattr(kinds, refusal), f"Message failed: {text}")
        return count

    def _refusal(self, contents: _Contents) -> str | None:
        """Returns the name of the error of a record that the producer does not accept. None if it accepts it."""
        if sum(len(one) for one in contents if one is not None) > self._settings.largest_bytes:
            return "MSG_SIZE_TOO_LARGE"
        self._queue.send_due()
        return "_QUEUE_FULL" if len(self) >= self._settings.most_records else None

    def _add(
        self, topic: str, contents: _Contents, partition: int, report: Callable[..., object] | None,
        headers: tuple[tuple[str, bytes], ...], timestamp: int,
    ) -> None:  # fmt: skip
        report = report or self._settings.on_delivery
        record = Outgoing(
            topic, *contents, headers, None if partition < 0 else partition, timestamp,
            lambda sent: self._sent(record, report, sent),
        )  # fmt: skip
        self._queue.add(record)

    def _sent(self, record: Outgoing, report: Callable[..., object] | None, sent: KafkaRecord | Exception) -> None:
        if report is None:
            return
        if isinstance(sent, KafkaRecord):
            self._report(report, record, None, sent.partition, sent.offset)
            return
        kinds = self._library.KafkaError
        self._report(report, record, kinds(getattr(kinds, _CODES[type(sent)])), record.partition)

    def _report(
        self, report: Callable[..., object], record: Outgoing, error: Any, partition: int | None, offset: int | None = None
    ) -> None:
        """Keeps the report of a record. A negative partition or offset means that there is none."""
        time = (self._library.TIMESTAMP_CREATE_TIME, record.timestamp) if error is None else (0, -1)
        message = self._library.Message(
            topic=record.topic, partition=-1 if partition is None else partition, offset=-1 if offset is None else offset,
            key=record.key, value=record.value, error=error, timestamp=time, latency=0.0,
        )  # fmt: skip
        self._reports.append((report, error, message))

    def poll(self, timeout: float | None = None) -> int:
        """Calls the callbacks of records that were sent, and waits up to `timeout` seconds of virtual time for one."""
        self._check_open()
        self._queue.send_due()
        simulation = self._producers.simulation
        end = None if timeout is None or timeout < 0 else self._producers.now + round(timeout * 1_000_000)
        while not self._reports:
            due = self._queue.next_due
            if due is None and end is None:
                raise simulation.record_misuse(
                    "poll() of confluent_kafka.Producer would wait forever: no record waits for its delivery. Pass a timeout, "
                    "such as poll(0)."
                )
            until = min(one for one in (due, end) if one is not None)
            if until > self._producers.now:
                simulation.sleep((until - self._producers.now) / 1_000_000)
            self._queue.send_due()
            if until == end:
                break
        return self._serve()

    def flush(self, timeout: float | None = None) -> int:
        """Sends all records, and calls their callbacks. Returns 0: no record is left."""
        self._check_open()
        self._queue.send()
        self._serve()
        return len(self)

    def _serve(self) -> int:
        count = 0
        for _ in range(len(self._reports)):
            report, error, message = self._reports.popleft()
            count += 1
            report(error, message)
        return count

    def purge(self, in_queue: bool = True, in_flight: bool = True, blocking: bool = True) -> None:
        """Drops the records that are not sent. Their callbacks get an error."""
        self._check_open()
        for record in self._queue.take() if in_queue else ():
            record.done(Purged())

    def set_sasl_credentials(self, username: str, password: str) -> None:
        """Does nothing: every broker accepts the credentials (KAF-09)."""

    def close(self, timeout: float | None = None) -> bool:
        """Sends all records, and refuses further calls."""
        if not self._is_closed:
            self.flush()
            self._is_closed = True
        return True

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("Producer has been closed")


def _bytes(value: object) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"a bytes-like object is required, not '{type(value).__name__}'")


def _batch_contents(index: int, message: object) -> _Contents:
    """Returns the key and the value of a message of a batch. Raises what the library raises for invalid messages."""
    if not isinstance(message, dict):
        raise TypeError(f"Message at index {index} must be a dict")
    for name in ("value", "key"):
        if not isinstance(message.get(name), (str, bytes, type(None))):
            raise TypeError(f"Message {name} at index {index} must be bytes or str")
    if not isinstance(message.get("partition"), (int, type(None))):
        raise TypeError(f"Message partition at index {index} must be int")
    if message.get("timestamp") is not None:
        raise NotImplementedError("Message timestamps are not currently supported in batch mode")
    return _bytes(message.get("key")), _bytes(message.get("value"))


def _headers(given: object) -> Iterator[tuple[str, bytes]]:
    """Yields headers. One without a value has empty bytes."""
    if given is None:
        return
    if not isinstance(given, (dict, list)):
        raise TypeError(f"expected headers to be dict or list of (key, value) tuples, not {type(given).__name__}")
    for name, value in given.items() if isinstance(given, dict) else given:
        if value is not None and not isinstance(value, (str, bytes)):
            kind = type(value).__name__
            raise TypeError(f"expected header value to be None, binary, or unicode string, not {kind}")
        yield str(name), _bytes(value) or b""
