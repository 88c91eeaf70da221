"""What things cost. The prices lie beside the code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

PRICES: Mapping[str, int] = json.loads(Path(__file__).with_name("prices.json").read_text())


def total_in_cents(lines: Mapping[str, int]) -> int:
    """The price of an order: the number of each thing by its name."""
    return sum(PRICES[thing] * number for thing, number in lines.items())
