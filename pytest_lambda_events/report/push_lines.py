"""The timeline of a push source: what a topic, bucket, event bus, rule, schedule or log group did with its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..arns import name_of_arn, parse, source_label
from ..journal.entry import Entry
from ..journal.pushes import OfPush, PushDropped, PushMatched
from .line import Line
from .line_texts import push_words, reason_of

PUSH_SOURCES = frozenset({"sns", "s3", "events", "scheduler", "logs"})
"""The services of push sources, as in their ARNs."""


def push_lines(entries: Iterable[Entry], arn: str) -> list[Line]:
    """Returns a line for each entry about an event of a push source, in order. For an event bus they include its rules."""
    return list(_lines(entries, arn))


def _lines(entries: Iterable[Entry], arn: str) -> Iterator[Line]:
    for position, entry in enumerate(entries):
        if isinstance(entry, PushMatched):
            what, text = "matched", f"for {', '.join(map(name_of_arn, entry.targets)) or 'no target'}"
        elif isinstance(entry, OfPush):
            what, text = push_words(entry)
        else:
            continue
        if _is_of(entry.pushed_by, arn):
            yield Line(
                entry.after_seconds, entry.pushed_by, what, text, reason_of(entry), kind=entry.kind,
                is_bad=isinstance(entry, PushDropped), position=position,
            )  # fmt: skip


def _is_of(pushed_by: str, arn: str) -> bool:
    """Returns whether a source is the resource of the ARN, or a rule of this event bus."""
    found = parse(arn)
    if pushed_by == source_label(found.service, arn):
        return True
    bus = found.resource.removeprefix("event-bus/")
    if bus == found.resource or not pushed_by.startswith("events "):
        return False
    named, slash, _ = pushed_by.removeprefix("events ").partition("/")
    return named == bus if slash else bus == "default"
