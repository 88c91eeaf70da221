"""Execution environments. The code of a version is loaded once in each, and then invoked many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from types import ModuleType

from ..faults.explorer import AS_USUAL, Explorer
from ..simulation.choices import Chooser, Named, Question
from ..simulation.clock import VirtualClock
from ..simulation.identifiers import Identifiers
from ..values import dataclass
from .model import Configuration
from .runtime.process_state import ProcessState

ON_DEMAND = "on-demand"
PROVISIONED = "provisioned-concurrency"
SNAP_START = "snap-start"
Code = tuple[str, str]
"""The ARN of a function, and the revision of its code and settings."""
Use = tuple[str, str]
"""The initialization type and the tenant. Execution environments of the same code and use are interchangeable."""
NEW_ENVIRONMENT = "new environment"
EARLIER_ENVIRONMENT = "earlier environment"
"""The warm execution environment that was used second to last."""


@dataclass(frozen=True, slots=True)
class WarmEnvironment(Question):
    """Which warm execution environment serves the invocation? The alternatives are log streams, the one used last first."""

    function_arn: str
    tenant_id: str


@dataclass(slots=True, eq=False)
class ExecutionEnvironment:
    """One execution environment. `handler` is None until its code is loaded (RUN-12). `is_cold` is true until its first
    invocation.

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
    def is_ready(self) -> bool:
        """Returns whether the next invocation can start without further initialization."""
        return self.handler is not None and (self.is_restored or self.initialization_type != SNAP_START)


def _code(configuration: Configuration) -> Code:
    return configuration.function_arn, configuration.code_revision


@dataclass
class Environments:
    """The warm execution environments that are free. One that is in use belongs to its invocation."""

    clock: VirtualClock
    identifiers: Identifiers
    chooser: Chooser
    make_state: Callable[[ExecutionEnvironment], ProcessState]
    explorer: Explorer | None = None
    """Chooses another execution environment than the usual one."""
    _free: dict[Code, dict[Use, list[ExecutionEnvironment]]] = field(default_factory=dict)
    _given: dict[tuple[str, str], list[ModuleType]] = field(default_factory=dict)

    def take(
        self, configuration: Configuration, initialization_type: str = ON_DEMAND, tenant_id: str = ""
    ) -> ExecutionEnvironment:
        """Returns the warm environment for the configuration and tenant that was used last, or a new one (ASY-44)."""
        of_code = self._free.get(_code(configuration))
        free = None if of_code is None else of_code.get((_type(configuration, initialization_type), tenant_id))
        if not free:
            return self.new(configuration, initialization_type, tenant_id)
        chosen = AS_USUAL if self.explorer is None else self._explored(self.explorer, free)
        if chosen == NEW_ENVIRONMENT:
            return self.new(configuration, initialization_type, tenant_id)
        return free.pop(-2 if chosen == EARLIER_ENVIRONMENT else -1 - self._index_of_one(free))

    def _explored(self, explorer: Explorer, free: Sequence[ExecutionEnvironment]) -> str:
        """Returns which execution environment an exploration chooses. AWS promises none of them, and may end an idle one.

        Environments of a callable have the same modules, so it makes no difference which one is taken. Provisioned concurrency
        has no other environments than those that are free.
        """
        if free[0].configuration.code.handler is not None:
            return AS_USUAL
        alternatives = [EARLIER_ENVIRONMENT] if len(free) > 1 else []
        if free[0].initialization_type != PROVISIONED:
            alternatives.append(NEW_ENVIRONMENT)
        if not alternatives:
            return AS_USUAL
        return explorer.choose("environment", free[0].configuration.function_name, "", alternatives)

    def _index_of_one(self, free: list[ExecutionEnvironment]) -> int:
        """Returns which of the free environments is taken, counted from the one used last."""
        if len(free) == 1:
            return 0
        question = WarmEnvironment(free[0].configuration.function_arn, free[0].tenant_id)
        return self.chooser.choose(question, Named(len(free), lambda index: free[-1 - index].log_stream))

    def new(self, configuration: Configuration, initialization_type: str, tenant_id: str = "") -> ExecutionEnvironment:
        """Returns a cold environment with its own log stream (RUN-65)."""
        stream = f"{self.clock.now:%Y/%m/%d}/[{configuration.version}]{self.identifiers.hex(32)}"
        environment = ExecutionEnvironment(configuration, stream, _type(configuration, initialization_type), tenant_id)
        environment.state = self.make_state(environment)
        return environment

    def give_to_test(self, environment: ExecutionEnvironment, module: ModuleType) -> None:
        """Stores that the test has a module of an environment and may patch it."""
        self._given.setdefault((environment.configuration.function_arn, environment.tenant_id), []).append(module)

    @property
    def has_given(self) -> bool:
        """Returns whether the test has received a module of any environment."""
        return bool(self._given)

    def given_to_test(self, environment: ExecutionEnvironment) -> Sequence[ModuleType]:
        """Returns the modules that the test received, from this environment and from others of the function and tenant."""
        if not self._given:
            return ()
        return self._given.get((environment.configuration.function_arn, environment.tenant_id), ())

    def give_back(self, environment: ExecutionEnvironment) -> None:
        """Keeps the environment warm for the next invocation of the same code and configuration."""
        of_code = self._free.setdefault(_code(environment.configuration), {})
        of_code.setdefault((environment.initialization_type, environment.tenant_id), []).append(environment)

    def discard(self, configuration: Configuration) -> None:
        """Discards the free environments of a configuration that was deleted or replaced."""
        self._free.pop(_code(configuration), None)


def _type(configuration: Configuration, initialization_type: str) -> str:
    """Returns how an environment is initialized. A version with SnapStart is always restored."""
    return SNAP_START if configuration.is_snapshot else initialization_type
