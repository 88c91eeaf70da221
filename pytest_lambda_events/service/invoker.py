"""Starts attempts: a unit of concurrency, an execution environment, and the refusals that come before both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn, Protocol

from .. import limits
from ..errors import hides_frames
from ..faults.plans import FaultContext, Faults, fault_context_of
from ..simulation.journal import Subject
from ..simulation.simulation import Simulation
from ..simulation.tasks import Task, TaskEnded, current_task
from .concurrency import Concurrency
from .environments import PROVISIONED, Environments, ExecutionEnvironment
from .invocation import Initialization, Invocation, end_process
from .invoke_request import InvokeRequest, Result
from .model import Configuration, Target
from .refusals import Refusal, Throttled, Unavailable
from .runtime.code import Loader
from .tracing import Chains, Trace

__tracebackhide__ = hides_frames


class LogStore(Protocol):
    """Where log events end: `/aws/lambda/NAME`, one stream per execution environment (RUN-65)."""

    def put(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append events, each with its instant in milliseconds since the epoch."""


class Invoker:
    """Starts attempts. Everything after the start happens in the scheduler's turns, and ends in one call of `on_result`."""

    def __init__(
        self,
        simulation: Simulation,
        concurrency: Concurrency,
        environments: Environments,
        log_store_of: Callable[[Configuration], LogStore],
        code: Loader,
        planned: Faults,
    ) -> None:
        self.simulation = simulation
        self.concurrency = concurrency
        self.environments = environments
        self.log_store_of = log_store_of
        self.chains = Chains(simulation.clock, simulation.identifiers)
        self.code = code
        self.planned = planned
        # The ARNs of functions of which a loop was stopped.
        self._stopped: set[str] = set()
        self._warned: set[str] = set()
        # By the id of their task.
        self.invocations: dict[int, Invocation] = {}
        self.loading: dict[int, Configuration] = {}

    def start(self, target: Target, request: InvokeRequest, on_result: Callable[[Result], None]) -> Refusal | None:
        """Run an attempt to its end or first suspension, unless it is refused. Call it from the hub."""
        fault_context = fault_context_of(target.invoked_arn, request.request_id, request.attempt, request.payload)
        refusal = self._planned_refusal(fault_context)
        if refusal is not None:
            return self._refused(target, request, refusal)
        pool = self.concurrency.take(target)
        if isinstance(pool, Throttled):
            return self._refused(target, request, pool)
        failure = self.planned.met("handler", fault_context)
        # Code that cannot be loaded has never run: it fails in a new environment only.
        is_new = failure is not None and failure.kind == "load_error"
        taken = self.environments.new if is_new else self.environments.take
        environment = taken(target.configuration, pool.initialization_type, request.tenant_id)
        invocation = Invocation(
            self, target, request, environment, lambda: self.concurrency.give_back(pool), on_result, failure
        )
        invocation.begin()
        return None

    def _planned_refusal(self, fault_context: FaultContext) -> Refusal | None:
        throttle = self.planned.met("throttle", fault_context)
        if throttle is not None:
            return Throttled(throttle.reason)
        return None if self.planned.met("service_error", fault_context) is None else Unavailable()

    def _refused(self, target: Target, request: InvokeRequest, refusal: Refusal) -> Refusal:
        self.simulation.journal.write(
            refusal.kind, Subject(target.function.name, request.request_id, request.attempt),
            invoked_arn=target.invoked_arn, reason=refusal.reason, executed_version=target.configuration.version,
            payload=request.payload, **request.detail,
        )  # fmt: skip
        return refusal

    def is_recursion_limit_reached(self, target: Target, trace: Trace) -> bool:
        """Whether the function has run as often in the chain of `trace` as AWS lets it (ASY-90, 91)."""
        limit = self.recursion_limit(target)
        return limit is not None and self.chains.executions(trace, target.function.arn) >= limit

    def recursion_limit(self, target: Target) -> int | None:
        """How often the function may run in one chain; None if its `RecursiveLoop` is `Allow`."""
        return limits.RECURSION_LIMIT if target.function.recursive_loop == "Terminate" else None

    def warn_of_recursion(self, target: Target) -> None:
        """Warn, once for each function, that a loop of its invocations was stopped."""
        name = target.function.name
        if target.function.arn not in self._stopped:
            self._stopped.add(target.function.arn)
            self.simulation.journal.write(
                "warning", Subject(name),
                message=f"Lambda stopped a recursive loop: {name!r} ran {limits.RECURSION_LIMIT} times in one chain of "
                "invocations, because it invokes itself directly or through a queue, topic or bucket (ASY-91). To allow the "
                f"loop, call put_function_recursion_config(FunctionName={name!r}, RecursiveLoop='Allow').",
            )  # fmt: skip

    def warn_of_missing_variables(self, configuration: Configuration, missing: str) -> None:
        """Warn, once for each version, that its code could not be loaded ahead of invocations; `missing` may be empty."""
        if missing and configuration.code_revision not in self._warned:
            self._warned.add(configuration.code_revision)
            name = configuration.function_name
            message = f"The code of {name!r} failed to initialize for provisioned concurrency: {missing}."
            self.simulation.journal.write("warning", Subject(name), message=message)

    def initialize(self, configuration: Configuration, count: int, done: Callable[[bool], None]) -> None:
        """Make `count` environments ready ahead of invocations (FUN-42); `done` tells whether all could load their code."""
        ended: list[ExecutionEnvironment] = []

        def end(environment: ExecutionEnvironment) -> None:
            ended.append(environment)
            failures = sum(one.handler is None for one in ended)
            if environment.handler is None and failures == 1:
                done(False)
            elif len(ended) == count and not failures:
                for one in ended:
                    self.environments.give_back(one)
                done(True)

        for _ in range(count):
            environment = self.environments.new(configuration, PROVISIONED)
            Initialization(self, environment, partial(end, environment)).begin()
            if any(one.handler is None for one in ended):
                return

    def discard(self, configuration: Configuration) -> None:
        """The configuration is gone or was replaced: its environments are not used again."""
        self.environments.discard(configuration)

    def running(self, task: Task | None) -> Invocation | None:
        """The invocation whose task this is."""
        return None if task is None else self.invocations.get(id(task))

    def caller(self) -> Configuration | None:
        """The configuration whose handler, or whose import ahead of it, is calling; None for the test."""
        task = self.simulation.handler_task
        invocation = self.running(task)
        return self.loading.get(id(task)) if invocation is None else invocation.configuration

    def exit(self, status: int) -> NoReturn:
        """`os._exit` in a handler, its threads and its imports: its environment's process ends at once (RUN-50)."""
        task = self.simulation.handler_task
        assert task is not None
        invocation = self.running(task)
        if invocation is None:
            end_process(task)
        else:
            invocation.exit(status)
        # A thread of the handler's ends quietly with the one, a task with the other.
        raise TaskEnded if current_task() is task else SystemExit(status)

    def kill(self, signal: str) -> NoReturn:
        """A signal of this name ends the process of the handler that is running, or of the import ahead of it."""
        task = self.simulation.handler_task
        assert task is not None
        invocation = self.running(task)
        if invocation is None:
            end_process(task)
            raise TaskEnded
        invocation.be_killed(signal)
