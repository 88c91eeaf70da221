"""Short labels for long identifiers. A page shows the whole identifier only where a reader points at its label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...journal.entry import Entry
from ...journal.events import Accepted
from ..batches import Batches

_LONG_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b\d{40,}\b")
"""UUIDs, and the sequence numbers of Kinesis."""


class Piece(NamedTuple):
    """A part of a text. `whole` is the identifier or ARN that `text` is short for; `tone` is a class of the style sheet."""

    text: str
    whole: str = ""
    tone: str = ""


def labels_of(entries: Iterable[Entry]) -> dict[str, str]:
    """Returns the labels that the timeline gives to events, messages and records."""
    batches, events = Batches(), dict[str, str]()
    for entry in entries:
        batches.name(entry)
        if isinstance(entry, Accepted) and entry.request_id is not None:
            events.setdefault(entry.request_id, f"request-id-{len(events) + 1}")
    return {**batches.labels, **events}


def pieces_of(text: str, labels: Mapping[str, str], tone: str = "") -> Iterator[Piece]:
    """Yields a text in pieces, with a label instead of each long identifier."""
    end = 0
    for found in _LONG_IDENTIFIER.finditer(text):
        if found.start() > end:
            yield Piece(text[end : found.start()], tone=tone)
        yield identifier_piece(found[0], labels, tone)
        end = found.end()
    if end < len(text):
        yield Piece(text[end:], tone=tone)


def identifier_piece(identifier: str, labels: Mapping[str, str], tone: str = "") -> Piece:
    """Returns the label of an identifier, or else its first characters, or the last digits of a number."""
    label = labels.get(identifier)
    if label is not None:
        return Piece(label, identifier, tone)
    if identifier.isdigit():
        return Piece(f"…{identifier[-6:]}" if len(identifier) > 12 else identifier, identifier, tone)
    return Piece(f"{identifier[:8]}…" if len(identifier) > 12 else identifier, identifier, tone)
