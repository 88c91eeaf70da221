from __future__ import annotations

from typing import Any

parcels: list[str] = []


def handler(event: Any, context: Any) -> int:
    parcels.append(event["order"])
    return len(parcels)
