"""The trace header of an event, and the chain of invocations that it records (ASY-90 to 92)."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple

from ..simulation.clock import VirtualClock
from ..simulation.identifiers import Identifiers

_LINEAGE = r";\s*Lineage=[^;]*"
_ROOT = "1-[0-9a-f]{8}-[0-9a-f]{24}"
_HEADERS_KEPT = 1000


class Trace(NamedTuple):
    """One part of a trace: `root` is the id of the whole chain, `parent` that of the invocation that calls."""

    root: str
    parent: str
    sampled: str = "0"
    lineage: str | None = None

    def header(self) -> str:
        """Returns the text of `_X_AMZN_TRACE_ID` and of the header (RUN-71)."""
        text = f"Root={self.root};Parent={self.parent};Sampled={self.sampled}"
        return text if self.lineage is None else f"{text};Lineage={self.lineage}"

    def header_without_lineage(self) -> str:
        """Returns the text in messages to destinations and dead-letter queues (DST-31)."""
        return self._replace(lineage=None).header()

    def answer_header(self) -> str:
        """Returns the header of a 202 response (ASY-02)."""
        return f"root={self.root};parent={self.parent};sampled={self.sampled}"


@lru_cache(maxsize=_HEADERS_KEPT)
def parse(header: str | None) -> Trace | None:
    """Returns the trace of a header; None if there is none or it has no root."""
    fields = _fields(header) if header else {}
    if not fields.get("root"):
        return None
    return Trace(fields["root"], fields.get("parent", ""), fields.get("sampled", "0"), fields.get("lineage"))


def without_lineage(header: str) -> str:
    """Returns the header that EventBridge passes on. AWS does not detect loops through an event bus."""
    return re.sub(_LINEAGE, "", header, flags=re.IGNORECASE)


def header_of_entry(given: str, new_root: Callable[[], str]) -> str | None:
    """Returns the header that EventBridge passes on for an entry's own `TraceHeader`; None if it ignores the header
    (EVB-1B).
    """
    fields = _fields(given)
    root = fields.get("root")
    if root is None:
        return None
    if re.fullmatch(_ROOT, root):
        return without_lineage(given)
    return without_lineage(given.replace(root, new_root(), 1)) if "sampled" in fields else None


def _fields(header: str) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in header.split(";"))
    return {name.lower(): value for name, equals, value in parts if equals}


class PassedTrace:
    """The trace header of the current AWS call. Messages and events that the call sends have this header."""

    def __init__(self) -> None:
        self.header: str | None = None
        self.of_service: str | None = None
        """The header of calls that a service makes and that have none themselves."""

    def passing(self, header: str | None) -> AbstractContextManager[None]:
        """Gives this header to everything that is sent inside the block. A header without a root is ignored."""
        return _Passing(self, header if parse(header) else self.of_service)

    @contextmanager
    def serving(self, header: str) -> Iterator[None]:
        """Gives this header to the calls of boto3 that a service makes inside the block."""
        self.of_service, before = header, self.of_service
        try:
            yield
        finally:
            self.of_service = before


class _Passing:
    """Passes one header during a block."""

    __slots__ = ("_header", "_passed")

    def __init__(self, passed: PassedTrace, header: str | None) -> None:
        self._passed = passed
        self._header = header

    def __enter__(self) -> None:
        self._passed.header, self._header = self._header, self._passed.header

    def __exit__(self, of_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._passed.header = self._header


class Chains:
    """Counts, for each invocation, how often each function ran in the chain that led to it.

    The counts belong to the `Parent` of a header that also has a `Lineage`. As on AWS, a header that lost its lineage starts a
    new chain. `runs` counts across such headers too, and across streams, which pass no header on.
    """

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._counts: dict[str, Mapping[str, int]] = {}
        # Counts that include what happened before the lineage was lost, if it was.
        self._with_lost: dict[str, Mapping[str, int]] = {}
        self._origins: dict[str, str] = {}

    def new(self, cause: str | None = None) -> Trace:
        """Returns the trace of a call that has none. `cause` is a header that AWS does not pass on."""
        trace = Trace(self.new_root(), self._identifiers.hex(16))
        caller = None if cause is None else parse(cause)
        if caller is not None:
            self._origins[trace.root] = self.origin(caller.root)
            self._with_lost[trace.parent] = self._all_counts_of(caller)
        return trace

    def origin(self, root: str) -> str:
        """Returns the id of the trace with which a chain began that went through streams."""
        return self._origins.get(root, root)

    def new_root(self) -> str:
        """Returns the id of a new trace."""
        return f"1-{self._clock.seconds_since_epoch:08x}-{self._identifiers.hex(24)}"

    def joined(self, callers: Sequence[Trace | None]) -> Trace:
        """Returns the trace of an invocation with a batch of messages, from the traces of the messages.

        It continues the trace of the first message that has one. If messages come from different invocations, the highest
        count of each function is used.
        """
        found = [caller for caller in callers if caller is not None]
        if not found:
            return self.new()
        chains = {caller.parent: self._counts_of(caller) for caller in found}
        if len(chains) == 1 or not any(chains.values()):
            return found[0]
        joined = self._known(found[0], _highest(chains.values()), next(filter(None, (caller.lineage for caller in found))))
        if any(parent in self._with_lost for parent in chains):
            self._with_lost[joined.parent] = _highest([self._all_counts_of(caller) for caller in found])
        return joined

    def executions(self, caller: Trace, function_arn: str) -> int:
        """Returns how often the function has run in the chain that ends with `caller`."""
        return self._counts_of(caller).get(_digest(function_arn), 0)

    def enter(self, caller: Trace, function_arn: str) -> Trace:
        """Returns the trace of an invocation of the function, which the invocation also passes on."""
        counts, digest = dict(self._counts_of(caller)), _digest(function_arn)
        counts[digest] = number = counts.get(digest, 0) + 1
        entered = self._known(caller, counts, f"{number}:{digest}:{number - 1}")
        if caller.lineage is None or caller.parent in self._with_lost:
            lost = self._all_counts_of(caller)
            if lost:
                self._with_lost[entered.parent] = {**lost, digest: lost.get(digest, 0) + 1}
        return entered

    def runs(self, trace: Trace, function_arn: str) -> int:
        """Returns how often the function has run in the chain of `trace`, if its lineage was lost on the way. Otherwise 0."""
        return self._with_lost[trace.parent].get(_digest(function_arn), 0) if trace.parent in self._with_lost else 0

    def _all_counts_of(self, caller: Trace) -> Mapping[str, int]:
        return self._with_lost.get(caller.parent) or self._counts.get(caller.parent) or {}

    def _known(self, caller: Trace, counts: Mapping[str, int], lineage: str) -> Trace:
        own = self._identifiers.hex(16)
        self._counts[own] = counts
        return Trace(caller.root, own, caller.sampled, lineage)

    def _counts_of(self, caller: Trace) -> Mapping[str, int]:
        """Returns the counts by the digest of a function. If a tracing library set its own `Parent`, the lineage has one
        count.
        """
        if caller.lineage is None:
            return {}
        known = self._counts.get(caller.parent)
        if known is not None:
            return known
        number, _, rest = caller.lineage.partition(":")
        return {rest.partition(":")[0]: int(number)} if number.isdecimal() else {}


def _highest(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """Returns the highest count of each function."""
    highest: Counter[str] = Counter()
    for one in counts:
        highest |= Counter(one)
    return highest


@lru_cache(maxsize=1024)
def _digest(function_arn: str) -> str:
    """Returns the text that stands for a function in a lineage."""
    return f"{zlib.crc32(function_arn.encode()):08x}"
