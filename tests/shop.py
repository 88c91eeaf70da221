"""Real handlers. They know nothing of pytest."""

from __future__ import annotations

import time
from typing import Any


class CardExpired(Exception): ...


def call_bank(order: int) -> None: ...


def charge(event: Any, context: Any) -> dict[str, int]:
    print(f"charging order {event['order']}")
    if event.get("card") == "expired":
        raise CardExpired("card expired")
    call_bank(event["order"])
    return {"charged": event["order"]}


def slow(event: Any, context: Any) -> None:
    time.sleep(event.get("seconds", 10))


def audit(event: Any, context: Any) -> None: ...
