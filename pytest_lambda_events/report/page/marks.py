"""What a picture is made of, before anything has a place: lanes, marks on them, and links from cause to effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ...simulation.journal import Entry

LinkKind = Literal["cause", "retry"]


@dataclass(frozen=True, slots=True)
class Lane:
    """A horizontal strip: `kind` is what it is in AWS's word, `title` its full name, such as an ARN and a shard."""

    key: str
    kind: str
    name: str
    title: str


@dataclass(eq=False, slots=True)
class Mark:
    """A bar or a point on a lane, in seconds of the journal. Read entry by entry, unchanged afterwards.

    `look` names its outcome or kind, `label` stands in it, `words` beside it. `entries` are those of the journal that it
    stands for; `stands_for` is more than one for a mark in the place of many.
    """

    lane: str
    look: str
    begins: float
    ends: float
    label: str = ""
    words: str = ""
    is_bar: bool = False
    stands_for: int = 1
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Link:
    """From a cause to what it led to; of kind `retry` from an attempt to the next of the same event or records."""

    cause: Mark
    effect: Mark
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Story:
    """All that is drawn, marks in the order of the journal."""

    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]


def between(links: Iterable[Link], marks: Iterable[Mark]) -> tuple[Link, ...]:
    """The links with both ends among `marks`."""
    there = set(marks)
    return tuple(link for link in links if link.cause in there and link.effect in there)
