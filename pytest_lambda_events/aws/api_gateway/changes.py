"""Notes the calls that change APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..repairs import patched

_CHANGES = ("create_", "update_", "delete_", "put_", "import_", "reimport_")


@contextmanager
def noting_changes(backend: type, changed: Callable[[], None]) -> Iterator[None]:
    """Calls `changed` after each method of a backend of moto that changes something. Stacks of moto call them too."""
    methods = {name: method for name, method in vars(backend).items() if name.startswith(_CHANGES)}
    with patched((backend, name, _noting(method, changed)) for name, method in methods.items()):
        yield


def _noting(method: Callable[..., Any], changed: Callable[[], None]) -> Callable[..., Any]:
    def noting(*positional: Any, **keywords: Any) -> Any:
        try:
            return method(*positional, **keywords)
        finally:
            changed()

    return noting
