"""What pollers need of the simulated AWS dependencies them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..service.async_queue import Functions
from ..service.authorization import Authorizer
from ..service.errors import ServiceError
from ..service.invoker import Invoker
from ..service.model import Target
from ..simulation.simulation import Signal, Simulation
from .mapping import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The collaborators of pollers.

    `blocked_may_go_on` is notified when what was denied or missing may be there now; `check_invocable` raises for a
    function that cannot run here.
    """

    simulation: Simulation
    invoker: Invoker
    functions: Functions
    authority: Authorizer
    blocked_may_go_on: Signal
    check_invocable: Callable[[Target], None]

    def named(self, settings: Settings) -> Target | None:
        """What a mapping names, of an alias the main version. None if it is gone (ESM-56)."""
        return _found(self.functions.named, settings)

    def resolved(self, settings: Settings) -> Target | None:
        """What an invocation would run now, an alias's weights drawn. None if it is gone (ESM-56)."""
        return _found(self.functions.resolve, settings)

    def refusal(self, settings: Settings, action: str, source_arn: str) -> str | None:
        """Why the function's role may not do this, if it may not."""
        target = self.named(settings)
        return None if target is None else self.authority.allowed(target.configuration.role, action, source_arn)


def _found(find: Callable[[str, str | None], Target], settings: Settings) -> Target | None:
    try:
        return find(settings.function_arn, None)
    except ServiceError:
        return None
