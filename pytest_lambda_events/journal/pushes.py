"""Entries about events that a service pushes to its targets: a topic, a bucket, a rule, a schedule or a log group."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from ..values import dataclass
from .entry import Entry


@dataclass(frozen=True, slots=True, repr=False)
class OfPush(Entry):
    """Something about one event for one target. `pushed_by` is the service and the resource, such as `sns orders`."""

    KEYS: ClassVar[tuple[str, ...]] = ("pushed_by", "target")

    pushed_by: str
    target: str = field()


@dataclass(frozen=True, slots=True, repr=False)
class PushMatched(Entry):
    """A rule, a subscription or a notification matched an event, or a schedule fired.

    `targets` are the targets that the service then tries to reach. A rule can have several of them, or none.
    """

    kind: ClassVar[str] = "push_matched"
    KEYS: ClassVar[tuple[str, ...]] = ("pushed_by", "targets")

    pushed_by: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PushFiltered(OfPush):
    """The filter of a target did not match an event. For an event bus: no rule of the bus matched it."""

    kind: ClassVar[str] = "push_filtered"


@dataclass(frozen=True, slots=True, repr=False)
class Pushed(OfPush):
    """A target received an event. For a function this means that Lambda accepted it."""

    kind: ClassVar[str] = "pushed"


@dataclass(frozen=True, slots=True, repr=False)
class PushRetried(OfPush):
    """A target did not receive an event, and another attempt was scheduled."""

    kind: ClassVar[str] = "push_retried"
    KEYS: ClassVar[tuple[str, ...]] = (*OfPush.KEYS, "reason", "due_after_seconds")

    reason: str
    due_after_seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class PushDropped(OfPush):
    """A target did not receive an event, and the service does not try again.

    `dead_letter_queue` is the queue that received the event. It is None if the event is lost.
    """

    kind: ClassVar[str] = "push_dropped"
    KEYS: ClassVar[tuple[str, ...]] = (*OfPush.KEYS, "reason", "dead_letter_queue")

    reason: str
    dead_letter_queue: str | None
