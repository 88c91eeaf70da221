"""One shard of a mapping: its workers, and when it has been read to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..mapping import Settings
from ..ports import Position, Shard, StreamRecord
from .mapping_context import MappingContext
from .shard_worker import ShardWorker


class ShardReader:
    """The workers of one shard. Their number is the parallelization factor (KIN-30).

    If this factor or the tumbling windows change, the shard is divided again and continues from the checkpoint. It waits for
    running functions first, so that two batches of one key never run at the same time (KIN-31).
    """

    def __init__(self, context: MappingContext, shard: Shard, position: Position, on_ended: Callable[[], None]) -> None:
        self.shard_id = shard.shard_id
        self.begun_at = position
        self._context = context
        self._on_ended = on_ended
        self._is_running = False
        self._workers: list[ShardWorker] = []
        self._divided_for = (0, 0)
        self._divide(position)

    def _divide(self, position: Position) -> None:
        self._divided_for = _division(self._context.settings)
        count = self._context.settings.parallelization_factor
        self._workers = [ShardWorker(self._context, self, self.shard_id, index, count, position) for index in range(count)]

    @property
    def has_ended(self) -> bool:
        """Returns whether it is closed and nothing is left of it."""
        return all(worker.has_ended for worker in self._workers)

    @property
    def checkpoint(self) -> Position:
        """Returns the position before the first record that is not finished."""
        return min(worker.checkpoint for worker in self._workers)

    @property
    def in_hand(self) -> Iterator[StreamRecord]:
        """Returns the records that were read and are not finished, kept or not."""
        for worker in self._workers:
            yield from worker.in_hand

    def start(self) -> None:
        """Starts, or continues with the current settings."""
        self._is_running = True
        if self.has_ended:
            return
        if self._divided_for != _division(self._context.settings):
            self._stop_workers()
            if any(worker.is_busy for worker in self._workers):
                return
            self._divide(self.checkpoint)
        for worker in self._workers:
            if not worker.has_ended:
                worker.start()

    def stop(self) -> None:
        """Stops reading."""
        self._is_running = False
        self._stop_workers()

    def _stop_workers(self) -> None:
        for worker in self._workers:
            worker.stop()

    def lane_stopped(self) -> None:
        """Is called when the running function of a stopped worker has ended."""
        if self._is_running:
            self.start()

    def told(self) -> None:
        """Is called when the stream may have changed."""
        for worker in self._workers:
            worker.told()

    def progressed(self) -> None:
        """Is called when the checkpoint of a worker has moved."""
        position = self.checkpoint
        if position[0] >= 0:
            self._context.mapping.checkpoints[self.shard_id] = str(position[0])

    def lane_ended(self) -> None:
        """Is called when the shard is closed and a worker has finished all of it."""
        if self.has_ended:
            self._on_ended()


def _division(settings: Settings) -> tuple[int, int]:
    """Returns the settings that divide a shard into workers and windows."""
    return settings.parallelization_factor, settings.tumbling_window_in_seconds
