"""Patches that stay from one execution of an exploration to the next: those of moto, and those that a test does not notice.

Applying and undoing them takes longer than everything else that opens an environment. Python also forgets what it has learned
about the methods of a class when the class changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from moto.core.models import MockAWS

from ..config import LambdaEventsConfig
from ..contexts import ExitStack, contextmanager
from ..patching import attribute_patched

T = TypeVar("T")


class KeptPatches:
    """The patches of environments that follow each other with the same options.

    A kept patch outlives the environment for which it was applied. So it uses stand-ins for the objects of the environment.
    A stand-in shares its attributes with the object of the same class that belongs to the environment that is open.
    """

    def __init__(self) -> None:
        self._config: LambdaEventsConfig | None = None
        self.is_used = False
        """Whether the environment that is open keeps its patches."""
        self.names: set[str] = set()
        """The names of the patches that are applied."""
        self._stand_ins: dict[type, Any] = {}
        self._shared: dict[Callable[..., Any], Any] = {}
        self._patches = ExitStack()

    @contextmanager
    def used(self, config: LambdaEventsConfig) -> Iterator[None]:
        """Keeps the patches of the environment of the block, unless moto already runs for someone else."""
        if (self._config is not config and self._config != config) or _moto_runs():
            self.undo()
        self._config, self.is_used = config, not _moto_runs()
        try:
            yield
        finally:
            self.is_used = False

    @contextmanager
    def until_moto_starts(self) -> Iterator[None]:
        """Undoes the patches at the end of the block, or earlier if code of the test starts moto without an environment."""
        start = MockAWS.start

        def started(mock: MockAWS, *arguments: Any, **named: Any) -> Any:
            if not self.is_used:
                self.undo()
            return start(mock, *arguments, **named)

        with self._patches, attribute_patched(MockAWS, "start", started):
            yield

    def undo(self) -> None:
        """Undoes all patches."""
        self.names.clear()
        self._stand_ins.clear()
        self._shared.clear()
        self._patches.close()

    def stand_in(self, current: T) -> T:
        """Returns the stand-in for an object of the open environment, which has no other object of this class."""
        if not self.is_used:
            return current
        kind = type(current)
        stand_in = self._stand_ins.get(kind)
        if stand_in is None:
            stand_in = self._stand_ins[kind] = object.__new__(kind)
        stand_in.__dict__ = current.__dict__
        return stand_in

    def shared(self, made: Callable[..., T], *needed: Any) -> T:
        """Returns what `made` has returned the first time."""
        if not self.is_used:
            return made(*needed)
        if made not in self._shared:
            self._shared[made] = made(*needed)
        return self._shared[made]  # type: ignore[no-any-return]

    def apply(self, name: str, patches: Callable[[], AbstractContextManager[object]]) -> None:
        """Applies patches that are not applied yet."""
        self._patches.enter_context(patches())
        self.names.add(name)


def _moto_runs() -> bool:
    return bool(MockAWS._nested_count)
