"""The index of a run: all its tests, with links to their pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ...values import dataclass
from .axis import duration_text
from .templates import Templates

NAME = "index.html"
_FAILED = ("failed", "error")


@dataclass(frozen=True, slots=True)
class TestRow:
    """A test of the run. Only a test that used a simulated AWS has a `page`, `attempts` and `elapsed_seconds`."""

    __test__ = False

    node_id: str
    outcome: str
    message: str = ""
    page: str = ""
    attempts: int | None = None
    elapsed_seconds: float | None = None

    @property
    def path(self) -> str:
        """The file of the test."""
        return self.node_id.partition("::")[0]

    @property
    def name(self) -> str:
        """The name of the test in its file."""
        return self.node_id.partition("::")[2] or self.node_id

    @property
    def elapsed(self) -> str:
        """The virtual time."""
        return "" if self.elapsed_seconds is None else duration_text(self.elapsed_seconds)


def index_of(rows: Iterable[TestRow], templates: Templates) -> str:
    """Returns the index as HTML: failures first, then by file and name."""
    in_order = sorted(rows, key=lambda row: (row.outcome not in _FAILED, row.node_id))
    outcomes = Counter(row.outcome for row in in_order)
    return templates.render("index.html", rows=in_order, outcomes=sorted(outcomes.items()), failed=_FAILED)
