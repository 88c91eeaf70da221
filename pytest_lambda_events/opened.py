"""Who takes part when an environment opens and closes in this process: pytest's plugin, while a test runs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Observer(Protocol):
    """Takes part in environments, each a `LambdaEvents`."""

    def options(self) -> Mapping[str, Any]:
        """Options for an environment that is made now. Those that its maker passes win."""

    def opens(self, environment: Any) -> None:
        """The environment is about to open."""

    def has_opened(self, environment: Any) -> None:
        """The environment is open. An exception closes it again and passes through."""

    def closes(self, environment: Any) -> None:
        """The environment is about to close."""


class Nobody:
    """Takes no part."""

    def options(self) -> Mapping[str, Any]:
        return {}

    def opens(self, environment: Any) -> None: ...

    has_opened = closes = opens


@dataclass
class Observation:
    """The observer of this process."""

    observer: Observer = field(default_factory=Nobody)


@functools.cache
def observation() -> Observation:
    """The one of this process. Outside of tests nobody observes."""
    return Observation()
