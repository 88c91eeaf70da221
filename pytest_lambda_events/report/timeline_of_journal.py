"""The timeline of a journal, or of the part of it about an event or a resource."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..arguments import shown
from ..arns import parse, parse_or_none
from ..errors import LambdaEventsError
from ..journal.attempts import Ended
from ..journal.entry import Entry
from .condensed import Part, condensed, last_of
from .index import Selection
from .indexed_journal import LONG, IndexedJournal
from .push_lines import PUSH_SOURCES, push_lines
from .shortening import shortened
from .timeline import table, timeline


def timeline_of(journal: IndexedJournal, about: object, limit: int | None) -> str:
    """Returns the timeline with at most `limit` lines."""
    arn = _arn_or_none(about)
    if arn is not None and parse(arn).service in PUSH_SOURCES:
        lines = push_lines(journal, arn)
        return "\n".join(table(lines if limit is None else shortened(lines, limit)))
    part = None if limit is None else long_part(journal, about)
    if limit is None or part is None:
        return timeline(journal if about is None else entries_about(journal, about), limit)
    if part.size <= LONG:
        return timeline(part.all(), limit)
    return "\n".join(table(condensed(part, limit)))


def entries_about(journal: IndexedJournal, about: object) -> Sequence[Entry]:
    """Returns the entries about an event or a resource."""
    history: list[Entry] | None = getattr(about, "history", None)
    if history is not None:
        return history
    arn = _arn_of(about)
    return _of_source(journal, arn) if _is_source(arn) else _of_function(journal, _name_of(about, arn))


def _of_function(journal: IndexedJournal, name: str) -> Sequence[Entry]:
    """Returns the entries of a function, and the actions of the queues that feed it."""
    entries = journal.of_function(name)
    sources = {entry.source for entry in entries} - {None}
    if not sources:
        return entries
    return [
        entry
        for entry in journal._entries
        if entry.function_name == name or (entry.function_name is None and entry.source in sources)
    ]


def _of_source(journal: IndexedJournal, arn: str) -> list[Entry]:
    """Returns the entries with this source or target, and other entries of the attempts among them."""
    attempts: set[str] = set()
    found = []
    for entry in journal._entries:
        is_fed = _is_of(entry.source, arn)
        if is_fed or entry.target == arn:
            found.append(entry)
            if is_fed and entry.request_id is not None:
                attempts.add(entry.request_id)
        elif isinstance(entry, Ended) and entry.request_id in attempts:
            found.append(entry)
    return found


def last_lines(journal: IndexedJournal, number: int) -> list[str]:
    """Returns the last lines of the timeline."""
    part = long_part(journal)
    return timeline_of(journal, None, None).splitlines()[-number:] if part is None else table(last_of(part, number))


def long_part(journal: IndexedJournal, about: object = None) -> Part | None:
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


def _running(journal: IndexedJournal, has: Callable[[Entry], bool]) -> list[int]:
    return [position for position in journal._index.running.values() if has(journal._entries[position])]


_SOURCES = ("sqs", "kinesis", "dynamodb", "kafka")


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
