"""The parts of a picture before they have positions: lanes, marks on them, and links from cause to effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from ...journal.entry import Entry
from ...values import dataclass

LinkKind = Literal["cause", "retry"]


@dataclass(frozen=True, slots=True)
class Lane:
    """A horizontal strip.

    `kind` is AWS's word, such as queue, and `title` the full name, such as an ARN with a shard. Each shard has a lane of its
    own. A lane of depth 1 belongs to the lane above: a durable execution of a function. Its contexts are deeper.
    """

    key: str
    kind: str
    name: str
    title: str
    shard: str = ""
    depth: int = 0

    @property
    def full_name(self) -> str:
        """The name, with the shard."""
        return f"{self.name} {self.shard}".rstrip()


@dataclass(eq=False, slots=True)
class Mark:
    """A bar or a point on a lane, in seconds of the journal. It does not change after the journal was read.

    `kind` is a key of `MARK_KINDS`. `number` counts attempts on a bar, and messages or records on a point; `words` stand
    beside the mark. `is_operation` is whether it shows an operation of a durable execution and not an attempt of a function.
    `entries` are the entries of the journal that it shows. `stands_for` is more than one for a mark that replaces a run of
    similar marks, and `notes` say what these were. `inside` is the mark of the context around an operation.
    """

    lane: str
    kind: str
    begins: float
    ends: float
    number: int | None = None
    words: str = ""
    is_bar: bool = False
    is_operation: bool = False
    stands_for: int = 1
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    inside: Mark | None = None

    @property
    def is_attempt(self) -> bool:
        """Whether it shows an attempt that began."""
        return self.is_bar and bool(self.entries) and not self.is_operation

    @property
    def label(self) -> str:
        """The text in the mark: `#2` for an attempt, `×3` for messages or records together."""
        if self.kind == "more":
            return f"{self.stands_for:,} more"
        if self.number is None:
            return ""
        return f"#{self.number}" if self.is_bar else f"×{self.number}"


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from a cause to its effect; of kind `retry` from an attempt to the next of the same event or records."""

    cause: Mark
    effect: Mark
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a picture shows, with the marks in the order of the journal."""

    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]

    @property
    def attempts(self) -> int:
        """How many attempts began."""
        return sum(mark.is_attempt for mark in self.marks)


def between(links: Iterable[Link], marks: Iterable[Mark]) -> tuple[Link, ...]:
    """Returns the links that begin and end at one of `marks`."""
    there = set(marks)
    return tuple(link for link in links if link.cause in there and link.effect in there)
