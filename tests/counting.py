"""Costs that no machine changes: the number of calls and of instructions that something makes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest


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


def steps_of(action: Callable[[], object]) -> int:
    """How many instructions of Python `action` runs. Unlike `calls_of` this counts loops that call nothing.

    Skips the test on Python 3.12 and newer: they count the instructions of a function only after it was traced before.
    """
    if sys.version_info >= (3, 12):
        pytest.skip("the counts of instructions of two runs are not comparable on this Python")
    steps = [0]

    def traced(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps[0] += event == "opcode"
        return traced

    before = sys.gettrace()
    gc.disable()
    sys.settrace(traced)
    try:
        action()
    finally:
        sys.settrace(before)
        gc.enable()
    return steps[0]
