"""What an exploration found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from ..values import dataclass
from .choices import INPUT, Choice, plan_text

KINDS: Mapping[str, tuple[str, str]] = {
    "crash": ("crash", "crashes"),
    "timeout": ("timeout", "timeouts"),
    "duplicate": ("duplicate", "duplicates"),
    "redelivered": ("redelivery", "redeliveries"),
    "delivered": ("repeated delivery", "repeated deliveries"),
    "requested": ("repeated HTTP request", "repeated HTTP requests"),
    "delay": ("delay", "delays"),
    "throttle": ("throttle", "throttles"),
    "lost": ("lost acknowledgement or response", "lost acknowledgements and responses"),
    "error": ("failed AWS call", "failed AWS calls"),
    "internal": ("internal error", "internal errors"),
    "no": ("call without a connection", "calls without a connection"),
    "connection": ("lost connection", "lost connections"),
    "conflict": ("conflict of transactions", "conflicts of transactions"),
    "partial": ("partial result", "partial results"),
    "reversed": ("batch in reverse order", "batches in reverse order"),
    "split": ("divided batch", "divided batches"),
    "new": ("new execution environment", "new execution environments"),
    "earlier": ("other execution environment", "other execution environments"),
    "others": ("overlap", "overlaps"),
    "item": ("other order", "other orders"),
    "left": ("input left out", "inputs left out"),
}
_ADVICE = (
    "The test also fails if an attempt is only throttled or delayed. If it asserts a number of attempts, a time, or the order "
    "of messages: AWS does not promise them. Assert the results instead, and let time pass with run_until_idle()."
)
_ADDRESS = re.compile("0x[0-9a-f]+")


@dataclass(frozen=True)
class ExploredFailure:
    """A plan with which the test fails."""

    plan: tuple[Choice, ...]
    """The choices with which the test fails."""
    error: BaseException = field(compare=False)
    """The error that the test raised, or that lost data raised."""
    execution: int = 0
    """The number of the execution that found it."""
    is_loss: bool = False
    """Whether data was lost. Otherwise the test raised the error."""
    is_of_late_work: bool = False
    """Whether the test also fails if an attempt is only throttled or delayed, so that nothing but times and orders change."""

    @property
    def signature(self) -> tuple[str, str]:
        """What distinguishes failures: the type and the first line of the message, without addresses of objects."""
        return type(self.error).__name__, _ADDRESS.sub("0x...", str(self.error).partition("\n")[0])

    @property
    def advice(self) -> str:
        """What to do if the test asserts more than AWS promises. Empty if the failure has another reason."""
        return _ADVICE if self.is_of_late_work and not self.is_loss else ""

    @property
    def replay(self) -> str:
        """The text that repeats the execution."""
        return plan_text(self.plan)

    def __str__(self) -> str:
        faults = [choice for choice in self.plan if choice.point.kind != INPUT]
        count, left_out = len(faults), len(self.plan) - len(faults)
        title = f"{count} planned fault{'s' * (count != 1)}"
        if left_out:
            title += f", without {left_out} of the inputs"
        lines = [f"{title}:", *(f"  {choice}" for choice in self.plan)]
        kind, message = self.signature
        return "\n".join([*lines, f"{kind}: {message}" if message else kind])


@dataclass
class Exploration:
    """The result of an exploration."""

    executions: int = 0
    """How often the test ran. This includes the run without planned faults."""
    failures: list[ExploredFailure] = field(default_factory=list)
    """One failure of each kind, those with the fewest choices first. Failures are of one kind if their errors are equal."""
    failed: int = 0
    """How many executions failed."""
    coverage: dict[str, int] = field(default_factory=dict)
    """How many choices of each kind were tried: "crash", "duplicate" and so on."""
    pruned: int = 0
    """How many plans were not run, because they make no difference."""
    skipped: int = 0
    """How many plans were not run, because plans with fewer choices fail."""
    left: int = 0
    """How many plans were not run, because the budget was used up."""
    ignored: int = 0
    """How many failures were ignored, because a message or event was discarded after all its attempts, but not lost."""
    uncalled: tuple[str, ...] = ()
    """The functions of `crash_around` that no handler called in the execution without planned faults."""
    seconds: float = 0.0
    """How many real seconds the exploration took."""
    examples: int = 1
    """How many examples of Hypothesis were explored. 1 for other tests."""

    @property
    def is_complete(self) -> bool:
        """Whether all plans within the bounds were run."""
        return self.left == 0

    def count(self, choices: Sequence[Choice]) -> None:
        """Counts the choices of one execution."""
        for choice in choices:
            kind = kind_of(choice)
            self.coverage[kind] = self.coverage.get(kind, 0) + 1

    def add(self, other: Exploration) -> None:
        """Adds the executions of another exploration, and its failures if there are none yet."""
        self.executions += other.executions
        self.failed += other.failed
        self.pruned += other.pruned
        self.skipped += other.skipped
        self.left += other.left
        self.ignored += other.ignored
        self.seconds += other.seconds
        self.examples += other.examples
        self.failures = self.failures or other.failures
        for kind, count in other.coverage.items():
            self.coverage[kind] = self.coverage.get(kind, 0) + count

    def summary(self) -> str:
        """Returns one or two sentences: how much was explored, and what was left out."""
        tried = [f"{self.examples} without faults"]
        tried += [f"{count} {_named(kind, count)}" for kind, count in self.coverage.items()]
        text = f"Explored {self.executions} executions in {self.seconds:.1f} s: {', '.join(tried)}."
        if self.failed:
            text += f" {self.failed} failed."
        if self.pruned:
            text += f" {self.pruned} were left out, because they make no difference."
        if self.skipped:
            text += f" {self.skipped} were left out, because simpler ones fail."
        if self.left:
            text += f" {self.left} were not run: the budget was used up."
        if self.uncalled:
            text += f" No handler called {', '.join(self.uncalled)}, which crash_around names."
        if self.ignored:
            text += (
                f" In {self.ignored} more failures of the test a message or event was discarded after all its attempts. "
                "They count only if data is lost."
            )
        return text


def kind_of(choice: Choice) -> str:
    """Returns the kind of a choice, a key of `KINDS`."""
    return choice.alternative.split()[0]


def _named(kind: str, count: int) -> str:
    one, several = KINDS.get(kind, (kind, kind))
    return one if count == 1 else several
