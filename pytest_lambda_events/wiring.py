"""Builds the parts of a simulated AWS and connects them, so that none has to reach for another."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .aws.clock.clock_driver import clock_driver_of
from .aws.dynamodb.port import MotoDynamoDBStreams
from .aws.kinesis.port import MotoKinesisStreams
from .aws.lambda_service.cloudwatch import metrics_routed
from .aws.lambda_service.deliveries import MotoDeliveries
from .aws.lambda_service.endpoint import LambdaEndpoint, runtime_names
from .aws.lambda_service.iam import Roles, managed_policies_known
from .aws.lambda_service.keys import MotoKeys
from .aws.lambda_service.layers import MotoLayers
from .aws.lambda_service.logs import LogStore
from .aws.lambda_service.objects import Objects
from .aws.lambda_service.policies import MotoPolicies
from .aws.network.elsewhere import Elsewhere, Place
from .aws.network.regions import check_region
from .aws.network.routing import OnCallFailed
from .aws.network.traces import traces_passed_on
from .aws.process import process
from .aws.push.event_rules import Buses
from .aws.push.pushes import pushes_served
from .aws.push.source_checks import sources_checked
from .aws.resources.lambda_api import LambdaApi
from .aws.resources.queues import MotoQueues
from .aws.resources.stream_services import DynamoDBService, KinesisService
from .aws.resources.target_services import TargetServices
from .aws.simulated_aws import SimulatedAws, open_simulated_aws
from .aws.sqs.port import MotoQueueSources
from .aws.stacks.cloudformation import stacks_routed
from .config import LambdaEventsConfig
from .errors import LambdaEventsError, hides_frames
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
from .service.environments import Environments, ExecutionEnvironment
from .service.exits import exits_caught, exits_of_threads_surfaced
from .service.invocations import Invocations
from .service.invoker import Invoker
from .service.model import Configuration
from .service.policy_authorizer import PolicyAuthorizer
from .service.runtime.code import CodeFolder, Loader
from .service.runtime.process_state import ProcessState
from .service.runtime.variables import environment_variables
from .service.tracing import PassedTrace, Trace, parse
from .simulation.choices import Chooser, DocumentedChooser, SeededChooser
from .simulation.clock import VirtualClock
from .simulation.identifiers import Identifiers
from .simulation.journal import Subject
from .simulation.signals import HandlerSignals
from .simulation.simulation import Simulation
from .simulation.watchdog import Watchdog
from .sources.dependencies import PollerDependencies
from .sources.event_sources import EventSources

__tracebackhide__ = hides_frames

T = TypeVar("T")

_MAY_UNBLOCK = frozenset(
    {
        "CreateQueue", "SetQueueAttributes", "AddPermission", "RemovePermission", "UpdateFunctionConfiguration",
        "CreateStream", "RegisterStreamConsumer", "PutResourcePolicy", "DeleteResourcePolicy",
    }
)  # fmt: skip
"""Calls after which a queue or a stream may be there again, or may be read again."""


class Wiring:
    """The parts of one open simulated AWS, as the environment and its handles use them."""

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
        self.hooks = hooks
        self.aws: SimulatedAws
        chooser, identifiers = simulation.chooser, simulation.identifiers
        self.loader = Loader(folders)
        self.layers = MotoLayers()
        self._notes: set[tuple[str, str]] = set()
        self.planes = ControlPlanes(config.account_id, config.region_name, chooser, self._dependencies, self._made)
        self.elsewhere = Elsewhere(config.account_id, self._function_places)
        self.authority: Authorizer = AllowAll()
        if config.enforce_permissions:
            self.authority = PolicyAuthorizer(MotoPolicies(), self.planes.find, journal)
        environments = Environments(simulation.clock, identifiers, chooser, self._state_of)
        concurrency = Concurrency(config.concurrent_executions, self.planes.neighbours)
        self.faults = Faults(simulation.clock, journal)
        self.invoker = Invoker(simulation, concurrency, environments, self._log_store_of, self.loader, self.faults)
        self.passed = PassedTrace()
        deliveries = MotoDeliveries(config.account_id, config.region_name, identifiers, self._accept, self.passed)
        self.routes = DestinationSender(simulation, deliveries, self.authority, self.faults)
        self.outcomes = EventOutcomes(simulation, self.routes, counts_all_attempts=config.success_counts_all_attempts)
        self.queue = AsyncQueue(simulation, self.invoker, self.planes, self.outcomes.serve)
        self.invocations = self._invocations_of(self.planes)
        self.sources = EventSources(
            PollerDependencies(
                config, simulation, self.invoker, self.planes, self.authority, self.routes, self.invocations.check_invocable,
                MotoQueueSources(), {"dynamodb": MotoDynamoDBStreams(), "kinesis": MotoKinesisStreams()},
            ),
            MotoKeys,
        )  # fmt: skip
        self.long_runs = LongRuns(simulation, journal, self.sources.queue, hooks.tell, hooks.real_seconds)
        self.buses = Buses()
        api = LambdaApi(
            config, simulation, journal, planes=self.planes, invocations=self.invocations, invoker=self.invoker,
            faults=self.faults, layers=self.layers, client=self.client, handler_named=hooks.handler,
            checkpoints=self.sources.checkpoints, on_change=self.sources.blocked_may_go_on.notify, root=root,
        )  # fmt: skip
        self.api = while_open(api, simulation.check_open, {"journal"})
        if hooks.watch_attempts:
            journal.read_by(AttemptWatch(self.api, hooks))

    def _dependencies(self, account_id: str, region_name: str) -> Dependencies:
        simulation, config = self.simulation, self.config
        return Dependencies(
            clock=simulation.clock, scheduler=simulation.scheduler, identifiers=simulation.identifiers,
            roles=Roles(region_name), objects=Objects(account_id, region_name), environments=self.invoker,
            runtimes=runtime_names,
            account_limit=config.concurrent_executions, state_change_seconds=config.state_change_seconds,
            authority=self.authority, layers=self.layers, note=self._note,
            handlers=self.hooks.handler,
        )  # fmt: skip

    def _note(self, function_name: str, note: str) -> None:
        """Writes a warning about a function, each text once."""
        if (function_name, note) not in self._notes:
            self._notes.add((function_name, note))
            self.journal.write("warning", Subject(function_name), message=note)

    def _log_store_of(self, configuration: Configuration) -> LogStore:
        _, _, _, region_name, account_id, *_ = configuration.function_arn.split(":")
        return LogStore(account_id, region_name)

    def _accept(self, function_arn: str, payload: bytes, trace: Trace | None = None) -> object:
        return self.invocations.accept(function_arn, None, payload, trace or parse(self.passed.header))

    def _made(self, plane: ControlPlane) -> None:
        plane.add(self._invocations_of(plane).operations)
        place = (plane.region.account_id, plane.region.name)
        plane.add(self.sources.mappings_of(plane.region, self._dependencies(*place)).operations)

    def _invocations_of(self, functions: Functions) -> Invocations:
        limit = self.config.asynchronous_payload_limit
        return Invocations(self.simulation, self.invoker, self.queue, functions, limit)

    def client(self, service_name: str, **boto3_keywords: Any) -> Any:
        """A boto3 client of this simulated AWS."""
        self.simulation.check_open()
        return self.aws.client(service_name, **boto3_keywords)

    @property
    def queues(self) -> MotoQueues:
        """SQS, as handles use it."""
        config = self.config
        return self._while_open(MotoQueues(config.account_id, config.region_name, self.client, self.simulation.clock))

    @property
    def services(self) -> TargetServices:
        """SNS, EventBridge and S3, as handles use them."""
        return self._while_open(TargetServices(self.config.account_id, self.config.region_name, self.client, self.buses))

    @property
    def streams(self) -> KinesisService:
        """Kinesis, as handles use it."""
        config = self.config
        return self._while_open(KinesisService(config.account_id, config.region_name, self.client, self.simulation.clock.at))

    @property
    def tables(self) -> DynamoDBService:
        """DynamoDB, as handles use it."""
        return self._while_open(DynamoDBService(self.config.account_id, self.config.region_name, self.client))

    def _while_open(self, service: T) -> T:
        return while_open(service, self.simulation.check_open, {"arn", "url"})

    def function_arns(self) -> dict[str, str]:
        """The ARN of each function by its name."""
        self.simulation.check_open()
        return {name: function.arn for name, function in self.planes.home.region.functions.items()}

    def folders_of_functions(self) -> dict[str, Path]:
        """The folder of each function that has one, by the function's name."""
        latest = {name: function.latest for name, function in self.planes.home.region.functions.items()}
        return {name: one.code.folder for name, one in latest.items() if one.code.folder is not None}

    def _function_places(self) -> Iterator[tuple[Place, Collection[str]]]:
        for region in self.planes.regions:
            yield Place(region.account_id, region.name), region.functions

    def handler_name(self, name: str) -> str:
        """The handler string of a function."""
        return self.planes.home.region.functions[name].latest.handler

    def called(self, service: str, operation: str, target: str | None) -> OnCallFailed:
        """Writes that a handler calls AWS. Returns what completes the entry if the call fails."""
        task = self.simulation.handler_task
        subject = Subject() if task is None else task.subject
        with self.simulation.locked():
            entry = self.journal.write("called", subject, service=service, operation=operation, target=target)

        def failed(code: str, message: str, client: Any) -> None:
            with self.simulation.locked():
                note = self.elsewhere.note(service, target, code, client)
                self.journal.complete(entry, error=code, message=message, **({"note": note} if note else {}))

        return failed

    def answered(self, service: str, operation: str) -> None:
        """AWS has answered a call, of the test's or of a handler's."""
        if service == "iam" or operation in _MAY_UNBLOCK:
            self.sources.blocked_may_go_on.notify()

    def _inherited_by(self, configuration: Configuration) -> Sequence[str]:
        patterns = configuration.inherit_environment
        return self.config.inherit_environment if patterns is None else patterns

    def _state_of(self, environment: ExecutionEnvironment) -> ProcessState:
        configuration = environment.configuration
        variables = environment_variables(
            function_name=configuration.function_name,
            version=configuration.version,
            memory_size=configuration.memory_size,
            runtime=configuration.runtime,
            handler=configuration.handler,
            region=configuration.function_arn.split(":")[3],
            log_group=configuration.log_group,
            log_stream=environment.log_stream,
            initialization_type=environment.initialization_type,
            log_format=configuration.log_format,
            log_level=configuration.application_log_level,
            own=configuration.environment,
            inherit=self._inherited_by(configuration),
            of_test=os.environ,
        )
        return ProcessState(
            variables,
            code_folders=self.loader.folders(configuration),
            code_package=configuration.code.package,
            paths=self.loader.paths(configuration),
            attributes=self.aws.attributes,
        )


