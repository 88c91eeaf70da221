"""Replaces functions of Python by our own, in every module that has one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from types import ModuleType
from typing import Any
from weakref import ref

from ...contexts import contextmanager
from ...values import dataclass


@dataclass(frozen=True, slots=True)
class StandIn:
    """A function of `module`, and our replacement, which decides at each call which of the two is used.

    Modules that are imported meanwhile keep the replacement, so it must work for the whole process.
    """

    module: ModuleType
    name: str
    real: Callable[..., Any]
    function: Callable[..., Any]


class StandIns:
    """Knows in which modules, and under which names, the real functions are.

    Copies in default arguments and class attributes are not found.
    """

    def __init__(self, stand_ins: Sequence[StandIn], left_alone: Collection[str] = ()) -> None:
        self._by_identity = {id(one.real): one for one in stand_ins}
        self._places = [(one.module, one.name, one) for one in stand_ins]
        self._left_alone = left_alone
        self._scanned: dict[int, object] = {}
        # The identities of the modules at the last search. None if one of them was collected since.
        self._last: list[int] | None = None
        for one in stand_ins:
            self._scan(one.module)

    def __len__(self) -> int:
        """Returns the number of places."""
        return len(self._places)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Installs our functions during the block. A function that the user has replaced stays replaced."""
        self._look()
        changed: list[tuple[ModuleType, str, StandIn]] = []
        try:
            for module, name, stand_in in self._places:
                if vars(module).get(name) is stand_in.real:
                    setattr(module, name, stand_in.function)
                    changed.append((module, name, stand_in))
            yield
        finally:
            for module, name, stand_in in changed:
                if vars(module).get(name) is stand_in.function:
                    setattr(module, name, stand_in.real)

    def _look(self) -> None:
        """Searches the modules that were loaded since the last time."""
        # By key and type, because values may be stand-ins, and a module that loads itself on first use must not be touched.
        # Each simulated AWS compares thousands of modules, nearly all of them known: this is the fastest way.
        if list(map(id, list(sys.modules.values()))) == self._last:
            return
        modules = sys.modules.copy()
        self._last = identities = list(map(id, modules.values()))
        unknown = set(identities).difference(self._scanned)
        if not unknown:
            return
        contents_of, has_none = ModuleType.__getattribute__, self._by_identity.keys().isdisjoint
        for identity, (module_name, module) in zip(identities, modules.items(), strict=True):
            if identity not in unknown:
                continue
            self._scan(module)
            # By its own type, because `isinstance` also believes the `__class__` of a stand-in.
            if module_name in self._left_alone or not issubclass(type(module), ModuleType):
                continue
            contents = contents_of(module, "__dict__")
            # Nearly no module has one of the functions.
            if has_none(map(id, [*contents.values()])):
                continue
            for name, value in list(contents.items()):
                found = self._by_identity.get(id(value))
                if found is not None and value is found.real:
                    self._places.append((module, name, found))

    def _scan(self, module: object) -> None:
        """Stores that a module, or what stands in its place, is known.

        This holds as long as it exists: after that another object may have its identity. Objects of C libraries without weak
        references are kept.
        """
        key = id(module)
        try:
            self._scanned[key] = ref(module, lambda _: self._forget(key))
        except TypeError:
            self._scanned[key] = module

    def _forget(self, key: int) -> None:
        self._scanned.pop(key, None)
        self._last = None
