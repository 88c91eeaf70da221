"""The common parts of all entries: an instant, a subject, and the attributes that tests read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from ..values import dataclass

MICROSECONDS = 1_000_000
_MICROSECOND = timedelta(microseconds=1)
NO_IDS: tuple[str, ...] = ()

E = TypeVar("E", bound="Entry")


@dataclass(frozen=True, slots=True)
class Subject:
    """The function, the event or invocation, and the attempt that an entry is about. Each part may be unknown.

    Entries of a pipe have its label, such as `pipes orders`, as `function_name`.
    """

    function_name: str | None = None
    request_id: str | None = None
    attempt: int | None = None


NOBODY = Subject()


@dataclass(frozen=True, slots=True)
class Instant:
    """A virtual time: `microseconds` after `start`. All entries of the same time share it."""

    microseconds: int
    start: datetime = field(repr=False)


class Facts:
    """A part that several entries share. In `Entry.detail` its members replace it."""

    __slots__ = ()

    def facts(self) -> Mapping[str, object]:
        """Returns the members, in their order."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Origin(Facts):
    """An event source mapping, as in all of its entries. For a pipe, `event_source_mapping` is the ARN of the pipe.

    `counts` is whether it has its own metrics. `shard_id` is None for queues.
    """

    event_source_mapping: str
    source: str
    counts: bool
    shard_id: str | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it reads a stream."""
        return self.shard_id is not None

    def facts(self) -> Mapping[str, object]:
        """Returns its members; a queue has no shard."""
        shard = {} if self.shard_id is None else {"shard_id": self.shard_id}
        return {
            "event_source_mapping": self.event_source_mapping, "source": self.source, "counts": self.counts, **shard,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchFacts(Facts):
    """The batch of an attempt: where it comes from, its messages or records, and its tumbling window if it has one."""

    origin: Origin
    ids: tuple[str, ...]
    window: Mapping[str, str] | None = None

    def facts(self) -> Mapping[str, object]:
        """Returns its members."""
        window = {} if self.window is None else {"window": self.window}
        return {**self.origin.facts(), ids_key(self.origin): self.ids, **window}


def ids_key(origin: Origin) -> str:
    """Returns the name of the identifiers in `Entry.detail`."""
    return "sequence_numbers" if origin.is_stream else "message_ids"


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One thing that happened, or work that is scheduled.

    Each kind has a class of its own with typed fields. `kind`, `at`, `after_seconds`, `function_name`, `request_id`,
    `attempt` and `detail` are the same for all of them.
    """

    MEMBERS: ClassVar[tuple[str, ...]] = (
        "kind", "at", "after_seconds", "function_name", "request_id", "attempt", "detail",
    )  # fmt: skip
    """The attributes of every entry for users, in the order in which they are shown."""
    kind: ClassVar[str] = ""
    """What happened, or is scheduled. The page about the timeline lists the kinds."""
    KEYS: ClassVar[tuple[str, ...]] = ()
    """The fields in `detail`, in its order."""
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """The fields of `KEYS` that are in `detail` only if they are not None."""

    instant: Instant = field(init=False, repr=False)
    subject: Subject

    @property
    def at(self) -> datetime:
        """The time."""
        return self.instant.start + self.instant.microseconds * _MICROSECOND

    @property
    def microseconds(self) -> int:
        """The time in microseconds since the clock's start."""
        return self.instant.microseconds

    @property
    def after_seconds(self) -> float:
        """The time in seconds since the clock's start, as `LambdaEvents.elapsed` counts."""
        return self.instant.microseconds / MICROSECONDS

    @property
    def function_name(self) -> str | None:
        """The function of this entry, the label of a pipe such as `pipes orders`, or None."""
        return self.subject.function_name

    @property
    def request_id(self) -> str | None:
        """The event or invocation of this entry, or None."""
        return self.subject.request_id

    @property
    def attempt(self) -> int | None:
        """The number of the attempt of this entry, or None."""
        return self.subject.attempt

    @property
    def detail(self) -> Mapping[str, Any]:
        """The facts of this kind by name."""
        return MappingProxyType(dict(self._facts()))

    def _facts(self) -> Iterator[tuple[str, object]]:
        for name in self.KEYS:
            value = getattr(self, name)
            if isinstance(value, Facts):
                yield from value.facts().items()
            elif value is not None or name not in self.OPTIONAL:
                yield name, value

    def __repr__(self) -> str:
        members = {**{name: getattr(self, name) for name in self.MEMBERS}, "detail": dict(self._facts())}
        return f"Entry({', '.join(f'{name}={value!r}' for name, value in members.items())})"

    # Attributes of several kinds, for readers that accept all kinds. A field with the same name replaces the property. Declare
    # it with `field()`, because otherwise a dataclass would use the property as its default.

    @property
    def origin(self) -> Origin | None:
        """The event source mapping of this entry."""
        return None

    @property
    def source(self) -> str | None:
        """The ARN of the queue or stream of this entry."""
        origin = self.origin
        return None if origin is None else origin.source

    @property
    def target(self) -> str | None:
        """The target to which something was sent."""
        return None

    @property
    def ids(self) -> tuple[str, ...]:
        """The message ids, or the sequence numbers of a stream, of this entry."""
        return NO_IDS

    @property
    def invoked_arn(self) -> str | None:
        """The ARN that was invoked, with the qualifier if the call had one."""
        return None


stamp: Callable[[Entry, Instant], None] = vars(Entry)["instant"].__set__
"""Sets the instant of an entry. All kinds of entries share its slot."""


def stamped(entry: E, instant: Instant) -> E:
    """Sets the instant of an entry, and returns the entry."""
    stamp(entry, instant)
    return entry
