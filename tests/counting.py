"""Costs that no machine changes: the number of calls and of instructions that something makes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


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
    """How many instructions of Python `action` runs. Unlike `calls_of` this counts loops that call nothing."""
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
