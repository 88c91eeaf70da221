"""What planned faults make of the batches of a stream: cut otherwise, delivered once more, or without a checkpoint."""

from __future__ import annotations

from typing import Any, Protocol

from ...service.failures import Failure, occasion_of
from .mapping_context import MappingContext
from .stream_batch import StreamBatch


class Owner(Protocol):
    """The worker that pieces come from."""

    @property
    def shard_id(self) -> str:
        """Its shard."""

    @property
    def state(self) -> Any:
        """That of its tumbling window now."""


class Planned:
    """Asks for the faults of one worker, and numbers the tries of records that come again after a success."""

    def __init__(self, reading: MappingContext, owner: Owner) -> None:
        self._reading = reading
        self._owner = owner
        # How often records were tried that come again, by sequence number.
        self._earlier: dict[str, int] = {}

    def pieces(self, piece: StreamBatch) -> list[StreamBatch]:
        """The piece, or what a fault cuts it into."""
        self._number(piece)
        split = self._met("split", piece, piece.number + 1) if len(piece.items) > 1 else None
        found = []
        for size in () if split is None else split.sizes:
            if size >= len(piece.items):
                break
            before, piece = self.parts(piece, size)
            found.append(before)
        return [*found, piece]

    def parts(self, piece: StreamBatch, at: int) -> tuple[StreamBatch, StreamBatch]:
        """What comes before a place and the rest, each with what is known of its records' tries."""
        parts = piece.cut(at)
        for part in parts:
            self._number(part)
            part.was_repeated = piece.was_repeated
        return parts

    def repeats(self, piece: StreamBatch) -> bool:
        """Whether a piece that succeeded is delivered once more, which happens once at most (KIN-26)."""
        if piece.was_repeated or self._met("duplicate", piece, piece.number) is None:
            return False
        self._keep(piece)
        piece.was_repeated = True
        piece.earlier, piece.tries, piece.attempts, piece.request_id = piece.number, 0, 0, None
        return True

    def loses_checkpoint(self, piece: StreamBatch) -> bool:
        """Whether it is not kept that a piece has succeeded."""
        if self._met("checkpoint", piece, piece.number) is None:
            return False
        self._keep(piece)
        return True

    def forget(self, piece: StreamBatch) -> None:
        """The records of a piece are done with."""
        for number in piece.sequence_numbers if self._earlier else ():
            self._earlier.pop(number, None)

    def _keep(self, piece: StreamBatch) -> None:
        self._earlier.update(dict.fromkeys(piece.sequence_numbers, piece.number))

    def _number(self, piece: StreamBatch) -> None:
        """A piece that comes again goes on with the number of its most-tried record."""
        if self._earlier:
            piece.earlier = max((self._earlier.get(number, 0) for number in piece.sequence_numbers), default=0)

    def _met(self, stage: str, piece: StreamBatch, attempt: int) -> Failure | None:
        planned = self._reading.around.common.invoker.planned
        if planned.is_empty or not piece.items:
            return None
        payload = piece.payload(self._owner.shard_id, self._reading.mapping.event_source_arn, self._owner.state)
        arn = piece.settings.function_arn
        return planned.met(stage, occasion_of(arn, piece.request_id, attempt, payload, piece.tried_at))
