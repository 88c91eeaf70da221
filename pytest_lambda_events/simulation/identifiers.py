"""Ids that look random and are the same in every run with the same seed."""

from __future__ import annotations

import functools
import random

_VERSION_BITS = (0xF000 << 64) | (0xC000 << 48)
_VERSION_4 = (0x4000 << 64) | (0x8000 << 48)


def uuid_of(number: int) -> str:
    """Returns the text of `uuid.UUID(int=number, version=4)`. `number` has 128 bits."""
    text = _digits(number & ~_VERSION_BITS | _VERSION_4, 32)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Identifiers:
    """The only source of ids of a simulated AWS: request ids, revision ids, log stream names, trace ids."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @functools.cached_property
    def _random(self) -> random.Random:
        # To seed it takes as long as to open several parts, and many environments need no id.
        return random.Random(f"identifiers {self._seed}")

    def uuid(self) -> str:
        """Returns a version 4 UUID in lower case."""
        return uuid_of(self._random.getrandbits(128))

    def hex(self, length: int) -> str:
        """Returns `length` hexadecimal digits in lower case."""
        return _digits(self._random.getrandbits(4 * length), length)


def _digits(number: int, length: int) -> str:
    """Returns a number as hexadecimal digits. Bytes are written faster than numbers, which have any length."""
    digits = number.to_bytes((length + 1) // 2, "big").hex()
    return digits[1:] if length % 2 else digits
