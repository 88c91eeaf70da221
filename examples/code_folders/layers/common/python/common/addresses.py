"""Addresses of customers."""

from __future__ import annotations


def is_complete(address: str | None) -> bool:
    """Whether a carrier finds it."""
    return bool(address and address.strip())
