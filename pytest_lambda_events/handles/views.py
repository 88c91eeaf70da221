"""What happened, as a test looks at it: views of the journal that keep no books of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ..simulation.journal import Entry, Journal

Json = Any
Outcome = Literal["success", "function_error", "throttled", "service_error", "not_found"]
_ENDINGS = ("succeeded", "discarded")
_TRIES_WITHOUT_ATTEMPT: dict[str, Outcome] = {"throttled": "throttled", "not_found": "not_found"}


def decoded(payload: bytes) -> Json:
    """The JSON value of a payload; text that is not JSON as text, bytes that are not text as bytes."""
    try:
        return json.loads(payload)
    except UnicodeDecodeError:
        return payload
    except ValueError:
        return payload.decode()


@dataclass(frozen=True)
class InvokeResponse:
    """What a synchronous invocation answered. `log_result` is the last 4,096 bytes of its log."""

    status_code: int
    payload: Json
    function_error: str | None
    executed_version: str
    log_result: str


@dataclass(frozen=True)
class Attempt:
    """One try, a throttled one too. `number` counts from 1 for each event; instants are virtual."""

    number: int
    request_id: str
    function_name: str
    executed_version: str | None
    event: Json
    response: Json
    started_at: datetime
    started_after_seconds: float
    ended_at: datetime | None
    ended_after_seconds: float | None
    outcome: Outcome | None
    error_type: str | None
    error_message: str | None
    is_cold_start: bool
    logs: list[str]


def attempts_of(entries: Iterable[Entry]) -> list[Attempt]:
    """The tries that journal entries tell of, in the order in which they started."""
    started: dict[tuple[str | None, int | None], int] = {}
    found: list[tuple[Entry, Entry | None]] = []
    for entry in entries:
        if entry.kind == "started":
            started[entry.request_id, entry.attempt] = len(found)
            found.append((entry, None))
        elif entry.kind == "ended":
            index = started[entry.request_id, entry.attempt]
            found[index] = (found[index][0], entry)
        elif entry.kind in _TRIES_WITHOUT_ATTEMPT:
            found.append((entry, entry))
    return [_attempt(first, last) for first, last in found]


def _attempt(first: Entry, last: Entry | None) -> Attempt:
    detail = last.detail if last is not None else {}
    response = detail.get("payload") if last is not first else None
    outcome: Outcome | None = _TRIES_WITHOUT_ATTEMPT.get(first.kind) or detail.get("outcome")
    return Attempt(
        number=first.attempt or 1,
        request_id=first.request_id or "",
        function_name=first.function_name or "",
        executed_version=first.detail.get("executed_version"),
        event=decoded(first.detail["payload"]),
        response=None if response is None else decoded(response),
        started_at=first.at,
        started_after_seconds=first.after_seconds,
        ended_at=None if last is None else last.at,
        ended_after_seconds=None if last is None else last.after_seconds,
        outcome=outcome,
        error_type=detail.get("error_type"),
        error_message=detail.get("error_message"),
        is_cold_start=first.detail.get("is_cold_start", False),
        logs=list(detail.get("logs", ())),
    )


class AsyncEvent:
    """An asynchronous event from its acceptance to its end: a view of what is known of it now."""

    def __init__(self, journal: Journal, request_id: str) -> None:
        self.request_id = request_id
        self._journal = journal

    @property
    def history(self) -> list[Entry]:
        """All journal entries about it, in order."""
        return list(self._journal.of_request(self.request_id))

    @property
    def payload(self) -> Json:
        """The event that the handler is given."""
        return decoded(self._accepted.detail["payload"])

    @property
    def accepted_at(self) -> datetime:
        """When it was accepted; its age counts from here (ASY-17)."""
        return self._accepted.at

    @property
    def accepted_after_seconds(self) -> float:
        """When it was accepted, in seconds since the clock's start."""
        return self._accepted.after_seconds

    @property
    def attempts(self) -> list[Attempt]:
        """Its tries so far, throttled ones too."""
        return attempts_of(self._journal.of_request(self.request_id))

    @property
    def condition(self) -> str | None:
        """How it ended, in the words of its invocation record (`Success` too); None while it is pending."""
        ending = self._ending
        return None if ending is None else ending.detail["condition"]

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        ending = self._ending
        return None if ending is None else ending.at

    @property
    def ended_after_seconds(self) -> float | None:
        """When it ended, in seconds since the clock's start."""
        ending = self._ending
        return None if ending is None else ending.after_seconds

    @property
    def _accepted(self) -> Entry:
        return self._journal.of_request(self.request_id)[0]

    @property
    def _ending(self) -> Entry | None:
        # What was delivered is written after the ending.
        entries = reversed(self._journal.of_request(self.request_id))
        return next((entry for entry in entries if entry.kind in _ENDINGS), None)

    def __repr__(self) -> str:
        return f"<AsyncEvent {self.request_id} {self.condition or 'pending'}, {len(self.attempts)} tries>"
