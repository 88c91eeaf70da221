"""Repairs of moto while a simulated AWS is open: those that this release of moto needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from .process import process

_MISSING = object()

Patch = tuple[Any, str, Any]
"""The owner, the attribute, and what takes its place."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Some patches, and the faults of moto of which any one makes them needed.

    A fault is asked of moto as it is; `patches` is given what the repairs of one service share in a simulated AWS.
    """

    name: str
    faults: Sequence[Callable[[Any], bool]]
    patches: Callable[..., Sequence[Patch]]


def needed(service: str, repairs: Iterable[Repair], moto_alone: Callable[[], AbstractContextManager[Any]]) -> frozenset[str]:
    """The names of the repairs that this release of moto needs; asked once per process, of moto as it is unrepaired."""
    known = process().needed_repairs
    if service not in known:
        with moto_alone() as moto:
            known[service] = frozenset(repair.name for repair in repairs if any(fault(moto) for fault in repair.faults))
    return known[service]


@contextmanager
def put_on(repairs: Iterable[Repair], names: frozenset[str], *shared: Any) -> Iterator[None]:
    """Put on the repairs of these names, in the order in which they are given."""
    with patched(patch for repair in repairs if repair.name in names for patch in repair.patches(*shared)):
        yield


@contextmanager
def patched(patches: Iterable[Patch]) -> Iterator[None]:
    """Does what `mock.patch.object(..., create=True)` does for each of `patches`, at a tenth of the time for many."""
    before: list[Patch] = []
    try:
        for owner, name, value in patches:
            # What is inherited is no attribute of the owner's own, and is not put back as one.
            before.append((owner, name, vars(owner).get(name, _MISSING)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            if value is not _MISSING:
                setattr(owner, name, value)
            elif name in vars(owner):
                delattr(owner, name)
