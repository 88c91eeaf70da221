"""Costs that no machine changes: the number of calls and of instructions that something makes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    gc.disable()
    try:
        with _monitored(steps) if sys.version_info >= (3, 12) else _traced(steps):
            action()
    finally:
        gc.enable()
    return steps[0]


@contextmanager
def _traced(steps: list[int]) -> Iterator[None]:
    def traced(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps[0] += event == "opcode"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _monitored(steps: list[int]) -> Iterator[None]:
    """Newer releases of Python trace the instructions of a function only after its first call, but monitor all of them."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    tool, instruction = monitoring.PROFILER_ID, monitoring.events.INSTRUCTION

    def counted(code: object, offset: int) -> None:
        steps[0] += 1

    monitoring.use_tool_id(tool, "steps")
    monitoring.register_callback(tool, instruction, counted)
    monitoring.set_events(tool, instruction)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.register_callback(tool, instruction, None)
        monitoring.free_tool_id(tool)
