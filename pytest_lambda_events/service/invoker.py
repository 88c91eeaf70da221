"""Starts attempts: checks refusals, takes a unit of concurrency, and chooses an execution environment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from .. import limits
from ..errors import hides_frames
from ..faults.plans import FaultContext, Faults, fault_context_of
from ..journal import attempts
from ..journal.entry import Subject
from ..journal.events import Warned
from ..simulation.simulation import Simulation
from ..simulation.tasks import Task, TaskEnded, current_task
from .concurrency import Concurrency
from .environments import PROVISIONED, Environments, ExecutionEnvironment
from .initialization import Initialization
from .invocation import Invocation, LogStore
from .invoke_request import InvokeRequest, Result
from .model import Configuration, Target
from .refusals import Refusal, Throttled, Unavailable
from .runtime.code import Loader
from .tracing import Chains, Trace

if TYPE_CHECKING:
    from .durable.executions import DurableExecutions
    from .explored_throttles import ExploredThrottles

__tracebackhide__ = hides_frames


class Invoker:
    """Starts attempts. Everything after the start happens in turns of the scheduler, and ends with one call of `on_result`."""

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
        self.on_loaded: Callable[[], None] | None = None
        """Is called in an execution environment that has loaded its code."""
        self.explored_throttles: ExploredThrottles | None = None
        self.executions: Callable[[], DurableExecutions]
        """Returns the durable executions. The wiring sets it."""
        # The ARNs of functions with a recursive loop that was stopped.
        self._stopped: set[str] = set()
        self._undetected: set[str] = set()
        self._warned: set[str] = set()
        # The keys are ids of tasks.
        self.invocations: dict[int, Invocation] = {}
        self.loading: dict[int, Configuration] = {}
        self.initializations: dict[int, Initialization] = {}

    def start(self, target: Target, request: InvokeRequest, on_result: Callable[[Result], None]) -> Refusal | None:
        """Runs an attempt to its end or first suspension, unless it is refused. Call it from the hub.

        For a durable function it starts an execution, whose end is the result.
        """
        if target.configuration.durable is not None:
            return self.executions().start(target, request, on_result)
        return self.attempt(target, request, on_result)

    def attempt(self, target: Target, request: InvokeRequest, on_result: Callable[[Result], None]) -> Refusal | None:
        """Works like `start` for one invocation, also of a durable function."""
        context: FaultContext | None = None
        if not self.planned.is_empty:
            context = fault_context_of(target.invoked_arn, request.request_id, request.attempt, request.payload)
            refusal = self._planned_refusal(target, request, context)
            if refusal is not None:
                return self._refused(target, request, refusal)
        pool = self.concurrency.take(target)
        if isinstance(pool, Throttled):
            return self._refused(target, request, pool)
        failure = None if context is None else self.planned.met("handler", context)
        # Code that fails to load has never run, so this happens only in a new environment.
        is_new = failure is not None and failure.kind == "load_error"
        taken = self.environments.new if is_new else self.environments.take
        environment = taken(target.configuration, pool.initialization_type, request.tenant_id)
        invocation = Invocation(
            self, target, request, environment, lambda: self.concurrency.give_back(pool), on_result, failure
        )
        invocation.begin()
        return None

    def _planned_refusal(self, target: Target, request: InvokeRequest, fault_context: FaultContext) -> Refusal | None:
        if self.explored_throttles is None:
            met = self.planned.met("throttle", fault_context)
        else:
            met = self.explored_throttles.met(target, request, fault_context)
        if met is not None:
            return Throttled(met.reason)
        return None if self.planned.met("service_error", fault_context) is None else Unavailable()

    def _refused(self, target: Target, request: InvokeRequest, refusal: Refusal) -> Refusal:
        kind = attempts.Throttled if isinstance(refusal, Throttled) else attempts.ServiceFailed
        self.simulation.journal.write(kind(
            request.subject, request.payload, request.batch,
            invoked_arn=target.invoked_arn, reason=refusal.reason, executed_version=target.configuration.version,
        ))  # fmt: skip
        return refusal

    def is_recursion_limit_reached(self, target: Target, trace: Trace) -> bool:
        """Returns whether the function has run as often in the chain of `trace` as AWS allows (ASY-90, 91)."""
        limit = self.recursion_limit(target)
        return limit is not None and self.chains.executions(trace, target.function.arn) >= limit

    def recursion_limit(self, target: Target) -> int | None:
        """Returns how often the function may run in one chain; None if its `RecursiveLoop` is `Allow`."""
        return limits.RECURSION_LIMIT if target.function.recursive_loop == "Terminate" else None

    def warn_of_recursion(self, target: Target) -> None:
        """Warns once for each function that a recursive loop was stopped."""
        name = target.function.name
        if target.function.arn not in self._stopped:
            self._stopped.add(target.function.arn)
            warning = (
                f"Lambda stopped a recursive loop: {name!r} ran {limits.RECURSION_LIMIT} times in one chain of "
                "invocations, because it invokes itself directly or through a queue, topic or bucket (ASY-91). To allow the "
                f"loop, call put_function_recursion_config(FunctionName={name!r}, RecursiveLoop='Allow')."
            )
            self.simulation.journal.write(Warned(Subject(name), warning))

    def warn_of_undetected_loop(self, target: Target, trace: Trace) -> None:
        """Warns once for each function that runs in a loop that AWS does not detect (ASY-94)."""
        limit, arn = self.recursion_limit(target), target.function.arn
        if limit is None or arn in self._undetected or self.chains.runs(trace, arn) <= limit:
            return
        self._undetected.add(arn)
        name = target.function.name
        warning = (
            f"{name!r} ran more than {limit} times in one chain of invocations. Lambda does not stop this loop, because the "
            "chain contains EventBridge, a pipe, Kinesis or DynamoDB Streams (ASY-94). Check that the loop ends."
        )
        self.simulation.journal.write(Warned(Subject(name), warning))

    def warn_of_missing_variables(self, configuration: Configuration, missing: str) -> None:
        """Warns once for each version whose code was not loaded ahead of invocations. `missing` may be empty."""
        if missing and configuration.code_revision not in self._warned:
            self._warned.add(configuration.code_revision)
            name = configuration.function_name
            message = f"The code of {name!r} failed to initialize for provisioned concurrency: {missing}."
            self.simulation.journal.write(Warned(Subject(name), message))

    def initialize(self, configuration: Configuration, count: int, done: Callable[[bool], None]) -> None:
        """Initializes `count` environments ahead of invocations (FUN-42). Calls `done` with whether all could load their
        code.
        """
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
        """Discards the free execution environments of a configuration that was deleted or replaced."""
        self.environments.discard(configuration)

    def running(self, task: Task | None) -> Invocation | None:
        """Returns the invocation of a task, or of the task whose thread it simulates."""
        return None if task is None else self.invocations.get(id(task.main))

    def process_of(self, task: Task | None) -> Invocation | Initialization | None:
        """Returns the invocation of a task, or the initialization ahead of invocations."""
        return None if task is None else self.running(task) or self.initializations.get(id(task.main))

    def caller(self) -> Configuration | None:
        """Returns the configuration whose handler or initialization is running. None in the code of the test."""
        task = self.simulation.handler_task
        invocation = self.running(task)
        return self.loading.get(id(task)) if invocation is None else invocation.configuration

    def exit(self, status: int) -> NoReturn:
        """Ends the process of an execution environment immediately, for `os._exit` in a handler, a thread or an import
        (RUN-50).
        """
        task = self.simulation.handler_task
        assert task is not None
        invocation = self.running(task)
        if invocation is None:
            task.end_process()
        else:
            invocation.exit(status)
        # The first exception ends a thread of the handler without a traceback, the second ends a task.
        raise SystemExit(status) if current_task() is None else TaskEnded

    def kill(self, signal: str) -> NoReturn:
        """Kills the process of the handler or initialization that is running with the signal of this name."""
        task = self.simulation.handler_task
        assert task is not None
        invocation = self.running(task)
        if invocation is None:
            task.end_process()
            raise TaskEnded
        invocation.be_killed(signal)
