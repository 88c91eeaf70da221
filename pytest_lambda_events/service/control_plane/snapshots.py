"""Snapshots of SnapStart: a version loads its code when it is published, and is then Active or Failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...journal.entry import Subject
from ...journal.pending import Initialization
from ..model import Configuration, Function
from .dependencies import Dependencies
from .region import Region

_PENDING: Mapping[str, Any] = {
    "state": "Pending", "state_reason": "The function is being created.", "state_reason_code": "Creating",
}  # fmt: skip
_ACTIVE: Mapping[str, Any] = {"state": "Active", "state_reason": None, "state_reason_code": None}
_FAILED: Mapping[str, Any] = {
    "state": "Failed", "state_reason": "The function failed to initialize. See its log.", "state_reason_code": "FunctionError",
}  # fmt: skip


class Snapshots:
    """The initialization of the versions of one region."""

    def __init__(self, region: Region, dependencies: Dependencies) -> None:
        self._region = region
        self._dependencies = dependencies
        self._pending: set[tuple[str, str]] = set()

    def begin(self, function: Function, version: Configuration, immediately: bool) -> Configuration:
        """Returns a new version, and loads its code soon. The version is Pending until then, but with `immediately` it is
        Active.
        """
        key = (function.name, version.version)
        self._pending.add(key)

        def initialize() -> None:
            current = self._current(function, version.version)
            if current is None:
                self._pending.discard(key)
            else:
                self._dependencies.environments.initialize(current, 1, done)

        def done(is_loaded: bool) -> None:
            self._pending.discard(key)
            current = self._current(function, version.version)
            if current is not None:
                state = _ACTIVE if is_loaded else _FAILED
                uuid = self._dependencies.identifiers.uuid()
                function.versions[version.version] = replace(current, revision_id=uuid, **state)

        delay = 0.0 if immediately else self._dependencies.state_change_seconds
        self._dependencies.scheduler.call_after(delay, initialize, Initialization(Subject(function.name)), background=True)
        return replace(version, **(_ACTIVE if immediately else _PENDING))

    def is_pending(self, function_name: str, version: str) -> bool:
        """Returns whether the code of a version is not loaded yet."""
        return (function_name, version) in self._pending

    def _current(self, function: Function, version: str) -> Configuration | None:
        """Returns the version, unless it or its function was deleted."""
        is_there = self._region.functions.get(function.name) is function
        return function.versions.get(version) if is_there else None
