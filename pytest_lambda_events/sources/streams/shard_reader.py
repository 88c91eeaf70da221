"""Reads one shard of a mapping with one or more workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..mapping import Settings
from ..ports import Position, Shard, StreamRecord
from .mapping_context import MappingContext
from .shard_worker import ShardWorker


class ShardReader:
    """Reads one shard with as many workers as the parallelization factor (KIN-30).

    If the factor or the tumbling window changes, the reader creates new workers, which continue from the checkpoint. It
    waits for the end of running attempts first, so that two batches of one key never overlap (KIN-31).
    """

    def __init__(self, context: MappingContext, shard: Shard, position: Position, on_ended: Callable[[], None]) -> None:
        self.shard_id = shard.shard_id
        self.start_position = position
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
        """Whether the shard is closed and all its records are finished."""
        return all(worker.has_ended for worker in self._workers)

    @property
    def checkpoint(self) -> Position:
        """The place before the first record that is not finished."""
        return min(worker.checkpoint for worker in self._workers)

    @property
    def unfinished(self) -> Iterator[StreamRecord]:
        """The records that were read and are not finished, whether the stream still keeps them or not."""
        for worker in self._workers:
            yield from worker.unfinished

    def start(self) -> None:
        """Starts, or continues with the settings in force."""
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
        """Reads no more records."""
        self._is_running = False
        self._stop_workers()

    def _stop_workers(self) -> None:
        for worker in self._workers:
            worker.stop()

    def worker_stopped(self) -> None:
        """The last attempt of a stopped worker has ended."""
        if self._is_running:
            self.start()

    def on_change(self) -> None:
        """Tells the workers that there may be new records."""
        for worker in self._workers:
            worker.on_change()

    def checkpoint_moved(self) -> None:
        """Is called when the checkpoint of a worker has moved."""
        self._context.form.committed(self.shard_id, self.checkpoint)

    def worker_ended(self) -> None:
        """The shard is closed, and a worker has processed all its records."""
        if self.has_ended:
            self._on_ended()


def _division(settings: Settings) -> tuple[int, int]:
    """Returns the settings that divide a shard into workers and windows."""
    return settings.parallelization_factor, settings.tumbling_window_in_seconds
