"""`normalize`, which counts time from the start of the clock of the open environment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .aws.process import process
from .config import LambdaEventsConfig, parse_instant
from .records.normalizing import normalized
from .records.plain_values import told_start

Json = Any


def normalize(value: object, *, start: datetime | str | None = None) -> Json:
    """Returns a value as plain JSON that is the same in every run, in AWS's order of keys.

    Ids become labels, numbered in order of appearance (`<request-id-1>`). Times become offsets from `start_time`
    (`<T+180.000s>`). Stack frames become `<shop.py in charge>`. JSON inside text is decoded and normalized too. Other values
    do not change. Normalizing a normalized value does not change it.

    Args:
        value: A record, a dead letter, a message, an event, an attempt, a batch, journal entries, a timeline, JSON as
            dicts and lists or as text; or a list of them.
        start: When the clock started: an aware datetime or ISO 8601 text. Not needed inside an environment, nor for values
            that also have times in seconds, such as attempts. Otherwise the default is that of the option `start_time`.

    Raises:
        LambdaEventsError: The value is none of these, or `start` is not a time.
    """
    if start is not None:
        return normalized(value, start=parse_instant(start))
    return normalized(value, start=told_start(value) or _start_of_the_clock())


def _start_of_the_clock() -> datetime:
    simulation = process().simulation
    return LambdaEventsConfig().start if simulation is None else simulation.clock.start
