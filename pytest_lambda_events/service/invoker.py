"""Runs one attempt: a unit of concurrency, an execution environment, the handler, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn, Protocol

from .. import limits
from ..errors import hides_frames
from ..simulation.clock import MICROSECONDS
from ..simulation.faults import Occasion
from ..simulation.journal import NOTHING, Subject
from ..simulation.scheduler import Timer
from ..simulation.simulation import Simulation
from ..simulation.tasks import Task, TaskEnded, current_task
from .concurrency import Concurrency
from .environments import PROVISIONED, Environments, ExecutionEnvironment
from .failures import Failure, Faults, occasion_of
from .model import Configuration, Target
from .refusals import Refusal, Throttled, Unavailable
from .runtime import faults, playing
from .runtime.call import HandlerAnswer, call_handler
from .runtime.code import Loader
from .runtime.context import LambdaContext
from .runtime.errors import InitFault
from .runtime.faults import ErrorPayload
from .runtime.logs import InvocationLog
from .runtime.variables import TRACE_VARIABLE
from .tracing import Chains, Trace

__tracebackhide__ = hides_frames

TIMEOUTS = -2
"""At one instant a timeout comes before the wake that would have been in time: equality counts as timeout (RUN-58)."""


class LogStore(Protocol):
    """Where log events end: `/aws/lambda/NAME`, one stream per execution environment (RUN-65)."""

    def put(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append events, each with its instant in milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Request:
    """One try of an event or a batch, or one synchronous call; `attempt` counts from 1.

    `detail` is what the journal says of it besides, such as the mapping that a batch came through. `began_at` is the
    instant of the try for who asks later; None is now.
    """

    request_id: str
    payload: bytes
    trace: Trace
    attempt: int = 1
    client_context: str | None = None
    detail: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    began_at: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt that reached the function came to; `error` is None for a success.

    `trace` is what the attempt saw and passes on: what it leads to belongs to its chain (ASY-91).
    """

    payload: bytes
    error: ErrorPayload | None
    executed_version: str
    log_tail: bytes = b""
    trace: Trace | None = None


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
        self._running: dict[int, _Invocation] = {}
        self._loading: dict[int, Configuration] = {}

    def start(self, target: Target, request: Request, on_result: Callable[[Result], None]) -> Refusal | None:
        """Run an attempt to its end or first suspension, unless it is refused. Call it from the hub."""
        occasion = occasion_of(target.invoked_arn, request.request_id, request.attempt, request.payload)
        refusal = self._planned_refusal(occasion)
        if refusal is not None:
            return self._refused(target, request, refusal)
        pool = self.concurrency.take(target)
        if isinstance(pool, Throttled):
            return self._refused(target, request, pool)
        failure = self.planned.met("handler", occasion)
        # Code that cannot be loaded has never run: it fails in a new environment only.
        is_new = failure is not None and failure.kind == "load_error"
        taken = self.environments.new if is_new else self.environments.take
        environment = taken(target.configuration, pool.initialization_type)
        invocation = _Invocation(
            self, target, request, environment, lambda: self.concurrency.give_back(pool), on_result, failure
        )
        invocation.begin()
        return None

    def _planned_refusal(self, occasion: Occasion) -> Refusal | None:
        throttle = self.planned.met("throttle", occasion)
        if throttle is not None:
            return Throttled(throttle.reason)
        return None if self.planned.met("service_error", occasion) is None else Unavailable()

    def _refused(self, target: Target, request: Request, refusal: Refusal) -> Refusal:
        self.simulation.journal.write(
            refusal.kind, Subject(target.function.name, request.request_id, request.attempt),
            invoked_arn=target.invoked_arn, reason=refusal.reason, executed_version=target.configuration.version,
            payload=request.payload, **request.detail,
        )  # fmt: skip
        return refusal

    def is_recursion_limit_reached(self, target: Target, trace: Trace) -> bool:
        """Whether the function has run as often in the chain of `trace` as AWS lets it (ASY-90, 91)."""
        function = target.function
        if function.recursive_loop != "Terminate":
            return False
        return self.chains.executions(trace, function.arn) >= limits.RECURSION_LIMIT

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
            _Initialization(self, environment, partial(end, environment)).begin()
            if any(one.handler is None for one in ended):
                return

    def discard(self, configuration: Configuration) -> None:
        """The configuration is gone or was replaced: its environments are not used again."""
        self.environments.discard(configuration)

    def running(self, task: Task | None) -> _Invocation | None:
        """The invocation whose task this is."""
        return None if task is None else self._running.get(id(task))

    def caller(self) -> Configuration | None:
        """The configuration whose handler, or whose import ahead of it, is calling; None for the test."""
        task = self.simulation.handler_task
        invocation = self.running(task)
        return self._loading.get(id(task)) if invocation is None else invocation.configuration

    def exit(self, status: int) -> NoReturn:
        """`os._exit` in a handler, its threads and its imports: its environment's process ends at once (RUN-50)."""
        task = self.simulation.handler_task
        assert task is not None
        invocation = self.running(task)
        if invocation is None:
            _end_here(task)
        else:
            invocation.exit(status)
        # A thread of the handler's ends quietly with the one, a task with the other.
        raise TaskEnded if current_task() is task else SystemExit(status)


