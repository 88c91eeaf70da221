"""The repairs of moto's SQS while a simulated AWS is open. Only those that this release of moto needs are used."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import moto.sqs.models as sqs_models
import moto.sqs.responses as sqs_responses
from moto.core.utils import unix_time_millis as moto_unix_time_millis
from moto.sqs.models import Message, Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from ...contexts import ExitStack, contextmanager
from ...limits import SQS_MESSAGE_BYTES
from ...patching import Patch
from ...simulation.simulation import Simulation
from ..lasting import kept, lasting
from ..repairs import Repair, needed, put_on
from . import answers, contents, moto_bugs, purging, settings
from .operations import Operations
from .queue_message import moto_message
from .simulated_queue import SimulatedQueue, SimulatedQueues


@contextmanager
def queues_repaired(simulation: Simulation) -> Iterator[None]:
    """Repairs moto's SQS while a simulated AWS is open."""
    names = needed_repairs()
    queues = SimulatedQueues(simulation)
    with ExitStack() as stack:
        stack.callback(queues.give_back)
        stack.enter_context(kept("sqs", put_on, REPAIRS, names, lasting(simulation), lasting(queues)))
        yield


def needed_repairs() -> frozenset[str]:
    """Returns the names of the repairs that this release of moto needs."""
    return needed("sqs", REPAIRS, moto_bugs.moto_alone)


class _StoredMessages:
    """Replaces the list of messages in moto's queues."""

    def __init__(self, queues: SimulatedQueues) -> None:
        self._queues = queues

    def __get__(self, queue: Any, owner: type | None = None) -> Any:
        return self if queue is None else self._queues.of(queue).view

    def __set__(self, queue: Any, messages: Any) -> None:
        self._queues.replace(queue, messages)


def _visible_messages(queue: Any) -> list[Any]:
    return [moto_message(held) for held in queue._messages.queue.messages() if not held.is_hidden]


def _counted(queues: SimulatedQueues, index: int) -> property:
    return property(lambda queue: queues.of(queue).counts()[index])


