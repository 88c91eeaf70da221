"""The parts of the simulated AWS that the control plane needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Protocol

from ...simulation.clock import VirtualClock
from ...simulation.identifiers import Identifiers
from ...simulation.scheduler import Scheduler
from ...values import dataclass
from ..authorization import AllowAll, Authorizer
from ..model import Configuration
from .images import Handlers
from .layers import Layers


class ObjectMissing(Exception):
    """S3 does not have this object. Holds the error code and the message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Objects(Protocol):
    """The part of S3 from which code is read."""

    def get_object(self, bucket: str, key: str, version: str | None) -> bytes:
        """Returns the bytes of an object. Raises `ObjectMissing`."""


RuntimeNames = Callable[[], Sequence[str]]
"""Returns the names of all runtimes that the API has."""


class Roles(Protocol):
    """The part of IAM that has the roles of functions."""

    def role_exists(self, arn: str) -> bool:
        """Returns whether a role with this ARN exists that Lambda may assume."""


class Environments(Protocol):
    """Creates and ends execution environments for the control plane."""

    def initialize(self, configuration: Configuration, count: int, done: Callable[[bool], None]) -> None:
        """Initializes `count` execution environments ahead of invocations. Calls `done` with whether their code was loaded.

        It is called in a turn of the scheduler, because it runs the code of the function.
        """

    def discard(self, configuration: Configuration) -> None:
        """Discards the free execution environments of a configuration that was deleted or replaced."""


class NoLayers:
    """A simulated AWS without layers."""

    def find(self, arn: str) -> None:
        """Returns None for every ARN."""


def _no_handler(name: str) -> None:
    """Returns None: no hook has a handler for the name."""


def _unread(function_name: str, note: str) -> None:
    """Drops a note."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The collaborators of a control plane. For `account_limit` see CON-02, for `state_change_seconds` FUN-09.

    `note` tells the test something about a function, once. It is not an error.
    """

    clock: VirtualClock
    scheduler: Scheduler
    identifiers: Identifiers
    roles: Roles
    objects: Objects
    environments: Environments
    runtimes: RuntimeNames
    account_limit: int = 1000
    state_change_seconds: float = 1.0
    authority: Authorizer = field(default_factory=AllowAll)
    layers: Layers = field(default_factory=NoLayers)
    note: Callable[[str, str], None] = _unread
    handlers: Handlers = _no_handler

    @property
    def last_modified(self) -> str:
        """Returns the current time in the form of configurations: `YYYY-MM-DDTHH:MM:SS.mmm+0000` (FUN-01)."""
        return f"{self.clock.now:%Y-%m-%dT%H:%M:%S}.{self.clock.now.microsecond // 1000:03d}+0000"
