"""What planned faults make of the batches of a stream: cut otherwise, delivered once more, or without a checkpoint."""

from __future__ import annotations

from typing import Any, Protocol

from ...faults.failures import Failure
from ...faults.plans import fault_context_of
from .mapping_context import MappingContext
from .stream_batch import StreamBatch


class Owner(Protocol):
    """The worker that batches come from."""

    @property
    def shard_id(self) -> str:
        """Its shard."""

    @property
    def state(self) -> Any:
        """That of its tumbling window now."""


class PlannedFaults:
    """Asks for the faults of one worker, and numbers the attempts of records that come again after a success."""

    def __init__(self, context: MappingContext, owner: Owner) -> None:
        self._context = context
        self._planned = context.deps.invoker.planned
        self._owner = owner
        # How often records were tried that come again, by sequence number.
        self._earlier: dict[str, int] = {}

    def batches(self, batch: StreamBatch) -> list[StreamBatch]:
        """The batch, or what a fault cuts it into."""
        self._number(batch)
        split = self._met("split", batch, batch.number + 1) if len(batch.items) > 1 else None
        found = []
        for size in () if split is None else split.sizes:
            if size >= len(batch.items):
                break
            before, batch = self.parts(batch, size)
            found.append(before)
        return [*found, batch]

    def parts(self, batch: StreamBatch, at: int) -> tuple[StreamBatch, StreamBatch]:
        """What comes before a place and the rest, each with what is known of its records' attempts."""
        parts = batch.cut(at)
        for part in parts:
            self._number(part)
            part.was_repeated = batch.was_repeated
        return parts

    def repeats(self, batch: StreamBatch) -> bool:
        """Whether a batch that succeeded is delivered once more, which happens once at most (KIN-26)."""
        if batch.was_repeated or self._met("duplicate", batch, batch.number) is None:
            return False
        self._keep(batch)
        batch.was_repeated = True
        batch.earlier, batch.attempts, batch.invoke_count, batch.request_id = batch.number, 0, 0, None
        return True

    def loses_checkpoint(self, batch: StreamBatch) -> bool:
        """Whether it is not kept that a batch has succeeded."""
        if self._met("checkpoint", batch, batch.number) is None:
            return False
        self._keep(batch)
        return True

    def forget(self, batch: StreamBatch) -> None:
        """The records of a batch are done with."""
        for number in batch.sequence_numbers if self._earlier else ():
            self._earlier.pop(number, None)

    def _keep(self, batch: StreamBatch) -> None:
        self._earlier.update(dict.fromkeys(batch.sequence_numbers, batch.number))

    def _number(self, batch: StreamBatch) -> None:
        """A batch that comes again goes on with the number of its most-tried record."""
        if self._earlier:
            batch.earlier = max((self._earlier.get(number, 0) for number in batch.sequence_numbers), default=0)

    def _met(self, stage: str, batch: StreamBatch, attempt: int) -> Failure | None:
        if self._planned.is_empty or not batch.items:
            return None
        payload = batch.payload(self._owner.shard_id, self._context.mapping.event_source_arn, self._owner.state)
        arn = batch.settings.function_arn
        return self._planned.met(stage, fault_context_of(arn, batch.request_id, attempt, payload, batch.attempted_at))
