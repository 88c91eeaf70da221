"""Finds streams of tables as event sources."""

from __future__ import annotations

from .simulated_stream import SimulatedStream
from .simulated_tables import simulated_tables


def find_stream(arn: str) -> SimulatedStream | None:
    """Returns the stream of an ARN, if it exists now: it is enabled, or it was disabled less than a day ago."""
    return simulated_tables().stream(arn)
