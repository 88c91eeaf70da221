"""The bank, which no test reaches."""

from __future__ import annotations


def charge(card: str, amount: int) -> str:
    """Charges a card, and returns the number of the receipt."""
    raise ConnectionError("the bank cannot be reached from here")
