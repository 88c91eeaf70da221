"""Which shard a record belongs to: by a number of 128 bits."""

from __future__ import annotations

import hashlib

HIGHEST_HASH_KEY = 2**128 - 1


def hash_key_of(partition_key: str, explicit_hash_key: str | None) -> int:
    """The explicit one if there is one, else the MD5 of the partition key."""
    if explicit_hash_key:
        return int(explicit_hash_key)
    return int.from_bytes(hashlib.md5(partition_key.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest(), "big")
