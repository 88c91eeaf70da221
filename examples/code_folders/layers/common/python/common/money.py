"""Amounts of money."""

from __future__ import annotations


def euros(cents: int) -> str:
    """Cents as customers read them."""
    return f"{cents // 100}.{cents % 100:02} EUR"