@dataclass(eq=False)
class _Invocation:
    invoker: Invoker
    target: Target
    request: Request
    environment: ExecutionEnvironment
    give_back_unit: Callable[[], None]
    on_result: Callable[[Result], None]
    failure: Failure | None = None
    task: Task | None = None
    timer: Timer | None = None
    answer: HandlerAnswer | None = None
    error: ErrorPayload | None = None
    ends_environment: bool = False
    is_over: bool = False
    log: InvocationLog = field(init=False)
    deadline: int = field(init=False)

    def __post_init__(self) -> None:
        clock = self.invoker.simulation.clock
        self.configuration = self.target.configuration
        self.deadline = clock.microseconds + self.configuration.timeout * MICROSECONDS
        self.subject = Subject(self.target.function.name, self.request.request_id, self.request.attempt)
        self.was_cold = self.environment.is_cold
        self.log = _new_log(self.invoker, self.configuration, self.request.request_id)

    def begin(self) -> None:
        simulation, environment = self.invoker.simulation, self.environment
        simulation.journal.write(
            "started", self.subject,
            invoked_arn=self.target.invoked_arn, executed_version=self.configuration.version,
            payload=self.request.payload, is_cold_start=self.was_cold, log_stream=environment.log_stream,
            **self.request.detail,
        )  # fmt: skip
        environment.is_cold = False
        self.trace = self.invoker.chains.enter(self.request.trace, self.target.function.arn)
        environment.state.begin(self.log, {TRACE_VARIABLE: self.trace.header()})
        self.log.start(cold=self.was_cold)
        self.task = task = Task(self.body, environment.state, self.subject, self.task_ended)
        self.invoker._running[id(task)] = self
        simulation.tasks.start(task)
        if not self.is_over and not task.is_finished:
            self.timer = simulation.scheduler.call_at(self.deadline, self.time_out, "timeout", self.subject, rank=TIMEOUTS)

    def body(self) -> None:
        """What runs in the task. A `BaseException` such as `pytest.fail` surfaces in the test; on AWS it ends the process."""
        try:
            handler = self.handler()
            answer = call_handler(
                handler, self.request.payload, self.context,
                request_id=self.request.request_id, runtime=self.configuration.runtime,
                paths=self.environment.state.paths,
            )  # fmt: skip
            playing.forget_frames(self.failure)
            self.answered(answer)
        except InitFault as fault:
            self.fail(_init_error(self.invoker, self.configuration, fault))
        except SystemExit as exit:
            self.exit(_status_of(exit))
        except BaseException:
            self.fail(faults.process_exit(self.request.request_id, 1))
            raise

    def handler(self) -> Callable[..., object]:
        """The function's own, or what a planned failure puts in its place."""
        if self.failure is not None and self.failure.kind == "load_error":
            raise playing.load_fault(self.configuration.handler)
        if self.environment.handler is None:
            self.environment.handler = self.invoker.code.load(self.configuration)
        if self.failure is None:
            return self.environment.handler
        return playing.played(self.failure, self.environment.handler, self)

    def hang(self) -> None:
        """Wait for the timeout."""
        self.invoker.simulation.sleep(self.configuration.timeout + 1.0)

    def be_killed(self) -> NoReturn:
        """The process runs out of memory (RUN-51)."""
        assert self.task is not None
        self.fail(faults.killed_by_signal(self.request.request_id))
        _end_here(self.task)
        raise TaskEnded

    def be_exited(self, status: int) -> NoReturn:
        """The process ends by itself (RUN-50)."""
        self.exit(status)
        raise TaskEnded

    def context(self) -> LambdaContext:
        configuration = self.configuration
        return LambdaContext(
            aws_request_id=self.request.request_id,
            log_group_name=configuration.log_group,
            log_stream_name=self.environment.log_stream,
            function_name=configuration.function_name,
            memory_limit_in_mb=str(configuration.memory_size),
            function_version=configuration.version,
            invoked_function_arn=self.target.invoked_arn,
            client_context=self.request.client_context,
            remaining_ms=self.remaining_ms,
            write_log=self.log.write,
        )

    def remaining_ms(self) -> int:
        """Whole milliseconds to the deadline, never negative (RUN-61)."""
        charged = 0.0 if self.task is None else self.task.charged
        left = self.deadline - self.invoker.simulation.clock.microseconds - round(charged * MICROSECONDS)
        return max(0, left // 1000)

    def answered(self, answer: HandlerAnswer) -> None:
        """The runtime has an answer, unless its process had ended before."""
        if self.task is None or not self.task.dead:
            self.answer, self.error, self.ends_environment = answer, answer.error, False

    def fail(self, error: ErrorPayload) -> None:
        """The environment's process has ended with this error, unless it had ended before."""
        if self.task is None or not self.task.dead:
            self.error, self.ends_environment = error, True

    def exit(self, status: int) -> None:
        assert self.task is not None
        self.fail(faults.process_exit(self.request.request_id, status))
        _end_here(self.task)

    def time_out(self) -> None:
        """The result is fixed first: what the handler's `finally` blocks then do changes nothing (RUN-57)."""
        assert self.task is not None
        self.fail(faults.timeout(self.request.request_id, self.configuration.timeout))
        self.finish()
        self.invoker.simulation.tasks.end(self.task)

    def task_ended(self) -> None:
        """The handler has returned; what its threads slept is still to pass."""
        assert self.task is not None
        self.invoker._running.pop(id(self.task), None)
        if self.is_over:
            return
        if self.timer is not None:
            self.timer.cancel()
        simulation = self.invoker.simulation
        end = simulation.clock.microseconds + round(self.task.charged * MICROSECONDS)
        if end >= self.deadline and self.task.charged:
            self.timer = simulation.scheduler.call_at(self.deadline, self.time_out, "timeout", self.subject, rank=TIMEOUTS)
        elif self.task.charged:
            simulation.scheduler.call_at(end, self.finish, "ends", self.subject, rank=TIMEOUTS)
        else:
            self.finish()

    def finish(self) -> None:
        """Free what the attempt held, tell what came of it. Runs once, in the turn in which the attempt ends."""
        self.is_over = True
        error, answer = self.error, self.answer
        payload = error.payload if error is not None else answer.payload if answer is not None else b"null"
        self.log.end(error)
        self.give_back_unit()
        if not self.ends_environment:
            self.invoker.environments.give_back(self.environment)
        _keep(self.invoker, self.environment, self.log)
        self.invoker.simulation.journal.write(
            "ended", self.subject,
            outcome="success" if error is None else "function_error", payload=payload,
            error_type=error and error.error_type, error_message=error and error.error_message,
            executed_version=self.configuration.version, logs=tuple(self.log.lines),
        )  # fmt: skip
        self.on_result(Result(payload, error, self.configuration.version, self.log.tail(), self.trace))


def _new_log(invoker: Invoker, configuration: Configuration, request_id: str) -> InvocationLog:
    return InvocationLog(
        clock=invoker.simulation.clock,
        request_id=request_id,
        version=configuration.version,
        memory_size=configuration.memory_size,
        runtime=configuration.runtime,
        region=configuration.function_arn.split(":")[3],
        log_format=configuration.log_format,
    )


def _keep(invoker: Invoker, environment: ExecutionEnvironment, log: InvocationLog) -> None:
    configuration = environment.configuration
    invoker.log_store_of(configuration).put(configuration.log_group, environment.log_stream, log.events)


def _init_error(invoker: Invoker, configuration: Configuration, fault: InitFault) -> ErrorPayload:
    return faults.from_init_fault(fault, configuration.runtime, invoker.code.paths(configuration))


def _end_here(task: Task) -> None:
    """From here on nothing that the task does has an effect, a `finally` that sends included."""
    task.dead = True
    task.luggage.end()


def _status_of(exit: SystemExit) -> int:
    """The status that a Python process ends with for this exception."""
    if exit.code is None:
        return 0
    return exit.code if isinstance(exit.code, int) else 1


@dataclass(eq=False)
class _Initialization:
    """Loading the code ahead of any invocation."""

    invoker: Invoker
    environment: ExecutionEnvironment
    done: Callable[[], None]

    def begin(self) -> None:
        simulation, configuration = self.invoker.simulation, self.environment.configuration
        self.log = _new_log(self.invoker, configuration, "")
        self.environment.state.begin(self.log, {})
        subject = Subject(configuration.function_name)
        self.task = task = Task(self.body, self.environment.state, subject, self.ended)
        self.invoker._loading[id(task)] = configuration
        simulation.tasks.start(task)

    def body(self) -> None:
        try:
            handler = self.invoker.code.load(self.environment.configuration)
            # Code may catch what `os._exit` raises here, but its process is gone.
            if not self.log.dead:
                self.environment.handler, self.environment.is_cold = handler, False
        except InitFault as fault:
            self.log.error(_init_error(self.invoker, self.environment.configuration, fault))
        except SystemExit:
            pass

    def ended(self) -> None:
        self.invoker._loading.pop(id(self.task), None)
        self.log.initialized()
        _keep(self.invoker, self.environment, self.log)
        self.done()
