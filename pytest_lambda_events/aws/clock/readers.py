"""Finds the module that reads the clock."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import FrameType

OnRead = Callable[[str], int]
"""Takes the name of the module that reads the clock. Returns by how many microseconds the time of the reader is ahead."""


def reader(frame: FrameType | None, read_for_others: Collection[str]) -> str:
    """Returns the module that reads the clock, from the frame of the reading.

    Modules of `read_for_others` and the `time` of an event loop read for their callers.
    """
    while frame is not None:
        name: str = frame.f_globals.get("__name__", "")
        if name not in read_for_others and not (name == "asyncio.base_events" and frame.f_code.co_name == "time"):
            return name
        frame = frame.f_back
    return ""
