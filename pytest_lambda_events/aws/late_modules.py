"""Functions of modules that are imported when they are first called, because they load services of moto, which is slow.

Each environment imports them again: tests of pytest plugins unload the modules that a test run in the same process has loaded.
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


class Finders:
    """Finds queues and streams of one environment by their ARNs."""

    def __init__(self) -> None:
        self._queues: Callable[[str], SimulatedQueue | None] | None = None
        self._streams: Callable[[str], Stream | None] | None = None
        self._streams_of_tables: Callable[[str], Stream | None] | None = None

    def queue(self, arn: str) -> SimulatedQueue | None:
        """Returns a queue, if it exists now."""
        if self._queues is None:
            from .sqs.event_source import find_queue

            self._queues = find_queue
        return self._queues(arn)

    def stream(self, arn: str) -> Stream | None:
        """Returns a stream of Kinesis or a consumer, if it exists now."""
        if self._streams is None:
            from .kinesis.event_source import find_stream

            self._streams = find_stream
        return self._streams(arn)

    def stream_of_table(self, arn: str) -> Stream | None:
        """Returns the stream of a table by the ARN of the stream, if it exists now."""
        if self._streams_of_tables is None:
            from .dynamodb.event_source import find_stream

            self._streams_of_tables = find_stream
        return self._streams_of_tables(arn)

    def has_cluster(self, arn: str) -> bool:
        """Returns whether a cluster of Amazon MSK exists."""
        from .kafka.clusters import has_cluster

        return has_cluster(arn)


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
