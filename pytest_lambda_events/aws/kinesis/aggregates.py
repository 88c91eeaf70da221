"""Records that the Kinesis Producer Library has packed into one: a magic number, a protobuf message, and its MD5.

The message contains a table of partition keys (field 1), a table of explicit hash keys (2), and the user records (3). Each
user record has the indexes of its keys in the tables (1 and 2) and its data (3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from ...values import dataclass
from .hashing import HIGHEST_HASH_KEY, hash_key_of

MAGIC = b"\xf3\x89\x9a\xc2"
DIGEST_BYTES = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class UserRecord:
    """One record of an aggregate."""

    partition_key: str
    explicit_hash_key: str | None
    data: bytes

    @property
    def hash_key(self) -> int:
        """Returns the hash key, which selects the shard."""
        return hash_key_of(self.partition_key, self.explicit_hash_key)


def user_records(data: bytes) -> Sequence[UserRecord] | None:
    """Returns the records in an aggregate, in order; None if `data` is not an aggregate, or its digest is wrong (KIN-34)."""
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + DIGEST_BYTES:
        return None
    message, digest = data[len(MAGIC) : -DIGEST_BYTES], data[-DIGEST_BYTES:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    try:
        return _aggregate(message)
    except (ValueError, IndexError):
        return None


def _aggregate(message: bytes) -> Sequence[UserRecord]:
    tables: dict[int, list[str]] = {1: [], 2: []}
    packed: list[bytes] = []
    for field, value in _fields(message):
        if field in tables:
            tables[field].append(_text(value))
        elif field == 3:
            packed.append(_octets(value))
    return [_user_record(record, tables[1], tables[2]) for record in packed]


def _user_record(message: bytes, partition_keys: Sequence[str], hash_keys: Sequence[str]) -> UserRecord:
    key_index: int | bytes | None = None
    hash_index: int | bytes | None = None
    data: bytes | None = None
    for field, value in _fields(message):
        if field == 1:
            key_index = value
        elif field == 2:
            hash_index = value
        elif field == 3:
            data = _octets(value)
    if not isinstance(key_index, int) or data is None:
        raise ValueError("a user record has no key or no data")
    explicit = hash_keys[hash_index] if isinstance(hash_index, int) else None
    if explicit is not None and not (explicit.isascii() and explicit.isdigit() and int(explicit) <= HIGHEST_HASH_KEY):
        raise ValueError("an explicit hash key is no number of 128 bits")
    return UserRecord(partition_keys[key_index], explicit, data)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yields the number and value of each field: a number for a varint, else its bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if at + length > len(message):
            raise ValueError("the message ends inside a field")
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = message[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _octets(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    raise ValueError("a number where bytes belong")


def _text(value: int | bytes) -> str:
    return _octets(value).decode()
