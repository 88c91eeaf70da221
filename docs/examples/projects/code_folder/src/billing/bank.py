from __future__ import annotations


def charge(card: str) -> str:
    raise ConnectionError("tests do not reach the bank")
