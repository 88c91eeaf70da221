"""Applies planned faults to a batch before its first attempt: they split it, or receive its messages once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ...errors import LambdaEventsError
from ...faults.failures import Failure
from ...faults.plans import fault_context_of
from ...faults.splitting import explored_splits, split_sizes
from ...service.invoker import Invoker
from ..ports import Queue
from .batches import Batch, Item
from .records import encoded_record


def planned_batches(batch: Batch, attempt: int, invoker: Invoker, queue: Queue | None) -> list[Batch]:
    """Returns the batches that are invoked in place of a batch, in order. Without planned faults it is the batch itself."""
    if queue is None:
        return [batch]
    # A batch of one message is not split.
    split = None
    if len(batch.items) > 1:
        if _met("batch order", batch, attempt, invoker, queue) is not None:
            batch = _with_items(batch, batch.items[::-1])
        split = _met("split", batch, attempt, invoker, queue, explored_splits(len(batch.items)))
    parts = [batch] if split is None else list(_split(batch, split.sizes))
    found: list[Batch] = []
    for part in parts:
        found.append(part)
        if _met("duplicate", part, attempt, invoker, queue) is not None:
            found += _copies(part, queue)
    for one in found:
        one.is_final = True
    return found


def _met(
    stage: str, batch: Batch, attempt: int, invoker: Invoker, queue: Queue, explored: Mapping[str, Failure] | None = None
) -> Failure | None:
    context = fault_context_of(batch.settings.function_arn, None, attempt, batch.payload())
    failure = invoker.planned.met(stage, context, is_explored=not queue.is_fifo, explored=explored)
    if failure is not None and queue.is_fifo:
        raise LambdaEventsError(
            f"{stage!r} is planned for a batch of queue {queue.arn.rpartition(':')[2]}. This failure cannot happen to a FIFO "
            "queue, which delivers each message group in order. Plan it for a standard queue."
        )
    return failure


def _split(batch: Batch, sizes: Sequence[int]) -> Iterator[Batch]:
    """Returns batches of these sizes. The remaining messages form a final batch."""
    items = iter(batch.items)
    for size in split_sizes(len(batch.items), sizes):
        yield _with_items(batch, list(islice(items, size)))


def _copies(batch: Batch, queue: Queue) -> Iterator[Batch]:
    """Returns a batch of the same messages, received once more while they are in flight (SQS-03)."""
    has_window = batch.settings.maximum_batching_window_in_seconds > 0
    again = [message for item in batch.items for message in queue.receive_again(item.message.receipt_handle)]
    items = [Item(message, encoded_record(message, queue.arn, has_window=has_window)) for message in again]
    if items:
        yield _with_items(batch, items)


def _with_items(batch: Batch, items: Sequence[Item]) -> Batch:
    made = Batch(batch.settings)
    for item in items:
        made.add(item)
    return made
