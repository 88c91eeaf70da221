"""The settings of `confluent_kafka.Producer` that have an effect."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ...errors import hides_frames
from ...sources.kafka.producing import Producers
from ...values import dataclass
from .clients import NO_TRANSACTIONS, not_simulated

__tracebackhide__ = hides_frames

_UNKNOWN = "pytest.lambda.events"
"""A property that the library does not know."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a producer that have an effect, with librdkafka's defaults."""

    partitioner: str = "consistent_random"
    linger_ms: float = 5.0
    largest_bytes: int = 1_000_000
    most_records: int = 100_000
    on_delivery: Callable[..., object] | None = None


def settings_of(producers: Producers, library: ModuleType, real: Any, given: Mapping[str, Any]) -> Settings:
    """Returns the settings of a configuration. Raises the library's error for an invalid one.

    `real` is the library's type of producers.
    """
    _check(library, real, given)
    read = {**(given.get("default.topic.config") or {}), **given}
    if read.get("transactional.id"):
        what = "transactional.id of confluent_kafka.Producer is not simulated."
        raise not_simulated(producers, f"{what} {NO_TRANSACTIONS}")

    def number(*names: str, default: float) -> float:
        return float(next((read[name] for name in names if name in read), default))

    return Settings(
        str(read.get("partitioner", "consistent_random")),
        number("linger.ms", "queue.buffering.max.ms", default=5.0),
        int(number("message.max.bytes", default=1_000_000)),
        int(number("queue.buffering.max.messages", default=100_000)) or sys.maxsize,
        read.get("on_delivery"),
    )


def _check(library: ModuleType, real: Any, given: Mapping[str, Any]) -> None:
    """Raises the library's error for an unknown property, or an invalid value.

    The library reads the properties in their order, and creates a client after the last one. The last one here is unknown, so
    no client is created.
    """
    try:
        real({**given, _UNKNOWN: ""})
    except library.KafkaException as error:
        if _UNKNOWN not in str(error):
            raise
