"""Repairs of moto while a simulated AWS is open. Only those that this release of moto needs are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from ..contexts import contextmanager
from ..patching import Patch, put_all_back, replace_all
from ..values import dataclass
from .process import process


@dataclass(frozen=True, slots=True)
class Repair:
    """Some patches, and the bugs of moto that make them necessary. One of the bugs is enough.

    A check for a bug runs with unchanged moto. `patches` receives the objects that the repairs of one service share in a
    simulated AWS.
    """

    name: str
    faults: Sequence[Callable[[Any], bool]]
    patches: Callable[..., Sequence[Patch]]


def needed(service: str, repairs: Iterable[Repair], moto_alone: Callable[[], AbstractContextManager[Any]]) -> frozenset[str]:
    """Returns the names of the repairs that this release of moto needs. It is checked once per process, with unrepaired
    moto.
    """
    known = process().needed_repairs
    if service not in known:
        with moto_alone() as moto:
            known[service] = frozenset(repair.name for repair in repairs if any(fault(moto) for fault in repair.faults))
    return known[service]


@contextmanager
def put_on(repairs: Iterable[Repair], names: frozenset[str], *shared: Any) -> Iterator[None]:
    """Applies the repairs with these names, in the given order."""
    with patched(patch for repair in repairs if repair.name in names for patch in repair.patches(*shared)):
        yield


@contextmanager
def patched(patches: Iterable[Patch]) -> Iterator[None]:
    """Works like `mock.patch.object(..., create=True)` for each of `patches`, but ten times faster for many."""
    before: list[Patch] = []
    try:
        replace_all(patches, before)
        yield
    finally:
        put_all_back(before)
