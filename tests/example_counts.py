"""How many examples a property-based test runs."""

from __future__ import annotations

import os


def examples(count: int) -> int:
    """Returns `count` times the number in the environment variable EXAMPLES_TIMES, for a long search; 1 by default."""
    return count * int(os.environ.get("EXAMPLES_TIMES", "1"))
