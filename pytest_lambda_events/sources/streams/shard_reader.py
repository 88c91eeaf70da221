"""One shard of a mapping: its workers, and when it is read to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..mapping import Settings
from ..ports import Position, Shard, StreamRecord
from .mapping_context import MappingContext
from .shard_worker import ShardWorker


class ShardReader:
    """The workers of one shard, as many as the parallelization factor says (KIN-30).

    With another factor, or other tumbling windows, it is divided anew and goes on from the checkpoint: but not before the
    functions that run have ended, so that no two batches of one key ever run at once (KIN-31).
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
        """Whether it is closed and nothing is left of it."""
        return all(worker.has_ended for worker in self._workers)

    @property
    def checkpoint(self) -> Position:
        """The place before the first record that is not done."""
        return min(worker.checkpoint for worker in self._workers)

    @property
    def in_hand(self) -> Iterator[StreamRecord]:
        """The records that were read and are not done, kept or not."""
        for worker in self._workers:
            yield from worker.in_hand

    def start(self) -> None:
        """Begin, or go on by what is set now."""
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
        """Read nothing more."""
        self._is_running = False
        self._stop_workers()

    def _stop_workers(self) -> None:
        for worker in self._workers:
            worker.stop()

    def lane_stopped(self) -> None:
        """The function that a stopped worker had still running has ended."""
        if self._is_running:
            self.start()

    def told(self) -> None:
        """There may be news of the stream."""
        for worker in self._workers:
            worker.told()

    def progressed(self) -> None:
        """The checkpoint of a worker has moved."""
        position = self.checkpoint
        if position[0] >= 0:
            self._context.mapping.checkpoints[self.shard_id] = str(position[0])

    def lane_ended(self) -> None:
        """The shard is closed, and nothing is left of it in a worker."""
        if self.has_ended:
            self._on_ended()


def _division(settings: Settings) -> tuple[int, int]:
    """The settings by which a shard is divided into workers and windows."""
    return settings.parallelization_factor, settings.tumbling_window_in_seconds
