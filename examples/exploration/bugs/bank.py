"""A bank that is not a part of AWS. Tests replace `client`."""

from __future__ import annotations


class Bank:
    """Charges cards. Two charges with the same idempotency key are one."""

    def __init__(self) -> None:
        self.charges: list[str] = []
        self._keys: set[str] = set()

    def charge(self, order: str, idempotency_key: str | None = None) -> None:
        """Charges the card of an order."""
        if idempotency_key in self._keys:
            return
        if idempotency_key is not None:
            self._keys.add(idempotency_key)
        self.charges.append(order)


client = Bank()
