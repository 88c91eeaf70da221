"""What pollers need of the world around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ... import limits
from ...service.async_queue import Functions
from ...service.errors import ServiceError
from ...service.invoker import Invoker
from ...service.model import Target
from ...service.permissions_port import Authority
from ...simulation.simulation import Notice, Simulation
from ..mapping import Settings
from ..ports import Queues


@dataclass(frozen=True, slots=True)
class Readings:
    """How pollers read what AWS leaves open; each is a field of `LambdaEventsConfig`."""

    low_traffic_window_seconds: float = 0.0
    parallel_buffers: int = 1
    concurrency_growth_per_minute: int = limits.SQS_CONCURRENCY_GROWTH_PER_MINUTE
    extends_visibility_timeout: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The collaborators of pollers.

    `blocked_may_go_on` is notified when what was denied or missing may be there now; `check_invocable` raises for a
    function that cannot run here.
    """

    simulation: Simulation
    invoker: Invoker
    functions: Functions
    queues: Queues
    authority: Authority
    blocked_may_go_on: Notice
    check_invocable: Callable[[Target], None]
    readings: Readings = Readings()

    def named(self, settings: Settings) -> Target | None:
        """What a mapping names, of an alias the main version. None if it is gone (ESM-56)."""
        return _found(self.functions.named, settings)

    def resolved(self, settings: Settings) -> Target | None:
        """What an invocation would run now, an alias's weights drawn. None if it is gone (ESM-56)."""
        return _found(self.functions.resolve, settings)

    def refusal(self, settings: Settings, action: str, queue_arn: str) -> str | None:
        """Why the function's role may not do this, if it may not."""
        target = self.named(settings)
        return None if target is None else self.authority.allowed(target.configuration.role, action, queue_arn)


def _found(find: Callable[[str, str | None], Target], settings: Settings) -> Target | None:
    try:
        return find(settings.function_arn, None)
    except ServiceError:
        return None
