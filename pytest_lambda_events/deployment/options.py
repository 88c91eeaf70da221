"""What a test passes to `deploy` in addition to the source."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from ..arguments import alternatives
from ..errors import LambdaEventsError, hides_frames
from ..handles.handlers import Handler
from ..values import dataclass

__tracebackhide__ = hides_frames

Given = "Handler | str | os.PathLike[str]"


class GivenCode:
    """Code of functions that a test gives instead of the template's, by any name of the function."""

    def __init__(self, given: Mapping[str, Handler | str | os.PathLike[str]]) -> None:
        self._given = given
        self._used: set[str] = set()

    def of(self, fits: Callable[[str], bool]) -> Handler | str | os.PathLike[str] | None:
        """Returns the code of a function, or None. `fits` decides whether a name is one of the function."""
        for name, code in self._given.items():
            if fits(name):
                self._used.add(name)
                return code
        return None

    def check_all_used(self, functions: Sequence[str]) -> None:
        """Raises `LambdaEventsError` if a name fits no function."""
        unknown = [name for name in self._given if name not in self._used]
        if unknown:
            known = alternatives(unknown[0], functions, label="Its functions")
            raise LambdaEventsError(f"handlers={{{unknown[0]!r}: ...}}: the template has no such function. {known}")


class ChosenResources:
    """The custom resources whose functions run: names of resources, or True for all."""

    def __init__(self, chosen: Collection[str] | bool) -> None:
        self.are_all = chosen is True
        self._names = () if isinstance(chosen, bool) else tuple([chosen] if isinstance(chosen, str) else chosen)
        self._used: set[str] = set()

    def has(self, fits: Callable[[str], bool]) -> bool:
        """Returns whether a resource is chosen. `fits` decides whether a name is one of the resource."""
        used = [name for name in self._names if fits(name)]
        self._used.update(used)
        return self.are_all or bool(used)

    def check_all_used(self) -> None:
        """Raises `LambdaEventsError` if a name fits no custom resource whose function can run."""
        unknown = [name for name in self._names if name not in self._used]
        if unknown:
            raise LambdaEventsError(
                f"run_custom_resources={unknown!r}: the template has no such custom resource whose function can run. "
                "Leave the name out."
            )


@dataclass(frozen=True)
class Options:
    """The options of one call of `deploy`, for all its stacks."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    code: GivenCode = field(default_factory=lambda: GivenCode({}))
    exports: Mapping[str, Any] = field(default_factory=dict)
    custom_resources: ChosenResources = field(default_factory=lambda: ChosenResources(()))
