"""The handler that charges a card."""

from __future__ import annotations

import os
from typing import Any

from . import bank

STAGE = os.environ.get("STAGE", "none")
receipts: list[str] = []


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Charges a card. Receipts are kept as long as the execution environment lives."""
    receipts.append(bank.charge(event["card"], event["amount"]))
    return {"stage": STAGE, "receipts": receipts}
