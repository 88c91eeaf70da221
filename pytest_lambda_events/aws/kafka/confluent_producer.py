"""`confluent_kafka.Producer` writes into topics of the simulated AWS."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from ...errors import LambdaEventsError, NotSimulatedError, hides_frames
from ...sources.kafka.partitioner import librdkafka_partitioner
from ...sources.kafka.producing import Outgoing, OutgoingQueue, PartitionMissing, Producers, TopicMissing
from ...sources.kafka.topics import KafkaRecord
from ...values import dataclass
from ..clock.stand_ins import StandIn, StandIns
from ..process import process
from .clients import LACKING, NO_BROKER, NO_TRANSACTIONS, current, refusing
from .extension_types import methods_replaced

__tracebackhide__ = hides_frames

_SETTINGS = "_lambda_events_settings"
_SIMULATED = ("produce", "poll", "flush", "purge", "set_sasl_credentials", "close")
_LACKING = (
    "list_topics", "produce_batch", "cluster_id", "init_transactions", "begin_transaction", "send_offsets_to_transaction",
    "commit_transaction", "abort_transaction",
)  # fmt: skip
_REFUSED = ("Consumer", "ShareConsumer", "_AdminClientImpl")


class Purged(Exception):
    """A record was dropped before it was sent."""


_CODES: Mapping[type[Exception], str] = {
    TopicMissing: "UNKNOWN_TOPIC_OR_PART", PartitionMissing: "_UNKNOWN_PARTITION", Purged: "_PURGE_QUEUE",
}  # fmt: skip
"""The names of the library's errors."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a producer that have an effect, with librdkafka's defaults."""

    partitioner: str = "consistent_random"
    linger_ms: float = 5.0
    largest_bytes: int = 1_000_000
    most_records: int = 100_000
    on_delivery: Callable[..., object] | None = None


def _read(library: ModuleType, given: Mapping[str, Any]) -> Settings:
    """Returns the settings of a configuration. Raises the library's error for an invalid value."""
    topic = given.get("default.topic.config") or {}
    read = {**topic, **given}
    if read.get("transactional.id"):
        raise NotSimulatedError(f"transactional.id of confluent_kafka.Producer is not simulated. {NO_TRANSACTIONS}")
    name = str(read.get("partitioner", "consistent_random"))
    if librdkafka_partitioner(name) is None:
        raise _error(library, f'Invalid value for configuration property "partitioner": {name}')

    def number(*names: str, default: float) -> float:
        found = next((one for one in names if one in read), None)
        if found is None:
            return default
        try:
            return float(read[found])
        except (TypeError, ValueError):
            raise _error(library, f'Invalid value for configuration property "{found}": {read[found]}') from None

    return Settings(
        name,
        number("linger.ms", "queue.buffering.max.ms", default=5.0),
        int(number("message.max.bytes", default=1_000_000)),
        int(number("queue.buffering.max.messages", default=100_000)),
        read.get("on_delivery"),
    )


