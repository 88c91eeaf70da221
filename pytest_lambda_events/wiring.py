"""Builds the parts of a simulated AWS and connects them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .aws.api_gateway.api_definitions import ApiDefinitions
from .aws.api_gateway.connections import api_hosts_answered
from .aws.api_gateway.hosts import ApiHosts
from .aws.api_gateway.served import apis_served
from .aws.clock.clock_driver import ClockDriver, clock_driver_of
from .aws.clock.freezer import Freezer
from .aws.lambda_service.cloudwatch import metrics_routed
from .aws.lambda_service.collaborators import Collaborators
from .aws.lambda_service.deliveries import MotoDeliveries
from .aws.lambda_service.endpoint import LambdaEndpoint
from .aws.lambda_service.iam import managed_policies_known
from .aws.lambda_service.keys import MotoKeys
from .aws.lambda_service.layers import MotoLayers
from .aws.lambda_service.policies import MotoPolicies
from .aws.lasting import keeping_patches
from .aws.late_modules import LogStores, find_queue, find_stream_of_a_table, find_stream_of_kinesis
from .aws.network.elsewhere import Elsewhere, places_of_functions
from .aws.network.handler_calls import HandlerCalls
from .aws.network.regions import check_region
from .aws.network.traces import traces_passed_on
from .aws.process import process
from .aws.push.pushes import PushDependencies, log_groups_served, pipes_served, pushes_served, schedules_served
from .aws.push.rule_targets import MotoRuleTargets
from .aws.resources.lambda_api import LambdaApi
from .aws.resources.services import Services
from .aws.simulated_aws import HANDLER_ATTRIBUTES, SimulatedAws, open_simulated_aws
from .aws.stacks.first_call import stacks_routed
from .config import LambdaEventsConfig
from .errors import LambdaEventsError, hides_frames
from .faults.explorer import Explorer
from .faults.plans import Faults
from .handles.closing import while_open
from .handles.hooks import AttemptWatch, Hooks
from .handles.long_runs import LongRuns
from .handles.module_names import missing_modules_explained
from .report.journal import Journal
from .service.async_queue import AsyncQueue, Functions
from .service.authorization import AllowAll, Authorizer
from .service.caller_permissions import CallerPermissions
from .service.concurrency import Concurrency
from .service.control_plane.dependencies import Dependencies
from .service.control_plane.planes import ControlPlane, ControlPlanes
from .service.destinations import DestinationSender, EventOutcomes
from .service.environments import Environments
from .service.invocations import Invocations
from .service.invoker import Invoker, exits_caught
from .service.policy_authorizer import PolicyAuthorizer
from .service.process_states import ProcessStates
from .service.runtime.code import CodeFolder, Loader
from .service.tracing import PassedTrace
from .simulation.choices import Chooser, DocumentedChooser, SeededChooser
from .simulation.clock import VirtualClock
from .simulation.exploring_chooser import Delays, ExploringChooser
from .simulation.identifiers import Identifiers
from .simulation.signals import HandlerSignals
from .simulation.simulation import Simulation
from .simulation.watchdog import Watchdog
from .sources.dependencies import PollerDependencies
from .sources.event_sources import EventSources
from .sources.push.deliveries import Pushes
from .sources.push.event_rules import EventBuses

if TYPE_CHECKING:
    from .aws.network.explored_calls import ExploredCalls
    from .aws.resources.http_services import HttpServices
    from .sources.pipes.pipes import Pipes

__tracebackhide__ = hides_frames


class Wiring:
    """The parts of one open simulated AWS, which the environment and its handles use."""

    def __init__(
        self,
        config: LambdaEventsConfig,
        simulation: Simulation,
        journal: Journal,
        folders: CodeFolder,
        hooks: Hooks,
        root: Path,
    ) -> None:
        self.config = config
        self.journal = journal
        self.simulation = simulation
        chooser, identifiers = simulation.chooser, simulation.identifiers
        self.layers = MotoLayers()
        self._collaborators = Collaborators(config, simulation, journal, self.layers, hooks.handler)
        self.planes = ControlPlanes(config.account_id, config.region_name, chooser, self._dependencies, self._made)
        self.authority: Authorizer = AllowAll()
        if config.enforce_permissions:
            self.authority = PolicyAuthorizer(MotoPolicies(), self.planes.find, journal)
        self.apis = ApiDefinitions(self.planes)
        loader = Loader(folders)
        states = ProcessStates(loader, config.inherit_environment, HANDLER_ATTRIBUTES)
        environments = Environments(simulation.clock, identifiers, chooser, states.of)
        concurrency = Concurrency(config.concurrent_executions, self.planes.units_of)
        self.faults = Faults(simulation.clock, journal)
        self.faults.explorer = hooks.explorer
        self.passed = PassedTrace()
        stores = LogStores(simulation.clock, self.passed)
        self.invoker = Invoker(simulation, concurrency, environments, stores.of, loader, self.faults)
        self.queue = AsyncQueue(simulation, self.invoker, self.planes, lambda ended: self.outcomes.serve(ended))
        self.invocations = self._invocations_of(self.planes)
        deliveries = MotoDeliveries(config.account_id, config.region_name, identifiers, self.invocations, self.passed)
        self.routes = DestinationSender(simulation, deliveries, self.authority, self.faults)
        self.outcomes = EventOutcomes(simulation, self.routes, counts_all_attempts=config.success_counts_all_attempts)
        pollers = PollerDependencies(
            config, simulation, self.invoker, self.planes, self.authority, self.routes, self.invocations.check_invocable,
            find_queue, {"dynamodb": find_stream_of_a_table, "kinesis": find_stream_of_kinesis},
        )  # fmt: skip
        self._pollers = pollers
        self._pipes: Pipes | None = None
        self._http: HttpServices | None = None
        self.sources = EventSources(pollers, MotoKeys, lambda: self._pipes)
        self.long_runs = LongRuns(simulation, journal, find_queue, hooks.tell, hooks.real_seconds)
        elsewhere = Elsewhere(config.account_id, lambda: places_of_functions(self.planes.regions))
        self.calls = HandlerCalls(simulation, journal, elsewhere, self.sources.access_changed.notify)
        self.permissions = CallerPermissions(self.authority, self.invoker.caller)
        targets = MotoRuleTargets(simulation, self.invocations, self.authority)
        self.pushes = Pushes(simulation, self.passed)
        self.buses = EventBuses(journal, targets, self.pushes)
        self.explored: ExploredCalls | None = None
        if hooks.explorer is not None:
            self.explored = _explored(hooks.explorer, simulation, self.invoker)
            self.pushes.explorer = hooks.explorer
            simulation.on_suspension = self.explored.suspends
            simulation.scheduler.delay = Delays(hooks.explorer, simulation.scheduler).delay
            self.invoker.on_loaded = self.explored.code_loaded
        self.services = Services(config, simulation, SimulatedAws(config), self.buses)
        api = LambdaApi(
            config, simulation, journal, planes=self.planes, invocations=self.invocations, invoker=self.invoker,
            faults=self.faults, layers=self.layers, client=self.services.client, handler_named=hooks.handler,
            http=lambda: self.http, sources=self.sources, on_change=self.sources.access_changed.notify, root=root,
        )  # fmt: skip
        self.api = while_open(api, simulation.check_open, {"journal"})
        if hooks.watch_attempts:
            journal.read_by(AttemptWatch(self.api, hooks))

    @property
    def pipes(self) -> Pipes:
        """Returns EventBridge Pipes. Their modules are loaded at the first call."""
        if self._pipes is None:
            from .aws.push.pipe_targets import SimulatedPipeTargets
            from .sources.pipes.pipes import Pipes
            from .sources.pipes.runs import PipeTools

            targets = SimulatedPipeTargets(self.simulation, self.services.client)
            self._pipes = Pipes(
                self._pollers, PipeTools(self.simulation, self.invocations, targets, self.authority, self.passed)
            )
        return self._pipes

    @property
    def http(self) -> HttpServices:
        """Returns what answers HTTP requests. Its modules are loaded at the first call."""
        if self._http is None:
            from .aws.resources.http_services import HttpServices
            from .sources.http.gateway import Gateway

            gateway = Gateway(self.simulation, self.invoker.chains, self.invocations, self.authority, self.apis)
            http = HttpServices(gateway, self.apis, self.services.client, self.journal)
            self._http = while_open(http, self.simulation.check_open, {"journal"})
        return self._http

    def _dependencies(self, account_id: str, region_name: str) -> Dependencies:
        return self._collaborators.at(account_id, region_name, self.invoker, self.authority)

    def _made(self, plane: ControlPlane) -> None:
        plane.add(self._invocations_of(plane).operations)
        place = (plane.region.account_id, plane.region.name)
        plane.add(self.sources.mappings_of(plane.region, self._dependencies(*place)).operations)

    def _invocations_of(self, functions: Functions) -> Invocations:
        return Invocations(
            self.simulation, self.invoker, self.queue, functions, self.authority, self.passed,
            asynchronous_payload_limit=self.config.asynchronous_payload_limit,
        )  # fmt: skip


@contextmanager
def wired(owner: object, config: LambdaEventsConfig, hooks: Hooks, root: Path) -> Iterator[Wiring]:
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
        chooser = ExploringChooser(hooks.explorer, chooser)
    journal = Journal(clock)
    simulation = Simulation(
        clock, Identifiers(config.seed), chooser, journal,
        instant_limit=config.instant_limit_events, reads_limit=config.clock_reads_per_instant,
    )  # fmt: skip
    with ExitStack() as stack:
        folders = CodeFolder(Path(tempfile.gettempdir()))
        stack.callback(folders.close)
        stack.enter_context(keeping_patches(config))
        wiring = Wiring(config, simulation, journal, folders, hooks, root)
        for part in _parts(wiring, driver):
            stack.enter_context(part)
        simulation.owner = owner
        stack.callback(setattr, simulation, "owner", None)
        yield wiring


def _explored(explorer: Explorer, simulation: Simulation, invoker: Invoker) -> ExploredCalls:
    # Only explorations load it.
    from .aws.network.explored_calls import ExploredCalls

    return ExploredCalls(explorer, simulation, invoker)


def _parts(wiring: Wiring, driver: Freezer | ClockDriver) -> Iterator[AbstractContextManager[object]]:
    """Yields the parts to open, in order. Each part is created after the parts before it are open."""
    config, simulation, planes, invoker = wiring.config, wiring.simulation, wiring.planes, wiring.invoker
    yield open_simulated_aws(
        config, simulation, clock=driver,
        endpoint=LambdaEndpoint(planes, simulation, config, wiring.permissions),
        on_call=wiring.calls.called, on_answered=wiring.calls.answered,
        signals=HandlerSignals(simulation, invoker.kill), passed=wiring.passed, explored=wiring.explored,
    )  # fmt: skip
    pushing = PushDependencies(
        planes, simulation, wiring.buses, wiring.invocations, wiring.authority, wiring.permissions, invoker.caller,
        wiring.pushes,
    )  # fmt: skip
    yield pushes_served(pushing, config)
    yield log_groups_served(pushing, config, invoker.chains, wiring.passed)
    yield schedules_served(simulation, wiring.services.client, wiring.invocations, wiring.authority, wiring.pushes, config)
    yield pipes_served(simulation, lambda: wiring.pipes)
    yield apis_served(wiring.apis, simulation.clock)
    hosts = ApiHosts(lambda: wiring.http, invoker.caller, config.account_id)
    yield api_hosts_answered(simulation, hosts.answer, config.allow_endpoints)
    yield traces_passed_on(wiring.passed, invoker.chains.new_root)
    yield managed_policies_known()
    yield stacks_routed(planes, simulation, wiring.api, wiring.services.client)
    yield metrics_routed(wiring.journal, wiring.pushes.counts)
    yield missing_modules_explained(lambda: planes.home.region.folders, lambda: simulation.in_handler)
    yield exits_caught(invoker)
    yield Watchdog(simulation, config.lock_watchdog_seconds, config.real_time_limit_seconds, process().observer).watching()
    yield wiring.long_runs.watching()
    yield simulation.opened()
    if wiring.explored is not None:
        yield wiring.explored.functions_patched()