def _notifying(queues: SimulatedQueues, original: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps `original`: applies the effects of time before it, and wakes those that wait for the queue after it."""

    def notifying(backend: SQSBackend, queue_name: str, *arguments: Any, **keywords: Any) -> Any:
        queue = backend.queues.get(queue_name)
        simulated: SimulatedQueue | None = None if queue is None else queues.of(queue)
        if simulated is not None:
            simulated.settle()
        result = original(backend, queue_name, *arguments, **keywords)
        if simulated is not None:
            simulated.changed.notify()
        return result

    return notifying


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _unix_time_millis(moment: datetime | None = None) -> float:
    """Returns exactly what moto returns, in a third of the time. Each send reads the time."""
    if moment is not None:
        return float(moto_unix_time_millis(moment))
    since = datetime.now(timezone.utc) - _EPOCH
    return ((since.days * 86400) + (since.seconds + (since.microseconds / 1e6))) * 1000.0


_MOTO_ATTRIBUTES: Any = Queue.__dict__["attributes"].fget


class _Attributes(Mapping[str, Any]):
    """The attributes of a queue in moto. They are computed when needed, because each send asks for one setting."""

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


def _store(simulation: Simulation, queues: SimulatedQueues) -> Sequence[Patch]:
    operations = Operations(simulation)
    return [
        # moto keeps each object of this class until the end of the process.
        (Message, "__new__", lambda of_class, *arguments, **keywords: object.__new__(of_class)),
        (sqs_models, "unix_time_millis", _unix_time_millis),
        (Queue, "_messages", _StoredMessages(queues)),
        (Queue, "simulated", property(queues.of)),
        (Queue, "messages", property(_visible_messages)),
        (Queue, "approximate_number_of_messages", _counted(queues, 0)),
        (Queue, "approximate_number_of_messages_not_visible", _counted(queues, 1)),
        (Queue, "approximate_number_of_messages_delayed", _counted(queues, 2)),
        (Queue, "attributes", property(_Attributes)),
        (Queue, "add_message", lambda queue, message: queues.of(queue).send(message)),
        (Queue, "delete_message", lambda queue, receipt_handle: operations.delete(queues.of(queue), receipt_handle)),
        (SQSBackend, "receive_message", operations.receive_message),
        (SQSBackend, "delete_message_batch", operations.delete_message_batch),
        (SQSBackend, "change_message_visibility", operations.change_message_visibility),
        (SQSBackend, "change_message_visibility_batch", operations.change_message_visibility_batch),
        (SQSBackend, "set_queue_attributes", _notifying(queues, SQSBackend.set_queue_attributes)),
        (SQSBackend, "delete_queue", _notifying(queues, SQSBackend.delete_queue)),
        (SQSResponse, "receive_message", answers.receiving(SQSResponse.receive_message)),
    ]


def _settings(simulation: Simulation, queues: SimulatedQueues) -> Sequence[Patch]:
    return [
        (SQSBackend, "create_queue", settings.creating(SQSBackend.create_queue)),
        (SQSBackend, "set_queue_attributes", settings.setting(SQSBackend.set_queue_attributes)),
        (SQSResponse, "create_queue", settings.naming(SQSResponse.create_queue)),
        (SQSResponse, "set_queue_attributes", settings.naming(SQSResponse.set_queue_attributes)),
        (Queue, "BASE_ATTRIBUTES", [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]),
        (Queue, "redrive_allow_policy", None),
    ]


def _attempt_ids(simulation: Simulation, queues: SimulatedQueues) -> Sequence[Patch]:
    return [(SQSResponse, "receive_message", answers.receiving_once(queues, SQSResponse.receive_message))]


def _moves(simulation: Simulation, queues: SimulatedQueues) -> Sequence[Patch]:
    return [(SQSResponse, name, answers.refusing(simulation, operation)) for name, operation in answers.MOVE_TASKS.items()]


def _failures(simulation: Simulation, queues: SimulatedQueues) -> Sequence[Patch]:
    names = ("send_message_batch", "delete_message_batch", "change_message_visibility_batch")
    return [(SQSResponse, name, answers.without_empty_failed(getattr(SQSResponse, name))) for name in names]


REPAIRS: Sequence[Repair] = (
    Repair("settings", [moto_bugs.accepts_any_setting, moto_bugs.redrives_to_a_queue_that_denies_it], _settings),
    Repair(
        "messages",
        [moto_bugs.accepts_any_message, moto_bugs.delays_by_nothing, moto_bugs.keeps_binary_as_text],
        lambda *_: [(SQSBackend, "send_message", contents.sending(SQSBackend.send_message))],
    ),
    Repair(
        "long messages",
        [moto_bugs.refuses_long_messages],
        lambda *_: [(sqs_responses, "MAXIMUM_MESSAGE_LENGTH", SQS_MESSAGE_BYTES)],
    ),
    Repair(
        "batches",
        [moto_bugs.refuses_batches_for_one_entry],
        lambda *_: [(SQSBackend, "send_message_batch", contents.send_message_batch)],
    ),
    Repair(
        "purges",
        [moto_bugs.purges_again_at_once],
        lambda _, queues: [(SQSBackend, "purge_queue", purging.purging(SQSBackend.purge_queue, queues))],
    ),
    Repair(
        "store",
        [
            moto_bugs.cannot_look_ahead,
            moto_bugs.shows_late,
            moto_bugs.hides_what_is_shown_at_once,
            moto_bugs.keeps_expired,
            moto_bugs.loses_order,
            moto_bugs.blocks_what_is_before,
            moto_bugs.forgets_duplicates,
            moto_bugs.answers_duplicates_with_new_ids,
            moto_bugs.numbers_at_random,
            moto_bugs.deletes_by_older_receipts,
            moto_bugs.deletes_late,
            moto_bugs.refuses_to_hide_again,
            moto_bugs.gives_a_returning_group_first,
            moto_bugs.hides_for_negative_times,
            moto_bugs.keeps_zeros,
        ],
        _store,
    ),
    Repair(
        "sequence numbers",
        [moto_bugs.answers_without_sequence_number],
        lambda *_: [(SQSResponse, "send_message", answers.sending(SQSResponse.send_message))],
    ),
    Repair(
        "answers to batches",
        [moto_bugs.answers_batches_without_sequence_numbers],
        lambda *_: [(SQSResponse, "send_message_batch", answers.send_message_batch)],
    ),
    Repair(
        "ids of deletes",
        [moto_bugs.accepts_an_id_twice],
        lambda *_: [(SQSResponse, "delete_message_batch", answers.delete_message_batch)],
    ),
    Repair("attempt ids", [moto_bugs.ignores_attempt_ids], _attempt_ids),
    Repair("no failures", [moto_bugs.answers_with_no_failures], _failures),
    Repair("message moves", [moto_bugs.has_no_message_moves], _moves),
)
"""In the order in which they are applied."""
