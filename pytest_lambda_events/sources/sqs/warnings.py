"""Warnings about the settings of a queue."""

from __future__ import annotations

from ... import limits
from ...service.model import Target
from ..mapping_journal import MappingJournal
from ..ports import Queue
from . import decisions


def short_visibility(queue: Queue | None, journal: MappingJournal, target: Target, window: int) -> str | None:
    """Returns a warning if the visibility timeout is shorter than AWS recommends (SQS-46)."""
    timeout = target.configuration.timeout
    recommended = decisions.recommended_visibility_timeout(timeout, window)
    if queue is None or queue.visibility_timeout >= recommended:
        return None
    with_window = f" plus the batching window of {window} s" if window else ""
    return (
        f"Queue {journal.source_name} has a visibility timeout of {queue.visibility_timeout} s. AWS recommends at least "
        f"{recommended} s: six times the {timeout} s that {journal.function_name!r} has{with_window} (SQS-46)."
    )


def few_receives(queue: Queue | None, journal: MappingJournal) -> str | None:
    """Returns a warning if throttles may move messages to the dead-letter queue (SQS-55)."""
    count = None if queue is None else queue.max_receive_count
    if count is None or count >= limits.SQS_SAFE_RECEIVE_COUNT:
        return None
    return (
        f"Queue {journal.source_name} has maxReceiveCount {count}, and {journal.function_name!r} is throttled. Each receive "
        "counts, so messages can move to the dead-letter queue although the function never ran. AWS recommends at least "
        f"{limits.SQS_SAFE_RECEIVE_COUNT} (SQS-55)."
    )