def _error(library: ModuleType, text: str) -> Exception:
    error: Exception = library.KafkaException(library.KafkaError(library.KafkaError._INVALID_ARG, text))
    return error


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
        contents = _bytes(value), _bytes(key)
        if sum(len(one) for one in contents if one is not None) > self._settings.largest_bytes:
            kinds = self._library.KafkaError
            raise self._library.KafkaException(
                kinds(kinds.MSG_SIZE_TOO_LARGE, "Unable to produce message: Broker: Message size too large")
            )
        self._queue.send_due()
        if len(self) >= self._settings.most_records:
            raise BufferError("Local: Queue full")
        report = callback or on_delivery or self._settings.on_delivery
        record = Outgoing(
            topic, contents[1], contents[0], tuple(_headers(headers)), None if partition < 0 else partition,
            timestamp or self._producers.milliseconds, lambda sent: self._sent(record, report, sent),
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
                raise LambdaEventsError(
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


@contextmanager
def confluent_kafka_simulated() -> Iterator[None]:
    """Lets producers of the library, also those that exist already, use the open environment.

    Its consumers and admin clients refuse to be created.
    """
    # It is imported only if a test or a handler imports it.
    library, types = sys.modules["confluent_kafka"], sys.modules["confluent_kafka.cimpl"]
    known = process()
    if known.kafka_classes is None:
        names = [name for name in ("Producer", *_REFUSED[:-1]) if hasattr(types, name)]
        stand_ins = [StandIn(library, name, getattr(types, name), _stand_in_of(types, name)) for name in names]
        known.kafka_classes = StandIns(stand_ins)
    with ExitStack() as stack:
        stack.enter_context(methods_replaced(types.Producer, _methods(library, types.Producer)))
        for name in _REFUSED:
            if hasattr(types, name):
                kind, shown = getattr(types, name), "AdminClient" if name == "_AdminClientImpl" else name
                refused = refusing(f"confluent_kafka.{shown}", NO_BROKER, kind.__init__)
                stack.enter_context(methods_replaced(kind, {"__init__": refused}))
        stack.enter_context(known.kafka_classes.installed())
        yield


def _stand_in_of(types: ModuleType, name: str) -> type:
    """Returns a subclass whose instances are initialized by the method that `methods_replaced` replaces.

    Instances of the class itself are initialized without a look-up of this method.
    """
    real: Any = getattr(types, name)

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        real.__init__(self, *args, **keywords)

    def length(self: Any) -> int:
        producers = current()
        if producers is None:
            return int(real.__len__(self))
        return len(_state_of(producers, sys.modules["confluent_kafka"], self))

    members = {"__init__": init, "__doc__": real.__doc__, "__module__": real.__module__}
    if name == "Producer":
        members |= {"__len__": length, "__bool__": lambda self: True}
    return type(name, (real,), members)


def _methods(library: ModuleType, real: Any) -> dict[str, Callable[..., Any]]:
    """Returns the methods of producers."""
    real_init, real_enter, real_exit = (getattr(real, name, None) for name in ("__init__", "__enter__", "__exit__"))

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        if current() is None:
            _called(real_init, self, *args, **keywords)
            return
        if not (args and isinstance(args[0], dict)) and not keywords:
            raise TypeError("expected configuration dict")
        setattr(self, _SETTINGS, _read(library, {**(args[0] if args else {}), **keywords}))

    def leave(self: Any, *args: Any) -> Any:
        producers = current()
        if producers is None:
            return _called(real_exit, self, *args)
        _state_of(producers, library, self).close()
        return None

    methods: dict[str, Callable[..., Any]] = {
        "__init__": init, "__exit__": leave,
        "__enter__": lambda self: _called(real_enter, self) if current() is None else self,
    }  # fmt: skip
    for name in _SIMULATED:
        methods[name] = _method(library, name, getattr(real, name, None))
    for name in _LACKING:
        if hasattr(real, name):
            methods[name] = refusing(f"{name}() of confluent_kafka.Producer", LACKING, getattr(real, name))
    return methods


def _called(method: Any, *args: Any, **keywords: Any) -> Any:
    return method(*args, **keywords)


def _method(library: ModuleType, name: str, real: Any) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        producers = current()
        if producers is None:
            return real(self, *args, **keywords)
        return getattr(_state_of(producers, library, self), name)(*args, **keywords)

    return method


def _state_of(producers: Producers, library: ModuleType, producer: object) -> ConfluentProducer:
    def made() -> ConfluentProducer:
        settings = getattr(producer, _SETTINGS, None)
        if settings is None:
            producers.warn("settings of confluent_kafka.Producer", (
                "A confluent_kafka.Producer was created before the simulated AWS was opened, so its settings are not known. "
                "Records go to the partitions of the default partitioner, consistent_random. The real producer still tries "
                "to reach its brokers. Create it in the handler, or in a module that the function imports from its code_uri."
            ))  # fmt: skip
        return ConfluentProducer(producers, library, settings or Settings())

    return producers.state_of(producer, made)
