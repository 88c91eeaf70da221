"""The trace header that travels with an event, and the chain of invocations that it reveals (ASY-90 to 92)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..simulation.clock import VirtualClock
from ..simulation.identifiers import Identifiers


@dataclass(frozen=True, slots=True)
class Trace:
    """One hop of a trace: `root` for the whole chain, `parent` for the invocation that calls."""

    root: str
    parent: str
    sampled: str = "0"
    lineage: str | None = None

    def header(self) -> str:
        """As `_X_AMZN_TRACE_ID` and the header have it (RUN-71)."""
        text = f"Root={self.root};Parent={self.parent};Sampled={self.sampled}"
        return text if self.lineage is None else f"{text};Lineage={self.lineage}"

    def header_without_lineage(self) -> str:
        """As messages carry it to destinations and dead-letter queues (DST-31)."""
        return replace(self, lineage=None).header()

    def answer_header(self) -> str:
        """As the header of a 202 answer has it (ASY-02)."""
        return f"root={self.root};parent={self.parent};sampled={self.sampled}"


def parse(header: str | None) -> Trace | None:
    """The trace of a header; None if there is none or it has no root."""
    if not header:
        return None
    parts = dict(part.strip().split("=", 1) for part in header.split(";") if "=" in part)
    fields = {key.lower(): value for key, value in parts.items()}
    if "root" not in fields:
        return None
    return Trace(fields["root"], fields.get("parent", ""), fields.get("sampled", "0"), fields.get("lineage"))


class Chains:
    """Counts, for each invocation, how often each function ran in the chain that led to it."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._counts: dict[str, Mapping[str, int]] = {}

    def new(self) -> Trace:
        """The trace of a call that came without one."""
        seconds = int(self._clock.now.timestamp())
        return Trace(f"1-{seconds:08x}-{self._identifiers.hex(24)}", self._identifiers.hex(16))

    def executions(self, caller: Trace, function_arn: str) -> int:
        """How often the function has run in the chain that ends with `caller`."""
        return self._counts.get(caller.parent, {}).get(function_arn, 0)

    def enter(self, caller: Trace, function_arn: str) -> Trace:
        """The trace that an invocation of the function sees and passes on."""
        counts = dict(self._counts.get(caller.parent, {}))
        counts[function_arn] = counts.get(function_arn, 0) + 1
        own = self._identifiers.hex(16)
        self._counts[own] = counts
        number = counts[function_arn]
        lineage = f"{number}:{zlib.crc32(function_arn.encode()):08x}:{number - 1}"
        return Trace(caller.root, own, caller.sampled, lineage)
