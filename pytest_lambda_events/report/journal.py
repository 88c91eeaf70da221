"""The journal that a test holds: the record itself, and its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..arguments import is_whole, shown
from ..errors import LambdaEventsError
from ..simulation import journal
from ..simulation.journal import Entry
from .timeline import timeline


class _HasHistory(Protocol):
    @property
    def history(self) -> list[Entry]: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def arn(self) -> str: ...


class Journal(journal.Journal):
    """Everything that happened, in order of time, and at one instant in order of cause: a sequence of `Entry`."""

    def timeline(self, about: _HasHistory | _Named | None = None, *, limit: int | None = None) -> str:
        """The journal as plain text, or the part of it that is about one event, one function or one source of events.

        It is complete, unless `limit` says how many lines it may have: then those around what failed stay.

        A function's part has what the queues that feed it did with messages; the part of a queue, a stream or a table has
        the batches that were made of its records, what became of them, and what was delivered to it.
        """
        if limit is not None and not (is_whole(limit) and limit >= 1):
            raise LambdaEventsError(
                f"timeline(limit={shown(limit)}): the limit is not a number of lines. Pass a whole number, 1 or more, or None."
            )
        return timeline(self if about is None else self._about(about), limit)

    def _about(self, about: _HasHistory | _Named) -> Sequence[Entry]:
        history: list[Entry] | None = getattr(about, "history", None)
        if history is not None:
            return history
        arn = getattr(about, "arn", None)
        service = arn.split(":")[2:3] if isinstance(arn, str) and not isinstance(about, type) else []
        if service not in (*_SOURCES, ["lambda"]):
            raise LambdaEventsError(
                f"timeline({shown(about)}): this is neither an event nor a resource. Pass an AsyncEvent, or the handle of a "
                "function, queue, stream or table."
            )
        return self._of_source(str(arn)) if service in _SOURCES else self._of_function(getattr(about, "name", ""))

    def _of_function(self, name: str) -> Sequence[Entry]:
        """Its entries, and what the queues that feed it did by themselves."""
        entries = self.of_function(name)
        sources = {entry.detail["source"] for entry in entries if "source" in entry.detail}
        if not sources:
            return entries
        return [
            entry
            for entry in self
            if entry.function_name == name or (entry.function_name is None and entry.detail.get("source") in sources)
        ]

    def _of_source(self, arn: str) -> list[Entry]:
        """What names it as source or target, and what else is told of the tries that do."""
        tries: set[str] = set()
        found = []
        for entry in self:
            is_fed = _is_of(entry.detail.get("source"), arn)
            if is_fed or entry.detail.get("target") == arn:
                found.append(entry)
                if is_fed and entry.request_id is not None:
                    tries.add(entry.request_id)
            elif entry.kind == "ended" and entry.request_id in tries:
                found.append(entry)
        return found


_SOURCES = (["sqs"], ["kinesis"], ["dynamodb"])


def _is_of(source: str | None, arn: str) -> bool:
    """Whether a source is what the ARN names, one of its consumers, or its stream."""
    return source is not None and (source == arn or source.startswith(f"{arn}/"))
