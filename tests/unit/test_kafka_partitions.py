"""The partition of a key, against the vectors of Kafka's own tests and against kafka-python."""

from __future__ import annotations

import random

import pytest

from pytest_lambda_events.sources.kafka.partitioner import murmur2, partition_of

VECTORS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), VECTORS.items(), ids=range(len(VECTORS)))
def test_hash_is_that_of_the_java_client(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed % 2**32


def test_partitions_are_those_of_kafka_python() -> None:
    other = pytest.importorskip("kafka.partitioner.default")
    chooser = random.Random(7)
    keys = [chooser.randbytes(chooser.randrange(40)) for _ in range(2_000)]

    assert [partition_of(key, 12) for key in keys] == [(other.murmur2(key) & 0x7FFFFFFF) % 12 for key in keys]
