"""The journal for tests: its entries, and its timeline as text. What makes texts is loaded when a text is asked for."""

from __future__ import annotations

from typing import Protocol

from ..arguments import is_whole, shown
from ..errors import LambdaEventsError
from ..journal.entry import Entry
from .indexed_journal import IndexedJournal


class _HasHistory(Protocol):
    @property
    def history(self) -> list[Entry]: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def arn(self) -> str: ...


class Journal(IndexedJournal):
    """A sequence of all entries in order of time, and at the same time in order of cause."""

    def timeline(self, about: _HasHistory | _Named | None = None, *, limit: int | None = None) -> str:
        """Returns the journal as plain text.

        Args:
            about: An event, a function, a queue, a stream, a table or a pipe; the timeline then has only the part about it.
                For a function it includes what its queues did with messages. For a queue, stream or table it includes the
                batches of its records, their results, and deliveries to it. For a topic, bucket, event bus, rule, schedule
                or log group it shows which events matched, and their deliveries.
            limit: The most lines; lines around failures are kept. The default is no limit.
        """
        if limit is not None and not (is_whole(limit) and limit >= 1):
            raise LambdaEventsError(
                f"timeline(limit={shown(limit)}): the limit is not a number of lines. Pass a whole number, 1 or more, or None."
            )
        from .timeline_of_journal import timeline_of

        return timeline_of(self, about, limit)
