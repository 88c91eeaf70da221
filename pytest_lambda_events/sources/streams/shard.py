"""One shard of a mapping: its lanes, and when it is read to its end."""

from __future__ import annotations

from collections.abc import Callable

from ..ports import Position, Shard
from .lane import Lane
from .reading import Reading


class ShardReader:
    """The lanes of one shard, as many as the parallelization factor says (KIN-30)."""

    def __init__(self, reading: Reading, shard: Shard, position: Position, on_ended: Callable[[], None]) -> None:
        self.shard_id = shard.shard_id
        self._reading = reading
        self._on_ended = on_ended
        self._lanes: list[Lane] = []
        self._make_lanes(position)

    def _make_lanes(self, position: Position) -> None:
        count = self._reading.settings.parallelization_factor
        self._lanes = [Lane(self._reading, self, self.shard_id, index, count, position) for index in range(count)]

    @property
    def has_ended(self) -> bool:
        """Whether it is closed and nothing is left of it."""
        return all(lane.has_ended for lane in self._lanes)

    @property
    def checkpoint(self) -> Position:
        """The place before the first record that is not done."""
        return min(lane.checkpoint for lane in self._lanes)

    def settings_changed(self) -> None:
        """With another parallelization factor, go on in that many lanes from the checkpoint."""
        if len(self._lanes) != self._reading.settings.parallelization_factor and not self.has_ended:
            self.stop()
            self.start()

    def start(self) -> None:
        """Read on from the checkpoint, in as many lanes as the settings say now."""
        if len(self._lanes) != self._reading.settings.parallelization_factor and not self.has_ended:
            self._make_lanes(self.checkpoint)
        for lane in self._lanes:
            if not lane.has_ended:
                lane.start()

    def stop(self) -> None:
        """Read nothing more."""
        for lane in self._lanes:
            lane.stop()

    def told(self) -> None:
        """There may be news of the stream."""
        for lane in self._lanes:
            lane.told()

    def progressed(self) -> None:
        """The checkpoint of a lane has moved."""
        position = self.checkpoint
        if position[0] >= 0:
            self._reading.mapping.checkpoints[self.shard_id] = str(position[0])

    def lane_ended(self) -> None:
        """The shard is closed, and nothing is left of it in a lane."""
        if self.has_ended:
            self._on_ended()
