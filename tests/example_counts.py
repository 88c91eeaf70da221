"""How many examples a property-based test runs."""

from __future__ import annotations

import os


def is_thorough() -> bool:
    """Returns whether LAMBDA_EVENTS_THOROUGH=1 is in the environment."""
    return os.environ.get("LAMBDA_EVENTS_THOROUGH") == "1"


def examples(count: int) -> int:
    """Returns a quarter of `count`, but at least 10; all of them with LAMBDA_EVENTS_THOROUGH=1 in the environment.

    A number in the variable EXAMPLES_TIMES multiplies that, for a long search.
    """
    usual = count if is_thorough() else max(10, count // 4)
    return usual * int(os.environ.get("EXAMPLES_TIMES", "1"))
