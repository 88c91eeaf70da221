"""Stops messages that a chain of invocations sends to its own queue in a loop (ASY-90, ASY-91)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...service.tracing import Trace, parse
from ..ports import ReceivedMessage
from .batches import Item


class Division(NamedTuple):
    """The messages of a batch that are delivered and those that are stopped, both in the order of the batch."""

    delivered: Sequence[Item]
    stopped: Sequence[Item]


def trace_of(message: ReceivedMessage) -> Trace | None:
    """Returns the X-Ray trace in the attributes of a message, if it has one."""
    header = message.attributes.get("AWSTraceHeader")
    return None if header is None else parse(header)


def traces_of(items: Sequence[Item]) -> list[Trace | None]:
    """Returns the trace of each message that has one."""
    return [trace_of(item.message) for item in items]


def divided(
    items: Sequence[Item], traces: Sequence[Trace | None], executions: Callable[[Trace], int], limit: int | None
) -> Division:
    """Divides a batch: messages of chains in which the function already ran `limit` times are stopped.

    `traces` are those of the messages. A limit of None stops no message. `executions` returns how often the function ran in
    the chain of a trace. AWS does not document what happens to a batch in which only some messages belong to a loop: here the
    other messages are delivered.
    """
    if limit is None:
        return Division(items, ())
    is_stopped = [trace is not None and executions(trace) >= limit for trace in traces]
    return Division(
        [item for item, stopped in zip(items, is_stopped, strict=True) if not stopped],
        [item for item, stopped in zip(items, is_stopped, strict=True) if stopped],
    )
