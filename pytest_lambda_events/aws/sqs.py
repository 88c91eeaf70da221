"""moto's SQS, repaired where it would be too slow, a moment late, or wait for ever on a virtual clock."""

from __future__ import annotations

import copy
import json
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

import moto.sqs.models as sqs_models
from moto.moto_api._internal import mock_random
from moto.sqs.models import Message, Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from ..simulation.clock import MICROSECONDS
from ..simulation.simulation import Notice, Simulation

HALF_MICROSECOND_IN_MS = 0.0005
"""moto keeps instants as floats of milliseconds, which are exact only to a quarter of a microsecond."""

RECEIPT_HANDLE_LENGTH = 185


@contextmanager
def queues_repaired(simulation: Simulation) -> Iterator[None]:
    """Repair moto's SQS for the length of a world. What a release of moto no longer has is left out."""
    polls = LongPolls(simulation)
    now_ms = _reader_of_now(simulation)
    repairs: list[tuple[Any, str, Any]] = [
        (Message, "visible", property(lambda message: now_ms() >= message.visible_at - HALF_MICROSECOND_IN_MS)),
        (Message, "delayed", property(lambda message: now_ms() < message.delayed_until - HALF_MICROSECOND_IN_MS)),
        (Message, "had_receipt_handle", _had_receipt_handle),
        (Queue, "attributes", property(_Attributes)),
        (SQSBackend, "is_message_valid_based_on_retention_period", _retained(now_ms)),
        (SQSBackend, "receive_message", polls.receiving(SQSBackend.receive_message)),
        (SQSBackend, "change_message_visibility", polls.telling(SQSBackend.change_message_visibility, _named_queue)),
        (SQSBackend, "delete_queue", polls.telling(SQSBackend.delete_queue, _named_queue)),
        (Queue, "add_message", polls.telling(Queue.add_message, lambda queue, *_: queue)),
        (Queue, "delete_message", polls.telling(Queue.delete_message, lambda queue, *_: queue)),
        (sqs_models, "generate_receipt_handle", _receipt_handle),
        *((SQSResponse, name, _without_empty_failed(getattr(SQSResponse, name))) for name in _BATCHES),
    ]
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Message, "__deepcopy__", _shallow_copy, create=True))
        for owner, name, repaired in repairs:
            if hasattr(owner, name):
                stack.enter_context(mock.patch.object(owner, name, repaired))
        yield


# ---------------------------------------------------------------------- waiting


class LongPolls:
    """Lets a receive wait for messages, on the virtual clock and without asking again and again."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._notices: WeakKeyDictionary[Queue, Notice] = WeakKeyDictionary()

    def telling(self, original: Callable[..., Any], queue_of: Callable[..., Queue | None]) -> Callable[..., Any]:
        """`original`, and those that wait for the queue are woken after it."""

        def told(subject: Any, *arguments: Any, **keywords: Any) -> Any:
            queue = queue_of(subject, *arguments, *keywords.values())
            result = original(subject, *arguments, **keywords)
            notice = None if queue is None else self._notices.get(queue)
            if notice is not None:
                notice.notify()
            return result

        return told

    def receiving(self, original: Callable[..., list[Message]]) -> Callable[..., list[Message]]:
        """`original`, asked at once, whenever something changes, and last at the end of the wait."""
        clock = self._simulation.clock

        def receive_message(
            backend: SQSBackend, queue_name: str, count: int, wait_seconds_timeout: int, *others: Any, **named: Any
        ) -> list[Message]:
            deadline = clock.microseconds + int(wait_seconds_timeout or 0) * MICROSECONDS
            while True:
                # A queue that was deleted meanwhile is refused here, in AWS's words.
                messages = original(backend, queue_name, count, 0, *others, **named)
                if messages or clock.microseconds >= deadline:
                    return messages
                self._wait(backend.queues[queue_name], deadline)

        return receive_message

    def _wait(self, queue: Queue, deadline: int) -> None:
        clock = self._simulation.clock
        notice = self._notices.setdefault(queue, Notice())
        now_ms = _reader_of_now(self._simulation)()
        instants = [clock.microseconds + round((at - now_ms) * 1000) for at in _next_changes(queue, now_ms)]
        until = min(instants, default=deadline)
        self._simulation.wait(notice, (min(until, deadline) - clock.microseconds) / MICROSECONDS)


def _next_changes(queue: Queue, now_ms: float) -> Iterator[float]:
    """When messages that cannot be received now can be, in milliseconds since the epoch."""
    for message in queue._messages:
        available_at = max(message.visible_at, message.delayed_until)
        if available_at - HALF_MICROSECOND_IN_MS > now_ms:
            yield available_at


def _named_queue(backend: SQSBackend, queue_name: str, *_: Any) -> Queue | None:
    return backend.queues.get(queue_name)


# ---------------------------------------------------------------------- cost


def _reader_of_now(simulation: Simulation) -> Callable[[], float]:
    """Milliseconds since the epoch, at a fiftieth of the cost of moto's own reading."""
    clock = simulation.clock
    start_ms = clock.start.timestamp() * 1000
    return lambda: start_ms + clock.microseconds / 1000


def _retained(now_ms: Callable[[], float]) -> Callable[[SQSBackend, str, Message], bool]:
    """moto computes all attributes of the queue, each a pass over all its messages, for each message received."""

    def is_message_valid_based_on_retention_period(backend: SQSBackend, queue_name: str, message: Message) -> bool:
        queue: Any = backend.queues[queue_name]
        return bool(queue.message_retention_period * 1000 + message.sent_timestamp > now_ms())

    return is_message_valid_based_on_retention_period


def _had_receipt_handle(message: Message, receipt_handle: str) -> bool:
    return receipt_handle == message.receipt_handle or receipt_handle in message._old_receipt_handles


def _receipt_handle() -> str:
    return "".join(mock_random.choices(string.ascii_lowercase, k=RECEIPT_HANDLE_LENGTH))


def _shallow_copy(message: Message, memo: Mapping[int, Any]) -> Message:
    """What a receive returns must not share the attributes that moto filters, and shares nothing else that changes."""
    copied = copy.copy(message)
    copied.message_attributes = dict(message.message_attributes)
    return copied


_MOTO_ATTRIBUTES: Any = Queue.__dict__["attributes"].fget


class _Attributes(Mapping[str, Any]):
    """A queue's attributes as moto gives them, computed only when needed.

    The counts of messages are passes over all of them, and each send asks for one setting.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue: Any = queue
        self._values: dict[str, Any] | None = None

    def get(self, name: str, default: Any = None) -> Any:
        if name == "ContentBasedDeduplication":
            queue = self._queue
            return json.dumps(queue.content_based_deduplication) if queue.fifo_queue else default
        return self._all().get(name, default)

    def _all(self) -> dict[str, Any]:
        if self._values is None:
            self._values = _MOTO_ATTRIBUTES(self._queue)
        return self._values

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


# ---------------------------------------------------------------------- answers

_BATCHES = ("send_message_batch", "delete_message_batch", "change_message_visibility_batch")


def _without_empty_failed(original: Callable[[SQSResponse], Any]) -> Callable[[SQSResponse], Any]:
    """AWS leaves out `Failed` where nothing failed."""

    def answered(response: SQSResponse) -> Any:
        result = original(response)
        members = getattr(result, "result", None)
        if isinstance(members, dict) and members.get("Failed") == []:
            del members["Failed"]
        return result

    return answered
