"""Applies planned faults to batches of a stream: they split, repeat, or lose the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

from ...faults.failures import Failure
from ...faults.plans import fault_context_of
from ...faults.splitting import explored_splits, split_sizes
from .mapping_context import MappingContext
from .stream_batch import StreamBatch, Worker


class PlannedFaults:
    """Applies the planned faults of one worker, and numbers the attempts of records that are read again after a success."""

    def __init__(self, context: MappingContext, worker: Worker) -> None:
        self._context = context
        self._planned = context.deps.invoker.planned
        self._worker = worker
        # The attempts of records that will be read again, by sequence number.
        self._earlier: dict[str, int] = {}

    def batches(self, batch: StreamBatch) -> list[StreamBatch]:
        """Returns the batch, or the batches into which a fault splits it."""
        self._number(batch)
        count = len(batch.items)
        split = self._met("split", batch, batch.number + 1, explored_splits(count)) if count > 1 else None
        found = []
        for size in split_sizes(len(batch.items), () if split is None else split.sizes)[:-1]:
            before, batch = self.parts(batch, size)
            found.append(before)
        return [*found, batch]

    def parts(self, batch: StreamBatch, at: int) -> tuple[StreamBatch, StreamBatch]:
        """Splits a batch at a place. Both parts keep the attempts of their records."""
        parts = batch.split(at)
        for part in parts:
            self._number(part)
            part.was_repeated = batch.was_repeated
        return parts

    def repeats(self, batch: StreamBatch) -> bool:
        """Returns whether a successful batch is delivered once more. That happens at most once (KIN-26)."""
        if batch.was_repeated or self._met("duplicate", batch, batch.number) is None:
            return False
        self._keep(batch)
        batch.was_repeated = True
        batch.earlier, batch.attempts, batch.invoke_count, batch.request_id = batch.number, 0, 0, None
        return True

    def loses_checkpoint(self, batch: StreamBatch) -> bool:
        """Returns whether the checkpoint of a successful batch is lost."""
        if self._met("checkpoint", batch, batch.number) is None:
            return False
        self._keep(batch)
        return True

    def forget(self, batch: StreamBatch) -> None:
        """Drops the attempts of records that are finished."""
        for number in batch.sequence_numbers if self._earlier else ():
            self._earlier.pop(number, None)

    def _keep(self, batch: StreamBatch) -> None:
        self._earlier.update(dict.fromkeys(batch.sequence_numbers, batch.number))

    def _number(self, batch: StreamBatch) -> None:
        """Gives a batch that is read again the number of its record with the most attempts."""
        if self._earlier:
            batch.earlier = max((self._earlier.get(number, 0) for number in batch.sequence_numbers), default=0)

    def _met(
        self, stage: str, batch: StreamBatch, attempt: int, explored: Mapping[str, Failure] | None = None
    ) -> Failure | None:
        if self._planned.is_empty or not batch.items:
            return None
        payload = self._context.form.payload(self._worker.shard_id, batch, self._worker.state)
        arn = batch.settings.function_arn
        context = fault_context_of(arn, batch.request_id, attempt, payload, batch.attempted_at)
        return self._planned.met(stage, context, explored=explored)
