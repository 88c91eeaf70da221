"""The content of a shard: records in order of their numbers. The oldest expire as time passes. Knows neither moto nor AWS."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

Payload = TypeVar("Payload")

STEP = 1 << 44
"""The difference between the sequence numbers of two successive records."""
_RANK = 1 << 108
"""The difference between the numbers of two shards. Numbers of different shards are never equal."""
_SECOND = 1 << 144
_VERSION = 2
_LEADING = 2 << 184


def first_number(shard_index: int, created_at_seconds: int, rank: int, above: int) -> int:
    """Returns the first number of a shard: 56 digits, above `above`, the same in every run (KIN-90).

    As on AWS, it begins with the second in which the shard was created and ends with the shard and a version. `rank`
    distinguishes shards of the same second.
    """
    high = _LEADING + created_at_seconds * _SECOND + rank * _RANK
    if high <= above:
        high = (above // _RANK + 1) * _RANK
    return high + (shard_index << 4) + _VERSION


class RecordLog(Generic[Payload]):
    """The records of one shard. The cost of an operation does not depend on their number, except for a binary search.

    Times are in microseconds since the clock's start and never descend. `started_at_number` is below all numbers.
    """

    def __init__(self, started_at_number: int) -> None:
        self.started_at_number = started_at_number
        self.last_number = started_at_number
        self._numbers: list[int] = []
        self._arrivals: list[int] = []
        self._payloads: list[Payload] = []
        self._begin = 0

    def __len__(self) -> int:
        return len(self._numbers) - self._begin

    @property
    def next_number(self) -> int:
        """Returns the number of the next record. For a closed shard this is the number at which it ended."""
        return self.last_number + STEP

    def append(self, number: int, arrived_at: int, payload: Payload) -> int:
        """Adds a record above all others. Returns its arrival time, which is never before that of the record before."""
        if self._arrivals:
            arrived_at = max(arrived_at, self._arrivals[-1])
        self._numbers.append(number)
        self._arrivals.append(arrived_at)
        self._payloads.append(payload)
        self.last_number = number
        return arrived_at

    def drop_until(self, instant: int) -> Sequence[Payload]:
        """Removes and returns the records that arrived at `instant` or before."""
        if not len(self) or self._arrivals[self._begin] > instant:
            return ()
        end = bisect_right(self._arrivals, instant, self._begin)
        dropped = self._payloads[self._begin : end]
        self._begin = end
        if 2 * self._begin > len(self._numbers):
            # Each record is moved at most once for each removed record.
            for values in (self._numbers, self._arrivals, self._payloads):
                del values[: self._begin]
            self._begin = 0
        return dropped

    def after(self, number: int, limit: int) -> Sequence[Payload]:
        """Returns up to `limit` records with numbers above `number`."""
        begin = bisect_right(self._numbers, number, self._begin)
        return self._payloads[begin : begin + limit]

    def arrival_after(self, number: int) -> int | None:
        """Returns when the first record above `number` arrived, if it exists."""
        index = bisect_right(self._numbers, number, self._begin)
        return self._arrivals[index] if index < len(self._arrivals) else None

    def before(self, instant: int) -> int:
        """Returns the number of the last record before the first that arrived at `instant` or later."""
        index = bisect_left(self._arrivals, instant, self._begin)
        if index == len(self._numbers):
            return self.last_number
        return self._numbers[index] - 1 if index == self._begin else self._numbers[index - 1]

    def at(self, number: int) -> Payload | None:
        """Returns the record with a number, if it still exists."""
        index = bisect_left(self._numbers, number, self._begin)
        if index < len(self._numbers) and self._numbers[index] == number:
            return self._payloads[index]
        return None

    def skip_to(self, number: int) -> None:
        """Continues the numbers above `number`."""
        self.last_number = max(self.last_number, number)

    def __iter__(self) -> Iterator[Payload]:
        return iter(self._payloads[self._begin :])
