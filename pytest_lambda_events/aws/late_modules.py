"""Functions of modules that are imported when they are called, because they load services of moto, which is slow.

They are not cached: tests of pytest plugins unload the modules that a test run in the same process has loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..service.tracing import PassedTrace
from ..simulation.clock import VirtualClock

if TYPE_CHECKING:
    from ..service.model import Configuration
    from ..sources.ports import Stream
    from .lambda_service.logs import LogStore
    from .sqs.simulated_queue import SimulatedQueue


def find_queue(arn: str) -> SimulatedQueue | None:
    """Returns the queue of an ARN, if it exists now."""
    from .sqs.event_source import find_queue

    return find_queue(arn)


def find_stream_of_kinesis(arn: str) -> Stream | None:
    """Returns the stream or consumer of an ARN, if it exists now."""
    from .kinesis.event_source import find_stream

    return find_stream(arn)


def find_stream_of_a_table(arn: str) -> Stream | None:
    """Returns the stream of a table by its ARN, if it exists now."""
    from .dynamodb.event_source import find_stream

    return find_stream(arn)


class LogStores:
    """The log groups of all accounts and regions."""

    def __init__(self, clock: VirtualClock, passed: PassedTrace) -> None:
        self._clock = clock
        self._passed = passed
        self._of: Callable[[Configuration], LogStore] | None = None

    def of(self, configuration: Configuration) -> LogStore:
        """Returns the store of a function's log."""
        if self._of is None:
            from .lambda_service.logs import LogStores

            self._of = LogStores(self._clock, self._passed).of
        return self._of(configuration)
