"""The partition of a key, as the default partitioner of Kafka's Java client computes it."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_SHIFT = 24


def partition_of(key: bytes, partitions: int) -> int:
    """Returns the partition of a key. librdkafka's `murmur2_random` returns the same."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Returns the 32-bit MurmurHash2 with the seed of Kafka, as an unsigned number."""
    result = _SEED ^ len(data)
    whole = len(data) & ~3
    for start in range(0, whole, 4):
        part = int.from_bytes(data[start : start + 4], "little") * _MULTIPLIER & _MASK
        part = (part ^ (part >> _SHIFT)) * _MULTIPLIER & _MASK
        result = (result * _MULTIPLIER & _MASK) ^ part
    if whole < len(data):
        result = (result ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & _MASK
    result = (result ^ (result >> 13)) * _MULTIPLIER & _MASK
    return result ^ (result >> 15)
