"""Builds the parts of a simulated AWS and connects them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .aws.api_gateway.api_definitions import ApiDefinitions
from .aws.api_gateway.hosts import ApiHosts
from .aws.lambda_service.collaborators import Collaborators
from .aws.lambda_service.deliveries import MotoDeliveries
from .aws.lambda_service.endpoint import LambdaEndpoint
from .aws.lambda_service.keys import MotoKeys
from .aws.lambda_service.layers import MotoLayers
from .aws.lambda_service.policies import MotoPolicies
from .aws.late_modules import Finders, LogStores
from .aws.network.elsewhere import Elsewhere, places_of_functions
from .aws.push.pushes import PushDependencies
from .aws.push.rule_targets import MotoRuleTargets
from .aws.resources.lambda_api import LambdaApi
from .aws.simulated_aws import HANDLER_ATTRIBUTES
from .config import LambdaEventsConfig
from .errors import hides_frames
from .faults.explorer import Explorer
from .faults.plans import Faults
from .handles.attempt_watch import AttemptWatch
from .handles.closing import while_open
from .report.journal import Journal
from .service.async_queue import AsyncQueue, Functions
from .service.authorization import AllowAll, Authorizer
from .service.caller_permissions import CallerPermissions
from .service.concurrency import Concurrency
from .service.control_plane.dependencies import Dependencies
from .service.control_plane.planes import ControlPlane, ControlPlanes
from .service.destinations import DestinationSender, EventOutcomes
from .service.durable_operations import durable_operations
from .service.environments import Environments
from .service.invocations import Invocations
from .service.invoker import Invoker
from .service.policy_authorizer import PolicyAuthorizer
from .service.process_states import ProcessStates
from .service.runtime.code import CodeFolder, Loader
from .simulation.simulation import Simulation
from .sources.dependencies import PollerDependencies
from .sources.event_sources import EventSources
from .sources.push.deliveries import Pushes
from .sources.push.event_rules import EventBuses

if TYPE_CHECKING:
    from .aws.network.explored_calls import ExploredCalls
    from .aws.resources.http_services import HttpServices
    from .aws.resources.services import Services
    from .handles.hooks import Hooks
    from .handles.long_runs import LongRuns
    from .service.durable.executions import DurableExecutions
    from .service.tracing import PassedTrace
    from .sources.kafka.topics import KafkaTopics
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
        *,
        passed: PassedTrace,
        services: Services,
        long_runs: LongRuns,
    ) -> None:
        self.config = config
        self.journal = journal
        self.simulation = simulation
        self.passed = passed
        self.services = services
        self.long_runs = long_runs
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
        stores = LogStores(simulation.clock, passed)
        self.invoker = Invoker(simulation, concurrency, environments, stores.of, loader, self.faults)
        self.queue = AsyncQueue(simulation, self.invoker, self.planes, lambda ended: self.outcomes.serve(ended))
        self.invocations = self._invocations_of(self.planes)
        deliveries = MotoDeliveries(
            config.account_id, config.region_name, identifiers, self.invocations, passed, self._kafka_topics
        )  # fmt: skip
        self.routes = DestinationSender(simulation, deliveries, self.authority, self.faults)
        self.outcomes = EventOutcomes(simulation, self.routes, counts_all_attempts=config.success_counts_all_attempts)
        self._executions: DurableExecutions | None = None
        self.invoker.executions = lambda: self.executions
        finders = Finders()
        pollers = PollerDependencies(
            config, simulation, self.invoker, self.planes, self.authority, self.routes, self.invocations.check_invocable,
            finders.queue, {"dynamodb": finders.stream_of_table, "kinesis": finders.stream},
            self._kafka_topics, finders.has_cluster,
            lambda uri: self.services.schema_registries.find(uri),
        )  # fmt: skip
        self._pollers = pollers
        self._pipes: Pipes | None = None
        self._http: HttpServices | None = None
        self.sources = EventSources(pollers, MotoKeys, lambda: self._pipes)
        self.elsewhere = Elsewhere(config.account_id, lambda: places_of_functions(self.planes.regions))
        self.permissions = CallerPermissions(
            self.authority, self.invoker.caller, lambda callback_id: self.executions.table.execution_of(callback_id)
        )
        targets = MotoRuleTargets(simulation, self.invocations, self.authority)
        self.pushes = Pushes(simulation, passed)
        self.buses = EventBuses(journal, targets, self.pushes)
        self.explored: ExploredCalls | None = None
        if hooks.explorer is not None:
            self.explored = _explored(hooks.explorer, self)
        self.hosts = ApiHosts(self.apis, lambda: self.http, self.invoker.caller, config.account_id)
        self.endpoint = LambdaEndpoint(self.planes, simulation, config, self.permissions)
        api = LambdaApi(
            config, simulation, journal, planes=self.planes, invocations=self.invocations, invoker=self.invoker,
            faults=self.faults, layers=self.layers, client=self.services.client, handler_named=hooks.handler,
            http=lambda: self.http, sources=self.sources, on_change=self.sources.access_changed.notify, root=root,
        )  # fmt: skip
        self.api = while_open(api, simulation.check_open, {"journal"})
        if hooks.watch_attempts:
            journal.read_by(AttemptWatch(self.api, hooks))

    @property
    def pushing(self) -> PushDependencies:
        """Returns what the deliveries of push sources need."""
        return PushDependencies(
            self.planes, self.simulation, self.buses, self.invocations, self.authority, self.permissions, self.invoker.caller,
            self.pushes, self.invoker.chains, self.passed, self.services.client,
        )  # fmt: skip

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
    def executions(self) -> DurableExecutions:
        """Returns the durable executions. Their modules are loaded at the first call."""
        if self._executions is None:
            from .aws.push.durable_status import StatusChanges
            from .service.durable.chained import ChainedInvokes
            from .service.durable.executions import DurableExecutions

            self._executions = DurableExecutions(
                self.simulation, self.invoker, self.planes, page_size=self.config.durable_page_size or None
            )
            self._executions.on_status = StatusChanges(self.simulation, self.buses, self.pushes).send
            self._executions.store.chained = ChainedInvokes(self.simulation, self.invoker, self.planes, self._executions)
        return self._executions

    @property
    def http(self) -> HttpServices:
        """Returns what answers HTTP requests. Its modules are loaded at the first call."""
        if self._http is None:
            from .aws.resources.http_services import HttpServices
            from .http.settings import FrontSettings
            from .sources.http.gateway import Gateway

            settings = FrontSettings(self.config.http_body == "lenient", self.config.url_permissions == "strict")
            gateway = Gateway(self.simulation, self.invoker.chains, self.invocations, self.authority, self.apis, settings)
            gateway.explorer = self.faults.explorer
            http = HttpServices(gateway, self.apis, self.services.client, self.journal)
            self._http = while_open(http, self.simulation.check_open, {"journal"})
        return self._http

    def _kafka_topics(self) -> KafkaTopics:
        return self.services.kafka_topics

    def _dependencies(self, account_id: str, region_name: str) -> Dependencies:
        return self._collaborators.at(account_id, region_name, self.invoker, self.authority)

    def _made(self, plane: ControlPlane) -> None:
        plane.add(self._invocations_of(plane).operations)
        place = (plane.region.account_id, plane.region.name)
        plane.add(durable_operations(lambda: self.executions, self.simulation, plane))
        plane.add(self.sources.mappings_of(plane.region, self._dependencies(*place)).operations)

    def _invocations_of(self, functions: Functions) -> Invocations:
        return Invocations(
            self.simulation, self.invoker, self.queue, functions, self.authority, self.passed,
            asynchronous_payload_limit=self.config.asynchronous_payload_limit,
        )  # fmt: skip


def _explored(explorer: Explorer, wiring: Wiring) -> ExploredCalls:
    """Lets an explorer choose in the parts of an environment."""
    # Only explorations load them.
    from .aws.network.explored_calls import ExploredCalls
    from .service.explored_throttles import ExploredThrottles
    from .simulation.exploring_chooser import Delays

    simulation, invoker = wiring.simulation, wiring.invoker
    explored = ExploredCalls(explorer, simulation, invoker)
    simulation.on_suspension = explored.suspends
    simulation.scheduler.delay = Delays(explorer, simulation.scheduler).delay
    invoker.on_loaded = explored.code_loaded
    invoker.environments.explorer = explorer
    invoker.explored_throttles = ExploredThrottles(wiring.faults, wiring.sources.keeps_discarded)
    wiring.pushes.explorer = explorer
    return explored
