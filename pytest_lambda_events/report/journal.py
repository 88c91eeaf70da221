"""The journal for tests: its entries, and its timeline as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..arguments import is_whole, shown
from ..arns import parse, parse_or_none
from ..errors import LambdaEventsError
from ..journal import journal
from ..journal.attempts import Called, Ended
from ..journal.entry import Entry
from .condensed import LONG, Part, condensed, last_of
from .index import Index, Selection
from .push_lines import PUSH_SOURCES, push_lines
from .shortening import shortened
from .timeline import table, timeline


class _HasHistory(Protocol):
    @property
    def history(self) -> list[Entry]: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def arn(self) -> str: ...


class Journal(journal.Journal):
    """A sequence of all entries in order of time, and at the same time in order of cause."""

    def __init__(self, clock: journal.Clock) -> None:
        super().__init__(clock)
        self._index = Index()

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
        arn = _arn_or_none(about)
        if arn is not None and parse(arn).service in PUSH_SOURCES:
            lines = push_lines(self, arn)
            return "\n".join(table(lines if limit is None else shortened(lines, limit)))
        part = None if limit is None else long_part(self, about)
        if limit is None or part is None:
            return timeline(self if about is None else self._about(about), limit)
        if part.size <= LONG:
            return timeline(part.all(), limit)
        return "\n".join(table(condensed(part, limit)))

    def _appended(self, entry: Entry, position: int, of_request: Sequence[int]) -> None:
        self._index.add(entry, position, self._entries, of_request)

    def _call_failed(self, entry: Called, position: int) -> None:
        self._index.add_failed_call(entry, position)

    def _about(self, about: _HasHistory | _Named) -> Sequence[Entry]:
        history: list[Entry] | None = getattr(about, "history", None)
        if history is not None:
            return history
        arn = _arn_of(about)
        return self._of_source(arn) if _is_source(arn) else self._of_function(_name_of(about, arn))

    def _of_function(self, name: str) -> Sequence[Entry]:
        """Returns the entries of a function, and the actions of the queues that feed it."""
        entries = self.of_function(name)
        sources = {entry.source for entry in entries} - {None}
        if not sources:
            return entries
        return [
            entry
            for entry in self._entries
            if entry.function_name == name or (entry.function_name is None and entry.source in sources)
        ]

    def _of_source(self, arn: str) -> list[Entry]:
        """Returns the entries with this source or target, and other entries of the attempts among them."""
        attempts: set[str] = set()
        found = []
        for entry in self._entries:
            is_fed = _is_of(entry.source, arn)
            if is_fed or entry.target == arn:
                found.append(entry)
                if is_fed and entry.request_id is not None:
                    attempts.add(entry.request_id)
            elif isinstance(entry, Ended) and entry.request_id in attempts:
                found.append(entry)
        return found


def last_lines(journal: Journal, number: int) -> list[str]:
    """Returns the last lines of the timeline."""
    part = long_part(journal)
    return journal.timeline().splitlines()[-number:] if part is None else table(last_of(part, number))


def long_part(journal: Journal, about: _HasHistory | _Named | None = None) -> Part | None:
    """Returns the journal or the part of it about a function or a source, if it is too long to read; else None."""
    if len(journal) <= LONG or getattr(about, "history", None) is not None:
        return None
    positions = journal._index.positions
    if about is None:
        return Part(Selection(journal._entries, positions, journal._index.running.values()), journal.positions_of_request)
    arn = _arn_of(about)
    if _is_source(arn):
        of_source = {one: found for one, found in positions.items() if _is_of(one.source, arn) or one.target == arn}
        return Part(
            Selection(journal._entries, of_source, _running(journal, lambda entry: _is_of(entry.source, arn))),
            journal.positions_of_request,
            lambda entry: _is_about_source(entry, arn),
        )
    name = _name_of(about, arn)
    sources = {one.source for one in positions if one.function_name == name and one.source is not None}
    of_function = {
        one: found
        for one, found in positions.items()
        if one.function_name == name or (one.function_name is None and one.source in sources)
    }
    running = _running(journal, lambda entry: entry.function_name == name)
    return Part(Selection(journal._entries, of_function, running), journal.positions_of_request)


def _running(journal: Journal, has: Callable[[Entry], bool]) -> list[int]:
    return [position for position in journal._index.running.values() if has(journal._entries[position])]


_SOURCES = ("sqs", "kinesis", "dynamodb")


def _arn_of(about: object) -> str:
    """Returns the ARN of a handle. Raises `LambdaEventsError` if it is neither a function nor a source of events."""
    arn = _arn_or_none(about)
    if arn is None or parse(arn).service not in (*_SOURCES, "lambda", "pipes"):
        raise LambdaEventsError(
            f"timeline({shown(about)}): this is neither an event nor a resource. Pass an AsyncEvent, or the handle of a "
            "function, queue, stream, table, pipe or push source."
        )
    return arn


def _arn_or_none(about: object) -> str | None:
    """Returns the ARN of a handle; None for anything else."""
    arn = getattr(about, "arn", None)
    is_arn = isinstance(arn, str) and not isinstance(about, type) and parse_or_none(arn) is not None
    return str(arn) if is_arn else None


def _name_of(about: object, arn: str) -> str:
    """Returns the name of a function, or the label of a pipe, as entries have it."""
    name: str = getattr(about, "name", "")
    return f"pipes {name}" if ":pipes:" in arn else name


def _is_source(arn: str) -> bool:
    parsed = parse_or_none(arn)
    return parsed is not None and parsed.service in _SOURCES


def _is_about_source(entry: Entry, arn: str) -> bool:
    """Returns whether an entry of an attempt belongs to the part of a source."""
    return _is_of(entry.source, arn) or entry.target == arn or isinstance(entry, Ended)


def _is_of(source: str | None, arn: str) -> bool:
    """Returns whether a source is the resource of the ARN, one of its consumers, or its stream."""
    return source is not None and (source == arn or source.startswith(f"{arn}/"))
