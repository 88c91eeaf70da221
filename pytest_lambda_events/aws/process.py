"""Objects that are kept for the whole process, because they are slow to create. They hold no state of a test."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import field
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from ..simulation.signals import HandlerSignals
from ..simulation.simulation import Simulation
from ..simulation.threads import real_sleep
from ..simulation.time_functions import time_functions
from ..simulation.watchdog import Observer
from ..values import dataclass
from .clock.module_finder import ModuleFinder
from .clock.stand_ins import StandIns
from .kept_patches import KeptPatches
from .network.api_calls import Network
from .network.endpoints import PlainEndpoints

if TYPE_CHECKING:
    from ..simulation.cooperation import Cooperation
    from ..sources.kafka.producing import Producers


def _builtin_sleep() -> Callable[[float], None]:
    # A test suite may have replaced it permanently before the first simulated AWS.
    return time.sleep if isinstance(time.sleep, BuiltinFunctionType) else real_sleep


@dataclass(eq=False)
class Process:
    """The only state of `aws/` that outlives a simulated AWS.

    `sessions` and `clients` are those of boto3. `sleepers`, `signal_functions` and `kafka_classes` are the places of
    `time.sleep`, of functions of `signal` and of classes of confluent_kafka. `loaded` are the names of modules whose lazy
    attributes are loaded. `needed_repairs` are the names of the repairs that moto needs, by service, after that is known.
    `moto_entries` has what creates the entries of moto for `requests`, by HTTP method, after that is known.
    `versions` are those of installed distributions, after they were read.
    `operations`, `results`, `checks` and `header_members` have what was compiled for operations of clients, for results of
    those that are not moto's, for shapes of parameters and for shapes of results.

    `models` are the identities of pydantic models that were checked, and `comparing_models` are the models that compare with
    the system's clock.
    `simulation`, `signals`, `producers` and `cooperation` belong to the open environment, if there is one. `kept_patches` and
    `observer` are those of an exploration. `network` guards the requests of botocore, and `endpoints` knows where they go.
    `module_finder` tells parts of the open environment which modules are imported.
    """

    simulation: Simulation | None = None
    sessions: dict[tuple[str, str], Any] = field(default_factory=dict)
    clients: dict[Hashable, Any] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)
    sleepers: StandIns | None = None
    signal_functions: StandIns | None = None
    kafka_classes: StandIns | None = None
    producers: Callable[[], Producers] | None = None
    models: dict[int, ref[type]] = field(default_factory=dict)
    comparing_models: list[Any] = field(default_factory=list)
    operations: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    results: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    checks: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    header_members: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    endpoints: PlainEndpoints = field(default_factory=PlainEndpoints)
    network: Network = field(default_factory=Network)
    module_finder: ModuleFinder = field(default_factory=ModuleFinder)
    needed_repairs: dict[str, frozenset[str]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    moto_entries: Mapping[str, Any] | None = None
    builtin_sleep: Callable[[float], None] = field(default_factory=_builtin_sleep)
    sleep: Callable[[float], None] | None = None
    signals: HandlerSignals | None = None
    cooperation: Cooperation | None = None
    kept_patches: KeptPatches | None = None
    observer: Observer | None = None

    @property
    def real_sleep(self) -> Callable[[float], None]:
        """Sleeps in real time, like the original `builtin_sleep`."""
        return time_functions().real.get("sleep", self.builtin_sleep)


@functools.cache
def process() -> Process:
    """Returns the state of this process."""
    return Process()
