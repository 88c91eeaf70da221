"""Makes the executions of an exploration cheaper. Nothing that a test observes changes."""

from __future__ import annotations

from collections.abc import Iterator

from ..contexts import contextmanager
from ..environment import many_environments
from .garbage import garbage_collected_rarely


@contextmanager
def executions_repeated() -> Iterator[None]:
    """Keeps between the executions of the block what they have in common, and lets Python collect garbage more rarely."""
    with many_environments(), garbage_collected_rarely():
        yield
