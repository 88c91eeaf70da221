"""Finds the backends of moto."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, TypeVar

from moto.core.base_backend import BackendDict, BaseBackend

B = TypeVar("B", bound=BaseBackend)


def backend_of(backends: BackendDict[B], account_id: str, region_name: str) -> B:
    """Returns `backends[account_id][region_name]`.

    moto's own look-up takes a lock and compares all services that were used. This is needed only for the first use.
    """
    regions = dict.get(backends, account_id)
    found = None if regions is None else dict.get(regions, region_name)
    return backends[account_id][region_name] if found is None else found


class LateBackends:
    """The backends of one service of moto, by account and region. The service is loaded when they are first used."""

    def __init__(self, service: str, name: str) -> None:
        self._module = f"moto.{service}.models"
        self._name = name

    def loaded(self) -> Any:
        """Returns moto's dictionary of backends."""
        found = getattr(sys.modules.get(self._module), self._name, None)
        return getattr(import_module(self._module), self._name) if found is None else found

    def __getitem__(self, account_id: str) -> Any:
        return self.loaded()[account_id]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loaded(), name)


def late_backends(service: str, name: str = "") -> Any:
    """Returns the backends of a service. `name` is that of the dictionary, if it is not `SERVICE_backends`."""
    return LateBackends(service, name or f"{service}_backends")
