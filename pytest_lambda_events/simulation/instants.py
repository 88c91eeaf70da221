"""Converts times that a test passes to the scale of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..arguments import is_number, shown
from ..config import parse_instant
from ..errors import LambdaEventsError
from .clock import MICROSECONDS, VirtualClock, microseconds_of

Instant = float | timedelta | datetime


def microseconds_since_start(clock: VirtualClock, what: str, instant: object) -> int:
    """Returns the microseconds since the clock's start for seconds or a timedelta since then, or for an aware datetime.

    Raises `LambdaEventsError`, which names `what`, for other values.
    """
    if isinstance(instant, datetime):
        if instant.tzinfo is None:
            raise LambdaEventsError(f"{what}={shown(instant)} has no offset. Pass an aware datetime.")
        return checked(clock, f"{what}={shown(instant)}", clock.microseconds_at(parse_instant(instant, what)))
    if isinstance(instant, timedelta) or is_number(instant):
        return checked(clock, f"{what}={shown(instant)}", microseconds_of(instant))
    raise LambdaEventsError(
        f"{what}={shown(instant)} is not an instant. Pass seconds or a timedelta since the start, or an aware datetime."
    )


def checked(clock: VirtualClock, what: str, microseconds: int) -> int:
    """Returns a time in microseconds since the start. Raises `LambdaEventsError` if it is after the last possible time."""
    if microseconds > clock.last:
        raise LambdaEventsError(
            f"{what} is after the year 9999, the last year of Python's dates. The clock started at {clock.start.isoformat()}. "
            f"Pass at most {(clock.last - clock.microseconds) // MICROSECONDS} seconds from now."
        )
    return microseconds
