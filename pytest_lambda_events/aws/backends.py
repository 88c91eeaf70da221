"""Finds the backends of moto."""

from __future__ import annotations

from typing import TypeVar

from moto.core.base_backend import BackendDict, BaseBackend

B = TypeVar("B", bound=BaseBackend)


def backend_of(backends: BackendDict[B], account_id: str, region_name: str) -> B:
    """Returns `backends[account_id][region_name]`.

    moto's own look-up takes a lock and compares all services that were used. This is needed only for the first use.
    """
    regions = dict.get(backends, account_id)
    found = None if regions is None else dict.get(regions, region_name)
    return backends[account_id][region_name] if found is None else found
