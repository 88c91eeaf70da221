"""The entries of attempts, put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from ..arns import parse
from ..values import dataclass
from .attempts import AttemptBegun, AttemptRefused, Ended, NotFound, ServiceFailed, Throttled
from .batches import BatchResult
from .entry import Entry
from .events import Accepted

Outcome = Literal["success", "function_error", "throttled", "service_error", "not_found"]
_OUTCOMES: Mapping[type[Entry], Outcome] = {
    Throttled: "throttled", ServiceFailed: "service_error", NotFound: "not_found",
}  # fmt: skip


@dataclass(slots=True)
class JournaledAttempt:
    """The journal's entries about one attempt: what began it, what ended it, and for a batch its result.

    `is_beginning` is whether it is looked at as it begins, when a refusal does not show yet.
    """

    first: AttemptBegun
    ended: Ended | None = None
    result: BatchResult | None = None
    is_beginning: bool = False
    accepted: Accepted | None = None

    @property
    def last(self) -> Entry | None:
        """What ended it: a refusal does so immediately."""
        is_refused = isinstance(self.first, AttemptRefused) and not self.is_beginning
        return self.first if is_refused else self.ended

    @property
    def is_batch(self) -> bool:
        """Whether an event source led to it."""
        return self.first.batch is not None

    @property
    def event_source_mapping(self) -> str:
        """The UUID of the mapping that made its batch, empty if it has none."""
        return "" if self.first.batch is None else self.first.batch.origin.event_source_mapping

    @property
    def outcome(self) -> Outcome | None:
        """What it came to. None while it runs."""
        if self.ended is not None:
            return self.ended.outcome
        return None if self.is_beginning else _OUTCOMES.get(type(self.first))


def attempts_of(entries: Iterable[Entry]) -> list[JournaledAttempt]:
    """Returns the attempts that journal entries are about, in the order in which they started."""
    known: dict[tuple[str | None, int | None], JournaledAttempt] = {}
    accepted: dict[str | None, Accepted] = {}
    found: list[JournaledAttempt] = []
    for entry in entries:
        subject = entry.subject
        if isinstance(entry, Accepted):
            accepted[subject.request_id] = entry
        elif isinstance(entry, AttemptBegun):
            one = JournaledAttempt(entry, accepted=accepted.get(subject.request_id))
            known[subject.request_id, subject.attempt] = one
            found.append(one)
        elif isinstance(entry, Ended):
            known[subject.request_id, subject.attempt].ended = entry
        elif isinstance(entry, BatchResult):
            one_known = known.get((subject.request_id, subject.attempt))
            if one_known is not None:
                one_known.result = entry
    return found


def of_qualifier(entries: Iterable[Entry], qualifier: str) -> list[Entry]:
    """Returns the entries of a function that belong to invocations through a qualifier.

    Entries without a qualifier belong to that of their event or event source.
    """
    known: dict[str, str] = {}
    found = []
    for entry in entries:
        mapping = None if entry.origin is None else entry.origin.event_source_mapping
        keys = [key for key in (entry.request_id, mapping) if key is not None]
        arn = entry.invoked_arn or next((known[key] for key in keys if key in known), None)
        if arn is not None:
            known |= dict.fromkeys(keys, arn)
            if parse(arn).qualifier == qualifier:
                found.append(entry)
    return found