@contextmanager
def wired(config: LambdaEventsConfig, hooks: Hooks, root: Path) -> Iterator[Wiring]:
    """An open environment, in which a relative `code_uri` starts at `root`.

    Whatever step fails, what was opened before is closed again, last in first out.
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
    journal = Journal(clock)
    simulation = Simulation(
        clock, Identifiers(config.seed), chooser, journal,
        instant_limit=config.instant_limit_events, reads_limit=config.clock_reads_per_instant,
    )  # fmt: skip
    with ExitStack() as stack:
        folders = CodeFolder(Path(tempfile.gettempdir()))
        stack.callback(folders.close)
        wiring = Wiring(config, simulation, journal, folders, hooks, root)
        endpoint = LambdaEndpoint(
            wiring.planes, simulation, config, CallerPermissions(wiring.authority, wiring.invoker.caller)
        )
        wiring.aws = stack.enter_context(
            open_simulated_aws(
                config,
                simulation,
                clock=driver,
                endpoint=endpoint,
                on_call=wiring.called,
                on_answered=wiring.answered,
                signals=HandlerSignals(simulation, wiring.invoker.kill),
                passed=wiring.passed,
            )
        )
        stack.enter_context(pushes_served(wiring.planes, simulation, wiring.authority, wiring.buses, wiring._accept))
        stack.enter_context(traces_passed_on(wiring.passed, wiring.invoker.chains.new_root))
        stack.enter_context(sources_checked(wiring.authority))
        stack.enter_context(managed_policies_known())
        stack.enter_context(stacks_routed(wiring.planes, simulation, wiring.layers))
        stack.enter_context(metrics_routed(journal))
        stack.enter_context(missing_modules_explained(wiring.folders_of_functions, lambda: simulation.in_handler))
        stack.enter_context(exits_caught(simulation, wiring.invoker))
        stack.enter_context(exits_of_threads_surfaced(simulation))
        watchdog = Watchdog(simulation, config.lock_watchdog_seconds, config.real_time_limit_seconds)
        stack.enter_context(watchdog.watching())
        stack.enter_context(wiring.long_runs.watching())
        stack.enter_context(simulation.opened())
        yield wiring
