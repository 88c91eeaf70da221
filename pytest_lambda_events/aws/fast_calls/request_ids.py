"""Ids of requests, as moto draws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ID_LENGTH = 52


def request_ids(source: Callable[[], Any]) -> Callable[[], str]:
    """Returns a function that draws the same ids as moto does, from the same numbers, but faster.

    moto draws 6 bits for each letter, the upper ones of 32, and draws again for the two numbers that have no letter.
    """
    pool = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    letters = bytes(pool[upper >> 2] if upper >> 2 < len(pool) else 0 for upper in range(256))
    without_letter = bytes(range(len(pool) << 2, 256))

    def request_id() -> str:
        text, missing = b"", _ID_LENGTH
        while missing:
            drawn = source().getrandbits(32 * missing).to_bytes(4 * missing, "little")
            text += drawn[3::4].translate(letters, without_letter)
            missing = _ID_LENGTH - len(text)
        return text.decode()

    return request_id
