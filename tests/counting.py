"""Costs that no machine changes: the number of calls that something makes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable


def calls_of(action: Callable[[], object]) -> int:
    """How many calls, of Python and of C, `action` makes, without those of the garbage collector's callbacks."""
    calls = [0]

    def counted(frame: object, event: str, argument: object) -> None:
        calls[0] += event in ("call", "c_call")

    before = sys.getprofile()
    gc.disable()
    sys.setprofile(counted)
    try:
        action()
    finally:
        sys.setprofile(before)
        gc.enable()
    return calls[0]
