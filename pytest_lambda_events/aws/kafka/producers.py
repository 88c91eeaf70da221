"""Lets producers of Kafka in handlers and tests write into topics of the simulated AWS."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ...contexts import contextmanager
from ..lasting import kept
from ..late_parts import when_loaded
from ..process import process

if TYPE_CHECKING:
    from ...sources.kafka.producing import Producers


@contextmanager
def producers_simulated(producers: Callable[[], Producers], *, is_wanted: bool) -> Iterator[None]:
    """Lets `confluent_kafka` and kafka-python use the open environment, as soon as one of them is imported."""
    known = process()
    before, known.producers = known.producers, producers if is_wanted else None
    try:
        if not is_wanted:
            yield
            return
        with (
            # Code that is imported later may be a copy of a function, which is gone after the environment.
            when_loaded(
                "confluent_kafka",
                _kept_confluent if "confluent_kafka" in sys.modules else _confluent_kafka,
                also=("confluent_kafka",),
            ),
            when_loaded("kafka", _kafka_python, also=("kafka",)),
        ):
            yield
    finally:
        known.producers = before


def _kept_confluent() -> AbstractContextManager[None]:
    return kept("classes of confluent_kafka", _confluent_kafka)


def _confluent_kafka() -> AbstractContextManager[object]:
    from .confluent_patches import confluent_kafka_simulated

    return confluent_kafka_simulated()


def _kafka_python() -> AbstractContextManager[object]:
    from .kafka_python_producer import kafka_python_simulated

    return kafka_python_simulated()
