from __future__ import annotations


class Bank:
    def charge(self, order: str, amount: int, key: str) -> None:
        raise NotImplementedError("This would send a request to the bank.")
