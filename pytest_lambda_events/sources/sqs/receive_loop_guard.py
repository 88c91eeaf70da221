"""Detects a message that is received again and again while no time passes."""

from __future__ import annotations

from collections.abc import Sequence

from ... import limits
from ...errors import LambdaEventsError, hides_frames
from ...simulation.clock import VirtualClock
from ..ports import ReceivedMessage

__tracebackhide__ = hides_frames


class ReceiveLoopGuard:
    """Counts the receives of one mapping at one instant.

    On AWS each receive takes time. Here a message that is visible again immediately would stop the clock.
    """

    def __init__(self, clock: VirtualClock, queue_name: str, function_name: str | None) -> None:
        self._clock = clock
        self._queue_name = queue_name
        self._function_name = function_name
        self._instant = 0
        self._receives: dict[str, int] = {}

    def check(self, received: Sequence[ReceivedMessage]) -> None:
        """Raises `LambdaEventsError` for a message that was received more often than any redrive policy allows."""
        now = self._clock.microseconds
        if now != self._instant:
            self._instant = now
            self._receives.clear()
        for message in received:
            receives = self._receives.get(message.message_id, 0) + 1
            self._receives[message.message_id] = receives
            if receives > limits.SQS_RECEIVES_AT_ONE_INSTANT:
                raise LambdaEventsError(
                    f"Queue {self._queue_name}: message {_short(message.body)} was received "
                    f"{limits.SQS_RECEIVES_AT_ONE_INSTANT} times by {self._function_name!r} at {self._clock.elapsed:g} s, "
                    "because it is visible again immediately: the visibility_timeout of the queue is 0, or the handler "
                    "changes that of the message to 0. Use a visibility timeout of 1 s or more, or give the queue a "
                    "dead_letter_queue."
                )


def _short(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= 100 else text[:97] + "..."
