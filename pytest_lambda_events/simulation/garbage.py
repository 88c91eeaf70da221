"""Lets Python look rarely for garbage among old objects while the virtual time moves."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FULL_COLLECTIONS = 1_000
"""How many collections of younger objects cause one of all objects. Python's own number is 10."""


@contextmanager
def rare_full_collections() -> Iterator[None]:
    """Raises the last threshold of Python's garbage collector, and restores it unless it is changed meanwhile.

    The journal keeps what it has, so a full collection looks at a growing number of objects and finds nothing. That took a
    sixth of the time of a long `advance`. Garbage of handlers is younger, and is collected as before.
    """
    before = gc.get_threshold()
    raised = (*before[:2], max(before[2], FULL_COLLECTIONS))
    gc.set_threshold(*raised)
    try:
        yield
    finally:
        if gc.get_threshold() == raised:
            gc.set_threshold(*before)
