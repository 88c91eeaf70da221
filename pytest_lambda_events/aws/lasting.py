"""Keeps patches of moto between environments, if an exploration asks for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from ..config import LambdaEventsConfig
from ..contexts import contextmanager
from ..simulation.watchdog import observing
from .kept_patches import KeptPatches
from .process import process

T = TypeVar("T")
_APPLIED = nullcontext()


@contextmanager
def many_environments() -> Iterator[None]:
    """Keeps between the environments that are opened in the block, one after the other, what is slow to open."""
    known = process()
    before = known.kept_patches, known.observer
    patches = KeptPatches()
    if known.kept_patches is not None:
        # An exploration inside of another one begins with an unchanged moto too.
        known.kept_patches.undo()
    try:
        with patches.until_moto_starts(), observing() as known.observer:
            known.kept_patches = patches
            yield
    finally:
        known.kept_patches, known.observer = before


@contextmanager
def keeping_patches(config: LambdaEventsConfig) -> Iterator[None]:
    """Is entered before the parts of an environment are opened."""
    kept = process().kept_patches
    if kept is None:
        yield
        return
    with kept.used(config):
        yield


def lasting(current: T) -> T:
    """Returns an object of the open environment in the form in which a kept patch may hold it."""
    kept = process().kept_patches
    return current if kept is None else kept.stand_in(current)


def shared(made: Callable[..., T], *needed: Any) -> T:
    """Returns what `made` returns for the open environment. Environments that keep their patches share it."""
    known = process().kept_patches
    return made(*needed) if known is None else known.shared(made, *needed)


def kept(name: str, patches: Callable[..., AbstractContextManager[Any]], *needed: Any) -> AbstractContextManager[None]:
    """Returns what applies patches for the open environment. If environments keep their patches, they are applied already.

    `needed` is what `patches` takes. The objects of the environment in it are `lasting`.
    """
    known = process().kept_patches
    if known is None or not known.is_used:
        return patches(*needed)
    if name not in known.names:
        known.apply(name, lambda: patches(*needed))
    return _APPLIED
