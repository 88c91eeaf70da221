"""Decides how much virtual time a reading of the clock takes, so that a loop that waits for an instant ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STEP = 1_000
"""The microseconds that pass at a reading beyond the limit."""
STEP_AFTER_CALL = 10_000
"""The same if AWS was called since the last reading: about what a call takes on AWS."""
CALL_WEIGHT = 50
"""One reading after such a call counts as this many: the call alone takes as long here."""
SLEEP_WEIGHT = 10
"""A sleep of no length counts as this many, if the clock is not read after it."""
FINE = 10_000
COARSE = 100
"""A loop that has waited long takes longer steps: one part in this many of what it has waited, or has left."""

MOST_ANSWERS = 10_000
"""So many calls of one instant are told apart."""


@dataclass(slots=True)
class ClockReads:
    """The readings of the clock by one task or thread at one instant.

    A loop that reads the clock until time has passed makes very many; other code makes few. `waited` is the virtual time,
    in microseconds, that the readings of one loop have taken. `answers` are the AWS calls of this
    instant, each with its last answer.
    """

    instant: int = -1
    count: int = 0
    waited: int = 0
    has_called: bool = False
    is_costly: bool = False
    calls: int = 0
    answers: dict[int, int] = field(default_factory=dict)

    @contextmanager
    def in_call(self, *, polls: bool) -> Iterator[None]:
        """Do not count what an AWS call reads. `polls` tells whether a loop may make this call to wait for something."""
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1
            self.has_called = self.has_called or polls

    def read(self, now: int, limit: int, left: int | None) -> int:
        """Count one reading at the instant `now`. Returns how many microseconds have to pass before it is answered.

        `limit` is the number of readings at one instant that take no time. `left` are the microseconds to the timeout.
        """
        if self.calls:
            return 0
        self._look_at(now)
        has_called, self.has_called = self.has_called, False
        return self._counted(CALL_WEIGHT if has_called else 1, limit, left, has_called=has_called)

    def slept(self, now: int, limit: int, left: int | None) -> int:
        """Count a sleep of no length as `read` counts a reading. Returns how many microseconds it has to take."""
        self._look_at(now)
        return self._counted(SLEEP_WEIGHT, limit, left, has_called=False)

    def answered(self, now: int, limit: int, left: int | None, call: int, answer: int) -> int:
        """Count an AWS call as `read` does, if it got the same answer as before. Takes the hashes of call and answer."""
        self._look_at(now)
        if len(self.answers) >= MOST_ANSWERS:
            self.answers.clear()
        before, self.answers[call] = self.answers.get(call), answer
        if before != answer:
            return 0
        self.has_called = False
        return self._counted(CALL_WEIGHT, limit, left, has_called=True)

    def _look_at(self, now: int) -> None:
        if now != self.instant:
            self.instant, self.count, self.waited, self.is_costly = now, 0, 0, False
            self.answers.clear()

    def _counted(self, weight: int, limit: int, left: int | None, *, has_called: bool) -> int:
        self.count += weight
        if self.count <= limit:
            return 0
        known = self.waited if left is None else min(self.waited, max(left, 0))
        share = COARSE if has_called or self.is_costly else FINE
        return max(STEP_AFTER_CALL if has_called else STEP, known // share)

    def went_on(self, now: int, *, is_costly: bool) -> None:
        """A reading has taken time and it is `now`. `is_costly` tells that real work was needed to let it pass."""
        self.waited += now - self.instant
        self.instant = now
        self.is_costly = is_costly


def may_poll(operation_name: str) -> bool:
    """Whether an AWS operation only looks for something, so that a loop may call it until it is there."""
    return operation_name.startswith(("Receive", "Get", "List", "Describe", "Query", "Scan", "Head", "BatchGet", "Poll"))
