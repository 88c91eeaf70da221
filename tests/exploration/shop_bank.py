"""A bank whose functions explorations end processes around, as a module of the code under test."""

from __future__ import annotations

charges: list[str] = []


def charge(order: str) -> None:
    """Charges the card of an order."""
    charges.append(order)


async def charge_later(order: str) -> None:
    """The same in code that uses asyncio."""
    charges.append(order)


class Cards:
    """A client of the bank."""

    def charge(self, order: str) -> None:
        """Charges the card of an order."""
        charges.append(order)

    @staticmethod
    def charge_now(order: str) -> None:
        """The same without a client."""
        charges.append(order)
