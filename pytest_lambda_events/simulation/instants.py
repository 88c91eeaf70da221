"""Instants as a test gives them: all on the one scale of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..config import parse_instant
from ..errors import LambdaEventsError
from .clock import VirtualClock, microseconds_of

Instant = float | timedelta | datetime


def microseconds_since_start(clock: VirtualClock, what: str, instant: object) -> int:
    """Seconds or a timedelta since the clock's start, or an aware datetime, in microseconds since that start.

    Raises `LambdaEventsError`, naming `what`, for anything else.
    """
    if isinstance(instant, datetime) and instant.tzinfo is None:
        raise LambdaEventsError(f"{what}={instant.isoformat()} has no offset: give an aware datetime, such as one of UTC.")
    if isinstance(instant, datetime):
        return clock.microseconds_at(parse_instant(instant, what))
    if isinstance(instant, (int, float, timedelta)) and not isinstance(instant, bool) and instant == instant:
        try:
            return microseconds_of(instant)
        except OverflowError:
            pass
    raise LambdaEventsError(
        f"{what}={instant!r}: give an instant, which is seconds or a timedelta since the start, or an aware datetime."
    )
