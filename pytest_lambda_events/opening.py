"""Opens a simulated AWS, and builds its wiring when it is first used."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .aws.api_gateway.connections import api_hosts_answered
from .aws.api_gateway.served import apis_served
from .aws.clock.clock_driver import ClockDriver, clock_driver_of
from .aws.first_calls import first_calls_connected, metrics_written, stacks_connected
from .aws.kafka.producers import producers_simulated
from .aws.lambda_service.managed_policies import managed_policies_known
from .aws.lasting import keeping_patches, lasting
from .aws.late_modules import Finders
from .aws.network.handler_calls import HandlerCalls
from .aws.network.regions import check_region
from .aws.network.traces import traces_passed_on
from .aws.process import process
from .aws.push.pushes import log_groups_served, pipes_served, pushes_served, schedules_served
from .aws.resources.services import Services
from .aws.simulated_aws import SimulatedAws, open_simulated_aws
from .config import LambdaEventsConfig
from .contexts import ExitStack, contextmanager
from .errors import LambdaEventsError, hides_frames
from .handles.long_runs import LongRuns
from .handles.module_names import missing_modules_explained
from .report.journal import Journal
from .service.tracing import PassedTrace
from .simulation.choices import Chooser, DocumentedChooser, SeededChooser
from .simulation.clock import VirtualClock
from .simulation.exits import exits_caught
from .simulation.identifiers import Identifiers
from .simulation.signals import HandlerSignals
from .simulation.simulation import Simulation
from .simulation.watchdog import Watchdog

if TYPE_CHECKING:
    from .aws.clock.freezer import Freezer
    from .aws.lambda_service.endpoint import HttpAnswer
    from .aws.network.api_calls import PreparedRequest
    from .aws.network.explored_calls import ExploredCalls
    from .faults.plans import Plan
    from .handles.hooks import Hooks
    from .wiring import Wiring

__tracebackhide__ = hides_frames


class OpenEnvironment:
    """An open simulated AWS.

    Its wiring runs functions. It is loaded and built when it is first used, because this takes longer than everything else.
    Tests that use only services of moto never need it.
    """

    def __init__(
        self,
        config: LambdaEventsConfig,
        simulation: Simulation,
        journal: Journal,
        hooks: Hooks,
        root: Path,
        stack: ExitStack,
    ) -> None:
        self.config = config
        self.simulation = simulation
        self.journal = journal
        self.passed = PassedTrace()
        self.services = Services(config, simulation, SimulatedAws(config), lambda: self.wiring.buses, self._unblock)
        self.long_runs = LongRuns(simulation, journal, Finders().queue, hooks.tell, hooks.real_seconds)
        self.calls = HandlerCalls(simulation, journal, lambda: self.wiring.elsewhere, self._unblock)
        self._hooks = hooks
        self._root = root
        self._temporary = Path(tempfile.gettempdir())
        self._stack = stack
        self._wiring: Wiring | None = None

    @property
    def wiring(self) -> Wiring:
        """Returns the wiring."""
        return self._wiring or self._built()

    def _built(self) -> Wiring:
        with self.simulation.lock.held():
            # Another thread may have built it meanwhile.
            if self._wiring is None:
                from .service.runtime.code import CodeFolder
                from .wiring import Wiring

                folders = CodeFolder(self._temporary)
                self._stack.callback(folders.close)
                self._wiring = Wiring(
                    self.config, self.simulation, self.journal, folders, self._hooks, self._root,
                    passed=self.passed, services=self.services, long_runs=self.long_runs,
                )  # fmt: skip
            return self._wiring

    @property
    def plans(self) -> Sequence[Plan]:
        """Returns all planned faults."""
        return [] if self._wiring is None else self._wiring.faults.plans

    @property
    def folders(self) -> Mapping[str, Path]:
        """Returns the folders of functions of this account and region, by the name of the function."""
        return {} if self._wiring is None else self._wiring.planes.home.region.folders

    @property
    def explored(self) -> ExploredCalls | None:
        """Returns what interferes with the calls of handlers during an exploration."""
        return None if self._hooks.explorer is None else self.wiring.explored

    def answer(self, operation_name: str, request: PreparedRequest) -> HttpAnswer | None:
        """Returns the response of the Lambda API to a request, or None for a request that moto answers."""
        return self.wiring.endpoint.answer(operation_name, request)

    def kill(self, signal: str) -> NoReturn:
        """Kills the process of the handler that is running with the signal of this name."""
        self.wiring.invoker.kill(signal)

    def exit(self, status: int) -> NoReturn:
        """Ends the process of the handler that is running."""
        self.wiring.invoker.exit(status)

    def _unblock(self) -> None:
        if self._wiring is not None:
            self._wiring.sources.access_changed.notify()


@contextmanager
def opened(owner: object, config: LambdaEventsConfig, hooks: Hooks, root: Path) -> Iterator[OpenEnvironment]:
    """Yields an open environment. A relative `code_uri` starts at `root`.

    If a step fails, all earlier steps are undone in reverse order. As long as calls come here, `owner` is kept: if it were
    collected as garbage, they would reach the network.
    """
    if process().simulation is not None:
        raise LambdaEventsError(
            "A LambdaEvents is open already, and a process has only one clock. "
            "Use the one that is open, or close it before you open another one."
        )
    check_region(config.region_name)
    driver = clock_driver_of(config)
    clock = VirtualClock(config.start, driver)
    chooser: Chooser = DocumentedChooser() if config.choices == "documented" else SeededChooser(config.seed)
    if hooks.explorer is not None:
        # Only explorations load it.
        from .simulation.exploring_chooser import ExploringChooser

        chooser = ExploringChooser(hooks.explorer, chooser)
    journal = Journal(clock)
    simulation = Simulation(
        clock, Identifiers(config.seed), chooser, journal,
        instant_limit=config.instant_limit_events, reads_limit=config.clock_reads_per_instant,
    )  # fmt: skip
    with ExitStack() as stack:
        environment = OpenEnvironment(config, simulation, journal, hooks, root, stack.enter_context(ExitStack()))
        stack.enter_context(keeping_patches(config))
        for part in _parts(environment, driver):
            stack.enter_context(part)
        simulation.owner = owner
        stack.callback(setattr, simulation, "owner", None)
        yield environment


def _parts(environment: OpenEnvironment, driver: Freezer | ClockDriver) -> Iterator[AbstractContextManager[object]]:
    """Yields the parts to open, in order. Each part is created after the parts before it are open."""
    config, simulation, explored = environment.config, environment.simulation, environment.explored
    current = lasting(environment)
    yield open_simulated_aws(
        config, simulation, clock=driver, endpoint=environment,
        on_call=environment.calls.called, on_answered=environment.calls.answered,
        signals=HandlerSignals(simulation, environment.kill), passed=environment.passed, explored=explored,
    )  # fmt: skip
    yield pushes_served(lambda: environment.wiring.pushing, config)
    yield log_groups_served(lambda: environment.wiring.pushing, config)
    yield schedules_served(lambda: environment.wiring.pushing, config)
    yield pipes_served(simulation, lambda: environment.wiring.pipes)
    yield apis_served(lambda: environment.wiring.apis, simulation.clock)
    yield api_hosts_answered(simulation, lambda: environment.wiring.hosts, config.allow_endpoints)
    yield traces_passed_on(environment.passed, lambda: current.wiring.invoker.chains.new_root())
    yield managed_policies_known()
    yield producers_simulated(lambda: current.services.producers, is_wanted=config.kafka_producers)
    yield first_calls_connected({
        "cloudformation": lambda: stacks_connected(
            environment.wiring.planes, simulation, environment.wiring.api, environment.services.client
        ),
        "cloudwatch": lambda: metrics_written(environment.journal, environment.wiring.pushes.counts),
    })  # fmt: skip
    yield missing_modules_explained(lambda: environment.folders, lambda: simulation.in_handler)
    yield exits_caught(simulation, environment.exit)
    yield Watchdog(simulation, config.lock_watchdog_seconds, config.real_time_limit_seconds, process().observer).watching()
    yield environment.long_runs.watching()
    yield simulation.opened()
    if explored is not None:
        yield explored.functions_patched()
