"""What a journal of a million entries takes: memory, writing, and the views that read all of it."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from measuring import Row, seconds_of

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.attempts import Ended, Started
from pytest_lambda_events.journal.batches import BatchResult, Deleted, Polled
from pytest_lambda_events.journal.entry import BatchFacts, Origin, Subject
from pytest_lambda_events.report.balance import Holdings, balance
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.service.metrics import samples_of
from pytest_lambda_events.simulation.clock import NoDriver, VirtualClock

MESSAGES = 2_000
BATCHES = 200_000
ENTRIES_OF_A_BATCH = 5
ROUNDS = 3
LIMIT_BYTES = 400
LIMIT_WRITING = 30.0
LIMIT_TIMELINE = 0.4
LIMIT_BALANCE = 0.12
LIMIT_METRIC = 0.5
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:ship"


def measure() -> Iterator[Row]:
    """The bytes of an entry, and what writing and reading a million entries costs, in that of writing."""
    yield Row("an entry of a queue with a function, indexes included", _bytes_of_an_entry(), "bytes", LIMIT_BYTES)
    journal, writing = _written()
    entries = len(journal)
    yield Row("writing an entry / making a dictionary of its facts", writing / entries / _dictionary(), "x", LIMIT_WRITING)
    holdings = Holdings(mapped_queues=(ORDERS,))
    readers = {
        "the timeline": (journal.timeline, LIMIT_TIMELINE),
        "the balance sheet": (lambda: balance(journal, holdings), LIMIT_BALANCE),
        "a metric": (lambda: samples_of(journal, "Errors"), LIMIT_METRIC),
    }
    for name, (read, limit) in readers.items():
        reading = min(seconds_of(read) for _ in range(ROUNDS))
        yield Row(f"{name} of {entries:,} entries / writing them", reading / writing, "x", limit)
        yield Row(f"{name} of {entries:,} entries", reading, "s")
    yield Row(f"writing {entries:,} entries", writing, "s")


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _bytes_of_an_entry() -> float:
    """The memory that is free again when the journal of messages in batches of one is empty."""
    with LambdaEvents() as environment:
        orders, function = environment.queue("orders"), environment.function(_nothing, name="nothing")
        orders.send(*({"id": number} for number in range(MESSAGES)))
        function.add_event_source(orders, batch_size=1)
        tracemalloc.start()
        environment.run_until_idle()
        journal = environment.journal
        entries, before = len(journal), _traced()
        vars(journal).update(vars(Journal(_clock())))
        after = _traced()
        tracemalloc.stop()
    if entries != MESSAGES * ENTRIES_OF_A_BATCH:
        raise RuntimeError("the story that was measured did not go as expected")
    return (before - after) / entries


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _written() -> tuple[Journal, float]:
    """A journal of batches of one message each, and the seconds that writing it took."""
    clock = _clock()
    journal, origin, ship = Journal(clock), Origin("uuid", ORDERS, False), Subject("ship")
    names = [(f"message-{number}", f"request-{number}") for number in range(BATCHES)]

    def write() -> None:
        for number, (message_id, request_id) in enumerate(names):
            clock.move_to(number * 1_000_000)
            subject, ids = Subject("ship", request_id, 1), (message_id,)
            journal.write(Polled(ship, origin, ids))
            journal.write(Started(
                subject, b"{}", BatchFacts(origin, ids), invoked_arn=FUNCTION, executed_version="$LATEST",
                is_cold_start=False, log_stream="stream",
            ))  # fmt: skip
            journal.write(Ended(subject, b"null", "$LATEST"))
            journal.write(BatchResult(subject, origin, 1, (), None))
            journal.write(Deleted(subject, origin, ids, reason="processed", stale=()))

    return journal, seconds_of(write)


def _clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 1, 1, tzinfo=timezone.utc), NoDriver())


def _dictionary() -> float:
    """The seconds that a dictionary of some facts takes, as unit of measurement."""
    kept: list[dict[str, object]] = []

    def make() -> None:
        for number in range(BATCHES):
            kept.append({"at": number, "function": "ship", "request": "id", "attempt": 1, "payload": b"null", "logs": ()})

    return seconds_of(make) / BATCHES
