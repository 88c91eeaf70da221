"""The records that producers of Kafka have accepted and not sent yet.

A producer sends in a thread of its process, after a linger. Lambda freezes the process when the handler returns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ...errors import hides_frames
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...journal.pending import ProducerSend
from ...simulation.scheduler import Timer
from ...simulation.simulation import Simulation
from ...simulation.tasks import Task, current_task
from ...values import dataclass
from .topics import KafkaRecord, KafkaTopic, KafkaTopics, PartitionMissing

__tracebackhide__ = hides_frames

Choose = Callable[[bytes | None, int], int | None]
"""Returns the partition of a key among a number of partitions. None: the records of the topic take turns."""


class TopicMissing(Exception):
    """The topic of a record does not exist."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record that a producer has accepted.

    Args:
        timestamp: In milliseconds since 1970.
        done: Is called with the record of the topic, or with why it was not sent.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    partition: int | None
    timestamp: int
    done: Callable[[KafkaRecord | Exception], None]


class _Waiting(NamedTuple):
    due: int
    record: Outgoing
    task: Task | None


class OutgoingQueue:
    """The records of one producer that wait for the end of its linger.

    `runs_callbacks` is whether `done` runs code of the user, which then runs in the process of the producer.
    """

    def __init__(self, producers: Producers, linger_microseconds: int, choose: Choose, *, runs_callbacks: bool) -> None:
        self._producers = producers
        self._linger = linger_microseconds
        self._choose = choose
        self._runs_callbacks = runs_callbacks
        self._waiting: deque[_Waiting] = deque()
        self._timer: Timer | None = None

    def __len__(self) -> int:
        """Returns the number of records that are not sent."""
        return len(self._waiting)

    @property
    def next_due(self) -> int | None:
        """Returns when the next record is due, in microseconds since the clock's start. None if there is no record."""
        return self._waiting[0].due if self._waiting else None

    def add(self, record: Outgoing) -> None:
        """Accepts a record. It is sent after the linger, if its process still runs then."""
        self.send_due()
        waiting = _Waiting(self._producers.now + self._linger, record, self._producers.task)
        self._waiting.append(waiting)
        if self._timer is None or not self._timer.is_due:
            self._schedule(waiting)

    def _schedule(self, waiting: _Waiting) -> None:
        subject = NOBODY if waiting.task is None else waiting.task.subject
        work = ProducerSend(subject, waiting.record.topic)
        self._timer = self._producers.simulation.scheduler.call_at(waiting.due, self._fire, work)

    def _fire(self) -> None:
        """Sends what is due, unless the process that sends is frozen."""
        simulation = self._producers.simulation
        due = [one for one in self._waiting if one.due <= self._producers.now]
        frozen = [one for one in due if one.task is not None and one.task.is_finished]
        if frozen:
            self._producers.warn_of_frozen(frozen[0].task, [one.record.topic for one in frozen])
        if len(frozen) < len(due):
            senders = [one.task for one in due]
            running = next((task for task in simulation.tasks.suspended if task in senders), None)
            if running is not None and self._runs_callbacks:
                simulation.interrupt(running, self.send_due)
            else:
                self.send_due()
        later = next((one for one in self._waiting if one.due > self._producers.now), None)
        if later is not None:
            self._schedule(later)

    def send_due(self) -> None:
        """Sends the records whose linger is over. The process runs, also after it was frozen."""
        while self._waiting and self._waiting[0].due <= self._producers.now:
            self._send(self._waiting.popleft().record)
        self._stop_if_empty()

    def send(self) -> None:
        """Sends all records now."""
        while self._waiting:
            self._send(self._waiting.popleft().record)
        self._stop_if_empty()

    def _stop_if_empty(self) -> None:
        if not self._waiting and self._timer is not None:
            self._timer.cancel()

    def _send(self, record: Outgoing) -> None:
        try:
            sent: KafkaRecord | Exception = self._sent(record)
        except (TopicMissing, PartitionMissing) as reason:
            sent = reason
        record.done(sent)

    def _sent(self, record: Outgoing) -> KafkaRecord:
        topic = self._producers.topic(record.topic)
        partition = self._choose(record.key, topic.partitions) if record.partition is None else record.partition
        if partition is None:
            partition = topic.next_partition()
        return topic.append(record.key, record.value, record.headers, partition, record.timestamp)

    def take(self) -> list[Outgoing]:
        """Removes and returns all records."""
        taken = [one.record for one in self._waiting]
        self._waiting.clear()
        self._stop_if_empty()
        return taken


State = TypeVar("State")


class Producers:
    """The producers of one environment. It keeps the state of each producer until the environment is closed.

    `topics` returns the topics of all clusters.
    """

    def __init__(self, simulation: Simulation, topics: Callable[[], KafkaTopics]) -> None:
        self.simulation = simulation
        self._topics = topics
        self._states: dict[int, tuple[object, Any]] = {}
        self._warned: set[object] = set()

    @property
    def now(self) -> int:
        """The current instant, in microseconds since the clock's start."""
        return self.simulation.clock.microseconds

    @property
    def milliseconds(self) -> int:
        """The current instant, in milliseconds since 1970."""
        return round(self.simulation.clock.start.timestamp() * 1000) + self.now // 1000

    @property
    def task(self) -> Task | None:
        """The invocation that calls, also in a thread of the handler. None for the test."""
        record = self.simulation.threads.here()
        return current_task() if record is None else record.task

    def state_of(self, producer: object, made: Callable[[], State]) -> State:
        """Returns the state of a producer. `made` creates it at its first use in the environment."""
        self.simulation.raise_if_ended()
        found = self._states.get(id(producer))
        if found is None:
            # The reference keeps the producer, so that no other one gets its identity.
            found = self._states[id(producer)] = producer, made()
        state: State = found[1]
        return state

    def find(self, name: str) -> KafkaTopic | None:
        """Returns the topic with a name, on any cluster."""
        return self._topics().named(name)

    def topic(self, name: str) -> KafkaTopic:
        """Returns a topic. Raises `TopicMissing`, and writes a warning for that."""
        found = self.find(name)
        if found is None:
            names = ", ".join(repr(topic.name) for topic in self._topics().topics)
            self.warn(name, (
                f"A producer sent a record to the topic {name!r} of Kafka, which does not exist. "
                f"{f'Topics: {names}.' if names else 'There are no topics.'} Create it with "
                f"lambda_events.kafka_topic({name!r})."
            ))  # fmt: skip
            raise TopicMissing(name)
        return found

    def warn_of_frozen(self, task: Task | None, topics: list[str]) -> None:
        """Writes a warning about records that their process could not send any more."""
        assert task is not None
        count, name = len(topics), task.subject.function_name
        self.warn((name, topics[0]), (
            f"{name!r} ended before its producer had sent {count} record{'' if count == 1 else 's'} to the topic "
            f"{topics[0]!r}. Lambda freezes the execution environment then: the records wait until the function uses the "
            "producer again. Call flush() before the handler returns."
        ), task)  # fmt: skip

    def warn(self, about: object, message: str, task: Task | None = None) -> None:
        """Writes a warning once for each `about`, unless it is silenced."""
        journal, task = self.simulation.journal, task or self.task
        if about not in self._warned and not journal.is_silenced(message):
            self._warned.add(about)
            journal.write(Warned(NOBODY if task is None else task.subject, message))
