"""Replaces methods of types of extension modules, which Python itself does not allow."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def methods_replaced(kind: type, methods: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Replaces methods of a type during the block. Names that the type does not have are left out.

    It concerns all instances, also those that exist already, and calls of `super()` in subclasses. Calls that do not look up
    an attribute, such as `len(instance)` and the creation of an instance, are not concerned.
    """
    # The type itself has only a read-only view of its attributes.
    [attributes] = gc.get_referents(vars(kind))
    before = {name: attributes[name] for name in methods if name in attributes}
    try:
        _set(kind, attributes, {name: methods[name] for name in before})
        yield
    finally:
        _set(kind, attributes, before)


def _set(kind: type, attributes: dict[str, Any], values: Mapping[str, Any]) -> None:
    attributes.update(values)
    # Python keeps the results of look-ups until this call.
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
