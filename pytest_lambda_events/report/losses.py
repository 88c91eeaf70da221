"""The text about lost items: what each was, when and why it was lost, and what would have prevented that."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..arns import parse
from ..journal.attempts import AttemptBegun, Ended
from ..journal.batches import (
    BatchResult,
    GivenUp,
    MessageExpired,
    MessagesFiltered,
    MessagesStopped,
    PipeStarted,
    Polled,
    Redriven,
)
from ..journal.entry import Entry
from ..journal.events import Accepted, DeliveryFailed, Discarded
from ..journal.journal import of_type
from ..journal.pushes import PushDropped
from ..limits import RECURSION_LIMIT
from .balance import Balance, Fate, Key, is_about
from .batches import data_text, outcome_of_pipe, records_in, source_name
from .brief import brief
from .line import instant
from .line_texts import target_text
from .timeline import timeline

SHOWN = 10
BODY_WIDTH = 100
LINES = 20
"""The number of timeline lines that are shown around the losses."""
RECURSION_TERMINATED = "RecursiveInvocationTerminated"
"""The condition of an event that Lambda stopped."""
_LOOP = f"Lambda stops a chain of invocations in which the function ran {RECURSION_LIMIT} times."
_RESPONSE_TYPES = (
    'Lambda ignored the failures, because its event source has no function_response_types=["ReportBatchItemFailures"]. Add it'
)


def lost_text(balance: Balance, entries: Sequence[Entry]) -> str:
    """Returns the balance sheet as text, a line for each lost item, and the part of the timeline about these items."""
    sheet, shown = balance.sheet, list(balance.lost.items())[:SHOWN]
    verb = "was" if sheet.lost == 1 else "were"
    lines = [f"{sheet.lost} of {sheet.accepted} accepted {verb} lost: {sheet.text}"]
    relevant = _dependencies(shown, entries)
    losses = [_Loss(key, fate, relevant) for key, fate in shown]
    advice = [one.advice for one in losses]
    for index, one in enumerate(losses):
        lines.append(f"- {one.line}")
        # Items that were lost for the same reason share one text, after the last of them.
        if advice[index + 1 : index + 2] != [advice[index]]:
            lines.append(f"  {one.advice}")
    if sheet.lost > len(shown):
        lines.append(f"- and {sheet.lost - len(shown)} more")
    around = timeline(relevant, LINES, entries).splitlines()
    return "\n".join([*lines, *(["Timeline of the losses:", *(f"  {line}" for line in around)] if around else [])])


def _dependencies(losses: Sequence[tuple[Key, Fate]], entries: Sequence[Entry]) -> list[Entry]:
    """Returns the entries about these items, and about the attempts that had them."""
    ids = {_id(key) for key, _ in losses} | {fate.entry.request_id or "" for _, fate in losses if fate.entry is not None}
    attempts = {entry.request_id for entry in entries if entry.request_id is not None and is_about(entry, ids)}
    return [entry for entry in entries if entry.request_id in attempts or is_about(entry, ids)]


def _id(key: Key) -> str:
    """Returns the request id, message id or sequence number."""
    return str(key[3] if key[0] == "record" else key[1])


class _Loss:
    """One lost item, with the journal entries about it."""

    def __init__(self, key: Key, fate: Fate, entries: Sequence[Entry]) -> None:
        self._kind = str(key[0])
        self._id = _id(key)
        self._fate = fate
        mapping = key[1] if key[0] == "record" else None
        self._about = [entry for entry in entries if is_about(entry, (self._id,)) and mapping in (None, _mapping_of(entry))]
        batches = {entry.request_id for entry in self._about if entry.request_id is not None}
        self._ends = [entry for entry in of_type(entries, Ended) if entry.request_id in batches]
        results = [entry for entry in of_type(entries, BatchResult) if entry.request_id in batches]
        self._runs = [entry for entry in results if outcome_of_pipe(entry)]
        """The attempts of a pipe."""
        ending = fate.entry.request_id if fate.entry is not None else None
        self._undelivered = [entry for entry in of_type(entries, DeliveryFailed) if ending and entry.request_id == ending]
        words = {
            "event": self._of_event, "message": self._of_message, "record": self._of_record, "push": self._of_push,
        }  # fmt: skip
        self._words = words[self._kind]()

    @property
    def line(self) -> str:
        """Returns what it was, and when and how it was lost."""
        return self._words[0]

    @property
    def advice(self) -> str:
        """Returns why it was lost, and what would have prevented it."""
        return self._words[1]

    def _of_event(self) -> tuple[str, str]:
        entry, accepted = self._fate.entry, self._about[0]
        assert isinstance(entry, Discarded)
        assert isinstance(accepted, Accepted)
        what = f"function {entry.function_name}: event {_short_bytes(accepted.payload)}"
        attempts = entry.attempts
        attempts_text = (
            f"after {attempts} attempt{'' if attempts == 1 else 's'}{self._last_failure}" if attempts else "without an attempt"
        )
        line = f"{what}, {entry.condition} at {_instant(entry)}, {attempts_text}."
        if entry.condition == RECURSION_TERMINATED and not self._undelivered:
            return (
                line,
                f"{_LOOP} Its function has neither on_failure nor a dead_letter_queue. Add one to keep such events (ASY-92).",
            )
        return line, self._why_not_delivered("DST-50", "DLQ-30") or (
            "Its function has neither on_failure nor a dead_letter_queue. Add one to keep such events (ASY-76)."
        )

    def _of_message(self) -> tuple[str, str]:
        entry = self._entry
        what = f"queue {source_name(entry)}: message {self._body}"
        if self._fate.cause == "ignored failure":
            line = f"{what}, deleted at {_instant(entry)} although {entry.function_name!r} reported it in batchItemFailures."
            return line, f"{_RESPONSE_TYPES} (SQS-70)."
        if self._fate.cause == "recursion":
            return f"{what}, stopped at {_instant(entry)} as part of a recursive loop of {entry.function_name!r}.", (
                f"{_LOOP} The queue has no dead_letter_queue. Add one to keep such messages (ASY-92)."
            )
        assert isinstance(entry, MessageExpired)
        line = f"{what}, expired at {instant(entry.expired_after_seconds)}"
        redriven = next(iter(of_type(self._about, Redriven)), None)
        if redriven is not None:
            return f"{line}, on the dead-letter queue since {_instant(redriven)}.", (
                "Nothing received it there within the message_retention_period. Add an event source to the dead-letter queue, "
                "or set a longer message_retention_period."
            )
        polled = of_type(self._about, Polled)
        if not polled:
            return f"{line} unread.", (
                "No event source received it within the message_retention_period. Check whether its event source was enabled, "
                "had the permission to poll, and was fast enough (SQS-08)."
            )
        times = "once" if len(polled) == 1 else f"{len(polled)} times"
        return f"{line}, received {times} by {polled[-1].function_name!r}{self._last_failure}.", (
            "A failed message is delivered again until it expires. Give its queue a dead_letter_queue (SQS-51, SQS-52)."
        )

    def _of_push(self) -> tuple[str, str]:
        entry = self._entry
        assert isinstance(entry, PushDropped)
        line = f"{entry.pushed_by}: an event for {entry.target}, not delivered at {_instant(entry)}: {entry.reason}."
        return line, "Give the subscription or the target a dead-letter queue, or correct the target (PSH-16, EVB-92)."

    def _of_record(self) -> tuple[str, str]:
        entry, expected = self._fate.entry, self._fate.expected
        function_name = expected.function_name if expected is not None else self._entry.function_name
        source = expected.source if expected is not None else self._entry.source or ""
        what = f"{_source_text(source)}: record {self._data}"
        is_kafka = parse(source).service == "kafka"
        attempts = _attempts(len(self._ends) + len(self._runs))
        if entry is None:
            gone = 0.0 if expected is None else expected.gone_after_seconds or 0.0
            return f"{what}, expired at {instant(gone)}, never delivered to {function_name!r}.", (
                "Its event source was disabled, blocked, or busy with older records until the retention period of the "
                f"{'topic ended (KAF-20)' if is_kafka else 'stream ended (KIN-15, KIN-48)'}."
            )
        if self._fate.cause == "ignored failure":
            line = f"{what}, skipped at {_instant(entry)} although {function_name!r} reported it in batchItemFailures."
            return line, f"{_RESPONSE_TYPES} ({'KAF-24' if is_kafka else 'KIN-60'})."
        if self._fate.cause == "expired":
            also, rules = (" minimum_pollers,", "KAF-20, KAF-21") if is_kafka else ("", "KIN-48, KIN-71")
            return f"{what}, expired at {_instant(entry)}{attempts} of {function_name!r}{self._last_failure}.", (
                "A failing batch is retried until its records expire, and expired records are not sent to on_failure. Give "
                f"its event source{also} maximum_retry_attempts or maximum_record_age_in_seconds, and on_failure ({rules})."
            )
        assert isinstance(entry, GivenUp)
        line = f"{what}, {entry.condition} at {_instant(entry)}{attempts} of {function_name!r}{self._last_failure}."
        return line, self._why_not_delivered("KIN-78", "KIN-78") or (
            "The source of the pipe has no DeadLetterConfig. Add one to keep such records (PIP-09)."
            if self._runs
            else f"Its event source has no on_failure. Add one to keep such records ({'KAF-30' if is_kafka else 'KIN-70'})."
        )

    @property
    def _entry(self) -> Entry:
        assert self._fate.entry is not None
        return self._fate.entry

    @property
    def _last_failure(self) -> str:
        """Returns how the last attempt that ran failed."""
        if self._runs:
            return f", the last failed: {brief(self._runs[-1].reason or '')}" if self._runs[-1].failed else ""
        if not self._ends or self._ends[-1].is_success:
            return ""
        return f", the last {self._ends[-1].error_type}: {brief(self._ends[-1].error_message or '')}"

    def _why_not_delivered(self, of_destination: str, of_letter: str) -> str:
        """Returns why a dead letter or record about it was not delivered; empty if none was sent."""
        if not self._undelivered:
            return ""
        failed = self._undelivered[-1]
        is_letter = failed.route == "dead_letter_queue"
        what, rule = ("dead letter", of_letter) if is_letter else ("record", of_destination)
        return f"The delivery of its {what} to {target_text(failed.target)} failed: {failed.reason} ({rule})."

    @property
    def _body(self) -> str:
        """Returns the body of a message."""
        entry = self._entry
        if isinstance(entry, MessageExpired):
            return _short(entry.body)
        if isinstance(entry, (MessagesFiltered, MessagesStopped)):
            return _short(dict(zip(entry.ids, entry.bodies, strict=True))[self._id])
        for attempt in self._about:
            if isinstance(attempt, (AttemptBegun, PipeStarted)) and self._id in attempt.ids:
                records = records_in(attempt)
                return next((_short(one["body"]) for one in records if one["messageId"] == self._id), self._id)
        return self._id

    @property
    def _data(self) -> str:
        """Returns the data of a record, as far as it is known."""
        if self._fate.expected is None:
            origin = self._entry.origin
            return f"{self._id} of {None if origin is None else origin.shard_id}"
        return _short(data_text(json.loads(self._fate.expected.json())))


def _mapping_of(entry: Entry) -> str | None:
    return None if entry.origin is None else entry.origin.event_source_mapping


def _attempts(number: int) -> str:
    return f" after {number} attempt{'' if number == 1 else 's'}" if number else " without an attempt"


_SOURCES = {"dynamodb": "table", "kafka": "topic"}
"""The words for sources by their services. Others are streams."""


def _source_text(arn: str) -> str:
    source = parse(arn)
    return f"{_SOURCES.get(source.service, 'stream')} {source.name}"


def _instant(entry: Entry) -> str:
    return instant(entry.after_seconds)


def _short_bytes(data: bytes) -> str:
    return _short(data.decode(errors="replace"))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= BODY_WIDTH else text[: BODY_WIDTH - 3] + "..."
