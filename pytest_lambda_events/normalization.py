"""`normalize`, which counts from the start of the clock of the environment that is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .aws.process import process
from .config import LambdaEventsConfig, parse_instant
from .records.normalizing import normalized
from .records.plain_values import told_start

Json = Any


def normalize(value: object, *, start: datetime | str | None = None) -> Json:
    """A value as plain JSON that is the same in every run, in AWS's order of keys.

    Ids become labels numbered by first appearance (`<request-id-1>`), instants become offsets from the start of the clock
    (`<T+180.000s>`), frames of a stack become `<shop.py in charge>`, and JSON inside of text is opened and normalized too.
    What it does not know as AWS's by key and shape, it leaves as it is. Twice is the same as once.

    Args:
        value: A record, a dead letter, a message, an event, an attempt, a batch, journal entries, a timeline, JSON as
            dicts and lists or as text; or a list of them.
        start: Where the clock started, an aware datetime or ISO 8601 text. Not needed inside of an environment, nor for values
            that tell instants in seconds too, such as attempts; else it is the default of `start_time`.

    Raises:
        LambdaEventsError: The value is none of these, or `start` is no instant.
    """
    if start is not None:
        return normalized(value, start=parse_instant(start))
    return normalized(value, start=told_start(value) or _start_of_the_clock())


def _start_of_the_clock() -> datetime:
    simulation = process().simulation
    return LambdaEventsConfig().start if simulation is None else simulation.clock.start
