"""What the control plane needs of the simulated AWS around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ...simulation.clock import VirtualClock
from ...simulation.identifiers import Identifiers
from ...simulation.scheduler import Scheduler
from ..authorization import AllowAll, Authorizer
from ..model import Configuration
from .images import Handlers
from .layers import Layers


class ObjectMissing(Exception):
    """S3 has no such object: its error code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Objects(Protocol):
    """S3, as far as code is read from it."""

    def get_object(self, bucket: str, key: str, version: str | None) -> bytes:
        """The bytes of an object. Raises `ObjectMissing`."""


RuntimeNames = Callable[[], Sequence[str]]
"""Gives the names of all runtimes that the API has."""


class Roles(Protocol):
    """IAM, as far as functions need roles."""

    def role_exists(self, arn: str) -> bool:
        """Whether there is such a role that Lambda may assume."""


class Environments(Protocol):
    """Execution environments, as far as the control plane makes and ends them."""

    def initialize(self, configuration: Configuration, count: int, done: Callable[[bool], None]) -> None:
        """Make `count` environments ready ahead of invocations; `done` tells whether their code could be loaded.

        Called in a turn of the scheduler, since it runs the function's code.
        """

    def discard(self, configuration: Configuration) -> None:
        """The configuration is gone or was replaced: its environments are not used again."""


class NoLayers:
    """A simulated AWS without layers."""

    def find(self, arn: str) -> None:
        """Returns None for every ARN."""


def _no_handler(name: str) -> None:
    """Has no callable for a name."""


def _unread(function_name: str, note: str) -> None:
    """Drops a note."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The collaborators of a control plane; `account_limit` is CON-02's, `state_change_seconds` FUN-09's.

    `note` tells the test once what it should know about a function. It is no error.
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
        """The instant as configurations state it: `YYYY-MM-DDTHH:MM:SS.mmm+0000` (FUN-01)."""
        return f"{self.clock.now:%Y-%m-%dT%H:%M:%S}.{self.clock.now.microsecond // 1000:03d}+0000"
