"""Execution environments: where a version's code is loaded once and then invoked again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..simulation.choices import Chooser
from ..simulation.clock import VirtualClock
from ..simulation.identifiers import Identifiers
from .model import Configuration
from .runtime.process_state import ProcessState

ON_DEMAND = "on-demand"
PROVISIONED = "provisioned-concurrency"


@dataclass(slots=True, eq=False)
class ExecutionEnvironment:
    """One environment. `handler` is None until its code is loaded (RUN-12); `is_cold` until its first invocation."""

    configuration: Configuration
    log_stream: str
    initialization_type: str
    state: ProcessState = field(init=False)
    handler: Callable[..., object] | None = None
    is_cold: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """Environments with one key are interchangeable."""
        return _key(self.configuration, self.initialization_type)


def _key(configuration: Configuration, initialization_type: str) -> tuple[str, str, str]:
    return (configuration.function_arn, configuration.code_revision, initialization_type)


@dataclass
class Environments:
    """The environments that are warm and free. An environment in use belongs to its invocation."""

    clock: VirtualClock
    identifiers: Identifiers
    chooser: Chooser
    make_state: Callable[[ExecutionEnvironment], ProcessState]
    _free: dict[tuple[str, str, str], list[ExecutionEnvironment]] = field(default_factory=dict)

    def take(self, configuration: Configuration, initialization_type: str = ON_DEMAND) -> ExecutionEnvironment:
        """A warm environment for the configuration, the one used last, or else a new one (ASY-44)."""
        free = self._free.get(_key(configuration, initialization_type))
        if free:
            return free.pop(-1 - self.chooser.pick(len(free)))
        return self.new(configuration, initialization_type)

    def new(self, configuration: Configuration, initialization_type: str) -> ExecutionEnvironment:
        """A cold environment, with a log stream of its own (RUN-65)."""
        stream = f"{self.clock.now:%Y/%m/%d}/[{configuration.version}]{self.identifiers.hex(32)}"
        environment = ExecutionEnvironment(configuration, stream, initialization_type)
        environment.state = self.make_state(environment)
        return environment

    def give_back(self, environment: ExecutionEnvironment) -> None:
        """Keep it warm for the next invocation of the same code and configuration."""
        self._free.setdefault(environment.key, []).append(environment)

    def discard(self, configuration: Configuration) -> None:
        """The configuration is gone or was replaced: its free environments are not used again."""
        for initialization_type in (ON_DEMAND, PROVISIONED):
            self._free.pop(_key(configuration, initialization_type), None)
