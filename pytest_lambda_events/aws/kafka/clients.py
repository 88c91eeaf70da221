"""What the simulated clients of Kafka have in common: which environment they use, and how they refuse what they lack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import LambdaEventsError, NotSimulatedError, hides_frames
from ...sources.kafka.producing import Producers
from ..process import process

__tracebackhide__ = hides_frames


def current() -> Producers | None:
    """Returns the producers of the open environment. None if there is none, or in a thread that does not belong to it."""
    found = process().producers
    producers = None if found is None else found()
    return producers if producers is not None and producers.simulation.in_simulation_thread() else None


def not_simulated(producers: Producers, message: str) -> LambdaEventsError:
    """Returns the error for what is not simulated. In a handler it also fails the test."""
    return producers.simulation.record_misuse(message, NotSimulatedError)


def refusing(what: str, advice: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a method that raises `NotSimulatedError` in a simulated AWS, and else is the real one."""

    def refuse(self: object, *args: Any, **keywords: Any) -> Any:
        producers = current()
        if producers is None:
            return real(self, *args, **keywords)
        raise not_simulated(producers, f"{what} is not simulated. {advice}")

    return refuse


NO_BROKER = (
    "No broker runs. Read records with an event source mapping, or with lambda_events.kafka_topics[...].records. The option "
    "kafka_producers=False leaves the library as it is."
)
NO_TRANSACTIONS = "Records of a transaction would be visible before it is committed. Leave transactions out in tests."
LACKING = "The simulated producer has produce, produce_batch, poll, flush, purge and close."
