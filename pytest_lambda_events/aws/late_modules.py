"""Functions of modules that are imported when they are first called, because they load services of moto, which is slow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..service.model import Configuration
from ..service.tracing import PassedTrace
from ..simulation.clock import VirtualClock

if TYPE_CHECKING:
    from ..sources.ports import Stream
    from .lambda_service.logs import LogStore
    from .sqs.simulated_queue import SimulatedQueue


def find_queue(arn: str) -> SimulatedQueue | None:
    """Returns the queue of an ARN, if it exists now."""
    return _queues()(arn)


def find_stream_of_kinesis(arn: str) -> Stream | None:
    """Returns the stream or consumer of an ARN, if it exists now."""
    return _streams_of_kinesis()(arn)


def find_stream_of_a_table(arn: str) -> Stream | None:
    """Returns the stream of a table by its ARN, if it exists now."""
    return _streams_of_tables()(arn)


@functools.cache
def _queues() -> Callable[[str], SimulatedQueue | None]:
    from .sqs.event_source import find_queue

    return find_queue


@functools.cache
def _streams_of_kinesis() -> Callable[[str], Stream | None]:
    from .kinesis.event_source import find_stream

    return find_stream


@functools.cache
def _streams_of_tables() -> Callable[[str], Stream | None]:
    from .dynamodb.event_source import find_stream

    return find_stream


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
