"""Decides how much virtual time a reading of the clock takes, so that a loop that waits for a time ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from ..contexts import contextmanager
from ..values import dataclass

STEP = 1_000
"""How many microseconds a reading beyond the limit takes."""
STEP_AFTER_CALL = 10_000
"""How many it takes if AWS was called since the last reading: about the duration of a call on AWS."""
CALL_WEIGHT = 50
"""One reading after such a call counts as this many, because the call alone takes this long here."""
SLEEP_WEIGHT = 10
"""A sleep of 0 seconds counts as this many, if the clock is not read after it."""
FINE = 10_000
COARSE = 100
"""A loop that has waited long takes longer steps: this fraction of the time that it has waited, or that is left."""

MOST_ANSWERS = 10_000
"""The number of different calls at one time that are distinguished."""


@dataclass(slots=True)
class ClockReads:
    """The readings of the clock by one task or thread at one virtual time.

    A loop that waits for a time reads the clock many times; other code does so a few times. `waited` is the virtual time, in
    microseconds, that the readings of one loop have taken. `answers` are the AWS calls at this time, each with its last
    response.
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
        """Ignores the readings of an AWS call. `polls` is whether a loop may make this call to wait for something."""
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1
            self.has_called = self.has_called or polls

    def read(self, now: int, limit: int, left: int | None) -> int:
        """Counts one reading at `now`. Returns how many microseconds must pass before it is answered.

        `limit` is the number of readings at one time that take no time. `left` is the time until the timeout in microseconds.
        """
        if self.calls:
            return 0
        self._look_at(now)
        has_called, self.has_called = self.has_called, False
        return self._counted(CALL_WEIGHT if has_called else 1, limit, left, has_called=has_called)

    def slept(self, now: int, limit: int, left: int | None) -> int:
        """Counts a sleep of 0 seconds like a reading. Returns how many microseconds it must take."""
        self._look_at(now)
        return self._counted(SLEEP_WEIGHT, limit, left, has_called=False)

    def answered(self, now: int, limit: int, left: int | None, call: int, answer: int) -> int:
        """Counts an AWS call like a reading, if it got the same response as before. It takes the hashes of call and
        response.
        """
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

    def time_has_passed(self, now: int, *, is_costly: bool) -> None:
        """Stores that a reading has taken time until `now`. `is_costly` is whether real work was needed for that."""
        self.waited += now - self.instant
        self.instant = now
        self.is_costly = is_costly


def may_poll(operation_name: str) -> bool:
    """Returns whether an AWS operation only reads, so that a loop may repeat it until something exists."""
    return operation_name.startswith(("Receive", "Get", "List", "Describe", "Query", "Scan", "Head", "BatchGet", "Poll"))
