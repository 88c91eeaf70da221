"""For any handler, settings and throttling: an accepted event ends once, and record, letter, metrics and journal agree."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from example_counts import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_lambda_events import AsyncEvent, BalanceSheet, DeadLetter, Function, InvocationRecord, LambdaEvents

ENDINGS = ("succeeded", "discarded")
DELIVERIES = ("delivered", "delivery_failed")


def raises() -> None:
    raise ValueError("declined")


def answers_no_json() -> bytes:
    return b"\xff"


ACTIONS: dict[str, Callable[[], object]] = {
    "return": lambda: {"ok": True},
    "return late": lambda: time.sleep(40),
    "return no JSON": answers_no_json,
    "raise": raises,
    "exit": lambda: sys.exit(1),
    "time out": lambda: time.sleep(200),
}


@dataclass(frozen=True)
class Story:
    """Events, each a list of what its attempts do in turn (the last one for ever), sent so many seconds apart."""

    events: list[list[str]]
    gap: float
    retries: int | None
    age: int | None
    reserved: int | None
    is_gone_after: float | None
    is_queue_gone: bool
    has_dead_letter_queue: bool
    has_destinations: bool


STORIES = st.builds(
    Story,
    events=st.lists(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=3), min_size=1, max_size=4),
    gap=st.sampled_from([0, 0.5, 3, 60]),
    retries=st.sampled_from([None, 0, 1, 2]),
    age=st.sampled_from([None, 60, 100, 180, 181]),
    reserved=st.sampled_from([None, 0, 1, 2]),
    is_gone_after=st.sampled_from([None, None, 0, 1, 100]),
    is_queue_gone=st.booleans(),
    has_dead_letter_queue=st.booleans(),
    has_destinations=st.booleans(),
)
THROTTLED_TO_DEATH = Story([["time out"], ["raise", "return"]], 0, None, 60, 1, None, False, True, True)
GONE = Story([["raise"], ["return late"]], 3, None, None, None, 1, True, True, True)


@dataclass(frozen=True)
class Outcome:
    """What is left of one event when all is over."""

    event: AsyncEvent
    records: list[InvocationRecord]
    letters: list[DeadLetter]
    story: Story

    @property
    def is_success(self) -> bool:
        """Whether it ended well."""
        return self.event.condition == "Success"

    @property
    def routes(self) -> Counter[str]:
        """The routes that its ending should have served."""
        letter = self.story.has_dead_letter_queue and not self.is_success
        sides = ["on_success" if self.is_success else "on_failure"] * self.story.has_destinations
        return Counter([*sides, *["dead_letter_queue"] * letter])

    @property
    def status(self) -> int | None:
        """The status of its last attempt, if that came to one: what the record and the letter should say."""
        codes = {"success": 200, "function_error": 200, "throttled": 429, "not_found": 404}
        if self.event.condition == "ZeroReservedConcurrency" or not self.event.attempts:
            return None
        return codes[self.event.attempts[-1].outcome or ""]

    @property
    def reached(self) -> int:
        """The attempts that were no throttles (DST-18)."""
        return sum(attempt.outcome != "throttled" for attempt in self.event.attempts)

    def kinds(self, *kinds: str) -> list[Any]:
        """Its journal entries of these kinds."""
        return [entry for entry in self.event.history if entry.kind in kinds]


def played(story: Story) -> tuple[list[Outcome], dict[str, float], BalanceSheet]:
    """Let a story happen; what is left of each event, the sums of the metrics about deliveries, and the balance."""
    with LambdaEvents() as env:
        outcomes, dead = env.queue("outcomes"), env.queue("dead")
        attempts: Counter[int] = Counter()

        def handler(event: int, context: Any) -> object:
            attempts[event] += 1
            actions = story.events[event]
            return ACTIONS[actions[min(attempts[event], len(actions)) - 1]]()

        function = env.function(
            handler,
            name="charge",
            timeout=100,
            reserved_concurrent_executions=story.reserved,
            maximum_retry_attempts=story.retries,
            maximum_event_age_in_seconds=story.age,
            dead_letter_queue=dead if story.has_dead_letter_queue else None,
            on_success=outcomes if story.has_destinations else None,
            on_failure=outcomes if story.has_destinations else None,
        )
        if story.is_queue_gone:
            dead.delete()
        events = [sent(env, function, number, story) for number in range(len(story.events))]
        if story.is_gone_after is not None:
            env.advance(story.is_gone_after)
            function.delete()
        env.run_until_idle()
        letters = [] if story.is_queue_gone else dead.dead_letters
        left = [
            Outcome(
                event,
                [record for record in outcomes.invocation_records if record.request_id == event.request_id],
                [letter for letter in letters if letter.request_id == event.request_id],
                story,
            )
            for event in events
        ]
        names = ("DeadLetterErrors", "DestinationDeliveryFailures")
        return left, {name: env.metrics.sum(name, function) for name in names}, env.balance_sheet()


def sent(env: LambdaEvents, function: Function, number: int, story: Story) -> AsyncEvent:
    """Send one event, then let the gap pass."""
    event = function.invoke_async(number)
    env.advance(story.gap)
    return event


@pytest.mark.rule("ASY-70", "DST-04", "DST-15", "DST-18", "DST-20", "DLQ-10", "DLQ-22")
@settings(max_examples=examples(60), deadline=None)
@given(story=STORIES)
@example(story=THROTTLED_TO_DEATH)
@example(story=GONE)
def test_every_accepted_event_ends_once_and_all_views_of_it_agree(story: Story) -> None:
    outcomes, metrics, sheet = played(story)

    failed = Counter(entry.detail["route"] for outcome in outcomes for entry in outcome.kinds("delivery_failed"))
    assert metrics == {
        "DeadLetterErrors": failed["dead_letter_queue"],
        "DestinationDeliveryFailures": failed["on_success"] + failed["on_failure"],
    }
    assert sheet == BalanceSheet(accepted=len(outcomes), **Counter(place_of(outcome) for outcome in outcomes))
    for outcome in outcomes:
        ends_once(outcome)
        record_agrees(outcome)
        letter_agrees(outcome)


def ends_once(outcome: Outcome) -> None:
    """One ending, nothing tried after it, and each route that is configured served once."""
    kinds = [entry.kind for entry in outcome.event.history]
    assert sum(kind in ENDINGS for kind in kinds) == 1
    after = kinds[next(index for index, kind in enumerate(kinds) if kind in ENDINGS) + 1 :]
    assert set(after) <= set(DELIVERIES)
    assert Counter(entry.detail["route"] for entry in outcome.kinds(*DELIVERIES)) == outcome.routes
    assert {entry.at for entry in outcome.kinds(*DELIVERIES)} <= {outcome.event.ended_at}


def place_of(outcome: Outcome) -> str:
    """Where a balance sheet should have the event."""
    if outcome.is_success:
        return "processed"
    return "at_destination" if outcome.records else "dead" if outcome.letters else "lost"


def record_agrees(outcome: Outcome) -> None:
    """One record if there are destinations, that says what the journal says."""
    event = outcome.event
    assert [(record.condition, record.timestamp, record.status_code) for record in outcome.records] == [
        (event.condition, event.ended_at, outcome.status)
    ] * outcome.story.has_destinations
    assert {record.approximate_invoke_count for record in outcome.records} <= {1 if outcome.is_success else outcome.reached}
    assert {record.request_payload for record in outcome.records} <= {event.payload}


def letter_agrees(outcome: Outcome) -> None:
    """One letter for each failure, unless its queue is gone."""
    expected = outcome.routes["dead_letter_queue"] * (not outcome.story.is_queue_gone)
    assert [(letter.error_code, letter.json) for letter in outcome.letters] == [
        (outcome.status, outcome.event.payload)
    ] * expected
