"""The observer of all environments in this process: pytest's plugin, while a test runs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Protocol


class Observer(Protocol):
    """Is called when environments, each a `LambdaEvents`, open and close."""

    def options(self) -> Mapping[str, Any]:
        """Returns the options for a new environment. Keywords of `LambdaEvents` override them."""

    def opens(self, environment: Any) -> None:
        """Is called before the environment opens."""

    def has_opened(self, environment: Any) -> None:
        """Is called when the environment is open. An exception closes the environment and passes through."""

    def closes(self, environment: Any) -> None:
        """Is called before the environment closes."""


class Nobody:
    """Observes nothing."""

    def options(self) -> Mapping[str, Any]:
        return {}

    def opens(self, environment: Any) -> None: ...

    has_opened = closes = opens


class Observation:
    """Holds the observer of this process."""

    def __init__(self) -> None:
        self.observer: Observer = Nobody()


@functools.cache
def observation() -> Observation:
    """Returns the observation of this process. Outside of tests it observes nothing."""
    return Observation()
