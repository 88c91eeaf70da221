"""The partition of a key, as Kafka's Java client and librdkafka compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zlib import crc32

Hash = Callable[[bytes, int], int]
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


def fnv1a(data: bytes) -> int:
    """Returns the 32-bit FNV-1a hash, without its sign, as librdkafka does."""
    result = 0x811C9DC5
    for byte in data:
        result = (result ^ byte) * 0x01000193 & _MASK
    return result if result < 2**31 else 2**32 - result


def librdkafka_partitioner(name: str) -> Callable[[bytes | None, int], int | None] | None:
    """Returns the partitioner of librdkafka with a name; None if there is none.

    It returns None where librdkafka chooses at random: `consistent_random`, its default, for keys that are missing or empty,
    `murmur2_random` and `fnv1a_random` for missing keys. The others use a missing key like an empty one.
    """
    if name == "random":
        return lambda key, partitions: None
    base = name.removesuffix("_random")
    hashed = _PARTITIONERS.get(base)
    if hashed is None:
        return None

    def choose(key: bytes | None, partitions: int) -> int | None:
        is_missing = not key if base == "consistent" else key is None
        return None if is_missing and base != name else hashed(key or b"", partitions)

    return choose


_PARTITIONERS: Mapping[str, Hash] = {
    "consistent": lambda key, partitions: crc32(key) % partitions,
    "murmur2": partition_of,
    "fnv1a": lambda key, partitions: fnv1a(key) % partitions,
}
