"""Limits of requests for each second (HTP-2A, HTP-3P)."""

from __future__ import annotations

from .definitions import Throttle

_MICROSECONDS = 1_000_000


class TokenBucket:
    """Admits `burst` requests at the same time, and `rate` for each second."""

    def __init__(self, throttle: Throttle, now: int) -> None:
        self.throttle = throttle
        self._tokens = float(throttle.burst)
        self._filled_at = now

    def take(self, now: int) -> bool:
        """Takes a token at a time in microseconds. Returns whether there was one."""
        throttle = self.throttle
        earned = (now - self._filled_at) * throttle.rate / _MICROSECONDS
        self._tokens = min(float(throttle.burst), self._tokens + earned)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
