"""Scheduled work, as `lambda_events.pending` shows it until it runs."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from ..values import dataclass
from .entry import Entry


@dataclass(frozen=True, slots=True, repr=False)
class Work(Entry):
    """Scheduled work. Base of the others."""


@dataclass(frozen=True, slots=True, repr=False)
class EventAttempt(Work):
    """The next attempt of an asynchronous event."""

    kind: ClassVar[str] = "attempt"
    KEYS: ClassVar[tuple[str, ...]] = ("payload",)

    payload: bytes


@dataclass(frozen=True, slots=True, repr=False)
class DurableWork(Work):
    """The next work of a durable execution: an invocation, or the end of a wait, a delay or a timeout."""

    kind: ClassVar[str] = "durable"
    KEYS: ClassVar[tuple[str, ...]] = ("durable_execution", "purpose")

    durable_execution: str
    purpose: str = field()


@dataclass(frozen=True, slots=True, repr=False)
class PushAttempt(Work):
    """The next attempt of a service to push an event to a target. `pushed_by` is the service and the resource."""

    kind: ClassVar[str] = "push"
    KEYS: ClassVar[tuple[str, ...]] = ("pushed_by", "target")

    pushed_by: str
    target: str = field()


@dataclass(frozen=True, slots=True, repr=False)
class OfQueue(Work):
    """Work of a poller of a queue."""

    KEYS: ClassVar[tuple[str, ...]] = ("queue", "event_source_mapping")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"event_source_mapping"})

    queue: str
    event_source_mapping: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class QueuePoll(OfQueue):
    """The next receive."""

    kind: ClassVar[str] = "poll"


@dataclass(frozen=True, slots=True, repr=False)
class QueueScaling(OfQueue):
    """The next increase of the number of concurrent batches."""

    kind: ClassVar[str] = "scaling"


@dataclass(frozen=True, slots=True, repr=False)
class QueueWindow(OfQueue):
    """The end of a batching window."""

    kind: ClassVar[str] = "window"


@dataclass(frozen=True, slots=True, repr=False)
class QueueAttempt(OfQueue):
    """The next attempt of a batch that was refused."""

    kind: ClassVar[str] = "attempt"


@dataclass(frozen=True, slots=True, repr=False)
class QueueRelease(OfQueue):
    """The end of the visibility timeout of a batch that was refused."""

    kind: ClassVar[str] = "release"


@dataclass(frozen=True, slots=True, repr=False)
class OfStream(Work):
    """Work of a poller of a stream or a table."""

    stream: str
    event_source_mapping: str


@dataclass(frozen=True, slots=True, repr=False)
class StreamStart(OfStream):
    """The start of polling."""

    kind: ClassVar[str] = "start"
    KEYS: ClassVar[tuple[str, ...]] = ("stream", "event_source_mapping")


@dataclass(frozen=True, slots=True, repr=False)
class OfShard(OfStream):
    """Work of a poller on one shard."""

    shard_id: str


@dataclass(frozen=True, slots=True, repr=False)
class ShardPoll(OfShard):
    """The next read of a shard."""

    kind: ClassVar[str] = "poll"
    KEYS: ClassVar[tuple[str, ...]] = ("stream", "shard_id", "event_source_mapping")


@dataclass(frozen=True, slots=True, repr=False)
class ShardAttempt(OfShard):
    """The next attempt of a stream batch."""

    kind: ClassVar[str] = "attempt"
    KEYS: ClassVar[tuple[str, ...]] = ("stream", "shard_id", "event_source_mapping", "sequence_numbers")

    sequence_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class ProducerSend(Work):
    """A producer of Kafka sends the records that it has accepted."""

    kind: ClassVar[str] = "send"
    KEYS: ClassVar[tuple[str, ...]] = ("topic",)

    topic: str


@dataclass(frozen=True, slots=True, repr=False)
class MappingChange(Work):
    """The next state of an event source mapping."""

    kind: ClassVar[str] = "mapping"
    KEYS: ClassVar[tuple[str, ...]] = ("event_source_mapping", "source", "state")

    event_source_mapping: str
    source: str = field()
    state: str


@dataclass(frozen=True, slots=True, repr=False)
class StateChange(Work):
    """A function becomes active."""

    kind: ClassVar[str] = "state_change"


@dataclass(frozen=True, slots=True, repr=False)
class Initialization(Work):
    """The code of a function is loaded ahead of invocations."""

    kind: ClassVar[str] = "initialization"


@dataclass(frozen=True, slots=True, repr=False)
class ItemExpiry(Work):
    """The next item of a table expires."""

    kind: ClassVar[str] = "item expiry"
    KEYS: ClassVar[tuple[str, ...]] = ("table",)

    table: str


@dataclass(frozen=True, slots=True, repr=False)
class ScheduleFiring(Work):
    """The next firing of an EventBridge rule, such as `rule/nightly`, or of a schedule, such as `schedule/default/nightly`."""

    kind: ClassVar[str] = "schedule"
    KEYS: ClassVar[tuple[str, ...]] = ("schedule", "schedule_expression")

    schedule: str
    schedule_expression: str


@dataclass(frozen=True, slots=True, repr=False)
class Timeout(Work):
    """The timeout of an attempt."""

    kind: ClassVar[str] = "timeout"


@dataclass(frozen=True, slots=True, repr=False)
class AttemptEnd(Work):
    """The end of an attempt whose threads slept."""

    kind: ClassVar[str] = "ends"


@dataclass(frozen=True, slots=True, repr=False)
class Resumption(Work):
    """A handler, a thread or the test continues."""

    kind: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True, repr=False)
class ThreadRequest(Work):
    """A request of another thread."""

    kind: ClassVar[str] = "requested"


@dataclass(frozen=True, slots=True, repr=False)
class Alarm(Work):
    """The alarm that a handler has set."""

    kind: ClassVar[str] = "alarm"
