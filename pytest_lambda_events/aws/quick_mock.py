"""Starts and stops moto's mock faster: what moto computes again each time is known, and no class changes.

Python forgets what it has learned about the attributes of a class when the class changes.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from moto.core import custom_responses_mock, model_instances, models
from requests.adapters import HTTPAdapter

from ..contexts import contextmanager
from ..patching import Patch, attribute_patched, attributes_patched
from .lasting import kept

_VERSION = "is_responses_0_17_x"
_RESET = "reset_model_data"
_ADAPTER = "requests.adapters.HTTPAdapter.send"


@contextmanager
def mock_started_quickly() -> Iterator[None]:
    """Makes moto's mock of the block faster. It is entered before the mock."""
    with kept("start of moto", _known_already):
        mocked: Any = models.responses_mock
        if getattr(mocked, "target", "") == _ADAPTER and getattr(mocked, "_patcher", mocked) is None:
            with _Patcher(mocked).used():
                yield
        else:
            yield


def _known_already() -> attributes_patched:
    patches: list[Patch] = []
    if hasattr(custom_responses_mock, _VERSION):
        patches.append((custom_responses_mock, _VERSION, _is_new))
    if hasattr(models, _RESET) and hasattr(model_instances, "model_data"):
        patches.append((models, _RESET, _reset_model_data))
    return attributes_patched(*patches)


@functools.cache
def _is_new() -> bool:
    from moto.core.versions import is_responses_0_17_x

    return is_responses_0_17_x()


def _reset_model_data() -> None:
    """Forgets the created models. moto assigns a new list to each of hundreds of classes, also if its list is empty."""
    for kinds in model_instances.model_data.values():
        for kind in kinds.values():
            instances: list[Any] = kind.instances_tracked  # type: ignore[attr-defined]
            if instances:
                instances.clear()


class _Patcher:
    """Replaces the method that sends requests, as `mock.patch` does for `responses`, which finds the class by its name."""

    def __init__(self, mocked: Any) -> None:
        self._mocked = mocked
        self._patch = attribute_patched(HTTPAdapter, "send", mocked.unbound_on_send())

    @contextmanager
    def used(self) -> Iterator[None]:
        """Lets `responses` find this patcher when it starts, and use it when it stops."""
        self._patch.__enter__()
        self._mocked._patcher = self
        try:
            yield
        finally:
            if self._mocked._patcher is self:
                self._mocked.stop(allow_assert=False)

    def stop(self) -> None:
        """Restores the method."""
        self._patch.__exit__(None, None, None)
