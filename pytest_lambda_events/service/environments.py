"""Execution environments: where a version's code is loaded once and then invoked again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from ..simulation.choices import Chooser
from ..simulation.clock import VirtualClock
from ..simulation.identifiers import Identifiers
from .model import Configuration
from .runtime.process_state import ProcessState

ON_DEMAND = "on-demand"
PROVISIONED = "provisioned-concurrency"
SNAP_START = "snap-start"
Key = tuple[str, str, str, str]
"""Environments with one key are interchangeable: function, code, initialization type and tenant."""


@dataclass(slots=True, eq=False)
class ExecutionEnvironment:
    """One environment. `handler` is None until its code is loaded (RUN-12); `is_cold` until its first invocation.

    `is_restored` is whether the hooks after the restore of a snapshot have run. An environment has one tenant, or none.
    """

    configuration: Configuration
    log_stream: str
    initialization_type: str
    tenant_id: str = ""
    state: ProcessState = field(init=False)
    handler: Callable[..., object] | None = None
    is_cold: bool = True
    is_restored: bool = False

    @property
    def key(self) -> Key:
        """Environments with one key are interchangeable."""
        return _key(self.configuration, self.initialization_type, self.tenant_id)

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left to do before the next invocation."""
        return self.handler is not None and (self.is_restored or self.initialization_type != SNAP_START)


def _key(configuration: Configuration, initialization_type: str, tenant_id: str) -> Key:
    return (configuration.function_arn, configuration.code_revision, initialization_type, tenant_id)


@dataclass
class Environments:
    """The environments that are warm and free. An environment in use belongs to its invocation."""

    clock: VirtualClock
    identifiers: Identifiers
    chooser: Chooser
    make_state: Callable[[ExecutionEnvironment], ProcessState]
    _free: dict[Key, list[ExecutionEnvironment]] = field(default_factory=dict)
    _given: dict[tuple[str, str], list[ModuleType]] = field(default_factory=dict)

    def take(
        self, configuration: Configuration, initialization_type: str = ON_DEMAND, tenant_id: str = ""
    ) -> ExecutionEnvironment:
        """A warm environment for the configuration and the tenant, the one used last, or else a new one (ASY-44)."""
        free = self._free.get(_key(configuration, _type(configuration, initialization_type), tenant_id))
        if free:
            return free.pop(-1 - self.chooser.pick(len(free)))
        return self.new(configuration, initialization_type, tenant_id)

    def new(self, configuration: Configuration, initialization_type: str, tenant_id: str = "") -> ExecutionEnvironment:
        """A cold environment, with a log stream of its own (RUN-65)."""
        stream = f"{self.clock.now:%Y/%m/%d}/[{configuration.version}]{self.identifiers.hex(32)}"
        environment = ExecutionEnvironment(configuration, stream, _type(configuration, initialization_type), tenant_id)
        environment.state = self.make_state(environment)
        return environment

    def give_to_test(self, environment: ExecutionEnvironment, module: ModuleType) -> None:
        """Remember that the test has a module of an environment, and may patch it."""
        self._given.setdefault((environment.configuration.function_arn, environment.tenant_id), []).append(module)

    def given_to_test(self, environment: ExecutionEnvironment) -> Sequence[ModuleType]:
        """The modules that the test was given, of this environment and of others of the function and the tenant."""
        return self._given.get((environment.configuration.function_arn, environment.tenant_id), ())

    def give_back(self, environment: ExecutionEnvironment) -> None:
        """Keep it warm for the next invocation of the same code and configuration."""
        self._free.setdefault(environment.key, []).append(environment)

    def discard(self, configuration: Configuration) -> None:
        """The configuration is gone or was replaced: its free environments are not used again."""
        discarded = (configuration.function_arn, configuration.code_revision)
        for key in [key for key in self._free if key[:2] == discarded]:
            del self._free[key]


def _type(configuration: Configuration, initialization_type: str) -> str:
    """How an environment is initialized: a version with SnapStart is restored, however it came to be needed."""
    return SNAP_START if configuration.is_snapshot else initialization_type
