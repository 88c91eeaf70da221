"""What is kept from simulated AWS to simulated AWS because it is slow to make, and holds nothing of a test."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from types import BuiltinFunctionType
from typing import Any
from weakref import WeakSet

from ..simulation.signals import HandlerSignals
from ..simulation.simulation import Simulation
from ..simulation.threads import real_sleep
from ..simulation.time_functions import time_functions
from .clock.stand_ins import StandIns
from .network.api_calls import Network


def _builtin_sleep() -> Callable[[float], None]:
    # A test suite may have replaced it for good before the first simulated AWS.
    return time.sleep if isinstance(time.sleep, BuiltinFunctionType) else real_sleep


@dataclass(eq=False)
class Process:
    """The only state of `aws/` that outlives a simulated AWS.

    `sessions` and `clients` are boto3's. `sleepers` and `signal_functions` are the places of `time.sleep` and of
    functions of `signal`. `loaded` are the names of modules whose lazy attributes are there. `needed_repairs` are the names of
    those that moto needs, by service, once that is known. `models` are the pydantic models that were looked at,
    `comparing_models` those of them that compare with the system's clock. `simulation` and `signals` are those of the open
    environment, if there is one. `network` guards botocore's requests.
    """

    simulation: Simulation | None = None
    sessions: dict[tuple[str, str], Any] = field(default_factory=dict)
    clients: dict[Hashable, Any] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)
    sleepers: StandIns | None = None
    signal_functions: StandIns | None = None
    models: WeakSet[type] = field(default_factory=WeakSet)
    comparing_models: list[Any] = field(default_factory=list)
    network: Network = field(default_factory=Network)
    needed_repairs: dict[str, frozenset[str]] = field(default_factory=dict)
    builtin_sleep: Callable[[float], None] = field(default_factory=_builtin_sleep)
    sleep: Callable[[float], None] | None = None
    signals: HandlerSignals | None = None

    @property
    def real_sleep(self) -> Callable[[float], None]:
        """What `builtin_sleep` does by itself."""
        return time_functions().real.get("sleep", self.builtin_sleep)


@functools.cache
def process() -> Process:
    """The one of this process."""
    return Process()
