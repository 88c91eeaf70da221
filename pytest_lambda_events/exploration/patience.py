"""Whether planned faults alone used all attempts of a message or event that was discarded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..journal.attempts import Ended
from ..journal.batches import GivenUp, Polled, Redriven
from ..journal.entry import Entry
from ..journal.events import Discarded
from ..records.batch_record import RETRY_ATTEMPTS_EXHAUSTED
from ..service.retry import EVENT_AGE_EXCEEDED


def most_failures(entries: Iterable[Entry]) -> int:
    """Returns how many attempts of one message, event or batch fail in an execution without planned faults."""
    receives: Counter[str] = Counter()
    failed: Counter[str | None] = Counter()
    for entry in entries:
        if isinstance(entry, Polled):
            receives.update(entry.ids if entry.origin.shard_id is None else ())
        elif isinstance(entry, Ended) and not entry.is_success:
            failed[entry.request_id] += 1
    return max(max(receives.values(), default=1) - 1, max(failed.values(), default=0))


def is_used_up(entries: Iterable[Entry], faults: int) -> bool:
    """Returns whether `faults` failed attempts are enough to discard one of the messages, events or batches of an execution.

    If they are not, attempts without a planned fault failed too, for example because an ended process left a lock behind.
    """
    attempts = [count for entry in entries if (count := _attempts(entry)) is not None]
    return not attempts or min(attempts) <= faults


def _attempts(entry: Entry) -> int | None:
    """Returns after how many attempts something was discarded. A limit of age counts as none."""
    if isinstance(entry, Redriven):
        return entry.receive_count
    if isinstance(entry, Discarded):
        return 0 if entry.condition == EVENT_AGE_EXCEEDED else entry.attempts
    if isinstance(entry, GivenUp):
        return entry.invoke_count if entry.condition == RETRY_ATTEMPTS_EXHAUSTED else 0
    return None
