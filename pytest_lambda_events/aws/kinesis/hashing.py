"""The hash key of a record, a number of 128 bits that selects its shard."""

from __future__ import annotations

import hashlib

HIGHEST_HASH_KEY = 2**128 - 1


def hash_key_of(partition_key: str, explicit_hash_key: str | None) -> int:
    """Returns the explicit hash key, or the MD5 of the partition key."""
    if explicit_hash_key:
        return int(explicit_hash_key)
    return int.from_bytes(hashlib.md5(partition_key.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest(), "big")
