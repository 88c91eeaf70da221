"""One line of a timeline."""

from __future__ import annotations

from ..journal.attempts import Ended
from ..journal.events import Discarded, EventEnded, Retried, Succeeded
from ..values import dataclass

ATTEMPT = "attempt"
"""The `kind` of the lines of attempts, also of attempts that did not run."""


@dataclass(slots=True)
class Line:
    """One line of a timeline. Consequences are added while the journal is read.

    `at` is in seconds since the start, and `text` and `then` are the text of the line. The other fields help readers of many
    lines: `kind` and `outcome` describe what happened in one word each, `ends` what followed, `condition` how the event or the
    records ended, `about` contains the ids of the event or the messages, and `is_bad` is whether something failed. `ended` is
    the entry of an attempt that ran, and `is_planned` is whether a planned failure caused the line. `position` is the position
    of the line's first entry in the journal. `hint` explains why the attempt may have failed and what to do.
    `since_accepted` is the time since the event was accepted, as in "(+60 s)", if a reader could not tell.
    """

    at: float
    who: str
    what: str
    text: str
    then: str = ""
    label: str = ""
    kind: str = ""
    outcome: str = ""
    ends: tuple[str, ...] = ()
    condition: str = ""
    about: tuple[str, ...] = ()
    is_bad: bool = False
    is_planned: bool = False
    ended: Ended | None = None
    position: int = -1
    hint: str = ""
    since_accepted: str = ""

    @property
    def instant(self) -> str:
        """Returns the time as text."""
        return instant(self.at)

    def is_before_the_end_of(self, entry: EventEnded | Retried) -> bool:
        """Returns whether a durable execution went on after this attempt, and its event ended later."""
        is_end = isinstance(entry, Succeeded) or (isinstance(entry, Discarded) and entry.condition == "RetriesExhausted")
        return self.kind == ATTEMPT and is_end and entry.after_seconds > self.at

    @property
    def follows(self) -> str:
        """Returns the end of the line: the subject if it is not clear, and what followed."""
        return f"{self.label}, {self.then}" if self.label and self.then else self.label or self.then


def instant(seconds: float) -> str:
    """Returns a time or a duration as text, exact to the microsecond."""
    return f"{seconds:.0f} s" if seconds % 1 == 0 else f"{seconds:.6f}".rstrip("0").rstrip(".") + " s"
