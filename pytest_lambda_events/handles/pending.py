"""What is left to do, as messages tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..arns import name_of_arn
from ..journal.attempts import AttemptBegun
from ..journal.entry import Entry
from ..journal.events import Accepted
from ..journal.journal import Journal, of_type
from ..journal.pending import OfQueue, OfShard, OfStream, QueuePoll, ScheduleFiring, ShardAttempt
from ..report.batches import content
from ..report.line import instant
from ..values import dataclass
from .messages import Message
from .queue import Queue, Queues

SHOWN = 10
BODY_WIDTH = 100
REPEATS = "What repeats for ever never becomes idle: use advance(seconds), or raise limit_seconds or limit_events."

_RETRIES = (
    "A batch of a stream is tried again until its records expire. Give its event source maximum_retry_attempts or "
    "maximum_record_age_in_seconds, or use advance(seconds) or limit_seconds."
)
_RETRIES_OF_TOPIC = (
    "A batch of a topic is tried again until its records expire. Give its event source minimum_pollers, and "
    "maximum_retry_attempts or maximum_record_age_in_seconds, or use advance(seconds) or limit_seconds."
)


def pending_text(
    work: Sequence[Entry], queues: Queues, start: datetime, journal: Journal, most: int = SHOWN
) -> tuple[str, str]:
    """The lines that list what is left to do, `most` of it, and what a test can do about it. Instants count from `start`.

    Events and records are shown with their content, which comes from `journal`.
    """
    awaited = [_awaited(entry, queues) if isinstance(entry, QueuePoll) else None for entry in work[:most]]
    lines = [
        _line(entry, journal) if message is None else message.line(start, queues.now())
        for entry, message in zip(work, awaited, strict=False)
    ]
    left = len(work) - len(lines)
    ways = {_advice(entry) if message is None else message.advice for entry, message in zip(work, awaited, strict=False)}
    advice = ways.pop() if len(ways) == 1 else REPEATS
    return "\n".join(lines + ([f"- and {left} more"] if left else [])), advice


def _advice(entry: Entry) -> str:
    if not isinstance(entry, ShardAttempt):
        return REPEATS
    return _RETRIES_OF_TOPIC if _is_of_topic(entry) else _RETRIES


def _is_of_topic(entry: OfShard) -> bool:
    """Returns whether the work is about a topic of Kafka, which is read as one shard with its name."""
    return entry.shard_id == entry.stream


def _line(entry: Entry, journal: Journal) -> str:
    who = f"{entry.function_name}: " if entry.function_name else ""
    attempt = f" {entry.attempt}" if entry.attempt is not None else ""
    event = f" of event {_payload(entry.request_id, journal)}" if entry.request_id else ""
    return f"- {who}{entry.kind}{attempt}{event}{_place(entry, journal)}, due at {instant(entry.after_seconds)}"


def _place(entry: Entry, journal: Journal) -> str:
    """The queue, the schedule, or the stream and the shard, that the work is about."""
    if isinstance(entry, OfQueue):
        return f" of queue {entry.queue}"
    if isinstance(entry, ScheduleFiring):
        return f" {entry.schedule_expression} of {entry.schedule}"
    if not isinstance(entry, OfStream):
        return ""
    count = _count(entry, journal) if isinstance(entry, ShardAttempt) else ""
    if isinstance(entry, OfShard) and _is_of_topic(entry):
        return f"{count} of topic {entry.stream}"
    shard = f", {entry.shard_id}" if isinstance(entry, OfShard) else ""
    return f"{count} of stream {entry.stream}{shard}"


def _payload(request_id: str, journal: Journal) -> str:
    """What the event carries. The id if it is not an event."""
    accepted = next(iter(of_type(journal.of_request(request_id), Accepted)), None)
    return request_id if accepted is None else _short(accepted.payload.decode(errors="replace"))


def _count(entry: ShardAttempt, journal: Journal) -> str:
    """How many records the attempt has, and what a single one carries."""
    numbers = entry.sequence_numbers
    if len(numbers) != 1:
        return f" of {len(numbers)} records"
    earlier = (one for one in reversed(journal.of_function(entry.function_name or "")) if isinstance(one, AttemptBegun))
    known = next((text for one in earlier if (text := content(one, numbers[0])) is not None), None)
    return " of 1 record" if known is None else f" of 1 record, {known},"


@dataclass(frozen=True, slots=True)
class _AwaitedMessage:
    """The message that a poller waits for, and whether its queue has a way out for it."""

    queue_name: str
    function_name: str | None
    message: Message
    retention_seconds: int
    redrive_policy: Mapping[str, Any]
    has_dead_letter_queue: bool

    def line(self, start: datetime, now: datetime) -> str:
        """It, its receives and its instants."""
        message = self.message
        expires = message.sent_at + timedelta(seconds=self.retention_seconds)
        return (
            f"- queue {self.queue_name}: message {_short(message.body)}, "
            f"{self._received}, "
            f"{_visible(message, start, now)}, expires at {_seconds(start, expires)}"
        )

    @property
    def _received(self) -> str:
        count = self.message.approximate_receive_count
        if count == 0:
            return "not received yet"
        return f"received {'once' if count == 1 else f'{count} times'} by {self.function_name!r}"

    @property
    def advice(self) -> str:
        """What a test can do about it."""
        if not self.message.approximate_receive_count:
            return (
                "Nobody has received it yet: use advance(seconds), or raise limit_seconds or limit_events. "
                "A handler that sends to its own queue never becomes idle."
            )
        if not self.redrive_policy:
            return (
                "It has no dead_letter_queue, so it comes back until it expires. "
                "Give it one, or use advance(seconds) or limit_seconds."
            )
        target = name_of_arn(self.redrive_policy["deadLetterTargetArn"])
        if not self.has_dead_letter_queue:
            return (
                f"Its dead_letter_queue {target} does not exist, so it comes back until it expires. "
                "Make that queue, or use advance(seconds) or limit_seconds."
            )
        count = self.redrive_policy["maxReceiveCount"]
        return (
            f"Its dead_letter_queue {target} takes it at the receive after number {count}, its max_receive_count. "
            "Use advance(seconds), or raise limit_seconds or limit_events."
        )


def _awaited(entry: QueuePoll, queues: Queues) -> _AwaitedMessage | None:
    """The message that can be received next from the queue that is to be polled."""
    name = entry.queue
    messages = Queue(queues, name).messages if queues.has(name) else []
    if not messages:
        return None
    attributes = queues.call("get_queue_attributes", name, AttributeNames=["All"])["Attributes"]
    policy = json.loads(attributes.get("RedrivePolicy") or "{}")
    return _AwaitedMessage(
        queue_name=name,
        function_name=entry.function_name,
        message=min(messages, key=lambda message: message.visible_at),
        retention_seconds=int(attributes["MessageRetentionPeriod"]),
        redrive_policy=policy,
        has_dead_letter_queue=queues.has(name_of_arn(policy.get("deadLetterTargetArn", ""))),
    )


def _visible(message: Message, start: datetime, now: datetime) -> str:
    instant = _seconds(start, message.visible_at)
    if message.visible_at <= now:
        return f"visible since {instant}"
    return f"visible {'again ' if message.approximate_receive_count else ''}at {instant}"


def _seconds(start: datetime, instant: datetime) -> str:
    return f"{(instant - start).total_seconds():.15g} s"


def _short(body: str) -> str:
    body = " ".join(body.split())
    return body if len(body) <= BODY_WIDTH else body[: BODY_WIDTH - 3] + "..."
