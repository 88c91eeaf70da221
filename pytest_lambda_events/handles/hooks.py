"""What others may do around the attempts of an environment, and what they may know of handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..simulation.threads import real_monotonic
from ..values import dataclass
from .long_runs import to_stderr

if TYPE_CHECKING:
    from ..faults.explorer import Explorer
    from .attempts import Attempt
    from .handlers import Handler


def _knows_none(name: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """What pytest's hooks of the same names do: the handler of a name, and what is called around each attempt."""

    handler: Callable[[str], Handler | None] = _knows_none
    before_attempt: Callable[[Attempt], object] | None = None
    after_attempt: Callable[[Attempt], object] | None = None
    tell: Callable[[str], object] = to_stderr
    """Shows a note immediately, while the test runs."""
    real_seconds: Callable[[], float] = real_monotonic
    explorer: Explorer | None = None
    """Chooses where AWS could behave differently. None: everything happens as documented."""

    @property
    def watch_attempts(self) -> bool:
        """Whether anybody wants to know of attempts."""
        return self.before_attempt is not None or self.after_attempt is not None
