"""The runtime hooks of SnapStart, which code registers with the package `snapshot_restore_py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .errors import InitFault
from .stack import format_stack

_MODULE = "snapshot_restore_py"
_BEFORE, _AFTER = "_before_snapshot_registry", "_after_restore_registry"
Hooks = list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]]


class SnapshotHooks:
    """The hooks that code in folders has registered. They belong to one execution environment."""

    def __init__(self) -> None:
        self._own: dict[str, Hooks] = {_BEFORE: [], _AFTER: []}
        self._tests: dict[str, Hooks] = {}

    def enter(self) -> None:
        """Installs the hooks of the execution environment instead of those of the test."""
        self._tests = {name: list(registry) for name, registry in _registries().items()}
        for name, registry in _registries().items():
            registry[:] = self._own[name]

    def leave(self) -> None:
        """Stores the hooks of the execution environment, and restores those of the test."""
        for name, registry in _registries().items():
            self._own[name] = list(registry)
            registry[:] = self._tests.get(name, [])


def run_before_snapshot(handler: Callable[..., object], *, is_shared: bool) -> None:
    """Runs the hooks before a snapshot, the last registered first.

    Args:
        handler: The function's handler.
        is_shared: Whether the handler is a callable, whose modules other functions share. Then only the hooks of modules in
            the handler's package run.

    Raises:
        InitFault: A hook raised an error.
    """
    _run(list(reversed(_hooks(_BEFORE, handler, is_shared))))


def run_after_restore(handler: Callable[..., object], *, is_shared: bool) -> None:
    """Runs the hooks after a restore, in the order in which they were registered. The arguments are those of
    `run_before_snapshot`.
    """
    _run(_hooks(_AFTER, handler, is_shared))


def _run(hooks: Hooks) -> None:
    for function, positional, keywords in hooks:
        try:
            function(*positional, **keywords)
        except Exception as error:
            raise InitFault(type(error).__name__, str(error), format_stack(error.__traceback__)) from error


def _hooks(name: str, handler: Callable[..., object], is_shared: bool) -> Hooks:
    hooks = _registries().get(name, [])
    return [hook for hook in hooks if not is_shared or _package(hook[0]) == _package(handler)]


def _package(function: object) -> str:
    return str(getattr(function, "__module__", "") or "").partition(".")[0]


def _registries() -> dict[str, Hooks]:
    """Returns the lists of the package that exist so far."""
    module = sys.modules.get(_MODULE)
    return {name: getattr(module, name) for name in (_BEFORE, _AFTER) if hasattr(module, name)}
