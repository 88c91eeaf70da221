"""Messages that a chain of invocations sent to its own queue: which of a batch are stopped (ASY-90, ASY-91)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...service.tracing import Trace, parse
from ..ports import ReceivedMessage
from .batches import Item


@dataclass(frozen=True, slots=True)
class Division:
    """The messages of a batch that are delivered, and those that are stopped, each in the order of the batch."""

    delivered: Sequence[Item]
    stopped: Sequence[Item]


def trace_of(message: ReceivedMessage) -> Trace | None:
    """The trace that a message carries, if it carries one."""
    return parse(message.attributes.get("AWSTraceHeader"))


def divided(items: Sequence[Item], executions: Callable[[Trace], int], limit: int | None) -> Division:
    """Stops the messages of chains in which the function already ran `limit` times; None stops no message.

    `executions` counts how often the function ran in the chain of a trace. AWS does not document what happens to a batch
    in which only some messages belong to a loop: here the others are delivered without them.
    """
    if limit is None:
        return Division(items, ())
    traces = [trace_of(item.message) for item in items]
    is_stopped = [trace is not None and executions(trace) >= limit for trace in traces]
    return Division(
        [item for item, stopped in zip(items, is_stopped, strict=True) if not stopped],
        [item for item, stopped in zip(items, is_stopped, strict=True) if stopped],
    )
