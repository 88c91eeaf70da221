"""What an exploration is asked for while one of its executions runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .named_functions import NamedFunction

AS_USUAL = ""
"""The alternative that is chosen without an exploration: nothing fails, and work runs in its documented order."""

DELIVERED_AGAIN = "delivered again"
"""An event is delivered once more while an attempt runs."""
REQUESTED_AGAIN = "requested again"
"""A client sends an HTTP request once more while an attempt runs."""
LOST_ACKNOWLEDGEMENT = "lost acknowledgement"
"""A delivery succeeded, but the service that delivers does not know it."""


class Explorer(Protocol):
    """Chooses at each point of an execution where AWS could behave differently."""

    @property
    def functions(self) -> Sequence[NamedFunction]:
        """Returns the functions around whose calls a process can end."""

    def choose(self, kind: str, function_name: str, what: str, alternatives: Sequence[str]) -> str:
        """Returns one of `alternatives`, or `AS_USUAL`.

        `kind` is what kind of choice it is, `what` is what it is about, such as `dynamodb.PutItem payments`.
        """

    def touched(self, attempt: str, resources: Sequence[str], *, changes: bool) -> None:
        """Remembers that an attempt uses resources, and whether it may change them."""
