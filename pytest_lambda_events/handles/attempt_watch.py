"""Tells hooks of attempts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..journal.attempts import AttemptBegun, AttemptRefused, Ended
from ..journal.batches import BatchResult
from ..journal.entry import Entry
from ..journal.events import Accepted
from ..journal.journaled_attempts import JournaledAttempt
from .attempts import Attempt, attempt_of, batch_of
from .event_source_mapping import EventSourceMapping
from .hooks import Hooks

if TYPE_CHECKING:
    from .lambda_api import Api


class AttemptWatch:
    """Reads the journal as it is written, and tells hooks of each attempt when it begins and when all of it is known."""

    def __init__(self, api: Api, hooks: Hooks) -> None:
        self._api = api
        self._hooks = hooks
        self._open: dict[tuple[str | None, int | None], JournaledAttempt] = {}

    def __call__(self, entry: Entry) -> None:
        """The next entry."""
        key = (entry.request_id, entry.attempt)
        if isinstance(entry, AttemptBegun):
            one = JournaledAttempt(entry, accepted=self._accepted(entry))
            self._before(replace(one, is_beginning=True))
            if isinstance(entry, AttemptRefused):
                self._ended(key, one)
            else:
                self._open[key] = one
        elif isinstance(entry, Ended):
            self._ended(key, replace(self._open.pop(key), ended=entry))
        elif isinstance(entry, BatchResult) and key in self._open:
            self._after(replace(self._open.pop(key), result=entry))

    def _accepted(self, entry: AttemptBegun) -> Accepted | None:
        """The entry of the event's acceptance, if it is an asynchronous event."""
        first = next(iter(self._api.journal.of_request(entry.request_id)), None) if entry.request_id else None
        return first if isinstance(first, Accepted) else None

    def _ended(self, key: tuple[str | None, int | None], one: JournaledAttempt) -> None:
        """The result of a batch follows directly on its attempt."""
        if one.is_batch:
            self._open[key] = one
        else:
            self._after(one)

    def _before(self, one: JournaledAttempt) -> None:
        if self._hooks.before_attempt is not None:
            self._hooks.before_attempt(self._view(one))

    def _after(self, one: JournaledAttempt) -> None:
        if self._hooks.after_attempt is not None:
            self._hooks.after_attempt(self._view(one))

    def _view(self, one: JournaledAttempt) -> Attempt:
        if not one.is_batch:
            return attempt_of(one)
        uuid = one.event_source_mapping
        place = (one.first.invoked_arn or "").partition(":function:")[0]
        return batch_of(one, EventSourceMapping(self._api, uuid, f"{place}:event-source-mapping:{uuid}"))
