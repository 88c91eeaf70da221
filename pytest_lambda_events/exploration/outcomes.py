"""How executions ended, as values."""

from __future__ import annotations

from traceback import extract_tb

from ..faults.failures import THROTTLE_ALWAYS
from ..values import dataclass
from .choices import Choice, Plan, Point, plan_text


@dataclass(frozen=True)
class Verdict:
    """How one execution ended.

    `error` is None if the test passed. `is_beyond_patience` means that messages or events were discarded after all their
    attempts, so that the assertions of the test do not count; `lost` is the error if data was lost.
    """

    error: BaseException | None = None
    lost: BaseException | None = None
    is_beyond_patience: bool = False

    @property
    def counted(self) -> BaseException | None:
        """The error that makes the exploration fail."""
        return self.lost if self.is_beyond_patience else self.error or self.lost


@dataclass(frozen=True)
class Outcome:
    """What the search needs to know about one execution."""

    met: Plan
    """The choices that happened."""
    error: BaseException | None = None
    """The error that makes the exploration fail."""
    is_loss: bool = False
    """Whether the error is about lost data."""
    has_passed: bool = True
    """Whether the test raised no error, and no data was lost."""
    following: tuple[tuple[Choice, float], ...] = ()
    """The choices that could be added to the plan, each with its cost."""
    pruned: int = 0
    """How many choices could be added, but make no difference."""
    inputs: tuple[Point, ...] = ()
    """The inputs that the test marks."""

    place: tuple[str, str, int] = ("", "", 0)
    """The type of the error, and the file and line that raised it."""

    @property
    def is_ignored(self) -> bool:
        """Whether only an error is left that does not count. An event whose attempts are all throttled fails each test."""
        is_throttled = any(choice.alternative == THROTTLE_ALWAYS for choice in self.met)
        return self.error is None and not self.has_passed and not is_throttled

    def is_like(self, other: Outcome) -> bool:
        """Returns whether both failed for the same reason: errors of one type, raised at one place."""
        return self.is_loss == other.is_loss and self.place == other.place


def place_of(error: BaseException | None) -> tuple[str, str, int]:
    """Returns the type of an error, and the file and line that raised it."""
    frames = extract_tb(error.__traceback__, limit=-1) if error is not None else ()
    return type(error).__name__, *next(((frame.filename, frame.lineno or 0) for frame in frames), ("", 0))


@dataclass(frozen=True)
class Job:
    """An execution to run: that of a plan, or the one with this number that draws its choices."""

    plan: Plan
    draw: int | None = None

    @property
    def key(self) -> str:
        """A text that no other job of the exploration has."""
        return plan_text(self.plan) if self.draw is None else f"draw {self.draw}"
